#include "core/netadapter.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/libjacknet.h"

struct rtj_netadapter {
    pthread_mutex_t lock;
    const rtj_libjacknet *lib;
    jack_adapter_t *handle;
    uint32_t inputs, outputs;
    float **input_buffers; /* of a call */
    float **output_buffers;
};

static void free_memory(rtj_netadapter *adapter)
{
    pthread_mutex_destroy(&adapter->lock);
    free(adapter->input_buffers);
    free(adapter->output_buffers);
    free(adapter);
}

rtj_status rtj_netadapter_create(const rtj_netadapter_options *options,
                                 rtj_netadapter **result, rtj_error *error)
{
    const rtj_libjacknet *lib = rtj_libjacknet_get(error);
    rtj_netadapter *adapter = lib != NULL ? calloc(1, sizeof *adapter) : NULL;
    if (lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    if (!lib->has_clock) {
        free(adapter);
        return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                        "the adapters of %s have no clock, and would end this process",
                        lib->name);
    }
    if (adapter == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    pthread_mutex_init(&adapter->lock, NULL);
    adapter->lib = lib;
    adapter->inputs = options->inputs;
    adapter->outputs = options->outputs;
    adapter->input_buffers = calloc(options->inputs + 1, sizeof(float *));
    adapter->output_buffers = calloc(options->outputs + 1, sizeof(float *));
    if (adapter->input_buffers == NULL || adapter->output_buffers == NULL) {
        free_memory(adapter);
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    adapter->handle = lib->jack_create_adapter(
        (int)options->inputs, (int)options->outputs, options->host_frames,
        options->host_samplerate, options->adapted_frames, options->adapted_samplerate);
    if (adapter->handle == NULL) {
        free_memory(adapter);
        return rtj_fail(error, RTJ_FAILED, 0, "%s makes no adapter", lib->name);
    }
    *result = adapter;
    return RTJ_OK;
}

void rtj_netadapter_destroy(rtj_netadapter *adapter)
{
    (void)adapter->lib->jack_destroy_adapter(adapter->handle); /* always 0 */
    free_memory(adapter);
}

void rtj_netadapter_flush(rtj_netadapter *adapter)
{
    pthread_mutex_lock(&adapter->lock);
    adapter->lib->jack_flush_adapter(adapter->handle);
    pthread_mutex_unlock(&adapter->lock);
}

static void lay_out(float **buffers, uint32_t count, float *samples, uint32_t frames)
{
    for (uint32_t i = 0; i < count; i++) {
        buffers[i] = samples + (size_t)i * frames;
    }
}

typedef int call(jack_adapter_t *adapter, float **input, float **output,
                 unsigned int frames);

static rtj_status make_call(rtj_netadapter *adapter, call *function, float *input,
                            float *output, uint32_t frames, rtj_error *error)
{
    pthread_mutex_lock(&adapter->lock);
    lay_out(adapter->input_buffers, adapter->inputs, input, frames);
    lay_out(adapter->output_buffers, adapter->outputs, output, frames);
    int code = function(adapter->handle, adapter->input_buffers,
                        adapter->output_buffers, frames);
    pthread_mutex_unlock(&adapter->lock);
    return code == 0 ? RTJ_OK
                     : rtj_fail(error, RTJ_CODE, code,
                                "the adapter's rings had not enough frames, or not "
                                "enough room");
}

rtj_status rtj_netadapter_push(rtj_netadapter *adapter, float *input, float *output,
                               uint32_t frames, rtj_error *error)
{
    return make_call(adapter, adapter->lib->jack_adapter_push_and_pull, input, output,
                     frames, error);
}

rtj_status rtj_netadapter_pull(rtj_netadapter *adapter, float *input, float *output,
                               uint32_t frames, rtj_error *error)
{
    return make_call(adapter, adapter->lib->jack_adapter_pull_and_push, input, output,
                     frames, error);
}

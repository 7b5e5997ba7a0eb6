#include "core/unitwork.h"

#include <stdlib.h>
#include <string.h>

#include "core/client_impl.h"

enum { LINE = 64 }; /* bytes of a cache line */

void *rtj_zeroed(size_t size)
{
    void *bytes = NULL;
    size_t whole = (size / LINE + 1) * LINE;
    if (posix_memalign(&bytes, LINE, whole) != 0) {
        return NULL;
    }
    memset(bytes, 0, whole); /* touched, so that the audio thread finds it mapped */
    return bytes;
}

/* One piece of memory: the data, the ports, and the audio thread's list of buffers. */
rtj_work *rtj_work_new(size_t size, uint32_t inputs, uint32_t outputs)
{
    size_t begin = (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
    size_t count = (size_t)inputs + outputs;
    size_t ports = count * sizeof(_Atomic(jack_port_t *));
    char *bytes = rtj_zeroed(begin + ports + (count + 2) * sizeof(float *));
    if (bytes == NULL) {
        return NULL;
    }
    rtj_work *work = (rtj_work *)(void *)bytes;
    work->input_count = inputs;
    work->output_count = outputs;
    work->inputs = (void *)(bytes + begin);
    work->outputs = work->inputs + inputs;
    work->in = (void *)(bytes + begin + ports);
    work->out = work->in + inputs + 1;
    return work;
}

void rtj_work_fill(const rtj_client *client, rtj_work *work, uint32_t samplerate)
{
    work->handle = client->handle;
    work->get_buffer = client->lib->jack_port_get_buffer;
    work->last_frame_time = client->lib->jack_last_frame_time;
    work->samplerate = samplerate;
}

static int is_audio(const rtj_own_port *port, int flag)
{
    return !port->is_midi && (port->flags & flag) != 0;
}

/* Data over the audio ports that there are; with own.lock held. */
rtj_work *rtj_work_over_all(const rtj_client *client, size_t size)
{
    uint32_t counts[2] = {0, 0};
    for (size_t i = 0; i < client->own.count; i++) {
        counts[0] += is_audio(&client->own.list[i], JackPortIsInput) ? 1 : 0;
        counts[1] += is_audio(&client->own.list[i], JackPortIsOutput) ? 1 : 0;
    }
    rtj_work *work = rtj_work_new(size, counts[0], counts[1]);
    if (work == NULL) {
        return NULL;
    }
    _Atomic(jack_port_t *) *in = work->inputs, *out = work->outputs;
    for (size_t i = 0; i < client->own.count; i++) {
        const rtj_own_port *port = &client->own.list[i];
        if (is_audio(port, JackPortIsInput)) {
            atomic_init(in++, port->handle);
        } else if (is_audio(port, JackPortIsOutput)) {
            atomic_init(out++, port->handle);
        }
    }
    return work;
}

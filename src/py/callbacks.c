#include "py/callbacks.h"

#include <stdlib.h>

#include "core/telemetry.h"
#include "py/attach.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/port.h"
#include "py/position.h"
#include "rt/guard.h"

/* ---- the struct ---- */

rtj_callbacks *rtj_callbacks_new(rtj_state *state, PyObject *client)
{
    rtj_callbacks *callbacks = calloc(1, sizeof *callbacks);
    if (callbacks == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    callbacks->state = state;
    callbacks->interpreter = state->interpreter;
    callbacks->switching.wish = RTJ_SWITCH_DEFAULT;
    callbacks->client = PyWeakref_NewRef(client, NULL);
    callbacks->known = PyDict_New();
    if (callbacks->client == NULL || callbacks->known == NULL) {
        rtj_callbacks_free(callbacks);
        return NULL;
    }
    return callbacks;
}

int rtj_callbacks_traverse(rtj_callbacks *callbacks, visitproc visit, void *arg)
{
    for (int i = 0; i < RTJ_SLOTS; i++) {
        Py_VISIT(atomic_load(&callbacks->slots[i].function));
    }
    Py_VISIT(callbacks->known);
    return 0;
}

void rtj_callbacks_clear(rtj_callbacks *callbacks)
{
    for (int i = 0; i < RTJ_SLOTS; i++) {
        Py_XDECREF(atomic_exchange(&callbacks->slots[i].function, NULL));
    }
    Py_CLEAR(callbacks->known);
}

static void free_silence(rtj_silence *silence)
{
    while (silence != NULL) {
        rtj_silence *older = silence->older;
        free(silence);
        silence = older;
    }
}

void rtj_callbacks_end_silence(rtj_callbacks *callbacks)
{
    rtj_silence *silence = atomic_exchange(&callbacks->silence, NULL);
    if (silence == NULL) {
        return;
    }
    silence->older = atomic_load(&callbacks->past_silence);
    while (!atomic_compare_exchange_weak(&callbacks->past_silence, &silence->older,
                                         silence)) {
    }
}

void rtj_callbacks_free(rtj_callbacks *callbacks)
{
    rtj_switching_leave(callbacks);
    rtj_callbacks_clear(callbacks);
    Py_XDECREF(callbacks->client);
    Py_XDECREF(callbacks->frames);
    rtj_callbacks_end_silence(callbacks);
    free_silence(atomic_load(&callbacks->past_silence));
    if (callbacks->core != NULL) {
        rtj_client_release(callbacks->core);
    }
    free(callbacks);
}

void rtj_callbacks_set(rtj_callbacks *callbacks, int slot, PyObject *function,
                       int only_available)
{
    rtj_callback *callback = &callbacks->slots[slot];
    callback->only_available = only_available;
    atomic_store(&callback->ended, 0);
    PyObject *before;
    RTJ_BEGIN_LOCKED(callbacks->client);
    before = atomic_exchange(&callback->function, Py_XNewRef(function));
    RTJ_END_LOCKED();
    Py_XDECREF(before); /* a thread that calls it has a reference of its own */
}

PyObject *rtj_callback_function(rtj_callbacks *callbacks, rtj_callback *callback)
{
    PyObject *function;
    RTJ_BEGIN_LOCKED(callbacks->client);
    function = Py_XNewRef(atomic_load(&callback->function));
    RTJ_END_LOCKED();
    return function;
}

/* ---- calling ---- */

int rtj_callback_wanted(rtj_callback *callback)
{
    return atomic_load_explicit(&callback->function, memory_order_relaxed) != NULL &&
           !atomic_load_explicit(&callback->ended, memory_order_relaxed);
}

/* An exception in the slot's function, or on the way to it, ends it. */
static void end_callback(rtj_callbacks *callbacks, rtj_callback *callback,
                         PyObject *function)
{
    atomic_store(&callback->ended, 1);
    (void)rtj_callback_failed(callbacks->state, function);
    rtj_switching_review(callbacks); /* nothing may be left that wants it */
}

/* Call the slot's function; a failure ends it.  New reference, or NULL. */
static PyObject *call(rtj_callbacks *callbacks, rtj_callback *callback,
                      PyObject *const *arguments, size_t count)
{
    PyObject *function = rtj_callback_function(callbacks, callback); /* new */
    if (function == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_Vectorcall(function, arguments, count, NULL);
    if (result == NULL) {
        end_callback(callbacks, callback, function);
    }
    Py_DECREF(function);
    return result;
}

void rtj_callback_call(rtj_callbacks *callbacks, rtj_callback *callback,
                       PyObject **arguments, size_t count)
{
    int complete = 1;
    for (size_t i = 0; i < count; i++) {
        complete &= arguments[i] != NULL;
    }
    if (complete) {
        Py_XDECREF(call(callbacks, callback, arguments, count));
    } else {
        PyObject *function = rtj_callback_function(callbacks, callback);
        PyErr_WriteUnraisable(function);
        Py_XDECREF(function);
    }
    for (size_t i = 0; i < count; i++) {
        Py_XDECREF(arguments[i]);
    }
}

PyObject *rtj_callbacks_client(const rtj_callbacks *callbacks)
{
    return rtj_weak_target(callbacks->client);
}

/* ---- answers, in JACK's threads ---- */

/* As rtj_attach(), in the audio thread: the wait for the GIL is measured. */
static PyThreadState *attach_in_time(const rtj_callbacks *callbacks)
{
    rtj_stats *stats = rtj_client_rt_stats(callbacks->core);
    uint64_t since = rtj_stats_wait(stats);
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate != NULL) {
        rtj_stats_waited(stats, since);
    }
    return tstate;
}

static void tell_blocksize(rtj_callbacks *callbacks, uint32_t frames)
{
    PyObject *arguments[] = {PyLong_FromUnsignedLong(frames)};
    atomic_store(&callbacks->blocksize_told, 1);
    rtj_callback_call(callbacks, &callbacks->slots[RTJ_SLOT_BLOCKSIZE], arguments, 1);
}

void rtj_callbacks_blocksize(void *context, uint32_t frames)
{
    rtj_callbacks *callbacks = context;
    if (!rtj_callback_wanted(&callbacks->slots[RTJ_SLOT_BLOCKSIZE])) {
        return;
    }
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate != NULL) {
        tell_blocksize(callbacks, frames);
        rtj_detach(tstate);
    }
}

void rtj_callbacks_latency(void *context, jack_latency_callback_mode_t mode)
{
    rtj_callbacks *callbacks = context;
    rtj_callback *callback = &callbacks->slots[RTJ_SLOT_LATENCY];
    if (!rtj_callback_wanted(callback)) {
        return;
    }
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate != NULL) {
        PyObject *arguments[] = {PyLong_FromLong(mode)};
        rtj_callback_call(callbacks, callback, arguments, 1);
        rtj_detach(tstate);
    }
}

/* The process callback has ended: note the outputs that must be silent from now on.
 * `client` is a jack.Client; what can't be listed for want of memory stays as it is. */
static void fall_silent(rtj_callbacks *callbacks, const rtj_py_client *client)
{
    const rtj_libjack *lib = rtj_client_lib(callbacks->core);
    size_t count = (size_t)PyDict_GET_SIZE(client->own_ports);
    rtj_silence *silence = malloc(sizeof *silence + count * sizeof silence->ports[0]);
    if (silence == NULL) {
        return;
    }
    silence->get_buffer = lib->jack_port_get_buffer;
    silence->midi_clear = lib->jack_midi_clear_buffer;
    silence->count = 0;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    RTJ_BEGIN_LOCKED(client->own_ports)
    while (PyDict_Next(client->own_ports, &position, &key, &value) &&
           silence->count < count) {
        const rtj_port *port = (const rtj_port *)value;
        if ((port->flags & JackPortIsOutput) != 0 && port->type != RTJ_PORT_UNKNOWN) {
            rtj_silent_port *entry = &silence->ports[silence->count++];
            atomic_init(&entry->port, port->handle);
            entry->is_midi = port->type == RTJ_PORT_MIDI;
        }
    }
    RTJ_END_LOCKED();
    atomic_store(&callbacks->silence, silence);
}

/* The length of the block as an int; made anew only when it changes.  Borrowed. */
static PyObject *frames_object(rtj_callbacks *callbacks, uint32_t frames)
{
    if (callbacks->frames == NULL || callbacks->frames_value != frames) {
        PyObject *value = PyLong_FromUnsignedLong(frames);
        if (value == NULL) {
            return NULL;
        }
        Py_XSETREF(callbacks->frames, value);
        callbacks->frames_value = frames;
    }
    return callbacks->frames;
}

void rtj_callbacks_first_block(rtj_callbacks *callbacks, uint32_t frames)
{
    if (!atomic_load_explicit(&callbacks->blocksize_told, memory_order_relaxed) &&
        rtj_callback_wanted(&callbacks->slots[RTJ_SLOT_BLOCKSIZE])) {
        tell_blocksize(callbacks, frames);
    }
}

int rtj_callbacks_call(rtj_callbacks *callbacks, uint32_t frames)
{
    rtj_callback *callback = &callbacks->slots[RTJ_SLOT_PROCESS];
    rtj_callbacks_first_block(callbacks, frames);
    PyObject *argument = frames_object(callbacks, frames);
    PyObject *result = NULL;
    if (argument != NULL) {
        PyObject *arguments[2] = {NULL, argument};
        result = call(callbacks, callback, arguments + 1,
                      1 | PY_VECTORCALL_ARGUMENTS_OFFSET);
    } else {
        PyObject *function = rtj_callback_function(callbacks, callback);
        end_callback(callbacks, callback, function);
        Py_XDECREF(function);
    }
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

static void process(rtj_callbacks *callbacks, uint32_t frames)
{
    if (rtj_callbacks_call(callbacks, frames) == 0) {
        return;
    }
    PyObject *client = rtj_callbacks_client(callbacks);
    if (client != NULL) {
        fall_silent(callbacks, (rtj_py_client *)client);
        Py_DECREF(client);
    }
}

void rtj_callbacks_process(void *data, uint32_t frames)
{
    rtj_callbacks *callbacks = data;
    if (rtj_callback_wanted(&callbacks->slots[RTJ_SLOT_PROCESS])) {
        PyThreadState *tstate = attach_in_time(callbacks);
        if (tstate != NULL) {
            const rtj_client *before = rtj_client_callback_begin(callbacks->core);
            process(callbacks, frames);
            rtj_client_callback_end(before);
            rtj_detach(tstate);
        }
    }
    const rtj_silence *silence = atomic_load(&callbacks->silence);
    if (silence != NULL) {
        rtj_silence_run(silence, frames);
    }
}

static int ask_sync(rtj_callbacks *callbacks, jack_transport_state_t state,
                    const jack_position_t *position)
{
    PyObject *arguments[] = {PyLong_FromLong(state),
                             rtj_position_new(callbacks->state, position)};
    int ready = 0;
    if (arguments[0] != NULL && arguments[1] != NULL) {
        PyObject *result =
            call(callbacks, &callbacks->slots[RTJ_SLOT_SYNC], arguments, 2);
        if (result != NULL) {
            ready = PyObject_IsTrue(result);
            Py_DECREF(result);
        }
    }
    if (PyErr_Occurred()) {
        PyObject *function =
            rtj_callback_function(callbacks, &callbacks->slots[RTJ_SLOT_SYNC]);
        PyErr_WriteUnraisable(function);
        Py_XDECREF(function);
        ready = 0;
    }
    Py_XDECREF(arguments[0]);
    Py_XDECREF(arguments[1]);
    return ready > 0;
}

int rtj_callbacks_sync(jack_transport_state_t state, jack_position_t *position,
                       void *data)
{
    rtj_callbacks *callbacks = data;
    int ready = 1; /* a client whose callback has ended holds nobody up */
    rtj_guard guard = rtj_guard_enter();
    if (rtj_callback_wanted(&callbacks->slots[RTJ_SLOT_SYNC])) {
        PyThreadState *tstate = attach_in_time(callbacks);
        if (tstate != NULL) {
            const rtj_client *before = rtj_client_callback_begin(callbacks->core);
            ready = ask_sync(callbacks, state, position);
            rtj_client_callback_end(before);
            rtj_detach(tstate);
        }
    }
    rtj_guard_leave(guard);
    return ready;
}

static void ask_timebase(rtj_callbacks *callbacks, jack_transport_state_t state,
                         jack_nframes_t frames, jack_position_t *position,
                         int new_position)
{
    PyObject *object = rtj_position_new(callbacks->state, position);
    PyObject *arguments[] = {PyLong_FromLong(state), PyLong_FromUnsignedLong(frames),
                             Py_XNewRef(object), PyBool_FromLong(new_position)};
    rtj_callback_call(callbacks, &callbacks->slots[RTJ_SLOT_TIMEBASE], arguments, 4);
    if (object != NULL) {
        *position = *rtj_position_get(callbacks->state, object, "pos");
        Py_DECREF(object);
    }
}

void rtj_callbacks_timebase(jack_transport_state_t state, jack_nframes_t frames,
                            jack_position_t *position, int new_position, void *data)
{
    rtj_callbacks *callbacks = data;
    rtj_guard guard = rtj_guard_enter();
    if (rtj_callback_wanted(&callbacks->slots[RTJ_SLOT_TIMEBASE])) {
        PyThreadState *tstate = attach_in_time(callbacks);
        if (tstate != NULL) {
            const rtj_client *before = rtj_client_callback_begin(callbacks->core);
            ask_timebase(callbacks, state, frames, position, new_position);
            rtj_client_callback_end(before);
            rtj_detach(tstate);
        }
    }
    rtj_guard_leave(guard);
}

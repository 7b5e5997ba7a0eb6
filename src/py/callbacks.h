/* The callbacks that a program set on a client, and how JACK's threads call them.
 *
 * The struct is separate from the Python object, because a thread may be in here while
 * the object goes: it is freed after the client's threads have ended, or never.
 */
#ifndef RTJ_PY_CALLBACKS_H
#define RTJ_PY_CALLBACKS_H

#include <stdatomic.h>

#include "core/client.h"
#include "py/module.h"
#include "py/switching.h"
#include "rt/silence.h"

/* The notices' kinds come first, under their own numbers. */
typedef enum rtj_slot {
    RTJ_SLOT_PROCESS = RTJ_SHUTDOWN + 1,
    RTJ_SLOT_BLOCKSIZE,
    RTJ_SLOT_SYNC,
    RTJ_SLOT_TIMEBASE,
    RTJ_SLOT_THREAD_INIT,
    RTJ_SLOT_LATENCY,
    RTJ_SLOT_THREAD, /* of the process thread; `ended`: it raised */
    RTJ_SLOTS
} rtj_slot;

typedef struct rtj_callback {
    _Atomic(PyObject *) function; /* strong; NULL: none */
    _Atomic int ended;            /* it raised, and is not called again */
    int only_available;           /* skip calls whose port is gone */
} rtj_callback;

typedef struct rtj_callbacks {
    rtj_state *state;
    PyInterpreterState *interpreter;
    rtj_client *core; /* set once open; strong */
    PyObject *client; /* a weakref: the client may go while a thread is in here; its
                       * lock is that of the slots' functions, see py/locked.h */
    PyObject *frames; /* the last block's length as int, made once */
    PyObject *known;  /* a dict: libjack's handle -> the Port last seen there */
    PyObject *thread_client; /* strong: the client, while its process thread runs */
    int thread_returned;     /* the function has, since the client was activated */
    uint32_t frames_value;
    uint32_t samplerate; /* libjack tells it once on its own; that is not a change */
    _Atomic int blocksize_told;
    _Atomic(rtj_silence *) silence; /* owned; NULL until the process callback ended */
    _Atomic(rtj_silence *) past_silence; /* owned; a thread may still look at them */
    _Atomic unsigned events; /* RTJ_EVENT() of what came and was not asked for yet */
    rtj_switching switching;
    rtj_callback slots[RTJ_SLOTS];
} rtj_callbacks;

#define RTJ_EVENT(kind) (1U << (kind))

/* pyjack_events.c: set the bits for this notice; any thread. */
void rtj_callbacks_note(rtj_callbacks *callbacks, const rtj_notice *notice);

/* The process callback is set anew: no more silence in its place. */
void rtj_callbacks_end_silence(rtj_callbacks *callbacks);

rtj_callbacks *rtj_callbacks_new(rtj_state *state, PyObject *client);
void rtj_callbacks_free(rtj_callbacks *callbacks); /* no thread may be in there */
int rtj_callbacks_traverse(rtj_callbacks *callbacks, visitproc visit, void *arg);
void rtj_callbacks_clear(rtj_callbacks *callbacks); /* likewise */

/* Set a callable (or NULL) in a slot. */
void rtj_callbacks_set(rtj_callbacks *callbacks, int slot, PyObject *function,
                       int only_available);

/* What is set there, a new reference; NULL without an exception for none. */
PyObject *rtj_callback_function(rtj_callbacks *callbacks, rtj_callback *callback);

/* Whether there is something to call; any thread, without the GIL. */
int rtj_callback_wanted(rtj_callback *callback);

/* Call it; a failure ends it.  The arguments are given away; NULLs among them are an
 * error that is already set. */
void rtj_callback_call(rtj_callbacks *callbacks, rtj_callback *callback,
                       PyObject **arguments, size_t count);

/* The client, strong; NULL when it is being destroyed. */
PyObject *rtj_callbacks_client(const rtj_callbacks *callbacks);

/* Remember the ports that are there now, so that the callbacks can tell of those that
 * go what they were: JACK2 forgets a port's type before it says so.  0, or -1 with an
 * exception.  Does nothing when no callback wants ports. */
int rtj_callbacks_remember(rtj_callbacks *callbacks, PyObject *client);

/* For rtj_client_options. */
void rtj_callbacks_deliver(void *context, const rtj_notice *notice);
void rtj_callbacks_blocksize(void *context, uint32_t frames);
void rtj_callbacks_latency(void *context, jack_latency_callback_mode_t mode);

/* Call the Python process callback, on a thread that is attached.  0, or -1 when it has
 * ended: it raised (which was reported), now or before. */
int rtj_callbacks_call(rtj_callbacks *callbacks, uint32_t frames);

/* A block begins: as JACK2 has it, its size is told before the first one.  Attached. */
void rtj_callbacks_first_block(rtj_callbacks *callbacks, uint32_t frames);

/* The node that runs the Python process callback; `data` is the rtj_callbacks. */
void rtj_callbacks_process(void *data, uint32_t frames);

/* libjack's sync and timebase callbacks; `data` is the rtj_callbacks. */
int rtj_callbacks_sync(jack_transport_state_t state, jack_position_t *position,
                       void *data);
void rtj_callbacks_timebase(jack_transport_state_t state, jack_nframes_t frames,
                            jack_position_t *position, int new_position, void *data);

#endif

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
#include "rt/silence.h"

/* The notices' kinds come first, under their own numbers. */
typedef enum rtj_slot {
    RTJ_SLOT_PROCESS = RTJ_SHUTDOWN + 1,
    RTJ_SLOT_BLOCKSIZE,
    RTJ_SLOT_SYNC,
    RTJ_SLOT_TIMEBASE,
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
    rtj_client *core;  /* set once open; strong */
    PyObject *client;  /* a weakref: the client may go while a thread is in here */
    PyObject *frames;  /* the last block's length as int, made once */
    PyObject *known;   /* a dict: libjack's handle -> the Port last seen there */
    PyObject *retired; /* a list: functions that a thread may still be calling */
    uint32_t frames_value;
    uint32_t samplerate; /* libjack tells it once on its own; that is not a change */
    _Atomic int blocksize_told;
    _Atomic(rtj_silence *) silence; /* owned; NULL until the process callback ended */
    rtj_callback slots[RTJ_SLOTS];
} rtj_callbacks;

rtj_callbacks *rtj_callbacks_new(rtj_state *state, PyObject *client);
void rtj_callbacks_free(rtj_callbacks *callbacks); /* no thread may be in there */
int rtj_callbacks_traverse(rtj_callbacks *callbacks, visitproc visit, void *arg);
void rtj_callbacks_clear(rtj_callbacks *callbacks); /* likewise */

/* Set a callable (or NULL) in a slot. */
void rtj_callbacks_set(rtj_callbacks *callbacks, int slot, PyObject *function,
                       int only_available);

/* Remember the ports that are there now, so that the callbacks can tell of those that
 * go what they were: JACK2 forgets a port's type before it says so.  0, or -1 with an
 * exception.  Does nothing when no callback wants ports. */
int rtj_callbacks_remember(rtj_callbacks *callbacks, PyObject *client);

/* For rtj_client_options. */
void rtj_callbacks_deliver(void *context, const rtj_notice *notice);
void rtj_callbacks_blocksize(void *context, uint32_t frames);

/* The node that runs the Python process callback; `data` is the rtj_callbacks. */
void rtj_callbacks_process(void *data, uint32_t frames);

/* libjack's sync and timebase callbacks; `data` is the rtj_callbacks. */
int rtj_callbacks_sync(jack_transport_state_t state, jack_position_t *position,
                       void *data);
void rtj_callbacks_timebase(jack_transport_state_t state, jack_nframes_t frames,
                            jack_position_t *position, int new_position, void *data);

#endif

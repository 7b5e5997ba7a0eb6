/* The isolated tier: a callback in an interpreter of its own, with its own GIL.
 *
 * An rtj_isolated is what set_isolated_callback() made.  It is no Python object, since
 * it is reached from two interpreters.  Its function lives in a *cell*: one interpreter
 * with a thread of ours that makes it, and ends it when the audio thread has left.
 * Between the two only the audio thread enters the cell.  reload() makes another cell
 * and has the audio thread move at a block's edge.
 *
 * Who may touch what: `cell` is exchanged by the program and loaded by the audio thread
 * once a cycle.  `inside` is stored by the audio thread alone; a cell stays until the
 * audio thread has stored another one there, or can't come any more.
 */
#ifndef RTJ_PY_ISOLATED_H
#define RTJ_PY_ISOLATED_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/client.h"
#include "core/ringmemory.h"
#include "py/module.h"
#include "rt/mailbox.h"
#include "rt/wake.h"

#if PY_VERSION_HEX >= 0x030C0000
#define RTJ_HAS_ISOLATED 1
#else
#define RTJ_HAS_ISOLATED 0
#endif

enum {
    RTJ_SHARED_RINGS = 64,        /* at the most, by handle.share() */
    RTJ_CHANNEL_SIZE = 1 << 18,   /* bytes each way; a message may have a quarter */
    RTJ_CHANNEL_MESSAGE = 1 << 16 /* less a header */
};

/* What went wrong in there, as text; malloc()ed, NULL for none. */
typedef struct rtj_report {
    char *type;
    char *message;
    char *traceback;
} rtj_report;

void rtj_report_clear(rtj_report *report);

typedef struct rtj_isolated rtj_isolated;
typedef struct rtj_cell rtj_cell;

typedef enum rtj_cell_stage {
    RTJ_CELL_STARTING,
    RTJ_CELL_READY, /* or it was */
    RTJ_CELL_FAILED /* it never was; `report` says why */
} rtj_cell_stage;

struct rtj_cell {
    _Atomic int references;
    rtj_isolated *owner; /* strong */
    /* Of the cell's interpreter; made by its thread, used by the audio thread. */
    PyInterpreterState *interpreter;
    rtj_state *state; /* of the package in there; NULL: it could not be imported */
    PyObject *function;
    PyObject *io;
    PyObject *exception; /* what the function raised; stored before `ended` */
    _Atomic int ended;   /* the function is not called any more */
    /* Between the cell's thread and the program. */
    rtj_wake wake;       /* to the thread: `ended` or `closing` */
    _Atomic int closing; /* nobody is sent in any more */
    _Atomic int stage;   /* rtj_cell_stage */
    rtj_report report;   /* of the start; stored before RTJ_CELL_FAILED */
    /* What to start with; owned. */
    char *spec; /* marshalled */
    size_t spec_size;
    rtj_ring **rings;
    size_t ring_count;
};

struct rtj_isolated {
    /* The audio thread's. */
    _Alignas(64) _Atomic(rtj_cell *) inside; /* strong */
    _Atomic uint64_t cycles;
    _Atomic uint64_t late_cycles; /* the call took longer than the block lasts */
    _Atomic uint64_t time_total_ns;
    _Atomic uint64_t time_max_ns;
    _Atomic uint64_t blocks_silent;
    /* The program's. */
    _Alignas(64) _Atomic(rtj_cell *) cell; /* strong; NULL: leave */
    _Atomic unsigned ring_count;
    rtj_ring *rings[RTJ_SHARED_RINGS]; /* strong; filled before they are counted */
    _Atomic int references;
    _Atomic int cells;     /* whose threads have not ended */
    _Atomic int outside;   /* the audio thread is to be in no cell: step_out() */
    _Atomic int in_chain;  /* the node is in the client's cycle */
    _Atomic int closed;    /* by the program, or with the client */
    _Atomic int abandoned; /* what does not end by now never will */
    unsigned generation;   /* of the process: rtj_registry_generation() */
    rtj_client *core;      /* strong */
    rtj_state *state;      /* the program's; valid while its interpreter is */
    PyInterpreterState *home;
    pthread_mutex_t lock;
    PyObject *handle;   /* weakref to the IsolatedCallback; under lock */
    void *memory[2];    /* of the mailboxes */
    rtj_mailbox *to;    /* to the callback */
    rtj_mailbox *from;  /* from the callback */
    rtj_wake wake;      /* to the program: something is in `from`, or all is over */
    _Atomic int users;  /* threads of the program that use `wake` */
    _Atomic int untold; /* the function has raised; there was no memory to tell what */
    struct rtj_isolated *next; /* in the state's list */
};

/* isolated.c: the program's side, with its GIL unless said otherwise. */

/* One reference; NULL with an exception. */
rtj_isolated *rtj_isolated_new(rtj_state *state, rtj_client *core);
void rtj_isolated_retain(rtj_isolated *self);
void rtj_isolated_release(rtj_isolated *self); /* without a GIL, too */

/* Start a cell from `spec` (bytes) and `rings` (a tuple of RingBuffers), wait for it,
 * and let the audio thread enter it instead of the former one.  -1 with an exception;
 * then all is as before. */
int rtj_isolated_start(rtj_isolated *self, PyObject *spec, PyObject *rings);

/* No GIL.  Ask the audio thread out, and take the callback out of the cycle; RTJ_FAILED
 * from within the client's callbacks, RTJ_TIMEOUT when the callback does not return. */
rtj_status rtj_isolated_leave(rtj_isolated *self, rtj_error *error);
/* No GIL, around a deactivation.  JACK1's thread goes on afterwards, until the client
 * is closed, and comes no more: an interpreter that it is in then could not end. */
void rtj_isolated_step_out(rtj_isolated *self);
void rtj_isolated_step_in(rtj_isolated *self);
/* No GIL, after leaving.  Wait for the end of its interpreters, which may take the end
 * of the client's audio thread, `seconds` at the most. */
rtj_status rtj_isolated_end(rtj_isolated *self, double seconds, rtj_error *error);

/* No GIL: leave and end all of this interpreter's, before it goes. */
void rtj_isolated_leave_all(rtj_state *state);
/* RTJ_TIMEOUT when a callback does not return: it is left to itself. */
rtj_status rtj_isolated_end_all(rtj_state *state, rtj_error *error);

/* isolated_handle.c.  An IsolatedError; new reference, or NULL with another one set. */
PyObject *rtj_report_error(rtj_state *state, const rtj_report *report);
/* Tell the program; on the cell's thread, attached to nothing. */
void rtj_isolated_tell(rtj_isolated *self, const rtj_report *report);

/* isolated_cell.c: takes the spec and rings in any case; `spec` may be NULL for want of
 * memory.  NULL with `error` when there is no memory, descriptor or thread. */
rtj_cell *rtj_cell_start(rtj_isolated *owner, char *spec, size_t spec_size,
                         rtj_ring **rings, size_t ring_count, rtj_error *error);
void rtj_cell_retain(rtj_cell *cell);
void rtj_cell_release(rtj_cell *cell);
/* The audio thread is not sent there any more: end it as soon as nobody is inside. */
void rtj_cell_close(rtj_cell *cell);

/* isolated_io.c: the callback's argument, in the cell's interpreter. */
PyObject *rtj_io_new(rtj_state *state, rtj_isolated *owner);
void rtj_io_use_numpy(PyObject *io, PyObject *frombuffer, PyObject *dtype);
/* Around the call; 0, or -1 with an exception. */
int rtj_io_begin(PyObject *io, uint32_t frames);
void rtj_io_end(PyObject *io);
/* The owner goes: what is called now raises. */
void rtj_io_close(PyObject *io);

/* client_isolated.c: the callback is part of the client. */
struct rtj_py_client;
void rtj_client_isolated_leave(struct rtj_py_client *client);
rtj_status rtj_client_isolated_deactivate(struct rtj_py_client *client,
                                          const rtj_patience *patience,
                                          rtj_error *error);
void rtj_client_isolated_end(struct rtj_py_client *client);

/* isolated_midi.c: a MIDI port of the callback's argument. */
PyObject *rtj_isolated_midi_new(rtj_state *state, rtj_isolated *owner, int is_input);
/* JACK's buffer in this block, cleared if it is an output; NULL outside the call. */
void rtj_isolated_midi_set(PyObject *midi, void *buffer, uint32_t frames);
int rtj_add_isolated_midi(PyObject *module, rtj_state *state);

#endif

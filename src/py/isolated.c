/* The callback as a whole: what the audio thread runs, its way from cell to cell, and
 * its end. */
#include "py/isolated.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/nodes.h"
#include "core/porttable.h"
#include "core/registry.h"
#include "py/attach.h"
#include "py/ringbuffer.h"

enum { LEAVE_TRIES = 5000 };            /* each 0.2 ms, for a block to pass */
static const double end_patience = 5.0; /* seconds, at the end of the program */

static void pause_ns(long nanoseconds)
{
    struct timespec pause = {0, nanoseconds};
    nanosleep(&pause, NULL);
}

void rtj_report_clear(rtj_report *report)
{
    free(report->type);
    free(report->message);
    free(report->traceback);
    *report = (rtj_report){NULL, NULL, NULL};
}

/* ---- the audio thread ---- */

static void silence(const rtj_isolated *self, uint32_t frames)
{
    const rtj_libjack *lib = rtj_client_lib(self->core);
    const rtj_port_table *table = rtj_client_ports(self->core);
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        const rtj_table_port *port = &table->ports[i];
        void *buffer =
            port->is_input ? NULL : lib->jack_port_get_buffer(port->handle, frames);
        if (buffer == NULL) {
            continue;
        }
        if (port->is_midi) {
            lib->jack_midi_clear_buffer(buffer);
        } else {
            memset(buffer, 0, frames * sizeof(float));
        }
    }
}

/* From one cell to another; NULL is none. */
static void move(rtj_isolated *self, rtj_cell *from, rtj_cell *to)
{
    if (to != NULL) {
        rtj_cell_retain(to);
    }
    if (from != NULL) {
        /* The interpreter at that address is the cell's, if this thread was in it: it
         * ends only when nobody is left there. */
        rtj_forget_visit(from->interpreter);
    }
    atomic_store(&self->inside, to);
    if (from != NULL) {
        rtj_cell_release(from);
    }
}

#if RTJ_HAS_ISOLATED
static void call(rtj_cell *cell, uint32_t frames)
{
    PyThreadState *tstate = rtj_attach(cell->interpreter);
    if (tstate == NULL) {
        return;
    }
    const rtj_client *before = rtj_client_callback_begin(cell->owner->core);
    PyObject *result = NULL;
    if (rtj_io_begin(cell->io, frames) == 0) {
        result = PyObject_CallOneArg(cell->function, cell->io);
    }
    rtj_io_end(cell->io);
    if (result != NULL) {
        Py_DECREF(result);
    } else {
        cell->exception = PyErr_GetRaisedException();
        atomic_store(&cell->ended, 1);
        rtj_wake_set(&cell->wake);
    }
    rtj_client_callback_end(before);
    rtj_detach(tstate);
}
#else
static void call(rtj_cell *cell, uint32_t frames) /* no cell can be made */
{
    (void)cell;
    (void)frames;
}
#endif

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void add_to(_Atomic uint64_t *counter, uint64_t value)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + value, memory_order_relaxed);
}

static void count(rtj_isolated *self, uint32_t frames, uint64_t taken)
{
    add_to(&self->cycles, 1);
    add_to(&self->time_total_ns, taken);
    if (taken > atomic_load_explicit(&self->time_max_ns, memory_order_relaxed)) {
        atomic_store_explicit(&self->time_max_ns, taken, memory_order_relaxed);
    }
    rtj_error ignored;
    jack_client_t *handle = rtj_client_enter(self->core, &ignored);
    if (handle != NULL) {
        uint64_t rate = rtj_client_lib(self->core)->jack_get_sample_rate(handle);
        rtj_client_leave(self->core);
        add_to(&self->late_cycles, taken * rate > (uint64_t)frames * 1000000000u);
    }
}

static void run(void *data, uint32_t frames)
{
    rtj_isolated *self = data;
    rtj_cell *cell = atomic_load(&self->outside) ? NULL : atomic_load(&self->cell);
    rtj_cell *inside = atomic_load_explicit(&self->inside, memory_order_relaxed);
    if (cell != inside) {
        if (cell == NULL) {
            silence(self, frames); /* the last block would sound for ever */
        }
        move(self, inside, cell);
    }
    if (cell == NULL) {
        return;
    }
    if (!atomic_load_explicit(&cell->ended, memory_order_relaxed)) {
        uint64_t start = now_ns();
        call(cell, frames);
        count(self, frames, now_ns() - start);
    }
    if (atomic_load_explicit(&cell->ended, memory_order_relaxed)) {
        silence(self, frames);
        add_to(&self->blocks_silent, 1);
    }
}

/* ---- the struct ---- */

static int open_channels(rtj_isolated *self)
{
    for (int i = 0; i < 2; i++) {
        self->memory[i] = malloc(rtj_mailbox_memory(RTJ_CHANNEL_SIZE));
        if (self->memory[i] == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    self->to = rtj_mailbox_init(self->memory[0], RTJ_CHANNEL_SIZE);
    self->from = rtj_mailbox_init(self->memory[1], RTJ_CHANNEL_SIZE);
    return rtj_py_wake_open(self->state, &self->wake, "an isolated callback");
}

rtj_isolated *rtj_isolated_new(rtj_state *state, rtj_client *core)
{
    rtj_isolated *self = NULL;
    if (posix_memalign((void **)&self, _Alignof(rtj_isolated), sizeof *self) != 0) {
        PyErr_NoMemory();
        return NULL;
    }
    memset(self, 0, sizeof *self);
    self->wake = (rtj_wake){-1, -1};
    atomic_init(&self->references, 1);
    pthread_mutex_init(&self->lock, NULL);
    rtj_client_retain(core);
    self->core = core;
    self->state = state;
    self->home = state->interpreter;
    self->generation = rtj_registry_generation();
    if (open_channels(self) < 0) {
        rtj_isolated_release(self);
        return NULL;
    }
    return self;
}

void rtj_isolated_retain(rtj_isolated *self)
{
    atomic_fetch_add(&self->references, 1);
}

void rtj_isolated_release(rtj_isolated *self)
{
    if (atomic_fetch_sub(&self->references, 1) != 1) {
        return;
    }
    for (unsigned i = 0; i < atomic_load(&self->ring_count); i++) {
        rtj_ring_release(self->rings[i]);
    }
    rtj_wake_close(&self->wake);
    free(self->memory[0]);
    free(self->memory[1]);
    pthread_mutex_destroy(&self->lock);
    rtj_client_release(self->core);
    free(self);
}

/* ---- those of an interpreter ---- */

static void list_add(rtj_isolated *self)
{
    pthread_mutex_lock(&self->state->isolated_lock);
    rtj_isolated_retain(self);
    self->next = self->state->isolated;
    self->state->isolated = self;
    pthread_mutex_unlock(&self->state->isolated_lock);
}

static void list_remove(rtj_isolated *self)
{
    int found = 0;
    pthread_mutex_lock(&self->state->isolated_lock);
    for (rtj_isolated **link = &self->state->isolated; *link != NULL && !found;) {
        found = *link == self;
        if (found) {
            *link = self->next;
            self->next = NULL;
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&self->state->isolated_lock);
    if (found) {
        rtj_isolated_release(self);
    }
}

/* ---- starting ---- */

/* In the cycle, from now on; 0 or -1 with an exception. */
static int join_cycle(rtj_isolated *self)
{
    rtj_node node = {run, self};
    rtj_error error;
    rtj_status status;
    if (atomic_exchange(&self->in_chain, 1)) {
        return 0;
    }
    rtj_isolated_retain(self); /* the node's */
    Py_BEGIN_ALLOW_THREADS
    status = rtj_client_add_node(self->core, &node, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_error ignored;
        /* It may be in there already, with a cycle that could not be joined. */
        if (rtj_client_remove_node(self->core, &node, &ignored) == RTJ_OK) {
            atomic_store(&self->in_chain, 0);
            rtj_isolated_release(self);
        }
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

/* No GIL. */
static void publish(rtj_isolated *self, rtj_cell *cell)
{
    rtj_error ignored;
    rtj_cell *before = atomic_exchange(&self->cell, cell);
    if (before == NULL) {
        return;
    }
    /* After a block no cycle can be about to enter it; should one hang in there, it is
     * interrupted, and the reference stays with it. */
    rtj_status status = rtj_client_wait_for_pass(self->core, &ignored);
    rtj_cell_close(before);
    if (status == RTJ_OK) {
        rtj_cell_release(before);
    }
}

/* 0 when the cell is ready; -1 with an exception. */
static int wait_started(rtj_isolated *self, rtj_cell *cell)
{
    while (atomic_load(&cell->stage) == RTJ_CELL_STARTING) {
        Py_BEGIN_ALLOW_THREADS
        pause_ns(1000000);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
    }
    if (atomic_load(&cell->stage) == RTJ_CELL_FAILED) {
        PyObject *error = rtj_report_error(self->state, &cell->report);
        if (error != NULL) {
            PyErr_SetObject(self->state->IsolatedError, error);
            Py_DECREF(error);
        }
        return -1;
    }
    return 0;
}

/* Malloc()ed: the retained memory of RingBuffers.  NULL with an exception. */
static rtj_ring **take_rings(PyObject *rings)
{
    Py_ssize_t count = PyTuple_GET_SIZE(rings);
    rtj_ring **taken = malloc((size_t)(count + 1) * sizeof *taken);
    if (taken == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        taken[i] = rtj_ringbuffer_shared(PyTuple_GET_ITEM(rings, i));
        if (taken[i] == NULL) {
            free(taken);
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        (void)rtj_ring_retain(taken[i]);
    }
    return taken;
}

int rtj_isolated_start(rtj_isolated *self, PyObject *spec, PyObject *rings)
{
    size_t size = (size_t)PyBytes_GET_SIZE(spec);
    rtj_ring **taken = take_rings(rings);
    if (taken == NULL) {
        return -1;
    }
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, PyBytes_AS_STRING(spec), size);
    }
    list_remove(self);
    list_add(self);
    rtj_error error;
    rtj_cell *cell = rtj_cell_start(self, copy, size, taken,
                                    (size_t)PyTuple_GET_SIZE(rings), &error);
    if (cell == NULL) {
        (void)rtj_raise(self->state, &error);
        return -1;
    }
    if (wait_started(self, cell) < 0) {
        rtj_cell_close(cell);
        rtj_cell_release(cell);
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    publish(self, cell);
    Py_END_ALLOW_THREADS
    return join_cycle(self);
}

/* ---- ending ---- */

/* The audio thread leaves in the next block, if there is one. */
static void wait_out(const rtj_isolated *self)
{
    for (int i = 0; i < LEAVE_TRIES; i++) {
        if (atomic_load(&self->inside) == NULL || !rtj_client_is_active(self->core) ||
            rtj_client_is_closed(self->core)) {
            return;
        }
        pause_ns(200000);
    }
}

void rtj_isolated_step_out(rtj_isolated *self)
{
    atomic_store(&self->outside, 1);
    wait_out(self);
}

void rtj_isolated_step_in(rtj_isolated *self)
{
    atomic_store(&self->outside, 0);
}

rtj_status rtj_isolated_leave(rtj_isolated *self, rtj_error *error)
{
    rtj_node node = {run, self};
    if (self->generation != rtj_registry_generation()) {
        return RTJ_OK; /* after fork() nothing of it is there */
    }
    if (rtj_client_in_callback(self->core)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "an isolated callback can't be closed from within a process "
                        "callback of its client");
    }
    rtj_cell *cell = atomic_exchange(&self->cell, NULL);
    if (cell != NULL) {
        wait_out(self);
        rtj_cell_close(cell); /* interrupts it, should it still run, */
        wait_out(self);       /* and then it can still leave */
    }
    rtj_status status = RTJ_OK;
    if (atomic_load(&self->in_chain)) {
        status = rtj_client_remove_node(self->core, &node, error);
    }
    if (status == RTJ_OK && atomic_exchange(&self->in_chain, 0)) {
        rtj_isolated_release(self); /* the node's */
    }
    if (cell != NULL && status == RTJ_OK) {
        rtj_cell_release(cell); /* else it stays: the audio thread is in there */
    }
    return status;
}

/* Descriptors are given back at once, not when the last handle goes. */
static void close_wake(rtj_isolated *self)
{
    pthread_mutex_lock(&self->lock);
    while (atomic_load(&self->closed) && atomic_load(&self->users) > 0) {
        pause_ns(1000000); /* they look at `closed` within some milliseconds */
    }
    if (atomic_load(&self->closed)) {
        rtj_wake_close(&self->wake);
    }
    pthread_mutex_unlock(&self->lock);
}

rtj_status rtj_isolated_end(rtj_isolated *self, double seconds, rtj_error *error)
{
    if (self->generation != rtj_registry_generation()) {
        return RTJ_OK;
    }
    for (double waited = 0; atomic_load(&self->cells) > 0; waited += 0.001) {
        if (waited > seconds) {
            return rtj_fail(error, RTJ_TIMEOUT, 0,
                            "the interpreter of an isolated callback has not ended "
                            "within %g seconds: the audio thread is still in there",
                            seconds);
        }
        pause_ns(1000000);
    }
    rtj_cell *inside = atomic_exchange(&self->inside, NULL);
    if (inside != NULL) {
        rtj_cell_release(inside); /* of an audio thread that has ended */
    }
    close_wake(self);
    list_remove(self);
    return RTJ_OK;
}

/* With a reference; NULL when there is none further.  `after` is given back. */
static rtj_isolated *next_of(rtj_state *state, rtj_isolated *after)
{
    pthread_mutex_lock(&state->isolated_lock);
    rtj_isolated *next = after != NULL ? after->next : state->isolated;
    if (next != NULL) {
        rtj_isolated_retain(next);
    }
    pthread_mutex_unlock(&state->isolated_lock);
    if (after != NULL) {
        rtj_isolated_release(after);
    }
    return next;
}

void rtj_isolated_leave_all(rtj_state *state)
{
    rtj_error ignored;
    rtj_isolated *each = NULL;
    while ((each = next_of(state, each)) != NULL) {
        atomic_store(&each->closed, 1);
        (void)rtj_isolated_leave(each, &ignored);
    }
}

rtj_status rtj_isolated_end_all(rtj_state *state, rtj_error *error)
{
    rtj_status status = RTJ_OK;
    rtj_isolated *each;
    while ((each = next_of(state, NULL)) != NULL) {
        int ended = rtj_isolated_end(each, end_patience, error) == RTJ_OK;
        status = ended ? status : RTJ_TIMEOUT;
        if (!ended || each->generation != rtj_registry_generation()) {
            atomic_store(&each->abandoned, 1);
            list_remove(each);
        }
        rtj_isolated_release(each);
    }
    return status;
}

/* A cell: an interpreter with a GIL of its own, and the thread of ours that makes it,
 * tells what went wrong in it, and ends it. */
#include "py/isolated.h"

#include <errno.h>
#include <marshal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/descriptors.h"
#include "core/thread.h"
#include "py/attach.h"
#include "py/ringbuffer.h"

void rtj_cell_retain(rtj_cell *cell)
{
    atomic_fetch_add(&cell->references, 1);
}

void rtj_cell_release(rtj_cell *cell)
{
    if (atomic_fetch_sub(&cell->references, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < cell->ring_count; i++) {
        rtj_ring_release(cell->rings[i]);
    }
    free(cell->rings);
    free(cell->spec);
    rtj_report_clear(&cell->report);
    rtj_wake_close(&cell->wake);
    rtj_isolated_release(cell->owner);
    free(cell);
}

void rtj_cell_close(rtj_cell *cell)
{
    atomic_store(&cell->closing, 1);
    rtj_wake_set(&cell->wake);
}

#if RTJ_HAS_ISOLATED

static const double interrupt_after = 0.5; /* seconds */
enum { TIMES_IN_VAIN = 3 };                /* each 0.1 s */

/* ---- what went wrong, as text ---- */

static char *text_of(PyObject *value)
{
    const char *text =
        value != NULL && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
    PyErr_Clear(); /* lone surrogates */
    return strdup(text != NULL ? text : "?");
}

/* Describe `exception`, which the report then stands for; 1 when it is CallbackExit.
 * Says less when that fails, too. */
static int describe(PyObject *exception, rtj_report *report)
{
    PyObject *helper = PyImport_ImportModule("jack._isolated");
    PyObject *parts =
        helper != NULL ? PyObject_CallMethod(helper, "describe", "O", exception) : NULL;
    int quiet = 0;
    if (parts != NULL && PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) == 4) {
        report->type = text_of(PyTuple_GET_ITEM(parts, 0));
        report->message = text_of(PyTuple_GET_ITEM(parts, 1));
        report->traceback = text_of(PyTuple_GET_ITEM(parts, 2));
        quiet = PyTuple_GET_ITEM(parts, 3) == Py_True;
    } else {
        PyErr_Clear();
        report->type = strdup(Py_TYPE(exception)->tp_name);
        PyObject *text = PyObject_Str(exception);
        report->message = text_of(text);
        Py_XDECREF(text);
    }
    Py_XDECREF(parts);
    Py_XDECREF(helper);
    return quiet;
}

static int report_current(rtj_report *report)
{
    PyObject *exception = PyErr_GetRaisedException();
    if (exception == NULL) {
        return 0;
    }
    int quiet = describe(exception, report);
    Py_DECREF(exception);
    return quiet;
}

/* ---- the start ---- */

/* The program's interpreter is left for the new one.  NULL with a report. */
static PyThreadState *new_interpreter(PyInterpreterState *home, rtj_report *report)
{
    PyInterpreterConfig config = {
        .use_main_obmalloc = 0,
        .allow_fork = 0,
        .allow_exec = 0,
        .allow_threads = 0, /* they would make the audio thread wait */
        .allow_daemon_threads = 0,
        .check_multi_interp_extensions = 1,
        .gil = PyInterpreterConfig_OWN_GIL,
    };
    PyThreadState *tstate = NULL;
    rtj_error error;
    /* Python's own words, without any, are about its path. */
    if (rtj_descriptors_check("an interpreter", &error) != RTJ_OK) {
        report->type = strdup("OSError");
        report->message = strdup(error.text);
        return NULL;
    }
    if (rtj_attach(home) == NULL) {
        report->type = strdup("RuntimeError");
        report->message = strdup("the program is ending");
        return NULL;
    }
    PyStatus status = Py_NewInterpreterFromConfig(&tstate, &config);
    if (PyStatus_Exception(status)) {
        report->type = strdup("RuntimeError");
        report->message = strdup(status.err_msg != NULL ? status.err_msg : "?");
        rtj_end_visit(home);
        return NULL;
    }
    (void)PyEval_SaveThread();
    if (rtj_attach(home) != NULL) {
        rtj_end_visit(home);
    }
    PyEval_RestoreThread(tstate);
    rtj_attach_allow(PyThreadState_GetInterpreter(tstate));
    return tstate;
}

static PyObject *wrap_rings(rtj_state *state, const rtj_cell *cell)
{
    PyObject *rings = PyTuple_New((Py_ssize_t)cell->ring_count);
    for (size_t i = 0; rings != NULL && i < cell->ring_count; i++) {
        PyObject *ring = rtj_ringbuffer_wrap(state, cell->rings[i]);
        if (ring == NULL) {
            Py_CLEAR(rings);
        } else {
            PyTuple_SET_ITEM(rings, (Py_ssize_t)i, ring); /* steals */
        }
    }
    return rings;
}

/* (function, None) or (function, numpy), from the module's own helper in Python. */
static PyObject *call_helper(rtj_cell *cell, PyObject *spec)
{
    PyObject *extension = PyImport_ImportModule("jack._jack");
    if (extension == NULL) {
        return NULL;
    }
    cell->state = rtj_state_of_module(extension);
    cell->io = rtj_io_new(cell->state, cell->owner);
    PyObject *rings = cell->io != NULL ? wrap_rings(cell->state, cell) : NULL;
    PyObject *helper = rings != NULL ? PyImport_ImportModule("jack._isolated") : NULL;
    PyObject *found = NULL;
    if (helper != NULL) {
        found = PyObject_CallMethod(helper, "prepare", "OO", spec, rings);
    }
    Py_XDECREF(helper);
    Py_XDECREF(rings);
    Py_DECREF(extension);
    return found;
}

static int use_numpy(PyObject *io, PyObject *numpy)
{
    PyObject *frombuffer = PyObject_GetAttrString(numpy, "frombuffer");
    PyObject *dtype =
        frombuffer != NULL ? PyObject_GetAttrString(numpy, "float32") : NULL;
    if (dtype == NULL) {
        Py_XDECREF(frombuffer);
        return -1;
    }
    rtj_io_use_numpy(io, frombuffer, dtype); /* steals both */
    return 0;
}

static int prepare(rtj_cell *cell)
{
    PyObject *spec =
        PyMarshal_ReadObjectFromString(cell->spec, (Py_ssize_t)cell->spec_size);
    PyObject *path = spec != NULL ? PyTuple_GetItem(spec, 0) : NULL; /* borrowed */
    PyObject *found = NULL;
    if (path != NULL && PySys_SetObject("path", path) == 0) {
        found = call_helper(cell, spec);
    }
    int result = -1;
    PyObject *function, *numpy; /* borrowed */
    if (found != NULL && PyArg_ParseTuple(found, "OO", &function, &numpy)) {
        cell->function = Py_NewRef(function);
        result = numpy != Py_None ? use_numpy(cell->io, numpy) : 0;
    }
    Py_XDECREF(found);
    Py_XDECREF(spec);
    return result;
}

/* ---- while it is used ---- */

static void tell(rtj_cell *cell, PyThreadState *tstate)
{
    rtj_report report = {NULL, NULL, NULL};
    PyEval_RestoreThread(tstate);
    int quiet = describe(cell->exception, &report);
    Py_CLEAR(cell->exception);
    (void)PyEval_SaveThread();
    rtj_isolated_tell(cell->owner, quiet ? NULL : &report);
    rtj_report_clear(&report);
}

static void attend(rtj_cell *cell, PyThreadState *tstate)
{
    int told = 0;
    while (!atomic_load(&cell->closing)) {
        (void)rtj_wake_wait(&cell->wake, -1);
        if (!told && atomic_load(&cell->ended) && !atomic_load(&cell->closing)) {
            told = 1;
            tell(cell, tstate);
        }
    }
}

/* ---- the end ---- */

/* What the tracing of a thread calls: an exception at each line that is still run, also
 * of a handler that swallows exceptions. */
static int refuse_line(PyObject *Py_UNUSED(nothing), PyFrameObject *Py_UNUSED(frame),
                       int event, PyObject *Py_UNUSED(argument))
{
    if (event != PyTrace_LINE && event != PyTrace_CALL) {
        return 0;
    }
    PyErr_SetNone(PyExc_SystemExit);
    return -1;
}

static void refuse_lines_of_others(void)
{
    PyEval_SetTraceAllThreads(refuse_line, NULL);
    PyEval_SetTrace(NULL, NULL); /* but not here */
}

/* A callback that does not come back is interrupted; after so many times in vain, so
 * that no `except` of it helps.  Attached. */
static void interrupt_others(PyThreadState *tstate, int times)
{
    PyInterpreterState *interpreter = PyThreadState_GetInterpreter(tstate);
    PyThreadState *each = PyInterpreterState_ThreadHead(interpreter);
    for (; each != NULL; each = PyThreadState_Next(each)) {
        if (each != tstate) {
            (void)PyThreadState_SetAsyncExc(each->thread_id, PyExc_SystemExit);
        }
    }
    if (times == TIMES_IN_VAIN) {
        refuse_lines_of_others();
    }
}

/* Those that were opened in here, with JACK's threads that call them.  Not attached. */
static void close_clients(const rtj_cell *cell)
{
    rtj_error ignored;
    if (cell->state != NULL) {
        (void)rtj_close_all(cell->state, &ignored);
    }
}

static int is_alone(PyThreadState *tstate)
{
    PyInterpreterState *interpreter = PyThreadState_GetInterpreter(tstate);
    return PyInterpreterState_ThreadHead(interpreter) == tstate &&
           PyThreadState_Next(tstate) == NULL;
}

/* Until the audio thread has left, or has ended.  1 with the thread state attached; 0
 * when the program ends first. */
static int wait_alone(const rtj_cell *cell, PyThreadState *tstate)
{
    struct timespec pause = {0, 1000000};
    struct timespec enough = rtj_deadline_in(interrupt_after);
    int times = 0;
    close_clients(cell);
    PyEval_RestoreThread(tstate);
    while (!is_alone(tstate)) {
        int late = rtj_deadline_passed(&enough);
        if (late) {
            interrupt_others(tstate, times++);
            pause.tv_nsec = 100000000;
        }
        (void)PyEval_SaveThread();
        if (late) {
            close_clients(cell); /* it may have opened others */
        }
        nanosleep(&pause, NULL);
        if (atomic_load(&cell->owner->abandoned)) {
            return 0;
        }
        PyEval_RestoreThread(tstate);
    }
    return 1;
}

/* What prepare() has frozen is out of the collector's sight, also when the interpreter
 * ends, and would outlive it. */
static void unfreeze(void)
{
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *done = gc != NULL ? PyObject_CallMethod(gc, "unfreeze", NULL) : NULL;
    if (done == NULL) {
        PyErr_WriteUnraisable(gc);
    }
    Py_XDECREF(done);
    Py_XDECREF(gc);
}

static void end_interpreter(rtj_cell *cell, PyThreadState *tstate)
{
    PyInterpreterState *interpreter = PyThreadState_GetInterpreter(tstate);
    if (!wait_alone(cell, tstate)) {
        return;
    }
    if (cell->io != NULL) {
        rtj_io_close(cell->io);
    }
    Py_CLEAR(cell->exception);
    Py_CLEAR(cell->function);
    Py_CLEAR(cell->io);
    unfreeze();
    Py_EndInterpreter(tstate);
    rtj_attach_allow(interpreter); /* another may come to the same address */
}

static void *live(void *data)
{
    rtj_cell *cell = data;
    rtj_isolated *owner = cell->owner;
    PyThreadState *tstate = new_interpreter(owner->home, &cell->report);
    if (tstate != NULL) {
        cell->interpreter = PyThreadState_GetInterpreter(tstate);
        int ready = prepare(cell) == 0;
        if (!ready) {
            (void)report_current(&cell->report);
        }
        (void)PyEval_SaveThread();
        atomic_store(&cell->stage, ready ? RTJ_CELL_READY : RTJ_CELL_FAILED);
        if (ready) {
            attend(cell, tstate);
        }
        end_interpreter(cell, tstate);
    } else {
        atomic_store(&cell->stage, RTJ_CELL_FAILED);
    }
    rtj_client_unexport(owner->core);
    rtj_isolated_retain(owner);
    rtj_cell_release(cell);
    atomic_fetch_sub(&owner->cells, 1);
    rtj_isolated_release(owner);
    return NULL;
}

#else

static void *live(void *data)
{
    return data; /* never started */
}

#endif

/* ---- */

static const char what[] = "another interpreter";

static rtj_status begin(rtj_cell *cell, rtj_error *error)
{
    int without = rtj_wake_open(&cell->wake);
    if (cell->spec == NULL || without != 0) {
        return rtj_fail_without(error, cell->spec == NULL ? ENOMEM : without, what);
    }
    pthread_t thread;
    int failed = rtj_thread_start(&thread, live, cell);
    if (failed != 0) {
        return rtj_fail(error, RTJ_FAILED, failed, "no thread for %s: %s", what,
                        strerror(failed));
    }
    return RTJ_OK;
}

rtj_cell *rtj_cell_start(rtj_isolated *owner, char *spec, size_t spec_size,
                         rtj_ring **rings, size_t ring_count, rtj_error *error)
{
    rtj_cell *cell = calloc(1, sizeof *cell);
    if (cell == NULL) {
        (void)rtj_fail_without(error, ENOMEM, what);
        for (size_t i = 0; i < ring_count; i++) {
            rtj_ring_release(rings[i]);
        }
        free(rings);
        free(spec);
        return NULL;
    }
    atomic_init(&cell->references, 2); /* the caller's and the thread's */
    rtj_isolated_retain(owner);
    cell->owner = owner;
    cell->spec = spec;
    cell->spec_size = spec_size;
    cell->rings = rings;
    cell->ring_count = ring_count;
    /* As long as Python in there can reach JACK's memory, it stays mapped. */
    rtj_client_export(owner->core);
    atomic_fetch_add(&owner->cells, 1);
    if (begin(cell, error) != RTJ_OK) {
        atomic_fetch_sub(&owner->cells, 1);
        rtj_client_unexport(owner->core);
        rtj_cell_release(cell);
        rtj_cell_release(cell);
        return NULL;
    }
    return cell;
}

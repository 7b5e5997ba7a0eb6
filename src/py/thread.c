/* jack.Thread: a thread that libjack makes for a Python function. */
#include "core/jackthread.h"

#include <stdlib.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/attach.h"
#include "py/processthread.h"

/* What the thread works on; its own from the start on. */
typedef struct job {
    rtj_state *state;
    PyInterpreterState *interpreter;
    PyObject *module; /* strong, as all that follow: it keeps the state */
    PyObject *function;
    PyObject *arguments; /* a tuple */
} job;

typedef struct rtj_py_thread {
    PyObject_HEAD
    rtj_state *state;        /* borrowed; the type keeps the module */
    rtj_jack_thread *thread; /* owned; NULL only while being made */
} rtj_py_thread;

/* ---- the thread ---- */

static void free_job(job *work)
{
    Py_XDECREF(work->function);
    Py_XDECREF(work->arguments);
    Py_XDECREF(work->module);
    free(work);
}

static void run(void *data)
{
    job *work = data;
    PyInterpreterState *interpreter = work->interpreter;
    if (rtj_attach(interpreter) == NULL) {
        return; /* at the program's end; what it has is the interpreter's */
    }
    PyObject *result = PyObject_Call(work->function, work->arguments, NULL);
    if (result == NULL) {
        (void)rtj_callback_failed(work->state, work->function);
    }
    Py_XDECREF(result);
    free_job(work);
    rtj_end_visit(interpreter);
}

/* ---- making ---- */

/* What comes later than it may can't be stopped, and another interpreter than the first
 * can't end beside it. */
static int require_main_interpreter(const rtj_state *state)
{
    if (state->interpreter != PyInterpreterState_Main()) {
        PyErr_SetString(state->NotSupportedError,
                        "libjack makes threads for the main interpreter alone");
        return -1;
    }
    return 0;
}

static job *new_job(rtj_py_client *client, PyObject *function, PyObject *arguments)
{
    job *work = calloc(1, sizeof *work);
    if (work == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    work->state = client->state;
    work->interpreter = client->state->interpreter;
    work->module = PyType_GetModuleByDef(Py_TYPE(client), &rtj_module); /* borrowed */
    Py_XINCREF(work->module);
    work->function = Py_NewRef(function);
    work->arguments = arguments != NULL ? PySequence_Tuple(arguments) : PyTuple_New(0);
    if (work->module == NULL || work->arguments == NULL) {
        free_job(work);
        return NULL;
    }
    return work;
}

/* `priority` may be NULL: the client's audio thread's.  0, or -1 with an exception. */
static int read_priority(rtj_py_client *client, PyObject *priority, int realtime,
                         int *result)
{
    int64_t number = 0;
    if (priority != NULL && priority != Py_None) {
        if (rtj_as_int64(priority, "priority", 1, 99, &number) < 0) {
            return -1;
        }
    } else if (realtime) {
        jack_client_t *handle = RTJ_PY_ENTER(client, jack_client_real_time_priority);
        if (handle == NULL) {
            return -1;
        }
        number = rtj_client_lib(client->core)->jack_client_real_time_priority(handle);
        rtj_client_leave(client->core);
        if (number < 1) {
            PyErr_SetString(PyExc_ValueError,
                            "priority must be given: the client has none that could be "
                            "taken, its server is not realtime");
            return -1;
        }
    }
    *result = (int)number;
    return 0;
}

static PyObject *start(rtj_py_client *client, job *work, int priority, int realtime)
{
    rtj_py_thread *self =
        (rtj_py_thread *)client->state->Thread->tp_alloc(client->state->Thread, 0);
    rtj_error error;
    rtj_status status;
    if (self == NULL) {
        free_job(work);
        return NULL;
    }
    self->state = client->state;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_jack_thread_start(client->core, priority, realtime, run, work,
                                   &self->thread, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        free_job(work);
        Py_DECREF(self);
        return rtj_raise(client->state, &error);
    }
    return (PyObject *)self;
}

PyObject *rtj_client_create_thread(PyObject *object, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"function", "args", "realtime", "priority"};
    static const rtj_signature signature = {"create_thread", names, 4, 1, 2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[4];
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_check_callable(values[0], "function") < 0 ||
        require_main_interpreter(self->state) < 0) {
        return NULL;
    }
    int realtime = values[2] != NULL ? PyObject_IsTrue(values[2]) : 0;
    int priority = 0;
    if (realtime < 0 || read_priority(self, values[3], realtime, &priority) < 0) {
        return NULL;
    }
    job *work = new_job(self, values[0], values[1]);
    return work != NULL ? start(self, work, priority, realtime) : NULL;
}

/* ---- the type ---- */

/* None for NULL: as long as it takes. */
static int read_timeout(PyObject *value, double *seconds)
{
    *seconds = -1;
    if (value == NULL || value == Py_None) {
        return 0;
    }
    *seconds = PyFloat_AsDouble(value);
    if (*seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    *seconds = *seconds > 0 ? *seconds : 0;
    return 0;
}

static PyObject *thread_join(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"join", names, 1, 0, 1};
    rtj_py_thread *self = (rtj_py_thread *)object;
    PyObject *timeout;
    double seconds;
    rtj_error error;
    rtj_status status;
    if (rtj_parse(&signature, args, nargs, kwnames, &timeout) < 0 ||
        read_timeout(timeout, &seconds) < 0) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(self->state, seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_jack_thread_join(self->thread, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_TIMEOUT) {
        Py_RETURN_NONE; /* as threading.Thread has it */
    }
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *thread_is_alive(PyObject *object, PyObject *Py_UNUSED(unused))
{
    return PyBool_FromLong(rtj_jack_thread_runs(((rtj_py_thread *)object)->thread));
}

static PyObject *thread_ident(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLong(
        rtj_jack_thread_id(((rtj_py_thread *)object)->thread));
}

static void thread_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    rtj_py_thread *self = (rtj_py_thread *)object;
    if (self->thread != NULL) {
        rtj_jack_thread_release(self->thread);
    }
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef thread_methods[] = {
    {"join", (PyCFunction)(void (*)(void))thread_join, METH_FASTCALL | METH_KEYWORDS,
     DOC_Thread_join},
    {"is_alive", thread_is_alive, METH_NOARGS, DOC_Thread_is_alive},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef thread_getset[] = {
    {"ident", thread_ident, NULL, DOC_Thread_ident, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot thread_slots[] = {
    {Py_tp_doc, (void *)DOC_Thread},
    {Py_tp_dealloc, thread_dealloc},
    {Py_tp_methods, thread_methods},
    {Py_tp_getset, thread_getset},
    {0, NULL},
};

static PyType_Spec thread_spec = {
    "jack.Thread", sizeof(rtj_py_thread), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    thread_slots};

int rtj_add_thread(PyObject *module, rtj_state *state)
{
    state->Thread = rtj_add_type(module, &thread_spec, NULL);
    return state->Thread != NULL ? 0 : -1;
}

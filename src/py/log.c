#include "py/log.h"

#include <pthread.h>

#include "core/log.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/attach.h"
#include "py/locked.h"

static const double LAST_WORDS = 1.0; /* seconds for delivering messages at exit */

/* The interpreters that listen, the receiver first, linked by `next_listener`. Process-
 * wide because JACK's messages are. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rtj_state *listeners;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

#ifndef _WIN32
static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* The child's log has no sink yet: who uses JACK there begins to listen anew. */
static void after_fork_in_child(void)
{
    for (; listeners != NULL; listeners = listeners->next_listener) {
        listeners->listens = 0;
    }
    pthread_mutex_unlock(&lock);
}
#endif

static void prepare(void)
{
#ifndef _WIN32
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif
}

/* ---- delivering, on the log thread ---- */

/* Without a handler of its own or above, logging prints warnings and errors on the
 * terminal; with this one the program decides. */
static int keep_quiet(PyObject *logging, PyObject *logger)
{
    PyObject *handlers = PyObject_GetAttrString(logger, "handlers");
    if (handlers == NULL) {
        return -1;
    }
    int some = PyObject_IsTrue(handlers);
    Py_DECREF(handlers);
    if (some != 0) {
        return some < 0 ? -1 : 0;
    }
    PyObject *handler = PyObject_CallMethod(logging, "NullHandler", NULL);
    if (handler == NULL) {
        return -1;
    }
    PyObject *done = PyObject_CallMethod(logger, "addHandler", "O", handler);
    Py_DECREF(handler);
    Py_XDECREF(done);
    return done != NULL ? 0 : -1;
}

/* Imported now and not with the module, since that costs more than all of ours. */
static void say_to_logging(rtj_log_kind kind, PyObject *message)
{
    PyObject *done = NULL;
    PyObject *logger = NULL;
    PyObject *logging = PyImport_ImportModule("logging");
    if (logging != NULL) {
        logger = PyObject_CallMethod(logging, "getLogger", "s", "jack");
    }
    if (logger != NULL && keep_quiet(logging, logger) == 0) {
        const char *method = kind == RTJ_LOG_ERROR ? "error" : "info";
        done = PyObject_CallMethod(logger, method, "O", message);
    }
    if (done == NULL) {
        PyErr_WriteUnraisable(logger);
    }
    Py_XDECREF(done);
    Py_XDECREF(logger);
    Py_XDECREF(logging);
}

static PyObject **place_of(rtj_state *state, rtj_log_kind kind)
{
    return kind == RTJ_LOG_ERROR ? &state->error_function : &state->info_function;
}

/* The functions are read and replaced under the lock of an object that is always there.
 * Takes `function` (or NULL), returns the former one: new. */
static PyObject *exchange(rtj_state *state, rtj_log_kind kind, PyObject *function)
{
    PyObject *before;
    RTJ_BEGIN_LOCKED(state->JackError);
    before = *place_of(state, kind);
    *place_of(state, kind) = function;
    RTJ_END_LOCKED();
    return before;
}

static PyObject *current(rtj_state *state, rtj_log_kind kind)
{
    PyObject *function;
    RTJ_BEGIN_LOCKED(state->JackError);
    function = Py_XNewRef(*place_of(state, kind));
    RTJ_END_LOCKED();
    return function;
}

static void say(rtj_state *state, rtj_log_kind kind, const char *text)
{
    PyObject *message = rtj_decode(text);
    if (message == NULL) {
        PyErr_WriteUnraisable(NULL);
        return;
    }
    PyObject *function = current(state, kind);
    if (function == NULL) {
        say_to_logging(kind, message);
    } else {
        PyObject *done = PyObject_CallOneArg(function, message);
        if (done == NULL && rtj_callback_failed(state, function)) {
            Py_XDECREF(exchange(state, kind, NULL)); /* CallbackExit: logging again */
        }
        Py_XDECREF(done);
        Py_DECREF(function);
    }
    Py_DECREF(message);
}

static void deliver(void *context, rtj_log_kind kind, const char *text)
{
    (void)context;
    pthread_mutex_lock(&lock);
    rtj_state *receiver = listeners;
    pthread_mutex_unlock(&lock);
    /* It stays while we run: whoever leaves the list waits for us before he goes. */
    if (receiver == NULL || rtj_attach(receiver->interpreter) == NULL) {
        return;
    }
    say(receiver, kind, text);
    rtj_end_visit(receiver->interpreter);
}

/* ---- listening ---- */

static void leave_list(rtj_state *state)
{
    for (rtj_state **link = &listeners; *link != NULL; link = &(*link)->next_listener) {
        if (*link == state) {
            *link = state->next_listener;
            break;
        }
    }
}

static int join_list(rtj_state *state, int first)
{
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&lock);
    int others = listeners != NULL;
    if (first && state->listens) {
        leave_list(state);
    }
    if (first || !state->listens) {
        rtj_state **link = &listeners;
        while (!first && *link != NULL) {
            link = &(*link)->next_listener;
        }
        state->next_listener = *link;
        *link = state;
        state->listens = 1;
    }
    pthread_mutex_unlock(&lock);
    if (others) {
        return 0;
    }
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_log_set_sink(deliver, NULL, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        pthread_mutex_lock(&lock);
        leave_list(state);
        state->listens = 0;
        pthread_mutex_unlock(&lock);
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

int rtj_log_open(rtj_state *state)
{
    return join_list(state, 0);
}

void rtj_log_close(rtj_state *state)
{
    Py_BEGIN_ALLOW_THREADS
    if (state->listens) {
        (void)rtj_log_flush(LAST_WORDS); /* what is late is lost with the interpreter */
        pthread_mutex_lock(&lock);
        leave_list(state);
        state->listens = 0;
        int others = listeners != NULL;
        pthread_mutex_unlock(&lock);
        /* Also when others listen: it waits until our messages' delivery has ended. */
        (void)rtj_log_set_sink(others ? deliver : NULL, NULL, NULL);
    }
    Py_END_ALLOW_THREADS
}

/* ---- the module's functions ---- */

static PyObject *set_function(PyObject *module, rtj_log_kind kind, const char *name,
                              PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"callback"};
    const rtj_signature signature = {name, names, 1, 0, 1};
    PyObject *callback;
    if (rtj_parse(&signature, args, nargs, kwnames, &callback) < 0) {
        return NULL;
    }
    if (callback == Py_None) {
        callback = NULL;
    }
    if (callback != NULL && rtj_check_callable(callback, "callback") < 0) {
        return NULL;
    }
    rtj_state *state = rtj_state_of_module(module);
    Py_XDECREF(exchange(state, kind, Py_XNewRef(callback)));
    if (callback != NULL && join_list(state, 1) < 0) {
        return NULL;
    }
    return Py_NewRef(callback == NULL ? Py_None : callback);
}

static PyObject *set_error_function(PyObject *module, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    return set_function(module, RTJ_LOG_ERROR, "set_error_function", args, nargs,
                        kwnames);
}

static PyObject *set_info_function(PyObject *module, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    return set_function(module, RTJ_LOG_INFO, "set_info_function", args, nargs,
                        kwnames);
}

static PyMethodDef functions[] = {
    {"set_error_function", (PyCFunction)(void (*)(void))set_error_function,
     METH_FASTCALL | METH_KEYWORDS, DOC_set_error_function},
    {"set_info_function", (PyCFunction)(void (*)(void))set_info_function,
     METH_FASTCALL | METH_KEYWORDS, DOC_set_info_function},
    {NULL, NULL, 0, NULL},
};

int rtj_add_log(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

/* Waiting for the end of a node that comes to one by itself. */
#include "core/thread.h"
#include "py/args.h"
#include "py/node.h"

enum { SLICE_MS = 50 }; /* between two looks at signals and at the client */

/* 0 while there is something to wait for, else -1 with an exception. */
static int check_running(const rtj_py_node *node)
{
    const rtj_py_client *client = (const rtj_py_client *)node->client;
    rtj_error error;
    if (rtj_client_enter(client->core, &error) == NULL) {
        rtj_raise(node->state, &error);
        return -1;
    }
    rtj_client_leave(client->core);
    if (!rtj_client_is_active(client->core)) {
        PyErr_SetString(node->state->UsageError,
                        "the client is not active, so there is nothing to wait for; "
                        "call activate() first");
        return -1;
    }
    return PyErr_CheckSignals();
}

PyObject *rtj_node_wait(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames)
{
    static const char *const names[] = {"timeout"};
    static const rtj_signature signature = {"wait", names, 1, 0, 1};
    rtj_py_node *node = (rtj_py_node *)self;
    PyObject *timeout;
    double seconds = 1e9;
    if (rtj_parse(&signature, args, nargs, kwnames, &timeout) < 0 ||
        (timeout != NULL && timeout != Py_None &&
         rtj_as_float(timeout, "timeout", 0.0, 1e9, &seconds) < 0)) {
        return NULL;
    }
    struct timespec deadline = rtj_deadline_in(seconds);
    while (!node->finished(node) && !rtj_unit_is_closed(node->unit)) {
        if (check_running(node) < 0) {
            return NULL;
        }
        if (rtj_deadline_passed(&deadline)) {
            Py_RETURN_FALSE;
        }
        int slice = seconds * 1000 < SLICE_MS ? (int)(seconds * 1000) + 1 : SLICE_MS;
        Py_BEGIN_ALLOW_THREADS(void)
        rtj_wake_wait(&node->wake, slice);
        Py_END_ALLOW_THREADS
    }
    rtj_wake_set(&node->wake); /* for others who wait */
    if (node->abandoned && !node->finished(node)) {
        PyErr_SetString(node->state->JackError,
                        "the client was closed before it was over");
        return NULL;
    }
    Py_RETURN_TRUE;
}

PyObject *rtj_node_fileno(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(((const rtj_py_node *)self)->wake.read_fd);
}

PyObject *rtj_node_await(PyObject *self)
{
    PyObject *none = PyTuple_New(0);
    PyObject *result =
        none != NULL ? rtj_call_python("jack._asyncio", "await_node", self, none, NULL)
                     : NULL;
    Py_XDECREF(none);
    return result;
}

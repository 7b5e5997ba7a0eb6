#include "docstrings.h"
#include "py/apart.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/isolated.h"
#include "py/node.h"
#include "py/ports.h"
#include "py/pyjack.h"

static void drop_views(const rtj_py_client *self)
{
    rtj_ports_drop_views(self->inports);
    rtj_ports_drop_views(self->outports);
    rtj_ports_drop_views(self->midi_inports);
    rtj_ports_drop_views(self->midi_outports);
}

rtj_status rtj_py_client_close(rtj_py_client *self, rtj_error *error)
{
    rtj_patience patience = rtj_patience_of(self->state, RTJ_PATIENCE);
    rtj_status status;
    rtj_client_isolated_leave(self);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_client_deactivate(self->core, &patience, error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_FAILED || status == RTJ_INTERRUPTED) {
        return status;
    }
    rtj_pyjack_stop(self);
    /* No process callback can make new ones now.  What Python still holds itself keeps
     * JACK's memory mapped. */
    drop_views(self);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_client_close(self->core, &patience, error);
    Py_END_ALLOW_THREADS
    rtj_client_isolated_end(self);
    rtj_nodes_end(self);
    rtj_switching_review(self->callbacks);
    return status;
}

static PyObject *client_close(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"ignore_errors"};
    static const rtj_signature signature = {"close", names, 1, 0, 1};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[1];
    rtj_error error;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int ignore = values[0] != NULL ? PyObject_IsTrue(values[0]) : 1;
    if (ignore < 0) {
        return NULL;
    }
    if (self->core == NULL) {
        Py_RETURN_NONE;
    }
    rtj_status status = rtj_py_client_close(self, &error);
    /* A refusal is no error of JACK's: the client is as open as before. */
    int refused = status == RTJ_FAILED || status == RTJ_INTERRUPTED;
    if (status != RTJ_OK && (refused || !ignore)) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

void rtj_py_client_end(rtj_py_client *self)
{
    rtj_error ignored;
    if (self->core == NULL) {
        return;
    }
    rtj_status status = rtj_py_client_close(self, &ignored);
    if (status == RTJ_OK || status == RTJ_CODE || status == RTJ_CLOSED) {
        rtj_callbacks_free(self->callbacks);
    } else {
        rtj_switching_leave(self->callbacks);
        self->native_thread = NULL;
    }
    self->callbacks = NULL;
    rtj_client_release(self->core);
    self->core = NULL;
}

void rtj_py_client_finalize(PyObject *object)
{
    PyObject *type, *value, *traceback;
    rtj_py_client *self = (rtj_py_client *)object;
    PyErr_Fetch(&type, &value, &traceback);
    if (self->core != NULL && !rtj_client_is_closed(self->core) &&
        !rtj_finalize_apart(object, self->state->interpreter, rtj_py_client_finalize)) {
        rtj_error ignored;
        (void)rtj_py_client_close(self, &ignored);
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *client_enter(PyObject *object, PyObject *Py_UNUSED(unused))
{
    PyObject *result = PyObject_CallMethod(object, "activate", NULL);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    return Py_NewRef(object);
}

static PyObject *client_exit(PyObject *object, PyObject *Py_UNUSED(args))
{
    const rtj_py_client *self = (const rtj_py_client *)object;
    PyObject *result = PyObject_CallMethod(object, "deactivate", NULL);
    if (result == NULL) { /* closed within the block, or its server is gone? */
        if (self->core == NULL || !rtj_client_is_closed(self->core) ||
            !PyErr_ExceptionMatches(self->state->JackError)) {
            return NULL;
        }
        PyErr_Clear();
    }
    Py_XDECREF(result);
    return PyObject_CallMethod(object, "close", NULL);
}

PyMethodDef rtj_client_closing_methods[] = {
    {"close", (PyCFunction)(void (*)(void))client_close, METH_FASTCALL | METH_KEYWORDS,
     DOC_Client_close},
    {"__enter__", client_enter, METH_NOARGS, DOC_Client___enter__},
    {"__exit__", client_exit, METH_VARARGS, DOC_Client___exit__},
    {NULL, NULL, 0, NULL},
};

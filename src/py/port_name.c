/* Ports by their names, which other threads and programs may change at any time. */
#include "py/port.h"

#include <stdio.h>
#include <string.h>

#include "py/args.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/text.h"

PyObject *rtj_port_last_name(const rtj_port *port)
{
    PyObject *name;
    RTJ_BEGIN_LOCKED(port)
    name = Py_NewRef(port->name);
    RTJ_END_LOCKED();
    return name;
}

void rtj_port_keep_name(rtj_port *port, PyObject *name)
{
    PyObject *former;
    RTJ_BEGIN_LOCKED(port)
    former = port->name;
    port->name = name;
    RTJ_END_LOCKED();
    Py_DECREF(former);
}

void rtj_port_refuse(const rtj_port *port, const char *format)
{
    PyObject *name = rtj_port_last_name(port);
    PyErr_Format(port->state->JackError, format, name);
    Py_DECREF(name);
}

/* What the core needs to know the port again, its name in `name`.  0, or -1 with an
 * exception. */
static int know(rtj_port *port, char name[RTJ_PORT_NAME], rtj_port_info *info)
{
    PyObject *text = rtj_port_last_name(port);
    PyObject *bytes = rtj_encode(text, "the port's name");
    Py_DECREF(text);
    if (bytes == NULL) {
        return -1;
    }
    (void)snprintf(name, RTJ_PORT_NAME, "%s", PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    *info = (rtj_port_info){port->handle, name, port->flags, port->type, 0};
    return 0;
}

PyObject *rtj_port_name_of(rtj_port *port)
{
    rtj_error error;
    rtj_port_info known;
    char before[RTJ_PORT_NAME], now[RTJ_PORT_NAME];
    if (know(port, before, &known) < 0) {
        return NULL;
    }
    rtj_status status = RTJ_GONE;
    if (!port->unregistered) {
        status = rtj_port_name_now(port->core, &known, now, &error);
    } else if (rtj_client_is_closed(port->core)) {
        status = rtj_fail(&error, RTJ_CLOSED, 0, "the client is closed");
    }
    int over = status == RTJ_CLOSED || status == RTJ_LOST;
    if (status == RTJ_GONE || (over && port->told)) {
        return rtj_port_last_name(port);
    }
    if (status != RTJ_OK) {
        return rtj_raise(port->state, &error);
    }
    if (strcmp(now, known.name) == 0) {
        return rtj_port_last_name(port);
    }
    PyObject *name = rtj_decode(now);
    if (name != NULL) {
        rtj_port_keep_name(port, Py_NewRef(name));
    }
    return name;
}

int rtj_port_require(rtj_port *port)
{
    rtj_error error;
    rtj_port_info known;
    rtj_status status;
    char name[RTJ_PORT_NAME];
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return -1;
    }
    if (know(port, name, &known) < 0) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_check(port->core, &known, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(port->state, &error);
        return -1;
    }
    return 0;
}

/* 0, or -1 with JackError. */
static int require_same_server(rtj_state *state, rtj_client *core, const rtj_port *port,
                               const char *what)
{
    rtj_error error;
    if (rtj_client_same_server(core, port->core, what, &error) != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

PyObject *rtj_port_name_bytes(rtj_state *state, rtj_client *core, PyObject *port,
                              const char *what)
{
    if (PyUnicode_Check(port)) {
        return rtj_encode(port, what);
    }
    if (!PyObject_TypeCheck(port, state->Port)) {
        return PyErr_Format(PyExc_TypeError,
                            "%s must be a port or its full name, not %.200s", what,
                            Py_TYPE(port)->tp_name);
    }
    PyObject *name = rtj_port_name_of((rtj_port *)port);
    PyObject *bytes = NULL;
    if (name != NULL && require_same_server(state, core, (rtj_port *)port, what) == 0) {
        bytes = rtj_encode(name, what);
    }
    Py_XDECREF(name);
    return bytes;
}

int rtj_port_handle_of(PyObject *client, PyObject *port, jack_port_t **handle)
{
    rtj_py_client *self = (rtj_py_client *)client;
    if (PyObject_TypeCheck(port, self->state->Port)) {
        *handle = ((rtj_port *)port)->handle;
        return rtj_port_require((rtj_port *)port) < 0
                   ? -1
                   : require_same_server(self->state, self->core, (rtj_port *)port,
                                         "port");
    }
    PyObject *name = rtj_port_name_bytes(self->state, self->core, port, "port");
    if (name == NULL) {
        return -1;
    }
    rtj_error error;
    rtj_port_info info;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_find(self->core, PyBytes_AS_STRING(name), &info, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status != RTJ_OK) {
        rtj_raise(self->state, &error);
        return -1;
    }
    *handle = info.handle;
    return 0;
}

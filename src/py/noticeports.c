#include "py/noticeports.h"

#include <string.h>

#include "py/args.h"
#include "py/client.h"
#include "py/locked.h"
#include "py/port.h"
#include "py/text.h"

/* Up to the colon. */
static int same_client(const char *a, const char *b)
{
    size_t length = strcspn(a, ":");
    return length == strcspn(b, ":") && strncmp(a, b, length) == 0;
}

/* Whether `port`, last seen at the notice's handle, is what the notice is about,
 * although it says another name.  Of one that goes only the client's is sure, see
 * rt/notify.h; then a name that nobody told of is a rename that was not listened to. */
static int is_renamed(const rtj_port *port, const rtj_notice *notice, int which)
{
    int goes = notice->kind == RTJ_PORT_REGISTRATION;
    if (!goes && (port->flags != (int)notice->flags[which] ||
                  port->type != (rtj_port_type)notice->types[which])) {
        return 0;
    }
    PyObject *text = rtj_port_last_name(port);
    const char *name = PyUnicode_AsUTF8(text);
    int renamed = name != NULL && same_client(name, rtj_notice_text(notice, which));
    PyErr_Clear(); /* bytes that are no UTF-8 */
    Py_DECREF(text);
    return renamed;
}

/* The Port that was last seen at the notice's handle, when it is that port; a new
 * reference, NULL without an exception when there is none. */
static PyObject *known_port(PyObject *known, PyObject *key, const rtj_notice *notice,
                            int which)
{
    rtj_port *port = (rtj_port *)rtj_dict_get(known, key);
    if (port == NULL) {
        return NULL;
    }
    PyObject *text = rtj_decode(rtj_notice_text(notice, which));
    if (text == NULL) {
        Py_DECREF(port);
        return NULL;
    }
    PyObject *last = rtj_port_last_name(port);
    int same = rtj_same_text(text, last);
    Py_DECREF(last);
    if (same < 0) {
        Py_CLEAR(port);
    } else if (!same) {
        if (is_renamed(port, notice, which)) {
            rtj_port_keep_name(port, Py_NewRef(text));
        } else {
            Py_CLEAR(port);
        }
    }
    Py_DECREF(text);
    return (PyObject *)port;
}

static PyObject *new_port(PyObject *client, const rtj_notice *notice, int which,
                          const char *name)
{
    rtj_port_info info = {notice->ports[which], name, (int)notice->flags[which],
                          (rtj_port_type)notice->types[which], notice->mine[which]};
    return rtj_port_wrap(client, &info);
}

/* Known by its new name from now on.  0, or -1. */
static int renamed(PyObject *port, const rtj_notice *notice)
{
    PyObject *name = rtj_decode(rtj_notice_text(notice, 1));
    if (name == NULL) {
        return -1;
    }
    rtj_port_keep_name((rtj_port *)port, name);
    return 0;
}

PyObject *rtj_notice_port(PyObject *known, PyObject *client, const rtj_notice *notice,
                          int which)
{
    int goes = notice->kind == RTJ_PORT_REGISTRATION && !notice->flag;
    int comes = notice->kind == RTJ_PORT_REGISTRATION && notice->flag;
    PyObject *key = PyLong_FromVoidPtr(notice->ports[which]);
    if (key == NULL) {
        return NULL;
    }
    const char *name = rtj_notice_text(notice, which); /* of a rename: the old one */
    PyObject *port = comes ? NULL : known_port(known, key, notice, which);
    if (port == NULL && !PyErr_Occurred()) {
        const char *now =
            notice->kind == RTJ_PORT_RENAME ? rtj_notice_text(notice, 1) : name;
        port = new_port(client, notice, which, now);
    }
    if (port != NULL && notice->kind == RTJ_PORT_RENAME && renamed(port, notice) < 0) {
        Py_CLEAR(port);
    }
    if (port != NULL && goes) {
        if (PyDict_DelItem(known, key) < 0) {
            PyErr_Clear(); /* never seen before */
        }
    } else if (port != NULL && PyDict_SetItem(known, key, port) < 0) {
        Py_CLEAR(port);
    }
    Py_DECREF(key);
    return port;
}

int rtj_ports_remember(PyObject *known, PyObject *client)
{
    rtj_client *core = rtj_client_core(client);
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    if (core == NULL) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_find(core, "", 0, "", 0, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(rtj_state_of(Py_TYPE(client)), &error);
        return -1;
    }
    PyObject *ports = rtj_port_list_wrap(client, list);
    int result = ports != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(ports); i++) {
        PyObject *port = PyList_GET_ITEM(ports, i);
        PyObject *key = PyLong_FromVoidPtr(((rtj_port *)port)->handle);
        if (key == NULL || PyDict_SetDefault(known, key, port) == NULL) {
            result = -1;
        }
        Py_XDECREF(key);
    }
    Py_XDECREF(ports);
    return result;
}

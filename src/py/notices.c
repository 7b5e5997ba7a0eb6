/* The callbacks that are told of notices, on the client's delivery thread. */
#include "py/callbacks.h"

#include "py/args.h"
#include "py/attach.h"
#include "py/port.h"
#include "py/status.h"

/* The Port that was last seen at the notice's handle, when it had that name; a new
 * reference, NULL without an exception when there is none. */
static PyObject *known_port(const rtj_callbacks *callbacks, PyObject *key,
                            const char *name)
{
    PyObject *port = Py_XNewRef(PyDict_GetItemWithError(callbacks->known, key));
    if (port == NULL) {
        return NULL;
    }
    PyObject *text = rtj_decode(name);
    if (text == NULL || PyUnicode_Compare(text, ((rtj_port *)port)->name) != 0) {
        Py_CLEAR(port);
    }
    Py_XDECREF(text);
    return port;
}

static PyObject *new_port(PyObject *client, const rtj_notice *notice, int which,
                          const char *name)
{
    rtj_port_info info = {notice->ports[which], name, (int)notice->flags[which],
                          (rtj_port_type)notice->types[which], notice->mine[which]};
    return rtj_port_wrap(client, &info);
}

static PyObject *notice_port(rtj_callbacks *callbacks, PyObject *client,
                             const rtj_notice *notice, int which)
{
    if (notice->ports[which] == NULL) {
        return Py_NewRef(Py_None);
    }
    int goes = notice->kind == RTJ_PORT_REGISTRATION && !notice->flag;
    int comes = notice->kind == RTJ_PORT_REGISTRATION && notice->flag;
    PyObject *key = PyLong_FromVoidPtr(notice->ports[which]);
    if (key == NULL) {
        return NULL;
    }
    const char *name = rtj_notice_text(notice, which); /* of a rename: the old one */
    PyObject *port = comes ? NULL : known_port(callbacks, key, name);
    if (port == NULL && !PyErr_Occurred()) {
        const char *now =
            notice->kind == RTJ_PORT_RENAME ? rtj_notice_text(notice, 1) : name;
        port = new_port(client, notice, which, now);
    }
    if (port != NULL && goes) {
        if (PyDict_DelItem(callbacks->known, key) < 0) {
            PyErr_Clear(); /* never seen before */
        }
    } else if (port != NULL && PyDict_SetItem(callbacks->known, key, port) < 0) {
        Py_CLEAR(port);
    }
    Py_DECREF(key);
    return port;
}

int rtj_callbacks_remember(rtj_callbacks *callbacks, PyObject *client)
{
    if (!rtj_callback_wanted(&callbacks->slots[RTJ_PORT_REGISTRATION]) &&
        !rtj_callback_wanted(&callbacks->slots[RTJ_PORT_CONNECT]) &&
        !rtj_callback_wanted(&callbacks->slots[RTJ_PORT_RENAME])) {
        return 0;
    }
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_find(callbacks->core, "", 0, "", 0, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(callbacks->state, &error);
        return -1;
    }
    PyObject *ports = rtj_port_list_wrap(client, list);
    int result = ports != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(ports); i++) {
        PyObject *port = PyList_GET_ITEM(ports, i);
        PyObject *key = PyLong_FromVoidPtr(((rtj_port *)port)->handle);
        if (key == NULL || PyDict_SetDefault(callbacks->known, key, port) == NULL) {
            result = -1;
        }
        Py_XDECREF(key);
    }
    Py_XDECREF(ports);
    return result;
}

static void deliver_ports(rtj_callbacks *callbacks, rtj_callback *callback,
                          PyObject *client, const rtj_notice *notice)
{
    int two = notice->kind == RTJ_PORT_CONNECT;
    int missing = notice->ports[0] == NULL || (two && notice->ports[1] == NULL);
    if (missing && callback->only_available) {
        return;
    }
    PyObject *arguments[3];
    size_t count = 0;
    arguments[count++] = notice_port(callbacks, client, notice, 0);
    if (notice->kind == RTJ_PORT_RENAME) {
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 0));
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 1));
    } else {
        if (two) {
            arguments[count++] = notice_port(callbacks, client, notice, 1);
        }
        arguments[count++] = PyBool_FromLong(notice->flag);
    }
    rtj_callback_call(callbacks, callback, arguments, count);
}

static void deliver_plain(rtj_callbacks *callbacks, rtj_callback *callback,
                          const rtj_notice *notice)
{
    PyObject *arguments[3];
    size_t count = 0;
    switch (notice->kind) {
    case RTJ_XRUN:
        arguments[count++] = PyFloat_FromDouble((double)notice->delayed_usecs);
        break;
    case RTJ_CLIENT_REGISTRATION:
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 0));
        arguments[count++] = PyBool_FromLong(notice->flag);
        break;
    case RTJ_FREEWHEEL:
        arguments[count++] = PyBool_FromLong(notice->flag);
        break;
    case RTJ_SAMPLERATE:
        arguments[count++] = PyLong_FromUnsignedLong(notice->number);
        break;
    case RTJ_PROPERTY_CHANGE:
        arguments[count++] = PyLong_FromUnsignedLongLong(notice->uuid);
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 0));
        arguments[count++] = PyLong_FromUnsignedLong(notice->number);
        break;
    case RTJ_SHUTDOWN:
        arguments[count++] = rtj_status_new(callbacks->state, (int)notice->number);
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 0));
        break;
    default: /* RTJ_GRAPH_ORDER has no arguments; the port kinds don't come here */
        break;
    }
    rtj_callback_call(callbacks, callback, arguments, count);
}

/* libjack tells the rate when it is given the callback: nothing has changed then. */
static int is_news(rtj_callbacks *callbacks, const rtj_notice *notice)
{
    if (notice->kind != RTJ_SAMPLERATE) {
        return 1;
    }
    int changed = notice->number != callbacks->samplerate;
    callbacks->samplerate = notice->number;
    return changed;
}

/* The server is gone: nothing of the client's runs in an audio thread any more. */
static void give_back_interval(rtj_callbacks *callbacks)
{
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate != NULL) {
        rtj_switching_leave(callbacks);
        rtj_detach(tstate);
    }
}

void rtj_callbacks_deliver(void *context, const rtj_notice *notice)
{
    rtj_callbacks *callbacks = context;
    rtj_callback *callback = &callbacks->slots[notice->kind];
    rtj_callbacks_note(callbacks, notice);
    if (notice->kind == RTJ_SHUTDOWN) {
        give_back_interval(callbacks);
    }
    if (!is_news(callbacks, notice) || !rtj_callback_wanted(callback)) {
        return;
    }
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate == NULL) {
        return;
    }
    PyObject *client = rtj_callbacks_client(callbacks);
    if (client != NULL) {
        if (notice->kind <= RTJ_PORT_RENAME) {
            deliver_ports(callbacks, callback, client, notice);
        } else {
            deliver_plain(callbacks, callback, notice);
        }
        Py_DECREF(client);
    }
    rtj_detach(tstate);
}

/* The callbacks that are told of notices, on the client's delivery thread. */
#include "py/callbacks.h"

#include "py/args.h"
#include "py/attach.h"
#include "py/noticeports.h"
#include "py/status.h"

int rtj_callbacks_remember(rtj_callbacks *callbacks, PyObject *client)
{
    if (!rtj_callback_wanted(&callbacks->slots[RTJ_PORT_REGISTRATION]) &&
        !rtj_callback_wanted(&callbacks->slots[RTJ_PORT_CONNECT]) &&
        !rtj_callback_wanted(&callbacks->slots[RTJ_PORT_RENAME])) {
        return 0;
    }
    return rtj_ports_remember(callbacks->known, client);
}

static PyObject *port_or_none(const rtj_callbacks *callbacks, PyObject *client,
                              const rtj_notice *notice, int which)
{
    if (notice->ports[which] == NULL) {
        return Py_NewRef(Py_None);
    }
    return rtj_notice_port(callbacks->known, client, notice, which);
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
    arguments[count++] = port_or_none(callbacks, client, notice, 0);
    if (notice->kind == RTJ_PORT_RENAME) {
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 0));
        arguments[count++] = rtj_decode(rtj_notice_text(notice, 1));
    } else {
        if (two) {
            arguments[count++] = port_or_none(callbacks, client, notice, 1);
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

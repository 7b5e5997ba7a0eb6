/* jack.Client: transport. */
#include "py/client_impl.h"

#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/compat.h"
#include "py/position.h"
#include "py/status.h"

static int check_code(const rtj_py_client *self, int code, const char *text)
{
    rtj_error error;
    if (code != 0) {
        (void)rtj_fail(&error, RTJ_CODE, code, "%s", text);
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

/* ---- starting and stopping ---- */

static PyObject *client_transport_start(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_transport_start);
    if (handle == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_client_lib(self->core)->jack_transport_start(handle);
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    Py_RETURN_NONE;
}

static PyObject *client_transport_stop(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_transport_stop);
    if (handle == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    rtj_client_lib(self->core)->jack_transport_stop(handle);
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    Py_RETURN_NONE;
}

/* ---- where it is ---- */

PyObject *rtj_client_get_transport_state(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_transport_query);
    if (handle == NULL) {
        return NULL;
    }
    int state = (int)rtj_client_lib(self->core)->jack_transport_query(handle, NULL);
    rtj_client_leave(self->core);
    return rtj_transport_state_new(self->state, state);
}

/* PipeWire's function says 0 where the transport does not roll. */
static uint32_t frame_now(const rtj_libjack *lib, jack_client_t *handle)
{
    jack_position_t position = {0};
    if (lib->kind == RTJ_PIPEWIRE &&
        lib->jack_transport_query(handle, &position) != JackTransportRolling) {
        return position.frame;
    }
    return lib->jack_get_current_transport_frame(handle);
}

PyObject *rtj_client_get_transport_frame(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_get_current_transport_frame);
    if (handle == NULL) {
        return NULL;
    }
    uint32_t frame = frame_now(rtj_client_lib(self->core), handle);
    rtj_client_leave(self->core);
    return PyLong_FromUnsignedLong(frame);
}

int rtj_client_set_transport_frame(PyObject *object, PyObject *value,
                                   void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    uint32_t frame;
    int code;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "transport_frame can't be deleted");
        return -1;
    }
    jack_client_t *handle = rtj_as_uint32(value, "transport_frame", &frame) == 0
                                ? RTJ_PY_ENTER(self, jack_transport_locate)
                                : NULL;
    if (handle == NULL) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    code = rtj_client_lib(self->core)->jack_transport_locate(handle, frame);
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    return check_code(self, code, "Error locating JACK transport");
}

static PyObject *client_transport_locate(PyObject *object, PyObject *frame)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "transport_locate() is deprecated, use transport_frame", 1) < 0 ||
        PyObject_SetAttrString(object, "transport_frame", frame) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static int query(rtj_py_client *self, jack_position_t *position)
{
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_transport_query);
    if (handle == NULL) {
        return -1;
    }
    int state = (int)rtj_client_lib(self->core)->jack_transport_query(handle, position);
    rtj_client_leave(self->core);
    return state;
}

static PyObject *client_transport_query(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_position_t position;
    int state = query(self, &position);
    if (state < 0) {
        return NULL;
    }
    return Py_BuildValue("NN", rtj_transport_state_new(self->state, state),
                         rtj_position_dict(&position));
}

static PyObject *client_transport_query_struct(PyObject *object,
                                               PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_position_t position;
    int state = query(self, &position);
    if (state < 0) {
        return NULL;
    }
    return Py_BuildValue("iN", state, rtj_position_new(self->state, &position));
}

static PyObject *client_transport_reposition(PyObject *object, PyObject *value)
{
    rtj_py_client *self = (rtj_py_client *)object;
    int code;
    if (rtj_py_client_core(self) == NULL) {
        return NULL;
    }
    jack_position_t position; /* a copy: the object may change meanwhile */
    int foreign = rtj_compat_position(value, &position);
    if (foreign == 0) {
        const jack_position_t *given = rtj_position_get(self->state, value, "position");
        foreign = given != NULL ? 0 : -1;
        position = given != NULL ? *given : (jack_position_t){0};
    }
    jack_client_t *handle =
        foreign >= 0 ? RTJ_PY_ENTER(self, jack_transport_reposition) : NULL;
    if (handle == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    code = rtj_client_lib(self->core)->jack_transport_reposition(handle, &position);
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (check_code(self, code, "Error re-positioning transport") < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- slow sync and timebase ---- */

static PyObject *client_set_sync_timeout(PyObject *object, PyObject *value)
{
    rtj_py_client *self = (rtj_py_client *)object;
    int64_t timeout;
    int code;
    jack_client_t *handle = rtj_as_int64(value, "timeout", 0, INT64_MAX, &timeout) == 0
                                ? RTJ_PY_ENTER(self, jack_set_sync_timeout)
                                : NULL;
    if (handle == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    code =
        RTJ_ASK(self->core, rtj_client_lib(self->core)
                                ->jack_set_sync_timeout(handle, (jack_time_t)timeout));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (check_code(self, code, "Error setting sync timeout") < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *client_release_timebase(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    int code;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_release_timebase);
    if (handle == NULL) {
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = RTJ_ASK(self->core, lib->jack_release_timebase(handle));
    if (code == 0 && lib->jack_set_sync_callback != NULL &&
        rtj_client_is_active(self->core)) {
        /* For JACK2, which ends the audio thread only of clients with a callback for
         * it; a client that is always ready holds nobody up. */
        (void)RTJ_ASK(self->core, lib->jack_set_sync_callback(
                                      handle, rtj_callbacks_sync, self->callbacks));
    }
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (check_code(self, code, "Error releasing timebase") < 0) {
        return NULL;
    }
    rtj_callbacks_set(self->callbacks, RTJ_SLOT_TIMEBASE, NULL, 0); /* called no more */
    rtj_switching_review(self->callbacks);
    Py_RETURN_NONE;
}

RTJ_ONE_ARGUMENT(client_transport_locate, "transport_locate", "frame")
RTJ_ONE_ARGUMENT(client_transport_reposition, "transport_reposition_struct", "position")
RTJ_ONE_ARGUMENT(client_set_sync_timeout, "set_sync_timeout", "timeout")

PyMethodDef rtj_client_transport_methods[] = {
    {"transport_start", client_transport_start, METH_NOARGS,
     DOC_Client_transport_start},
    {"transport_stop", client_transport_stop, METH_NOARGS, DOC_Client_transport_stop},
    {"transport_locate", (PyCFunction)(void (*)(void))client_transport_locate_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_transport_locate},
    {"transport_query", client_transport_query, METH_NOARGS,
     DOC_Client_transport_query},
    {"transport_query_struct", client_transport_query_struct, METH_NOARGS,
     DOC_Client_transport_query_struct},
    {"transport_reposition_struct",
     (PyCFunction)(void (*)(void))client_transport_reposition_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_transport_reposition_struct},
    {"set_sync_timeout", (PyCFunction)(void (*)(void))client_set_sync_timeout_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_set_sync_timeout},
    {"release_timebase", client_release_timebase, METH_NOARGS,
     DOC_Client_release_timebase},
    {NULL, NULL, 0, NULL},
};

/* jack.Client: activation, and what a client can tell of itself and of its server. */
#include "py/client_impl.h"

#include <stddef.h>

#include "core/detached.h"
#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/compat.h"
#include "py/isolated.h"
#include "py/metadata.h"
#include "py/pyjack.h"

/* ---- activation ---- */

static PyObject *client_activate(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    rtj_error error;
    rtj_status status;
    if (core == NULL) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(self->state, RTJ_PATIENCE);
    if (!rtj_client_is_active(core)) {
        PyDict_Clear(self->callbacks->known); /* they may have changed unseen */
        atomic_store(&self->callbacks->blocksize_told, 0);
        self->callbacks->thread_returned = 0;
    }
    if (rtj_pyjack_start(self) < 0 || rtj_switching_enter(self->callbacks) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_client_activate(core, &patience, &error);
    Py_END_ALLOW_THREADS
    rtj_switching_review(self->callbacks); /* it may have failed, or be lost */
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    if (rtj_callbacks_remember(self->callbacks, object) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *client_deactivate(PyObject *object, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"ignore_errors"};
    static const rtj_signature signature = {"deactivate", names, 1, 0, 1};
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    PyObject *values[1];
    rtj_error error;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int ignore = values[0] != NULL ? PyObject_IsTrue(values[0]) : 1;
    if (ignore < 0) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(self->state, RTJ_PATIENCE);
    rtj_status status = rtj_client_isolated_deactivate(self, &patience, &error);
    rtj_switching_review(self->callbacks);
    if (!rtj_client_is_active(core)) {
        rtj_pyjack_stop(self);
    }
    /* What JACK says may be ignored, as documented; that it can't be done may not, nor
     * that the client was closed by the program itself. */
    int ignored = status == RTJ_CODE || status == RTJ_LOST;
    if (status != RTJ_OK && !(ignore && ignored)) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *client_cpu_load(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_cpu_load);
    if (handle == NULL) {
        return NULL;
    }
    float load = rtj_client_lib(self->core)->jack_cpu_load(handle);
    rtj_client_leave(self->core);
    return PyFloat_FromDouble((double)load);
}

static PyObject *client_set_freewheel(PyObject *object, PyObject *onoff)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_error error;
    rtj_status status;
    int on = PyObject_IsTrue(onoff);
    if (on < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_client_set_freewheel(self->core, on, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

/* ---- attributes ---- */

static PyObject *get_name(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_get_client_name);
    if (handle == NULL) {
        return NULL;
    }
    const char *name = rtj_client_lib(self->core)->jack_get_client_name(handle);
    PyObject *result = rtj_decode(name != NULL ? name : "");
    rtj_client_leave(self->core);
    return result;
}

static PyObject *get_uuid(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_client_get_uuid);
    if (handle == NULL) {
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    char *uuid;
    Py_BEGIN_ALLOW_THREADS
    uuid = RTJ_ASK(self->core, lib->jack_client_get_uuid(handle));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (uuid == NULL) {
        if (!PyErr_Occurred()) { /* interrupted */
            PyErr_SetString(self->state->JackError, "Unable to get UUID");
        }
        return NULL;
    }
    PyObject *result = rtj_decode(uuid);
    lib->jack_free(uuid);
    return result;
}

/* Numbers that libjack reads from memory: nothing blocks. */
#define RTJ_NUMBER(attribute, function)                                                \
    static PyObject *get_##attribute(PyObject *object, void *Py_UNUSED(closure))       \
    {                                                                                  \
        rtj_py_client *self = (rtj_py_client *)object;                                 \
        jack_client_t *handle = RTJ_PY_ENTER(self, function);                          \
        if (handle == NULL) {                                                          \
            return NULL;                                                               \
        }                                                                              \
        uint32_t number = rtj_client_lib(self->core)->function(handle);                \
        rtj_client_leave(self->core);                                                  \
        return PyLong_FromUnsignedLong(number);                                        \
    }
RTJ_NUMBER(samplerate, jack_get_sample_rate)
RTJ_NUMBER(blocksize, jack_get_buffer_size)
RTJ_NUMBER(frame_time, jack_frame_time)
RTJ_NUMBER(cycle_frame_time, jack_last_frame_time)
RTJ_NUMBER(cycle_frames, jack_frames_since_cycle_start)
#undef RTJ_NUMBER

/* Within a detached process callback: of the block that it is called for. */
static PyObject *get_last_frame_time(PyObject *object, void *closure)
{
    const rtj_py_client *self = (const rtj_py_client *)object;
    rtj_detached *here = self->core != NULL ? rtj_detached_here(self->core) : NULL;
    return here != NULL ? PyLong_FromUnsignedLong(rtj_detached_block(here)->time)
                        : get_cycle_frame_time(object, closure);
}

static PyObject *get_frames_since_cycle_start(PyObject *object, void *closure)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_detached *here = self->core != NULL ? rtj_detached_here(self->core) : NULL;
    if (here == NULL) {
        return get_cycle_frames(object, closure);
    }
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_frame_time);
    if (handle == NULL) {
        return NULL;
    }
    uint32_t now = rtj_client_lib(self->core)->jack_frame_time(handle);
    rtj_client_leave(self->core);
    uint32_t since = now - rtj_detached_block(here)->time;
    /* A freewheeling server's blocks are ahead of its clock. */
    return PyLong_FromUnsignedLong(since < UINT32_MAX / 2 ? since : 0);
}

static int set_blocksize(PyObject *object, PyObject *value, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    int64_t frames;
    rtj_error error;
    int code;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "blocksize can't be deleted");
        return -1;
    }
    if (rtj_as_int64(value, "blocksize", 1, 8192, &frames) < 0) {
        return -1;
    }
    if ((frames & (frames - 1)) != 0) {
        PyErr_Format(PyExc_ValueError, "blocksize must be a power of two, got %lld",
                     (long long)frames);
        return -1;
    }
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_set_buffer_size);
    if (handle == NULL) {
        return -1;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = RTJ_ASK(self->core, lib->jack_set_buffer_size(handle, (uint32_t)frames));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (code != 0) {
        (void)rtj_fail(&error, RTJ_CODE, code, "Error setting JACK blocksize");
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

static PyObject *get_realtime(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_is_realtime);
    if (handle == NULL) {
        return NULL;
    }
    int realtime = rtj_client_lib(self->core)->jack_is_realtime(handle);
    rtj_client_leave(self->core);
    return PyBool_FromLong(realtime);
}

static PyObject *get_closed(PyObject *object, void *Py_UNUSED(closure))
{
    const rtj_py_client *self = (const rtj_py_client *)object;
    return PyBool_FromLong(self->core == NULL || rtj_client_is_closed(self->core));
}

static PyObject *get_status(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = rtj_py_client_enter(self);
    if (handle == NULL) {
        return NULL;
    }
    rtj_client_leave(self->core);
    return Py_NewRef(self->status);
}

/* The four lists; `closure` is the offset of the field. */
static PyObject *get_part(PyObject *object, void *closure)
{
    rtj_py_client *self = (rtj_py_client *)object;
    if (rtj_py_client_core(self) == NULL) {
        return NULL;
    }
    if (rtj_py_client_enter(self) == NULL) {
        return NULL;
    }
    rtj_client_leave(self->core);
    return Py_NewRef(*(PyObject **)((char *)self + (Py_ssize_t)closure));
}

static PyObject *get_address(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = rtj_py_client_enter(self);
    if (handle == NULL) {
        return NULL;
    }
    rtj_client_leave(self->core);
    return PyLong_FromVoidPtr(handle);
}

RTJ_ONE_ARGUMENT(client_set_freewheel, "set_freewheel", "onoff")

PyMethodDef rtj_client_life_methods[] = {
    {"activate", client_activate, METH_NOARGS, DOC_Client_activate},
    {"deactivate", (PyCFunction)(void (*)(void))client_deactivate,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_deactivate},
    {"cpu_load", client_cpu_load, METH_NOARGS, DOC_Client_cpu_load},
    {"set_freewheel", (PyCFunction)(void (*)(void))client_set_freewheel_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_set_freewheel},
    {NULL, NULL, 0, NULL},
};

#define RTJ_PART(name)                                                                 \
    {                                                                                  \
#name, get_part, NULL, DOC_Client_##name,                                      \
            (void *)offsetof(rtj_py_client, name)                                      \
    }

PyGetSetDef rtj_client_getset[] = {
    {"name", get_name, NULL, DOC_Client_name, NULL},
    {"uuid", get_uuid, NULL, DOC_Client_uuid, NULL},
    {"samplerate", get_samplerate, NULL, DOC_Client_samplerate, NULL},
    {"blocksize", get_blocksize, set_blocksize, DOC_Client_blocksize, NULL},
    {"status", get_status, NULL, DOC_Client_status, NULL},
    {"realtime", get_realtime, NULL, DOC_Client_realtime, NULL},
    {"realtime_priority", rtj_client_get_realtime_priority, NULL,
     DOC_Client_realtime_priority, NULL},
    {"max_realtime_priority", rtj_client_get_max_realtime_priority, NULL,
     DOC_Client_max_realtime_priority, NULL},
    {"thread_id", rtj_client_get_thread_id, NULL, DOC_Client_thread_id, NULL},
    {"max_delayed_usecs", rtj_client_get_max_delayed_usecs, NULL,
     DOC_Client_max_delayed_usecs, NULL},
    {"xrun_delayed_usecs", rtj_client_get_xrun_delayed_usecs, NULL,
     DOC_Client_xrun_delayed_usecs, NULL},
    {"metadata", rtj_metadata_get_mapping, NULL, DOC_Client_metadata, NULL},
    {"stats", rtj_client_get_stats, NULL, DOC_Client_stats, NULL},
    {"closed", get_closed, NULL, DOC_Client_closed, NULL},
    {"frames_since_cycle_start", get_frames_since_cycle_start, NULL,
     DOC_Client_frames_since_cycle_start, NULL},
    {"frame_time", get_frame_time, NULL, DOC_Client_frame_time, NULL},
    {"last_frame_time", get_last_frame_time, NULL, DOC_Client_last_frame_time, NULL},
    RTJ_PART(inports),
    RTJ_PART(outports),
    RTJ_PART(midi_inports),
    RTJ_PART(midi_outports),
    {"transport_state", rtj_client_get_transport_state, NULL,
     DOC_Client_transport_state, NULL},
    {"transport_frame", rtj_client_get_transport_frame, rtj_client_set_transport_frame,
     DOC_Client_transport_frame, NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"_address", get_address, NULL, NULL, NULL},
    {"_ptr", rtj_compat_get, NULL, NULL, "client_ptr"},
    {"_position", rtj_compat_get, NULL, NULL, "position"},
    {"_keepalive", rtj_compat_get, NULL, NULL, "keepalive"},
    {"_status", get_status, NULL, NULL, NULL},
    {"_inports", get_part, NULL, NULL, (void *)offsetof(rtj_py_client, inports)},
    {"_outports", get_part, NULL, NULL, (void *)offsetof(rtj_py_client, outports)},
    {"_midi_inports", get_part, NULL, NULL,
     (void *)offsetof(rtj_py_client, midi_inports)},
    {"_midi_outports", get_part, NULL, NULL,
     (void *)offsetof(rtj_py_client, midi_outports)},
    {NULL, NULL, NULL, NULL, NULL},
};

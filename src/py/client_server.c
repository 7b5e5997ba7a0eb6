/* jack.Client: what else it may ask of its server. */
#include <math.h>

#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/port.h"
#include "py/record.h"
#include "py/uuid.h"

static PyObject *raise_code(const rtj_py_client *self, int code, const char *text,
                            PyObject *name)
{
    rtj_error error;
    (void)rtj_fail(&error, RTJ_CODE, code, text, PyBytes_AS_STRING(name));
    return rtj_raise(self->state, &error);
}

/* ---- ports ---- */

static PyObject *client_port_type_buffer_size(PyObject *object, PyObject *type)
{
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *name = rtj_encode(type, "type");
    jack_client_t *handle =
        name != NULL ? RTJ_PY_ENTER(self, jack_port_type_get_buffer_size) : NULL;
    if (handle == NULL) {
        Py_XDECREF(name);
        return NULL;
    }
    size_t size = rtj_client_lib(self->core)
                      ->jack_port_type_get_buffer_size(handle, PyBytes_AS_STRING(name));
    rtj_client_leave(self->core);
    Py_DECREF(name);
    if (size == 0) {
        return PyErr_Format(PyExc_ValueError,
                            "type must be one that this JACK server knows, got %R",
                            type);
    }
    return PyLong_FromSize_t(size);
}

/* None, or a number of bytes. */
static int read_size(PyObject *value, unsigned long *size)
{
    int64_t number = 0;
    if (value != NULL && value != Py_None &&
        rtj_as_int64(value, "buffer_size", 0, UINT32_MAX, &number) < 0) {
        return -1;
    }
    *size = (unsigned long)number;
    return 0;
}

/* Flags from is_output, is_terminal and is_physical, which may be NULL.  0 or -1. */
static int read_flags(PyObject *const *values, unsigned long *flags)
{
    static const unsigned long bits[] = {JackPortIsOutput, JackPortIsTerminal,
                                         JackPortIsPhysical};
    *flags = 0;
    for (int i = 0; i < 3; i++) {
        int yes = values[i] != NULL ? PyObject_IsTrue(values[i]) : 0;
        if (yes < 0) {
            return -1;
        }
        *flags |= yes ? bits[i] : 0;
    }
    *flags |= (*flags & JackPortIsOutput) == 0 ? JackPortIsInput : 0;
    return 0;
}

static PyObject *register_other(rtj_py_client *self, const rtj_port_plan *plan)
{
    char kept[RTJ_PORT_NAME];
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    if (rtj_port_type_of(plan->type_name) != RTJ_PORT_UNKNOWN) {
        PyErr_SetString(
            PyExc_ValueError,
            "type must be another than audio and MIDI, whose ports inports, "
            "outports, midi_inports and midi_outports register");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_register(self->core, plan, kept, &info, &error);
    Py_END_ALLOW_THREADS
    return status == RTJ_OK ? rtj_port_wrap_other((PyObject *)self, &info)
                            : rtj_raise(self->state, &error);
}

static PyObject *client_register_other(PyObject *object, PyObject *const *args,
                                       Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"shortname",   "type",        "is_output",
                                        "is_terminal", "is_physical", "buffer_size"};
    static const rtj_signature signature = {"register_other_port", names, 6, 2, 2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[6];
    rtj_port_plan plan;
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        read_flags(values + 2, &plan.flags) < 0 ||
        read_size(values[5], &plan.buffer_size) < 0) {
        return NULL;
    }
    PyObject *name = rtj_encode(values[0], "shortname");
    PyObject *type = name != NULL ? rtj_encode(values[1], "type") : NULL;
    PyObject *port = NULL;
    if (type != NULL) {
        plan.shortname = PyBytes_AS_STRING(name);
        plan.type_name = PyBytes_AS_STRING(type);
        port = register_other(self, &plan);
    }
    Py_XDECREF(type);
    Py_XDECREF(name);
    return port;
}

static PyObject *client_request_monitor(PyObject *object, PyObject *const *args,
                                        Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "onoff"};
    static const rtj_signature signature = {"request_monitor", names, 2, 2, 2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[2];
    int code;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int on = PyObject_IsTrue(values[1]);
    PyObject *name = on >= 0 ? rtj_encode(values[0], "name") : NULL;
    jack_client_t *handle =
        name != NULL ? RTJ_PY_ENTER(self, jack_port_request_monitor_by_name) : NULL;
    if (handle == NULL) {
        Py_XDECREF(name);
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    Py_BEGIN_ALLOW_THREADS
    code = lib->jack_port_request_monitor_by_name(handle, PyBytes_AS_STRING(name), on);
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    PyObject *result = Py_None;
    if (code != 0) {
        result = raise_code(self, code,
                            "Unable to switch monitoring of \"%.300s\" on/off", name);
    }
    Py_DECREF(name);
    return Py_XNewRef(result);
}

/* ---- sessions ---- */

static PyObject *client_reserve_name(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "uuid"};
    static const rtj_signature signature = {"reserve_client_name", names, 2, 2, 2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[2];
    char uuid[JACK_UUID_STRING_SIZE];
    int code;
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_uuid_text(self->state, values[1], "uuid", uuid) < 0) {
        return NULL;
    }
    PyObject *name = rtj_encode(values[0], "name");
    jack_client_t *handle =
        name != NULL ? RTJ_PY_ENTER(self, jack_reserve_client_name) : NULL;
    if (handle == NULL) {
        Py_XDECREF(name);
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    Py_BEGIN_ALLOW_THREADS
    code =
        RTJ_ASK(self->core,
                lib->jack_reserve_client_name(handle, PyBytes_AS_STRING(name), uuid));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    PyObject *result = Py_None;
    if (code != 0) {
        result = raise_code(self, code, "Unable to reserve the client name \"%.300s\"",
                            name);
    }
    Py_DECREF(name);
    return Py_XNewRef(result);
}

static PyStructSequence_Field command_fields[] = {
    {"uuid", DOC_SessionCommand_uuid},
    {"client_name", DOC_SessionCommand_client_name},
    {"command", DOC_SessionCommand_command},
    {"flags", DOC_SessionCommand_flags},
    {NULL, NULL},
};

static PyStructSequence_Desc command_desc = {"jack.SessionCommand", DOC_SessionCommand,
                                             command_fields, 4};

static PyObject *command_of(rtj_state *state, const jack_session_command_t *told)
{
    PyObject *uuid = rtj_decode(told->uuid); /* new */
    PyObject *values[] = {
        uuid != NULL ? PyObject_CallOneArg((PyObject *)state->UUID, uuid) : NULL,
        rtj_decode(told->client_name),
        rtj_decode(told->command != NULL ? told->command : ""),
        PyLong_FromLong((long)told->flags),
    };
    Py_XDECREF(uuid);
    return rtj_record_new(state->SessionCommand, values, 4);
}

static PyObject *command_list(rtj_state *state, const jack_session_command_t *told)
{
    PyObject *list = PyList_New(0); /* new */
    for (; list != NULL && told->uuid != NULL; told++) {
        PyObject *command = command_of(state, told);
        if (command == NULL || PyList_Append(list, command) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(command);
    }
    return list;
}

/* What is asked, with libjack's answer. */
typedef struct notification {
    PyObject *target; /* bytes; "" for all */
    PyObject *path;   /* bytes */
    jack_session_event_type_t type;
} notification;

/* What jack_session_commands_free() does, which is deprecated. */
static void free_commands(const rtj_libjack *lib, jack_session_command_t *told)
{
    for (const jack_session_command_t *each = told; each->uuid != NULL; each++) {
        lib->jack_free((void *)each->uuid);
        lib->jack_free((void *)each->client_name);
        lib->jack_free((void *)each->command);
    }
    lib->jack_free(told);
}

/* Clients answer when they have saved what they have. */
static const double for_ever = INFINITY;

static PyObject *notify(rtj_py_client *self, const notification *asked)
{
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_session_notify);
    if (handle == NULL) {
        return NULL;
    }
    const rtj_libjack *lib = rtj_client_lib(self->core);
    const char *target = PyBytes_AS_STRING(asked->target);
    jack_session_command_t *told;
    Py_BEGIN_ALLOW_THREADS
    told = RTJ_ASK_FOR(
        for_ever, self->core,
        lib->jack_session_notify(handle, target[0] != '\0' ? target : NULL, asked->type,
                                 PyBytes_AS_STRING(asked->path)));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (told == NULL) {
        if (!PyErr_Occurred()) { /* interrupted */
            PyErr_SetString(self->state->JackError,
                            "JACK refused to notify of the session");
        }
        return NULL;
    }
    PyObject *list = command_list(self->state, told);
    free_commands(lib, told);
    return list;
}

static PyObject *client_session_notify(PyObject *object, PyObject *const *args,
                                       Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"path", "type", "target"};
    static const rtj_signature signature = {"session_notify", names, 3, 1, 3};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[3];
    int64_t type = JackSessionSave;
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        (values[1] != NULL && rtj_as_int64(values[1], "type", JackSessionSave,
                                           JackSessionSaveTemplate, &type) < 0)) {
        return NULL;
    }
    int to_all = values[2] == NULL || values[2] == Py_None;
    notification asked = {.type = (jack_session_event_type_t)type};
    asked.path = rtj_encode(values[0], "path"); /* new */
    asked.target = to_all ? PyBytes_FromString("") : rtj_encode(values[2], "target");
    PyObject *result =
        asked.path != NULL && asked.target != NULL ? notify(self, &asked) : NULL;
    Py_XDECREF(asked.path);
    Py_XDECREF(asked.target);
    return result;
}

RTJ_ONE_ARGUMENT(client_port_type_buffer_size, "port_type_buffer_size", "type")

PyMethodDef rtj_client_server_methods[] = {
    {"port_type_buffer_size",
     (PyCFunction)(void (*)(void))client_port_type_buffer_size_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_port_type_buffer_size},
    {"register_other_port", (PyCFunction)(void (*)(void))client_register_other,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_register_other_port},
    {"request_monitor", (PyCFunction)(void (*)(void))client_request_monitor,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_request_monitor},
    {"reserve_client_name", (PyCFunction)(void (*)(void))client_reserve_name,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_reserve_client_name},
    {"session_notify", (PyCFunction)(void (*)(void))client_session_notify,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_session_notify},
    {NULL, NULL, 0, NULL},
};

int rtj_add_client_server(PyObject *module, rtj_state *state)
{
    state->SessionCommand = rtj_add_record(module, &command_desc);
    return state->SessionCommand != NULL ? 0 : -1;
}

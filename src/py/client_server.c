/* jack.Client: what else it may ask of its server. */
#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
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
    told =
        RTJ_ASK(self->core,
                lib->jack_session_notify(handle, target[0] != '\0' ? target : NULL,
                                         asked->type, PyBytes_AS_STRING(asked->path)));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    if (told == NULL) {
        PyErr_SetString(self->state->JackError,
                        "JACK refused to notify of the session");
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

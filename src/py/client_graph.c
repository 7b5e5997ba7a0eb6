/* jack.Client: the graph of ports and connections. */
#include "py/client_impl.h"

#include "core/ask.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/notebook.h"
#include "py/port.h"
#include "py/stream.h"
#include "py/uuid.h"

/* ---- connections ---- */

typedef rtj_status pair_function(rtj_client *client, const char *source,
                                 const char *destination, rtj_error *error);

static PyObject *with_pair(PyObject *object, const rtj_signature *signature,
                           pair_function *function, PyObject *const *args,
                           Py_ssize_t nargs, PyObject *kwnames)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    PyObject *values[2];
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_parse(signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    PyObject *source = rtj_port_name_bytes(self->state, core, values[0], "source");
    PyObject *destination =
        source != NULL
            ? rtj_port_name_bytes(self->state, core, values[1], "destination")
            : NULL;
    if (destination == NULL) {
        Py_XDECREF(source);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = function(core, PyBytes_AS_STRING(source), PyBytes_AS_STRING(destination),
                      &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(source);
    Py_DECREF(destination);
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

static const char *const pair_names[] = {"source", "destination"};

static PyObject *client_connect(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames)
{
    static const rtj_signature signature = {"connect", pair_names, 2, 2, 2};
    return with_pair(self, &signature, rtj_ports_connect, args, nargs, kwnames);
}

static PyObject *client_disconnect(PyObject *self, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"disconnect", pair_names, 2, 2, 2};
    return with_pair(self, &signature, rtj_ports_disconnect, args, nargs, kwnames);
}

/* ---- finding ports ---- */

enum {
    PATTERN,
    AUDIO,
    MIDI,
    INPUT,
    OUTPUT,
    PHYSICAL,
    MONITOR,
    TERMINAL,
    LITERAL,
    FILTERS
};

static const char *const filter_names[FILTERS] = {
    "name_pattern", "is_audio",    "is_midi",     "is_input", "is_output",
    "is_physical",  "can_monitor", "is_terminal", "literal"};

/* The truth of each filter; -1 when asking an argument raised. */
static int read_filters(PyObject *const *values, int *filters)
{
    for (int i = AUDIO; i < FILTERS; i++) {
        filters[i] = values[i] != NULL ? PyObject_IsTrue(values[i]) : 0;
        if (filters[i] < 0) {
            return -1;
        }
    }
    return 0;
}

static unsigned long flags_of(const int *filters)
{
    unsigned long flags = 0;
    flags |= filters[INPUT] ? JackPortIsInput : 0;
    flags |= filters[OUTPUT] ? JackPortIsOutput : 0;
    flags |= filters[PHYSICAL] ? JackPortIsPhysical : 0;
    flags |= filters[MONITOR] ? JackPortCanMonitor : 0;
    flags |= filters[TERMINAL] ? JackPortIsTerminal : 0;
    return flags;
}

static const char *type_of(const int *filters)
{
    if (filters[AUDIO] && !filters[MIDI]) {
        return JACK_DEFAULT_AUDIO_TYPE;
    }
    if (filters[MIDI] && !filters[AUDIO]) {
        return JACK_DEFAULT_MIDI_TYPE;
    }
    return "";
}

static PyObject *client_get_ports(PyObject *object, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"get_ports", filter_names, FILTERS, 0,
                                            LITERAL};
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    PyObject *values[FILTERS];
    int filters[FILTERS];
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        read_filters(values, filters) < 0) {
        return NULL;
    }
    PyObject *pattern = values[PATTERN] != NULL
                            ? rtj_encode(values[PATTERN], "name_pattern")
                            : PyBytes_FromStringAndSize(NULL, 0);
    if (pattern == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_find(core, PyBytes_AS_STRING(pattern), filters[LITERAL],
                            type_of(filters), flags_of(filters), &list, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(pattern);
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    return rtj_port_list_wrap(object, list);
}

static PyObject *client_get_port_by_name(PyObject *object, PyObject *name)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    PyObject *bytes = core != NULL ? rtj_encode(name, "name") : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_find(core, PyBytes_AS_STRING(bytes), &info, &error);
    Py_END_ALLOW_THREADS
    PyObject *port = status == RTJ_OK ? rtj_port_wrap(object, &info)
                                      : rtj_raise(self->state, &error);
    Py_DECREF(bytes);
    return port;
}

static PyObject *client_get_all_connections(PyObject *object, PyObject *port)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    jack_port_t *handle;
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    if (core == NULL || rtj_port_handle_of(object, port, &handle) < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connected(core, handle, 0, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    return rtj_port_list_wrap(object, list);
}

static PyObject *client_owns(PyObject *object, PyObject *port)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    jack_port_t *port_handle;
    rtj_error error;
    if (core == NULL || rtj_port_handle_of(object, port, &port_handle) < 0) {
        return NULL;
    }
    jack_client_t *handle = RTJ_ENTER(core, jack_port_is_mine, &error);
    if (handle == NULL) {
        return rtj_raise(self->state, &error);
    }
    int mine = rtj_client_lib(core)->jack_port_is_mine(handle, port_handle);
    rtj_client_leave(core);
    return PyBool_FromLong(mine);
}

/* For programs that come with a pointer of libjack's own. */
static PyObject *client_wrap_port_address(PyObject *object, PyObject *address)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    rtj_error error;
    jack_port_t *port = core != NULL ? PyLong_AsVoidPtr(address) : NULL;
    if (port == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "the port's pointer is NULL");
        }
        return NULL;
    }
    jack_client_t *handle = rtj_client_enter(core, &error);
    if (handle == NULL) {
        return rtj_raise(self->state, &error);
    }
    const rtj_libjack *lib = rtj_client_lib(core);
    const char *name = lib->jack_port_name(port);
    rtj_port_info info = {port, name != NULL ? name : "", lib->jack_port_flags(port),
                          rtj_port_type_of(lib->jack_port_type(port)),
                          lib->jack_port_is_mine(handle, port) != 0};
    PyObject *result = rtj_port_wrap(object, &info);
    rtj_client_leave(core);
    return result;
}

/* ---- names and UUIDs of clients ---- */

typedef char *lookup_function(jack_client_t *client, const char *text);

/* libjack's answer as str; NULL without an exception when it has none.  Steals `bytes`,
 * and leaves libjack, which the caller entered. */
static PyObject *look_up(rtj_py_client *self, jack_client_t *handle,
                         lookup_function *function, PyObject *bytes)
{
    char *found;
    Py_BEGIN_ALLOW_THREADS
    found = RTJ_ASK(self->core, function(handle, PyBytes_AS_STRING(bytes)));
    Py_END_ALLOW_THREADS
    rtj_client_leave(self->core);
    Py_DECREF(bytes);
    if (found == NULL) {
        return NULL;
    }
    PyObject *result = rtj_decode(found);
    rtj_client_lib(self->core)->jack_free(found);
    return result;
}

static PyObject *client_get_uuid_for_name(PyObject *object, PyObject *name)
{
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *bytes = rtj_encode(name, "name");
    jack_client_t *handle =
        bytes != NULL ? RTJ_PY_ENTER(self, jack_get_uuid_for_client_name) : NULL;
    if (handle == NULL) {
        Py_XDECREF(bytes);
        return NULL;
    }
    PyObject *uuid = look_up(
        self, handle, rtj_client_lib(self->core)->jack_get_uuid_for_client_name, bytes);
    if (uuid == NULL && !PyErr_Occurred()) {
        PyErr_Format(self->state->JackError, "Unable to get session ID for %R", name);
    }
    return uuid;
}

static PyObject *client_get_name_by_uuid(PyObject *object, PyObject *uuid)
{
    rtj_py_client *self = (rtj_py_client *)object;
    char text[JACK_UUID_STRING_SIZE];
    PyObject *bytes = NULL;
    if (PyUnicode_Check(uuid)) {
        bytes = rtj_encode(uuid, "uuid");
    } else if (rtj_py_client_core(self) != NULL &&
               rtj_uuid_text(self->state, uuid, "uuid", text) == 0) {
        bytes = PyBytes_FromString(text);
    }
    jack_client_t *handle =
        bytes != NULL ? RTJ_PY_ENTER(self, jack_get_client_name_by_uuid) : NULL;
    if (handle == NULL) {
        Py_XDECREF(bytes);
        return NULL;
    }
    PyObject *name = look_up(
        self, handle, rtj_client_lib(self->core)->jack_get_client_name_by_uuid, bytes);
    if (name == NULL && !PyErr_Occurred()) {
        PyErr_Format(self->state->JackError, "Unable to get client name for %R", uuid);
    }
    return name;
}

RTJ_ONE_ARGUMENT(client_get_port_by_name, "get_port_by_name", "name")
RTJ_ONE_ARGUMENT(client_get_all_connections, "get_all_connections", "port")
RTJ_ONE_ARGUMENT(client_owns, "owns", "port")
RTJ_ONE_ARGUMENT(client_get_uuid_for_name, "get_uuid_for_client_name", "name")
RTJ_ONE_ARGUMENT(client_get_name_by_uuid, "get_client_name_by_uuid", "uuid")

static PyObject *client_snapshot(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return rtj_call_python("jack._snapshot", "take", self, args, kwargs);
}

PyMethodDef rtj_client_graph_methods[] = {
    {"connect", (PyCFunction)(void (*)(void))client_connect,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_connect},
    {"disconnect", (PyCFunction)(void (*)(void))client_disconnect,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_disconnect},
    {"get_ports", (PyCFunction)(void (*)(void))client_get_ports,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_ports},
    {"get_port_by_name", (PyCFunction)(void (*)(void))client_get_port_by_name_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_port_by_name},
    {"get_all_connections",
     (PyCFunction)(void (*)(void))client_get_all_connections_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_all_connections},
    {"owns", (PyCFunction)(void (*)(void))client_owns_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_owns},
    {"get_uuid_for_client_name",
     (PyCFunction)(void (*)(void))client_get_uuid_for_name_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_uuid_for_client_name},
    {"get_client_name_by_uuid",
     (PyCFunction)(void (*)(void))client_get_name_by_uuid_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_client_name_by_uuid},
    {"open_stream", (PyCFunction)(void (*)(void))rtj_client_open_stream,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_open_stream},
    {"snapshot", (PyCFunction)(void (*)(void))client_snapshot,
     METH_VARARGS | METH_KEYWORDS, DOC_Client_snapshot},
    {"_repr_html_", rtj_repr_html, METH_VARARGS, NULL},
    {"_wrap_port_address", client_wrap_port_address, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

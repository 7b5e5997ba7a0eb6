/* PyJack's functions as methods of jack.Client; the module has them too, on its global
 * client. */
#include "py/pyjack.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/port.h"

/* ---- ports of one's own ---- */

enum {
    ALL_FLAGS = JackPortIsInput | JackPortIsOutput | JackPortIsPhysical |
                JackPortCanMonitor | JackPortIsTerminal
};

PyObject *rtj_pyjack_register_port(PyObject *object, PyObject *const *args,
                                   Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "flags"};
    static const rtj_signature signature = {"register_port", names, 2, 2, 2};
    rtj_py_client *client = (rtj_py_client *)object;
    PyObject *values[2];
    int64_t flags;
    if (rtj_py_client_core(client) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        rtj_as_int64(values[1], "flags", 0, ALL_FLAGS, &flags) < 0) {
        return NULL;
    }
    int sides = (int)flags & (JackPortIsInput | JackPortIsOutput);
    if (sides != JackPortIsInput && sides != JackPortIsOutput) {
        PyErr_Format(PyExc_ValueError,
                     "flags must contain one of IsInput and IsOutput, got %lld",
                     (long long)flags);
        return NULL;
    }
    if (rtj_pyjack_register(client, values[0], (unsigned long)flags) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *rtj_pyjack_unregister_port(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name"};
    static const rtj_signature signature = {"unregister_port", names, 1, 1, 1};
    rtj_py_client *client = (rtj_py_client *)object;
    PyObject *name;
    if (rtj_parse(&signature, args, nargs, kwnames, &name) < 0 ||
        rtj_py_client_enter(client) == NULL) {
        return NULL;
    }
    rtj_client_leave(client->core);
    PyObject *port = rtj_pyjack_port(client, name);
    PyObject *result =
        port != NULL ? PyObject_CallMethod(port, "unregister", NULL) : NULL;
    Py_XDECREF(port);
    return result;
}

/* ---- any port ---- */

/* What is to be told of the port, with libjack entered; a new reference. */
typedef PyObject *port_fact(rtj_py_client *client, jack_client_t *handle,
                            jack_port_t *port);

static PyObject *of_port(PyObject *object, const char *function, port_fact *fact,
                         PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"port"};
    rtj_signature signature = {function, names, 1, 1, 1};
    rtj_py_client *client = (rtj_py_client *)object;
    PyObject *given;
    rtj_port_info info;
    rtj_error error;
    rtj_status status;
    if (rtj_py_client_core(client) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, &given) < 0) {
        return NULL;
    }
    PyObject *name = rtj_port_name_bytes(client->state, client->core, given, "port");
    if (name == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_find(client->core, PyBytes_AS_STRING(name), &info, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status != RTJ_OK) {
        return rtj_raise(client->state, &error);
    }
    jack_client_t *handle = rtj_py_client_enter(client);
    if (handle == NULL) {
        return NULL;
    }
    PyObject *result = fact(client, handle, info.handle);
    rtj_client_leave(client->core);
    return result;
}

static PyObject *flags_fact(rtj_py_client *client, jack_client_t *handle,
                            jack_port_t *port)
{
    (void)handle;
    return PyLong_FromLong(rtj_client_lib(client->core)->jack_port_flags(port));
}

static PyObject *text_or_error(const rtj_py_client *client, const char *text)
{
    if (text == NULL) {
        PyErr_SetString(client->state->JackError, "the port does not exist any more");
        return NULL;
    }
    return rtj_decode(text);
}

static PyObject *short_name_fact(rtj_py_client *client, jack_client_t *handle,
                                 jack_port_t *port)
{
    (void)handle;
    return text_or_error(client,
                         rtj_client_lib(client->core)->jack_port_short_name(port));
}

static PyObject *type_fact(rtj_py_client *client, jack_client_t *handle,
                           jack_port_t *port)
{
    (void)handle;
    return text_or_error(client, rtj_client_lib(client->core)->jack_port_type(port));
}

static PyObject *type_id_fact(rtj_py_client *client, jack_client_t *handle,
                              jack_port_t *port)
{
    (void)handle;
    const rtj_libjack *lib = rtj_client_lib(client->core);
    if (lib->jack_port_type_id == NULL) {
        PyErr_SetString(client->state->NotSupportedError,
                        "the loaded JACK library lacks jack_port_type_id()");
        return NULL;
    }
    return PyLong_FromUnsignedLong(lib->jack_port_type_id(port));
}

static PyObject *mine_fact(rtj_py_client *client, jack_client_t *handle,
                           jack_port_t *port)
{
    int mine = rtj_client_lib(client->core)->jack_port_is_mine(handle, port);
    return PyLong_FromLong(mine != 0);
}

static PyObject *connections_fact(rtj_py_client *client, jack_client_t *handle,
                                  jack_port_t *port)
{
    (void)handle;
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connected(client->core, port, 0, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return rtj_raise(client->state, &error);
    }
    PyObject *names = rtj_pyjack_names(list);
    rtj_port_list_free(list);
    return names;
}

PyObject *rtj_pyjack_names(const rtj_port_list *list)
{
    PyObject *names = PyList_New((Py_ssize_t)list->count);
    for (size_t i = 0; names != NULL && i < list->count; i++) {
        PyObject *name = rtj_decode(list->ports[i].name);
        if (name == NULL) {
            Py_CLEAR(names);
            break;
        }
        PyList_SET_ITEM(names, (Py_ssize_t)i, name); /* steals */
    }
    return names;
}

#define RTJ_PORT_FACT(name, fact)                                                      \
    PyObject *rtj_pyjack_##name(PyObject *self, PyObject *const *args,                 \
                                Py_ssize_t nargs, PyObject *kwnames)                   \
    {                                                                                  \
        return of_port(self, #name, fact, args, nargs, kwnames);                       \
    }
RTJ_PORT_FACT(get_port_flags, flags_fact)
RTJ_PORT_FACT(get_connections, connections_fact)
RTJ_PORT_FACT(get_port_short_name, short_name_fact)
RTJ_PORT_FACT(get_port_type, type_fact)
RTJ_PORT_FACT(get_port_type_id, type_id_fact)
RTJ_PORT_FACT(port_is_mine, mine_fact)
#undef RTJ_PORT_FACT

/* ---- client and server ---- */

/* The attribute of the client, as an int when `as_int`. */
static PyObject *attribute(PyObject *client, const char *function, const char *name,
                           int as_int, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    rtj_signature signature = {function, NULL, 0, 0, 0};
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    PyObject *value = PyObject_GetAttrString(client, name);
    if (value == NULL || !as_int) {
        return value;
    }
    PyObject *number = PyNumber_Long(value);
    Py_DECREF(value);
    return number;
}

#define RTJ_ATTRIBUTE(function, name, as_int)                                          \
    PyObject *rtj_pyjack_##function(PyObject *self, PyObject *const *args,             \
                                    Py_ssize_t nargs, PyObject *kwnames)               \
    {                                                                                  \
        return attribute(self, #function, name, as_int, args, nargs, kwnames);         \
    }
RTJ_ATTRIBUTE(get_client_name, "name", 0)
RTJ_ATTRIBUTE(get_buffer_size, "blocksize", 0)
RTJ_ATTRIBUTE(get_sample_rate, "samplerate", 0)
RTJ_ATTRIBUTE(get_frame_time, "frame_time", 0)
RTJ_ATTRIBUTE(get_current_transport_frame, "transport_frame", 0)
RTJ_ATTRIBUTE(is_realtime, "realtime", 1)
#undef RTJ_ATTRIBUTE

PyObject *rtj_pyjack_get_transport_state(PyObject *object, PyObject *const *args,
                                         Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"get_transport_state", NULL, 0, 0, 0};
    rtj_py_client *client = (rtj_py_client *)object;
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    jack_client_t *handle = RTJ_PY_ENTER(client, jack_transport_query);
    if (handle == NULL) {
        return NULL;
    }
    int state = (int)rtj_client_lib(client->core)->jack_transport_query(handle, NULL);
    rtj_client_leave(client->core);
    return PyLong_FromLong(state);
}

PyObject *rtj_pyjack_get_cpu_load(PyObject *object, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"get_cpu_load", NULL, 0, 0, 0};
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    return PyObject_CallMethod(object, "cpu_load", NULL);
}

PyObject *rtj_pyjack_set_buffer_size(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"size"};
    static const rtj_signature signature = {"set_buffer_size", names, 1, 1, 1};
    PyObject *size;
    if (rtj_parse(&signature, args, nargs, kwnames, &size) < 0 ||
        PyObject_SetAttrString(object, "blocksize", size) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *library_fact(PyObject *object, const char *function,
                              PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    rtj_signature signature = {function, NULL, 0, 0, 0};
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(object), &rtj_module);
    return module != NULL ? PyObject_CallMethod(module, function, NULL) : NULL;
}

static PyObject *client_get_version(PyObject *self, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    return library_fact(self, "get_version", args, nargs, kwnames);
}

static PyObject *client_get_version_string(PyObject *self, PyObject *const *args,
                                           Py_ssize_t nargs, PyObject *kwnames)
{
    return library_fact(self, "get_version_string", args, nargs, kwnames);
}

static PyObject *client_check_events(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"check_events", NULL, 0, 0, 0};
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    return rtj_pyjack_events(rtj_pyjack_take_events((rtj_py_client *)self));
}

static PyObject *client_detach(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                               PyObject *kwnames)
{
    static const rtj_signature signature = {"detach", NULL, 0, 0, 0};
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    return PyObject_CallMethod(self, "close", NULL);
}

static PyObject *client_set_buffer_size_callback(PyObject *self, PyObject *callback)
{
    return PyObject_CallMethod(self, "set_blocksize_callback", "O", callback);
}

RTJ_ONE_ARGUMENT(client_set_buffer_size_callback, "set_buffer_size_callback",
                 "callback")

/* ---- the table ---- */

#define RTJ_METHOD(name, function)                                                     \
    {                                                                                  \
#name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS, \
            DOC_Client_##name                                                          \
    }

PyMethodDef rtj_client_pyjack_methods[] = {
    RTJ_METHOD(process, rtj_pyjack_process),
    RTJ_METHOD(check_events, client_check_events),
    RTJ_METHOD(detach, client_detach),
    RTJ_METHOD(register_port, rtj_pyjack_register_port),
    RTJ_METHOD(unregister_port, rtj_pyjack_unregister_port),
    RTJ_METHOD(get_port_flags, rtj_pyjack_get_port_flags),
    RTJ_METHOD(get_connections, rtj_pyjack_get_connections),
    RTJ_METHOD(get_port_short_name, rtj_pyjack_get_port_short_name),
    RTJ_METHOD(get_port_type, rtj_pyjack_get_port_type),
    RTJ_METHOD(get_port_type_id, rtj_pyjack_get_port_type_id),
    RTJ_METHOD(port_is_mine, rtj_pyjack_port_is_mine),
    RTJ_METHOD(get_client_name, rtj_pyjack_get_client_name),
    RTJ_METHOD(get_buffer_size, rtj_pyjack_get_buffer_size),
    RTJ_METHOD(set_buffer_size, rtj_pyjack_set_buffer_size),
    RTJ_METHOD(get_sample_rate, rtj_pyjack_get_sample_rate),
    RTJ_METHOD(get_frame_time, rtj_pyjack_get_frame_time),
    RTJ_METHOD(get_current_transport_frame, rtj_pyjack_get_current_transport_frame),
    RTJ_METHOD(get_transport_state, rtj_pyjack_get_transport_state),
    RTJ_METHOD(get_cpu_load, rtj_pyjack_get_cpu_load),
    RTJ_METHOD(is_realtime, rtj_pyjack_is_realtime),
    RTJ_METHOD(get_version, client_get_version),
    RTJ_METHOD(get_version_string, client_get_version_string),
    RTJ_METHOD(set_buffer_size_callback, client_set_buffer_size_callback_named),
    RTJ_METHOD(set_thread_init_callback, rtj_pyjack_set_thread_init),
    {NULL, NULL, 0, NULL},
};

/* What all ports have: attributes and methods.  The types themselves: port.c. */
#include "py/port.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/compat.h"
#include "py/metadata.h"
#include "py/notebook.h"
#include "py/text.h"
#include "py/uuid.h"

static PyObject *raise_error(const rtj_port *port, const rtj_error *error)
{
    return rtj_raise(port->state, error);
}

/* ---- attributes ---- */

static PyObject *get_name(PyObject *self, void *Py_UNUSED(closure))
{
    return rtj_port_name_of((rtj_port *)self);
}

static PyObject *get_shortname(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *name = rtj_port_name_of((rtj_port *)self);
    PyObject *shortname = name != NULL ? rtj_short_name(name) : NULL;
    Py_XDECREF(name);
    return shortname;
}

static int set_shortname(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    rtj_status status;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "shortname can't be deleted");
        return -1;
    }
    PyObject *name = rtj_encode(value, "shortname");
    if (name == NULL || rtj_port_require(port) < 0) {
        Py_XDECREF(name);
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_port_rename(port->core, port->handle, PyBytes_AS_STRING(name), &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status != RTJ_OK) {
        raise_error(port, &error);
        return -1;
    }
    return 0;
}

/* Raises for a closed client, so that no attribute of its ports pretends. */
static int look(rtj_port *port)
{
    PyObject *name = rtj_port_name_of(port);
    Py_XDECREF(name);
    return name != NULL ? 0 : -1;
}

static PyObject *get_type(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    if (look(port) < 0) {
        return NULL;
    }
    switch (port->type) {
    case RTJ_PORT_AUDIO:
        return PyUnicode_FromString(JACK_DEFAULT_AUDIO_TYPE);
    case RTJ_PORT_MIDI:
        return PyUnicode_FromString(JACK_DEFAULT_MIDI_TYPE);
    default:
        break;
    }
    rtj_error error;
    if (port->handle == NULL) {
        return PyUnicode_FromString(""); /* nothing is known of it */
    }
    if (RTJ_ENTER(port->core, jack_port_type, &error) == NULL) {
        return raise_error(port, &error);
    }
    const char *type = rtj_client_lib(port->core)->jack_port_type(port->handle);
    PyObject *result = rtj_decode(type != NULL ? type : "");
    rtj_client_leave(port->core);
    return result;
}

static PyObject *get_uuid(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    if (rtj_client_lib(port->core)->jack_port_uuid == NULL) {
        (void)rtj_fail(&error, RTJ_NOT_SUPPORTED, 0,
                       "jack_port_uuid() is not in the loaded JACK library, %s",
                       rtj_client_lib(port->core)->name);
        return raise_error(port, &error);
    }
    return rtj_uuid_new(port->state, rtj_port_uuid(port));
}

static PyObject *get_flag(PyObject *self, void *closure)
{
    rtj_port *port = (rtj_port *)self;
    if (look(port) < 0) {
        return NULL;
    }
    return PyBool_FromLong((port->flags & (int)(intptr_t)closure) != 0);
}

static PyObject *get_is_type(PyObject *self, void *closure)
{
    rtj_port *port = (rtj_port *)self;
    if (look(port) < 0) {
        return NULL;
    }
    return PyBool_FromLong(port->type == (rtj_port_type)(intptr_t)closure);
}

static PyObject *get_client(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((rtj_port *)self)->client);
}

static PyObject *get_address(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromVoidPtr(((rtj_port *)self)->handle);
}

static PyObject *get_aliases(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    char first[RTJ_PORT_NAME] = "", second[RTJ_PORT_NAME] = "";
    char *const aliases[2] = {first, second};
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    if (RTJ_ENTER(port->core, jack_port_get_aliases, &error) == NULL) {
        return raise_error(port, &error);
    }
    int count =
        rtj_client_lib(port->core)->jack_port_get_aliases(port->handle, aliases);
    rtj_client_leave(port->core);
    PyObject *result = PyList_New(0);
    for (int i = 0; result != NULL && count > 0 && i < 2; i++) {
        PyObject *alias = aliases[i][0] != '\0' ? rtj_decode(aliases[i]) : NULL;
        if (alias != NULL && PyList_Append(result, alias) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(alias);
    }
    if (PyErr_Occurred()) {
        Py_CLEAR(result);
    }
    return result;
}

static PyObject *get_type_id(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    if (RTJ_ENTER(port->core, jack_port_type_id, &error) == NULL) {
        return raise_error(port, &error);
    }
    jack_port_type_id_t id =
        rtj_client_lib(port->core)->jack_port_type_id(port->handle);
    rtj_client_leave(port->core);
    return PyLong_FromUnsignedLong(id);
}

static PyObject *get_monitoring(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_error error;
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    if (RTJ_ENTER(port->core, jack_port_monitoring_input, &error) == NULL) {
        return raise_error(port, &error);
    }
    int on = rtj_client_lib(port->core)->jack_port_monitoring_input(port->handle);
    rtj_client_leave(port->core);
    return PyBool_FromLong(on);
}

/* jack_port_connected() is for own ports: JACK1 knows nothing of others there. */
static PyObject *get_connected(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    if (rtj_port_require(port) < 0) {
        return NULL;
    }
    int own = PyObject_TypeCheck(self, port->state->OwnPort);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connected(port->core, port->handle, own, &list, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_error(port, &error);
    }
    PyObject *result = PyBool_FromLong(list->count > 0);
    rtj_port_list_free(list);
    return result;
}

/* ---- methods ---- */

static PyObject *check_code(const rtj_port *port, int code, const char *text)
{
    rtj_error error;
    if (code != 0) {
        (void)rtj_fail(&error, RTJ_CODE, code, "%s", text);
        return raise_error(port, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *change_alias(rtj_port *port, PyObject *alias, int set)
{
    rtj_error error;
    int code;
    PyObject *name = rtj_encode(alias, "alias");
    if (name == NULL || rtj_port_require(port) < 0) {
        Py_XDECREF(name);
        return NULL;
    }
    const jack_client_t *handle =
        set ? RTJ_ENTER(port->core, jack_port_set_alias, &error)
            : RTJ_ENTER(port->core, jack_port_unset_alias, &error);
    if (handle == NULL) {
        Py_DECREF(name);
        return raise_error(port, &error);
    }
    const rtj_libjack *lib = rtj_client_lib(port->core);
    Py_BEGIN_ALLOW_THREADS
    code = set ? lib->jack_port_set_alias(port->handle, PyBytes_AS_STRING(name))
               : lib->jack_port_unset_alias(port->handle, PyBytes_AS_STRING(name));
    Py_END_ALLOW_THREADS
    rtj_client_leave(port->core);
    Py_DECREF(name);
    return check_code(port, code,
                      set ? "Error setting port alias" : "Error unsetting port alias");
}

static PyObject *port_set_alias(PyObject *self, PyObject *alias)
{
    return change_alias((rtj_port *)self, alias, 1);
}

static PyObject *port_unset_alias(PyObject *self, PyObject *alias)
{
    return change_alias((rtj_port *)self, alias, 0);
}

/* `ensure`: so that others who asked for it are not overruled. */
static PyObject *switch_monitor(rtj_port *port, PyObject *onoff, int ensure)
{
    rtj_error error;
    int code;
    int on = PyObject_IsTrue(onoff);
    if (on < 0 || rtj_port_require(port) < 0) {
        return NULL;
    }
    const jack_client_t *handle =
        ensure ? RTJ_ENTER(port->core, jack_port_ensure_monitor, &error)
               : RTJ_ENTER(port->core, jack_port_request_monitor, &error);
    if (handle == NULL) {
        return raise_error(port, &error);
    }
    const rtj_libjack *lib = rtj_client_lib(port->core);
    Py_BEGIN_ALLOW_THREADS
    code = ensure ? lib->jack_port_ensure_monitor(port->handle, on)
                  : lib->jack_port_request_monitor(port->handle, on);
    Py_END_ALLOW_THREADS
    rtj_client_leave(port->core);
    return check_code(port, code, "Unable to switch monitoring on/off");
}

static PyObject *port_request_monitor(PyObject *self, PyObject *onoff)
{
    return switch_monitor((rtj_port *)self, onoff, 0);
}

static PyObject *port_ensure_monitor(PyObject *self, PyObject *onoff)
{
    return switch_monitor((rtj_port *)self, onoff, 1);
}

/* ---- the tables ---- */

RTJ_ONE_ARGUMENT(port_set_alias, "set_alias", "alias")
RTJ_ONE_ARGUMENT(port_unset_alias, "unset_alias", "alias")
RTJ_ONE_ARGUMENT(port_request_monitor, "request_monitor", "onoff")
RTJ_ONE_ARGUMENT(port_ensure_monitor, "ensure_monitor", "onoff")
RTJ_ONE_ARGUMENT(rtj_port_latency_range, "latency_range", "mode")

PyMethodDef rtj_port_methods[] = {
    {"_repr_html_", rtj_repr_html, METH_VARARGS, NULL},
    {"set_alias", (PyCFunction)(void (*)(void))port_set_alias_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Port_set_alias},
    {"unset_alias", (PyCFunction)(void (*)(void))port_unset_alias_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Port_unset_alias},
    {"request_monitor", (PyCFunction)(void (*)(void))port_request_monitor_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Port_request_monitor},
    {"ensure_monitor", (PyCFunction)(void (*)(void))port_ensure_monitor_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Port_ensure_monitor},
    {"latency_range", (PyCFunction)(void (*)(void))rtj_port_latency_range_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Port_latency_range},
    {NULL, NULL, 0, NULL},
};

#define RTJ_FLAG(name, flag)                                                           \
    {                                                                                  \
#name, get_flag, NULL, DOC_Port_##name, (void *)(intptr_t)(flag)               \
    }

PyGetSetDef rtj_port_getset[] = {
    {"name", get_name, NULL, DOC_Port_name, NULL},
    {"shortname", get_shortname, set_shortname, DOC_Port_shortname, NULL},
    {"aliases", get_aliases, NULL, DOC_Port_aliases, NULL},
    {"type", get_type, NULL, DOC_Port_type, NULL},
    {"uuid", get_uuid, NULL, DOC_Port_uuid, NULL},
    {"is_audio", get_is_type, NULL, DOC_Port_is_audio, (void *)RTJ_PORT_AUDIO},
    {"is_midi", get_is_type, NULL, DOC_Port_is_midi, (void *)RTJ_PORT_MIDI},
    RTJ_FLAG(is_input, JackPortIsInput),
    RTJ_FLAG(is_output, JackPortIsOutput),
    RTJ_FLAG(is_physical, JackPortIsPhysical),
    RTJ_FLAG(can_monitor, JackPortCanMonitor),
    RTJ_FLAG(is_terminal, JackPortIsTerminal),
    {"type_id", get_type_id, NULL, DOC_Port_type_id, NULL},
    {"connected", get_connected, NULL, DOC_Port_connected, NULL},
    {"monitoring", get_monitoring, NULL, DOC_Port_monitoring, NULL},
    {"total_latency", rtj_port_get_total_latency, NULL, DOC_Port_total_latency, NULL},
    {"metadata", rtj_metadata_get_mapping, NULL, DOC_Port_metadata, NULL},
    {"_client", get_client, NULL, NULL, NULL},
    {"_address", get_address, NULL, NULL, NULL},
    {"_ptr", rtj_compat_get, NULL, NULL, "port_ptr"},
    {NULL, NULL, NULL, NULL, NULL},
};

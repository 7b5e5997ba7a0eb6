/* jack.Server: its parameters, internal clients, added drivers, session files. */
#include "py/server.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"

static const double patience_seconds = 30.0;

/* ---- parameters ---- */

static PyObject *done(PyObject *self, rtj_status status, const rtj_error *error)
{
    if (status != RTJ_OK) {
        return rtj_raise(rtj_state_of(Py_TYPE(self)), error);
    }
    Py_RETURN_NONE;
}

static int no_positional(const char *function, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) == 0) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() takes keyword arguments only, got %zd others",
                 function, PyTuple_GET_SIZE(args));
    return -1;
}

static PyObject *configure(PyObject *self, PyObject *args, PyObject *kwargs)
{
    rtj_wishes wishes = {.server = rtj_py_server_core(self), .function = "configure"};
    if (wishes.server == NULL || no_positional(wishes.function, args) < 0) {
        return NULL;
    }
    PyObject *result = NULL;
    if (rtj_wish_some(&wishes, kwargs) == 0) {
        rtj_error error;
        rtj_status status =
            rtj_server_set(wishes.server, wishes.items, wishes.count, NULL, 0, &error);
        result = done(self, status, &error);
    }
    rtj_wishes_clear(&wishes);
    return result;
}

/* All parameters but the server's name, which is no matter of taste. */
static size_t all_parameters(const rtj_wishes *wishes, const rtj_parameter **found)
{
    const rtj_parameters *sets[] = {&wishes->driver->parameters,
                                    rtj_server_parameters(wishes->server)};
    const rtj_parameter *name = rtj_parameters_find(sets[1], "name");
    size_t count = 0;
    for (size_t k = 0; k < Py_ARRAY_LENGTH(sets); k++) {
        for (size_t i = 0; i < sets[k]->count; i++) {
            if (&sets[k]->items[i] != name) {
                found[count++] = &sets[k]->items[i];
            }
        }
    }
    return count;
}

/* How many were found, or -1 with an exception. */
static Py_ssize_t named_parameters(const rtj_wishes *wishes, PyObject *names,
                                   const rtj_parameter **found)
{
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i); /* borrowed */
        if (!PyUnicode_Check(name)) {
            PyErr_Format(PyExc_TypeError,
                         "a parameter's name must be a str, not %.100s",
                         Py_TYPE(name)->tp_name);
            return -1;
        }
        found[i] = rtj_wish_find(wishes, name);
        if (found[i] == NULL) {
            return -1;
        }
    }
    return count;
}

static PyObject *reset(PyObject *self, PyObject *args)
{
    rtj_wishes wishes = {.server = rtj_py_server_core(self), .function = "reset"};
    if (wishes.server == NULL) {
        return NULL;
    }
    wishes.driver = rtj_server_driver(wishes.server);
    size_t room = (size_t)PyTuple_GET_SIZE(args) + wishes.driver->parameters.count +
                  rtj_server_parameters(wishes.server)->count;
    const rtj_parameter **found = PyMem_New(const rtj_parameter *, room);
    if (found == NULL) {
        return PyErr_NoMemory();
    }
    Py_ssize_t count = PyTuple_GET_SIZE(args) > 0
                           ? named_parameters(&wishes, args, found)
                           : (Py_ssize_t)all_parameters(&wishes, found);
    PyObject *result = NULL;
    if (count >= 0) {
        rtj_error error;
        rtj_status status =
            rtj_server_set(wishes.server, NULL, 0, found, (size_t)count, &error);
        result = done(self, status, &error);
    }
    PyMem_Free(found);
    return result;
}

/* ---- finding drivers and internal clients by name ---- */

/* Append `name` to the list, which may be NULL already; steals nothing. */
static PyObject *with_name(PyObject *list, const char *name)
{
    PyObject *text = list != NULL ? rtj_decode(name) : NULL; /* new */
    if (text == NULL || PyList_Append(list, text) < 0) {
        Py_CLEAR(list);
    }
    Py_XDECREF(text);
    return list;
}

static PyObject *internal_names(rtj_server *core, int loaded_only)
{
    size_t count;
    const rtj_internal *internals = rtj_server_internals(core, &count);
    PyObject *list = PyList_New(0); /* new */
    for (size_t i = 0; i < count && list != NULL; i++) {
        if (!loaded_only || rtj_server_is_loaded(core, &internals[i])) {
            list = with_name(list, internals[i].name);
        }
    }
    return list;
}

static PyObject *driver_names(rtj_server *core, int slaves_only)
{
    size_t count;
    const rtj_driver *drivers = rtj_server_drivers(core, &count);
    PyObject *list = PyList_New(0); /* new */
    for (size_t i = 0; i < count && list != NULL; i++) {
        if (!slaves_only || !drivers[i].is_master) {
            list = with_name(list, drivers[i].name);
        }
    }
    return list;
}

static void unknown(const char *what, PyObject *name, PyObject *known)
{
    if (known != NULL) {
        PyErr_Format(PyExc_ValueError, "%s must be one of %R; got %R", what, known,
                     name);
    }
    Py_XDECREF(known);
}

static rtj_internal *find_internal(rtj_server *core, PyObject *name)
{
    PyObject *bytes = rtj_encode(name, "name"); /* new */
    if (bytes == NULL) {
        return NULL;
    }
    rtj_internal *found = rtj_server_find_internal(core, PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    if (found == NULL) {
        unknown("name", name, internal_names(core, 0));
    }
    return found;
}

static const rtj_driver *find_slave(rtj_server *core, PyObject *name)
{
    PyObject *bytes = rtj_encode(name, "driver"); /* new */
    if (bytes == NULL) {
        return NULL;
    }
    const rtj_driver *found = rtj_server_find_driver(core, PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    if (found == NULL || found->is_master) {
        unknown("driver", name, driver_names(core, 1));
        return NULL;
    }
    return found;
}

static PyObject *parameters_of(PyObject *self, PyObject *name)
{
    rtj_server *core = rtj_py_server_core(self);
    PyObject *bytes = core != NULL ? rtj_encode(name, "name") : NULL; /* new */
    if (bytes == NULL) {
        return NULL;
    }
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    const rtj_driver *driver = rtj_server_find_driver(core, PyBytes_AS_STRING(bytes));
    const rtj_internal *internal =
        rtj_server_find_internal(core, PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    if (driver != NULL) {
        return rtj_parameter_dict(state, core, &driver->parameters, "driver");
    }
    if (internal != NULL) {
        return rtj_parameter_dict(state, core, &internal->parameters, "internal");
    }
    PyObject *drivers = driver_names(core, 0);     /* new */
    PyObject *internals = internal_names(core, 0); /* new */
    unknown("name", name,
            drivers != NULL && internals != NULL ? PySequence_Concat(drivers, internals)
                                                 : NULL);
    Py_XDECREF(drivers);
    Py_XDECREF(internals);
    return NULL;
}

RTJ_ONE_ARGUMENT(parameters_of, "parameters_of", "name")

/* The first argument of (name, /, **parameters); borrowed. */
static PyObject *only_positional(const char *function, const char *what, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) == 1) {
        return PyTuple_GET_ITEM(args, 0);
    }
    PyErr_Format(PyExc_TypeError,
                 "%s() takes one %s and keyword arguments, got %zd positional ones",
                 function, what, PyTuple_GET_SIZE(args));
    return NULL;
}

/* ---- internal clients ---- */

PyObject *rtj_py_server_internals(PyObject *self, void *Py_UNUSED(unused))
{
    rtj_server *core = rtj_py_server_core(self);
    PyObject *all = core != NULL ? internal_names(core, 0) : NULL; /* new */
    PyObject *dict = all != NULL ? PyDict_New() : NULL;            /* new */
    for (Py_ssize_t i = 0; dict != NULL && i < PyList_GET_SIZE(all); i++) {
        PyObject *name = PyList_GET_ITEM(all, i); /* borrowed */
        size_t count;
        const rtj_internal *internal = &rtj_server_internals(core, &count)[i];
        PyObject *loaded = rtj_server_is_loaded(core, internal) ? Py_True : Py_False;
        if (PyDict_SetItem(dict, name, loaded) < 0) {
            Py_CLEAR(dict);
        }
    }
    Py_XDECREF(all);
    return dict;
}

static PyObject *load_internal(PyObject *self, PyObject *args, PyObject *kwargs)
{
    rtj_wishes wishes = {.server = rtj_py_server_core(self),
                         .function = "load_internal",
                         .kind = "internal client",
                         .driver_only = 1};
    PyObject *name = wishes.server != NULL
                         ? only_positional(wishes.function, "name", args)
                         : NULL; /* borrowed */
    rtj_internal *internal = name != NULL ? find_internal(wishes.server, name) : NULL;
    if (internal == NULL) {
        return NULL;
    }
    const rtj_driver described = {internal->name, 0, internal->parameters, NULL};
    wishes.driver = &described;
    PyObject *result = NULL;
    if (kwargs == NULL || rtj_wish_keywords(&wishes, kwargs) == 0) {
        rtj_error error;
        rtj_status status;
        rtj_patience patience =
            rtj_patience_of(rtj_state_of(Py_TYPE(self)), patience_seconds);
        Py_BEGIN_ALLOW_THREADS
        status = rtj_server_load_internal(wishes.server, internal, wishes.items,
                                          wishes.count, &patience, &error);
        Py_END_ALLOW_THREADS
        result = done(self, status, &error);
    }
    rtj_wishes_clear(&wishes);
    return result;
}

static PyObject *unload_internal(PyObject *self, PyObject *name)
{
    rtj_server *core = rtj_py_server_core(self);
    rtj_internal *internal = core != NULL ? find_internal(core, name) : NULL;
    rtj_error error;
    rtj_status status;
    if (internal == NULL) {
        return NULL;
    }
    rtj_patience patience =
        rtj_patience_of(rtj_state_of(Py_TYPE(self)), patience_seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_unload_internal(core, internal, &patience, &error);
    Py_END_ALLOW_THREADS
    return done(self, status, &error);
}

RTJ_ONE_ARGUMENT(unload_internal, "unload_internal", "name")

/* ---- drivers beside the server's own ---- */

PyObject *rtj_py_server_slaves(PyObject *self, void *Py_UNUSED(unused))
{
    const rtj_driver *drivers[64];
    rtj_server *core = rtj_py_server_core(self);
    PyObject *list = core != NULL ? PyList_New(0) : NULL; /* new */
    if (list == NULL) {
        return NULL;
    }
    size_t count = rtj_server_slaves(core, drivers, Py_ARRAY_LENGTH(drivers));
    for (size_t i = 0; i < count && i < Py_ARRAY_LENGTH(drivers) && list != NULL; i++) {
        list = with_name(list, drivers[i]->name);
    }
    return list;
}

static PyObject *add_slave(PyObject *self, PyObject *args, PyObject *kwargs)
{
    rtj_wishes wishes = {
        .server = rtj_py_server_core(self), .function = "add_slave", .driver_only = 1};
    PyObject *name = wishes.server != NULL
                         ? only_positional(wishes.function, "driver", args)
                         : NULL; /* borrowed */
    wishes.driver = name != NULL ? find_slave(wishes.server, name) : NULL;
    if (wishes.driver == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    if (kwargs == NULL || rtj_wish_keywords(&wishes, kwargs) == 0) {
        rtj_error error;
        rtj_status status = rtj_server_add_slave(wishes.server, wishes.driver,
                                                 wishes.items, wishes.count, &error);
        result = done(self, status, &error);
    }
    rtj_wishes_clear(&wishes);
    return result;
}

static PyObject *remove_slave(PyObject *self, PyObject *name)
{
    rtj_error error;
    rtj_server *core = rtj_py_server_core(self);
    const rtj_driver *driver = core != NULL ? find_slave(core, name) : NULL;
    if (driver == NULL) {
        return NULL;
    }
    return done(self, rtj_server_remove_slave(core, driver, &error), &error);
}

RTJ_ONE_ARGUMENT(remove_slave, "remove_slave", "driver")

/* ---- session files ---- */

static PyObject *load_session_file(PyObject *self, PyObject *path)
{
    rtj_error error;
    rtj_status status;
    PyObject *bytes = NULL; /* new */
    rtj_server *core = rtj_py_server_core(self);
    if (core == NULL || !PyUnicode_FSConverter(path, &bytes)) {
        return NULL;
    }
    rtj_patience patience =
        rtj_patience_of(rtj_state_of(Py_TYPE(self)), patience_seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_load_session(core, PyBytes_AS_STRING(bytes), &patience, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(bytes);
    return done(self, status, &error);
}

RTJ_ONE_ARGUMENT(load_session_file, "load_session_file", "path")

#define RTJ_BY_KEYWORDS(function) (PyCFunction)(void (*)(void))(function)

PyMethodDef rtj_server_control_methods[] = {
    {"configure", RTJ_BY_KEYWORDS(configure), METH_VARARGS | METH_KEYWORDS,
     DOC_Server_configure},
    {"reset", reset, METH_VARARGS, DOC_Server_reset},
    {"parameters_of", RTJ_BY_KEYWORDS(parameters_of_named),
     METH_FASTCALL | METH_KEYWORDS, DOC_Server_parameters_of},
    {"load_internal", RTJ_BY_KEYWORDS(load_internal), METH_VARARGS | METH_KEYWORDS,
     DOC_Server_load_internal},
    {"unload_internal", RTJ_BY_KEYWORDS(unload_internal_named),
     METH_FASTCALL | METH_KEYWORDS, DOC_Server_unload_internal},
    {"add_slave", RTJ_BY_KEYWORDS(add_slave), METH_VARARGS | METH_KEYWORDS,
     DOC_Server_add_slave},
    {"remove_slave", RTJ_BY_KEYWORDS(remove_slave_named), METH_FASTCALL | METH_KEYWORDS,
     DOC_Server_remove_slave},
    {"load_session_file", RTJ_BY_KEYWORDS(load_session_file_named),
     METH_FASTCALL | METH_KEYWORDS, DOC_Server_load_session_file},
    {NULL, NULL, 0, NULL},
};

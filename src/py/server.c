/* jack.Server: a JACK server inside this process; and jack.server_running(). */
#include "py/server.h"

#include <math.h>

#include "core/probe.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"
#include "py/log.h"

static const double load_seconds = 30.0;
static const double start_seconds = 60.0; /* sound cards may take their time */
static const double stop_seconds = 30.0;

typedef struct server_object {
    PyObject_HEAD
    rtj_server *core; /* a reference; NULL until initialised, then unchanging */
} server_object;

rtj_server *rtj_py_server_core(PyObject *self)
{
    rtj_server *core = ((server_object *)self)->core;
    if (core == NULL) {
        PyErr_Format(rtj_state_of(Py_TYPE(self))->JackError,
                     "this %.100s was never initialised", Py_TYPE(self)->tp_name);
    }
    return core;
}

/* ---- its life ---- */

static int server_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    server_object *object = (server_object *)self;
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_server *core = NULL;
    rtj_status status;
    rtj_error error;
    if (object->core != NULL) {
        PyErr_SetString(state->JackError, "this Server was initialised already");
        return -1;
    }
    if (rtj_log_open(state) < 0) {
        return -1;
    }
    rtj_patience patience = rtj_patience_of(state, load_seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_create(state->interpreter, &patience, &core, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    rtj_wishes wishes = {.server = core, .function = "Server"};
    int result = rtj_wish_all(&wishes, args, kwargs);
    if (result == 0 && rtj_server_configure(core, wishes.driver, wishes.items,
                                            wishes.count, &error) != RTJ_OK) {
        (void)rtj_raise(state, &error);
        result = -1;
    }
    rtj_wishes_clear(&wishes);
    if (result == 0) {
        object->core = core;
    } else {
        rtj_server_release(core);
    }
    return result;
}

typedef rtj_status life_call(rtj_server *server, const rtj_patience *patience,
                             rtj_error *error);

static int make_call(PyObject *self, life_call *call, double seconds)
{
    rtj_error error;
    rtj_status status;
    rtj_server *core = rtj_py_server_core(self);
    if (core == NULL) {
        return -1;
    }
    rtj_patience patience = rtj_patience_of(rtj_state_of(Py_TYPE(self)), seconds);
    Py_BEGIN_ALLOW_THREADS
    status = call(core, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(rtj_state_of(Py_TYPE(self)), &error);
        return -1;
    }
    return 0;
}

static PyObject *server_start(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_call(self, rtj_server_start, start_seconds) == 0 ? Py_NewRef(Py_None)
                                                                 : NULL;
}

static PyObject *server_stop(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_call(self, rtj_server_stop, stop_seconds) == 0 ? Py_NewRef(Py_None)
                                                               : NULL;
}

static PyObject *server_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_call(self, rtj_server_close, stop_seconds) == 0 ? Py_NewRef(Py_None)
                                                                : NULL;
}

static PyObject *server_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    rtj_server *core = rtj_py_server_core(self);
    if (core == NULL) {
        return NULL;
    }
    if (rtj_server_get_state(core) != RTJ_SERVER_RUNNING &&
        make_call(self, rtj_server_start, start_seconds) < 0) {
        return NULL;
    }
    return Py_NewRef(self);
}

static PyObject *server_exit(PyObject *self, PyObject *args)
{
    (void)args;
    rtj_server *core = rtj_py_server_core(self);
    if (core == NULL) {
        return NULL;
    }
    /* A forked child leaves the block too; what ends there is not its server. */
    if (rtj_server_get_state(core) == RTJ_SERVER_FOREIGN) {
        Py_RETURN_NONE;
    }
    return server_stop(self, NULL);
}

static int switch_driver(PyObject *self, rtj_wishes *wishes)
{
    rtj_error error;
    rtj_status status;
    rtj_patience patience = rtj_patience_of(rtj_state_of(Py_TYPE(self)), start_seconds);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_switch(wishes->server, wishes->driver, wishes->items,
                               wishes->count, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(rtj_state_of(Py_TYPE(self)), &error);
        return -1;
    }
    return 0;
}

static PyObject *server_switch_master(PyObject *self, PyObject *args, PyObject *kwargs)
{
    rtj_wishes wishes = {.server = rtj_py_server_core(self),
                         .function = "switch_master",
                         .driver_only = 1};
    if (wishes.server == NULL) {
        return NULL;
    }
    int result = rtj_wish_switch(&wishes, args, kwargs);
    if (result == 0) {
        result = switch_driver(self, &wishes);
    }
    rtj_wishes_clear(&wishes);
    return result == 0 ? Py_NewRef(Py_None) : NULL;
}

/* ---- what it is ---- */

static PyObject *server_get_name(PyObject *self, void *unused)
{
    (void)unused;
    int is_set;
    rtj_server *core = rtj_py_server_core(self);
    if (core == NULL) {
        return NULL;
    }
    const rtj_parameter *name =
        rtj_parameters_find(rtj_server_parameters(core), "name");
    rtj_parameter_value value = rtj_server_value(core, name, &is_set);
    return rtj_decode(value.str);
}

static PyObject *server_get_driver(PyObject *self, void *unused)
{
    (void)unused;
    rtj_server *core = rtj_py_server_core(self);
    return core != NULL ? rtj_decode(rtj_server_driver(core)->name) : NULL;
}

static PyObject *server_get_drivers(PyObject *self, void *unused)
{
    (void)unused;
    size_t count;
    rtj_server *core = rtj_py_server_core(self);
    PyObject *list = core != NULL ? PyList_New(0) : NULL; /* new */
    if (list == NULL) {
        return NULL;
    }
    const rtj_driver *drivers = rtj_server_drivers(core, &count);
    for (size_t i = 0; i < count && list != NULL; i++) {
        PyObject *name = drivers[i].is_master ? rtj_decode(drivers[i].name)
                                              : Py_NewRef(Py_None); /* new */
        if (name == NULL || (name != Py_None && PyList_Append(list, name) < 0)) {
            Py_CLEAR(list);
        }
        Py_XDECREF(name);
    }
    return list;
}

static PyObject *server_get_parameters(PyObject *self, void *unused)
{
    (void)unused;
    rtj_server *core = rtj_py_server_core(self);
    return core != NULL ? rtj_server_parameter_dict(rtj_state_of(Py_TYPE(self)), core)
                        : NULL;
}

static PyObject *server_get_running(PyObject *self, void *unused)
{
    (void)unused;
    rtj_server *core = rtj_py_server_core(self);
    return core != NULL
               ? PyBool_FromLong(rtj_server_get_state(core) == RTJ_SERVER_RUNNING)
               : NULL;
}

static PyObject *server_repr(PyObject *self)
{
    static const char *const states[] = {"stopped", "busy", "running", "closed",
                                         "of the parent process"};
    rtj_server *core = ((server_object *)self)->core;
    if (core == NULL) {
        return PyUnicode_FromFormat("<%s, not initialised>", Py_TYPE(self)->tp_name);
    }
    PyObject *name = server_get_name(self, NULL); /* new */
    if (name == NULL) {
        return NULL;
    }
    PyObject *result = PyUnicode_FromFormat(
        "<%s %R, driver '%s', %s>", Py_TYPE(self)->tp_name, name,
        rtj_server_driver(core)->name, states[rtj_server_get_state(core)]);
    Py_DECREF(name);
    return result;
}

/* ---- its end ---- */

static void server_finalize(PyObject *self)
{
    rtj_error error;
    rtj_status status;
    rtj_server *core = ((server_object *)self)->core;
    if (core == NULL || rtj_server_get_state(core) != RTJ_SERVER_RUNNING) {
        return;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const rtj_patience patience = {stop_seconds, NULL, NULL};
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_stop(core, &patience, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(rtj_state_of(Py_TYPE(self)), &error);
        PyErr_WriteUnraisable(self);
    }
    PyErr_Restore(type, value, traceback);
}

static int server_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void server_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc(self) < 0) {
        return; /* someone took it back */
    }
    PyObject_GC_UnTrack(self);
    if (((server_object *)self)->core != NULL) {
        rtj_server_release(((server_object *)self)->core);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- jack.server_running() ---- */

static PyObject *server_running(PyObject *module, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "timeout"};
    static const rtj_signature signature = {"server_running", names, 2, 0, 2};
    rtj_state *state = rtj_state_of_module(module);
    PyObject *slots[2];
    PyObject *bytes = NULL; /* new */
    double timeout = 1.0;
    int running;
    rtj_error error;
    rtj_status status;
    if (rtj_log_open(state) < 0 ||
        rtj_parse(&signature, args, nargs, kwnames, slots) < 0) {
        return NULL;
    }
    if (slots[1] != NULL) {
        timeout = PyFloat_AsDouble(slots[1]);
        if (timeout == -1.0 && PyErr_Occurred()) {
            return NULL;
        }
        if (!(timeout >= 0.0) || isinf(timeout)) {
            PyErr_Format(PyExc_ValueError,
                         "timeout must be a number of seconds, not below 0; got %R",
                         slots[1]);
            return NULL;
        }
    }
    if (slots[0] != NULL && slots[0] != Py_None &&
        (bytes = rtj_encode(slots[0], "name")) == NULL) {
        return NULL;
    }
    rtj_patience patience = rtj_patience_of(rtj_state_of_module(module), timeout);
    Py_BEGIN_ALLOW_THREADS
    status = rtj_server_running(bytes != NULL ? PyBytes_AS_STRING(bytes) : NULL,
                                timeout, &patience, &running, &error);
    Py_END_ALLOW_THREADS
    Py_XDECREF(bytes);
    return status == RTJ_OK ? PyBool_FromLong(running) : rtj_raise(state, &error);
}

static PyMethodDef server_methods[] = {
    {"start", server_start, METH_NOARGS, DOC_Server_start},
    {"stop", server_stop, METH_NOARGS, DOC_Server_stop},
    {"close", server_close, METH_NOARGS, DOC_Server_close},
    {"switch_master", (PyCFunction)(void (*)(void))server_switch_master,
     METH_VARARGS | METH_KEYWORDS, DOC_Server_switch_master},
    {"__enter__", server_enter, METH_NOARGS, DOC_Server___enter__},
    {"__exit__", server_exit, METH_VARARGS, DOC_Server___exit__},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef server_getset[] = {
    {"name", server_get_name, NULL, DOC_Server_name, NULL},
    {"driver", server_get_driver, NULL, DOC_Server_driver, NULL},
    {"drivers", server_get_drivers, NULL, DOC_Server_drivers, NULL},
    {"parameters", server_get_parameters, NULL, DOC_Server_parameters, NULL},
    {"running", server_get_running, NULL, DOC_Server_running, NULL},
    {"internals", rtj_py_server_internals, NULL, DOC_Server_internals, NULL},
    {"slaves", rtj_py_server_slaves, NULL, DOC_Server_slaves, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot server_slots[] = {
    {Py_tp_doc, DOC_Server},           {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, server_init},         {Py_tp_repr, server_repr},
    {Py_tp_finalize, server_finalize}, {Py_tp_traverse, server_traverse},
    {Py_tp_dealloc, server_dealloc},   {Py_tp_methods, server_methods},
    {Py_tp_getset, server_getset},     {0, NULL},
};

static PyType_Spec server_spec = {
    .name = "jack.Server",
    .basicsize = sizeof(server_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = server_slots,
};

static PyMethodDef functions[] = {
    {"server_running", (PyCFunction)(void (*)(void))server_running,
     METH_FASTCALL | METH_KEYWORDS, DOC_server_running},
    {NULL, NULL, 0, NULL},
};

int rtj_add_server(PyObject *module, rtj_state *state)
{
    if (rtj_add_server_parameter(module, state) < 0) {
        return -1;
    }
    state->Server = rtj_add_type(module, &server_spec, NULL);
    if (state->Server == NULL ||
        rtj_add_methods(state->Server, rtj_server_control_methods) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, functions);
}

#include "py/node.h"

#include "docstrings.h"
#include "py/args.h"
#include "py/locked.h"

/* ---- running ---- */

rtj_py_node *rtj_node_new(PyTypeObject *type, PyObject *client,
                          const rtj_unit_plan *plan)
{
    rtj_py_client *owner = (rtj_py_client *)client;
    rtj_error error;
    rtj_status status;
    if (rtj_py_client_core(owner) == NULL) {
        return NULL;
    }
    rtj_py_node *node = (rtj_py_node *)type->tp_alloc(type, 0); /* zeroed */
    if (node == NULL) {
        return NULL;
    }
    node->state = owner->state;
    node->client = Py_NewRef(client);
    node->wake = (rtj_wake){-1, -1};
    Py_BEGIN_ALLOW_THREADS
    status = rtj_unit_new(owner->core, plan, &node->unit, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        Py_DECREF(node);
        (void)rtj_raise(owner->state, &error);
        return NULL;
    }
    node->data = rtj_unit_data(node->unit);
    return node;
}

void *rtj_node_memory(rtj_py_node *node, size_t size)
{
    void *memory;
    Py_BEGIN_ALLOW_THREADS
    memory = rtj_unit_memory(node->unit, size);
    Py_END_ALLOW_THREADS
    if (memory == NULL) {
        PyErr_NoMemory();
    }
    return memory;
}

/* The audio thread does not use it any more. */
static void let_go(rtj_py_node *node)
{
    PyObject *keep;
    Py_buffer view;
    RTJ_BEGIN_LOCKED(node);
    keep = node->keep;
    view = node->view;
    node->keep = NULL;
    node->view.obj = NULL;
    RTJ_END_LOCKED();
    Py_XDECREF(keep);
    if (view.obj != NULL) {
        PyBuffer_Release(&view);
    }
}

static rtj_status close_unit(rtj_py_node *node, rtj_error *error)
{
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_unit_close(node->unit, error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_OK) {
        let_go(node);
        if (node->wake.write_fd >= 0) {
            rtj_wake_set(&node->wake); /* who waits for its end */
        }
    }
    return status;
}

int rtj_node_close(rtj_py_node *node)
{
    rtj_error error;
    if (close_unit(node, &error) != RTJ_OK) {
        rtj_raise(node->state, &error);
        return -1;
    }
    PyObject *nodes = ((rtj_py_client *)node->client)->nodes;
    return nodes != NULL && PySet_Discard(nodes, (PyObject *)node) < 0 ? -1 : 0;
}

/* Close those of the client's nodes that have finished, or all. */
static void close_nodes(rtj_py_client *client, int all)
{
    rtj_error ignored;
    PyObject *list = client->nodes != NULL ? PySequence_List(client->nodes) : NULL;
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++) {
        rtj_py_node *node = (rtj_py_node *)PyList_GET_ITEM(list, i); /* borrowed */
        int finished = node->finished != NULL && node->finished(node);
        node->abandoned = all && !finished;
        if ((all || finished) && close_unit(node, &ignored) == RTJ_OK) {
            (void)PySet_Discard(client->nodes, (PyObject *)node);
        }
    }
    Py_XDECREF(list);
}

void rtj_nodes_end(rtj_py_client *client)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    close_nodes(client, 1);
    PyErr_Restore(type, value, traceback);
}

PyObject *rtj_node_start(rtj_py_node *node)
{
    rtj_py_client *client = (rtj_py_client *)node->client;
    rtj_error error;
    rtj_status status;
    close_nodes(client, 0);
    if (PyErr_Occurred() || PySet_Add(client->nodes, (PyObject *)node) < 0) {
        Py_DECREF(node);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_unit_add(node->unit, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(client->state, &error);
        if (close_unit(node, &error) == RTJ_OK) {
            (void)PySet_Discard(client->nodes, (PyObject *)node);
        }
        Py_DECREF(node);
        return NULL;
    }
    return (PyObject *)node;
}

/* ---- arguments ---- */

int rtj_as_float(PyObject *value, const char *what, double low, double high,
                 double *result)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Format(PyExc_TypeError, "%s must be a number, not %.100s", what,
                         Py_TYPE(value)->tp_name);
        }
        return -1;
    }
    if (!(number >= low && number <= high)) {
        PyObject *bounds = Py_BuildValue("(dd)", low, high);
        if (bounds != NULL) {
            PyErr_Format(PyExc_ValueError, "%s must lie within %R, got %R", what,
                         bounds, value);
            Py_DECREF(bounds);
        }
        return -1;
    }
    *result = number;
    return 0;
}

/* The client's port called `name`; new reference. */
static PyObject *port_by_name(rtj_py_client *client, PyObject *name, int flag,
                              const char *what)
{
    PyObject *port = NULL;
    if (flag != JackPortIsInput) {
        port = PyObject_GetItem(client->outports, name);
    }
    if (port == NULL && flag != JackPortIsOutput) {
        PyErr_Clear(); /* KeyError; another error comes again */
        port = PyObject_GetItem(client->inports, name);
    }
    if (port == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Format(PyExc_ValueError, "%s: the client has no audio %s called %R", what,
                     flag == JackPortIsInput    ? "input port"
                     : flag == JackPortIsOutput ? "output port"
                                                : "port",
                     name);
    }
    return port;
}

static int check_port(const rtj_py_client *client, PyObject *object, int flag,
                      const char *what)
{
    const rtj_port *port = (const rtj_port *)object;
    if (!PyObject_TypeCheck(object, client->state->OwnPort)) {
        PyErr_Format(
            PyExc_TypeError,
            "%s must be ports of the client itself, or their names, not %.200s", what,
            Py_TYPE(object)->tp_name);
        return -1;
    }
    if (port->core != client->core || port->type != RTJ_PORT_AUDIO ||
        (flag != 0 && (port->flags & flag) == 0)) {
        PyErr_Format(PyExc_ValueError,
                     "%s must be audio %s of the client itself, got %R", what,
                     flag == JackPortIsInput    ? "input ports"
                     : flag == JackPortIsOutput ? "output ports"
                                                : "ports",
                     object);
        return -1;
    }
    if (port->unregistered) {
        rtj_port_refuse(port, "the port %R does not exist any more");
        return -1;
    }
    return 0;
}

/* The ports as a new list. */
static PyObject *list_ports(rtj_py_client *client, PyObject *ports, int flag,
                            const char *what)
{
    if (ports == NULL || ports == Py_None) {
        return PySequence_List(flag == JackPortIsInput ? client->inports
                                                       : client->outports);
    }
    if (PyUnicode_Check(ports) || PyObject_TypeCheck(ports, client->state->Port)) {
        PyObject *list = PyList_New(1);
        if (list != NULL) {
            PyList_SET_ITEM(list, 0, Py_NewRef(ports));
        }
        return list;
    }
    PyObject *list = PySequence_List(ports);
    if (list == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Format(PyExc_TypeError,
                     "%s must be a port, its name, or a sequence of these, not %.200s",
                     what, Py_TYPE(ports)->tp_name);
    }
    return list;
}

static int read_handle(rtj_py_client *client, PyObject *item, int flag,
                       const char *what, jack_port_t **handle)
{
    PyObject *port = PyUnicode_Check(item) ? port_by_name(client, item, flag, what)
                                           : Py_NewRef(item);
    if (port == NULL) {
        return -1;
    }
    int result = check_port(client, port, flag, what);
    if (result == 0) {
        *handle = ((rtj_port *)port)->handle;
    }
    Py_DECREF(port);
    return result;
}

int rtj_port_handles_read(rtj_port_handles *handles, PyObject *object, PyObject *ports,
                          int flag, const char *what)
{
    rtj_py_client *client = (rtj_py_client *)object;
    if (rtj_py_client_core(client) == NULL) {
        return -1;
    }
    PyObject *list = list_ports(client, ports, flag, what);
    if (list == NULL) {
        return -1;
    }
    Py_ssize_t count = PyList_GET_SIZE(list);
    int result = -1;
    handles->list = PyMem_Calloc((size_t)count + 1, sizeof *handles->list);
    handles->count = (uint32_t)count;
    if (handles->list == NULL) {
        PyErr_NoMemory();
    } else if (count == 0) {
        PyErr_Format(PyExc_ValueError, "%s: there is no port", what);
    } else {
        result = 0;
        for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
            result = read_handle(client, PyList_GET_ITEM(list, i), flag, what,
                                 &handles->list[i]);
        }
    }
    Py_DECREF(list);
    if (result < 0) {
        rtj_port_handles_free(handles);
    }
    return result;
}

void rtj_port_handles_free(rtj_port_handles *handles)
{
    PyMem_Free((void *)handles->list);
    handles->list = NULL;
}

/* ---- the type ---- */

static PyObject *node_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (rtj_node_close((rtj_py_node *)self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *node_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *node_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return node_close(self, NULL);
}

static PyObject *node_closed(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_py_node *node = (const rtj_py_node *)self;
    const rtj_py_client *client = (const rtj_py_client *)node->client;
    return PyBool_FromLong(rtj_unit_is_closed(node->unit) ||
                           rtj_client_is_closed(client->core));
}

static PyObject *node_client(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((rtj_py_node *)self)->client);
}

static int node_traverse(PyObject *self, visitproc visit, void *arg)
{
    rtj_py_node *node = (rtj_py_node *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(node->client);
    Py_VISIT(node->keep);
    Py_VISIT(node->view.obj);
    Py_VISIT(node->result);
    return 0;
}

/* Only unreachable together with its client, or closed, or never started. */
static int node_clear(PyObject *self)
{
    rtj_py_node *node = (rtj_py_node *)self;
    rtj_error ignored;
    if (node->unit != NULL) {
        (void)close_unit(node, &ignored);
    }
    return 0;
}

static void node_dealloc(PyObject *self)
{
    rtj_py_node *node = (rtj_py_node *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)node_clear(self);
    if (node->unit != NULL) {
        rtj_status status;
        Py_BEGIN_ALLOW_THREADS
        status = rtj_unit_free(node->unit);
        Py_END_ALLOW_THREADS
        if (status == RTJ_OK) { /* else the audio thread may still be at it */
            let_go(node);
            Py_CLEAR(node->result);
            rtj_wake_close(&node->wake);
        }
    }
    Py_CLEAR(node->client);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef node_methods[] = {
    {"close", node_close, METH_NOARGS, DOC_Node_close},
    {"__enter__", node_enter, METH_NOARGS, DOC_Node___enter__},
    {"__exit__", node_exit, METH_VARARGS, DOC_Node___exit__},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef node_getset[] = {
    {"closed", node_closed, NULL, DOC_Node_closed, NULL},
    {"client", node_client, NULL, DOC_Node_client, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot node_slots[] = {
    {Py_tp_doc, (void *)DOC_Node},
    {Py_tp_dealloc, node_dealloc},
    {Py_tp_traverse, node_traverse},
    {Py_tp_clear, node_clear},
    {Py_tp_methods, node_methods},
    {Py_tp_getset, node_getset},
    {0, NULL},
};

static PyType_Spec node_spec = {
    "jack.Node", sizeof(rtj_py_node), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
        Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    node_slots};

int rtj_add_nodes(PyObject *module, rtj_state *state)
{
    state->Node = rtj_add_type(module, &node_spec, NULL);
    if (state->Node == NULL || rtj_add_native(module, state) < 0 ||
        rtj_add_builtin_nodes(module, state) < 0) {
        return -1;
    }
    return rtj_add_transfer(module, state);
}

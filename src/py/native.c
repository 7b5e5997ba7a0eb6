/* jack.NativeCallback. */
#include "rt/native.h"

#include "docstrings.h"
#include "py/address.h"
#include "py/args.h"
#include "py/node.h"

/* ---- making ---- */

static int is_dsp(PyObject *signature)
{
    if (signature == NULL) {
        return 0;
    }
    if (!PyUnicode_Check(signature)) {
        PyErr_Format(PyExc_TypeError, "signature must be 'jack' or 'dsp', not %.100s",
                     Py_TYPE(signature)->tp_name);
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(signature, "dsp") == 0) {
        return 1;
    }
    if (PyUnicode_CompareWithASCIIString(signature, "jack") != 0) {
        PyErr_Format(PyExc_ValueError, "signature must be 'jack' or 'dsp', got %R",
                     signature);
        return -1;
    }
    return 0;
}

static int has_ended(const rtj_py_node *node)
{
    return atomic_load_explicit(&((const rtj_native *)node->data)->ended,
                                memory_order_acquire);
}

static int fill(rtj_py_node *node, void *function, PyObject *argument, int dsp)
{
    rtj_native_work *work = node->data;
    work->native = rtj_node_memory(node, sizeof *work->native);
    if (work->native == NULL ||
        rtj_argument_address(argument, &node->view, &work->native->argument) < 0) {
        return -1;
    }
    /* ISO C has no cast from void * to a function, POSIX does. */
    if (dsp) {
        work->native->dsp = (rtj_native_dsp *)(uintptr_t)function;
    } else {
        work->native->jack = (rtj_native_jack *)(uintptr_t)function;
    }
    const rtj_py_client *client = (const rtj_py_client *)node->client;
    work->native->clear_all = rtj_units_clear_all(client->core);
    if (rtj_py_wake_open(node->state, &node->wake, "a native callback") < 0) {
        return -1;
    }
    work->native->wake = node->wake;
    node->data = work->native; /* the work itself changes with the ports */
    node->finished = has_ended;
    return 0;
}

PyObject *rtj_client_set_native_callback(PyObject *client, PyObject *const *args,
                                         Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"fn", "arg", "signature"};
    static const rtj_signature signature = {"set_native_callback", names, 3, 1, 3};
    PyObject *values[3];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int dsp = is_dsp(values[2]);
    void *function = dsp >= 0 ? rtj_function_address(values[0]) : NULL;
    if (function == NULL) {
        return NULL;
    }
    rtj_unit_plan plan = {.run = rtj_native_run,
                          .size = sizeof(rtj_native_work),
                          .all_ports = dsp,
                          .writes_anything = 1};
    rtj_py_node *node =
        rtj_node_new(rtj_state_of(Py_TYPE(client))->NativeCallback, client, &plan);
    if (node == NULL) {
        return NULL;
    }
    PyObject *argument = values[1] != NULL ? values[1] : Py_None;
    node->keep = PyTuple_Pack(2, values[0], argument);
    if (node->keep == NULL || fill(node, function, argument, dsp) < 0) {
        Py_DECREF(node);
        return NULL;
    }
    return rtj_node_start(node);
}

/* ---- the type ---- */

static PyObject *native_remove(PyObject *self, PyObject *Py_UNUSED(unused))
{
    if (rtj_node_close((rtj_py_node *)self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *native_ended(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(has_ended((const rtj_py_node *)self));
}

static PyObject *native_result(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(
        has_ended((const rtj_py_node *)self)
            ? atomic_load(&((const rtj_native *)((rtj_py_node *)self)->data)->result)
            : 0);
}

static PyObject *native_calls(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_native *native = ((const rtj_py_node *)self)->data;
    return PyLong_FromUnsignedLongLong(
        atomic_load_explicit(&native->calls, memory_order_relaxed));
}

static PyMethodDef native_methods[] = {
    {"remove", native_remove, METH_NOARGS, DOC_NativeCallback_remove},
    {"wait", (PyCFunction)(void (*)(void))rtj_node_wait, METH_FASTCALL | METH_KEYWORDS,
     DOC_NativeCallback_wait},
    {"fileno", rtj_node_fileno, METH_NOARGS, DOC_NativeCallback_fileno},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef native_getset[] = {
    {"ended", native_ended, NULL, DOC_NativeCallback_ended, NULL},
    {"result", native_result, NULL, DOC_NativeCallback_result, NULL},
    {"calls", native_calls, NULL, DOC_NativeCallback_calls, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot native_slots[] = {
    {Py_tp_doc, (void *)DOC_NativeCallback},
    {Py_tp_methods, native_methods},
    {Py_am_await, rtj_node_await},
    {Py_tp_getset, native_getset},
    {0, NULL},
};

static PyType_Spec native_spec = {
    "jack.NativeCallback", sizeof(rtj_py_node), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    native_slots};

int rtj_add_native(PyObject *module, rtj_state *state)
{
    state->NativeCallback = rtj_add_type(module, &native_spec, (PyObject *)state->Node);
    return state->NativeCallback != NULL ? 0 : -1;
}

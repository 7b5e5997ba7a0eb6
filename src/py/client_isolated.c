/* jack.Client: its isolated callback. */
#include "py/client_impl.h"

#include <marshal.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/isolated_handle.h"
#include "py/ringbuffer.h"

#if RTJ_HAS_ISOLATED

/* ---- what the new interpreter is told ---- */

/* sys.<name> as a tuple of its str; others can't cross. */
static PyObject *texts_of_sys(const char *name)
{
    PyObject *list = PySys_GetObject(name); /* borrowed */
    PyObject *found = PyList_New(0);
    if (list == NULL || found == NULL) {
        return found; /* there is no such list, or no memory */
    }
    PyObject *items = PySequence_Tuple(list);
    for (Py_ssize_t i = 0; items != NULL && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *item = PyTuple_GET_ITEM(items, i);
        if (PyUnicode_CheckExact(item) && PyList_Append(found, item) < 0) {
            Py_CLEAR(found);
            break;
        }
    }
    if (items == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        Py_CLEAR(found);
    } else if (items == NULL) {
        PyErr_Clear(); /* somebody has put something else there */
    }
    Py_XDECREF(items);
    return found;
}

PyObject *rtj_spec_bytes(PyObject *spec)
{
    PyObject *path = texts_of_sys("path");
    PyObject *argv = path != NULL ? texts_of_sys("argv") : NULL;
    PyObject *both = argv != NULL ? PyTuple_Pack(2, path, argv) : NULL;
    PyObject *all = both != NULL ? PySequence_Concat(both, spec) : NULL;
    PyObject *bytes =
        all != NULL ? PyMarshal_WriteObjectToString(all, Py_MARSHAL_VERSION) : NULL;
    Py_XDECREF(all);
    Py_XDECREF(both);
    Py_XDECREF(argv);
    Py_XDECREF(path);
    return bytes;
}

/* ---- the arguments ---- */

static int check_target(PyObject *value, const char *what)
{
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError,
                     "%s must be a str like \"package.module:function\", not %.200s",
                     what, Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    Py_ssize_t colon = PyUnicode_FindChar(value, ':', 0, length, 1);
    if (colon < -1) {
        return -1;
    }
    if (colon <= 0 || colon == length - 1) {
        PyErr_Format(PyExc_ValueError,
                     "%s must look like \"package.module:function\", got %R", what,
                     value);
        return -1;
    }
    PyObject *module = PyUnicode_Substring(value, 0, colon);
    int is_main =
        module != NULL && PyUnicode_CompareWithASCIIString(module, "__main__") == 0;
    Py_XDECREF(module);
    if (module == NULL) {
        return -1;
    }
    if (is_main) {
        PyErr_Format(PyExc_ValueError,
                     "%s must be in a module that can be imported, got %R: the program "
                     "itself is not run again",
                     what, value);
        return -1;
    }
    return 0;
}

/* What marshal takes, and nothing that is code. */
static int check_value(PyObject *value)
{
    if (value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) ||
        PyFloat_CheckExact(value) || PyBytes_CheckExact(value) ||
        PyUnicode_CheckExact(value)) {
        return 0;
    }
    if (!PyTuple_CheckExact(value)) {
        PyErr_Format(PyExc_TypeError,
                     "args must be made of None, bool, int, float, str, bytes, tuples "
                     "of these, and (not within tuples) RingBuffer; got %.200s",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
        if (Py_EnterRecursiveCall(" in args") != 0) {
            return -1;
        }
        int failed = check_value(PyTuple_GET_ITEM(value, i)) < 0;
        Py_LeaveRecursiveCall();
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* `args` with None for each RingBuffer, which go to `rings` (a list), their places to
 * `places` (a list).  A new tuple. */
static PyObject *split_args(const rtj_state *state, PyObject *args, PyObject *rings,
                            PyObject *places)
{
    PyObject *plain = PySequence_List(args);
    for (Py_ssize_t i = 0; plain != NULL && i < PyList_GET_SIZE(plain); i++) {
        PyObject *item = PyList_GET_ITEM(plain, i); /* borrowed */
        int failed;
        if (PyObject_TypeCheck(item, state->RingBuffer)) {
            PyObject *place = PyLong_FromSsize_t(i);
            failed = place == NULL || PyList_Append(places, place) < 0 ||
                     PyList_Append(rings, item) < 0 ||
                     PyList_SetItem(plain, i, Py_NewRef(Py_None)) < 0;
            Py_XDECREF(place);
        } else {
            failed = check_value(item) < 0;
        }
        if (failed) {
            Py_CLEAR(plain);
        }
    }
    PyObject *result = plain != NULL ? PyList_AsTuple(plain) : NULL;
    Py_XDECREF(plain);
    return result;
}

enum { TARGET, INIT, ARGS, GC, ARGUMENTS };

static PyObject *new_handle(rtj_py_client *self, PyObject *const *values)
{
    PyObject *init = values[INIT] != NULL ? values[INIT] : Py_None;
    PyObject *args = values[ARGS] != NULL ? Py_NewRef(values[ARGS]) : PyTuple_New(0);
    int collect = values[GC] != NULL ? PyObject_IsTrue(values[GC]) : 0;
    PyObject *rings = PyList_New(0), *places = PyList_New(0);
    PyObject *plain = NULL, *spec = NULL, *memory = NULL, *handle = NULL;
    if (args != NULL && rings != NULL && places != NULL && collect >= 0) {
        plain = split_args(self->state, args, rings, places);
    }
    if (plain != NULL) {
        spec = Py_BuildValue("(OOOOO)", values[TARGET], init, plain, places,
                             collect ? Py_True : Py_False);
        memory = PyList_AsTuple(rings);
    }
    if (spec != NULL && memory != NULL) {
        handle = rtj_handle_new(self->state, self->core, spec, memory);
    }
    Py_XDECREF(memory);
    Py_XDECREF(spec);
    Py_XDECREF(plain);
    Py_XDECREF(places);
    Py_XDECREF(rings);
    Py_XDECREF(args);
    return handle;
}

/* Another one was set before: it ends when the new one is ready. */
static int replace(rtj_py_client *self, PyObject *handle)
{
    PyObject *before = self->isolated;
    self->isolated = Py_NewRef(handle);
    if (before == NULL) {
        return 0;
    }
    int result = rtj_handle_close(before);
    Py_DECREF(before);
    return result;
}

/* It did not start: nothing of it may be left.  The exception stays. */
static void drop_failed(PyObject *handle)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (rtj_handle_close(handle) < 0) {
        PyErr_Clear(); /* less to be told than why it did not start */
    }
    Py_DECREF(handle);
    PyErr_Restore(type, value, traceback);
}

static PyObject *client_set_isolated(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"target", "init", "args", "gc"};
    static const rtj_signature signature = {"set_isolated_callback", names, ARGUMENTS,
                                            1, 1};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[ARGUMENTS];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        check_target(values[TARGET], "target") < 0) {
        return NULL;
    }
    if (values[INIT] != NULL && values[INIT] != Py_None &&
        check_target(values[INIT], "init") < 0) {
        return NULL;
    }
    if (rtj_py_client_core(self) == NULL) {
        return NULL;
    }
    PyObject *handle = new_handle(self, values);
    if (handle != NULL && rtj_handle_start(handle) < 0) {
        drop_failed(handle);
        return NULL;
    }
    if (handle != NULL && replace(self, handle) < 0) {
        Py_CLEAR(handle);
    }
    return handle;
}

#else

PyObject *rtj_spec_bytes(PyObject *spec)
{
    return Py_NewRef(spec);
}

static PyObject *client_set_isolated(PyObject *object, PyObject *const *Py_UNUSED(args),
                                     Py_ssize_t Py_UNUSED(nargs),
                                     PyObject *Py_UNUSED(kwnames))
{
    PyErr_Format(rtj_state_of(Py_TYPE(object))->NotSupportedError,
                 "isolated callbacks need an interpreter with a GIL of its own, which "
                 "Python has from 3.12 on; this is Python %s",
                 PY_VERSION);
    return NULL;
}

#endif

/* ---- deactivation, and the end of the client ---- */

rtj_status rtj_client_isolated_deactivate(rtj_py_client *client,
                                          const rtj_patience *patience,
                                          rtj_error *error)
{
    rtj_isolated *isolated = NULL;
    rtj_status status;
    if (client->isolated != NULL && rtj_client_lib(client->core)->kind == RTJ_JACK1 &&
        !rtj_client_in_callback(client->core)) {
        isolated = rtj_handle_isolated(client->isolated);
        rtj_isolated_retain(isolated);
    }
    Py_BEGIN_ALLOW_THREADS
    if (isolated != NULL) {
        rtj_isolated_step_out(isolated);
    }
    status = rtj_client_deactivate(client->core, patience, error);
    if (isolated != NULL) {
        rtj_isolated_step_in(isolated);
        rtj_isolated_release(isolated);
    }
    Py_END_ALLOW_THREADS
    return status;
}

void rtj_client_isolated_leave(rtj_py_client *client)
{
    rtj_error ignored;
    if (client->isolated == NULL) {
        return;
    }
    rtj_isolated *isolated = rtj_handle_isolated(client->isolated);
    Py_BEGIN_ALLOW_THREADS
    if (rtj_isolated_leave(isolated, &ignored) == RTJ_OK) {
        atomic_store(&isolated->closed, 1);
    }
    Py_END_ALLOW_THREADS
}

void rtj_client_isolated_end(rtj_py_client *client)
{
    rtj_error ignored;
    if (client->isolated == NULL) {
        return;
    }
    rtj_isolated *isolated = rtj_handle_isolated(client->isolated);
    Py_BEGIN_ALLOW_THREADS(void)
    rtj_isolated_end(isolated, RTJ_PATIENCE, &ignored);
    Py_END_ALLOW_THREADS
    if (atomic_load(&isolated->closed)) {
        Py_CLEAR(client->isolated);
    }
}

PyMethodDef rtj_client_isolated_methods[] = {
    {"set_isolated_callback", (PyCFunction)(void (*)(void))client_set_isolated,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_set_isolated_callback},
    {NULL, NULL, 0, NULL},
};

/* jack.InternalClient: a client that runs inside the server. */
#include "core/internal.h"

#include <string.h>

#include "docstrings.h"
#include "py/args.h"
#include "py/client_impl.h"
#include "py/locked.h"
#include "py/status.h"

typedef struct rtj_py_internal {
    PyObject_HEAD
    rtj_state *state;        /* borrowed; the type keeps the module */
    PyObject *client;        /* strong: the Client that asks for it */
    jack_intclient_t handle; /* the server's number for it */
    PyObject *name;          /* str */
} rtj_py_internal;

/* libjack's own limits: the load name is a file's. */
enum { NAME_LIMIT = 256, FILE_LIMIT = 1024 };

/* ---- errors ---- */

static const char *hint_for(int status)
{
    if (status & JackNameNotUnique) {
        return "another client has that name";
    }
    if (status & JackNoSuchClient) {
        return "the server has no internal client of that name";
    }
    if (status & JackLoadFailure) {
        return "the server found no such module, or can't load it; it looks in its own "
               "folder ($JACK_DRIVER_DIR of the server, if set)";
    }
    if (status & JackInitFailure) {
        return "the module was loaded, but did not start; what it is told is "
               "load_init, "
               "and the server's messages may say more";
    }
    if (status == JackFailure) { /* JACK2 says no more */
        return "the server found no such module, can't load it, or it did not start; "
               "the server's messages say more";
    }
    return "";
}

static PyObject *raise_open(rtj_state *state, PyObject *name, const rtj_error *error)
{
    if (error->status != RTJ_OPEN || PyErr_Occurred()) { /* interrupted */
        return rtj_raise(state, error);
    }
    PyObject *text = rtj_decode(PyBytes_AS_STRING(name));
    PyObject *status = rtj_status_new(state, error->code);
    PyObject *raised = NULL;
    if (text != NULL && status != NULL) {
        raised = PyObject_CallFunction(state->JackOpenError, "OOs", text, status,
                                       hint_for(error->code));
    }
    if (raised != NULL) {
        PyErr_SetObject(state->JackOpenError, raised);
    }
    Py_XDECREF(raised);
    Py_XDECREF(status);
    Py_XDECREF(text);
    return NULL;
}

/* ---- making ---- */

static PyObject *new_internal(rtj_py_client *client, jack_intclient_t handle,
                              const char *name)
{
    PyTypeObject *type = client->state->InternalClient;
    rtj_py_internal *self = (rtj_py_internal *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->state = client->state;
    self->client = Py_NewRef(client);
    self->handle = handle;
    self->name = rtj_decode(name);
    if (self->name == NULL) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* Optional text, shorter than `limit` bytes; 0, or -1 with an exception. */
static int read_text(PyObject *value, const char *what, size_t limit, PyObject **bytes)
{
    *bytes = NULL;
    if (value == NULL || value == Py_None) {
        return 0;
    }
    *bytes = rtj_encode(value, what);
    if (*bytes == NULL) {
        return -1;
    }
    if ((size_t)PyBytes_GET_SIZE(*bytes) >= limit) {
        PyErr_Format(PyExc_ValueError, "%s must have less than %zu bytes, got %zd",
                     what, limit, PyBytes_GET_SIZE(*bytes));
        Py_CLEAR(*bytes);
        return -1;
    }
    return 0;
}

static const char *text_or_null(PyObject *bytes)
{
    return bytes != NULL ? PyBytes_AS_STRING(bytes) : NULL;
}

static PyObject *load(rtj_py_client *self, rtj_client *core, PyObject *const texts[3],
                      int use_exact_name)
{
    rtj_internal_plan plan = {PyBytes_AS_STRING(texts[0]), text_or_null(texts[1]),
                              text_or_null(texts[2]), use_exact_name};
    char name[NAME_LIMIT];
    jack_intclient_t handle;
    rtj_error error;
    rtj_status status;
    int told;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_internal_load(core, &plan, &handle, &told, &error);
    if (status == RTJ_OK) {
        status = rtj_internal_name(core, handle, name, sizeof name, &error);
    }
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_open(self->state, texts[0], &error);
    }
    PyObject *result = new_internal(self, handle, name);
    if (result == NULL) { /* nobody could unload it */
        Py_BEGIN_ALLOW_THREADS(void)
        rtj_internal_unload(core, handle, name, &told, NULL);
        Py_END_ALLOW_THREADS
    }
    return result;
}

static PyObject *client_load_internal(PyObject *object, PyObject *const *args,
                                      Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"name", "load_name", "load_init",
                                        "use_exact_name"};
    static const rtj_signature signature = {"load_internal", names, 4, 1, 3};
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    PyObject *values[4];
    PyObject *texts[3] = {NULL, NULL, NULL};
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    int exact = values[3] != NULL ? PyObject_IsTrue(values[3]) : 0;
    PyObject *result = NULL;
    if (exact >= 0 && read_text(values[0], "name", NAME_LIMIT, &texts[0]) == 0 &&
        read_text(values[1], "load_name", FILE_LIMIT, &texts[1]) == 0 &&
        read_text(values[2], "load_init", JACK_LOAD_INIT_LIMIT, &texts[2]) == 0) {
        if (texts[0] == NULL) {
            PyErr_SetString(PyExc_TypeError, "name must be a str, not None");
        } else {
            result = load(self, core, texts, exact);
        }
    }
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(texts[i]);
    }
    return result;
}

static PyObject *client_get_internal(PyObject *object, PyObject *name)
{
    rtj_py_client *self = (rtj_py_client *)object;
    rtj_client *core = rtj_py_client_core(self);
    PyObject *text = core != NULL ? rtj_encode(name, "name") : NULL; /* new */
    if (text == NULL) {
        return NULL;
    }
    jack_intclient_t handle;
    rtj_error error;
    rtj_status status;
    int told;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_internal_find(core, PyBytes_AS_STRING(text), &handle, &told, &error);
    Py_END_ALLOW_THREADS
    PyObject *result = status == RTJ_OK
                           ? new_internal(self, handle, PyBytes_AS_STRING(text))
                           : raise_open(self->state, text, &error);
    Py_DECREF(text);
    return result;
}

/* ---- the type ---- */

/* What the server said when it would not unload. */
static PyObject *raise_unload(const rtj_py_internal *self, int told)
{
    rtj_error error;
    PyObject *words = rtj_status_new(self->state, told); /* new */
    PyObject *text = words != NULL ? PyObject_Str(words) : NULL;
    const char *utf8 = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    if (utf8 != NULL) {
        (void)rtj_fail(&error, RTJ_CODE, told, "Unable to unload: %.200s", utf8);
        (void)rtj_raise(self->state, &error);
    }
    Py_XDECREF(text);
    Py_XDECREF(words);
    return NULL;
}

static PyObject *internal_unload(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_internal *self = (rtj_py_internal *)object;
    rtj_client *core = rtj_py_client_core((rtj_py_client *)self->client);
    PyObject *name = core != NULL ? rtj_encode(self->name, "name") : NULL; /* new */
    if (name == NULL) {
        return NULL;
    }
    rtj_error error;
    rtj_status status;
    int told = 0;
    Py_BEGIN_ALLOW_THREADS
    status =
        rtj_internal_unload(core, self->handle, PyBytes_AS_STRING(name), &told, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status == RTJ_OPEN) {
        return raise_unload(self, told);
    }
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

static PyObject *internal_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_NewRef(self);
}

static PyObject *internal_exit(PyObject *self, PyObject *const *Py_UNUSED(args),
                               Py_ssize_t Py_UNUSED(nargs))
{
    return internal_unload(self, NULL);
}

static PyObject *get_name(PyObject *object, void *Py_UNUSED(closure))
{
    return Py_NewRef(((const rtj_py_internal *)object)->name);
}

static PyObject *get_loaded(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_internal *self = (rtj_py_internal *)object;
    rtj_client *core = rtj_py_client_core((rtj_py_client *)self->client);
    PyObject *name = core != NULL ? rtj_encode(self->name, "name") : NULL; /* new */
    if (name == NULL) {
        return NULL;
    }
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_internal_check(core, self->handle, PyBytes_AS_STRING(name), &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (status != RTJ_OK && status != RTJ_GONE) {
        return rtj_raise(self->state, &error);
    }
    return PyBool_FromLong(status == RTJ_OK);
}

static PyObject *get_handle(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(((const rtj_py_internal *)self)->handle);
}

static PyObject *get_client(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((const rtj_py_internal *)self)->client);
}

static int internal_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((rtj_py_internal *)self)->client);
    return 0;
}

static void internal_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((rtj_py_internal *)self)->client);
    Py_CLEAR(((rtj_py_internal *)self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

RTJ_ONE_ARGUMENT(client_get_internal, "get_internal", "name")

PyMethodDef rtj_client_internal_methods[] = {
    {"load_internal", (PyCFunction)(void (*)(void))client_load_internal,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_load_internal},
    {"get_internal", (PyCFunction)(void (*)(void))client_get_internal_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_Client_get_internal},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef internal_methods[] = {
    {"unload", internal_unload, METH_NOARGS, DOC_InternalClient_unload},
    {"__enter__", internal_enter, METH_NOARGS, DOC_InternalClient___enter__},
    {"__exit__", (PyCFunction)(void (*)(void))internal_exit, METH_FASTCALL,
     DOC_InternalClient___exit__},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef internal_getset[] = {
    {"name", get_name, NULL, DOC_InternalClient_name, NULL},
    {"loaded", get_loaded, NULL, DOC_InternalClient_loaded, NULL},
    {"handle", get_handle, NULL, DOC_InternalClient_handle, NULL},
    {"client", get_client, NULL, DOC_InternalClient_client, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot internal_slots[] = {
    {Py_tp_doc, (void *)DOC_InternalClient}, {Py_tp_dealloc, internal_dealloc},
    {Py_tp_traverse, internal_traverse},     {Py_tp_methods, internal_methods},
    {Py_tp_getset, internal_getset},         {0, NULL},
};

static PyType_Spec internal_spec = {"jack.InternalClient", sizeof(rtj_py_internal), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
                                        Py_TPFLAGS_DISALLOW_INSTANTIATION |
                                        Py_TPFLAGS_IMMUTABLETYPE,
                                    internal_slots};

int rtj_add_internal(PyObject *module, rtj_state *state)
{
    state->InternalClient = rtj_add_type(module, &internal_spec, NULL);
    return state->InternalClient != NULL ? 0 : -1;
}

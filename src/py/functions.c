#include "core/libjack.h"
#include "core/registry.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/compat.h"
#include "py/log.h"
#include "py/module.h"
#include "py/position.h"

typedef struct library_facts {
    jack_time_t time;
    int version[4];
    const char *version_string; /* libjack's own, never freed */
    int number;
} library_facts;

/* One question to libjack; `argument` is the question's own. */
typedef rtj_status question(const rtj_libjack *lib, const char *argument,
                            library_facts *facts, rtj_error *error);

static rtj_status ask_version(const rtj_libjack *lib, const char *argument,
                              library_facts *facts, rtj_error *error)
{
    (void)argument;
    RTJ_NEED(lib, jack_get_version, error);
    int *v = facts->version;
    lib->jack_get_version(&v[0], &v[1], &v[2], &v[3]);
    return RTJ_OK;
}

static rtj_status ask_version_string(const rtj_libjack *lib, const char *argument,
                                     library_facts *facts, rtj_error *error)
{
    (void)argument;
    RTJ_NEED(lib, jack_get_version_string, error);
    facts->version_string = lib->jack_get_version_string();
    return RTJ_OK;
}

static rtj_status ask_client_name_size(const rtj_libjack *lib, const char *argument,
                                       library_facts *facts, rtj_error *error)
{
    (void)argument;
    RTJ_NEED(lib, jack_client_name_size, error);
    facts->number = lib->jack_client_name_size();
    return RTJ_OK;
}

static rtj_status ask_port_name_size(const rtj_libjack *lib, const char *argument,
                                     library_facts *facts, rtj_error *error)
{
    (void)argument;
    RTJ_NEED(lib, jack_port_name_size, error);
    facts->number = lib->jack_port_name_size();
    return RTJ_OK;
}

static rtj_status ask_client_pid(const rtj_libjack *lib, const char *name,
                                 library_facts *facts, rtj_error *error)
{
    RTJ_NEED(lib, jack_get_client_pid, error);
    facts->number = lib->jack_get_client_pid(name);
    return RTJ_OK;
}

static rtj_status ask_port_type_size(const rtj_libjack *lib, const char *argument,
                                     library_facts *facts, rtj_error *error)
{
    (void)argument;
    RTJ_NEED(lib, jack_port_type_size, error);
    facts->number = lib->jack_port_type_size();
    return RTJ_OK;
}

/* libjack2 knows which clock to read when it has opened a client, and calls a NULL
 * pointer before. */
static rtj_status ask_time(const rtj_libjack *lib, const char *argument,
                           library_facts *facts, rtj_error *error)
{
    (void)argument;
    (void)lib; /* the client may be of another copy of it */
    rtj_client *client = rtj_registry_enter_any();
    if (client == NULL) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "JACK's clock runs only while this process has an open client");
    }
    rtj_status status = RTJ_OK;
    if (rtj_client_lib(client)->jack_get_time != NULL) {
        facts->time = rtj_client_lib(client)->jack_get_time();
    } else {
        status = rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                          "jack_get_time() is not in the loaded JACK library, %s",
                          rtj_client_lib(client)->name);
    }
    rtj_client_leave(client);
    rtj_client_release(client);
    return status;
}

/* 0, or -1 with an exception. */
static int ask(PyObject *module, question *of_libjack, const char *argument,
               library_facts *facts)
{
    rtj_state *state = rtj_state_of_module(module);
    if (rtj_log_open(state) < 0) {
        return -1;
    }
    rtj_error error;
    rtj_status status = RTJ_NO_LIBRARY;
    Py_BEGIN_ALLOW_THREADS
    const rtj_libjack *lib = rtj_libjack_get(&error);
    if (lib != NULL) {
        status = of_libjack(lib, argument, facts, &error);
    }
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(state, &error);
        return -1;
    }
    return 0;
}

static PyObject *version(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_version, NULL, &facts) < 0) {
        return NULL;
    }
    const int *v = facts.version;
    return Py_BuildValue("(iiii)", v[0], v[1], v[2], v[3]);
}

static PyObject *version_string(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_version_string, NULL, &facts) < 0) {
        return NULL;
    }
    return rtj_decode(facts.version_string != NULL ? facts.version_string : "");
}

static PyObject *client_name_size(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_client_name_size, NULL, &facts) < 0) {
        return NULL;
    }
    return PyLong_FromLong(facts.number);
}

static PyObject *port_name_size(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_port_name_size, NULL, &facts) < 0) {
        return NULL;
    }
    return PyLong_FromLong(facts.number);
}

static PyObject *port_type_size(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_port_type_size, NULL, &facts) < 0) {
        return NULL;
    }
    return PyLong_FromLong(facts.number);
}

static PyObject *get_time(PyObject *module, PyObject *Py_UNUSED(unused))
{
    library_facts facts = {.number = 0};
    if (ask(module, ask_time, NULL, &facts) < 0) {
        return NULL;
    }
    return PyLong_FromUnsignedLongLong(facts.time);
}

static PyObject *client_pid(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    static const char *const names[] = {"name"};
    static const rtj_signature signature = {"client_pid", names, 1, 1, 1};
    PyObject *given;
    if (rtj_parse(&signature, args, nargs, kwnames, &given) < 0) {
        return NULL;
    }
    PyObject *name = rtj_encode(given, "name"); /* new */
    if (name == NULL) {
        return NULL;
    }
    library_facts facts = {.number = 0};
    int failed = ask(module, ask_client_pid, PyBytes_AS_STRING(name), &facts);
    Py_DECREF(name);
    return failed < 0 ? NULL : PyLong_FromLong(facts.number);
}

static PyObject *position2dict(PyObject *module, PyObject *const *args,
                               Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"pos"};
    static const rtj_signature signature = {"position2dict", names, 1, 1, 1};
    PyObject *given;
    if (rtj_parse(&signature, args, nargs, kwnames, &given) < 0) {
        return NULL;
    }
    jack_position_t copy;
    int foreign = rtj_compat_position(given, &copy);
    if (foreign < 0) {
        return NULL;
    }
    const jack_position_t *position =
        foreign ? &copy : rtj_position_get(rtj_state_of_module(module), given, "pos");
    if (position == NULL) {
        return NULL;
    }
    if (position->unique_1 != position->unique_2) {
        return PyErr_Format(
            PyExc_ValueError,
            "pos must be consistent (unique_1 == unique_2), got %llu and "
            "%llu: it was being written when it was copied",
            (unsigned long long)position->unique_1,
            (unsigned long long)position->unique_2);
    }
    return rtj_position_dict(position);
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, DOC_version},
    {"version_string", version_string, METH_NOARGS, DOC_version_string},
    {"client_name_size", client_name_size, METH_NOARGS, DOC_client_name_size},
    {"port_name_size", port_name_size, METH_NOARGS, DOC_port_name_size},
    {"port_type_size", port_type_size, METH_NOARGS, DOC_port_type_size},
    {"get_time", get_time, METH_NOARGS, DOC_get_time},
    {"client_pid", (PyCFunction)(void (*)(void))client_pid,
     METH_FASTCALL | METH_KEYWORDS, DOC_client_pid},
    {"position2dict", (PyCFunction)(void (*)(void))position2dict,
     METH_FASTCALL | METH_KEYWORDS, DOC_position2dict},
    {NULL, NULL, 0, NULL},
};

int rtj_add_functions(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

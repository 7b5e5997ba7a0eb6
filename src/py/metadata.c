#include "py/metadata.h"

#include <stdlib.h>

#include "core/metadata.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/client.h"
#include "py/log.h"
#include "py/port.h"
#include "py/uuid.h"

/* ---- arguments ---- */

/* A str, or bytes without NUL, as new bytes: libjack takes C strings. */
static PyObject *text_or_bytes(PyObject *value, const char *what)
{
    if (!PyBytes_Check(value)) {
        if (!PyUnicode_Check(value)) {
            PyErr_Format(PyExc_TypeError, "%s must be a str or bytes, not %.100s", what,
                         Py_TYPE(value)->tp_name);
            return NULL;
        }
        return rtj_encode(value, what);
    }
    if (strlen(PyBytes_AS_STRING(value)) != (size_t)PyBytes_GET_SIZE(value)) {
        PyErr_Format(PyExc_ValueError,
                     "%s must not contain NUL bytes, which end JACK's strings; it has "
                     "one at index %zd",
                     what, (Py_ssize_t)strlen(PyBytes_AS_STRING(value)));
        return NULL;
    }
    return Py_NewRef(value);
}

/* ---- results ---- */

/* As JACK-Client has it, trouble with metadata is no JackError. */
static PyObject *raise_for(rtj_state *state, const rtj_error *error, PyObject *type,
                           const char *doing, PyObject *subject)
{
    if (error->status != RTJ_CODE) {
        return rtj_raise(state, error);
    }
    if (subject == NULL) {
        return PyErr_Format(type, "%s: %s", doing, error->text);
    }
    return PyErr_Format(type, "%s of subject %R: %s", doing, subject, error->text);
}

static PyObject *value_and_type(const rtj_property *property)
{
    PyObject *type = rtj_decode(property->type); /* new */
    return type != NULL ? Py_BuildValue("(yN)", property->value, type) : NULL;
}

/* {key: (value, type)} of one subject's properties, from `*next` on. */
static PyObject *dict_of_subject(const rtj_properties *properties, size_t *next)
{
    PyObject *dict = PyDict_New();
    jack_uuid_t subject =
        *next < properties->count ? properties->items[*next].subject : 0;
    for (; dict != NULL && *next < properties->count; (*next)++) {
        const rtj_property *property = &properties->items[*next];
        if (property->subject != subject) {
            break;
        }
        PyObject *key = rtj_decode(property->key);
        PyObject *pair = key != NULL ? value_and_type(property) : NULL;
        if (pair == NULL || PyDict_SetItem(dict, key, pair) < 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(pair);
    }
    return dict;
}

static PyObject *dict_of_all(rtj_state *state, const rtj_properties *properties)
{
    PyObject *all = PyDict_New();
    size_t next = 0;
    while (all != NULL && next < properties->count) {
        PyObject *uuid = rtj_uuid_new(state, properties->items[next].subject);
        PyObject *dict = uuid != NULL ? dict_of_subject(properties, &next) : NULL;
        if (dict == NULL || PyDict_SetItem(all, uuid, dict) < 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(uuid);
        Py_XDECREF(dict);
    }
    return all;
}

/* ---- the module's functions ---- */

static PyObject *get_property(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const char *const names[] = {"subject", "key"};
    static const rtj_signature signature = {"get_property", names, 2, 2, 2};
    PyObject *given[2];
    jack_uuid_t subject;
    rtj_state *state = rtj_state_of_module(module);
    if (rtj_parse(&signature, args, nargs, kwnames, given) < 0 ||
        rtj_log_open(state) < 0 ||
        rtj_uuid_read(state, given[0], "subject", &subject) < 0) {
        return NULL;
    }
    PyObject *key = rtj_encode(given[1], "key"); /* new */
    if (key == NULL) {
        return NULL;
    }
    rtj_properties *found = NULL;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_get(subject, PyBytes_AS_STRING(key), &found, &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(key);
    if (status != RTJ_OK) {
        return rtj_raise(state, &error);
    }
    PyObject *result =
        found->count > 0 ? value_and_type(&found->items[0]) : Py_NewRef(Py_None);
    free(found);
    return result;
}

static PyObject *get_properties(PyObject *module, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"subject"};
    static const rtj_signature signature = {"get_properties", names, 1, 1, 1};
    PyObject *given;
    jack_uuid_t subject;
    rtj_state *state = rtj_state_of_module(module);
    if (rtj_parse(&signature, args, nargs, kwnames, &given) < 0 ||
        rtj_log_open(state) < 0 ||
        rtj_uuid_read(state, given, "subject", &subject) < 0) {
        return NULL;
    }
    rtj_properties *found = NULL;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_list(subject, &found, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_for(state, &error, PyExc_RuntimeError,
                         "Unable to get the properties", given);
    }
    size_t next = 0;
    PyObject *result = dict_of_subject(found, &next);
    free(found);
    return result;
}

static PyObject *get_all_properties(PyObject *module, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of_module(module);
    if (rtj_log_open(state) < 0) {
        return NULL;
    }
    rtj_properties *found = NULL;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_list_all(&found, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_for(state, &error, PyExc_RuntimeError,
                         "Unable to get all properties", NULL);
    }
    PyObject *result = dict_of_all(state, found);
    free(found);
    return result;
}

/* ---- methods of Client ---- */

/* libjack's functions want a client; JACK2 itself says more in the log. */
static PyObject *set_texts(rtj_state *state, rtj_client *core, jack_uuid_t subject,
                           PyObject *const texts[3], PyObject *const given[4])
{
    const char *key = PyBytes_AS_STRING(texts[0]);
    const char *value = PyBytes_AS_STRING(texts[1]);
    const char *type = PyBytes_AS_STRING(texts[2]);
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_set(core, subject, key, value, type, &error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_OK) {
        Py_RETURN_NONE;
    }
    if (status != RTJ_CODE) {
        return rtj_raise(state, &error);
    }
    const char *empty = key[0] == '\0' ? "key" : value[0] == '\0' ? "value" : NULL;
    if (empty != NULL) {
        return PyErr_Format(PyExc_ValueError,
                            "Unable to set property %R of subject %R: JACK wants a %s "
                            "that is not empty",
                            given[1], given[0], empty);
    }
    return PyErr_Format(PyExc_ValueError, "Unable to set property %R of subject %R: %s",
                        given[1], given[0], error.text);
}

PyObject *rtj_client_set_property(PyObject *self, PyObject *const *args,
                                  Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"subject", "key", "value", "type"};
    static const rtj_signature signature = {"set_property", names, 4, 3, 4};
    PyObject *given[4];
    jack_uuid_t subject;
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_client *core = rtj_client_core(self);
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, given) < 0 ||
        rtj_uuid_read(state, given[0], "subject", &subject) < 0) {
        return NULL;
    }
    PyObject *result = NULL;
    PyObject *texts[3] = {NULL, NULL, NULL};
    texts[0] = rtj_encode(given[1], "key");
    texts[1] = texts[0] != NULL ? text_or_bytes(given[2], "value") : NULL;
    if (texts[1] != NULL) {
        texts[2] = given[3] != NULL ? text_or_bytes(given[3], "type")
                                    : PyBytes_FromStringAndSize("", 0);
    }
    if (texts[2] != NULL) {
        result = set_texts(state, core, subject, texts, given);
    }
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(texts[i]);
    }
    return result;
}

PyObject *rtj_client_remove_property(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"subject", "key"};
    static const rtj_signature signature = {"remove_property", names, 2, 2, 2};
    PyObject *given[2];
    jack_uuid_t subject;
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_client *core = rtj_client_core(self);
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, given) < 0 ||
        rtj_uuid_read(state, given[0], "subject", &subject) < 0) {
        return NULL;
    }
    PyObject *key = rtj_encode(given[1], "key"); /* new */
    if (key == NULL) {
        return NULL;
    }
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_remove(core, subject, PyBytes_AS_STRING(key), &error);
    Py_END_ALLOW_THREADS
    Py_DECREF(key);
    if (status == RTJ_CODE) {
        return PyErr_Format(
            PyExc_ValueError,
            "Unable to remove property %R of subject %R: it has none, or "
            "JACK refused",
            given[1], given[0]);
    }
    if (status != RTJ_OK) {
        return rtj_raise(state, &error);
    }
    Py_RETURN_NONE;
}

PyObject *rtj_client_remove_properties(PyObject *self, PyObject *const *args,
                                       Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"subject"};
    static const rtj_signature signature = {"remove_properties", names, 1, 1, 1};
    PyObject *given;
    jack_uuid_t subject;
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_client *core = rtj_client_core(self);
    if (core == NULL || rtj_parse(&signature, args, nargs, kwnames, &given) < 0 ||
        rtj_uuid_read(state, given, "subject", &subject) < 0) {
        return NULL;
    }
    int removed = 0;
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_remove_list(core, subject, &removed, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_for(state, &error, PyExc_RuntimeError,
                         "Unable to remove the properties", given);
    }
    return PyLong_FromLong(removed);
}

PyObject *rtj_client_remove_all_properties(PyObject *self, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of(Py_TYPE(self));
    rtj_client *core = rtj_client_core(self);
    if (core == NULL) {
        return NULL;
    }
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_metadata_remove_all(core, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        return raise_for(state, &error, PyExc_RuntimeError,
                         "Unable to remove all properties", NULL);
    }
    Py_RETURN_NONE;
}

/* ---- the mapping ---- */

PyObject *rtj_metadata_get_mapping(PyObject *self, void *Py_UNUSED(closure))
{
    const rtj_state *state = rtj_state_of(Py_TYPE(self));
    PyObject *client =
        PyObject_TypeCheck(self, state->Port) ? ((rtj_port *)self)->client : self;
    PyObject *module = PyImport_ImportModule("jack._metadata"); /* new */
    PyObject *result = module != NULL
                           ? PyObject_CallMethod(module, "Metadata", "OO", client, self)
                           : NULL;
    Py_XDECREF(module);
    return result;
}

static PyMethodDef functions[] = {
    {"get_property", (PyCFunction)(void (*)(void))get_property,
     METH_FASTCALL | METH_KEYWORDS, DOC_get_property},
    {"get_properties", (PyCFunction)(void (*)(void))get_properties,
     METH_FASTCALL | METH_KEYWORDS, DOC_get_properties},
    {"get_all_properties", get_all_properties, METH_NOARGS, DOC_get_all_properties},
    {NULL, NULL, 0, NULL},
};

int rtj_add_metadata(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

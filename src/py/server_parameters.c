/* Parameters of jack.Server: from Python's values and to them. */
#include "py/server.h"

#include <stdlib.h>
#include <string.h>

#include "docstrings.h"
#include "py/args.h"

static const char server_prefix[] = "server_";

void rtj_wishes_clear(rtj_wishes *wishes)
{
    free(wishes->items);
    wishes->items = NULL;
    wishes->count = 0;
}

int rtj_wished(const rtj_wishes *wishes, const rtj_parameter *parameter)
{
    for (size_t i = 0; i < wishes->count; i++) {
        if (wishes->items[i].parameter == parameter) {
            return 1;
        }
    }
    return 0;
}

static int wrong_type(const char *what, const char *expected, PyObject *value)
{
    PyErr_Format(PyExc_TypeError, "%s must be %s, not %.100s", what, expected,
                 Py_TYPE(value)->tp_name);
    return -1;
}

static int convert_number(const rtj_parameter *parameter, PyObject *value,
                          const char *what, rtj_parameter_value *result)
{
    int64_t number;
    if (PyBool_Check(value)) { /* an int to Python, a slip here */
        return wrong_type(what, "an int", value);
    }
    if (rtj_as_int64(value, what, parameter->low, parameter->high, &number) < 0) {
        return -1;
    }
    if (parameter->type == JackParamInt) {
        result->i = (int32_t)number;
    } else {
        result->ui = (uint32_t)number;
    }
    return 0;
}

static int convert_char(PyObject *value, const char *what, rtj_parameter_value *result)
{
    if (!PyUnicode_Check(value)) {
        return wrong_type(what, "a str of one character", value);
    }
    if (PyUnicode_GET_LENGTH(value) != 1 || PyUnicode_READ_CHAR(value, 0) >= 128 ||
        PyUnicode_READ_CHAR(value, 0) == 0) {
        PyErr_Format(PyExc_ValueError, "%s must be one ASCII character, got %R", what,
                     value);
        return -1;
    }
    result->c = (char)PyUnicode_READ_CHAR(value, 0);
    return 0;
}

static int convert_string(PyObject *value, const char *what,
                          rtj_parameter_value *result)
{
    PyObject *bytes = rtj_encode(value, what); /* new */
    if (bytes == NULL) {
        return -1;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    if (size > JACK_PARAM_STRING_MAX) {
        PyErr_Format(PyExc_ValueError, "%s must have at most %d bytes, got %zd", what,
                     JACK_PARAM_STRING_MAX, size);
        Py_DECREF(bytes);
        return -1;
    }
    memcpy(result->str, PyBytes_AS_STRING(bytes), (size_t)size + 1);
    Py_DECREF(bytes);
    return 0;
}

static int convert(const rtj_parameter *parameter, PyObject *value, const char *what,
                   rtj_parameter_value *result)
{
    memset(result, 0, sizeof *result);
    switch (parameter->type) {
    case JackParamInt:
    case JackParamUInt:
        return convert_number(parameter, value, what, result);
    case JackParamChar:
        return convert_char(value, what, result);
    case JackParamString:
        return convert_string(value, what, result);
    case JackParamBool:
        if (!PyBool_Check(value)) {
            return wrong_type(what, "a bool", value);
        }
        result->b = value == Py_True;
        return 0;
    }
    PyErr_Format(PyExc_SystemError, "%s has type %d, which is unknown", what,
                 (int)parameter->type);
    return -1;
}

static int grow(rtj_wishes *wishes)
{
    if (wishes->count < wishes->room) {
        return 0;
    }
    size_t room = 2 * wishes->room + 8;
    rtj_setting *items = realloc(wishes->items, room * sizeof *items);
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    wishes->items = items;
    wishes->room = room;
    return 0;
}

int rtj_wish(rtj_wishes *wishes, const rtj_parameter *parameter, PyObject *value,
             const char *what)
{
    rtj_setting setting = {parameter, {0}};
    if (rtj_wished(wishes, parameter)) {
        PyErr_Format(PyExc_TypeError, "%s() got the parameter \"%s\" twice, also as %s",
                     wishes->function, parameter->name, what);
        return -1;
    }
    if (convert(parameter, value, what, &setting.value) < 0 || grow(wishes) < 0) {
        return -1;
    }
    wishes->items[wishes->count++] = setting;
    return 0;
}

static const rtj_parameter *find_by_keyword(const rtj_wishes *wishes,
                                            const char *keyword)
{
    const rtj_parameters *own = rtj_server_parameters(wishes->server);
    const rtj_parameter *found =
        rtj_parameters_find(&wishes->driver->parameters, keyword);
    if (found != NULL || wishes->driver_only) {
        return found;
    }
    found = rtj_parameters_find(own, keyword);
    if (found == NULL &&
        strncmp(keyword, server_prefix, sizeof server_prefix - 1) == 0) {
        found = rtj_parameters_find(own, keyword + sizeof server_prefix - 1);
    }
    return found;
}

/* The keyword for one of the server's own parameters.  A new str. */
static PyObject *server_keyword(const rtj_driver *driver,
                                const rtj_parameter *parameter)
{
    int hidden = driver != NULL &&
                 rtj_parameters_find(&driver->parameters, parameter->keyword) != NULL;
    return PyUnicode_FromFormat("%s%s", hidden ? server_prefix : "",
                                parameter->keyword);
}

/* Append ", "-separated keywords to the list `names`. */
static int append_keywords(PyObject *names, const rtj_driver *driver,
                           const rtj_parameters *parameters, int own)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const rtj_parameter *parameter = &parameters->items[i];
        PyObject *name = own ? server_keyword(driver, parameter)
                             : PyUnicode_FromString(parameter->keyword); /* new */
        if (name == NULL || PyList_Append(names, name) < 0) {
            Py_XDECREF(name);
            return -1;
        }
        Py_DECREF(name);
    }
    return 0;
}

static PyObject *joined_keywords(const rtj_driver *driver,
                                 const rtj_parameters *parameters, int own)
{
    PyObject *result = NULL;
    PyObject *comma = PyUnicode_FromString(", "); /* new */
    PyObject *names = PyList_New(0);              /* new */
    if (comma != NULL && names != NULL &&
        append_keywords(names, driver, parameters, own) == 0) {
        result = PyUnicode_Join(comma, names);
    }
    Py_XDECREF(comma);
    Py_XDECREF(names);
    return result;
}

static void unknown_keyword(const rtj_wishes *wishes, PyObject *keyword)
{
    PyObject *of_driver =
        joined_keywords(wishes->driver, &wishes->driver->parameters, 0); /* new */
    PyObject *of_server = joined_keywords(
        wishes->driver, rtj_server_parameters(wishes->server), 1); /* new */
    if (of_driver != NULL && of_server != NULL) {
        if (wishes->driver_only) {
            PyErr_Format(PyExc_TypeError,
                         "%s() got an unexpected keyword argument %R; %s \"%s\" "
                         "has these parameters: %U",
                         wishes->function, keyword,
                         wishes->kind != NULL ? wishes->kind : "driver",
                         wishes->driver->name, of_driver);
        } else {
            PyErr_Format(PyExc_TypeError,
                         "%s() got an unexpected keyword argument %R; driver \"%s\" "
                         "has these parameters: %U; the server has these: %U",
                         wishes->function, keyword, wishes->driver->name, of_driver,
                         of_server);
        }
    }
    Py_XDECREF(of_driver);
    Py_XDECREF(of_server);
}

const rtj_parameter *rtj_wish_find(const rtj_wishes *wishes, PyObject *keyword)
{
    const char *name = PyUnicode_AsUTF8(keyword);
    if (name == NULL) {
        return NULL;
    }
    const rtj_parameter *parameter = find_by_keyword(wishes, name);
    if (parameter == NULL) {
        unknown_keyword(wishes, keyword);
    }
    return parameter;
}

int rtj_wish_keywords(rtj_wishes *wishes, PyObject *keywords)
{
    PyObject *keyword; /* borrowed */
    PyObject *value;   /* borrowed */
    Py_ssize_t position = 0;
    while (PyDict_Next(keywords, &position, &keyword, &value)) {
        const rtj_parameter *parameter = rtj_wish_find(wishes, keyword);
        const char *name = parameter != NULL ? PyUnicode_AsUTF8(keyword) : NULL;
        if (name == NULL || rtj_wish(wishes, parameter, value, name) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *rtj_parameter_value_object(const rtj_parameter *parameter,
                                     const rtj_parameter_value *value)
{
    switch (parameter->type) {
    case JackParamInt:
        return PyLong_FromLong(value->i);
    case JackParamUInt:
        return PyLong_FromUnsignedLong(value->ui);
    case JackParamChar:
        return PyUnicode_DecodeLatin1(&value->c, value->c != '\0', NULL);
    case JackParamString:
        return rtj_decode(value->str);
    case JackParamBool:
        return PyBool_FromLong(value->b);
    }
    PyErr_Format(PyExc_SystemError, "parameter \"%s\" has type %d, which is unknown",
                 parameter->name, (int)parameter->type);
    return NULL;
}

static PyObject *choices_object(const rtj_parameter *parameter)
{
    if (parameter->choice_count == 0) {
        Py_RETURN_NONE;
    }
    PyObject *choices = PyDict_New(); /* new */
    for (size_t i = 0; choices != NULL && i < parameter->choice_count; i++) {
        const rtj_choice *choice = &parameter->choices[i];
        PyObject *value = rtj_parameter_value_object(parameter, &choice->value);
        PyObject *text =
            rtj_decode(choice->description != NULL ? choice->description : "");
        if (value == NULL || text == NULL || PyDict_SetItem(choices, value, text) < 0) {
            Py_CLEAR(choices);
        }
        Py_XDECREF(value);
        Py_XDECREF(text);
    }
    return choices;
}

static PyObject *type_object(const rtj_parameter *parameter)
{
    switch (parameter->type) {
    case JackParamInt:
    case JackParamUInt:
        return Py_NewRef((PyObject *)&PyLong_Type);
    case JackParamBool:
        return Py_NewRef((PyObject *)&PyBool_Type);
    default:
        return Py_NewRef((PyObject *)&PyUnicode_Type);
    }
}

static PyObject *range_object(const rtj_parameter *parameter)
{
    if (parameter->type != JackParamInt && parameter->type != JackParamUInt) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("(LL)", (long long)parameter->low, (long long)parameter->high);
}

static PyObject *description_object(const rtj_parameter *parameter)
{
    const char *text = parameter->text;
    if (text[0] == '\0' || strcmp(text, parameter->summary) == 0) {
        return rtj_decode(parameter->summary);
    }
    return PyUnicode_FromFormat("%s\n\n%s", parameter->summary, text);
}

static PyStructSequence_Field parameter_fields[] = {
    {"name", DOC_ServerParameter_name},
    {"value", DOC_ServerParameter_value},
    {"type", DOC_ServerParameter_type},
    {"default", DOC_ServerParameter_default},
    {"range", DOC_ServerParameter_range},
    {"choices", DOC_ServerParameter_choices},
    {"description", DOC_ServerParameter_description},
    {"is_set", DOC_ServerParameter_is_set},
    {"of", DOC_ServerParameter_of},
    {"option", DOC_ServerParameter_option},
    {"strict", DOC_ServerParameter_strict},
    {"fake", DOC_ServerParameter_fake},
    {NULL, NULL},
};

static PyObject *parameter_object(rtj_state *state, rtj_server *server,
                                  const rtj_parameter *parameter, const char *of)
{
    int is_set;
    rtj_parameter_value value = rtj_server_value(server, parameter, &is_set);
    PyObject *result = PyStructSequence_New(state->ServerParameter); /* new */
    if (result == NULL) {
        return NULL;
    }
    PyObject *items[] = {
        PyUnicode_FromString(parameter->name),
        rtj_parameter_value_object(parameter, &value),
        type_object(parameter),
        rtj_parameter_value_object(parameter, &parameter->initial),
        range_object(parameter),
        choices_object(parameter),
        description_object(parameter),
        PyBool_FromLong(is_set),
        PyUnicode_FromString(of),
        PyUnicode_DecodeLatin1(&parameter->letter, parameter->letter != '\0', NULL),
        PyBool_FromLong(parameter->strict),
        PyBool_FromLong(parameter->stands_in),
    };
    int complete = 1;
    for (Py_ssize_t i = 0; i < (Py_ssize_t)Py_ARRAY_LENGTH(items); i++) {
        complete = complete && items[i] != NULL;
        PyStructSequence_SetItem(result, i, items[i]); /* steals */
    }
    if (!complete) {
        Py_CLEAR(result);
    }
    return result;
}

static int add_parameter(rtj_state *state, PyObject *dict, rtj_server *server,
                         const rtj_parameter *parameter, PyObject *key, const char *of)
{
    PyObject *value =
        key != NULL ? parameter_object(state, server, parameter, of) : NULL; /* new */
    int result = value != NULL ? PyDict_SetItem(dict, key, value) : -1;
    Py_XDECREF(value);
    return result;
}

static int add_parameters(rtj_state *state, PyObject *dict, rtj_server *server,
                          const rtj_parameters *parameters, const char *of)
{
    int result = 0;
    for (size_t i = 0; i < parameters->count && result == 0; i++) {
        PyObject *key = PyUnicode_FromString(parameters->items[i].keyword); /* new */
        result = add_parameter(state, dict, server, &parameters->items[i], key, of);
        Py_XDECREF(key);
    }
    return result;
}

static int add_server_parameters(rtj_state *state, PyObject *dict, rtj_server *server,
                                 const rtj_driver *driver)
{
    const rtj_parameters *parameters = rtj_server_parameters(server);
    int result = 0;
    for (size_t i = 0; i < parameters->count && result == 0; i++) {
        PyObject *key = server_keyword(driver, &parameters->items[i]); /* new */
        result =
            add_parameter(state, dict, server, &parameters->items[i], key, "server");
        Py_XDECREF(key);
    }
    return result;
}

PyObject *rtj_parameter_dict(rtj_state *state, rtj_server *server,
                             const rtj_parameters *parameters, const char *of)
{
    PyObject *dict = PyDict_New(); /* new */
    if (dict != NULL && add_parameters(state, dict, server, parameters, of) < 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *rtj_server_parameter_dict(rtj_state *state, rtj_server *server)
{
    static const rtj_parameters none = {0, NULL};
    const rtj_driver *driver = rtj_server_driver(server);
    PyObject *dict = rtj_parameter_dict(
        state, server, driver != NULL ? &driver->parameters : &none, "driver");
    if (dict != NULL && add_server_parameters(state, dict, server, driver) < 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

int rtj_add_server_parameter(PyObject *module, rtj_state *state)
{
    PyStructSequence_Desc description = {
        "jack.ServerParameter",
        DOC_ServerParameter,
        parameter_fields,
        Py_ARRAY_LENGTH(parameter_fields) - 1,
    };
    state->ServerParameter = PyStructSequence_NewType(&description);
    if (state->ServerParameter == NULL) {
        return -1;
    }
    return PyModule_AddType(module, state->ServerParameter);
}

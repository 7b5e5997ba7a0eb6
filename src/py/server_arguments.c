/* The arguments of Server() and Server.switch_master(). */
#include "py/server.h"

#include <string.h>

#include "py/args.h"

enum { NAME, DRIVER, SAMPLERATE, BLOCKSIZE, REALTIME, OWN };

static const char *const own_names[OWN] = {"name", "driver", "samplerate", "blocksize",
                                           "realtime"};

/* Take what __init__() knows by name out of its arguments; `*rest` gets the other
 * keywords, a new dict.  `slots` get borrowed references or NULL. */
static int take_own(PyObject *args, PyObject *kwargs, PyObject **slots, PyObject **rest)
{
    Py_ssize_t given = PyTuple_GET_SIZE(args);
    if (given > OWN) {
        PyErr_Format(PyExc_TypeError,
                     "Server() takes at most %d positional arguments, got %zd", OWN,
                     given);
        return -1;
    }
    *rest = kwargs != NULL ? PyDict_Copy(kwargs) : PyDict_New(); /* new */
    if (*rest == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < OWN; i++) {
        PyObject *value =
            kwargs != NULL ? PyDict_GetItemString(kwargs, own_names[i]) : NULL;
        if (value != NULL && i < given) {
            PyErr_Format(PyExc_TypeError,
                         "Server() got multiple values for argument '%s'",
                         own_names[i]);
            return -1;
        }
        if (value != NULL && PyDict_DelItemString(*rest, own_names[i]) < 0) {
            return -1;
        }
        slots[i] = i < given ? PyTuple_GET_ITEM(args, i) : value;
    }
    return 0;
}

static int wish_name(rtj_wishes *wishes, PyObject *name)
{
    const rtj_parameter *parameter =
        rtj_parameters_find(rtj_server_parameters(wishes->server), "name");
    if (name == NULL || name == Py_None) {
        char unique[RTJ_SERVER_NAME_MAX];
        rtj_server_unique_name(unique, sizeof unique);
        PyObject *made = PyUnicode_FromString(unique); /* new */
        int result =
            made != NULL ? rtj_wish(wishes, parameter, made, own_names[NAME]) : -1;
        Py_XDECREF(made);
        return result;
    }
    if (rtj_wish(wishes, parameter, name, own_names[NAME]) < 0) {
        return -1;
    }
    const char *text = wishes->items[wishes->count - 1].value.str;
    size_t length = strlen(text);
    if (length == 0 || length > RTJ_SERVER_NAME_MAX || strpbrk(text, "/\\") != NULL) {
        PyErr_Format(PyExc_ValueError,
                     "name must have 1 to %d bytes and no slashes, got %R",
                     RTJ_SERVER_NAME_MAX, name);
        return -1;
    }
    return 0;
}

/* Wish for the driver's parameter `parameter`, known to the user as `what`.  When it is
 * not given, `fallback` is used if the driver has the parameter. */
static int wish_common(rtj_wishes *wishes, const char *parameter, PyObject *value,
                       const char *what, long long fallback)
{
    const rtj_parameter *found =
        rtj_parameters_find(&wishes->driver->parameters, parameter);
    if (value != NULL && found == NULL) {
        PyErr_Format(PyExc_TypeError,
                     "%s() got %s, but driver \"%s\" has no such thing",
                     wishes->function, what, wishes->driver->name);
        return -1;
    }
    if (value != NULL) {
        return rtj_wish(wishes, found, value, what);
    }
    if (found == NULL || rtj_wished(wishes, found)) {
        return 0;
    }
    PyObject *usual = PyLong_FromLongLong(fallback); /* new */
    int result = usual != NULL ? rtj_wish(wishes, found, usual, what) : -1;
    Py_XDECREF(usual);
    return result;
}

static const rtj_driver *find_driver(rtj_server *core, PyObject *name)
{
    const rtj_driver *found = NULL;
    if (name == NULL) {
        found = rtj_server_find_driver(core, "dummy");
    } else {
        PyObject *bytes = rtj_encode(name, own_names[DRIVER]); /* new */
        if (bytes == NULL) {
            return NULL;
        }
        found = rtj_server_find_driver(core, PyBytes_AS_STRING(bytes));
        Py_DECREF(bytes);
    }
    if (found != NULL && found->is_master) {
        return found;
    }
    char list[512] = "";
    size_t count;
    const rtj_driver *drivers = rtj_server_drivers(core, &count);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        if (drivers[i].is_master) {
            (void)PyOS_snprintf(list + used, sizeof list - used, "%s%s",
                                used > 0 ? ", " : "", drivers[i].name);
        }
    }
    PyErr_Format(PyExc_ValueError, "driver must be one of %s; got %R", list,
                 name != NULL ? name : Py_None);
    return NULL;
}

static int wish_given(rtj_wishes *wishes, PyObject *const *slots, PyObject *rest)
{
    const rtj_parameter *realtime =
        rtj_parameters_find(rtj_server_parameters(wishes->server), "realtime");
    PyObject *wanted = slots[REALTIME] != NULL ? slots[REALTIME] : Py_False;
    if (wish_name(wishes, slots[NAME]) < 0 ||
        rtj_wish(wishes, realtime, wanted, own_names[REALTIME]) < 0) {
        return -1;
    }
    /* What is given comes before what is assumed. */
    if (slots[SAMPLERATE] != NULL &&
        wish_common(wishes, "rate", slots[SAMPLERATE], own_names[SAMPLERATE], 0) < 0) {
        return -1;
    }
    if (slots[BLOCKSIZE] != NULL &&
        wish_common(wishes, "period", slots[BLOCKSIZE], own_names[BLOCKSIZE], 0) < 0) {
        return -1;
    }
    if (rtj_wish_keywords(wishes, rest) < 0 ||
        wish_common(wishes, "rate", NULL, own_names[SAMPLERATE], 48000) < 0) {
        return -1;
    }
    return wish_common(wishes, "period", NULL, own_names[BLOCKSIZE], 256);
}

int rtj_wish_all(rtj_wishes *wishes, PyObject *args, PyObject *kwargs)
{
    PyObject *slots[OWN] = {NULL}; /* borrowed */
    PyObject *rest = NULL;         /* new */
    int result = take_own(args, kwargs, slots, &rest);
    if (result == 0) {
        wishes->driver = find_driver(wishes->server, slots[DRIVER]);
        result = wishes->driver != NULL ? wish_given(wishes, slots, rest) : -1;
    }
    Py_XDECREF(rest);
    return result;
}

/* The value of the current driver's parameter `name`, or `fallback`. */
static long long current_number(rtj_server *core, const char *name, long long fallback)
{
    int is_set;
    const rtj_driver *driver = rtj_server_driver(core);
    const rtj_parameter *found = rtj_parameters_find(&driver->parameters, name);
    return found != NULL && found->type == JackParamUInt
               ? (long long)rtj_server_value(core, found, &is_set).ui
               : fallback;
}

static const char *const common[][2] = {{"rate", "samplerate"},
                                        {"period", "blocksize"}};

/* Take samplerate and blocksize out of `rest`. */
static int wish_given_common(rtj_wishes *wishes, PyObject *rest)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(common); i++) {
        PyObject *value = PyDict_GetItemString(rest, common[i][1]); /* borrowed */
        if (value != NULL &&
            (wish_common(wishes, common[i][0], value, common[i][1], 0) < 0 ||
             PyDict_DelItemString(rest, common[i][1]) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int wish_some(rtj_wishes *wishes, PyObject *rest)
{
    PyObject *name = PyDict_GetItemString(rest, own_names[NAME]); /* borrowed */
    if (name != NULL && (wish_name(wishes, name) < 0 ||
                         PyDict_DelItemString(rest, own_names[NAME]) < 0)) {
        return -1;
    }
    return wish_given_common(wishes, rest) < 0 ? -1 : rtj_wish_keywords(wishes, rest);
}

int rtj_wish_some(rtj_wishes *wishes, PyObject *kwargs)
{
    PyObject *rest = kwargs != NULL ? PyDict_Copy(kwargs) : PyDict_New(); /* new */
    wishes->driver = rtj_server_driver(wishes->server);
    int result = rest != NULL ? wish_some(wishes, rest) : -1;
    Py_XDECREF(rest);
    return result;
}

static int wish_driver(rtj_wishes *wishes, PyObject *rest)
{
    const long long usual[] = {48000, 256};
    if (wish_given_common(wishes, rest) < 0) {
        return -1;
    }
    if (rtj_wish_keywords(wishes, rest) < 0) {
        return -1;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(common); i++) {
        long long kept = current_number(wishes->server, common[i][0], usual[i]);
        if (wish_common(wishes, common[i][0], NULL, common[i][1], kept) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The driver's name out of the arguments, borrowed; `rest` loses it. */
static PyObject *take_driver(PyObject *args, PyObject *rest)
{
    PyObject *keyword = PyDict_GetItemString(rest, own_names[DRIVER]); /* borrowed */
    Py_ssize_t given = PyTuple_GET_SIZE(args) + (keyword != NULL);
    if (given != 1) {
        PyErr_Format(PyExc_TypeError,
                     "switch_master() takes one driver and keyword arguments, got %zd "
                     "drivers",
                     given);
        return NULL;
    }
    return keyword != NULL ? keyword : PyTuple_GET_ITEM(args, 0);
}

int rtj_wish_switch(rtj_wishes *wishes, PyObject *args, PyObject *kwargs)
{
    PyObject *rest = kwargs != NULL ? PyDict_Copy(kwargs) : PyDict_New(); /* new */
    if (rest == NULL) {
        return -1;
    }
    int result = -1;
    PyObject *name = take_driver(args, rest); /* borrowed from args or kwargs */
    if (name != NULL) {
        wishes->driver = find_driver(wishes->server, name);
        if (wishes->driver != NULL &&
            (PyTuple_GET_SIZE(args) == 1 ||
             PyDict_DelItemString(rest, own_names[DRIVER]) == 0)) {
            result = wish_driver(wishes, rest);
        }
    }
    Py_DECREF(rest);
    return result;
}

/* PyJack's meaning of activate(), connect() and get_ports(), which differs from that of
 * the methods of jack.Client; each gets the global client. */
#include "py/pyjack.h"

#include <errno.h>
#include <string.h>

#include "py/args.h"
#include "py/port.h"

/* ---- connections ---- */

typedef struct port_pair {
    PyObject *names[2]; /* bytes; owned */
    rtj_port_info ports[2];
} port_pair;

static void free_ends(port_pair *ends)
{
    Py_XDECREF(ends->names[0]);
    Py_XDECREF(ends->names[1]);
}

/* Look for both ports; UsageError, as with PyJack, for one that is not there. */
static int find_ends(rtj_py_client *client, PyObject *source, PyObject *destination,
                     port_pair *ends)
{
    PyObject *given[2] = {source, destination};
    static const char *const what[2] = {"source", "destination"};
    memset(ends, 0, sizeof *ends);
    for (int i = 0; i < 2; i++) {
        rtj_error error;
        rtj_status status;
        ends->names[i] =
            rtj_port_name_bytes(client->state, client->core, given[i], what[i]);
        if (ends->names[i] == NULL) {
            return -1;
        }
        const char *name = PyBytes_AS_STRING(ends->names[i]);
        Py_BEGIN_ALLOW_THREADS
        status = rtj_port_find(client->core, name, &ends->ports[i], &error);
        Py_END_ALLOW_THREADS
        if (status == RTJ_FAILED) {
            PyErr_Format(client->state->UsageError, "the %s port %R does not exist",
                         what[i], given[i]);
        } else if (status != RTJ_OK) {
            (void)rtj_raise(client->state, &error);
        }
        if (status != RTJ_OK) {
            return -1;
        }
    }
    return 0;
}

static int check_directions(const rtj_state *state, const port_pair *ends)
{
    if ((ends->ports[0].flags & JackPortIsOutput) == 0 ||
        (ends->ports[1].flags & JackPortIsInput) == 0) {
        PyErr_Format(state->JackError,
                     "can't connect '%s' -> '%s': from an output port to an input port",
                     PyBytes_AS_STRING(ends->names[0]),
                     PyBytes_AS_STRING(ends->names[1]));
        return -1;
    }
    return 0;
}

/* 0, or -1: once they are there and of the right kind. */
static int connect_now(rtj_py_client *client, const port_pair *ends)
{
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connect(client->core, PyBytes_AS_STRING(ends->names[0]),
                               PyBytes_AS_STRING(ends->names[1]), &error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_OK || (status == RTJ_CODE && error.code == EEXIST)) {
        return 0;
    }
    (void)rtj_raise(client->state, &error);
    return -1;
}

static PyObject *connect_ports(rtj_py_client *client, PyObject *source,
                               PyObject *destination)
{
    port_pair ends;
    int result = find_ends(client, source, destination, &ends);
    int mine = result == 0 && (ends.ports[0].mine || ends.ports[1].mine);
    if (result == 0 && mine && !rtj_client_is_active(client->core)) {
        PyObject *pair = Py_BuildValue("(NN)", rtj_decode(ends.ports[0].name),
                                       rtj_decode(ends.ports[1].name));
        result = pair != NULL ? check_directions(client->state, &ends) : -1;
        result = result == 0 ? rtj_pyjack_want(client, pair) : -1;
        Py_XDECREF(pair);
    } else if (result == 0) {
        result = connect_now(client, &ends);
    }
    free_ends(&ends);
    return result == 0 ? Py_NewRef(Py_None) : NULL;
}

/* 1 or 0; -1 with an exception. */
static int are_connected(rtj_py_client *client, const port_pair *ends)
{
    rtj_port_list *list;
    rtj_error error;
    rtj_status status;
    int connected = 0;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_ports_connected(client->core, ends->ports[0].handle, 0, &list, &error);
    if (status == RTJ_OK) {
        for (size_t i = 0; i < list->count; i++) {
            connected |= list->ports[i].handle == ends->ports[1].handle;
        }
        rtj_port_list_free(list);
    }
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        (void)rtj_raise(client->state, &error);
        return -1;
    }
    return connected;
}

static PyObject *disconnect_ports(rtj_py_client *client, PyObject *source,
                                  PyObject *destination)
{
    port_pair ends;
    int result = find_ends(client, source, destination, &ends);
    PyObject *pair = result == 0 ? Py_BuildValue("(NN)", rtj_decode(ends.ports[0].name),
                                                 rtj_decode(ends.ports[1].name))
                                 : NULL;
    result = pair != NULL ? rtj_pyjack_unwant(client, pair) : -1;
    Py_XDECREF(pair);
    int connected = result == 0 ? are_connected(client, &ends) : -1;
    rtj_error error;
    rtj_status status = RTJ_OK;
    if (connected > 0) {
        Py_BEGIN_ALLOW_THREADS
        status = rtj_ports_disconnect(client->core, PyBytes_AS_STRING(ends.names[0]),
                                      PyBytes_AS_STRING(ends.names[1]), &error);
        Py_END_ALLOW_THREADS
    }
    free_ends(&ends);
    if (status != RTJ_OK) {
        return rtj_raise(client->state, &error);
    }
    return connected >= 0 ? Py_NewRef(Py_None) : NULL;
}

typedef PyObject *pair_function(rtj_py_client *client, PyObject *source,
                                PyObject *destination);

static PyObject *with_pair(PyObject *client, const char *name, pair_function *function,
                           PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"source", "destination"};
    rtj_signature signature = {name, names, 2, 2, 2};
    PyObject *values[2];
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0) {
        return NULL;
    }
    return function((rtj_py_client *)client, values[0], values[1]);
}

PyObject *rtj_pyjack_connect(PyObject *client, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    return with_pair(client, "connect", connect_ports, args, nargs, kwnames);
}

PyObject *rtj_pyjack_disconnect(PyObject *client, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    return with_pair(client, "disconnect", disconnect_ports, args, nargs, kwnames);
}

/* ---- finding ports ---- */

static PyObject *optional_bytes(PyObject *value, const char *what)
{
    return value == NULL || value == Py_None ? PyBytes_FromStringAndSize(NULL, 0)
                                             : rtj_encode(value, what);
}

PyObject *rtj_pyjack_get_ports(PyObject *object, PyObject *const *args,
                               Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"port_name_pattern", "type_name_pattern",
                                        "flags"};
    static const rtj_signature signature = {"get_ports", names, 3, 0, 3};
    rtj_py_client *client = (rtj_py_client *)object;
    PyObject *values[3];
    int64_t flags = 0;
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        (values[2] != NULL &&
         rtj_as_int64(values[2], "flags", 0, INT32_MAX, &flags) < 0)) {
        return NULL;
    }
    PyObject *pattern = optional_bytes(values[0], names[0]);
    PyObject *type = pattern != NULL ? optional_bytes(values[1], names[1]) : NULL;
    rtj_port_list *list = NULL;
    rtj_error error;
    rtj_status status = RTJ_OK;
    if (type != NULL) {
        Py_BEGIN_ALLOW_THREADS
        status = rtj_ports_find(client->core, PyBytes_AS_STRING(pattern), 0,
                                PyBytes_AS_STRING(type), (unsigned long)flags, &list,
                                &error);
        Py_END_ALLOW_THREADS
    }
    Py_XDECREF(pattern);
    Py_XDECREF(type);
    if (status != RTJ_OK) {
        return rtj_raise(client->state, &error);
    }
    PyObject *found = list != NULL ? rtj_pyjack_names(list) : NULL;
    rtj_port_list_free(list);
    return found;
}

/* ---- activation ---- */

static int connect_wanted(rtj_py_client *client)
{
    PyObject *wanted = rtj_pyjack_take_wanted(client);
    for (Py_ssize_t i = 0; wanted != NULL && i < PyList_GET_SIZE(wanted); i++) {
        PyObject *pair = PyList_GET_ITEM(wanted, i);
        PyObject *result =
            connect_ports(client, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        if (result == NULL) {
            Py_CLEAR(wanted);
            break;
        }
        Py_DECREF(result);
    }
    Py_XDECREF(wanted);
    return wanted != NULL ? 0 : -1;
}

PyObject *rtj_pyjack_activate(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames)
{
    static const rtj_signature signature = {"activate", NULL, 0, 0, 0};
    rtj_py_client *client = (rtj_py_client *)object;
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    if (rtj_client_is_active(client->core)) {
        PyErr_SetString(client->state->UsageError, "the client is active already");
        return NULL;
    }
    PyObject *result = PyObject_CallMethod(object, "activate", NULL);
    if (result != NULL && connect_wanted(client) < 0) {
        Py_CLEAR(result);
    }
    return result;
}

PyObject *rtj_pyjack_deactivate(PyObject *object, PyObject *const *args,
                                Py_ssize_t nargs, PyObject *kwnames)
{
    static const rtj_signature signature = {"deactivate", NULL, 0, 0, 0};
    rtj_py_client *client = (rtj_py_client *)object;
    if (rtj_parse(&signature, args, nargs, kwnames, NULL) < 0) {
        return NULL;
    }
    if (!rtj_client_is_active(client->core)) {
        PyErr_SetString(client->state->UsageError, "the client is not active");
        return NULL;
    }
    return PyObject_CallMethod(object, "deactivate", "O", Py_False);
}

/* What server.c and server_parameters.c share. */
#ifndef RTJ_PY_SERVER_H
#define RTJ_PY_SERVER_H

#include "core/server.h"
#include "py/module.h"

/* What a call wants to set.  Start with zeroes; end with rtj_wishes_clear(). */
typedef struct rtj_wishes {
    rtj_server *server;       /* borrowed */
    const rtj_driver *driver; /* the one that is to be set up */
    const char *function;     /* who asks, for messages */
    const char *kind;         /* what `driver` is; NULL: a driver */
    int driver_only;          /* the server's own parameters can't be set now */
    rtj_setting *items;
    size_t count, room;
} rtj_wishes;

void rtj_wishes_clear(rtj_wishes *wishes);

/* Wish that the parameter called `name` (libjackserver's name) of the driver or of the
 * server gets `value`, which the caller knows as `what`.  0, or -1 with TypeError or
 * ValueError; also when the parameter was wished for already. */
int rtj_wish(rtj_wishes *wishes, const rtj_parameter *parameter, PyObject *value,
             const char *what);

/* The same for the keyword arguments in the dict `keywords`. */
int rtj_wish_keywords(rtj_wishes *wishes, PyObject *keywords);

/* The parameter with that keyword; NULL with TypeError, which lists them. */
const rtj_parameter *rtj_wish_find(const rtj_wishes *wishes, PyObject *keyword);

/* Whether `parameter` is wished for. */
int rtj_wished(const rtj_wishes *wishes, const rtj_parameter *parameter);

/* The arguments of Server() as wishes; sets `wishes->driver`.  0, or -1 with an
 * exception. */
int rtj_wish_all(rtj_wishes *wishes, PyObject *args, PyObject *kwargs);
/* The same for Server.switch_master(). */
int rtj_wish_switch(rtj_wishes *wishes, PyObject *args, PyObject *kwargs);

/* The same for Server.configure() and the driver that is set already. */
int rtj_wish_some(rtj_wishes *wishes, PyObject *kwargs);

/* A parameter's value as Python has it. */
PyObject *rtj_parameter_value_object(const rtj_parameter *parameter,
                                     const rtj_parameter_value *value);

/* The dict of ServerParameter objects of the server and its driver. */
PyObject *rtj_server_parameter_dict(rtj_state *state, rtj_server *server);

/* The dict of `parameters`, which are something else's (`of`). */
PyObject *rtj_parameter_dict(rtj_state *state, rtj_server *server,
                             const rtj_parameters *parameters, const char *of);

/* The engine's object; NULL with JackError when it was never initialised. */
rtj_server *rtj_py_server_core(PyObject *self);

/* server_control.c: methods beside those of its life. */
extern PyMethodDef rtj_server_control_methods[];
PyObject *rtj_py_server_internals(PyObject *self, void *unused);
PyObject *rtj_py_server_slaves(PyObject *self, void *unused);

/* Make the type ServerParameter. */
int rtj_add_server_parameter(PyObject *module, rtj_state *state);

#endif

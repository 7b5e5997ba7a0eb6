/* The struct of jack.Client, for the files that make the type up; nobody else's. */
#ifndef RTJ_PY_CLIENT_IMPL_H
#define RTJ_PY_CLIENT_IMPL_H

#include "py/callbacks.h"
#include "py/client.h"

typedef struct rtj_py_client {
    PyObject_HEAD
    rtj_state *state;         /* borrowed; the type keeps the module */
    rtj_client *core;         /* strong; NULL until opened */
    rtj_callbacks *callbacks; /* owned; NULL until opened */
    PyObject *status;         /* Status */
    PyObject *inports;        /* Ports */
    PyObject *outports;
    PyObject *midi_inports;
    PyObject *midi_outports;
    PyObject *own_ports; /* dict: libjack's handle as int -> the registered port */
    PyObject *nodes;     /* set of Node: those that may run; py/node.h */
    struct rtj_pyjack *pyjack;             /* owned; py/pyjack.h */
    PyObject *isolated;                    /* IsolatedCallback; NULL for none */
    struct rtj_native_keep *native_thread; /* owned; py/processthread.h */
    PyObject *dict;
    PyObject *weaklist;
} rtj_py_client;

/* Patience for what a living server answers at once, in seconds. */
#define RTJ_PATIENCE 10.0
/* Opening may start a server, which takes its time. */
#define RTJ_OPEN_PATIENCE 30.0

/* The core of an open client, else NULL with JackError. */
rtj_client *rtj_py_client_core(rtj_py_client *self);

/* Enter libjack with the client's handle; NULL with JackError.  Leave with
 * rtj_client_leave(self->core). */
jack_client_t *rtj_py_client_enter(rtj_py_client *self);

/* The same for calling `function`: NULL with NotSupportedError when the loaded library
 * lacks it. */
#define RTJ_PY_ENTER(self, function)                                                   \
    rtj_py_client_enter_for((self),                                                    \
                            (self)->core == NULL ||                                    \
                                rtj_client_lib((self)->core)->function != NULL,        \
                            #function)
jack_client_t *rtj_py_client_enter_for(rtj_py_client *self, int present,
                                       const char *function);

/* Close the engine's client with the GIL released; what libjack said is in `error`.
 * Frees the callbacks once no thread can be in there. */
rtj_status rtj_py_client_close(rtj_py_client *self, rtj_error *error);

/* Of one that nobody can reach any more: close it, elsewhere when this is a callback of
 * JACK's; then free what it has left, or leave that alone for good when a thread of
 * libjack's might still come. */
void rtj_py_client_finalize(PyObject *self);
void rtj_py_client_end(rtj_py_client *self);

/* What set of methods and attributes the other files bring to the type. */
extern PyMethodDef rtj_client_closing_methods[];   /* client_close.c */
extern PyMethodDef rtj_client_life_methods[];      /* client_attributes.c */
extern PyMethodDef rtj_client_graph_methods[];     /* client_graph.c */
extern PyMethodDef rtj_client_transport_methods[]; /* client_transport.c */
extern PyMethodDef rtj_client_stats_methods[];     /* client_stats.c */
extern PyMethodDef rtj_client_time_methods[];      /* client_time.c */
extern PyMethodDef rtj_client_server_methods[];    /* client_server.c */
extern PyMethodDef rtj_client_internal_methods[];  /* internal.c */
extern PyMethodDef rtj_client_callback_methods[];  /* client_callbacks.c */
extern PyMethodDef rtj_client_isolated_methods[];  /* client_isolated.c */
extern PyMethodDef rtj_client_pyjack_methods[];    /* client_pyjack.c */
extern PyGetSetDef rtj_client_getset[];            /* client_attributes.c */

/* client_stats.c */
int rtj_add_client_stats(PyObject *module, rtj_state *state);
PyObject *rtj_client_get_stats(PyObject *self, void *closure);

/* client_time.c */
int rtj_add_client_time(PyObject *module, rtj_state *state);
PyObject *rtj_client_get_max_delayed_usecs(PyObject *self, void *closure);
PyObject *rtj_client_get_xrun_delayed_usecs(PyObject *self, void *closure);

/* client_threads.c */
PyObject *rtj_client_get_realtime_priority(PyObject *self, void *closure);
PyObject *rtj_client_get_max_realtime_priority(PyObject *self, void *closure);
PyObject *rtj_client_get_thread_id(PyObject *self, void *closure);

/* client_server.c */
int rtj_add_client_server(PyObject *module, rtj_state *state);

/* client_transport.c, for the table of attributes. */
PyObject *rtj_client_get_transport_state(PyObject *self, void *closure);
PyObject *rtj_client_get_transport_frame(PyObject *self, void *closure);
int rtj_client_set_transport_frame(PyObject *self, PyObject *value, void *closure);

#endif

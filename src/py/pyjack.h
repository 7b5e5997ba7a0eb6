/* PyJack's interface: its functions as methods of jack.Client, and as functions of the
 * module on one global client, which the module's state holds.
 *
 * client_pyjack.c has what asks and changes ports and server, pyjack_ports.c and
 * pyjack_process.c the exchange of audio, pyjack_events.c events and callbacks,
 * pyjack_graph.c what means something else on a jack.Client, pyjack.c the global
 * client.
 */
#ifndef RTJ_PY_PYJACK_H
#define RTJ_PY_PYJACK_H

#include "core/ports.h"
#include "py/client_impl.h"

/* A method of Client or a function of the module, METH_FASTCALL | METH_KEYWORDS. */
typedef PyObject *rtj_pyjack_function(PyObject *self, PyObject *const *args,
                                      Py_ssize_t nargs, PyObject *kwnames);

/* What a client has of its own for it; NULL in the client until the first port. */
typedef struct rtj_pyjack rtj_pyjack;

int rtj_pyjack_traverse(const rtj_pyjack *pyjack, visitproc visit, void *arg);
/* With the client closed, or never opened. */
void rtj_pyjack_free(rtj_pyjack *pyjack);

/* ---- pyjack_ports.c, pyjack_process.c: ports that take part in process() ---- */

/* Register an audio port with these JackPortFlags; it takes part from the next
 * process() on.  0, or -1 with an exception. */
int rtj_pyjack_register(rtj_py_client *client, PyObject *name, unsigned long flags);
/* The port with this short or full name, a new reference; NULL with UsageError. */
PyObject *rtj_pyjack_port(rtj_py_client *client, PyObject *name);
/* `port` is about to go: take it out, so that no cycle touches it any more.  Others
 * than those of rtj_pyjack_register() are ignored. */
int rtj_pyjack_forget(rtj_py_client *client, PyObject *port);

/* The client is about to be activated: blocks are kept from the first cycle on. */
int rtj_pyjack_start(rtj_py_client *client);
/* It is not active any more: what is kept is dropped. */
void rtj_pyjack_stop(rtj_py_client *client);

rtj_pyjack_function rtj_pyjack_process;

/* A JackError that was raised because the connection is lost or closed becomes
 * NotConnectedError. */
void rtj_pyjack_explain(rtj_py_client *client);

/* Remember, or forget, that these ports are to be connected when the client is
 * activated; 0 or -1. */
int rtj_pyjack_want(rtj_py_client *client, PyObject *pair);
int rtj_pyjack_unwant(rtj_py_client *client, PyObject *pair);
/* What is remembered, a new list of pairs; it is forgotten.  NULL on error. */
PyObject *rtj_pyjack_take_wanted(rtj_py_client *client);

/* ---- pyjack_events.c ---- */

/* Bits for the notices that came since the last call. */
unsigned rtj_pyjack_take_events(rtj_py_client *client);
/* check_events()'s dictionary; new reference. */
PyObject *rtj_pyjack_events(unsigned events);
rtj_pyjack_function rtj_pyjack_set_thread_init;
/* The module's set_*_callback(), with PyJack's arguments. */
extern PyMethodDef rtj_pyjack_callback_functions[];

/* ---- client_pyjack.c: of these, what the module has under the same name ---- */

rtj_pyjack_function rtj_pyjack_register_port;
rtj_pyjack_function rtj_pyjack_unregister_port;
rtj_pyjack_function rtj_pyjack_get_port_flags;
rtj_pyjack_function rtj_pyjack_get_connections;
rtj_pyjack_function rtj_pyjack_get_port_short_name;
rtj_pyjack_function rtj_pyjack_get_port_type;
rtj_pyjack_function rtj_pyjack_get_port_type_id;
rtj_pyjack_function rtj_pyjack_port_is_mine;
rtj_pyjack_function rtj_pyjack_get_client_name;
rtj_pyjack_function rtj_pyjack_get_buffer_size;
rtj_pyjack_function rtj_pyjack_set_buffer_size;
rtj_pyjack_function rtj_pyjack_get_sample_rate;
rtj_pyjack_function rtj_pyjack_get_frame_time;
rtj_pyjack_function rtj_pyjack_get_current_transport_frame;
rtj_pyjack_function rtj_pyjack_get_transport_state;
rtj_pyjack_function rtj_pyjack_get_cpu_load;
rtj_pyjack_function rtj_pyjack_is_realtime;
/* The ports' names, a new list of str. */
PyObject *rtj_pyjack_names(const rtj_port_list *list);

/* ---- pyjack_graph.c: on the global client only ---- */

rtj_pyjack_function rtj_pyjack_activate;
rtj_pyjack_function rtj_pyjack_deactivate;
rtj_pyjack_function rtj_pyjack_connect;
rtj_pyjack_function rtj_pyjack_disconnect;
rtj_pyjack_function rtj_pyjack_get_ports;

/* ---- pyjack.c ---- */

/* The global client, a new reference; NULL with NotConnectedError. */
PyObject *rtj_pyjack_global(PyObject *module);
int rtj_add_pyjack(PyObject *module);

#endif

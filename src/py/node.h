/* What jack.Node and its kin share: handles of what runs in the audio thread.
 *
 * The client holds its nodes in a set until they are closed or have finished, so that a
 * program need not keep the handle of what it started.
 */
#ifndef RTJ_PY_NODE_H
#define RTJ_PY_NODE_H

#include "core/units.h"
#include "py/client_impl.h"
#include "py/port.h"
#include "rt/wake.h"

typedef struct rtj_py_node {
    PyObject_HEAD
    rtj_state *state; /* borrowed; the type keeps the module */
    PyObject *client; /* strong: a Client */
    rtj_unit *unit;   /* owned; NULL only while being made */
    void *data;       /* of the unit: what the type knows it to be */
    PyObject *keep;   /* what the audio thread uses; goes when the unit is closed */
    Py_buffer view;   /* likewise; view.obj is NULL when there is none */
    PyObject *result; /* Transfer: the array that is recorded to, and `view` is of */
    rtj_wake wake; /* where it can finish; open until the audio thread can't set it */
    int abandoned; /* the client was closed before it was over */
    uint32_t samplerate; /* Transfer: the server's when it was made, in Hz */
    double frequency;    /* Tone */
    int (*finished)(const struct rtj_py_node *node); /* may be NULL: never */
} rtj_py_node;

/* A node of `type` with a unit as planned, not running yet; new reference. */
rtj_py_node *rtj_node_new(PyTypeObject *type, PyObject *client,
                          const rtj_unit_plan *plan);

/* Let it run; steals `node` and returns it, or NULL with an exception. */
PyObject *rtj_node_start(rtj_py_node *node);

/* Memory of the unit's; NULL with MemoryError. */
void *rtj_node_memory(rtj_py_node *node, size_t size);

/* Run it no more; 0, or -1 with an exception. */
int rtj_node_close(rtj_py_node *node);

/* Methods of those that can finish, with `finished` and `wake` set: wait(timeout)
 * (METH_FASTCALL | METH_KEYWORDS), fileno(), and __await__(), which gives `result`. */
PyObject *rtj_node_wait(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames);
PyObject *rtj_node_fileno(PyObject *self, PyObject *unused);
PyObject *rtj_node_await(PyObject *self);

/* Close all of a client's nodes, once it is closed itself.  No exception. */
void rtj_nodes_end(rtj_py_client *client);

/* Audio ports of the client itself, named `what` in errors. */
typedef struct rtj_port_handles {
    jack_port_t **list; /* owned */
    uint32_t count;
} rtj_port_handles;

/* `ports` is a port or a sequence of ports, each an OwnPort or its name; None for all
 * ports.  `flag` is JackPortIsInput or JackPortIsOutput; 0: either, by object or full
 * name.  0, or -1 with TypeError, ValueError or JackError. */
int rtj_port_handles_read(rtj_port_handles *handles, PyObject *client, PyObject *ports,
                          int flag, const char *what);
void rtj_port_handles_free(rtj_port_handles *handles);

/* A number for the audio thread, else -1 with TypeError or ValueError. */
int rtj_as_float(PyObject *value, const char *what, double low, double high,
                 double *result);

/* Nodes by what they do, running; new references.  `ports` and `output` are as above.
 */
PyObject *rtj_tone_open(PyObject *client, PyObject *ports, double frequency,
                        double amplitude);
PyObject *rtj_silence_open(PyObject *client, PyObject *ports);
PyObject *rtj_meter_open(PyObject *client, PyObject *ports);
PyObject *rtj_mixer_open(PyObject *client, PyObject *inputs, PyObject *outputs,
                         PyObject *gains);

/* Play `data` (NULL: nothing) to `mapping`, and record `frames` frames (0: none) from
 * `channels`; `at` and `loop` as for Client.play(). */
typedef struct rtj_transfer_plan {
    PyObject *data;
    PyObject *mapping;
    PyObject *channels;
    PyObject *at;
    uint64_t frames; /* UINT64_MAX: as many as data has */
    int loop;
} rtj_transfer_plan;
PyObject *rtj_transfer_open(PyObject *client, const rtj_transfer_plan *plan);

/* native.c: a method of Client (METH_FASTCALL | METH_KEYWORDS). */
PyObject *rtj_client_set_native_callback(PyObject *client, PyObject *const *args,
                                         Py_ssize_t nargs, PyObject *kwnames);

/* What the other files bring. */
extern PyMethodDef rtj_client_native_methods[]; /* client_native.c */
extern PyMethodDef rtj_client_play_methods[];   /* client_play.c */
int rtj_add_native(PyObject *module, rtj_state *state);
int rtj_add_builtin_nodes(PyObject *module, rtj_state *state);
int rtj_add_transfer(PyObject *module, rtj_state *state);

#endif

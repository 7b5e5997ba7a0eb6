/* jack.Stream, for the files that make the type up, and Client.open_stream(). */
#ifndef RTJ_PY_STREAM_H
#define RTJ_PY_STREAM_H

#include "py/flow.h"
#include "py/switching.h"

typedef struct rtj_py_stream {
    PyObject_HEAD
    rtj_state *state;  /* borrowed; the type keeps the module */
    rtj_flow *flow;    /* strong; NULL only while being made */
    PyObject *client;  /* Client */
    PyObject *inports; /* tuple of OwnPort, registered by the stream */
    PyObject *outports;
    uint32_t lookahead;
    rtj_switch_wish wish; /* in the client's list while the stream is open */
} rtj_py_stream;

/* A method of Client (METH_FASTCALL | METH_KEYWORDS). */
PyObject *rtj_client_open_stream(PyObject *self, PyObject *const *args,
                                 Py_ssize_t nargs, PyObject *kwnames);

/* stream_open.c: unregister the ports of a tuple that are still there.  A JackError
 * says that one is gone with its client; another exception ends it. */
int rtj_stream_unregister(const rtj_state *state, PyObject *ports);

/* The same where nothing can be raised; an exception of before stays. */
void rtj_stream_drop_ports(const rtj_state *state, PyObject *ports);

/* stream_open.c: the interpreter's switch interval is no affair of the stream's now. */
void rtj_stream_forget_wish(rtj_py_stream *self);

/* stream_attributes.c */
extern PyGetSetDef rtj_stream_getset[];
PyObject *rtj_stream_aread(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *rtj_stream_awrite(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *rtj_stream_fileno(PyObject *self, PyObject *unused);
PyObject *rtj_stream_write_fileno(PyObject *self, PyObject *unused);
int rtj_add_stream_stats(PyObject *module, rtj_state *state);

#endif

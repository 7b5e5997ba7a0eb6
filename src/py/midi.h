/* MIDI outside the process callback: OwnMidiPort.send(), receive() and their kin, for
 * the table of the type's methods.
 */
#ifndef RTJ_PY_MIDI_H
#define RTJ_PY_MIDI_H

#include "py/port.h"

/* midiport.c: 0 when the library has all of MIDI, else -1 with NotSupportedError. */
int rtj_midi_require_library(const rtj_port *port);
/* (time, data), or NULL with an exception; steals `data`, which may be NULL. */
PyObject *rtj_midi_event_pair(uint32_t frame, PyObject *data);
/* The bytes of an event: a buffer or a sequence of ints; new reference to bytes. */
PyObject *rtj_midi_event_bytes(PyObject *event);

/* midisend.c; METH_FASTCALL | METH_KEYWORDS */
PyObject *rtj_midi_send(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames);

/* midireceive.c; the first METH_FASTCALL | METH_KEYWORDS, the others METH_NOARGS */
PyObject *rtj_midi_receive(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames);
PyObject *rtj_midi_areceive(PyObject *self, PyObject *unused);
PyObject *rtj_midi_iter_pending(PyObject *self, PyObject *unused);
PyObject *rtj_midi_fileno(PyObject *self, PyObject *unused);
PyObject *rtj_midi_iter(PyObject *self);  /* tp_iter */
PyObject *rtj_midi_aiter(PyObject *self); /* am_aiter */

/* midistats.c */
PyObject *rtj_midi_get_stats(PyObject *self, void *closure);
int rtj_add_midi_stats(PyObject *module, rtj_state *state);

/* midisend.c: the port was unregistered; its object goes.  No exception; the GIL is
 * released meanwhile. */
void rtj_midi_port_close(rtj_port *port);
void rtj_midi_port_free(rtj_port *port);

#endif

/* The struct of all port types, and how the face makes ports. */
#ifndef RTJ_PY_PORT_H
#define RTJ_PY_PORT_H

#include <stdatomic.h>

#include "core/ports.h"
#include "py/module.h"

enum { RTJ_VIEWS = 4 }; /* JACK alternates between few buffers for a port */

/* What Python was given over one of JACK's buffers, to be given again when JACK comes
 * with the same pointer. */
typedef struct rtj_view {
    void *memory;
    Py_ssize_t size; /* bytes */
    PyObject *buffer;
    PyObject *array; /* NULL until get_array() */
} rtj_view;

/* Port, MidiPort, UnknownPort, OwnPort and OwnMidiPort share this layout, so that
 * OwnMidiPort can have two bases. */
typedef struct rtj_port {
    PyObject_HEAD
    rtj_state *state;    /* borrowed; the type keeps the module */
    PyObject *client;    /* strong: a port keeps its client alive */
    rtj_client *core;    /* strong: outlives a client that the collector takes */
    jack_port_t *handle; /* libjack's */
    PyObject *name;      /* str: the full name when last looked at */
    int flags;
    rtj_port_type type;
    int unregistered; /* own ports only, and of those that nothing is known of */
    int told; /* by an event: it may be looked at when the client is closed, too */
    int has_uuid;
    uint64_t uuid;
    PyObject *hold;       /* own ports: keeps JACK's memory mapped while views live */
    PyObject *block_hold; /* likewise: keeps a detached block's memory */
    size_t block_hint;    /* where the port was in the last such block */
    rtj_view views[RTJ_VIEWS];
    int next_view; /* the one to be replaced next */
    /* Own MIDI ports: owned; NULL until first used, then the same until the end. */
    _Atomic(struct rtj_midi_sender *) sender;
    _Atomic(struct rtj_midi_receiver *) receiver;
    PyObject *dict;
    PyObject *weaklist;
} rtj_port;

/* A port object of the fitting type: the very OwnPort that was registered for own
 * ports, a new object for others.  `client` is a jack.Client. */
PyObject *rtj_port_wrap(PyObject *client, const rtj_port_info *info);
/* The same for a port just registered, whose handle another one may have had before. */
PyObject *rtj_port_wrap_new(PyObject *client, const rtj_port_info *info);

/* JACK1 may tell of a port before it has given the handle by which it is registered; a
 * callback was given it by another handle then.  That object is the port called `name`
 * from now on; NULL with or without an exception when there is none. */
PyObject *rtj_own_port_adopt(PyObject *client, const rtj_port_info *info,
                             PyObject *name);

/* The same for one of another type than audio and MIDI: an OwnPort. */
PyObject *rtj_port_wrap_other(PyObject *client, const rtj_port_info *info);

/* The list of ports as Python objects; frees `list`. */
PyObject *rtj_port_list_wrap(PyObject *client, rtj_port_list *list);

/* The full name now, a new reference; the last known when the port is gone.  NULL with
 * JackError when the client is closed. */
PyObject *rtj_port_name_of(rtj_port *port);

/* The full name as it was last seen: another thread may give the port another one at
 * any time.  New reference; rtj_port_keep_name() takes one. */
PyObject *rtj_port_last_name(const rtj_port *port);
void rtj_port_keep_name(rtj_port *port, PyObject *name);

/* Raise JackError; `format` has one %R, for the name. */
void rtj_port_refuse(const rtj_port *port, const char *format);

/* 0 when the port exists, else -1 with JackError. */
int rtj_port_require(rtj_port *port);

/* A str, or a Port of a client of the same server, as a full name (new bytes), for
 * connect() and its kin. */
PyObject *rtj_port_name_bytes(rtj_state *state, rtj_client *core, PyObject *port,
                              const char *what);

/* A str or a Port as libjack's handle; 0, or -1 with an exception. */
int rtj_port_handle_of(PyObject *client, PyObject *port, jack_port_t **handle);

/* Stays through renaming, the same for every client of a server; 0 when unknown. */
uint64_t rtj_port_uuid(rtj_port *port);

/* Drop what was handed out over JACK's buffers, when the client closes. */
void rtj_port_drop_views(rtj_port *port);

/* ownport.c: the port's buffer in this cycle; NULL with JackError.  It stays mapped as
 * long as `*keep` (borrowed) is held. */
void *rtj_port_memory(rtj_port *port, uint32_t *frames, PyObject **keep);

/* The parts of the port types that live in ownport.c and midiport.c. */
int rtj_add_own_ports(PyObject *module, rtj_state *state);
int rtj_add_midi_ports(PyObject *module, rtj_state *state);

/* port_latency.c: for the tables of methods and attributes. */
int rtj_add_port_latency(PyObject *module, rtj_state *state);
PyObject *rtj_port_latency_range(PyObject *self, PyObject *mode);
PyObject *rtj_port_set_latency_range(PyObject *self, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames);
PyObject *rtj_port_get_total_latency(PyObject *self, void *closure);

/* port_attributes.c */
extern PyMethodDef rtj_port_methods[];
extern PyGetSetDef rtj_port_getset[];

#endif

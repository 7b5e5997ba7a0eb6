/* What the files of the CPython face share: the module's state and who makes which
 * type.
 *
 * Each type lives in one file with its struct; a file's `rtj_add_<thing>()` creates its
 * types, stores them in the state and adds them to the module.  Docstrings, with their
 * text signatures, come from src/jack/_jack.pyi through the generated "docstrings.h":
 * DOC_<function>, DOC_<Class>, DOC_<Class>_<member>.
 */
#ifndef RTJ_PY_MODULE_H
#define RTJ_PY_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <structmember.h>

#include "core/error.h"
#include "rt/wake.h"

/* switching.c: the clients for which the interpreter's switch interval is lowered. */
typedef struct rtj_switch_list {
    struct rtj_callbacks *first;
    unsigned long found; /* microseconds, before we set it */
    unsigned long set;   /* what we set; 0: the interval is not ours */
} rtj_switch_list;

/* One per module object, that is per interpreter.  All references are strong. */
typedef struct rtj_state {
    PyInterpreterState *interpreter; /* borrowed; outlives the module */

    /* errors.c */
    PyObject *JackError;
    PyObject *JackErrorCode;
    PyObject *JackOpenError;
    PyObject *LibraryNotFoundError;
    PyObject *NotSupportedError;
    PyObject *UsageError;
    PyObject *NotConnectedError;
    PyObject *LinkLostError;
    PyObject *InputSyncError;
    PyObject *OutputSyncError;
    PyObject *IsolatedError;
    PyObject *CallbackExit;

    PyTypeObject *Buffer;         /* buffer.c */
    PyTypeObject *RingBuffer;     /* ringbuffer.c */
    PyTypeObject *UUID;           /* uuid.c */
    PyTypeObject *Status;         /* status.c */
    PyTypeObject *TransportState; /* status.c */
    PyTypeObject *Position;       /* position.c */
    PyTypeObject *Client;         /* client.c */
    PyTypeObject *Ports;          /* ports.c */
    PyTypeObject *Port;           /* port.c */
    PyTypeObject *MidiPort;       /* port.c */
    PyTypeObject *UnknownPort;    /* port.c */
    PyTypeObject *OwnPort;        /* ownport.c */
    PyTypeObject *OwnMidiPort;    /* midiport.c */
    PyTypeObject *MidiEvents;     /* midiport.c: what incoming_midi_events() iterates */
    PyTypeObject *MidiPortStats;  /* midistats.c */
    PyTypeObject *Stream;         /* stream.c */
    PyTypeObject *ClientStats;    /* client_stats.c */
    PyTypeObject *CycleTimes;     /* client_time.c */
    PyTypeObject *LatencyRange;   /* port_latency.c */
    PyTypeObject *SessionCommand; /* client_session.c */
    PyTypeObject *InternalClient; /* internal.c */
    PyTypeObject *Thread;         /* thread.c */
    PyTypeObject *StreamStats;    /* stream_attributes.c */
    PyTypeObject *IsolatedCallback;   /* isolated_handle.c */
    PyTypeObject *IsolatedIO;         /* isolated_io.c */
    PyTypeObject *IsolatedMidiInput;  /* isolated_midi.c */
    PyTypeObject *IsolatedMidiOutput; /* isolated_midi.c */
    PyTypeObject *Node;               /* node.c */
    PyTypeObject *NativeCallback;     /* native.c */
    PyTypeObject *Tone;               /* builtin_nodes.c */
    PyTypeObject *Meter;              /* builtin_nodes.c */
    PyTypeObject *Mixer;              /* builtin_nodes.c */
    PyTypeObject *Transfer;           /* transfer.c */
    PyTypeObject *Event;              /* event.c */
    PyTypeObject *EventQueue;         /* eventqueue.c */
    PyTypeObject *Server;             /* server.c */
    PyTypeObject *ServerParameter;    /* server_parameters.c */
    PyTypeObject *NetSlave;           /* netslave.c */
    PyTypeObject *NetMaster;          /* netmaster.c */
    PyTypeObject *NetAdapter;         /* netadapter.c */

    PyObject *event_types; /* event.c: a tuple of Event's kinds by rtj_notice_kind */

    PyObject *numpy_frombuffer; /* NULL until get_array() is first called */
    PyObject *numpy_float32;
    PyObject *numpy_empty; /* NULL until audio.c needs it */

    PyObject *pyjack_client; /* pyjack.c: the global Client; NULL: not attached */
    unsigned pyjack_events;  /* RTJ_EVENT() of those before it */

    PyObject *error_function; /* set_error_function()'s; NULL: logging */
    PyObject *info_function;
    rtj_switch_list switching;
    int listens; /* log.c: whether in its list, and who comes next there; its lock's */
    struct rtj_state *next_listener;

    pthread_mutex_t isolated_lock; /* isolated.c */
    struct rtj_isolated *isolated; /* under it: those that have not ended; strong */
    int is_endless; /* module.c: one of them does not return, at the program's end */
} rtj_state;

extern struct PyModuleDef rtj_module;

/* No GIL: close and end what the interpreter has open, clients, isolated callbacks and
 * servers, with the threads of JACK's that call Python in it.  RTJ_TIMEOUT when an
 * isolated callback does not return. */
rtj_status rtj_close_all(rtj_state *state, rtj_error *error);

static inline rtj_state *rtj_state_of_module(PyObject *module)
{
    return (rtj_state *)PyModule_GetState(module);
}

/* The state for an instance of any of our types or of a subclass. */
static inline rtj_state *rtj_state_of(PyTypeObject *type)
{
    return rtj_state_of_module(PyType_GetModuleByDef(type, &rtj_module));
}

/* 0, or -1 with an exception.  In the order in which the module calls them. */
int rtj_add_errors(PyObject *module, rtj_state *state);
int rtj_add_constants(PyObject *module);
int rtj_add_uuid(PyObject *module, rtj_state *state);
int rtj_add_status(PyObject *module, rtj_state *state);
int rtj_add_position(PyObject *module, rtj_state *state);
int rtj_add_buffer(PyObject *module, rtj_state *state);
int rtj_add_ringbuffer(PyObject *module, rtj_state *state);
int rtj_add_ports(PyObject *module, rtj_state *state);      /* Port and its kin */
int rtj_add_port_lists(PyObject *module, rtj_state *state); /* Ports */
int rtj_add_client(PyObject *module, rtj_state *state);
int rtj_add_internal(PyObject *module, rtj_state *state); /* InternalClient */
int rtj_add_thread(PyObject *module, rtj_state *state);   /* Thread */
int rtj_add_stream(PyObject *module, rtj_state *state);
int rtj_add_isolated(PyObject *module, rtj_state *state);    /* IsolatedCallback */
int rtj_add_isolated_io(PyObject *module, rtj_state *state); /* its argument */
int rtj_add_nodes(PyObject *module, rtj_state *state);       /* Node and its kin */
int rtj_add_events(PyObject *module, rtj_state *state);      /* Event and its kinds */
int rtj_add_event_queue(PyObject *module, rtj_state *state);
int rtj_add_server(PyObject *module, rtj_state *state);
int rtj_add_netslave(PyObject *module, rtj_state *state);
int rtj_add_netmaster(PyObject *module, rtj_state *state);
int rtj_add_netadapter(PyObject *module, rtj_state *state);
int rtj_add_functions(PyObject *module); /* functions.c: version(), client_pid(), … */
int rtj_add_realtime(PyObject *module);  /* realtime.c: acquire_…(), drop_…() */
int rtj_add_metadata(PyObject *module);  /* metadata.c: get_property(), … */
int rtj_add_pyjack(PyObject *module);    /* pyjack.c: attach(), process(), … */
int rtj_add_log(PyObject *module);       /* log.c: set_error_function(), … */

/* Create a type from `spec` with `base` (or NULL) and add it under its own name.
 * Returns a new reference that belongs to the state. */
PyTypeObject *rtj_add_type(PyObject *module, PyType_Spec *spec, PyObject *bases);

/* A type takes one table of methods from its spec; the others follow. */
int rtj_add_methods(PyTypeObject *type, PyMethodDef *methods);

/* Raise what `error` tells; always returns NULL, for `return rtj_raise(state, &error)`.
 * With RTJ_INTERRUPTED the exception is set already. */
PyObject *rtj_raise(rtj_state *state, const rtj_error *error);

/* rtj_wake_open() for `what`; -1 with an exception. */
int rtj_py_wake_open(rtj_state *state, rtj_wake *wake, const char *what);

#endif

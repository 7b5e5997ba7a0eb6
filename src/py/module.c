#include "py/module.h"

#include <stdio.h>
#include <unistd.h>

#include "core/registry.h"
#include "core/server.h"
#include "docstrings.h"
#include "py/attach.h"
#include "py/client_impl.h"
#include "py/compat.h"
#include "py/isolated.h"
#include "py/log.h"

enum { EXIT_OF_PYTHON = 120 }; /* the status when its own end fails */

/* ---- the end of the interpreter ---- */

rtj_status rtj_close_all(rtj_state *state, rtj_error *error)
{
    rtj_patience patience = {RTJ_PATIENCE, NULL, NULL}; /* Ctrl-C is no help here */
    rtj_isolated_leave_all(state);
    rtj_registry_close_all(state->interpreter, &patience);
    rtj_status status = rtj_isolated_end_all(state, error);
    rtj_server_stop_all(state->interpreter, &patience);
    return status;
}

/* Called by atexit, while threads still run: afterwards none of ours may come. */
static PyObject *close_all(PyObject *module, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of_module(module);
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_close_all(state, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        state->is_endless = 1;
        (void)rtj_raise(state, &error);
        PyErr_WriteUnraisable(NULL);
    }
    rtj_log_close(state);
    rtj_attach_end(state->interpreter);
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"_close_all", close_all, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int register_at_exit(PyObject *module)
{
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *function =
        atexit != NULL ? PyObject_GetAttrString(module, "_close_all") : NULL;
    PyObject *result = NULL;
    if (function != NULL) {
        result = PyObject_CallMethod(atexit, "register", "O", function);
    }
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

/* ---- the module ---- */

static int module_exec(PyObject *module)
{
    rtj_state *state = rtj_state_of_module(module);
    state->interpreter = PyInterpreterState_Get();
    rtj_attach_allow(state->interpreter);
    pthread_mutex_init(&state->isolated_lock, NULL);
    if (rtj_add_errors(module, state) < 0 || rtj_add_constants(module) < 0 ||
        rtj_add_uuid(module, state) < 0 || rtj_add_realtime(module) < 0 ||
        rtj_add_internal(module, state) < 0 || rtj_add_thread(module, state) < 0 ||
        rtj_add_client_server(module, state) < 0 || rtj_add_status(module, state) < 0 ||
        rtj_add_position(module, state) < 0 || rtj_add_buffer(module, state) < 0 ||
        rtj_add_ringbuffer(module, state) < 0 || rtj_add_ports(module, state) < 0 ||
        rtj_add_port_lists(module, state) < 0 || rtj_add_isolated(module, state) < 0 ||
        rtj_add_isolated_io(module, state) < 0 || rtj_add_client(module, state) < 0 ||
        rtj_add_server(module, state) < 0 || rtj_add_netslave(module, state) < 0 ||
        rtj_add_netmaster(module, state) < 0 || rtj_add_netadapter(module, state) < 0 ||
        rtj_add_nodes(module, state) < 0 || rtj_add_stream(module, state) < 0 ||
        rtj_add_events(module, state) < 0 || rtj_add_event_queue(module, state) < 0 ||
        rtj_add_functions(module) < 0 || rtj_add_metadata(module) < 0 ||
        rtj_add_log(module) < 0 || rtj_add_pyjack(module) < 0 ||
        rtj_add_compat(module) < 0) {
        return -1;
    }
    return register_at_exit(module);
}

/* Every reference in the state, for the collector and for the end. */
#define RTJ_STATE(DO)                                                                  \
    DO(JackError)                                                                      \
    DO(JackErrorCode)                                                                  \
    DO(JackOpenError)                                                                  \
    DO(LibraryNotFoundError)                                                           \
    DO(NotSupportedError)                                                              \
    DO(UsageError)                                                                     \
    DO(NotConnectedError)                                                              \
    DO(LinkLostError)                                                                  \
    DO(InputSyncError)                                                                 \
    DO(OutputSyncError)                                                                \
    DO(IsolatedError)                                                                  \
    DO(CallbackExit)                                                                   \
    DO(Buffer)                                                                         \
    DO(RingBuffer)                                                                     \
    DO(UUID)                                                                           \
    DO(Status)                                                                         \
    DO(TransportState)                                                                 \
    DO(Position)                                                                       \
    DO(Client)                                                                         \
    DO(Ports)                                                                          \
    DO(Port)                                                                           \
    DO(MidiPort)                                                                       \
    DO(UnknownPort)                                                                    \
    DO(OwnPort)                                                                        \
    DO(OwnMidiPort)                                                                    \
    DO(MidiEvents)                                                                     \
    DO(MidiPortStats)                                                                  \
    DO(IsolatedCallback)                                                               \
    DO(IsolatedIO)                                                                     \
    DO(IsolatedMidiInput)                                                              \
    DO(IsolatedMidiOutput)                                                             \
    DO(Node)                                                                           \
    DO(NativeCallback)                                                                 \
    DO(Tone)                                                                           \
    DO(Meter)                                                                          \
    DO(Mixer)                                                                          \
    DO(Transfer)                                                                       \
    DO(Event)                                                                          \
    DO(EventQueue)                                                                     \
    DO(event_types)                                                                    \
    DO(Server)                                                                         \
    DO(Stream)                                                                         \
    DO(CycleTimes)                                                                     \
    DO(LatencyRange)                                                                   \
    DO(SessionCommand)                                                                 \
    DO(InternalClient)                                                                 \
    DO(Thread)                                                                         \
    DO(ClientStats)                                                                    \
    DO(StreamStats)                                                                    \
    DO(ServerParameter)                                                                \
    DO(NetSlave)                                                                       \
    DO(NetMaster)                                                                      \
    DO(NetAdapter)                                                                     \
    DO(numpy_frombuffer)                                                               \
    DO(numpy_float32)                                                                  \
    DO(numpy_empty)                                                                    \
    DO(pyjack_client)                                                                  \
    DO(error_function)                                                                 \
    DO(info_function)

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    rtj_state *state = rtj_state_of_module(module);
#define RTJ_VISIT(field) Py_VISIT(state->field);
    RTJ_STATE(RTJ_VISIT)
#undef RTJ_VISIT
    return 0;
}

static int module_clear(PyObject *module)
{
    rtj_state *state = rtj_state_of_module(module);
#define RTJ_DROP(field) Py_CLEAR(state->field);
    RTJ_STATE(RTJ_DROP)
#undef RTJ_DROP
    return 0;
}

/* Python aborts where an interpreter is left over.  By now, late in the program's end,
 * all else that it does then is done. */
static void end_without_python(const rtj_state *state)
{
    if (state->is_endless && state->interpreter == PyInterpreterState_Main()) {
        (void)fflush(NULL);
        _exit(EXIT_OF_PYTHON);
    }
}

static void module_free(void *module)
{
    rtj_state *state = rtj_state_of_module(module);
    end_without_python(state);
    if (state->interpreter != NULL) {
        rtj_log_close(state);
        pthread_mutex_destroy(&state->isolated_lock);
    }
    (void)module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

struct PyModuleDef rtj_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "jack._jack",
    .m_doc = "The JACK Audio Connection Kit: the C part of the package jack.",
    .m_size = sizeof(rtj_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__jack(void); /* the only exported symbol */

PyMODINIT_FUNC PyInit__jack(void)
{
    return PyModuleDef_Init(&rtj_module);
}

#include "py/processthread.h"

#include "core/handover.h"
#include "docstrings.h"
#include "py/address.h"
#include "py/args.h"
#include "py/attach.h"

void rtj_native_keep_clear(rtj_native_keep *keep)
{
    if (keep->view.obj != NULL) {
        PyBuffer_Release(&keep->view);
    }
    Py_CLEAR(keep->objects);
}

/* ---- the thread ---- */

/* Call the function until it returns. */
static void run(void *context)
{
    rtj_callbacks *callbacks = context;
    rtj_callback *callback = &callbacks->slots[RTJ_SLOT_THREAD];
    PyThreadState *tstate = rtj_attach(callbacks->interpreter);
    if (tstate == NULL) {
        return;
    }
    /* Or it could be closed from in here, by the collector. */
    callbacks->thread_client = rtj_callbacks_client(callbacks);
    PyObject *function = rtj_callback_function(callbacks, callback); /* new */
    if (callbacks->thread_client != NULL && function != NULL &&
        rtj_callback_wanted(callback)) {
        PyObject *result = PyObject_CallNoArgs(function);
        if (result == NULL && !rtj_callback_failed(callbacks->state, function)) {
            atomic_store(&callback->ended, 1);
        }
        Py_XDECREF(result);
    }
    Py_XDECREF(function);
    callbacks->thread_returned = 1;
    rtj_switching_review(callbacks);
    rtj_detach(tstate);
}

/* The client may go with this, and the callbacks with it. */
static void end(void *context)
{
    rtj_callbacks *callbacks = context;
    PyInterpreterState *interpreter = callbacks->interpreter;
    if (rtj_attach(interpreter) != NULL) {
        Py_CLEAR(callbacks->thread_client);
        rtj_end_visit(interpreter);
    }
}

/* ---- setting ---- */

/* libjack has one or the other, and so have we. */
static int require_no_callback(rtj_py_client *self)
{
    if (rtj_py_client_core(self) == NULL) {
        return -1;
    }
    if (atomic_load(&self->callbacks->slots[RTJ_SLOT_PROCESS].function) != NULL) {
        PyErr_SetString(self->state->JackError,
                        "the client has a process callback; a process thread is for "
                        "clients without");
        return -1;
    }
    return 0;
}

static int set_plan(rtj_py_client *self, const rtj_thread_plan *plan)
{
    rtj_error error;
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = rtj_process_thread_set(self->core, plan, &error);
    Py_END_ALLOW_THREADS
    if (status != RTJ_OK) {
        rtj_raise(self->state, &error);
        return -1;
    }
    return 0;
}

static PyObject *client_set_thread(PyObject *object, PyObject *function)
{
    rtj_py_client *self = (rtj_py_client *)object;
    int given = function != Py_None;
    if (require_no_callback(self) < 0 ||
        (given && rtj_check_callable(function, "function") < 0)) {
        return NULL;
    }
    rtj_thread_plan plan = {.context = self->callbacks};
    if (given) {
        plan.run = run;
        plan.end = end;
    }
    if (set_plan(self, &plan) < 0) {
        return NULL;
    }
    rtj_callbacks_set(self->callbacks, RTJ_SLOT_THREAD, given ? function : NULL, 0);
    rtj_native_keep_clear(self->native_thread);
    return Py_NewRef(function);
}

static PyObject *client_set_native_thread(PyObject *object, PyObject *const *args,
                                          Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"fn", "arg"};
    static const rtj_signature signature = {"set_native_process_thread", names, 2, 1,
                                            2};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *values[2];
    rtj_thread_plan plan = {0};
    if (rtj_parse(&signature, args, nargs, kwnames, values) < 0 ||
        require_no_callback(self) < 0) {
        return NULL;
    }
    void *function = rtj_function_address(values[0]);
    if (function == NULL) {
        return NULL;
    }
    /* ISO C has no cast from void * to a function, POSIX does. */
    plan.native = (rtj_native_thread *)(uintptr_t)function;
    PyObject *argument = values[1] != NULL ? values[1] : Py_None;
    rtj_native_keep keep = {.objects = PyTuple_Pack(2, values[0], argument)};
    if (keep.objects == NULL ||
        rtj_argument_address(argument, &keep.view, &plan.argument) < 0 ||
        set_plan(self, &plan) < 0) {
        rtj_native_keep_clear(&keep);
        return NULL;
    }
    rtj_callbacks_set(self->callbacks, RTJ_SLOT_THREAD, NULL, 0);
    rtj_native_keep_clear(self->native_thread);
    *self->native_thread = keep;
    Py_RETURN_NONE;
}

/* ---- on the thread ---- */

static PyObject *client_cycle_wait(PyObject *object, PyObject *Py_UNUSED(unused))
{
    rtj_py_client *self = (rtj_py_client *)object;
    const rtj_client *core = rtj_py_client_core(self);
    rtj_error error;
    rtj_status status;
    uint32_t frames;
    if (core == NULL) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = rtj_handover_wait(core, &frames, &error);
    Py_END_ALLOW_THREADS
    if (status == RTJ_INTERRUPTED) {
        PyErr_SetString(self->state->CallbackExit, error.text);
        return NULL;
    }
    if (status != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    rtj_handover_begun(core);
    rtj_callbacks_first_block(self->callbacks, frames);
    return PyLong_FromUnsignedLong(frames);
}

static PyObject *client_cycle_signal(PyObject *object, PyObject *const *args,
                                     Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"status"};
    static const rtj_signature signature = {"cycle_signal", names, 1, 0, 1};
    rtj_py_client *self = (rtj_py_client *)object;
    PyObject *value;
    int64_t status = 0;
    rtj_error error;
    if (rtj_py_client_core(self) == NULL ||
        rtj_parse(&signature, args, nargs, kwnames, &value) < 0 ||
        (value != NULL &&
         rtj_as_int64(value, "status", INT_MIN, INT_MAX, &status) < 0)) {
        return NULL;
    }
    if (rtj_handover_signal(self->core, (int)status, &error) != RTJ_OK) {
        return rtj_raise(self->state, &error);
    }
    Py_RETURN_NONE;
}

RTJ_ONE_ARGUMENT(client_set_thread, "set_process_thread", "function")

#define RTJ_METHOD(name, function)                                                     \
    {                                                                                  \
#name, (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS, \
            DOC_Client_##name                                                          \
    }
PyMethodDef rtj_client_thread_methods[] = {
    RTJ_METHOD(set_process_thread, client_set_thread_named),
    RTJ_METHOD(set_native_process_thread, client_set_native_thread),
    {"cycle_wait", client_cycle_wait, METH_NOARGS, DOC_Client_cycle_wait},
    RTJ_METHOD(cycle_signal, client_cycle_signal),
    RTJ_METHOD(create_thread, rtj_client_create_thread),
    {NULL, NULL, 0, NULL},
};
#undef RTJ_METHOD

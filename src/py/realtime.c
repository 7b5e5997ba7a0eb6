/* The module's functions for realtime scheduling of the calling thread.
 *
 * libjack would take any thread's id, and crash for one of a thread that has ended: so
 * each thread asks for itself.
 */
#include "core/realtime.h"
#include "core/registry.h"
#include "docstrings.h"
#include "py/args.h"
#include "py/log.h"
#include "py/module.h"

#ifdef _WIN32
#define RTJ_THIS_THREAD() GetCurrentThread()
#else
#define RTJ_THIS_THREAD() pthread_self()
#endif

/* The table, and messages delivered; NULL with an exception. */
static const rtj_libjack *library(rtj_state *state)
{
    rtj_error error;
    if (rtj_log_open(state) < 0) {
        return NULL;
    }
    const rtj_libjack *lib = rtj_libjack_get(&error);
    if (lib == NULL) {
        (void)rtj_raise(state, &error);
    }
    return lib;
}

static PyObject *finish(rtj_state *state, rtj_status status, const rtj_error *error)
{
    if (status != RTJ_OK) {
        return rtj_raise(state, error);
    }
    Py_RETURN_NONE;
}

/* libjack2 asks its server how long a cycle is, through any client. */
static rtj_status acquire(int priority, rtj_error *error)
{
    rtj_client *client = rtj_registry_enter_any();
    if (client == NULL) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "realtime scheduling can be had only while this process has an "
                        "open client");
    }
    const rtj_libjack *lib = rtj_client_lib(client);
    rtj_status status = RTJ_OK;
    if (lib->jack_acquire_real_time_scheduling == NULL) {
        status = rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                          "jack_acquire_real_time_scheduling() is not in the loaded "
                          "JACK library, %s",
                          lib->name);
    } else {
        int code = rtj_realtime_acquire(lib, RTJ_THIS_THREAD(), priority);
        if (code != 0) {
            status =
                rtj_fail(error, RTJ_CODE, code,
                         "Unable to have realtime scheduling at priority %d", priority);
        }
    }
    rtj_client_leave(client);
    rtj_client_release(client);
    return status;
}

static rtj_status drop(const rtj_libjack *lib, rtj_error *error)
{
    RTJ_NEED(lib, jack_drop_real_time_scheduling, error);
    int code = rtj_realtime_drop(lib, RTJ_THIS_THREAD());
    return code == 0
               ? RTJ_OK
               : rtj_fail(error, RTJ_CODE, code, "Unable to drop realtime scheduling");
}

static PyObject *acquire_scheduling(PyObject *module, PyObject *value)
{
    rtj_state *state = rtj_state_of_module(module);
    int64_t priority;
    rtj_error error;
    if (rtj_as_int64(value, "priority", 1, 99, &priority) < 0) {
        return NULL;
    }
    rtj_status status;
    Py_BEGIN_ALLOW_THREADS
    status = acquire((int)priority, &error);
    Py_END_ALLOW_THREADS
    return finish(state, status, &error);
}

static PyObject *drop_scheduling(PyObject *module, PyObject *Py_UNUSED(unused))
{
    rtj_state *state = rtj_state_of_module(module);
    rtj_error error;
    const rtj_libjack *lib = library(state);
    return lib != NULL ? finish(state, drop(lib, &error), &error) : NULL;
}

RTJ_ONE_ARGUMENT(acquire_scheduling, "acquire_real_time_scheduling", "priority")

static PyMethodDef functions[] = {
    {"acquire_real_time_scheduling",
     (PyCFunction)(void (*)(void))acquire_scheduling_named,
     METH_FASTCALL | METH_KEYWORDS, DOC_acquire_real_time_scheduling},
    {"drop_real_time_scheduling", drop_scheduling, METH_NOARGS,
     DOC_drop_real_time_scheduling},
    {NULL, NULL, 0, NULL},
};

int rtj_add_realtime(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}

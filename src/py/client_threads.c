/* jack.Client: its threads and their priorities. */
#include "docstrings.h"
#include "py/client_impl.h"

/* -1 without realtime scheduling. */
#define RTJ_PRIORITY(attribute, function)                                              \
    PyObject *rtj_client_get_##attribute(PyObject *object, void *Py_UNUSED(closure))   \
    {                                                                                  \
        rtj_py_client *self = (rtj_py_client *)object;                                 \
        jack_client_t *handle = RTJ_PY_ENTER(self, function);                          \
        if (handle == NULL) {                                                          \
            return NULL;                                                               \
        }                                                                              \
        int priority = rtj_client_lib(self->core)->function(handle);                   \
        rtj_client_leave(self->core);                                                  \
        return PyLong_FromLong(priority);                                              \
    }
RTJ_PRIORITY(realtime_priority, jack_client_real_time_priority)
RTJ_PRIORITY(max_realtime_priority, jack_client_max_real_time_priority)
#undef RTJ_PRIORITY

PyObject *rtj_client_get_thread_id(PyObject *object, void *Py_UNUSED(closure))
{
    rtj_py_client *self = (rtj_py_client *)object;
    jack_client_t *handle = RTJ_PY_ENTER(self, jack_client_thread_id);
    if (handle == NULL) {
        return NULL;
    }
    jack_native_thread_t thread =
        rtj_client_lib(self->core)->jack_client_thread_id(handle);
    int active = rtj_client_is_active(self->core);
    rtj_client_leave(self->core);
    /* As threading.get_ident() has it.  A thread that is no more is no thread. */
    return PyLong_FromUnsignedLong(active ? (unsigned long)thread : 0);
}

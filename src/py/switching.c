#include "py/switching.h"

#include "py/callbacks.h"
#include "py/locked.h"

enum { LONGEST = 10 * 1000000 }; /* microseconds; nobody wants more than ten seconds */

int rtj_switching_of(PyObject *value, unsigned long *wish)
{
    if (value == NULL || value == Py_None) {
        *wish = value == NULL ? RTJ_SWITCH_DEFAULT : 0;
        return 0;
    }
    double seconds = PyFloat_AsDouble(value);
    if (seconds == -1.0 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Format(PyExc_TypeError,
                         "switch_interval must be a number of seconds or None, got %s",
                         Py_TYPE(value)->tp_name);
        }
        return -1;
    }
    if (!(seconds > 0.0 && seconds <= LONGEST / 1e6)) {
        PyErr_Format(PyExc_ValueError,
                     "switch_interval must be above 0 and at most %d seconds, got %R",
                     LONGEST / 1000000, value);
        return -1;
    }
    *wish = seconds < 1e-6 ? 1 : (unsigned long)(seconds * 1e6 + 0.5);
    return 0;
}

/* ---- the interpreter's interval ---- */

static PyObject *sys_function(const char *name)
{
    PyObject *function = PySys_GetObject(name); /* borrowed */
    if (function == NULL) {
        PyErr_Format(PyExc_RuntimeError, "sys.%s() is gone", name);
    }
    return function;
}

static int get_interval(unsigned long *microseconds)
{
    PyObject *function = sys_function("getswitchinterval"); /* borrowed */
    PyObject *value = function != NULL ? PyObject_CallNoArgs(function) : NULL; /* new */
    double seconds = value != NULL ? PyFloat_AsDouble(value) : -1.0;
    Py_XDECREF(value);
    if (PyErr_Occurred()) {
        return -1;
    }
    *microseconds = (unsigned long)(seconds * 1e6 + 0.5);
    return 0;
}

static int set_interval(unsigned long microseconds)
{
    PyObject *function = sys_function("setswitchinterval"); /* borrowed */
    /* The interpreter cuts the fraction off: in the middle of the microsecond. */
    PyObject *value =
        PyFloat_FromDouble(((double)microseconds + 0.25) * 1e-6); /* new */
    PyObject *result =
        function != NULL && value != NULL ? PyObject_CallOneArg(function, value) : NULL;
    Py_XDECREF(value);
    Py_XDECREF(result);
    return result != NULL ? 0 : -1;
}

static unsigned long smallest(const rtj_switch_list *list)
{
    unsigned long least = 0;
    for (const rtj_callbacks *each = list->first; each != NULL;
         each = each->switching.next) {
        unsigned long wish = each->switching.wish;
        least = least == 0 || wish < least ? wish : least;
    }
    return least;
}

/* Set what is due; `more` when one was added to the list. */
static int apply(rtj_switch_list *list, int more)
{
    unsigned long now;
    if (get_interval(&now) < 0) {
        return -1;
    }
    if (list->set == 0 || now != list->set) { /* the program's own */
        list->set = 0;
        list->found = now;
        if (!more) {
            return 0;
        }
    }
    unsigned long least = smallest(list);
    unsigned long due = least > 0 && least < list->found ? least : list->found;
    list->set = due != list->found ? due : 0;
    return due != now ? set_interval(due) : 0;
}

/* ---- who is listed ---- */

static int is_direct(rtj_callbacks *callbacks)
{
    static const int slots[] = {RTJ_SLOT_PROCESS, RTJ_SLOT_SYNC, RTJ_SLOT_TIMEBASE};
    if (callbacks->switching.wish == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        int elsewhere = slots[i] == RTJ_SLOT_PROCESS && callbacks->switching.detached;
        if (!elsewhere && rtj_callback_wanted(&callbacks->slots[slots[i]])) {
            return 1;
        }
    }
    return 0;
}

static void enlist(rtj_callbacks *callbacks)
{
    rtj_switch_list *list = &callbacks->state->switching;
    callbacks->switching.next = list->first;
    callbacks->switching.listed = 1;
    list->first = callbacks;
}

static void unlist(rtj_callbacks *callbacks)
{
    rtj_callbacks **link = &callbacks->state->switching.first;
    while (*link != callbacks) {
        link = &(*link)->switching.next;
    }
    *link = callbacks->switching.next;
    callbacks->switching.listed = 0;
}

/* List it or not; returns as apply(). */
static int put(rtj_callbacks *callbacks, int due)
{
    int result = 0;
    RTJ_BEGIN_LOCKED((PyObject *)callbacks->state->Client);
    if (due && !callbacks->switching.listed) {
        enlist(callbacks);
        result = apply(&callbacks->state->switching, 1);
        if (result < 0) {
            unlist(callbacks);
        }
    } else if (!due && callbacks->switching.listed) {
        unlist(callbacks);
        result = apply(&callbacks->state->switching, 0);
    }
    RTJ_END_LOCKED();
    return result;
}

int rtj_switching_enter(rtj_callbacks *callbacks)
{
    return is_direct(callbacks) ? put(callbacks, 1) : 0;
}

static void put_quietly(rtj_callbacks *callbacks, int due)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (put(callbacks, due) < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    PyErr_Restore(type, value, traceback);
}

void rtj_switching_review(rtj_callbacks *callbacks)
{
    const rtj_client *core = callbacks->core;
    int runs =
        core != NULL && rtj_client_is_active(core) && !rtj_client_is_closed(core);
    put_quietly(callbacks, runs && is_direct(callbacks));
}

void rtj_switching_leave(rtj_callbacks *callbacks)
{
    put_quietly(callbacks, 0);
}

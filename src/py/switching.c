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

/* 0 is no wish. */
static unsigned long lesser(unsigned long a, unsigned long b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

static unsigned long smallest(const rtj_switch_list *list)
{
    unsigned long least = 0;
    for (const rtj_callbacks *each = list->first; each != NULL;
         each = each->switching.next) {
        least = lesser(least, each->switching.listed);
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
    static const int slots[] = {RTJ_SLOT_PROCESS, RTJ_SLOT_THREAD, RTJ_SLOT_SYNC,
                                RTJ_SLOT_TIMEBASE};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        int has_time =
            (slots[i] == RTJ_SLOT_PROCESS && callbacks->switching.detached) ||
            (slots[i] == RTJ_SLOT_THREAD && callbacks->thread_returned);
        if (!has_time && rtj_callback_wanted(&callbacks->slots[slots[i]])) {
            return 1;
        }
    }
    return 0;
}

/* What the client wishes while it is active. */
static unsigned long wish_of(rtj_callbacks *callbacks)
{
    unsigned long least = is_direct(callbacks) ? callbacks->switching.wish : 0;
    RTJ_BEGIN_LOCKED((PyObject *)callbacks->state->Client);
    for (const rtj_switch_wish *each = callbacks->switching.streams; each != NULL;
         each = each->next) {
        least = lesser(least, each->microseconds);
    }
    RTJ_END_LOCKED();
    return least;
}

static void enlist(rtj_callbacks *callbacks)
{
    rtj_switch_list *list = &callbacks->state->switching;
    callbacks->switching.next = list->first;
    list->first = callbacks;
}

static void unlist(rtj_callbacks *callbacks)
{
    rtj_callbacks **link = &callbacks->state->switching.first;
    while (*link != callbacks) {
        link = &(*link)->switching.next;
    }
    *link = callbacks->switching.next;
}

/* List it with this wish, or with 0 not; returns as apply(). */
static int put(rtj_callbacks *callbacks, unsigned long wish)
{
    int result = 0;
    RTJ_BEGIN_LOCKED((PyObject *)callbacks->state->Client);
    unsigned long before = callbacks->switching.listed;
    if (before == 0 && wish > 0) {
        enlist(callbacks);
    } else if (before > 0 && wish == 0) {
        unlist(callbacks);
    }
    callbacks->switching.listed = wish;
    if (wish != before) {
        result = apply(&callbacks->state->switching, wish > 0);
    }
    if (result < 0 && before == 0) {
        unlist(callbacks);
        callbacks->switching.listed = 0;
    }
    RTJ_END_LOCKED();
    return result;
}

int rtj_switching_enter(rtj_callbacks *callbacks)
{
    unsigned long wish = wish_of(callbacks);
    return wish > 0 ? put(callbacks, wish) : 0;
}

static void put_quietly(rtj_callbacks *callbacks, unsigned long wish)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (put(callbacks, wish) < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    PyErr_Restore(type, value, traceback);
}

void rtj_switching_review(rtj_callbacks *callbacks)
{
    const rtj_client *core = callbacks->core;
    int runs =
        core != NULL && rtj_client_is_active(core) && !rtj_client_is_closed(core);
    put_quietly(callbacks, runs ? wish_of(callbacks) : 0);
}

void rtj_switching_leave(rtj_callbacks *callbacks)
{
    callbacks->switching.streams = NULL;
    put_quietly(callbacks, 0);
}

/* ---- streams and lookahead ---- */

int rtj_switching_has_time(rtj_callbacks *callbacks, int64_t blocks)
{
    rtj_error ignored;
    jack_client_t *handle = rtj_client_enter(callbacks->core, &ignored);
    if (handle == NULL) {
        return 1; /* nothing runs any more */
    }
    const rtj_libjack *lib = rtj_client_lib(callbacks->core);
    double frames = (double)blocks * lib->jack_get_buffer_size(handle);
    double seconds = frames / lib->jack_get_sample_rate(handle);
    rtj_client_leave(callbacks->core);
    return seconds * 1e6 >= RTJ_SWITCH_AHEAD;
}

void rtj_switching_add(rtj_callbacks *callbacks, rtj_switch_wish *wish)
{
    RTJ_BEGIN_LOCKED((PyObject *)callbacks->state->Client);
    wish->next = callbacks->switching.streams;
    callbacks->switching.streams = wish;
    RTJ_END_LOCKED();
    rtj_switching_review(callbacks);
}

void rtj_switching_remove(rtj_callbacks *callbacks, rtj_switch_wish *wish)
{
    RTJ_BEGIN_LOCKED((PyObject *)callbacks->state->Client);
    rtj_switch_wish **link = &callbacks->switching.streams;
    while (*link != NULL && *link != wish) {
        link = &(*link)->next;
    }
    if (*link == wish) {
        *link = wish->next;
    }
    RTJ_END_LOCKED();
    rtj_switching_review(callbacks);
}

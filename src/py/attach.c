#include "py/attach.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "py/module.h"

/* A thread's visit card for one interpreter; freed when the thread ends. */
typedef struct visit {
    PyInterpreterState *interpreter;
    PyThreadState *tstate;
    struct visit *next;
} visit;

/* Process-wide, because a thread that comes for an interpreter that has gone can only
 * be stopped by something that outlives interpreters. */
static pthread_mutex_t forbidden_lock = PTHREAD_MUTEX_INITIALIZER;
static visit *forbidden; /* `tstate` unused */
static _Atomic unsigned forbidden_count;

static int is_forbidden(const PyInterpreterState *interpreter)
{
    if (atomic_load_explicit(&forbidden_count, memory_order_acquire) == 0) {
        return 0;
    }
    int found = 0;
    pthread_mutex_lock(&forbidden_lock);
    for (const visit *each = forbidden; each != NULL; each = each->next) {
        found |= each->interpreter == interpreter;
    }
    pthread_mutex_unlock(&forbidden_lock);
    return found;
}

static void set_visits(visit *first);

/* The thread ends (JACK2 cancels it): give its thread states back. */
static void end_visits(visit *each)
{
    while (each != NULL) {
        visit *next = each->next;
        set_visits(next);
        if (!is_forbidden(each->interpreter)) {
            PyEval_RestoreThread(each->tstate);
            PyThreadState_Clear(each->tstate);
            PyThreadState_DeleteCurrent();
        }
        free(each);
        each = next;
    }
}

/* This thread's visits: get_visits(); set_visits(); and may_visit(), before the first:
 * 1 when they will be ended with the thread. */
#ifdef __GLIBC__

static _Thread_local visit *visits;
static _Thread_local int ends_visits;

static visit *get_visits(void)
{
    return visits;
}

static void set_visits(visit *first)
{
    visits = first;
}

static void end(void *unused)
{
    (void)unused;
    end_visits(visits);
}

/* The C library's part of C++'s thread_local.  Such destructors come before those of
 * pthread_key_create(): Python's own key, which says which thread state is this
 * thread's, is still set then.  Without it Python 3.12 and 3.13 can't attach (a debug
 * build aborts). */
extern int __cxa_thread_atexit_impl(void (*function)(void *), void *data,
                                    void *library);
extern void *__dso_handle __attribute__((visibility("hidden")));

static int may_visit(void)
{
    if (!ends_visits) {
        ends_visits = __cxa_thread_atexit_impl(end, NULL, &__dso_handle) == 0;
    }
    return ends_visits;
}

#else

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t visits_key;
static int has_key; /* 0: the process has too many keys already */

static void end(void *first)
{
    end_visits(first);
}

static void make_key(void)
{
    has_key = pthread_key_create(&visits_key, end) == 0;
}

static visit *get_visits(void)
{
    pthread_once(&once, make_key);
    return has_key ? pthread_getspecific(visits_key) : NULL;
}

static void set_visits(visit *first)
{
    (void)pthread_setspecific(visits_key, first); /* has room, see may_visit() */
}

static int may_visit(void)
{
    static visit none;
    if (get_visits() != NULL) {
        return 1;
    }
    int can = has_key && pthread_setspecific(visits_key, &none) == 0;
    if (can) {
        set_visits(NULL);
    }
    return can;
}

#endif

static PyThreadState *first_visit(PyInterpreterState *interpreter)
{
    visit *card = may_visit() ? malloc(sizeof *card) : NULL;
    if (card == NULL) {
        return NULL;
    }
    PyThreadState *tstate = PyThreadState_New(interpreter);
    if (tstate == NULL) {
        free(card);
        return NULL;
    }
    *card = (visit){interpreter, tstate, get_visits()};
    set_visits(card);
    return tstate;
}

/* Python's own thread, inside a call that detached it; NULL for any other. */
static PyThreadState *own_thread_state(const PyInterpreterState *interpreter)
{
    PyThreadState *tstate = PyGILState_GetThisThreadState();
    if (tstate != NULL && PyThreadState_GetInterpreter(tstate) == interpreter) {
        return tstate;
    }
    return NULL;
}

PyThreadState *rtj_attach(PyInterpreterState *interpreter)
{
    if (is_forbidden(interpreter)) {
        return NULL;
    }
    PyThreadState *tstate = NULL;
    for (const visit *each = get_visits(); each != NULL; each = each->next) {
        if (each->interpreter == interpreter) {
            tstate = each->tstate;
        }
    }
    if (tstate == NULL) {
        tstate = own_thread_state(interpreter);
    }
    if (tstate == NULL) {
        tstate = first_visit(interpreter);
    }
    if (tstate != NULL) {
        PyEval_RestoreThread(tstate);
    }
    return tstate;
}

void rtj_detach(PyThreadState *tstate)
{
    (void)tstate;
    (void)PyEval_SaveThread();
}

void rtj_end_visit(PyInterpreterState *interpreter)
{
    visit *first = get_visits();
    visit **link = &first;
    while (*link != NULL && (*link)->interpreter != interpreter) {
        link = &(*link)->next;
    }
    visit *found = *link;
    if (found == NULL) {
        (void)PyEval_SaveThread(); /* Python's own thread */
        return;
    }
    *link = found->next;
    set_visits(first);
    free(found);
    PyThreadState_Clear(PyThreadState_Get());
    PyThreadState_DeleteCurrent();
}

void rtj_forget_visit(PyInterpreterState *interpreter)
{
    const visit *each = get_visits();
    while (each != NULL && each->interpreter != interpreter) {
        each = each->next;
    }
    if (each != NULL && !is_forbidden(interpreter)) {
        PyEval_RestoreThread(each->tstate);
        rtj_end_visit(interpreter);
    }
}

void rtj_attach_allow(PyInterpreterState *interpreter)
{
    pthread_mutex_lock(&forbidden_lock);
    for (visit **link = &forbidden; *link != NULL;) {
        visit *found = *link;
        if (found->interpreter == interpreter) {
            *link = found->next;
            free(found);
            atomic_fetch_sub(&forbidden_count, 1);
        } else {
            link = &found->next;
        }
    }
    pthread_mutex_unlock(&forbidden_lock);
}

void rtj_attach_forbid(PyInterpreterState *interpreter)
{
    visit *added = malloc(sizeof *added);
    if (added == NULL) {
        return; /* CPython itself then stops threads that come too late */
    }
    pthread_mutex_lock(&forbidden_lock);
    *added = (visit){interpreter, NULL, forbidden};
    forbidden = added;
    atomic_fetch_add(&forbidden_count, 1);
    pthread_mutex_unlock(&forbidden_lock);
}

int rtj_callback_failed(rtj_state *state, PyObject *callback)
{
    if (PyErr_ExceptionMatches(state->CallbackExit)) {
        PyErr_Clear();
        return 1;
    }
    PyErr_WriteUnraisable(callback);
    return 0;
}

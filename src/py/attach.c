#include "py/attach.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "py/module.h"

enum { END_TRIES = 1000 }; /* each a millisecond */

/* A thread's visit card for one interpreter; freed when the thread ends. */
typedef struct visit {
    PyInterpreterState *interpreter;
    /* NULL: the interpreter took it back, when it ended. */
    _Atomic(PyThreadState *) tstate;
    _Atomic int is_there;     /* from before it attaches until after it has detached; or
                                 more, as a callback may come within another's call */
    struct visit *next;       /* the same thread's */
    struct visit *next_guest; /* of all threads; under guests_lock */
} visit;

typedef struct forbidden_interpreter {
    PyInterpreterState *interpreter;
    struct forbidden_interpreter *next;
} forbidden_interpreter;

/* Process-wide, because a thread that comes for an interpreter that has gone can only
 * be stopped by something that outlives interpreters. */
static pthread_mutex_t forbidden_lock = PTHREAD_MUTEX_INITIALIZER;
static forbidden_interpreter *forbidden;
static _Atomic unsigned forbidden_count;

/* Every card there is. */
static pthread_mutex_t guests_lock = PTHREAD_MUTEX_INITIALIZER;
static visit *guests;

static int is_forbidden(const PyInterpreterState *interpreter)
{
    if (atomic_load(&forbidden_count) == 0) { /* after is_there, see enter() */
        return 0;
    }
    int found = 0;
    pthread_mutex_lock(&forbidden_lock);
    for (const forbidden_interpreter *each = forbidden; each != NULL;
         each = each->next) {
        found |= each->interpreter == interpreter;
    }
    pthread_mutex_unlock(&forbidden_lock);
    return found;
}

static void add_guest(visit *card)
{
    pthread_mutex_lock(&guests_lock);
    card->next_guest = guests;
    guests = card;
    pthread_mutex_unlock(&guests_lock);
}

static void drop_card(visit *card)
{
    pthread_mutex_lock(&guests_lock);
    visit **link = &guests;
    while (*link != card) {
        link = &(*link)->next_guest;
    }
    *link = card->next_guest;
    pthread_mutex_unlock(&guests_lock);
    free(card);
}

/* 0 when the interpreter lets nobody in, and may have taken back the thread state. */
static int enter(visit *card)
{
    atomic_fetch_add(&card->is_there, 1);
    if (is_forbidden(card->interpreter) || card->tstate == NULL) {
        atomic_fetch_sub(&card->is_there, 1);
        return 0;
    }
    PyEval_RestoreThread(card->tstate);
    return 1;
}

static void set_visits(visit *first);

/* The thread ends (JACK2 cancels it): give its thread states back. */
static void end_visits(visit *each)
{
    while (each != NULL) {
        visit *next = each->next;
        set_visits(next);
        if (enter(each)) {
            PyThreadState_Clear(each->tstate);
            PyThreadState_DeleteCurrent();
        }
        drop_card(each);
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

static visit *first_visit(PyInterpreterState *interpreter)
{
    visit *card = may_visit() ? calloc(1, sizeof *card) : NULL;
    if (card == NULL) {
        return NULL;
    }
    card->interpreter = interpreter;
    card->tstate = PyThreadState_New(interpreter);
    if (card->tstate == NULL) {
        free(card);
        return NULL;
    }
    card->next = get_visits();
    set_visits(card);
    add_guest(card);
    return card;
}

/* This thread's card for it, or NULL. */
static visit *card_for(const PyInterpreterState *interpreter)
{
    visit *each = get_visits();
    while (each != NULL && (each->interpreter != interpreter || each->tstate == NULL)) {
        each = each->next;
    }
    return each;
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
    visit *card = card_for(interpreter);
    if (card == NULL) {
        PyThreadState *own = own_thread_state(interpreter);
        if (own != NULL) {
            PyEval_RestoreThread(own);
            return own;
        }
        card = first_visit(interpreter);
    }
    return card != NULL && enter(card) ? card->tstate : NULL;
}

void rtj_detach(PyThreadState *tstate)
{
    visit *card = card_for(PyThreadState_GetInterpreter(tstate));
    (void)PyEval_SaveThread();
    if (card != NULL) {
        atomic_fetch_sub(&card->is_there, 1);
    }
}

void rtj_end_visit(PyInterpreterState *interpreter)
{
    visit *found = card_for(interpreter);
    if (found == NULL) {
        (void)PyEval_SaveThread(); /* Python's own thread */
        return;
    }
    visit *first = get_visits();
    visit **link = &first;
    while (*link != found) {
        link = &(*link)->next;
    }
    *link = found->next;
    set_visits(first);
    PyThreadState_Clear(PyThreadState_Get());
    PyThreadState_DeleteCurrent();
    drop_card(found);
}

void rtj_forget_visit(PyInterpreterState *interpreter)
{
    visit *card = card_for(interpreter);
    if (card != NULL && enter(card)) {
        rtj_end_visit(interpreter);
    }
}

/* 0 for want of memory: CPython itself then stops threads that come too late. */
static int forbid(PyInterpreterState *interpreter)
{
    forbidden_interpreter *added = malloc(sizeof *added);
    if (added == NULL) {
        return 0;
    }
    pthread_mutex_lock(&forbidden_lock);
    *added = (forbidden_interpreter){interpreter, forbidden};
    forbidden = added;
    atomic_fetch_add(&forbidden_count, 1);
    pthread_mutex_unlock(&forbidden_lock);
    return 1;
}

/* One that is not attached, and can't be any more: taken out of sight of its thread. */
static PyThreadState *take_back(PyInterpreterState *interpreter, int *more)
{
    PyThreadState *taken = NULL;
    *more = 0;
    pthread_mutex_lock(&guests_lock);
    for (visit *each = guests; each != NULL && taken == NULL; each = each->next_guest) {
        if (each->interpreter == interpreter && each->tstate != NULL) {
            *more = 1;
            if (!atomic_load(&each->is_there)) {
                taken = each->tstate;
                each->tstate = NULL;
            }
        }
    }
    pthread_mutex_unlock(&guests_lock);
    return taken;
}

void rtj_attach_end(PyInterpreterState *interpreter)
{
    const struct timespec pause = {0, 1000000};
    /* The main one's end is patient. */
    int more = forbid(interpreter) && interpreter != PyInterpreterState_Main();
    for (int tries = 0; more && tries < END_TRIES; tries++) {
        PyThreadState *taken = take_back(interpreter, &more);
        if (taken != NULL) {
            PyThreadState_Clear(taken);
            PyThreadState_Delete(taken);
        } else if (more) {
            Py_BEGIN_ALLOW_THREADS
            nanosleep(&pause, NULL);
            Py_END_ALLOW_THREADS
        }
    }
}

void rtj_attach_allow(PyInterpreterState *interpreter)
{
    pthread_mutex_lock(&forbidden_lock);
    for (forbidden_interpreter **link = &forbidden; *link != NULL;) {
        forbidden_interpreter *found = *link;
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

int rtj_callback_failed(rtj_state *state, PyObject *callback)
{
    if (PyErr_ExceptionMatches(state->CallbackExit)) {
        PyErr_Clear();
        return 1;
    }
    PyErr_WriteUnraisable(callback);
    return 0;
}

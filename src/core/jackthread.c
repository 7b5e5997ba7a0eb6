#include "core/jackthread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/realtime.h"
#include "core/registry.h"
#include "core/thread.h"

static const double look_again = 0.05; /* seconds */

typedef enum verdict { PENDING, WANTED, UNWANTED } verdict;

struct rtj_jack_thread {
    rtj_client *client; /* retained */
    void (*run)(void *data);
    void *data;
    unsigned generation; /* rtj_registry_generation() */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under lock. */
    verdict verdict;
    int references; /* the thread's, and the maker's */
    int ended;      /* `run` has returned */
    int joined;     /* or nobody will */
    jack_native_thread_t id;
};

/* With the lock held, which this lets go of.  A thread that has ended, and that nobody
 * is left to join, is detached by whoever comes later: itself, or its maker. */
static void drop_locked(rtj_jack_thread *thread)
{
    int rest = --thread->references;
    int alone = thread->ended && !thread->joined && rest == 0;
    jack_native_thread_t id = thread->id;
    pthread_mutex_unlock(&thread->lock);
    if (alone) {
        (void)pthread_detach(id);
    }
    if (rest == 0) {
        pthread_mutex_destroy(&thread->lock);
        pthread_cond_destroy(&thread->changed);
        rtj_client_release(thread->client);
        free(thread);
    }
}

/* With the lock held. */
static void decide(rtj_jack_thread *thread, verdict decided)
{
    thread->verdict = decided;
    pthread_cond_broadcast(&thread->changed);
}

static void *run(void *data)
{
    rtj_jack_thread *thread = data;
    pthread_mutex_lock(&thread->lock);
    thread->id =
        pthread_self(); /* when libjack failed behind this, nobody else knows */
    while (thread->verdict == PENDING) {
        pthread_cond_wait(&thread->changed, &thread->lock);
    }
    int wanted = thread->verdict == WANTED;
    pthread_mutex_unlock(&thread->lock);
    if (wanted) {
        thread->run(thread->data);
    }
    pthread_mutex_lock(&thread->lock);
    thread->ended = 1;
    pthread_cond_broadcast(&thread->changed);
    drop_locked(thread);
    return NULL;
}

static rtj_jack_thread *new_thread(rtj_client *client, void (*work)(void *data),
                                   void *data)
{
    rtj_jack_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return NULL;
    }
    rtj_client_retain(client);
    thread->client = client;
    thread->run = work;
    thread->data = data;
    thread->generation = rtj_registry_generation();
    thread->references = 2;
    pthread_mutex_init(&thread->lock, NULL);
    rtj_condition_init(&thread->changed);
    return thread;
}

/* With libjack entered.  What PipeWire's would do for realtime may crash, and its
 * failure is no error there: see core/realtime.h. */
static int create(rtj_jack_thread *thread, jack_client_t *handle, int priority,
                  int realtime)
{
    const rtj_libjack *lib = rtj_client_lib(thread->client);
    int later = realtime && lib->kind == RTJ_PIPEWIRE;
    rtj_signals before;
    jack_native_thread_t id;
    rtj_signals_hold(&before);
    int failed = lib->jack_client_create_thread(handle, &id, priority,
                                                realtime && !later, run, thread);
    rtj_signals_release(&before);
    int made = failed == 0;
    if (made && later) {
        failed = rtj_realtime_acquire(lib, id, priority);
    }
    pthread_mutex_lock(&thread->lock);
    if (made) {
        thread->id = id;
        thread->joined = failed != 0;
    }
    decide(thread, failed == 0 ? WANTED : UNWANTED);
    pthread_mutex_unlock(&thread->lock);
    if (made && failed != 0) {
        (void)lib->jack_client_stop_thread(handle, id);
    }
    return failed;
}

rtj_status rtj_jack_thread_start(rtj_client *client, int priority, int realtime,
                                 void (*work)(void *data), void *data,
                                 rtj_jack_thread **result, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_client_create_thread, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    rtj_jack_thread *thread = new_thread(client, work, data);
    int code = thread != NULL ? create(thread, handle, priority, realtime) : 0;
    rtj_client_leave(client);
    if (thread == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a thread");
    }
    if (code != 0) {
        /* libjack fails before it has made the thread, or behind that: nobody knows,
         * so the thread's reference stays, in the first case for good. */
        pthread_mutex_lock(&thread->lock);
        drop_locked(thread);
        return rtj_fail(error, RTJ_CODE, code, "Unable to create a %sthread: %s",
                        realtime ? "realtime " : "", strerror(code < 0 ? -code : code));
    }
    *result = thread;
    return RTJ_OK;
}

/* The thread has ended but for its last steps. */
static void take_away(rtj_jack_thread *thread)
{
    rtj_client *client = thread->client;
    rtj_error ignored; /* closed: libjack takes no handle any more */
    jack_client_t *handle = RTJ_ENTER(client, jack_client_stop_thread, &ignored);
    if (handle == NULL) {
        (void)pthread_join(thread->id, NULL);
        return;
    }
    (void)rtj_client_lib(client)->jack_client_stop_thread(handle, thread->id);
    rtj_client_leave(client);
}

static int expired(const rtj_patience *patience, const struct timespec *deadline)
{
    return patience->seconds >= 0 && rtj_deadline_passed(deadline);
}

/* With the lock held, which is let go of meanwhile. */
static rtj_status wait_for_end(rtj_jack_thread *thread, const rtj_patience *patience)
{
    struct timespec deadline = rtj_deadline_in(patience->seconds);
    while (!thread->ended) {
        if (expired(patience, &deadline)) {
            return RTJ_TIMEOUT;
        }
        double left = patience->seconds;
        struct timespec look =
            rtj_deadline_in(left >= 0 && left < look_again ? left : look_again);
        (void)pthread_cond_timedwait(&thread->changed, &thread->lock, &look);
        pthread_mutex_unlock(&thread->lock);
        int stop =
            patience->interrupted != NULL && patience->interrupted(patience->context);
        pthread_mutex_lock(&thread->lock);
        if (stop) {
            return RTJ_INTERRUPTED;
        }
    }
    return RTJ_OK;
}

rtj_status rtj_jack_thread_join(rtj_jack_thread *thread, const rtj_patience *patience,
                                rtj_error *error)
{
    if (thread->generation != rtj_registry_generation()) {
        return RTJ_OK; /* it is the parent's */
    }
    if (rtj_jack_thread_is_current(thread)) {
        return rtj_fail(error, RTJ_FAILED, 0, "a thread can't wait for its own end");
    }
    pthread_mutex_lock(&thread->lock);
    rtj_status status = wait_for_end(thread, patience);
    int mine = status == RTJ_OK && !thread->joined;
    thread->joined |= mine;
    pthread_mutex_unlock(&thread->lock);
    if (mine) {
        take_away(thread);
    }
    if (status == RTJ_TIMEOUT) {
        return rtj_fail(error, status, 0, "the thread has not ended within %g seconds",
                        patience->seconds);
    }
    return status;
}

int rtj_jack_thread_is_current(const rtj_jack_thread *thread)
{
    return pthread_equal(pthread_self(), thread->id);
}

int rtj_jack_thread_runs(rtj_jack_thread *thread)
{
    if (thread->generation != rtj_registry_generation()) {
        return 0;
    }
    pthread_mutex_lock(&thread->lock);
    int runs = !thread->ended;
    pthread_mutex_unlock(&thread->lock);
    return runs;
}

unsigned long rtj_jack_thread_id(const rtj_jack_thread *thread)
{
    return (unsigned long)thread->id;
}

void rtj_jack_thread_release(rtj_jack_thread *thread)
{
    if (thread->generation != rtj_registry_generation()) {
        return; /* its lock may be held by a thread of the parent's */
    }
    pthread_mutex_lock(&thread->lock);
    drop_locked(thread);
}

/* ---- the threads that libjack makes ---- */

static size_t usual_stack(void)
{
    pthread_attr_t usual;
    size_t size = 0;
    if (pthread_attr_init(&usual) == 0) {
        (void)pthread_attr_getstacksize(&usual, &size);
        (void)pthread_attr_destroy(&usual);
    }
    return size;
}

static _Thread_local rtj_thread_init begin_with;

void rtj_jack_thread_begin_with(rtj_thread_init init)
{
    begin_with = init;
}

typedef struct beginning {
    rtj_thread_init init;
    void *(*routine)(void *data);
    void *data;
} beginning;

static void *begin(void *data)
{
    beginning now = *(beginning *)data;
    free(data);
    now.init.run(now.init.data);
    return now.routine(now.data);
}

/* libjack2 and JACK1 ask for 512 KB, which a deep recursion in Python overflows.
 * `wanted` is a variable of libjack's, made for this call. */
static int make_with_stack(pthread_t *thread, const pthread_attr_t *wanted,
                           void *(*routine)(void *), void *data)
{
    pthread_attr_t *attributes = (pthread_attr_t *)wanted;
    size_t size = 0, usual = usual_stack();
    if (attributes == NULL || pthread_attr_getstacksize(attributes, &size) != 0 ||
        size >= usual || pthread_attr_setstacksize(attributes, usual) != 0) {
        return pthread_create(thread, wanted, routine, data);
    }
    int failed = pthread_create(thread, attributes, routine, data);
    if (failed == EAGAIN) { /* where memory is locked there may not be so much */
        (void)pthread_attr_setstacksize(attributes, size);
        failed = pthread_create(thread, attributes, routine, data);
    }
    return failed;
}

static int make_thread(pthread_t *thread, const pthread_attr_t *wanted,
                       void *(*routine)(void *), void *data)
{
    if (begin_with.run == NULL) {
        return make_with_stack(thread, wanted, routine, data);
    }
    beginning *first = malloc(sizeof *first);
    if (first == NULL) {
        return EAGAIN;
    }
    *first = (beginning){begin_with, routine, data};
    int failed = make_with_stack(thread, wanted, begin, first);
    if (failed != 0) {
        free(first);
    }
    return failed;
}

void rtj_jack_thread_attach(const rtj_libjack *lib)
{
    if (lib->jack_set_thread_creator != NULL) {
        lib->jack_set_thread_creator(make_thread);
    }
}

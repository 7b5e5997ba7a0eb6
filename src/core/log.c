#define _GNU_SOURCE /* syscall() */
#include "core/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "core/libjack.h"
#include "core/thread.h"
#include "rt/guard.h"
#include "rt/mailbox.h"
#include "rt/wake.h"

enum {
    MAILBOX_BYTES = 1 << 16,
    TEXT_BYTES = 4096, /* of one message; libjack's own have 256 */
};

/* Before a text in the mailbox; the text ends with a NUL. */
typedef struct heading {
    rtj_log_kind kind;
} heading;

/* The hooks' side: no lock.  `wake` is set before `box`. */
static _Atomic(rtj_mailbox *) box;
static rtj_wake wake = {-1, -1};
static _Atomic unsigned long unprepared; /* messages lost for want of a mailbox */

/* The other side, all of it under `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed; /* a call of the sink has ended, a message is gone */
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static rtj_log_sink *sink;
static void *sink_context;
static int has_thread;
static _Atomic int thread_number; /* the log thread's in the system */
static unsigned generation;       /* of processes: one more in each child */
static unsigned long begun;       /* calls of sinks */
static unsigned long ended;

static _Thread_local int is_log_thread;
static _Thread_local int is_muted;
static _Thread_local void (*hear_first)(void *context, const char *text);
static _Thread_local void *hear_context;

/* ---- fork() ---- */

#ifndef _WIN32
static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* The parent delivers what lies in the mailbox, and keeps its descriptor: the two
 * processes would take each other's wakes.  A producer that was about to write exists
 * no more, hence the mailbox begins anew. */
static void after_fork_in_child(void)
{
    rtj_mailbox *emptied = atomic_load(&box);
    if (emptied != NULL) {
        rtj_wake_close(&wake);
        atomic_store(&box, NULL);
        if (rtj_wake_open(&wake) == 0) {
            atomic_store(&box, rtj_mailbox_init(emptied, MAILBOX_BYTES));
        } else {
            free(emptied); /* the next one who needs it makes another */
        }
    }
    rtj_condition_init(&changed); /* who waited on it is not here */
    sink = NULL;
    has_thread = 0;
    is_log_thread = 0; /* a sink that forked goes on as the child's main thread */
    ended = begun;
    generation++;
    pthread_mutex_unlock(&lock);
}
#endif

static void prepare(void)
{
    rtj_condition_init(&changed);
#ifndef _WIN32
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
#endif
}

/* 0, or an errno value: then the next call tries again. */
static int make_mailbox_locked(void)
{
    if (atomic_load(&box) != NULL) {
        return 0;
    }
    void *memory = malloc(rtj_mailbox_memory(MAILBOX_BYTES));
    int failed = memory != NULL ? rtj_wake_open(&wake) : ENOMEM;
    if (failed != 0) {
        free(memory);
        return failed;
    }
    atomic_store(&box, rtj_mailbox_init(memory, MAILBOX_BYTES));
    return 0;
}

void rtj_log_prepare(void)
{
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&lock);
    (void)make_mailbox_locked(); /* whoever sets a sink hears of a failure */
    pthread_mutex_unlock(&lock);
}

/* ---- the hooks ---- */

static void push(rtj_log_kind kind, const char *text)
{
    if (text == NULL || is_muted) {
        return;
    }
    rtj_mailbox *to = atomic_load(&box);
    if (to == NULL) {
        atomic_fetch_add(&unprepared, 1);
        return;
    }
    size_t length = strnlen(text, TEXT_BYTES);
    if (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    const heading head = {kind};
    const rtj_part parts[] = {{&head, sizeof head}, {text, length}, {"", 1}};
    /* libjack cancels its threads, and half a message would hold up all others. */
    rtj_guard guard = rtj_guard_enter();
    (void)rtj_mailbox_put(to, parts, 3); /* the mailbox counts a loss */
    rtj_wake_set(&wake);
    rtj_guard_leave(guard);
}

void rtj_log_mute(int mute)
{
    is_muted = mute;
}

void rtj_log_listen(void (*hear)(void *context, const char *text), void *context)
{
    hear_first = hear;
    hear_context = context;
}

void rtj_log_error(const char *text)
{
    if (hear_first != NULL && text != NULL) {
        hear_first(hear_context, text);
    }
    push(RTJ_LOG_ERROR, text);
}

void rtj_log_info(const char *text)
{
    push(RTJ_LOG_INFO, text);
}

void rtj_log_attach(const struct rtj_libjack *lib)
{
    rtj_log_prepare();
    if (lib->jack_set_error_function != NULL) {
        lib->jack_set_error_function(rtj_log_error);
    }
    if (lib->jack_set_info_function != NULL) {
        lib->jack_set_info_function(rtj_log_info);
    }
}

/* ---- the log thread ---- */

/* Hand one message to the sink.  Returns 0 when, with the sink having called fork(),
 * this has become another process's only thread and no log thread any more. */
static int deliver(rtj_mailbox *from, const heading *head)
{
    pthread_mutex_lock(&lock);
    unsigned mine = generation;
    rtj_log_sink *receiver = sink;
    void *context = sink_context;
    begun++;
    pthread_mutex_unlock(&lock);
    if (receiver != NULL) {
        receiver(context, head->kind, (const char *)(head + 1));
    }
    pthread_mutex_lock(&lock);
    int same_process = mine == generation;
    if (same_process) {
        ended++;
        rtj_mailbox_drop(from);
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
    return same_process;
}

int rtj_log_thread(void)
{
    return atomic_load(&thread_number);
}

static void *run(void *data)
{
    rtj_mailbox *from = data;
    is_log_thread = 1;
#ifdef __linux__
    atomic_store(&thread_number, (int)syscall(SYS_gettid)); /* glibc < 2.30 */
#endif
    for (;;) {
        const heading *head;
        size_t size;
        while ((head = rtj_mailbox_peek(from, &size)) != NULL) {
            if (!deliver(from, head)) {
                return NULL;
            }
        }
        (void)rtj_wake_wait(&wake, -1);
    }
}

/* ---- the program's side ---- */

static rtj_status ensure_thread_locked(rtj_error *error)
{
    int failed = make_mailbox_locked();
    if (failed != 0) {
        return rtj_fail_without(error, failed, "JACK's messages");
    }
    if (has_thread) {
        return RTJ_OK;
    }
    pthread_t thread;
    failed = rtj_thread_start(&thread, run, atomic_load(&box));
    if (failed != 0) {
        return rtj_fail(error, RTJ_FAILED, failed,
                        "the thread for JACK's messages can't be started: %s",
                        strerror(failed));
    }
    has_thread = 1;
    return RTJ_OK;
}

rtj_status rtj_log_set_sink(rtj_log_sink *receiver, void *context, rtj_error *error)
{
    rtj_log_prepare();
    pthread_mutex_lock(&lock);
    rtj_log_sink *sink_before = sink;
    void *context_before = sink_context;
    sink = receiver; /* before there is a thread, so that it misses nothing */
    sink_context = context;
    rtj_status status = ensure_thread_locked(error);
    if (status != RTJ_OK) {
        sink = sink_before;
        sink_context = context_before;
    }
    unsigned long last = begun; /* calls that may be the former sink's */
    while (!is_log_thread && status == RTJ_OK && ended < last) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

int rtj_log_flush(double seconds)
{
    rtj_log_prepare();
    const rtj_mailbox *through = atomic_load(&box);
    if (through == NULL) {
        return 0; /* nothing was kept */
    }
    struct timespec deadline = rtj_deadline_in(seconds);
    uint64_t target = rtj_mailbox_reserved(through);
    int late = 0;
    pthread_mutex_lock(&lock);
    while (rtj_mailbox_taken(through) < target && !late && has_thread &&
           !is_log_thread) {
        late = pthread_cond_timedwait(&changed, &lock, &deadline);
    }
    int done = rtj_mailbox_taken(through) >= target;
    pthread_mutex_unlock(&lock);
    return done ? 0 : -1;
}

unsigned long rtj_log_lost(void)
{
    const rtj_mailbox *kept = atomic_load(&box);
    unsigned long lost = kept != NULL ? (unsigned long)rtj_mailbox_lost(kept) : 0;
    return lost + atomic_load(&unprepared);
}

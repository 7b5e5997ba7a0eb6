#include "core/task.h"

#include <stdlib.h>
#include <string.h>

#include "core/thread.h"

static const double ask_every = 0.05; /* seconds between two calls of `interrupted` */

typedef enum verdict { UNDECIDED, TAKEN, ABANDONED } verdict;

/* Shared by the caller and the task's thread; the last of the two frees it. */
typedef struct job {
    rtj_task *task;
    void (*abandon)(void *argument);
    void *argument;
    rtj_status status; /* the task's, once done */
    rtj_error error;   /* likewise */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done;        /* under lock; the task has come back */
    verdict verdict; /* under lock; the caller's word on `argument` */
    int users;       /* under lock */
} job;

static void leave(job *shared)
{
    pthread_mutex_lock(&shared->lock);
    int last = --shared->users == 0;
    pthread_mutex_unlock(&shared->lock);
    if (last) {
        pthread_mutex_destroy(&shared->lock);
        pthread_cond_destroy(&shared->changed);
        free(shared);
    }
}

/* The thread stays until the caller has decided, so that an abandoned argument is
 * cleaned up here and never by the caller, whom that could block. */
static void *run(void *data)
{
    job *shared = data;
    shared->status = shared->task(shared->argument, &shared->error);
    pthread_mutex_lock(&shared->lock);
    shared->done = 1;
    pthread_cond_broadcast(&shared->changed);
    while (shared->verdict == UNDECIDED) {
        pthread_cond_wait(&shared->changed, &shared->lock);
    }
    int abandoned = shared->verdict == ABANDONED;
    pthread_mutex_unlock(&shared->lock);
    if (abandoned) {
        shared->abandon(shared->argument);
    }
    leave(shared);
    return NULL;
}

static job *new_job(rtj_task *task, void (*abandon)(void *argument), void *argument)
{
    job *shared = calloc(1, sizeof *shared);
    if (shared == NULL) {
        return NULL;
    }
    shared->task = task;
    shared->abandon = abandon;
    shared->argument = argument;
    shared->users = 2;
    pthread_mutex_init(&shared->lock, NULL);
    rtj_condition_init(&shared->changed);
    return shared;
}

/* RTJ_OK when the task came back, RTJ_TIMEOUT or RTJ_INTERRUPTED. */
static rtj_status await(job *shared, const rtj_patience *patience)
{
    struct timespec deadline = rtj_deadline_in(patience->seconds);
    rtj_status outcome = RTJ_OK;
    pthread_mutex_lock(&shared->lock);
    while (!shared->done && outcome == RTJ_OK) {
        if (rtj_deadline_passed(&deadline)) {
            outcome = RTJ_TIMEOUT;
            break;
        }
        struct timespec next = deadline;
        if (patience->interrupted != NULL) {
            struct timespec soon = rtj_deadline_in(ask_every);
            int sooner = soon.tv_sec < next.tv_sec ||
                         (soon.tv_sec == next.tv_sec && soon.tv_nsec < next.tv_nsec);
            next = sooner ? soon : next;
        }
        int late = pthread_cond_timedwait(&shared->changed, &shared->lock, &next);
        if (late != 0 && !shared->done && patience->interrupted != NULL) {
            pthread_mutex_unlock(&shared->lock); /* it may take the GIL */
            outcome =
                patience->interrupted(patience->context) ? RTJ_INTERRUPTED : RTJ_OK;
            pthread_mutex_lock(&shared->lock);
        }
    }
    shared->verdict = outcome == RTJ_OK ? TAKEN : ABANDONED;
    pthread_cond_broadcast(&shared->changed);
    pthread_mutex_unlock(&shared->lock);
    return outcome;
}

rtj_status rtj_run(rtj_task *task, void (*abandon)(void *argument), void *argument,
                   const char *what, const rtj_patience *patience, rtj_error *error)
{
    job *shared = new_job(task, abandon, argument);
    if (shared == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for %s", what);
    }
    pthread_t thread;
    int failed = rtj_thread_start(&thread, run, shared);
    if (failed != 0) {
        shared->users = 1;
        leave(shared);
        return rtj_fail(error, RTJ_FAILED, failed,
                        "no thread can be started for %s: %s", what, strerror(failed));
    }
    rtj_status status = await(shared, patience);
    if (status == RTJ_TIMEOUT) {
        (void)rtj_fail(error, status, 0,
                       "%s has not ended within %g seconds; is the JACK server stopped "
                       "or stuck?",
                       what, patience->seconds);
    } else if (status == RTJ_INTERRUPTED) {
        (void)rtj_fail(error, status, 0, "%s was interrupted", what);
    } else {
        status = shared->status;
        if (status != RTJ_OK && error != NULL) {
            *error = shared->error;
        }
    }
    leave(shared);
    return status;
}

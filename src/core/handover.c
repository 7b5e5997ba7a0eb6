#include "core/handover.h"

#include <errno.h>
#include <stdlib.h>

#include "core/client_impl.h"
#include "core/jackthread.h"
#include "core/registry.h"
#include "core/telemetry.h"
#include "core/units.h"
#include "rt/wake.h"

/* Blocks are numbered from 1; memory order: `frames` is written before `given`, what
 * the program wrote before `done`, each stored with release. */
struct rtj_handover {
    rtj_client *client; /* retained */
    rtj_thread_plan plan;
    _Atomic int references;
    _Atomic int stopping; /* no further block */
    _Atomic int ended;    /* `run` has returned, or signalled an error */
    _Atomic uint64_t given;
    _Atomic uint64_t done;
    _Atomic uint64_t begun_at; /* rtj_stats_now(); 0: not yet */
    uint32_t frames;
    rtj_wake to_thread;
    rtj_wake to_jack;
    rtj_jack_thread *thread; /* owned; NULL until it was made */
    /* The thread's own. */
    uint64_t taken;
    int within; /* between wait and signal */
};

/* Whose process thread this is. */
static _Thread_local rtj_handover *here;

/* ---- JACK's thread ---- */

static int is_over(const rtj_handover *handover)
{
    return atomic_load(&handover->stopping) || atomic_load(&handover->ended);
}

/* rtj_process_thread's work. */
static void hand_over(void *context, uint32_t frames)
{
    rtj_handover *handover = context;
    if (is_over(handover)) {
        return;
    }
    rtj_stats *stats = rtj_client_rt_stats(handover->client);
    uint64_t since = rtj_stats_wait(stats);
    uint64_t number = atomic_load(&handover->given) + 1;
    handover->frames = frames;
    atomic_store(&handover->begun_at, 0);
    atomic_store(&handover->given, number);
    rtj_wake_set(&handover->to_thread);
    while (atomic_load(&handover->done) != number && !is_over(handover)) {
        (void)rtj_wake_wait(&handover->to_jack, -1);
    }
    uint64_t begun = atomic_load(&handover->begun_at);
    if (begun != 0) {
        rtj_stats_waited_until(stats, since, begun);
    }
}

/* ---- the process thread ---- */

static rtj_handover *own(const rtj_client *client, const char *what, rtj_error *error)
{
    if (here == NULL || here->client != client) {
        (void)rtj_fail(error, RTJ_FAILED, 0,
                       "%s() is for the function of set_process_thread(), on the "
                       "thread that it is called on",
                       what);
        return NULL;
    }
    return here;
}

rtj_status rtj_handover_wait(const rtj_client *client, uint32_t *frames,
                             rtj_error *error)
{
    rtj_handover *handover = own(client, "cycle_wait", error);
    if (handover == NULL) {
        return RTJ_FAILED;
    }
    if (handover->within) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "cycle_wait() once more without a cycle_signal() for the block "
                        "before");
    }
    while (!is_over(handover) && atomic_load(&handover->given) == handover->taken) {
        (void)rtj_wake_wait(&handover->to_thread, -1);
    }
    if (is_over(handover)) {
        return rtj_fail(error, RTJ_INTERRUPTED, 0,
                        "there is no further block: the client is not active any more");
    }
    handover->taken = atomic_load(&handover->given);
    handover->within = 1;
    *frames = handover->frames;
    return RTJ_OK;
}

void rtj_handover_begun(const rtj_client *client)
{
    if (here != NULL && here->client == client && here->within) {
        const rtj_stats *stats = rtj_client_rt_stats(here->client);
        atomic_store(&here->begun_at, rtj_stats_now(stats));
    }
}

static void leave_block(rtj_handover *handover)
{
    if (handover->within) {
        handover->within = 0;
        atomic_store(&handover->done, handover->taken);
        rtj_wake_set(&handover->to_jack);
    }
}

static void finish(rtj_handover *handover)
{
    if (!atomic_load(&handover->stopping)) { /* what it wrote last would sound on */
        atomic_store(&handover->client->clear_all, 1);
    }
    atomic_store(&handover->ended, 1);
    rtj_wake_set(&handover->to_jack);
}

rtj_status rtj_handover_signal(const rtj_client *client, int status, rtj_error *error)
{
    rtj_handover *handover = own(client, "cycle_signal", error);
    if (handover == NULL) {
        return RTJ_FAILED;
    }
    if (!handover->within) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "cycle_signal() without a block that cycle_wait() gave");
    }
    if (status != 0) {
        finish(handover);
    }
    leave_block(handover);
    return RTJ_OK;
}

static void release(rtj_handover *handover)
{
    if (atomic_fetch_sub(&handover->references, 1) != 1) {
        return;
    }
    rtj_wake_close(&handover->to_thread);
    rtj_wake_close(&handover->to_jack);
    if (handover->thread != NULL) {
        rtj_jack_thread_release(handover->thread);
    }
    rtj_client_release(handover->client);
    free(handover);
}

static void run(void *data)
{
    rtj_handover *handover = data;
    here = handover;
    /* Between two blocks, too: JACK's thread waits for this one from the next on. */
    const rtj_client *before = rtj_client_callback_begin(handover->client);
    handover->plan.run(handover->plan.context);
    rtj_client_callback_end(before);
    here = NULL;
    finish(handover);
    leave_block(handover);
    handover->plan.end(handover->plan.context);
    release(handover);
}

/* ---- the client's side ---- */

static rtj_handover *retained(rtj_client *client)
{
    pthread_mutex_lock(&client->own.lock);
    rtj_handover *handover = client->handover;
    if (handover != NULL) {
        atomic_fetch_add(&handover->references, 1);
    }
    pthread_mutex_unlock(&client->own.lock);
    return handover;
}

static void replace(rtj_client *client, rtj_handover *handover)
{
    pthread_mutex_lock(&client->own.lock);
    rtj_handover *before = client->handover;
    client->handover = handover;
    pthread_mutex_unlock(&client->own.lock);
    if (before != NULL) {
        release(before);
    }
}

static void fill(rtj_client *client)
{
    rtj_process_thread *thread = &client->thread;
    thread->cycle = &client->cycle;
    thread->handle = client->handle;
    thread->cycle_wait = client->lib->jack_cycle_wait;
    thread->cycle_signal = client->lib->jack_cycle_signal;
    thread->clear_all = &client->clear_all;
    thread->native = client->thread_plan.native;
    thread->argument = client->thread_plan.argument;
    thread->work = NULL;
    thread->context = NULL;
}

static rtj_status refuse_active(rtj_error *error)
{
    return rtj_fail(error, RTJ_CODE, -1,
                    "Error setting process thread: the client is active, call "
                    "deactivate() first");
}

static rtj_status set_locked(rtj_client *client, const rtj_thread_plan *plan,
                             rtj_error *error)
{
    if (atomic_load(&client->active)) {
        return refuse_active(error);
    }
    int stays = client->thread_plan.run != NULL && plan->run != NULL;
    if (client->lib->kind == RTJ_JACK1 && client->was_active && !stays) {
        return rtj_fail(error, RTJ_NOT_SUPPORTED, 0,
                        "JACK1 begins a client's thread once, with the first "
                        "activation: set its process thread before that, or open "
                        "another client");
    }
    int wanted = plan->native != NULL || plan->run != NULL;
    rtj_status status =
        wanted ? rtj_units_ready_to_clear_locked(client, error) : RTJ_OK;
    if (status == RTJ_OK) {
        client->thread_plan = *plan;
        atomic_store(&client->has_thread, wanted);
    }
    return status;
}

rtj_status rtj_process_thread_set(rtj_client *client, const rtj_thread_plan *plan,
                                  rtj_error *error)
{
    RTJ_NEED(client->lib, jack_set_process_thread, error);
    if (rtj_client_in_callback(client)) { /* who holds `lifecycle` may wait for it */
        return refuse_active(error);
    }
    pthread_mutex_lock(&client->lifecycle);
    rtj_status status = RTJ_CLOSED;
    if (rtj_client_enter(client, error) != NULL) {
        status = set_locked(client, plan, error);
        rtj_client_leave(client);
    } else if (error != NULL) {
        status = error->status;
    }
    pthread_mutex_unlock(&client->lifecycle);
    return status;
}

int rtj_process_thread_is_set(const rtj_client *client)
{
    return atomic_load(&client->has_thread);
}

/* 0, or an errno value. */
static int new_handover(rtj_client *client, rtj_handover **result)
{
    rtj_handover *handover = calloc(1, sizeof *handover);
    if (handover == NULL) {
        return ENOMEM;
    }
    rtj_client_retain(client);
    handover->client = client;
    handover->plan = client->thread_plan;
    atomic_init(&handover->references, 1);
    handover->to_jack = (rtj_wake){-1, -1};
    int failed = rtj_wake_open(&handover->to_thread);
    failed = failed == 0 ? rtj_wake_open(&handover->to_jack) : failed;
    if (failed != 0) {
        release(handover);
        return failed;
    }
    *result = handover;
    return 0;
}

static rtj_status launch(rtj_client *client, rtj_handover *handover, rtj_error *error)
{
    const rtj_libjack *lib = client->lib;
    int priority = lib->jack_client_real_time_priority != NULL
                       ? lib->jack_client_real_time_priority(client->handle)
                       : -1;
    int realtime = lib->jack_is_realtime(client->handle) && priority > 0;
    atomic_fetch_add(&handover->references, 1);
    rtj_status status = rtj_jack_thread_start(client, priority, realtime, run, handover,
                                              &handover->thread, error);
    if (status == RTJ_CODE && realtime && lib->kind == RTJ_PIPEWIRE) {
        /* The server may have realtime through RTKit alone; its other clients go on
         * without, too. */
        status = rtj_jack_thread_start(client, priority, 0, run, handover,
                                       &handover->thread, error);
    }
    if (status != RTJ_OK) {
        atomic_fetch_sub(&handover->references, 1);
    }
    return status;
}

rtj_status rtj_handover_start_locked(rtj_client *client, rtj_error *error)
{
    rtj_handover *before = client->handover;
    if (before != NULL && rtj_jack_thread_runs(before->thread)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "the function of the client's process thread, called before it "
                        "was deactivated, has not returned yet");
    }
    replace(client, NULL);
    fill(client);
    if (client->thread_plan.run == NULL) {
        return RTJ_OK;
    }
    rtj_handover *handover = NULL;
    int failed = new_handover(client, &handover);
    if (failed != 0) {
        return rtj_fail_without(error, failed, "a process thread");
    }
    rtj_status status = launch(client, handover, error);
    if (status != RTJ_OK) {
        release(handover);
        return status;
    }
    client->thread.work = hand_over;
    client->thread.context = handover;
    replace(client, handover);
    return RTJ_OK;
}

void rtj_handover_stop(rtj_client *client)
{
    rtj_handover *handover = retained(client);
    if (handover != NULL) {
        atomic_store(&handover->stopping, 1);
        rtj_wake_set(&handover->to_thread);
        rtj_wake_set(&handover->to_jack);
        release(handover);
    }
}

rtj_status rtj_handover_await(rtj_client *client, double seconds, rtj_error *error)
{
    rtj_patience patience = {seconds, NULL, NULL};
    rtj_handover *handover =
        client->generation == rtj_registry_generation() ? retained(client) : NULL;
    if (handover == NULL) {
        return RTJ_OK;
    }
    rtj_status status = RTJ_OK;
    if (atomic_load(&handover->stopping)) {
        if (!rtj_jack_thread_is_current(handover->thread)) { /* ending: nothing runs */
            status = rtj_jack_thread_join(handover->thread, &patience, NULL);
        }
        if (status == RTJ_OK && !rtj_cycle_runs(&client->cycle)) {
            replace(client, NULL);
        }
    }
    release(handover);
    if (status == RTJ_TIMEOUT) {
        return rtj_fail(
            error, status, 0,
            "no block is processed any more, but the function of the process "
            "thread has not returned within %g seconds",
            seconds);
    }
    return status;
}

#include "core/client.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/client_impl.h"
#include "core/listeners.h"
#include "core/midireceiver.h"
#include "core/nodes.h"
#include "core/registry.h"
#include "core/ask.h"

enum { TICK_NS = 500000 }; /* between two looks at a state that others change */

static void tick(void)
{
    struct timespec pause = {0, TICK_NS};
    nanosleep(&pause, NULL);
}

/* ---- activating and deactivating ---- */

static void task_abandoned(void *argument)
{
    rtj_client_release(argument);
}

/* Run `task` on the client; its thread holds a reference of its own. */
static rtj_status run_on_client(rtj_client *client, rtj_task *task, const char *what,
                                const rtj_patience *patience, rtj_error *error)
{
    rtj_client_retain(client);
    rtj_status status = rtj_run(task, task_abandoned, client, what, patience, error);
    if (status != RTJ_TIMEOUT && status != RTJ_INTERRUPTED) {
        rtj_client_release(client);
    }
    return status;
}

/* As run_on_client(); without memory or a thread for it here, and without that
 * patience: JACK would go on to call what is freed soon. */
static rtj_status end_on_client(rtj_client *client, rtj_task *task, const char *what,
                                const rtj_patience *patience, rtj_error *error)
{
    client->ending = 0;
    rtj_status status = run_on_client(client, task, what, patience, error);
    int has_run = client->ending || status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED;
    return has_run ? status : task(client, error);
}

enum { PIPEWIRE_QUESTIONS = 20 };
static const double brief_patience = 0.5; /* seconds */
static const double time_within = 0.25;   /* seconds */

/* JACK1's jack_activate() waits for its new thread by a condition that all clients of
 * the process share, and that each call makes anew: the one before would wait for ever.
 */
static pthread_mutex_t jack1_activates = PTHREAD_MUTEX_INITIALIZER;

static int activate(rtj_client *client)
{
    int alone = client->lib->kind == RTJ_JACK1;
    if (alone) {
        pthread_mutex_lock(&jack1_activates);
    }
    int code = client->lib->jack_activate(client->handle);
    if (alone) {
        pthread_mutex_unlock(&jack1_activates);
    }
    return code;
}

static int deactivate(rtj_client *client)
{
    return client->lib->jack_deactivate(client->handle);
}

/* PipeWire before 0.3.71 ends the wait for its server also when that says that
 * something, a link that has just gone say, is not there; and has done only half of it
 * then. */
static int ask_until_heard(rtj_client *client, int (*question)(rtj_client *client))
{
    int code = RTJ_ASK(client, question(client));
    for (int asked = 1; asked < PIPEWIRE_QUESTIONS && code == -ENOENT &&
                        client->lib->kind == RTJ_PIPEWIRE;
         asked++) {
        code = RTJ_ASK(client, question(client));
    }
    return code;
}

static void await_first_cycle(const rtj_client *client, rtj_libjack_kind kind,
                              double seconds)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    while (client->lib->kind == kind && client->in_cycle != RTJ_NO_ROLE &&
           rtj_cycle_mark(&client->cycle) == client->mark &&
           !atomic_load(&client->notifier.lost) && !rtj_deadline_passed(&deadline)) {
        tick();
    }
}

static rtj_status activate_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    client->mark = rtj_cycle_mark(&client->cycle);
    rtj_jack_thread_begin_with(client->thread_init);
    int code = ask_until_heard(client, activate);
    rtj_jack_thread_begin_with((rtj_thread_init){0});
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error activating JACK client");
    }
    /* PipeWire's library has no time until then: each is 0. */
    await_first_cycle(client, RTJ_PIPEWIRE, time_within);
    return RTJ_OK;
}

/* When freewheeling ends, JACK2 puts its graph back to what it was at the begin.  With
 * a client in it that has left meanwhile, every cycle fails from then on.  One that was
 * not active then was not in it, and is not told of an end that others bring. */
static void end_own_freewheel(rtj_client *client)
{
    if (atomic_load(&client->notifier.freewheels) &&
        atomic_exchange(&client->freewheel, 0)) {
        (void)RTJ_ASK(client, client->lib->jack_set_freewheel(client->handle, 0));
    }
}

static rtj_status deactivate_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    client->ending = 1;
    end_own_freewheel(client);
    /* JACK2 takes a client out of the graph only where it sees it there.  Now and then
     * it answers an activation a cycle too early; who leaves before his first cycle
     * would then stay in the graph for ever, and no cycle of the server would end any
     * more. */
    await_first_cycle(client, RTJ_JACK2, brief_patience);
    int code = ask_until_heard(client, deactivate);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error deactivating JACK client");
    }
    return RTJ_OK;
}

void rtj_client_want_cycle(rtj_client *client)
{
    atomic_store(&client->wants_cycle, 1);
}

void rtj_client_set_thread_init(rtj_client *client, void (*run)(void *data), void *data)
{
    pthread_mutex_lock(&client->lifecycle);
    client->thread_init = (rtj_thread_init){run, data};
    pthread_mutex_unlock(&client->lifecycle);
}

/* libjack takes a thread or a callback, never one beside the other.  libjack's code. */
static int leave_role(rtj_client *client)
{
    const rtj_libjack *lib = client->lib;
    int code = 0;
    if (client->in_cycle == RTJ_CALLED) {
        code = lib->jack_set_process_callback(client->handle, NULL, NULL);
    } else if (client->in_cycle == RTJ_LOOPS) {
        code = lib->jack_set_process_thread(client->handle, NULL, NULL);
    }
    if (code == 0) {
        client->in_cycle = RTJ_NO_ROLE;
    }
    return code;
}

/* A client that has nothing to do in the cycle and no ports stays out of it, as with
 * libjack itself: a patchbay then costs the audio graph nothing.  JACK1 calls the sync
 * and timebase callbacks of those alone that are in the cycle. */
static rtj_status take_cycle(rtj_client *client, rtj_error *error)
{
    int wanted = client->chain != NULL || atomic_load(&client->wants_ports) ||
                 atomic_load(&client->has_thread) || client->thread_init.run != NULL ||
                 (client->lib->kind == RTJ_JACK1 && atomic_load(&client->wants_cycle));
    rtj_role role = atomic_load(&client->has_thread) ? RTJ_LOOPS : RTJ_CALLED;
    if (client->in_cycle == role || !wanted) {
        return RTJ_OK;
    }
    int code = leave_role(client);
    if (code == 0) {
        code = role == RTJ_LOOPS
                   ? client->lib->jack_set_process_thread(
                         client->handle, rtj_process_thread_run, &client->thread)
                   : client->lib->jack_set_process_callback(
                         client->handle, rtj_cycle_process, &client->cycle);
    }
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error setting process %s",
                        role == RTJ_LOOPS ? "thread" : "callback");
    }
    client->in_cycle = role;
    return RTJ_OK;
}

rtj_status rtj_client_refuse_in_callback(const rtj_client *client, const char *what,
                                         rtj_error *error)
{
    if (rtj_client_in_callback(client)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "a client can't be %s from within its own process, blocksize, "
                        "sync or timebase callback or process thread: JACK would wait "
                        "for its own thread",
                        what);
    }
    return RTJ_OK;
}

/* `tells`: JACK would tell the other clients.  JACK1 waits for each of them then, also
 * for the one whose thread this is, until it throws that one out. */
static rtj_status refuse_here(const rtj_client *client, const char *what, int tells,
                              rtj_error *error)
{
    if (rtj_detached_here(client) != NULL) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "a client can't be %s from within its own process callback: it "
                        "would wait for that to end",
                        what);
    }
    rtj_status status = rtj_client_refuse_in_callback(client, what, error);
    if (status == RTJ_OK && tells && client->lib->kind == RTJ_JACK1 &&
        rtj_client_in_any_callback()) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "with JACK1 a client can't be %s from within another one's "
                        "process, blocksize, latency, sync or timebase callback or "
                        "process thread: JACK would wait for that one's thread",
                        what);
    }
    return status;
}

rtj_status rtj_client_activate_locked(rtj_client *client, const rtj_patience *patience,
                                      rtj_error *error)
{
    if (atomic_load(&client->active)) {
        return RTJ_OK;
    }
    rtj_status status = take_cycle(client, error);
    rtj_telemetry_activate(client);
    if (status == RTJ_OK) {
        rtj_cycle_open(&client->cycle);
        status = run_on_client(client, activate_task,
                               "activating a client (jack_activate)", patience, error);
    }
    if (status == RTJ_OK) {
        atomic_store(&client->active, 1);
        client->was_active = 1;
    } else {
        rtj_cycle_shut(&client->cycle);
    }
    return status;
}

/* libjack has been told.  The program may free now what its callbacks use: JACK's word
 * that none runs is not enough, a thread that JACK1 has given up may come late. */
static rtj_status leave_cycle(rtj_client *client, rtj_error *error)
{
    atomic_store(&client->active, 0);
    rtj_cycle_shut(&client->cycle);
    return rtj_client_wait_for_pass(client, error);
}

rtj_status rtj_client_deactivate_locked(rtj_client *client,
                                        const rtj_patience *patience, rtj_error *error)
{
    if (!atomic_load(&client->active)) {
        return RTJ_OK;
    }
    rtj_status status =
        end_on_client(client, deactivate_task,
                      "deactivating a client (jack_deactivate)", patience, error);
    rtj_status left = leave_cycle(client, status == RTJ_OK ? error : NULL);
    return status == RTJ_OK ? left : status;
}

/* Without `lifecycle`: wait for the threads that call the program.  The first failure
 * wins. */
static rtj_status await_threads(rtj_client *client, const rtj_patience *patience,
                                rtj_status status, rtj_error *error)
{
    double seconds = patience->seconds / 4;
    rtj_error *first = status == RTJ_OK ? error : NULL;
    rtj_status detached = rtj_detached_await(client, seconds, first);
    status = status == RTJ_OK ? detached : status;
    first = status == RTJ_OK ? error : NULL;
    rtj_status handover = rtj_handover_await(client, seconds, first);
    return status == RTJ_OK ? handover : status;
}

rtj_status rtj_client_activate(rtj_client *client, const rtj_patience *patience,
                               rtj_error *error)
{
    rtj_status status = refuse_here(client, "activated", 1, error);
    if (status != RTJ_OK) {
        return status;
    }
    /* The lock first: closing holds it while it waits for those who have entered. */
    pthread_mutex_lock(&client->lifecycle);
    if (rtj_client_enter(client, error) == NULL) {
        pthread_mutex_unlock(&client->lifecycle);
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int was_active = atomic_load(&client->active);
    if (!was_active) {
        status = rtj_detached_start_locked(client, error);
    }
    if (!was_active && status == RTJ_OK) {
        status = rtj_handover_start_locked(client, error);
    }
    int started = status == RTJ_OK;
    if (started) {
        status = rtj_client_activate_locked(client, patience, error);
    }
    if (status != RTJ_OK && !was_active) {
        rtj_handover_stop(client);
        rtj_detached_stop_locked(client, 1);
    }
    rtj_client_leave(client);
    pthread_mutex_unlock(&client->lifecycle);
    if (status != RTJ_OK) {
        rtj_patience brief = {started ? patience->seconds : 0.0, NULL, NULL};
        (void)await_threads(client, &brief, RTJ_OK, NULL);
    } else if (!was_active) {
        rtj_detached_began(client);
    }
    return status;
}

rtj_status rtj_client_deactivate(rtj_client *client, const rtj_patience *patience,
                                 rtj_error *error)
{
    rtj_status status =
        refuse_here(client, "deactivated", rtj_client_is_active(client), error);
    if (status != RTJ_OK) {
        return status;
    }
    /* The lock first: closing holds it while it waits for those who have entered. */
    pthread_mutex_lock(&client->lifecycle);
    if (rtj_client_enter(client, error) == NULL) {
        pthread_mutex_unlock(&client->lifecycle);
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    if (atomic_load(&client->active)) {
        rtj_detached_stop_locked(client, 0);
        rtj_handover_stop(client);
        status = rtj_client_deactivate_locked(client, patience, error);
        rtj_detached_stop_locked(client, 1);
    }
    rtj_client_leave(client);
    pthread_mutex_unlock(&client->lifecycle);
    return await_threads(client, patience, status, error);
}

/* ---- freewheeling ---- */

rtj_status rtj_client_set_freewheel(rtj_client *client, int on, rtj_error *error)
{
    jack_client_t *handle = RTJ_ENTER(client, jack_set_freewheel, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    int code = RTJ_ASK(client, client->lib->jack_set_freewheel(handle, on));
    if (code == 0) {
        atomic_store(&client->freewheel, on);
    }
    rtj_client_leave(client);
    if (code != 0) {
        return rtj_fail(error, RTJ_CODE, code, "Error setting freewheel mode");
    }
    return RTJ_OK;
}

/* ---- closing ---- */

static rtj_status close_task(void *argument, rtj_error *error)
{
    rtj_client *client = argument;
    rtj_error ignored;
    client->ending = 1;
    if (atomic_load(&client->active)) {
        (void)deactivate_task(client, &ignored); /* libjack's close would do it again */
        (void)leave_cycle(client, &ignored);
    }
    /* The audio thread has ended; whoever else is inside comes out by himself. */
    atomic_fetch_or(&client->gate, RTJ_GATE_SHUT);
    while (atomic_load(&client->gate) != RTJ_GATE_SHUT) {
        tick();
    }
    rtj_client_end_ports(client);
    if (rtj_client_drop_hold(client) != RTJ_OK) {
        return rtj_fail(error, RTJ_CODE, -1, "Error closing JACK client");
    }
    return RTJ_OK;
}

/* In a child after fork() nothing of the client is there but its memory. */
static rtj_status close_forked(rtj_client *client)
{
    atomic_fetch_or(&client->gate, RTJ_GATE_SHUT);
    client->closed = 1;
    return RTJ_OK;
}

rtj_status rtj_client_close(rtj_client *client, const rtj_patience *patience,
                            rtj_error *error)
{
    if (client->generation != rtj_registry_generation()) {
        return close_forked(client);
    }
    rtj_status status =
        refuse_here(client, "closed", rtj_client_is_active(client), error);
    if (status != RTJ_OK) {
        return status;
    }
    int busy = rtj_delivery_stop(client->delivery, patience->seconds / 4);
    pthread_mutex_lock(&client->lifecycle);
    if (!client->closed) {
        client->closed = 1;
        rtj_registry_remove(client);
        rtj_detached_stop_locked(client, 0);
        rtj_handover_stop(client);
        status = end_on_client(client, close_task,
                               "closing a client (jack_client_close)", patience, error);
        atomic_fetch_or(&client->gate, RTJ_GATE_SHUT); /* also when it timed out */
        rtj_listeners_dismiss(client);
        rtj_detached_stop_locked(client, 1);
        rtj_midi_receivers_wake(client);
    }
    pthread_mutex_unlock(&client->lifecycle);
    status = await_threads(client, patience, status, error);
    if (status == RTJ_OK && busy) {
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "the client is closed, but a notification callback of it still "
                        "runs");
    }
    return status;
}

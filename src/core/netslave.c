#include "core/netslave.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/log.h"
#include "core/netslave_impl.h"
#include "core/registry.h"
#include "core/thread.h"
#include "rt/guard.h"

enum {
    PARK_MS = 300,    /* how long a block may be on its way when we close */
    RESTART_MS = 2500 /* libjacknet asks each second whether to go on looking */
};

/* ---- libjacknet's thread ---- */

/* libjacknet ends its thread by cancelling it, wherever it may be: in an allocator, for
 * one.  So when we close it waits here for that. */
static void park(rtj_netslave *slave)
{
    atomic_store(&slave->parked, 1);
    for (;;) {
        struct timespec long_time = {3600, 0};
        (void)nanosleep(&long_time, NULL);
    }
}

static int on_process(jack_nframes_t frames, int audio_in, float **audio_in_buffer,
                      int midi_in, void **midi_in_buffer, int audio_out,
                      float **audio_out_buffer, int midi_out, void **midi_out_buffer,
                      void *data)
{
    rtj_netslave *slave = data;
    (void)frames;
    if (atomic_load(&slave->closing)) {
        park(slave);
    }
    rtj_guard guard = rtj_guard_enter();
    atomic_store_explicit(&slave->restarting, 0, memory_order_relaxed);
    atomic_store_explicit(&slave->connected, 1, memory_order_relaxed);
    if ((uint32_t)audio_in == slave->facts.audio_in &&
        (uint32_t)audio_out == slave->facts.audio_out &&
        (uint32_t)midi_in == slave->facts.midi_in &&
        (uint32_t)midi_out == slave->facts.midi_out) {
        rtj_net_blocks_run(&slave->blocks, audio_in_buffer, midi_in_buffer,
                           audio_out_buffer, midi_out_buffer);
    }
    rtj_guard_leave(guard);
    return 0;
}

static void wake_both(rtj_netslave *slave)
{
    rtj_wake_set(&slave->blocks.in.wake);
    rtj_wake_set(&slave->blocks.out.wake);
}

static void end_for(rtj_netslave *slave, const char *reason)
{
    (void)snprintf(slave->end_reason, sizeof slave->end_reason, "%s", reason);
    atomic_store(&slave->ended, 1);
    wake_both(slave);
}

static int on_restart(void *data)
{
    rtj_netslave *slave = data;
    rtj_guard guard = rtj_guard_enter();
    int was_connected = atomic_exchange(&slave->connected, 0);
    if (was_connected || !atomic_exchange(&slave->restarting, 1)) {
        atomic_fetch_add(&slave->losses, 1);
        rtj_log_error("netjack slave: the master is gone");
    }
    atomic_store(&slave->restarting, 1);
    int give_up = atomic_load(&slave->closing) || !slave->options.reconnect;
    if (give_up) {
        end_for(slave, "the master is gone, and no other was to be looked for");
    }
    wake_both(slave);
    rtj_guard_leave(guard);
    return give_up;
}

static int on_frames(jack_nframes_t frames, void *data)
{
    rtj_netslave *slave = data;
    if (frames == slave->facts.frames) {
        return 0;
    }
    end_for(slave, "the master came back with another block size");
    return 1;
}

static int on_samplerate(jack_nframes_t samplerate, void *data)
{
    rtj_netslave *slave = data;
    if (samplerate == slave->facts.samplerate) {
        return 0;
    }
    end_for(slave, "the master came back with another sample rate");
    return 1;
}

static void on_error(int code, void *data)
{
    rtj_netslave *slave = data;
    (void)code;
    atomic_fetch_add(&slave->bad_packets, 1);
}

/* ---- opening ---- */

static int make_queue(rtj_net_queue *queue, uint32_t audio, uint32_t midi,
                      uint32_t frames, uint32_t capacity)
{
    size_t floats = rtj_net_block_size(audio, midi, frames) * capacity;
    queue->audio = audio;
    queue->midi = midi;
    queue->frames = frames;
    queue->capacity = capacity;
    queue->cycles = calloc(capacity, sizeof *queue->cycles);
    queue->data = malloc((floats + 1) * sizeof *queue->data);
    if (queue->cycles == NULL || queue->data == NULL) {
        return -1;
    }
    memset(queue->data, 0, floats * sizeof *queue->data); /* touched: it is mapped */
    return 0;
}

static rtj_status make_queues(rtj_netslave *slave, rtj_error *error)
{
    const rtj_net_facts *facts = &slave->facts;
    uint32_t capacity = 8;
    while (capacity < 4 * slave->blocks.lookahead + 8) {
        capacity *= 2;
    }
    if (make_queue(&slave->blocks.in, facts->audio_in, facts->midi_in, facts->frames,
                   capacity) != 0 ||
        make_queue(&slave->blocks.out, facts->audio_out, facts->midi_out, facts->frames,
                   capacity) != 0) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for a netjack slave");
    }
    return RTJ_OK;
}

/* One second at a time, so that whoever gives up is not waited for much longer. */
static jack_net_slave_t *find_master(rtj_netslave *slave, jack_master_t *master)
{
    const rtj_net_options *options = &slave->options;
    struct timespec deadline = rtj_deadline_in(slave->seconds);
    jack_net_slave_t *found = NULL;
    do {
        jack_slave_t wish = {
            .audio_input = options->audio_in,
            .audio_output = options->audio_out,
            .midi_input = options->midi_in,
            .midi_output = options->midi_out,
            .mtu = options->mtu,
            .time_out = 1,
            .encoder = options->encoder,
            .kbps = options->kbps,
            .latency = options->latency,
        };
        memset(master, 0, sizeof *master);
        found = slave->lib->jack_net_slave_open(slave->address, options->port,
                                                slave->name, &wish, master);
    } while (found == NULL && !atomic_load(&slave->closing) &&
             !rtj_deadline_passed(&deadline));
    return found;
}

static rtj_status set_callbacks(rtj_netslave *slave, rtj_error *error)
{
    const rtj_libjacknet *lib = slave->lib;
    jack_net_slave_t *handle = slave->handle;
    if (lib->jack_set_net_slave_process_callback(handle, on_process, slave) != 0 ||
        lib->jack_set_net_slave_restart_callback(handle, on_restart, slave) != 0 ||
        lib->jack_set_net_slave_error_callback(handle, on_error, slave) != 0 ||
        lib->jack_set_net_slave_buffer_size_callback(handle, on_frames, slave) != 0 ||
        lib->jack_set_net_slave_sample_rate_callback(handle, on_samplerate, slave) !=
            0) {
        return rtj_fail(error, RTJ_FAILED, 0, "%s refuses a callback", lib->name);
    }
    return RTJ_OK;
}

/* libjacknet's thread ends at once when it may not have realtime priority. */
static rtj_status start(rtj_netslave *slave, rtj_error *error)
{
    struct timespec deadline = rtj_deadline_in(2.0);
    int failed = slave->lib->jack_net_slave_activate(slave->handle);
    while (failed == 0 && !slave->lib->jack_net_slave_is_active(slave->handle)) {
        struct timespec pause = {0, 1000000};
        if (rtj_deadline_passed(&deadline)) {
            failed = -1;
        }
        (void)nanosleep(&pause, NULL);
    }
    if (failed == 0) {
        return RTJ_OK;
    }
    return rtj_fail(error, RTJ_FAILED, 0,
                    "the network's thread does not run: libjacknet needs the right to "
                    "realtime priority 80 (see ulimit -r)");
}

static rtj_status agree(rtj_netslave *slave, rtj_error *error)
{
    jack_master_t master;
    slave->handle = find_master(slave, &master);
    if (slave->handle == NULL) {
        return rtj_fail(error, RTJ_TIMEOUT, 0,
                        "no netjack master answered at %s, UDP port %d, within %g s",
                        slave->address, slave->options.port, slave->seconds);
    }
    slave->facts = (rtj_net_facts){
        .frames = (uint32_t)master.buffer_size,
        .samplerate = (uint32_t)master.sample_rate,
        .audio_in = (uint32_t)master.audio_input,
        .audio_out = (uint32_t)master.audio_output,
        .midi_in = (uint32_t)master.midi_input,
        .midi_out = (uint32_t)master.midi_output,
    };
    (void)snprintf(slave->facts.peer, sizeof slave->facts.peer, "%s",
                   master.master_name);
    rtj_status status = rtj_net_check(&slave->facts, error);
    status = status == RTJ_OK ? make_queues(slave, error) : status;
    status = status == RTJ_OK ? set_callbacks(slave, error) : status;
    return status == RTJ_OK ? start(slave, error) : status;
}

/* What came of it is kept in the slave: a task's own time-out would be taken for that
 * of waiting for it. */
static rtj_status open_task(void *argument, rtj_error *error)
{
    rtj_netslave *slave = argument;
    (void)error;
    slave->opened.status = RTJ_OK;
    (void)agree(slave, &slave->opened);
    return RTJ_OK;
}

/* ---- closing ---- */

/* Until the network's thread has parked or ended by itself; or is where it can be
 * cancelled without harm, waiting for a packet. */
static void await_parking(const rtj_netslave *slave)
{
    uint64_t cycles = atomic_load(&slave->blocks.cycle);
    int has_run = atomic_load(&slave->connected) || cycles > 0;
    int latency = slave->options.latency > 1 ? slave->options.latency : 1;
    int wait_ms = has_run ? latency * 1000 + RESTART_MS : PARK_MS;
    if (atomic_load(&slave->restarting)) {
        wait_ms = RESTART_MS;
    }
    struct timespec deadline = rtj_deadline_in(wait_ms * 1e-3);
    while (!atomic_load(&slave->parked) && !atomic_load(&slave->ended) &&
           !rtj_deadline_passed(&deadline)) {
        struct timespec pause = {0, 1000000};
        (void)nanosleep(&pause, NULL);
    }
}

static void end_thread(rtj_netslave *slave)
{
    atomic_store(&slave->closing, 1);
    wake_both(slave);
    if (slave->handle == NULL) {
        return;
    }
    if (slave->lib->jack_net_slave_is_active(slave->handle)) {
        await_parking(slave);
    }
    (void)slave->lib->jack_net_slave_deactivate(slave->handle); /* -1: never started */
    (void)slave->lib->jack_net_slave_close(slave->handle);      /* always 0 */
    slave->handle = NULL;
}

static rtj_status close_task(void *argument, rtj_error *error)
{
    (void)error;
    end_thread(argument);
    return RTJ_OK;
}

static void abandon_closing(void *argument)
{
    rtj_netslave_release(argument);
}

rtj_status rtj_netslave_close(rtj_netslave *slave, const rtj_patience *patience,
                              rtj_error *error)
{
    rtj_status status = RTJ_OK;
    if (slave->generation != rtj_registry_generation()) {
        return RTJ_OK; /* the parent's */
    }
    pthread_mutex_lock(&slave->lifecycle);
    if (!slave->closed) {
        slave->closed = 1;
        atomic_store(&slave->closing, 1);
        wake_both(slave);
        rtj_netslave_retain(slave);
        status = rtj_run(close_task, abandon_closing, slave, "closing a netjack slave",
                         patience, error);
        if (status != RTJ_TIMEOUT && status != RTJ_INTERRUPTED) {
            rtj_netslave_release(slave);
        }
    }
    pthread_mutex_unlock(&slave->lifecycle);
    return status;
}

void rtj_netslave_retain(rtj_netslave *slave)
{
    atomic_fetch_add(&slave->references, 1);
}

static void free_queue(rtj_net_queue *queue)
{
    free(queue->cycles);
    free(queue->data);
    rtj_wake_close(&queue->wake);
}

void rtj_netslave_release(rtj_netslave *slave)
{
    if (atomic_fetch_sub(&slave->references, 1) != 1) {
        return;
    }
    free_queue(&slave->blocks.in);
    free_queue(&slave->blocks.out);
    pthread_mutex_destroy(&slave->lifecycle);
    pthread_mutex_destroy(&slave->reading);
    pthread_mutex_destroy(&slave->writing);
    free(slave);
}

/* ---- opening, continued ---- */

static void abandon_opening(void *argument)
{
    end_thread(argument);
    rtj_netslave_release(argument);
}

/* 0, or an errno value. */
static int new_slave(const rtj_net_options *options, double seconds,
                     rtj_netslave **result)
{
    rtj_netslave *slave = NULL;
    if (posix_memalign((void **)&slave, _Alignof(rtj_netslave), sizeof *slave) != 0) {
        return ENOMEM;
    }
    memset(slave, 0, sizeof *slave);
    atomic_init(&slave->references, 1);
    slave->options = *options;
    slave->seconds = seconds;
    slave->blocks.lookahead = (uint32_t)options->lookahead;
    slave->next_write = (uint64_t)options->lookahead;
    slave->generation = rtj_registry_generation();
    (void)snprintf(slave->address, sizeof slave->address, "%s", options->address);
    (void)snprintf(slave->name, sizeof slave->name, "%s", options->name);
    pthread_mutex_init(&slave->lifecycle, NULL);
    pthread_mutex_init(&slave->reading, NULL);
    pthread_mutex_init(&slave->writing, NULL);
    slave->blocks.in.wake = slave->blocks.out.wake = (rtj_wake){-1, -1};
    int failed = rtj_wake_open(&slave->blocks.in.wake);
    failed = failed == 0 ? rtj_wake_open(&slave->blocks.out.wake) : failed;
    if (failed != 0) {
        rtj_netslave_release(slave);
        return failed;
    }
    *result = slave;
    return 0;
}

static void announce(const rtj_netslave *slave)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "netjack slave: listening on UDP port %d for a master at %s",
                   slave->options.port, slave->address);
    rtj_log_info(text);
}

rtj_status rtj_netslave_open(const rtj_net_options *options,
                             const rtj_patience *patience, rtj_netslave **result,
                             rtj_error *error)
{
    const rtj_libjacknet *lib = rtj_libjacknet_get(error);
    if (lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    rtj_netslave *slave = NULL;
    int failed = new_slave(options, patience->seconds, &slave);
    if (failed != 0) {
        return rtj_fail_without(error, failed, "a netjack slave");
    }
    slave->lib = lib;
    announce(slave);
    rtj_patience longer = *patience; /* the last attempt ends by itself */
    longer.seconds += 2.0;
    rtj_netslave_retain(slave);
    rtj_status status = rtj_run(open_task, abandon_opening, slave,
                                "looking for a netjack master", &longer, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        atomic_store(&slave->closing, 1); /* the task's thread sees to the rest */
        rtj_netslave_release(slave);
        return status;
    }
    rtj_netslave_release(slave);
    if (status == RTJ_OK && slave->opened.status == RTJ_OK) {
        *result = slave;
        return RTJ_OK;
    }
    if (status == RTJ_OK) {
        status = slave->opened.status;
        *error = slave->opened;
    }
    end_thread(slave);
    rtj_netslave_release(slave);
    return status;
}

/* ---- what it is ---- */

const rtj_net_facts *rtj_netslave_facts(const rtj_netslave *slave)
{
    return &slave->facts;
}

void rtj_netslave_get_stats(const rtj_netslave *slave, rtj_netslave_stats *stats)
{
    const rtj_net_blocks *blocks = &slave->blocks;
    *stats = (rtj_netslave_stats){
        .cycles = atomic_load(&blocks->cycle),
        .lost = atomic_load(&blocks->lost),
        .missing = atomic_load(&blocks->missing),
        .late = atomic_load(&blocks->late),
        .losses = atomic_load(&slave->losses),
        .bad_packets = atomic_load(&slave->bad_packets),
    };
}

int rtj_netslave_is_connected(const rtj_netslave *slave)
{
    return atomic_load(&slave->connected) && !atomic_load(&slave->closing);
}

int rtj_netslave_is_active(rtj_netslave *slave)
{
    int active = 0;
    if (slave->generation != rtj_registry_generation()) {
        return 0;
    }
    pthread_mutex_lock(&slave->lifecycle);
    if (!slave->closed) {
        active = slave->lib->jack_net_slave_is_active(slave->handle) ||
                 atomic_load(&slave->restarting);
        active = active && !atomic_load(&slave->ended);
    }
    pthread_mutex_unlock(&slave->lifecycle);
    return active;
}

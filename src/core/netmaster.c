#include "core/netmaster.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/libjacknet.h"
#include "core/log.h"
#include "core/registry.h"
#include "core/thread.h"
#include "rt/netmidi.h"

struct rtj_netmaster {
    pthread_mutex_t lock; /* over the handle, and a call of libjacknet's */
    const rtj_libjacknet *lib;
    jack_net_master_t *handle; /* NULL: closed */
    rtj_net_facts facts;
    uint32_t latency; /* blocks */
    int partial;
    _Atomic int is_lost;
    rtj_netmaster_stats stats; /* under `lock` */
    unsigned generation;       /* of the process: rtj_registry_generation() */
    void **buffers;            /* as many as there are lanes in either direction */
};

/* ---- opening ---- */

/* Owned by the task's thread when nobody waits for it any more. */
typedef struct opening {
    const rtj_libjacknet *lib;
    rtj_net_options options;
    char address[RTJ_NET_ADDRESS_MAX + 1];
    double seconds;
    _Atomic int gave_up;
    _Atomic int users;
    jack_net_master_t *handle;
    jack_slave_t slave;
} opening;

static void leave(opening *job)
{
    if (atomic_fetch_sub(&job->users, 1) == 1) {
        if (job->handle != NULL) {
            (void)job->lib->jack_net_master_close(job->handle);
        }
        free(job);
    }
}

static void abandon(void *argument)
{
    leave(argument);
}

/* Two seconds at a time: libjacknet counts time in twos, and takes a time of one for
 * success. */
static rtj_status open_task(void *argument, rtj_error *error)
{
    opening *job = argument;
    struct timespec deadline = rtj_deadline_in(job->seconds);
    (void)error;
    do {
        jack_master_t wish = {
            .audio_input = job->options.audio_out, /* as the slave sees it */
            .audio_output = job->options.audio_in,
            .midi_input = job->options.midi_out,
            .midi_output = job->options.midi_in,
            .buffer_size = (jack_nframes_t)job->options.frames,
            .sample_rate = (jack_nframes_t)job->options.samplerate,
            .time_out = 2,
            .partial_cycle = job->options.partial,
        };
        memset(&job->slave, 0, sizeof job->slave);
        job->handle = job->lib->jack_net_master_open(job->address, job->options.port,
                                                     &wish, &job->slave);
    } while (job->handle == NULL && !atomic_load(&job->gave_up) &&
             !rtj_deadline_passed(&deadline));
    return RTJ_OK;
}

static opening *prepare(const rtj_net_options *options, double seconds,
                        rtj_error *error)
{
    opening *job = calloc(1, sizeof *job);
    if (job == NULL) {
        (void)rtj_fail(error, RTJ_MEMORY, 0, "no memory for a netjack master");
        return NULL;
    }
    job->options = *options;
    job->seconds = seconds;
    atomic_init(&job->users, 2);
    (void)snprintf(job->address, sizeof job->address, "%s", options->address);
    char text[256];
    (void)snprintf(text, sizeof text,
                   "netjack master: listening on UDP port %d for a slave, group %s",
                   options->port, job->address);
    rtj_log_info(text);
    return job;
}

static rtj_netmaster *make(opening *job)
{
    const jack_slave_t *slave = &job->slave;
    rtj_netmaster *master = calloc(1, sizeof *master);
    void **buffers = calloc(4 * ((size_t)RTJ_NET_CHANNELS_MAX + 1), sizeof *buffers);
    if (master == NULL || buffers == NULL) {
        free(master);
        free(buffers);
        return NULL;
    }
    pthread_mutex_init(&master->lock, NULL);
    master->lib = job->lib;
    master->handle = job->handle;
    job->handle = NULL;
    master->buffers = buffers;
    master->partial = job->options.partial;
    master->latency = (uint32_t)slave->latency;
    master->generation = rtj_registry_generation();
    master->facts = (rtj_net_facts){
        .frames = (uint32_t)job->options.frames,
        .samplerate = (uint32_t)job->options.samplerate,
        .audio_in = (uint32_t)slave->audio_output,
        .audio_out = (uint32_t)slave->audio_input,
        .midi_in = (uint32_t)slave->midi_output,
        .midi_out = (uint32_t)slave->midi_input,
    };
    return master;
}

rtj_status rtj_netmaster_open(const rtj_net_options *options,
                              const rtj_patience *patience, rtj_netmaster **result,
                              rtj_error *error)
{
    const rtj_libjacknet *lib = rtj_libjacknet_get(error);
    if (lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    opening *job = prepare(options, patience->seconds, error);
    if (job == NULL) {
        return RTJ_MEMORY;
    }
    job->lib = lib;
    rtj_patience longer = *patience; /* the last attempt ends by itself */
    longer.seconds += 3.0;
    rtj_status status =
        rtj_run(open_task, abandon, job, "waiting for a netjack slave", &longer, error);
    atomic_store(&job->gave_up, 1);
    if (status == RTJ_OK && job->handle == NULL) {
        status = rtj_fail(error, RTJ_TIMEOUT, 0,
                          "no netjack slave agreed at %s, UDP port %d, within %g s",
                          job->address, options->port, patience->seconds);
        leave(job);
    } else if (status == RTJ_OK) {
        rtj_netmaster *master = make(job);
        status = master == NULL ? rtj_fail(error, RTJ_MEMORY, 0, "out of memory")
                                : rtj_net_check(&master->facts, error);
        if (status == RTJ_OK) {
            *result = master;
        } else if (master != NULL) {
            rtj_netmaster_close(master);
            rtj_netmaster_free(master);
        }
        leave(job);
    } else if (status != RTJ_TIMEOUT && status != RTJ_INTERRUPTED) {
        leave(job); /* there was no thread for it */
    }
    leave(job);
    return status;
}

void rtj_netmaster_close(rtj_netmaster *master)
{
    if (master->generation != rtj_registry_generation()) {
        return; /* the parent's */
    }
    pthread_mutex_lock(&master->lock);
    if (master->handle != NULL) {
        (void)master->lib->jack_net_master_close(master->handle); /* always 0 */
        master->handle = NULL;
    }
    pthread_mutex_unlock(&master->lock);
}

void rtj_netmaster_free(rtj_netmaster *master)
{
    pthread_mutex_destroy(&master->lock);
    free(master->buffers);
    free(master);
}

/* ---- what it is ---- */

const rtj_net_facts *rtj_netmaster_facts(const rtj_netmaster *master)
{
    return &master->facts;
}

uint32_t rtj_netmaster_latency(const rtj_netmaster *master)
{
    return master->latency;
}

void rtj_netmaster_get_stats(rtj_netmaster *master, rtj_netmaster_stats *stats)
{
    pthread_mutex_lock(&master->lock);
    *stats = master->stats;
    pthread_mutex_unlock(&master->lock);
}

int rtj_netmaster_is_closed(rtj_netmaster *master)
{
    pthread_mutex_lock(&master->lock);
    int is_closed = master->handle == NULL;
    pthread_mutex_unlock(&master->lock);
    return is_closed || master->generation != rtj_registry_generation();
}

int rtj_netmaster_is_connected(rtj_netmaster *master)
{
    return !rtj_netmaster_is_closed(master) && !atomic_load(&master->is_lost);
}

/* ---- blocks ---- */

/* The pieces of `block`, audio first; where those of MIDI begin. */
static void **lay_out(rtj_netmaster *master, float *block, uint32_t audio,
                      uint32_t midi)
{
    for (uint32_t i = 0; i < audio + midi; i++) {
        master->buffers[i] = block + (size_t)i * master->facts.frames;
    }
    return master->buffers + audio;
}

static rtj_status judge_locked(rtj_netmaster *master, int code, rtj_error *error)
{
    if (code == SYNC_PACKET_ERROR || code == DATA_PACKET_ERROR) {
        master->stats.bad_packets++;
        return RTJ_OK;
    }
    if (code >= 0) {
        return RTJ_OK;
    }
    atomic_store(&master->is_lost, 1);
    return rtj_fail(error, RTJ_LINK_LOST, 0,
                    "the netjack slave is gone; open another NetMaster for the next");
}

static rtj_status enter_locked(rtj_netmaster *master, rtj_error *error)
{
    if (master->handle == NULL || master->generation != rtj_registry_generation()) {
        return rtj_fail(error, RTJ_CLOSED, 0, "the netjack master is closed");
    }
    return RTJ_OK;
}

static int send_locked(rtj_netmaster *master, float *block, uint32_t frames)
{
    const rtj_net_facts *facts = &master->facts;
    int audio = (int)facts->audio_out;
    int midi = (int)facts->midi_out;
    void **midi_buffers = lay_out(master, block, facts->audio_out, facts->midi_out);
    float **audio_buffers = (float **)master->buffers;
    if (frames == facts->frames) {
        return master->lib->jack_net_master_send(master->handle, audio, audio_buffers,
                                                 midi, midi_buffers);
    }
    return master->lib->jack_net_master_send_slice(master->handle, audio, audio_buffers,
                                                   midi, midi_buffers, (int)frames);
}

static int receive_locked(rtj_netmaster *master, float *block, uint32_t frames)
{
    const rtj_net_facts *facts = &master->facts;
    int audio = (int)facts->audio_in;
    int midi = (int)facts->midi_in;
    void **midi_buffers = lay_out(master, block, facts->audio_in, facts->midi_in);
    float **audio_buffers = (float **)master->buffers;
    uint32_t bytes = facts->frames * (uint32_t)sizeof *block;
    for (uint32_t i = 0; i < facts->midi_in; i++) { /* a bad packet leaves them */
        rtj_net_midi_clear(midi_buffers[i], bytes, facts->frames);
    }
    if (!master->partial) {
        return master->lib->jack_net_master_recv(master->handle, audio, audio_buffers,
                                                 midi, midi_buffers);
    }
    return master->lib->jack_net_master_recv_slice(master->handle, audio, audio_buffers,
                                                   midi, midi_buffers, (int)frames);
}

rtj_status rtj_netmaster_send(rtj_netmaster *master, float *block, uint32_t frames,
                              rtj_error *error)
{
    rtj_signals before;
    rtj_signals_hold(&before);
    pthread_mutex_lock(&master->lock);
    rtj_status status = enter_locked(master, error);
    if (status == RTJ_OK) {
        status = judge_locked(master, send_locked(master, block, frames), error);
        master->stats.sent += status == RTJ_OK ? 1 : 0;
    }
    pthread_mutex_unlock(&master->lock);
    rtj_signals_release(&before);
    return status;
}

rtj_status rtj_netmaster_receive(rtj_netmaster *master, float *block, uint32_t frames,
                                 rtj_error *error)
{
    rtj_signals before;
    rtj_signals_hold(&before);
    pthread_mutex_lock(&master->lock);
    rtj_status status = enter_locked(master, error);
    if (status == RTJ_OK && master->stats.sent == 0) {
        /* Only from then on does libjacknet wait no longer than it should. */
        status = rtj_fail(error, RTJ_FAILED, 0,
                          "a netjack slave answers: send a block before receiving one");
    }
    if (status == RTJ_OK) {
        status = judge_locked(master, receive_locked(master, block, frames), error);
        master->stats.received += status == RTJ_OK ? 1 : 0;
    }
    pthread_mutex_unlock(&master->lock);
    rtj_signals_release(&before);
    return status;
}

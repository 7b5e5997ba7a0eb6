#include "core/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/latency.h"
#include "core/nodes.h"
#include "core/streams_impl.h"
#include "core/thread.h"

enum {
    LONGEST_BLOCK = 8192, /* frames; JACK knows none longer */
    BREAK_BYTES = 1 << 12,
    SLICE_MS = 50, /* how long to wait before looking whether the server is there */
};

/* ---- making ---- */

static uint32_t power_of_two(uint64_t least)
{
    uint32_t size = 1;
    while (size < least && size < ((uint32_t)1 << 30)) {
        size <<= 1;
    }
    return size;
}

/* 0, or an errno value. */
static int make_side(rtj_side *side, jack_port_t **ports, uint32_t count,
                     uint32_t capacity)
{
    void *data = NULL;
    size_t bytes = (size_t)(count > 0 ? count : 1) * capacity * sizeof(float);
    if (posix_memalign(&data, 64, bytes) != 0) {
        return ENOMEM;
    }
    memset(data, 0, bytes); /* touched, so that the audio thread finds it mapped */
    rtj_frames_init(&side->ring, data, count, capacity);
    side->ports = ports;
    side->count = count;
    return rtj_wake_open(&side->wake);
}

/* 0, or an errno value. */
static int allocate(rtj_flow *flow, const rtj_flow_options *options, uint32_t capacity)
{
    flow->port_count = options->input_count + options->output_count;
    flow->ports =
        calloc(flow->port_count > 0 ? flow->port_count : 1, sizeof *flow->ports);
    void *breaks = calloc(1, rtj_mailbox_memory(BREAK_BYTES));
    flow->rt.breaks = breaks != NULL ? rtj_mailbox_init(breaks, BREAK_BYTES) : NULL;
    if (flow->ports == NULL || breaks == NULL) {
        return ENOMEM;
    }
    for (uint32_t i = 0; i < options->input_count; i++) {
        flow->ports[i] = options->inputs[i];
    }
    jack_port_t **outputs = flow->ports + options->input_count;
    for (uint32_t i = 0; i < options->output_count; i++) {
        outputs[i] = options->outputs[i];
    }
    int failed = make_side(&flow->rt.in, flow->ports, options->input_count, capacity);
    return failed != 0
               ? failed
               : make_side(&flow->rt.out, outputs, options->output_count, capacity);
}

static void free_flow(rtj_flow *flow)
{
    rtj_wake_close(&flow->rt.in.wake);
    rtj_wake_close(&flow->rt.out.wake);
    free(flow->rt.in.ring.data);
    free(flow->rt.out.ring.data);
    free(flow->rt.breaks);
    free(flow->pending[0]);
    free(flow->pending[1]);
    free(flow->ports);
    pthread_mutex_destroy(&flow->lock);
    rtj_client_release(flow->client);
    free(flow);
}

static rtj_flow *new_flow(rtj_client *client)
{
    rtj_flow *flow = NULL;
    if (posix_memalign((void **)&flow, _Alignof(rtj_flow), sizeof *flow) != 0) {
        return NULL;
    }
    memset(flow, 0, sizeof *flow);
    pthread_mutex_init(&flow->lock, NULL);
    atomic_init(&flow->references, 1);
    flow->rt.in.wake = flow->rt.out.wake = (rtj_wake){-1, -1};
    rtj_client_retain(client);
    flow->client = client;
    return flow;
}

static void prepare(rtj_flow *flow, const rtj_flow_options *options, uint32_t blocksize)
{
    const rtj_libjack *lib = rtj_client_lib(flow->client);
    rtj_stream *rt = &flow->rt;
    rt->handle = flow->client->handle;
    rt->get_buffer = lib->jack_port_get_buffer;
    rt->last_frame_time = lib->jack_last_frame_time;
    rt->jump = &rtj_client_rt_stats(flow->client)->jump;
    rt->keep_time =
        options->keep_time < 0 ? options->input_count > 0 : options->keep_time;
    rt->ports_keep = lib->kind == RTJ_JACK2;
    rt->lookahead = options->lookahead;
    rt->longest = blocksize;
    flow->limit = options->lookahead * blocksize;
    atomic_store(&rt->counts.latency, options->output_count > 0 ? flow->limit : 0);
}

rtj_status rtj_flow_open(rtj_client *client, const rtj_flow_options *options,
                         rtj_flow **result, rtj_error *error)
{
    jack_client_t *handle = rtj_client_enter(client, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    uint32_t blocksize = rtj_client_lib(client)->jack_get_buffer_size(handle);
    rtj_client_leave(client);
    uint64_t least = 2 * ((uint64_t)options->lookahead + 2) * blocksize;
    least = least > 2ull * LONGEST_BLOCK ? least : 2ull * LONGEST_BLOCK;
    least = least > options->buffersize ? least : options->buffersize;
    rtj_flow *flow = new_flow(client);
    int failed = flow != NULL ? allocate(flow, options, power_of_two(least)) : ENOMEM;
    if (failed != 0) {
        if (flow != NULL) {
            free_flow(flow);
        }
        return rtj_fail_without(error, failed, "a stream");
    }
    prepare(flow, options, blocksize);
    rtj_status status =
        rtj_client_add_node(client, &(rtj_node){rtj_stream_run, &flow->rt}, error);
    if (status == RTJ_OK) {
        rtj_flow_enlist(flow);
        status = rtj_latency_set(client, flow, flow->ports, flow->port_count,
                                 rtj_flow_latency(flow), error);
    }
    if (status != RTJ_OK) {
        rtj_flow_release(flow);
        return status;
    }
    *result = flow;
    return RTJ_OK;
}

void rtj_flow_retain(rtj_flow *flow)
{
    atomic_fetch_add(&flow->references, 1);
}

void rtj_flow_release(rtj_flow *flow)
{
    if (atomic_fetch_sub(&flow->references, 1) != 1) {
        return;
    }
    /* As long as the audio thread can come, the memory stays: for good, then. */
    if (rtj_flow_close(flow, NULL) == RTJ_OK) {
        free_flow(flow);
    }
}

/* Send those who wait for the flow away, and give the descriptors back. */
static void end_waiting(rtj_flow *flow)
{
    struct timespec pause = {0, 1000000};
    rtj_wake_set(&flow->rt.in.wake);
    rtj_wake_set(&flow->rt.out.wake);
    for (int tries = 0; tries < 2000; tries++) {
        if (!atomic_load(&flow->busy[0]) && !atomic_load(&flow->busy[1])) {
            rtj_wake_close(&flow->rt.in.wake);
            rtj_wake_close(&flow->rt.out.wake);
            return;
        }
        nanosleep(&pause, NULL);
    }
    /* Somebody copies for longer than that: the last reference closes them. */
}

rtj_status rtj_flow_close(rtj_flow *flow, rtj_error *error)
{
    rtj_status refused =
        rtj_client_refuse_in_callback(flow->client, "relieved of a stream", error);
    if (refused != RTJ_OK || atomic_exchange(&flow->closed, 1)) {
        return refused;
    }
    rtj_flow_stop(flow);
    rtj_status status = rtj_client_remove_node(
        flow->client, &(rtj_node){rtj_stream_run, &flow->rt}, error);
    rtj_flow_unlist(flow);
    if (status == RTJ_OK) {
        end_waiting(flow);
    }
    if (status == RTJ_OK && !rtj_client_is_closed(flow->client)) {
        (void)rtj_latency_set(flow->client, NULL, flow->ports, flow->port_count, 0,
                              NULL);
    }
    return status;
}

int rtj_flow_is_closed(const rtj_flow *flow)
{
    return atomic_load(&flow->closed);
}

/* ---- starting and stopping ---- */

/* With `lock` held and the audio thread out of the way. */
static void begin(rtj_flow *flow, uint32_t blocksize)
{
    rtj_stream *rt = &flow->rt;
    atomic_store(&rt->in.ring.taken, atomic_load(&rt->in.ring.written));
    atomic_store(&rt->out.ring.taken, atomic_load(&rt->out.ring.written));
    rt->longest = blocksize;
    rt->debt = 0;
    rt->pad = 0;
    rt->started = 0;
    rt->in.break_frames = rt->out.break_frames = 0;
    flow->limit = rt->lookahead * blocksize;
    if (rt->out.count > 0) {
        static const float none[256];
        for (uint32_t done = 0; done < flow->limit;) {
            uint32_t left = flow->limit - done;
            uint32_t frames = left < 256 ? left : 256;
            for (uint32_t i = 0; i < rt->out.count; i++) {
                rtj_frames_put(&rt->out.ring, i, 0, none, frames);
            }
            rtj_frames_wrote(&rt->out.ring, frames);
            done += frames;
        }
        atomic_store(&rt->counts.latency, flow->limit);
    }
    atomic_store_explicit(&rt->running, 1, memory_order_release);
}

rtj_status rtj_flow_start(rtj_flow *flow, rtj_error *error)
{
    if (atomic_load_explicit(&flow->rt.running, memory_order_acquire)) {
        return RTJ_OK;
    }
    jack_client_t *handle = rtj_client_enter(flow->client, error);
    if (handle == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    uint32_t blocksize = rtj_client_lib(flow->client)->jack_get_buffer_size(handle);
    rtj_client_leave(flow->client);
    /* A block that began before a stop() may still use the rings. */
    rtj_status status =
        rtj_client_refuse_in_callback(flow->client, "given a stream's start", error);
    if (status == RTJ_OK) {
        status = rtj_client_wait_for_pass(flow->client, error);
    }
    if (status != RTJ_OK) {
        return status;
    }
    pthread_mutex_lock(&flow->lock);
    if (atomic_load(&flow->closed)) {
        status = rtj_fail(error, RTJ_CLOSED, 0, "the stream is closed");
    } else if (!atomic_load(&flow->rt.running)) {
        begin(flow, blocksize);
    }
    pthread_mutex_unlock(&flow->lock);
    if (status == RTJ_OK) {
        (void)rtj_latency_change(flow->client, flow, rtj_flow_latency(flow), NULL);
    }
    return status;
}

int rtj_flow_is_running(const rtj_flow *flow)
{
    return atomic_load_explicit(&flow->rt.running, memory_order_acquire);
}

void rtj_flow_stop(rtj_flow *flow)
{
    pthread_mutex_lock(&flow->lock);
    atomic_store(&flow->rt.running, 0);
    pthread_mutex_unlock(&flow->lock);
}

/* ---- reading and writing ---- */

rtj_frames *rtj_flow_ring(rtj_flow *flow, rtj_flow_side side)
{
    return side == RTJ_FLOW_IN ? &flow->rt.in.ring : &flow->rt.out.ring;
}

static rtj_side *side_of(rtj_flow *flow, rtj_flow_side side)
{
    return side == RTJ_FLOW_IN ? &flow->rt.in : &flow->rt.out;
}

rtj_status rtj_flow_acquire(rtj_flow *flow, rtj_flow_side side, rtj_error *error)
{
    const char *what = side == RTJ_FLOW_IN ? "read from" : "written to";
    if (side_of(flow, side)->count == 0) {
        return rtj_fail(error, RTJ_VALUE, 0, "the stream has no %s ports to be %s",
                        side == RTJ_FLOW_IN ? "input" : "output", what);
    }
    if (atomic_exchange(&flow->busy[side], 1)) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "the stream is being %s by another thread already", what);
    }
    rtj_status status = rtj_flow_start(flow, error);
    if (status != RTJ_OK) {
        rtj_flow_free_side(flow, side);
    }
    return status;
}

void rtj_flow_free_side(rtj_flow *flow, rtj_flow_side side)
{
    atomic_store(&flow->busy[side], 0);
}

uint32_t rtj_flow_ready(const rtj_flow *flow, rtj_flow_side side)
{
    if (side == RTJ_FLOW_IN) {
        return rtj_frames_there(&flow->rt.in.ring);
    }
    const rtj_frames *ring = &flow->rt.out.ring;
    uint32_t there = ring->capacity - rtj_frames_room(ring);
    uint32_t limit = flow->limit;
    return there < limit ? limit - there : 0;
}

static int can_go(const rtj_flow *flow, rtj_flow_side side, uint32_t frames)
{
    if (side == RTJ_FLOW_IN) {
        return rtj_frames_there(&flow->rt.in.ring) >= frames;
    }
    const rtj_frames *ring = &flow->rt.out.ring;
    uint32_t room = rtj_frames_room(ring);
    uint32_t there = ring->capacity - room;
    /* A stream with inputs is paced by them; without, the lookahead is the pace, and a
     * block that is longer goes in when half of it is played. */
    if (flow->rt.in.count > 0) {
        return room >= frames;
    }
    uint64_t most =
        frames <= flow->limit ? flow->limit : (uint64_t)frames + flow->limit / 2;
    return room >= frames && (uint64_t)there + frames <= most;
}

static rtj_status check_open(const rtj_flow *flow, rtj_error *error)
{
    if (atomic_load(&flow->closed)) {
        return rtj_fail(error, RTJ_CLOSED, 0, "the stream is closed");
    }
    if (rtj_client_enter(flow->client, error) == NULL) {
        return error != NULL ? error->status : RTJ_CLOSED;
    }
    rtj_client_leave(flow->client);
    if (!rtj_client_is_active(flow->client)) {
        return rtj_fail(
            error, RTJ_FAILED, 0,
            "the client is not active, so no audio goes through its streams; "
            "call activate() first");
    }
    return RTJ_OK;
}

rtj_status rtj_flow_wait(rtj_flow *flow, rtj_flow_side which, uint32_t frames,
                         double seconds, rtj_error *error)
{
    rtj_side *side = side_of(flow, which);
    struct timespec deadline = rtj_deadline_in(seconds);
    uint32_t longest = side->ring.capacity - flow->limit;
    if (frames > longest) {
        return rtj_fail(
            error, RTJ_VALUE, 0,
            "the stream takes at most %u frames at once, got %u; open it with "
            "a larger buffersize",
            longest, frames);
    }
    for (;;) {
        if (can_go(flow, which, frames)) {
            return RTJ_OK;
        }
        rtj_status status = check_open(flow, error);
        if (status != RTJ_OK) {
            return status;
        }
        if (rtj_deadline_passed(&deadline)) {
            return rtj_fail(error, RTJ_TIMEOUT, 0,
                            "no %u frames could be %s within the time given", frames,
                            which == RTJ_FLOW_IN ? "read" : "written");
        }
        int once = 0;
        (void)atomic_compare_exchange_strong(&side->waiting, &once, 1);
        if (!can_go(flow, which, frames)) {
            (void)rtj_wake_wait(&side->wake, seconds * 1000 < SLICE_MS
                                                 ? (int)(seconds * 1000) + 1
                                                 : SLICE_MS);
        }
    }
}

/* ---- breaks ---- */

/* Move what the audio thread reported to the pending lists; with `lock` held. */
static void take_breaks(rtj_flow *flow)
{
    size_t size;
    const void *message;
    while ((message = rtj_mailbox_peek(flow->rt.breaks, &size)) != NULL) {
        rtj_break record;
        memcpy(&record, message, sizeof record);
        rtj_mailbox_drop(flow->rt.breaks);
        int side = record.kind == RTJ_BREAK_INPUT ? 0 : 1;
        if (flow->pending_count[side] == flow->pending_room[side]) {
            size_t room =
                flow->pending_room[side] > 0 ? 2 * flow->pending_room[side] : 8;
            rtj_break *list = realloc(flow->pending[side], room * sizeof *list);
            if (list == NULL) {
                return; /* it is in the counts all the same */
            }
            flow->pending[side] = list;
            flow->pending_room[side] = room;
        }
        flow->pending[side][flow->pending_count[side]++] = record;
    }
}

int rtj_flow_next_break(rtj_flow *flow, rtj_flow_side which, uint32_t frames,
                        rtj_break *record)
{
    int side = which == RTJ_FLOW_IN ? 0 : 1;
    int found = 0;
    pthread_mutex_lock(&flow->lock);
    take_breaks(flow);
    if (flow->pending_count[side] > 0) {
        *record = flow->pending[side][0];
        uint64_t place = atomic_load(&flow->rt.in.ring.taken);
        found = which == RTJ_FLOW_OUT || record->position < place + frames;
    }
    if (found) {
        flow->pending_count[side]--;
        memmove(flow->pending[side], flow->pending[side] + 1,
                flow->pending_count[side] * sizeof *record);
    }
    pthread_mutex_unlock(&flow->lock);
    return found;
}

/* ---- looking ---- */

const rtj_stream_counts *rtj_flow_counts(const rtj_flow *flow)
{
    return &flow->rt.counts;
}

uint32_t rtj_flow_latency(const rtj_flow *flow)
{
    return atomic_load_explicit(&flow->rt.counts.latency, memory_order_relaxed);
}

uint32_t rtj_flow_break_time(rtj_flow *flow, rtj_flow_side side)
{
    return atomic_load_explicit(&side_of(flow, side)->break_time, memory_order_relaxed);
}

uint32_t rtj_flow_channels(const rtj_flow *flow, rtj_flow_side side)
{
    return side == RTJ_FLOW_IN ? flow->rt.in.count : flow->rt.out.count;
}

int rtj_flow_fileno(rtj_flow *flow, rtj_flow_side side)
{
    atomic_store(&side_of(flow, side)->waiting, 2);
    return side_of(flow, side)->wake.read_fd;
}

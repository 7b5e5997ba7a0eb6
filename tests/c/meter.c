/* A loop-back meter: does audio that goes through another client come back whole?
 *
 *   meter measure [options] CLIENT...  sends a ramp through each of these clients
 *   meter thru [options]               is such a client, in C, to compare with
 *
 * Each sample of the ramp is the running number of its frame, so a block tells by
 * itself how late it is.  A loop is locked when enough blocks in a row came whole with
 * the same latency; from then on each block that is not exactly the one expected is
 * broken. Should the latency change for good, the meter locks anew; the blocks until
 * then are broken.  The loop closes through JACK's graph, which delays it by one
 * period.
 *
 * The ramp counts JACK's time (meter_clock.h), as a sound card's samples do.  Where
 * JACK went through a cycle without us, a block was not sent, and none could be given
 * back to the next one of ours: nobody is judged for these two.
 *
 * measure prints {"locked": [...]} when all loops are, waits for a line on its standard
 * input when there is --wait, counts, prints what it found, and with --wait ends with
 * its standard input.  thru prints {"ready": true} and ends with its standard input.
 */
#include "meter.h"
#include "meter_clock.h"

#include <errno.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_LOOPS = 8,
    LOCK_BLOCKS = 16,
    NOTED = 16,                          /* breaks whose place is told */
    RAMP_MASK = ((uint32_t)1 << 23) - 1, /* these numbers are exact in a float */
    CHANNEL_STEP = 65521,                /* so that no channel passes for another */
    TICK_US = 2000,
    NO_LATENCY = -1
};

typedef struct place {
    uint64_t cycle;
    uint32_t frame; /* first wrong one in the block */
} place;

/* One client under test.  The audio thread's own until the phase is DONE, but for
 * `locked`. */
typedef struct loop {
    const char *target;
    jack_port_t *out[METER_MOST_CHANNELS];
    jack_port_t *in[METER_MOST_CHANNELS];
    _Atomic int64_t locked; /* latency in frames, or NO_LATENCY */
    int64_t candidate;
    uint32_t candidate_blocks;
    uint64_t right;
    uint64_t broken;
    uint64_t unsent;  /* blocks that could not come back */
    uint64_t changes; /* of the latency */
    uint64_t run;     /* broken blocks in a row */
    uint64_t longest;
    place noted[NOTED];
} loop;

enum { LOCKING, COUNTING, DONE };

typedef struct meter {
    jack_client_t *client;
    uint32_t channels;
    uint32_t count;
    loop loops[MOST_LOOPS];
    _Atomic int phase; /* main: COUNTING; the audio thread: DONE */
    _Atomic uint64_t cycles;
    _Atomic uint64_t xruns;
    _Atomic int lost; /* the server is gone */
    uint64_t wanted;
    /* The audio thread's own until DONE. */
    meter_clock clock;
    uint64_t late;    /* cycles that we ended after their end */
    uint64_t skipped; /* cycles of the server's that we were not in */
} meter;

/* ---- the audio thread ---- */

static float ramp(uint32_t frame, uint32_t channel)
{
    return (float)(((frame + channel * CHANNEL_STEP) & RAMP_MASK) + 1);
}

/* The latency of a block that is whole, else NO_LATENCY. */
static int64_t latency_of(float *const *in, uint32_t channels, uint32_t frames,
                          uint32_t position)
{
    if (!(in[0][0] >= 1 && in[0][0] <= (float)(RAMP_MASK + 1))) {
        return NO_LATENCY;
    }
    uint32_t start = (uint32_t)in[0][0] - 1;
    for (uint32_t c = 0; c < channels; c++) {
        for (uint32_t i = 0; i < frames; i++) {
            if (in[c][i] != ramp(start + i, c)) {
                return NO_LATENCY;
            }
        }
    }
    return (int64_t)((position - start) & RAMP_MASK);
}

/* Follow how late whole blocks are; a new latency counts when it stays. */
static void follow(loop *own, int64_t latency, int counting)
{
    int64_t locked = atomic_load_explicit(&own->locked, memory_order_relaxed);
    if (latency == NO_LATENCY || latency == locked || latency != own->candidate) {
        own->candidate = latency;
        own->candidate_blocks = 0;
    }
    own->candidate_blocks++;
    if (latency == NO_LATENCY || latency == locked ||
        own->candidate_blocks < LOCK_BLOCKS) {
        return;
    }
    own->changes += counting && locked != NO_LATENCY;
    atomic_store_explicit(&own->locked, latency, memory_order_release);
}

static uint32_t first_wrong(float *const *in, uint32_t channels, uint32_t frames,
                            uint32_t expected)
{
    for (uint32_t i = 0; i < frames; i++) {
        for (uint32_t c = 0; c < channels; c++) {
            if (in[c][i] != ramp(expected + i, c)) {
                return i;
            }
        }
    }
    return frames;
}

static void judge(loop *own, float *const *in, const meter *all, uint32_t frames,
                  uint64_t cycle, int counting)
{
    uint32_t position = all->clock.position;
    int64_t latency = latency_of(in, all->channels, frames, position);
    int64_t locked = atomic_load_explicit(&own->locked, memory_order_relaxed);
    if (counting && latency == locked) {
        own->right++;
        own->run = 0;
    } else if (counting && !meter_clock_can_judge(
                               &all->clock, position - (uint32_t)locked, frames)) {
        own->unsent++;
    } else if (counting) {
        if (own->broken < NOTED) {
            uint32_t expected = position - (uint32_t)locked;
            own->noted[own->broken] =
                (place){cycle, first_wrong(in, all->channels, frames, expected)};
        }
        own->broken++;
        own->run++;
        own->longest = own->run > own->longest ? own->run : own->longest;
    }
    follow(own, latency, counting);
}

static void pass(meter *all, loop *own, uint32_t frames, uint64_t cycle, int counting)
{
    float *in[METER_MOST_CHANNELS];
    for (uint32_t c = 0; c < all->channels; c++) {
        in[c] = jack_port_get_buffer(own->in[c], frames);
    }
    judge(own, in, all, frames, cycle, counting);
    for (uint32_t c = 0; c < all->channels; c++) {
        float *out = jack_port_get_buffer(own->out[c], frames);
        for (uint32_t i = 0; i < frames; i++) {
            out[i] = ramp(all->clock.position + i, c);
        }
    }
}

static int process(jack_nframes_t frames, void *data)
{
    meter *all = data;
    int counting = atomic_load_explicit(&all->phase, memory_order_acquire) == COUNTING;
    uint64_t cycle = atomic_load_explicit(&all->cycles, memory_order_relaxed);
    int32_t skipped = meter_clock_begin(&all->clock, frames);
    all->skipped += counting ? (uint64_t)(skipped / (int32_t)frames) : 0;
    for (uint32_t i = 0; i < all->count; i++) {
        pass(all, &all->loops[i], frames, cycle, counting);
    }
    meter_clock_end(&all->clock, frames);
    if (!counting) {
        return 0;
    }
    all->late += jack_frames_since_cycle_start(all->client) > frames;
    atomic_store_explicit(&all->cycles, cycle + 1, memory_order_relaxed);
    if (cycle + 1 == all->wanted) {
        atomic_store_explicit(&all->phase, DONE, memory_order_release);
    }
    return 0;
}

static void on_freewheel(int starting, void *data)
{
    meter *all = data;
    atomic_store(&all->clock.stands, starting);
}

static int on_xrun(void *data)
{
    meter *all = data;
    if (atomic_load(&all->phase) == COUNTING) {
        atomic_fetch_add(&all->xruns, 1);
    }
    return 0;
}

/* ---- the main thread ---- */

/* The target's first ports of one direction; NULL while there are not enough. */
static const char **ports_of(const meter *all, const char *target, unsigned long flags)
{
    static const char *found[METER_MOST_CHANNELS + 1];
    const char **names =
        jack_get_ports(all->client, NULL, JACK_DEFAULT_AUDIO_TYPE, flags);
    size_t length = strlen(target);
    uint32_t count = 0;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (strncmp(names[i], target, length) == 0 && names[i][length] == ':' &&
            count < all->channels) {
            found[count++] = jack_port_name(jack_port_by_name(all->client, names[i]));
        }
    }
    jack_free(names);
    return count == all->channels ? found : NULL;
}

static void connect_ports(const meter *all, const char *from, const char *to)
{
    int error = jack_connect(all->client, from, to);
    if (error != 0 && error != EEXIST) {
        meter_fail("a connection was refused", to);
    }
}

/* First out, then back: the way back is the one that JACK delays. */
static void close_loop(const meter *all, const loop *own, double deadline)
{
    while (ports_of(all, own->target, JackPortIsInput) == NULL ||
           ports_of(all, own->target, JackPortIsOutput) == NULL) {
        if (meter_now() > deadline || atomic_load(&all->lost)) {
            meter_fail("it has not enough audio ports", own->target);
        }
        usleep(TICK_US);
    }
    const char **inputs = ports_of(all, own->target, JackPortIsInput);
    for (uint32_t c = 0; c < all->channels; c++) {
        connect_ports(all, jack_port_name(own->out[c]), inputs[c]);
    }
    const char **outputs = ports_of(all, own->target, JackPortIsOutput);
    for (uint32_t c = 0; c < all->channels; c++) {
        connect_ports(all, outputs[c], jack_port_name(own->in[c]));
    }
}

static void prepare_loop(meter *all, uint32_t index, const char *target)
{
    loop *own = &all->loops[index];
    char prefix[32];
    own->target = target;
    own->candidate = NO_LATENCY;
    atomic_init(&own->locked, NO_LATENCY);
    (void)snprintf(prefix, sizeof prefix, "send_%u_", index + 1);
    meter_register_ports(all->client, own->out, all->channels, prefix,
                         JackPortIsOutput);
    (void)snprintf(prefix, sizeof prefix, "return_%u_", index + 1);
    meter_register_ports(all->client, own->in, all->channels, prefix, JackPortIsInput);
}

static void await_lock(const meter *all, double deadline)
{
    printf("{\"locked\": [");
    for (uint32_t i = 0; i < all->count; i++) {
        const loop *own = &all->loops[i];
        while (atomic_load_explicit(&own->locked, memory_order_acquire) == NO_LATENCY) {
            if (meter_now() > deadline || atomic_load(&all->lost)) {
                meter_fail("no steady signal came back from it", own->target);
            }
            usleep(TICK_US);
        }
        printf("%s%lld", i > 0 ? ", " : "", (long long)atomic_load(&own->locked));
    }
    printf("]}\n");
    fflush(stdout);
}

/* Until all cycles are counted; the server must not rest for long. */
static void await_end(const meter *all)
{
    uint64_t seen = 0;
    double deadline = meter_now() + 20;
    while (atomic_load_explicit(&all->phase, memory_order_acquire) != DONE) {
        uint64_t cycles = atomic_load(&all->cycles);
        if (cycles != seen) {
            seen = cycles;
            deadline = meter_now() + 20;
        }
        if (meter_now() > deadline || atomic_load(&all->lost)) {
            meter_fail("the server does not go on", NULL);
        }
        usleep(TICK_US);
    }
}

static void report_loop(const loop *own)
{
    printf("{\"client\": \"%s\", \"right\": %llu, \"broken\": %llu, \"unsent\": %llu, "
           "\"longest\": %llu, \"latency\": %lld, \"latency_changes\": %llu, "
           "\"breaks\": [",
           own->target, (unsigned long long)own->right, (unsigned long long)own->broken,
           (unsigned long long)own->unsent, (unsigned long long)own->longest,
           (long long)atomic_load(&own->locked), (unsigned long long)own->changes);
    uint64_t noted = own->broken < NOTED ? own->broken : NOTED;
    for (uint64_t i = 0; i < noted; i++) {
        printf("%s[%llu, %u]", i > 0 ? ", " : "",
               (unsigned long long)own->noted[i].cycle, own->noted[i].frame);
    }
    printf("]}");
}

static void report(const meter *all)
{
    printf("{\"cycles\": %llu, \"blocksize\": %u, \"samplerate\": %u, "
           "\"realtime\": %s, \"xruns\": %llu, \"late\": %llu, \"skipped\": %llu, "
           "\"loops\": [",
           (unsigned long long)atomic_load(&all->cycles),
           jack_get_buffer_size(all->client), jack_get_sample_rate(all->client),
           jack_is_realtime(all->client) ? "true" : "false",
           (unsigned long long)atomic_load(&all->xruns), (unsigned long long)all->late,
           (unsigned long long)all->skipped);
    for (uint32_t i = 0; i < all->count; i++) {
        printf("%s", i > 0 ? ", " : "");
        report_loop(&all->loops[i]);
    }
    printf("]}\n");
    fflush(stdout);
}

static int measure(const meter_options *wish, char **targets)
{
    static meter all;
    double deadline = meter_now() + wish->seconds;
    all.channels = wish->channels;
    all.wanted = wish->cycles;
    all.client = meter_open_client(wish, "meter");
    all.clock.time.handle = all.client;
    all.clock.time.last_frame_time = jack_last_frame_time;
    all.clock.time.frames_since_cycle_start = jack_frames_since_cycle_start;
    for (; targets[all.count] != NULL; all.count++) {
        if (all.count == MOST_LOOPS) {
            meter_fail("too many clients", targets[all.count]);
        }
        prepare_loop(&all, all.count, targets[all.count]);
    }
    jack_on_shutdown(all.client, meter_on_shutdown, &all.lost);
    if (jack_set_process_callback(all.client, process, &all) != 0 ||
        jack_set_xrun_callback(all.client, on_xrun, &all) != 0 ||
        jack_set_freewheel_callback(all.client, on_freewheel, &all) != 0 ||
        jack_activate(all.client) != 0) {
        meter_fail("the client could not be activated", NULL);
    }
    for (uint32_t i = 0; i < all.count; i++) {
        close_loop(&all, &all.loops[i], deadline);
    }
    await_lock(&all, deadline);
    char line[16];
    if (wish->wait && fgets(line, sizeof line, stdin) == NULL) {
        meter_fail("nobody said go", NULL);
    }
    atomic_store_explicit(&all.phase, COUNTING, memory_order_release);
    await_end(&all);
    report(&all);
    while (wish->wait && fgets(line, sizeof line, stdin) != NULL) {
    }
    jack_client_close(all.client);
    return 0;
}

/* ---- the command line ---- */

static uint64_t number(const char *text, const char *what, uint64_t most)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*text == '\0' || *text == '-' || *end != '\0' || value < 1 || value > most) {
        meter_fail("a wrong number", what);
    }
    return value;
}

static void parse(int count, char **words, meter_options *wish)
{
    static const struct option known[] = {
        {"server", required_argument, NULL, 's'},
        {"name", required_argument, NULL, 'n'},
        {"channels", required_argument, NULL, 'c'},
        {"cycles", required_argument, NULL, 'y'},
        {"seconds", required_argument, NULL, 't'},
        {"wait", no_argument, NULL, 'w'},
        {"drop", required_argument, NULL, 'd'},
        {"slip", required_argument, NULL, 'p'},
        {"spin", required_argument, NULL, 'i'},
        {NULL, 0, NULL, 0},
    };
    for (int key; (key = getopt_long(count, words, "", known, NULL)) != -1;) {
        switch (key) {
        case 's':
            wish->server = optarg;
            break;
        case 'n':
            wish->name = optarg;
            break;
        case 'c':
            wish->channels =
                (uint32_t)number(optarg, "--channels", METER_MOST_CHANNELS);
            break;
        case 'y':
            wish->cycles = number(optarg, "--cycles", UINT32_MAX);
            break;
        case 't':
            wish->seconds = (double)number(optarg, "--seconds", 3600);
            break;
        case 'w':
            wish->wait = 1;
            break;
        case 'd':
            wish->drop = (uint32_t)number(optarg, "--drop", UINT32_MAX);
            break;
        case 'p':
            wish->slip = (uint32_t)number(optarg, "--slip", UINT32_MAX);
            break;
        case 'i':
            wish->spin = (uint32_t)number(optarg, "--spin", 1000000);
            break;
        default:
            exit(2);
        }
    }
}

int main(int count, char **words)
{
    meter_options wish = {.channels = 2, .cycles = 1000, .seconds = 15};
    const char *mode = count > 1 ? words[1] : "";
    if (count > 1) {
        parse(count - 1, words + 1, &wish);
    }
    char **targets = words + 1 + optind;
    if (strcmp(mode, "measure") == 0 && count > 1 && targets[0] != NULL) {
        return measure(&wish, targets);
    }
    if (strcmp(mode, "thru") == 0) {
        return meter_thru(&wish);
    }
    fprintf(stderr, "usage: meter measure [--server S] [--name N] [--channels C] "
                    "[--cycles Y] [--seconds T] [--wait] CLIENT...\n"
                    "       meter thru [--server S] [--name N] [--channels C] "
                    "[--drop N] [--slip N] [--spin N]\n");
    return 2;
}

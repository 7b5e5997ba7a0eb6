/* What a stream costs in the audio thread, against a C client that copies the same.
 *
 *   stream_cost [channels [frames]]      64 ports each way of 64 frames
 *
 * The client of C copies each input port's block into a ring of its own and each output
 * port's block out of one, as careful C programs do: with libjack's ring buffer, one
 * for each port, and with one planar buffer and one index for all ports, which is the
 * least that can be done.  The program's side is played by moving the indices on.
 * Prints the medians and the ratios of pairs that took turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rt/ringbuffer.h"
#include "rt/stream.h"

enum { CAPACITY = 16384, LOOKAHEAD = 16, ROUNDS = 101, CYCLES = 400 };

typedef struct setup {
    uint32_t channels;
    uint32_t frames;
    jack_port_t **ports;   /* inputs, then outputs; each is its buffer */
    rtj_stream stream;     /* rtjack's */
    rtj_jump jump;         /* of JACK's time: none */
    rtj_ringbuffer *rings; /* inputs, then outputs */
    float *planes[2];      /* channels x CAPACITY */
    uint32_t index;
} setup;

/* As in libjack2, a call into another object file that finds the port's memory. */
static void *get_buffer(jack_port_t *port, jack_nframes_t frames)
{
    (void)frames;
    return port;
}

static jack_nframes_t last_frame_time(const jack_client_t *client)
{
    (void)client;
    return 0;
}

static void *memory(size_t size)
{
    void *place = NULL;
    if (posix_memalign(&place, 64, size) != 0) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    memset(place, 0, size);
    return place;
}

static void prepare(setup *own)
{
    uint32_t count = own->channels;
    size_t plane = (size_t)count * CAPACITY * sizeof(float);
    rtj_stream *stream = &own->stream;
    own->ports = memory(2 * count * sizeof *own->ports);
    own->rings = memory(2 * count * sizeof *own->rings);
    for (uint32_t i = 0; i < 2 * count; i++) {
        own->ports[i] = memory(own->frames * sizeof(float));
        rtj_ringbuffer_init(&own->rings[i], memory(CAPACITY * sizeof(float)),
                            CAPACITY * sizeof(float));
    }
    own->planes[0] = memory(plane);
    own->planes[1] = memory(plane);
    rtj_frames_init(&stream->in.ring, memory(plane), count, CAPACITY);
    rtj_frames_init(&stream->out.ring, memory(plane), count, CAPACITY);
    stream->in.ports = own->ports;
    stream->out.ports = own->ports + count;
    stream->in.count = stream->out.count = count;
    stream->breaks = rtj_mailbox_init(memory(rtj_mailbox_memory(4096)), 4096);
    stream->get_buffer = get_buffer;
    stream->last_frame_time = last_frame_time;
    stream->jump = &own->jump;
    stream->keep_time = 1;
    stream->lookahead = LOOKAHEAD;
    stream->longest = own->frames;
    rtj_frames_wrote(&stream->out.ring, LOOKAHEAD * own->frames);
    atomic_store(&stream->running, 1);
}

/* ---- one cycle of each ---- */

static void run_stream(setup *own)
{
    rtj_stream_run(&own->stream, own->frames);
    rtj_frames_took(&own->stream.in.ring, own->frames);
    rtj_frames_wrote(&own->stream.out.ring, own->frames);
}

static void run_rings(setup *own)
{
    size_t size = own->frames * sizeof(float);
    for (uint32_t i = 0; i < own->channels; i++) {
        const char *buffer = own->stream.get_buffer(own->ports[i], own->frames);
        if (rtj_ringbuffer_write_space(&own->rings[i]) >= size) {
            (void)rtj_ringbuffer_write(&own->rings[i], buffer, size);
        }
        rtj_ringbuffer_read_advance(&own->rings[i], size);
    }
    for (uint32_t i = own->channels; i < 2 * own->channels; i++) {
        char *buffer = own->stream.get_buffer(own->ports[i], own->frames);
        rtj_ringbuffer_write_advance(&own->rings[i], size);
        if (rtj_ringbuffer_read_space(&own->rings[i]) >= size) {
            (void)rtj_ringbuffer_read(&own->rings[i], buffer, size);
        }
    }
}

static void run_planes(setup *own)
{
    size_t size = own->frames * sizeof(float);
    uint32_t offset = own->index % CAPACITY;
    for (uint32_t i = 0; i < own->channels; i++) {
        float *plane = own->planes[0] + (size_t)i * CAPACITY;
        memcpy(plane + offset, own->stream.get_buffer(own->ports[i], own->frames),
               size);
    }
    for (uint32_t i = 0; i < own->channels; i++) {
        const float *plane = own->planes[1] + (size_t)i * CAPACITY;
        void *out = own->stream.get_buffer(own->ports[own->channels + i], own->frames);
        memcpy(out, plane + offset, size);
    }
    own->index += own->frames;
}

/* ---- measuring ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds of one cycle. */
static double measure(void (*run)(setup *), setup *own)
{
    double start = now();
    for (int i = 0; i < CYCLES; i++) {
        run(own);
    }
    return (now() - start) / CYCLES;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *numbers)
{
    qsort(numbers, ROUNDS, sizeof *numbers, compare);
    return numbers[ROUNDS / 2];
}

static void check(setup *own)
{
    const rtj_stream_counts *counts = &own->stream.counts;
    if (counts->lost != 0 || counts->missing != 0 || counts->captured == 0 ||
        counts->captured != counts->played) {
        fprintf(stderr, "the stream did not pass all blocks\n");
        exit(1);
    }
}

int main(int count, char **words)
{
    static setup own;
    static double times[3][ROUNDS];
    static double ratios[2][ROUNDS];
    void (*const runs[3])(setup *) = {run_stream, run_rings, run_planes};
    own.channels = count > 1 ? (uint32_t)atoi(words[1]) : 64;
    own.frames = count > 2 ? (uint32_t)atoi(words[2]) : 64;
    if (own.channels < 1 || own.channels > 4096 || own.frames < 1 ||
        own.frames * LOOKAHEAD > CAPACITY / 2 || CAPACITY % own.frames != 0) {
        fprintf(stderr, "usage: stream_cost [channels [frames, a power of two]]\n");
        return 2;
    }
    prepare(&own);
    for (int round = 0; round < ROUNDS; round++) {
        for (int k = 0; k < 3; k++) {
            times[k][round] = measure(runs[k], &own);
        }
        ratios[0][round] = times[0][round] / times[1][round];
        ratios[1][round] = times[0][round] / times[2][round];
    }
    check(&own);
    double stream_ns = median(times[0]);
    double rings_ns = median(times[1]);
    double planes_ns = median(times[2]);
    printf("{\"channels\": %u, \"frames\": %u, \"stream_ns\": %.0f, "
           "\"rings_ns\": %.0f, \"planes_ns\": %.0f, \"ratio_rings\": %.3f, "
           "\"ratio_planes\": %.3f}\n",
           own.channels, own.frames, stream_ns, rings_ns, planes_ns, median(ratios[0]),
           median(ratios[1]));
    return 0;
}

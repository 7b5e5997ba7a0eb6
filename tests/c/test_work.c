/* The built-in nodes without JACK: ports are plain buffers. */
#include <math.h>
#include <pthread.h>
#include <sched.h>

#include "rt/clear.h"
#include "rt/cycle.h"
#include "rt/meter.h"
#include "rt/mixer.h"
#include "rt/native.h"
#include "rt/tone.h"
#include "rt/transfer.h"

#include "check.h"

enum { BLOCK = 16, PORTS = 4 };

static float buffers[PORTS][BLOCK];
static int midi_cleared;
static uint32_t now; /* what last_frame_time() gives; the audio thread's */

static void *get_buffer(jack_port_t *port, jack_nframes_t frames)
{
    CHECK_EQ(frames, BLOCK);
    return buffers[(uintptr_t)port - 1];
}

static void clear_midi(void *buffer)
{
    (void)buffer;
    midi_cleared++;
}

static jack_nframes_t last_frame_time(const jack_client_t *client)
{
    (void)client;
    return now;
}

/* Work on ports `in`.. and `out`.. (numbers from 1). */
typedef struct wiring {
    _Atomic(jack_port_t *) ports[PORTS];
    float *found[PORTS + 2];
} wiring;

static void wire(rtj_work *work, wiring *own, uint32_t inputs, uint32_t outputs)
{
    for (uintptr_t i = 0; i < PORTS; i++) {
        atomic_init(&own->ports[i], (jack_port_t *)(i + 1));
    }
    *work = (rtj_work){
        NULL, get_buffer, last_frame_time, 48000, inputs, outputs, NULL, NULL,
        NULL, NULL};
    work->inputs = own->ports;
    work->outputs = own->ports + inputs;
    work->in = own->found;
    work->out = own->found + inputs + 1;
}

static void fill(int port, float value)
{
    for (int i = 0; i < BLOCK; i++) {
        buffers[port][i] = value;
    }
}

static void test_clear(void)
{
    _Atomic int everything = 0;
    rtj_clear *clear = malloc(sizeof *clear + 3 * sizeof clear->ports[0]);
    CHECK(clear != NULL);
    *clear = (rtj_clear){get_buffer, clear_midi, &everything, 3};
    for (uintptr_t i = 0; i < 3; i++) {
        atomic_init(&clear->ports[i].port, (jack_port_t *)(i + 1));
        clear->ports[i].is_midi = i == 2;
        clear->ports[i].always = i == 0;
        fill((int)i, 1);
    }
    rtj_clear_run(clear, BLOCK);
    CHECK(buffers[0][BLOCK - 1] == 0 && buffers[1][0] == 1 && midi_cleared == 0);
    atomic_store(&everything, 1);
    atomic_store(&clear->ports[0].port, NULL);
    fill(0, 1);
    rtj_clear_run(clear, BLOCK);
    CHECK(buffers[0][0] == 1 && buffers[1][BLOCK - 1] == 0 && midi_cleared == 1);
    free(clear);
}

static void test_sine(void)
{
    for (uint64_t i = 0; i < 4096; i++) {
        double exact = sin(2 * 3.14159265358979323846 * (double)i / 4096);
        CHECK(fabs(rtj_sine(i << 52) - exact) < 1e-9);
    }
}

static void test_tone(void)
{
    static rtj_tone tone;
    static wiring own;
    wire(&tone.work, &own, 0, 2);
    atomic_init(&tone.step, (uint64_t)1 << 58); /* 64 frames a turn */
    atomic_init(&tone.amplitude, 0.5F);
    tone.level = -1;
    for (int block = 0; block < 8; block++) {
        fill(0, 1);
        fill(1, 0);
        rtj_tone_run(&tone, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            double exact =
                0.5 * sin(2 * 3.14159265358979323846 * (block * BLOCK + i) / 64);
            CHECK(fabs(buffers[0][i] - (1 + exact)) < 1e-6);
            CHECK(fabs(buffers[1][i] - exact) < 1e-6);
        }
    }
}

static int scale(const float *const *in, float *const *out, uint32_t frames, void *data)
{
    CHECK(in[1] == NULL && out[1] == NULL);
    for (uint32_t i = 0; i < frames; i++) {
        out[0][i] = in[0][i] * *(float *)data;
    }
    return *(float *)data < 0 ? 9 : 0;
}

static void test_native(void)
{
    static rtj_native_work node;
    static rtj_native native;
    static wiring own;
    float factor = 3;
    _Atomic int clear_all = 0;
    wire(&node.work, &own, 1, 1);
    native.dsp = scale;
    native.argument = &factor;
    native.clear_all = &clear_all;
    node.native = &native;
    fill(0, 2);
    rtj_native_run(&node, BLOCK);
    CHECK(buffers[1][BLOCK - 1] == 6 && !atomic_load(&native.ended));
    factor = -1;
    rtj_native_run(&node, BLOCK);
    CHECK(atomic_load(&native.ended) && atomic_load(&clear_all));
    CHECK_EQ(atomic_load(&native.result), 9);
    rtj_native_run(&node, BLOCK);
    CHECK_EQ(atomic_load(&native.calls), 2);
}

/* Frame times wrap; the sound begins within a block and ends within another. */
static void test_transfer(void)
{
    static rtj_transfer transfer;
    static wiring own;
    static float sound[20], tape[30];
    wire(&transfer.work, &own, 1, 1);
    CHECK_EQ(rtj_wake_open(&transfer.wake), 0);
    for (int i = 0; i < 20; i++) {
        sound[i] = (float)(i + 1);
    }
    transfer.sound = sound;
    transfer.sound_frames = 20;
    transfer.tape = tape;
    transfer.tape_frames = 30;
    transfer.timed = 1;
    transfer.at = 5; /* behind the wrap */
    fill(0, 7);
    for (uint32_t block = 0; block < 5; block++) {
        now = (uint32_t)-BLOCK + block * BLOCK;
        fill(1, 100);
        rtj_transfer_run(&transfer, BLOCK);
        for (uint32_t i = 0; i < BLOCK; i++) {
            int place = (int)(block * BLOCK + i) - BLOCK - 5;
            float expected = place >= 0 && place < 20 ? (float)(place + 1) : 0;
            CHECK(buffers[1][i] == 100 + expected);
        }
        CHECK_EQ(atomic_load(&transfer.started), block >= 1);
    }
    CHECK_EQ(atomic_load(&transfer.start_time), 5);
    CHECK_EQ(atomic_load(&transfer.position), 30);
    CHECK(atomic_load(&transfer.done) && tape[0] == 7 && tape[29] == 7);
    CHECK(rtj_wake_wait(&transfer.wake, 0));
    rtj_wake_close(&transfer.wake);
}

/* ---- seen by other threads while it runs ---- */

enum { READS = 20000 };

typedef struct shared {
    rtj_meter meter;
    rtj_mixer mixer;
    _Atomic int stop;
    _Atomic uint64_t blocks;
} shared;

static shared all;

static void *audio(void *data)
{
    (void)data;
    while (!atomic_load(&all.stop)) {
        fill(0, 0.5F);
        fill(1, 0.5F);
        fill(2, 0);
        rtj_meter_run(&all.meter, BLOCK);
        rtj_mixer_run(&all.mixer, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            CHECK(buffers[2][i] == 0); /* the two gains are opposites in each set */
        }
        (void)atomic_fetch_add(&all.blocks, 1);
    }
    return NULL;
}

static void read_meter(int *fresh, int *read)
{
    float peaks[2];
    double squares[2];
    uint64_t frames;
    if (!rtj_meter_read(&all.meter, peaks, squares, &frames)) {
        return;
    }
    ++*read;
    *fresh += frames == 0;
    CHECK(squares[0] == (double)frames / 4 && squares[1] == squares[0]);
    CHECK(peaks[0] == (frames > 0 ? 0.5F : 0) && peaks[1] == peaks[0]);
}

static void test_threads(void)
{
    static wiring own[2];
    static rtj_level levels[2];
    static rtj_gain gains[2];
    pthread_t thread;
    int fresh = 0, read = 0;
    wire(&all.meter.work, &own[0], 2, 0);
    wire(&all.mixer.work, &own[1], 2, 1);
    all.meter.levels = levels;
    all.mixer.gains = gains;
    CHECK_EQ(pthread_create(&thread, NULL, audio, NULL), 0);
    for (int i = 0; i < READS || read < READS / 10 || fresh == 0 ||
                    atomic_load(&all.blocks) < READS / 100;
         i++) {
        read_meter(&fresh, &read);
        float level = (float)(i % 8);
        rtj_mixer_set(&all.mixer, (float[]){level, -level});
        if (i % 16 == 0) {
            atomic_fetch_add(&all.meter.resets, 1);
            sched_yield();
        }
    }
    atomic_store(&all.stop, 1);
    pthread_join(thread, NULL);
    CHECK(read >= READS / 10 && fresh > 0);
}

int main(void)
{
    check_deadline(60);
    test_clear();
    test_sine();
    test_tone();
    test_native();
    test_transfer();
    test_threads();
    return 0;
}

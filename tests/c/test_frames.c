#include "rt/frames.h"

#include <pthread.h>
#include <sched.h>

#include "check.h"

enum { CHANNELS = 3, CAPACITY = 64 };

static float sample(uint32_t channel, uint64_t frame)
{
    return (float)(1 + frame % 100000 + 200000 * channel);
}

static void test_counting(void)
{
    float data[CHANNELS * CAPACITY];
    rtj_frames ring;
    rtj_frames_init(&ring, data, CHANNELS, CAPACITY);
    CHECK_EQ(rtj_frames_room(&ring), CAPACITY); /* all of it can be used */
    CHECK_EQ(rtj_frames_there(&ring), 0);
    rtj_frames_wrote(&ring, CAPACITY);
    CHECK_EQ(rtj_frames_room(&ring), 0);
    CHECK_EQ(rtj_frames_there(&ring), CAPACITY);
    rtj_frames_took(&ring, 10);
    CHECK_EQ(rtj_frames_room(&ring), 10);
    CHECK_EQ(rtj_frames_there(&ring), CAPACITY - 10);
}

/* A ring whose next frame lies `before_end` frames before its end. */
static void ring_near_end(rtj_frames *ring, float *data, uint32_t before_end)
{
    rtj_frames_init(ring, data, CHANNELS, CAPACITY);
    rtj_frames_wrote(ring, CAPACITY - before_end);
    rtj_frames_took(ring, CAPACITY - before_end);
}

static void test_round_the_end(void)
{
    float data[CHANNELS * CAPACITY];
    rtj_frames ring;
    for (uint32_t before = 0; before <= 20; before++) {
        ring_near_end(&ring, data, before);
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float in[20];
            for (uint32_t i = 0; i < 20; i++) {
                in[i] = sample(c, i);
            }
            rtj_frames_put(&ring, c, 0, in, 7);
            rtj_frames_put(&ring, c, 7, in + 7, 13);
        }
        rtj_frames_wrote(&ring, 20);
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float out[20];
            rtj_frames_get(&ring, c, 0, out, 20);
            CHECK(out[0] == sample(c, 0) && out[19] == sample(c, 19));
            rtj_frames_get(&ring, c, 5, out, 15);
            for (uint32_t i = 0; i < 15; i++) {
                CHECK(out[i] == sample(c, i + 5));
            }
        }
    }
}

static void test_none(void)
{
    float data[CHANNELS * CAPACITY];
    rtj_frames ring;
    ring_near_end(&ring, data, 1);
    float untouched = 5;
    rtj_frames_get(&ring, 0, 0, &untouched, 0);
    rtj_frames_put(&ring, 0, 0, &untouched, 0);
    CHECK(untouched == 5);
}

/* Interleaved, backwards, and at odd addresses. */
static void test_strided(void)
{
    float data[CHANNELS * CAPACITY];
    rtj_frames ring;
    for (uint32_t before = 0; before <= 12; before++) {
        ring_near_end(&ring, data, before);
        char odd[12 * 13 + 1];
        for (uint32_t i = 0; i < 12; i++) {
            float value = sample(1, i);
            memcpy(odd + 1 + 13 * i, &value, sizeof value);
        }
        rtj_frames_put_strided(&ring, 1, 0, odd + 1, 13, 12);
        rtj_frames_put_strided(&ring, 2, 0, odd + 1 + 13 * 11, -13, 12);
        rtj_frames_wrote(&ring, 12);
        float out[24];
        for (uint32_t c = 1; c <= 2; c++) {
            rtj_frames_get_strided(&ring, c, 0, (char *)(out + c - 1), 2 * sizeof *out,
                                   12);
        }
        for (uint32_t i = 0; i < 12; i++) {
            CHECK(out[2 * i] == sample(1, i) && out[2 * i + 1] == sample(1, 11 - i));
        }
        rtj_frames_get_strided(&ring, 1, 2, (char *)(out + 9), -(int)sizeof *out, 10);
        for (uint32_t i = 0; i < 10; i++) {
            CHECK(out[9 - i] == sample(1, i + 2));
        }
    }
}

/* ---- two threads ---- */

enum { TOTAL = 400000, LONGEST = 40 };

static uint32_t next_length(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return 1 + (*state >> 16) % LONGEST;
}

static void *write_all(void *data)
{
    rtj_frames *ring = data;
    uint32_t state = 1;
    float block[LONGEST];
    for (uint64_t done = 0; done < TOTAL;) {
        uint32_t frames = next_length(&state);
        frames = frames < TOTAL - done ? frames : (uint32_t)(TOTAL - done);
        if (rtj_frames_room(ring) < frames) {
            sched_yield();
            continue;
        }
        for (uint32_t c = 0; c < CHANNELS; c++) {
            for (uint32_t i = 0; i < frames; i++) {
                block[i] = sample(c, done + i);
            }
            if (frames % 2 == 0) {
                rtj_frames_put(ring, c, 0, block, frames);
            } else {
                rtj_frames_put_strided(ring, c, 0, (char *)block, sizeof *block,
                                       frames);
            }
        }
        rtj_frames_wrote(ring, frames);
        done += frames;
    }
    return NULL;
}

static void read_some(const rtj_frames *ring, uint32_t frames, uint64_t done)
{
    float block[LONGEST];
    for (uint32_t c = 0; c < CHANNELS; c++) {
        if (frames % 2 == 0) {
            rtj_frames_get(ring, c, 0, block, frames);
        } else {
            rtj_frames_get_strided(ring, c, 0, (char *)block, sizeof *block, frames);
        }
        for (uint32_t i = 0; i < frames; i++) {
            CHECK(block[i] == sample(c, done + i));
        }
    }
}

/* All frames cross, once, in order, whole. */
static void test_crossing(void)
{
    static float data[CHANNELS * CAPACITY];
    static rtj_frames ring;
    rtj_frames_init(&ring, data, CHANNELS, CAPACITY);
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_all, &ring), 0);
    uint32_t state = 2;
    uint64_t done = 0;
    while (done < TOTAL) {
        uint32_t wanted = next_length(&state);
        uint32_t there = rtj_frames_there(&ring);
        CHECK(there <= CAPACITY);
        uint32_t frames = wanted < there ? wanted : there;
        if (frames == 0) {
            sched_yield();
            continue;
        }
        read_some(&ring, frames, done);
        rtj_frames_took(&ring, frames);
        done += frames;
    }
    pthread_join(writer, NULL);
    CHECK_EQ(done, TOTAL);
    CHECK_EQ(rtj_frames_there(&ring), 0);
}

int main(void)
{
    check_deadline(60);
    test_counting();
    test_round_the_end();
    test_none();
    test_strided();
    test_crossing();
    return 0;
}

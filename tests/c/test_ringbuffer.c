#include "rt/ringbuffer.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "check.h"

static void test_empty_and_full(void)
{
    char memory[8];
    rtj_ringbuffer ring;
    rtj_ringbuffer_init(&ring, memory, sizeof memory);
    CHECK_EQ(rtj_ringbuffer_read_space(&ring), 0);
    CHECK_EQ(rtj_ringbuffer_write_space(&ring), 7);
    CHECK_EQ(rtj_ringbuffer_write(&ring, "abcdefghij", 10), 7);
    CHECK_EQ(rtj_ringbuffer_write_space(&ring), 0);
    CHECK_EQ(rtj_ringbuffer_write(&ring, "x", 1), 0);
    char got[10] = "";
    CHECK_EQ(rtj_ringbuffer_peek(&ring, got, 3), 3);
    CHECK_TEXT(got, "abc");
    CHECK_EQ(rtj_ringbuffer_read(&ring, got, sizeof got), 7);
    CHECK_TEXT(got, "abcdefg");
    CHECK_EQ(rtj_ringbuffer_read(&ring, got, 1), 0);
}

static void test_parts_wrap(void)
{
    char memory[8];
    rtj_ringbuffer ring;
    rtj_ringbuffer_init(&ring, memory, sizeof memory);
    rtj_ringbuffer_write_advance(&ring, 5);
    rtj_ringbuffer_read_advance(&ring, 5);
    rtj_ringbuffer_part parts[2];
    rtj_ringbuffer_write_parts(&ring, parts);
    CHECK(parts[0].buf == memory + 5 && parts[1].buf == memory);
    CHECK_EQ(parts[0].len, 3);
    CHECK_EQ(parts[1].len, 4);
    CHECK_EQ(rtj_ringbuffer_write(&ring, "12345", 5), 5);
    rtj_ringbuffer_read_parts(&ring, parts);
    CHECK_EQ(parts[0].len, 3);
    CHECK_EQ(parts[1].len, 2);
    CHECK(memcmp(parts[0].buf, "123", 3) == 0 && memcmp(parts[1].buf, "45", 2) == 0);
    rtj_ringbuffer_read_parts(&ring, parts);
    CHECK_EQ(parts[0].len + parts[1].len, 5);
}

static void test_reset(void)
{
    char memory[16];
    rtj_ringbuffer ring;
    rtj_ringbuffer_init(&ring, memory, sizeof memory);
    CHECK_EQ(rtj_ringbuffer_write(&ring, "abc", 3), 3);
    rtj_ringbuffer_reset(&ring);
    CHECK_EQ(rtj_ringbuffer_read_space(&ring), 0);
    CHECK_EQ(rtj_ringbuffer_write_space(&ring), 15);
    rtj_ringbuffer_reset_size(&ring, 4);
    CHECK_EQ(rtj_ringbuffer_write_space(&ring), 3);
    rtj_ringbuffer_reset_size(&ring, 1);
    CHECK_EQ(rtj_ringbuffer_write_space(&ring), 0);
    CHECK_EQ(rtj_ringbuffer_write(&ring, "a", 1), 0);
}

static uint32_t next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

enum { STREAM_BYTES = 400000, MAX_CHUNK = 300 };

static void *write_stream(void *data)
{
    rtj_ringbuffer *ring = data;
    uint32_t state = 1;
    size_t done = 0;
    while (done < STREAM_BYTES) {
        char chunk[MAX_CHUNK];
        size_t size = 1 + next_number(&state) % MAX_CHUNK;
        size = size < STREAM_BYTES - done ? size : STREAM_BYTES - done;
        for (size_t i = 0; i < size; i++) {
            chunk[i] = (char)((done + i) * 7 + (done + i) / 251);
        }
        size_t written = rtj_ringbuffer_write(ring, chunk, size);
        done += written;
        if (written == 0) {
            sched_yield();
        }
    }
    return NULL;
}

/* Every byte crosses, once and in order, whichever way the two threads meet. */
static void test_stream_between_threads(void)
{
    char memory[256];
    rtj_ringbuffer ring;
    rtj_ringbuffer_init(&ring, memory, sizeof memory);
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_stream, &ring), 0);
    uint32_t state = 2;
    size_t done = 0;
    while (done < STREAM_BYTES) {
        char chunk[MAX_CHUNK];
        size_t size =
            rtj_ringbuffer_read(&ring, chunk, 1 + next_number(&state) % MAX_CHUNK);
        for (size_t i = 0; i < size; i++) {
            CHECK_EQ(chunk[i], (char)((done + i) * 7 + (done + i) / 251));
        }
        done += size;
        if (size == 0) {
            sched_yield();
        }
    }
    pthread_join(writer, NULL);
    CHECK_EQ(done, STREAM_BYTES);
    CHECK_EQ(rtj_ringbuffer_read_space(&ring), 0);
}

int main(void)
{
    check_deadline(60);
    test_empty_and_full();
    test_parts_wrap();
    test_reset();
    test_stream_between_threads();
    return 0;
}

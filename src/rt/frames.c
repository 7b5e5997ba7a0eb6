#include "rt/frames.h"

#include <string.h>

void rtj_frames_init(rtj_frames *ring, float *data, uint32_t channels,
                     uint32_t capacity)
{
    atomic_init(&ring->written, 0);
    atomic_init(&ring->taken, 0);
    ring->channels = channels;
    ring->capacity = capacity;
    ring->data = data;
}

uint32_t rtj_frames_room(const rtj_frames *ring)
{
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
    return ring->capacity - (uint32_t)(written - taken);
}

uint32_t rtj_frames_there(const rtj_frames *ring)
{
    uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
    return (uint32_t)(written - taken);
}

void rtj_frames_wrote(rtj_frames *ring, uint32_t frames)
{
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    atomic_store_explicit(&ring->written, written + frames, memory_order_release);
}

void rtj_frames_took(rtj_frames *ring, uint32_t frames)
{
    uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    atomic_store_explicit(&ring->taken, taken + frames, memory_order_release);
}

/* One channel's frames at a running index: up to the ring's end, and from its start. */
typedef struct span {
    float *first;
    float *second;
    uint32_t first_frames;
} span;

static span span_at(const rtj_frames *ring, uint32_t channel, uint64_t index,
                    uint32_t frames)
{
    float *start = ring->data + (size_t)channel * ring->capacity;
    uint32_t offset = (uint32_t)(index & (ring->capacity - 1));
    uint32_t to_end = ring->capacity - offset;
    return (span){start + offset, start, frames < to_end ? frames : to_end};
}

static span to_write(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                     uint32_t frames)
{
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    return span_at(ring, channel, written + ahead, frames);
}

static span to_read(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                    uint32_t frames)
{
    uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    return span_at(ring, channel, taken + ahead, frames);
}

void rtj_frames_put(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                    const float *from, uint32_t frames)
{
    span place = to_write(ring, channel, ahead, frames);
    memcpy(place.first, from, place.first_frames * sizeof *from);
    if (place.first_frames < frames) {
        memcpy(place.second, from + place.first_frames,
               (frames - place.first_frames) * sizeof *from);
    }
}

void rtj_frames_get(const rtj_frames *ring, uint32_t channel, uint32_t ahead, float *to,
                    uint32_t frames)
{
    span place = to_read(ring, channel, ahead, frames);
    memcpy(to, place.first, place.first_frames * sizeof *to);
    if (place.first_frames < frames) {
        memcpy(to + place.first_frames, place.second,
               (frames - place.first_frames) * sizeof *to);
    }
}

void rtj_frames_put_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            const char *from, ptrdiff_t stride, uint32_t frames)
{
    span place = to_write(ring, channel, ahead, frames);
    for (uint32_t i = 0; i < frames; i++, from += stride) {
        float *to = i < place.first_frames ? place.first + i
                                           : place.second + (i - place.first_frames);
        memcpy(to, from, sizeof *to); /* the program's memory may not be aligned */
    }
}

void rtj_frames_get_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            char *to, ptrdiff_t stride, uint32_t frames)
{
    span place = to_read(ring, channel, ahead, frames);
    for (uint32_t i = 0; i < frames; i++, to += stride) {
        const float *from = i < place.first_frames
                                ? place.first + i
                                : place.second + (i - place.first_frames);
        memcpy(to, from, sizeof *from);
    }
}

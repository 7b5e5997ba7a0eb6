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

static rtj_span span_at(const rtj_frames *ring, uint64_t index, uint32_t frames)
{
    uint32_t offset = (uint32_t)(index & (ring->capacity - 1));
    uint32_t to_end = ring->capacity - offset;
    return (rtj_span){offset, frames < to_end ? frames : to_end, frames};
}

rtj_span rtj_frames_to_write(const rtj_frames *ring, uint32_t ahead, uint32_t frames)
{
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    return span_at(ring, written + ahead, frames);
}

rtj_span rtj_frames_to_read(const rtj_frames *ring, uint32_t ahead, uint32_t frames)
{
    uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    return span_at(ring, taken + ahead, frames);
}

void rtj_frames_put(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                    const float *from, uint32_t frames)
{
    rtj_span_put(ring, channel, rtj_frames_to_write(ring, ahead, frames), from);
}

void rtj_frames_get(const rtj_frames *ring, uint32_t channel, uint32_t ahead, float *to,
                    uint32_t frames)
{
    rtj_span_get(ring, channel, rtj_frames_to_read(ring, ahead, frames), to);
}

/* One sample of one channel. */
static float *sample_at(const rtj_frames *ring, uint32_t channel, rtj_span span,
                        uint32_t i)
{
    float *start = ring->data + (size_t)channel * ring->capacity;
    return i < span.first ? start + span.offset + i : start + (i - span.first);
}

void rtj_frames_put_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            const char *from, ptrdiff_t stride, uint32_t frames)
{
    rtj_span span = rtj_frames_to_write(ring, ahead, frames);
    for (uint32_t i = 0; i < frames; i++, from += stride) {
        /* The program's memory may not be aligned. */
        memcpy(sample_at(ring, channel, span, i), from, sizeof(float));
    }
}

void rtj_frames_get_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            char *to, ptrdiff_t stride, uint32_t frames)
{
    rtj_span span = rtj_frames_to_read(ring, ahead, frames);
    for (uint32_t i = 0; i < frames; i++, to += stride) {
        memcpy(to, sample_at(ring, channel, span, i), sizeof(float));
    }
}

/* Audio between one thread of the program and the audio thread: a ring of frames.
 *
 * Every channel has a ring of its own, so that the audio thread copies whole blocks
 * with memcpy; all channels share one pair of indices, counted in frames.
 *
 * Memory order: `written` belongs to the writer, `taken` to the reader; each loads the
 * other's once with acquire and stores its own once with release.  They run free and
 * sit on separate cache lines.
 */
#ifndef RTJ_RT_FRAMES_H
#define RTJ_RT_FRAMES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct rtj_frames {
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t taken;
    _Alignas(64) uint32_t channels;
    uint32_t capacity; /* frames; a power of two */
    float *data;       /* channels x capacity; owned by whoever made the ring */
} rtj_frames;

void rtj_frames_init(rtj_frames *ring, float *data, uint32_t channels,
                     uint32_t capacity);

/* Writer: how many frames there is room for; where channel's next frames go (in two
 * parts, the second may be empty); done with `frames` of them. */
uint32_t rtj_frames_room(const rtj_frames *ring);
void rtj_frames_wrote(rtj_frames *ring, uint32_t frames);

/* Reader: how many frames are there; done with `frames` of them. */
uint32_t rtj_frames_there(const rtj_frames *ring);
void rtj_frames_took(rtj_frames *ring, uint32_t frames);

/* Where `frames` frames of each channel are, `ahead` frames from the writer's or
 * reader's place, not more than there is room for or there are: up to the ring's end,
 * and from its start. */
typedef struct rtj_span {
    uint32_t offset;
    uint32_t first; /* so many of the frames are before the ring's end */
    uint32_t frames;
} rtj_span;

rtj_span rtj_frames_to_write(const rtj_frames *ring, uint32_t ahead, uint32_t frames);
rtj_span rtj_frames_to_read(const rtj_frames *ring, uint32_t ahead, uint32_t frames);

/* One channel's frames between there and contiguous memory.  Inline, so that many
 * channels cost no more than their memcpy() each. */
static inline void rtj_span_put(const rtj_frames *ring, uint32_t channel, rtj_span span,
                                const float *from)
{
    float *start = ring->data + (size_t)channel * ring->capacity;
    if (span.first == span.frames) {
        memcpy(start + span.offset, from, span.frames * sizeof *from);
        return;
    }
    memcpy(start + span.offset, from, span.first * sizeof *from);
    memcpy(start, from + span.first, (span.frames - span.first) * sizeof *from);
}

static inline void rtj_span_get(const rtj_frames *ring, uint32_t channel, rtj_span span,
                                float *to)
{
    const float *start = ring->data + (size_t)channel * ring->capacity;
    if (span.first == span.frames) {
        memcpy(to, start + span.offset, span.frames * sizeof *to);
        return;
    }
    memcpy(to, start + span.offset, span.first * sizeof *to);
    memcpy(to + span.first, start, (span.frames - span.first) * sizeof *to);
}

/* The same for one channel alone; */
void rtj_frames_put(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                    const float *from, uint32_t frames);
void rtj_frames_get(const rtj_frames *ring, uint32_t channel, uint32_t ahead, float *to,
                    uint32_t frames);
/* and with memory whose samples are `stride` bytes apart. */
void rtj_frames_put_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            const char *from, ptrdiff_t stride, uint32_t frames);
void rtj_frames_get_strided(const rtj_frames *ring, uint32_t channel, uint32_t ahead,
                            char *to, ptrdiff_t stride, uint32_t frames);

#endif

/* A clock for the audio thread: it costs some nanoseconds, is never set and never
 * waits.
 *
 * Where the kernel itself keeps time by the processor's counter, that is read directly,
 * which takes a third of a call of clock_gettime(), several times in each block.
 */
#ifndef RTJ_RT_CLOCK_H
#define RTJ_RT_CLOCK_H

#include <stdint.h>
#include <time.h>

#if defined(__linux__) && defined(__x86_64__) && defined(__GNUC__)
#define RTJ_CLOCK_COUNTER 1
#else
#define RTJ_CLOCK_COUNTER 0
#endif

/* The bits behind the point of a scale. */
#define RTJ_CLOCK_SHIFT 20

static inline uint64_t rtj_clock_nanoseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static inline uint64_t rtj_clock_counter(void)
{
#if RTJ_CLOCK_COUNTER
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

/* Ticks of the clock with that scale, nanoseconds a tick; 0: each is a nanosecond. */
static inline uint64_t rtj_clock_ticks(uint32_t scale)
{
    return scale != 0 ? rtj_clock_counter() : rtj_clock_nanoseconds();
}

/* Nanoseconds between two readings; 0 when the second one seems to be earlier. */
static inline uint64_t rtj_clock_between(uint32_t scale, uint64_t from, uint64_t to)
{
    uint64_t ticks = to > from ? to - from : 0;
    if (scale == 0) {
        return ticks;
    }
    /* In two parts, so that hours fit. */
    return (ticks >> RTJ_CLOCK_SHIFT) * scale +
           (((ticks & ((1U << RTJ_CLOCK_SHIFT) - 1)) * scale) >> RTJ_CLOCK_SHIFT);
}

#endif

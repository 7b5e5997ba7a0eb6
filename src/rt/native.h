/* A program's own C function in the cycle.
 *
 * Memory order: the counters are written by the audio thread alone, relaxed; `result`
 * before `ended`, which is stored with release.
 */
#ifndef RTJ_RT_NATIVE_H
#define RTJ_RT_NATIVE_H

#include "rt/wake.h"
#include "rt/work.h"

typedef int rtj_native_jack(uint32_t frames, void *argument);
/* Both arrays end with NULL. */
typedef int rtj_native_dsp(const float *const *in, float *const *out, uint32_t frames,
                           void *argument);

/* What stays the same when the client's ports change. */
typedef struct rtj_native {
    rtj_native_jack *jack; /* one of the two, the other is NULL */
    rtj_native_dsp *dsp;
    void *argument;
    _Atomic int *clear_all; /* set when the function has ended; rt/clear.h */
    rtj_wake wake;          /* set then, too */
    _Alignas(64) _Atomic uint64_t calls;
    _Atomic int result; /* what ended it */
    _Atomic int ended;
} rtj_native;

/* A node's data; made anew when the ports change. */
typedef struct rtj_native_work {
    rtj_work work; /* all audio ports, for the signature "dsp" */
    rtj_native *native;
} rtj_native_work;

/* The node; `work` is an rtj_native_work.  A result that is not 0 ends it. */
void rtj_native_run(void *work, uint32_t frames);

#endif

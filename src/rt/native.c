#include "rt/native.h"

void rtj_native_run(void *data, uint32_t frames)
{
    rtj_native_work *work = data;
    rtj_native *native = work->native;
    if (atomic_load_explicit(&native->ended, memory_order_relaxed)) {
        return;
    }
    int result;
    if (native->dsp == NULL) {
        result = native->jack(frames, native->argument);
    } else if (rtj_work_begin(&work->work, frames)) {
        result = native->dsp((const float *const *)work->work.in, work->work.out,
                             frames, native->argument);
    } else {
        return; /* a port is on its way out; the next chain comes without it */
    }
    uint64_t calls = atomic_load_explicit(&native->calls, memory_order_relaxed);
    atomic_store_explicit(&native->calls, calls + 1, memory_order_relaxed);
    if (result != 0) {
        atomic_store_explicit(&native->result, result, memory_order_relaxed);
        atomic_store_explicit(&native->ended, 1, memory_order_release);
        atomic_store_explicit(native->clear_all, 1, memory_order_relaxed);
        rtj_wake_set(&native->wake);
    }
}

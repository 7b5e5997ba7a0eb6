#include "rt/meter.h"

static void add(rtj_level *level, const float *samples, uint32_t frames, int fresh)
{
    float peak = fresh ? 0 : atomic_load_explicit(&level->peak, memory_order_relaxed);
    double sum =
        fresh ? 0 : atomic_load_explicit(&level->squares, memory_order_relaxed);
    for (uint32_t i = 0; samples != NULL && i < frames; i++) {
        float size = samples[i] < 0 ? -samples[i] : samples[i];
        peak = size > peak ? size : peak;
        sum += (double)samples[i] * (double)samples[i];
    }
    atomic_store_explicit(&level->peak, peak, memory_order_release);
    atomic_store_explicit(&level->squares, sum, memory_order_release);
}

void rtj_meter_run(void *data, uint32_t frames)
{
    rtj_meter *meter = data;
    uint32_t wanted = atomic_load_explicit(&meter->resets, memory_order_acquire);
    int fresh =
        wanted != atomic_load_explicit(&meter->generation, memory_order_relaxed);
    uint64_t before =
        fresh ? 0 : atomic_load_explicit(&meter->frames, memory_order_relaxed);
    uint32_t version = atomic_load_explicit(&meter->version, memory_order_relaxed);
    (void)rtj_work_begin(&meter->work, frames);
    atomic_store_explicit(&meter->version, version + 1, memory_order_relaxed);
    for (uint32_t i = 0; i < meter->work.input_count; i++) {
        add(&meter->levels[i], meter->work.in[i], frames, fresh);
    }
    atomic_store_explicit(&meter->frames, before + frames, memory_order_release);
    atomic_store_explicit(&meter->generation, wanted, memory_order_release);
    atomic_store_explicit(&meter->version, version + 2, memory_order_release);
}

int rtj_meter_read(const rtj_meter *meter, float *peaks, double *squares,
                   uint64_t *frames)
{
    uint32_t version = atomic_load_explicit(&meter->version, memory_order_acquire);
    if ((version & 1) != 0) {
        return 0;
    }
    uint32_t generation =
        atomic_load_explicit(&meter->generation, memory_order_acquire);
    *frames = atomic_load_explicit(&meter->frames, memory_order_acquire);
    for (uint32_t i = 0; i < meter->work.input_count; i++) {
        const rtj_level *level = &meter->levels[i];
        peaks[i] = atomic_load_explicit(&level->peak, memory_order_acquire);
        squares[i] = atomic_load_explicit(&level->squares, memory_order_acquire);
    }
    if (version != atomic_load_explicit(&meter->version, memory_order_relaxed)) {
        return 0;
    }
    if (generation != atomic_load_explicit(&meter->resets, memory_order_relaxed)) {
        *frames = 0; /* reset, and no block since */
        for (uint32_t i = 0; i < meter->work.input_count; i++) {
            peaks[i] = 0;
            squares[i] = 0;
        }
    }
    return 1;
}

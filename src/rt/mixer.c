#include "rt/mixer.h"

void rtj_mixer_set(rtj_mixer *mixer, const float *gains)
{
    uint32_t version = atomic_load_explicit(&mixer->version, memory_order_relaxed);
    atomic_store_explicit(&mixer->version, version + 1, memory_order_relaxed);
    for (uint32_t i = 0; i < mixer->work.input_count; i++) {
        atomic_store_explicit(&mixer->gains[i].wanted, gains[i], memory_order_release);
    }
    atomic_store_explicit(&mixer->version, version + 2, memory_order_release);
}

/* The gains as one set into `next`; 0 when they are just being changed. */
static int take_gains(rtj_mixer *mixer)
{
    uint32_t version = atomic_load_explicit(&mixer->version, memory_order_acquire);
    for (uint32_t i = 0; i < mixer->work.input_count; i++) {
        rtj_gain *gain = &mixer->gains[i];
        gain->next = atomic_load_explicit(&gain->wanted, memory_order_acquire);
    }
    return (version & 1) == 0 &&
           version == atomic_load_explicit(&mixer->version, memory_order_relaxed);
}

static void add(float *out, const float *in, const rtj_gain *gain, uint32_t frames)
{
    float slope = (gain->next - gain->level) / (float)frames;
    if (slope == 0) {
        for (uint32_t i = 0; i < frames; i++) {
            out[i] += gain->level * in[i];
        }
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        out[i] += (gain->level + slope * (float)i) * in[i];
    }
}

void rtj_mixer_run(void *data, uint32_t frames)
{
    rtj_mixer *mixer = data;
    const rtj_work *work = &mixer->work;
    int fresh = take_gains(mixer);
    for (uint32_t i = 0; i < work->input_count; i++) {
        rtj_gain *gain = &mixer->gains[i];
        gain->next = fresh ? gain->next : gain->level;
        gain->level = mixer->started ? gain->level : gain->next;
    }
    mixer->started |= fresh;
    (void)rtj_work_begin(&mixer->work, frames);
    for (uint32_t k = 0; k < work->output_count; k++) {
        for (uint32_t i = 0; i < work->input_count; i++) {
            if (work->out[k] != NULL && work->in[i] != NULL) {
                add(work->out[k], work->in[i], &mixer->gains[i], frames);
            }
        }
    }
    for (uint32_t i = 0; i < work->input_count; i++) {
        mixer->gains[i].level = mixer->gains[i].next;
    }
}

#include "rt/tone.h"

double rtj_sine(uint64_t phase)
{
    static const double pi = 3.14159265358979323846;
    static const double inverse[] = {-1.0 / 156, -1.0 / 110, -1.0 / 72,
                                     -1.0 / 42,  -1.0 / 20,  -1.0 / 6};
    uint64_t half = phase & ~((uint64_t)1 << 63); /* of the positive half wave */
    double turn = (double)half * 0x1p-63;         /* 0 to 1 stands for 0 to pi */
    double x = pi * (turn > 0.5 ? 1.0 - turn : turn);
    double square = x * x, sum = 1.0;
    for (int i = 0; i < 6; i++) { /* its series, by Horner's scheme */
        sum = 1.0 + square * inverse[i] * sum;
    }
    return half == phase ? x * sum : -x * sum;
}

void rtj_tone_run(void *data, uint32_t frames)
{
    rtj_tone *tone = data;
    uint64_t step = atomic_load_explicit(&tone->step, memory_order_relaxed);
    float wanted = atomic_load_explicit(&tone->amplitude, memory_order_relaxed);
    float level = tone->level < 0 ? wanted : tone->level;
    float slope = frames > 0 ? (wanted - level) / (float)frames : 0;
    (void)rtj_work_begin(&tone->work, frames);
    for (uint32_t k = 0; k < tone->work.output_count; k++) {
        float *out = tone->work.out[k];
        uint64_t phase = tone->phase;
        for (uint32_t i = 0; out != NULL && i < frames; i++) {
            out[i] += (level + slope * (float)i) * (float)rtj_sine(phase);
            phase += step;
        }
    }
    tone->phase += step * frames;
    tone->level = wanted;
}

#include "rt/transfer.h"

/* The block's first frame that is ours; `frames` when none is.  Frame times wrap, so
 * what lies half their range ahead or more is past: then it starts at once. */
static uint32_t begin(rtj_transfer *transfer, uint32_t frames)
{
    if (atomic_load_explicit(&transfer->started, memory_order_relaxed)) {
        return 0;
    }
    uint32_t now = transfer->work.last_frame_time(transfer->work.handle);
    uint32_t ahead = transfer->timed ? transfer->at - now : 0;
    ahead = ahead < UINT32_MAX / 2 ? ahead : 0;
    if (ahead >= frames) {
        return frames;
    }
    atomic_store_explicit(&transfer->start_time, now + ahead, memory_order_relaxed);
    atomic_store_explicit(&transfer->started, 1, memory_order_release);
    return ahead;
}

static void play(const rtj_transfer *transfer, uint64_t position, uint32_t from,
                 uint32_t frames)
{
    uint64_t length = transfer->sound_frames;
    for (uint32_t k = 0; k < transfer->work.output_count; k++) {
        const float *sound = transfer->sound + k * length;
        float *out = transfer->work.out[k];
        uint64_t place = transfer->loop ? position % length : position;
        for (uint32_t i = from; out != NULL && i < frames; i++) {
            if (place >= length) {
                if (!transfer->loop) {
                    break;
                }
                place = 0;
            }
            out[i] += sound[place++];
        }
    }
}

static void record(const rtj_transfer *transfer, uint64_t position, uint32_t from,
                   uint32_t frames)
{
    uint32_t channels = transfer->work.input_count;
    uint64_t left =
        transfer->tape_frames > position ? transfer->tape_frames - position : 0;
    uint32_t count = left < frames - from ? (uint32_t)left : frames - from;
    for (uint32_t k = 0; k < channels; k++) {
        const float *in = transfer->work.in[k];
        float *tape = transfer->tape + position * channels + k;
        for (uint32_t i = 0; in != NULL && i < count; i++) {
            tape[(uint64_t)i * channels] = in[from + i];
        }
    }
}

static uint64_t length_of(const rtj_transfer *transfer)
{
    uint64_t sound = transfer->loop ? UINT64_MAX : transfer->sound_frames;
    return sound > transfer->tape_frames ? sound : transfer->tape_frames;
}

void rtj_transfer_run(void *data, uint32_t frames)
{
    rtj_transfer *transfer = data;
    if (atomic_load_explicit(&transfer->done, memory_order_relaxed)) {
        return;
    }
    uint32_t from = begin(transfer, frames);
    if (from >= frames) {
        return;
    }
    uint64_t position = atomic_load_explicit(&transfer->position, memory_order_relaxed);
    uint64_t length = length_of(transfer);
    (void)rtj_work_begin(&transfer->work, frames);
    play(transfer, position, from, frames);
    record(transfer, position, from, frames);
    uint64_t more = frames - from;
    more = more < length - position ? more : length - position;
    atomic_store_explicit(&transfer->position, position + more, memory_order_release);
    if (position + more == length) {
        atomic_store_explicit(&transfer->done, 1, memory_order_release);
        rtj_wake_set(&transfer->wake);
    }
}

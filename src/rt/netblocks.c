#include "rt/netblocks.h"

#include <string.h>

#include "rt/netmidi.h"

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

uint32_t rtj_net_queue_there(const rtj_net_queue *queue)
{
    uint64_t taken = atomic_load_explicit(&queue->taken, memory_order_acquire);
    uint64_t written = atomic_load_explicit(&queue->written, memory_order_acquire);
    return (uint32_t)(written - taken);
}

uint64_t *rtj_net_queue_cycle(const rtj_net_queue *queue, uint64_t index)
{
    return &queue->cycles[index & (queue->capacity - 1)];
}

float *rtj_net_queue_block(const rtj_net_queue *queue, uint64_t index)
{
    uint64_t place = index & (queue->capacity - 1);
    return queue->data + place * (queue->audio + queue->midi) * queue->frames;
}

void rtj_net_queue_wrote(rtj_net_queue *queue)
{
    uint64_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    atomic_store_explicit(&queue->written, written + 1, memory_order_release);
}

void rtj_net_queue_took(rtj_net_queue *queue)
{
    uint64_t taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);
    atomic_store_explicit(&queue->taken, taken + 1, memory_order_release);
}

void rtj_net_queue_wake(rtj_net_queue *queue)
{
    /* Sequentially consistent against the waiter, who says that he waits and then looks
     * at the queue once more. */
    if (atomic_load(&queue->waiting) && atomic_exchange(&queue->waiting, 0)) {
        rtj_wake_set(&queue->wake);
    }
}

static void capture(rtj_net_blocks *blocks, uint64_t cycle, float *const *audio,
                    void *const *midi)
{
    rtj_net_queue *in = &blocks->in;
    uint64_t index = atomic_load_explicit(&in->written, memory_order_relaxed);
    size_t bytes = in->frames * sizeof(float);
    if (rtj_net_queue_there(in) == in->capacity) {
        count(&blocks->lost, 1);
        return;
    }
    float *to = rtj_net_queue_block(in, index);
    for (uint32_t i = 0; i < in->audio; i++, to += in->frames) {
        memcpy(to, audio[i], bytes);
    }
    for (uint32_t i = 0; i < in->midi; i++, to += in->frames) {
        memcpy(to, midi[i], bytes);
    }
    *rtj_net_queue_cycle(in, index) = cycle;
    rtj_net_queue_wrote(in);
    rtj_net_queue_wake(in);
}

static void silence(const rtj_net_queue *out, float *const *audio, void *const *midi)
{
    uint32_t bytes = out->frames * (uint32_t)sizeof(float);
    for (uint32_t i = 0; i < out->audio; i++) {
        memset(audio[i], 0, bytes);
    }
    for (uint32_t i = 0; i < out->midi; i++) {
        rtj_net_midi_clear(midi[i], bytes, out->frames);
    }
}

static void send_block(const rtj_net_queue *out, uint64_t index, float *const *audio,
                       void *const *midi)
{
    const float *from = rtj_net_queue_block(out, index);
    size_t bytes = out->frames * sizeof(float);
    for (uint32_t i = 0; i < out->audio; i++, from += out->frames) {
        memcpy(audio[i], from, bytes);
    }
    for (uint32_t i = 0; i < out->midi; i++, from += out->frames) {
        memcpy(midi[i], from, bytes);
    }
}

static void play(rtj_net_blocks *blocks, uint64_t cycle, float *const *audio,
                 void *const *midi)
{
    rtj_net_queue *out = &blocks->out;
    uint32_t there = rtj_net_queue_there(out);
    int sent = 0;
    for (; there > 0 && !sent; there--) {
        uint64_t index = atomic_load_explicit(&out->taken, memory_order_relaxed);
        uint64_t due = *rtj_net_queue_cycle(out, index);
        if (due > cycle) {
            break;
        }
        if (due == cycle) {
            send_block(out, index, audio, midi);
            sent = 1;
        } else {
            count(&blocks->late, 1);
        }
        rtj_net_queue_took(out);
    }
    if (!sent) {
        silence(out, audio, midi);
        count(&blocks->missing, cycle >= blocks->lookahead ? 1 : 0);
    }
}

void rtj_net_blocks_run(rtj_net_blocks *blocks, float *const *audio_in,
                        void *const *midi_in, float *const *audio_out,
                        void *const *midi_out)
{
    if (!atomic_load_explicit(&blocks->started, memory_order_acquire)) {
        silence(&blocks->out, audio_out, midi_out);
        return;
    }
    uint64_t cycle = atomic_load_explicit(&blocks->cycle, memory_order_relaxed);
    if (blocks->in.audio + blocks->in.midi > 0) {
        capture(blocks, cycle, audio_in, midi_in);
    }
    if (blocks->out.audio + blocks->out.midi > 0) {
        play(blocks, cycle, audio_out, midi_out);
    }
    atomic_store_explicit(&blocks->cycle, cycle + 1, memory_order_release);
    rtj_net_queue_wake(&blocks->out);
}

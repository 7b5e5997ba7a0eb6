#include "rt/blocks.h"

#include <string.h>

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

static rtj_block *header_of(const rtj_blocks *blocks, uint64_t number)
{
    return &blocks->headers[number & (blocks->slots - 1)];
}

float *rtj_blocks_slot(const rtj_blocks *blocks, const rtj_block_port *port,
                       uint32_t stride, uint64_t number)
{
    return port->slots + (size_t)(number & (blocks->slots - 1)) * stride;
}

/* ---- the audio thread ---- */

static void capture_ports(rtj_blocks *blocks, const rtj_block_ports *ports,
                          uint64_t number, uint32_t frames, int lost)
{
    for (size_t i = 0; i < ports->count; i++) {
        const rtj_block_port *port = ports->ports[i];
        void *buffer = port->is_input ? blocks->get_buffer(port->handle, frames) : NULL;
        if (buffer == NULL) {
            continue;
        }
        if (port->is_midi) {
            rtj_midi_blocks_take(&blocks->midi, buffer, port->id, number, lost);
        } else if (!lost) {
            memcpy(rtj_blocks_slot(blocks, port, ports->stride, number), buffer,
                   frames * sizeof(float));
        }
    }
}

static void capture(rtj_blocks *blocks, const rtj_block_ports *ports, uint64_t cycle,
                    uint32_t frames)
{
    uint64_t number = atomic_load_explicit(&blocks->captured, memory_order_relaxed);
    uint64_t done = atomic_load_explicit(&blocks->done, memory_order_acquire);
    if (number - done >= blocks->slots || frames > ports->stride) {
        if (!blocks->in_lost) {
            count(&blocks->counts.overflows, 1);
        }
        blocks->in_lost = 1;
        count(&blocks->counts.lost, frames);
        capture_ports(blocks, ports, number, frames, 1);
        atomic_store_explicit(&blocks->overflowed, 1, memory_order_relaxed);
        return;
    }
    blocks->in_lost = 0;
    *header_of(blocks, number) =
        (rtj_block){cycle, frames, blocks->last_frame_time(blocks->handle)};
    capture_ports(blocks, ports, number, frames, 0);
    /* Sequentially consistent against the waiter, who says that he waits and then looks
     * once more. */
    atomic_store(&blocks->captured, number + 1);
}

/* The block that answers in this cycle: 1 and its number, or 0. */
static int due(const rtj_blocks *blocks, uint64_t cycle, uint64_t *number)
{
    uint64_t captured = atomic_load_explicit(&blocks->captured, memory_order_relaxed);
    uint64_t at = blocks->next;
    while (at < captured && header_of(blocks, at)->cycle + blocks->lookahead < cycle) {
        at++;
    }
    *number = at;
    return at < captured && header_of(blocks, at)->cycle + blocks->lookahead == cycle;
}

/* Play the block, or silence when `number` is NULL. */
static void play_audio(const rtj_blocks *blocks, const rtj_block_ports *ports,
                       const uint64_t *number, uint32_t frames)
{
    for (size_t i = 0; i < ports->count; i++) {
        const rtj_block_port *port = ports->ports[i];
        void *buffer = port->is_input || port->is_midi || port->ignored
                           ? NULL
                           : blocks->get_buffer(port->handle, frames);
        if (buffer == NULL) {
            continue;
        }
        if (number != NULL) {
            memcpy(buffer, rtj_blocks_slot(blocks, port, ports->stride, *number),
                   frames * sizeof(float));
        } else {
            memset(buffer, 0, frames * sizeof(float));
        }
    }
}

static void clear_midi(const rtj_blocks *blocks, const rtj_block_ports *ports,
                       uint32_t frames)
{
    for (size_t i = 0; i < ports->count; i++) {
        rtj_block_port *port = ports->ports[i];
        if (port->is_midi && !port->is_input && !port->ignored) {
            port->buffer = blocks->get_buffer(port->handle, frames);
            if (port->buffer != NULL) {
                blocks->midi.clear_buffer(port->buffer);
            }
        }
    }
}

static void *find_buffer(void *context, uint32_t id)
{
    const rtj_block_ports *ports = context;
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->ports[i]->id == id) {
            return ports->ports[i]->buffer;
        }
    }
    return NULL;
}

static int was_skipped(const rtj_blocks *blocks, uint64_t cycle)
{
    for (uint32_t i = 0; i < RTJ_BLOCK_HOLES; i++) {
        if (cycle >= blocks->skipped[i].from && cycle < blocks->skipped[i].to) {
            return 1;
        }
    }
    return 0;
}

static void miss(rtj_blocks *blocks, const rtj_block_ports *ports, uint32_t frames)
{
    if (ports->has_outputs) {
        if (!blocks->in_missing) {
            count(&blocks->counts.underflows, 1);
        }
        blocks->in_missing = 1;
        count(&blocks->counts.missing, frames);
    }
}

static void play(rtj_blocks *blocks, const rtj_block_ports *ports, uint64_t cycle,
                 uint32_t frames)
{
    uint64_t number;
    const uint64_t *played = NULL;
    int is_due = due(blocks, cycle, &number);
    blocks->next = is_due ? number + 1 : number;
    int there =
        is_due && atomic_load_explicit(&blocks->done, memory_order_acquire) > number;
    if (there && header_of(blocks, number)->frames == frames) {
        blocks->in_missing = 0;
        played = &number;
    } else if (there) {
        count(&blocks->counts.resized, header_of(blocks, number)->frames);
    } else if (cycle >= blocks->lookahead &&
               !was_skipped(blocks, cycle - blocks->lookahead)) {
        miss(blocks, ports, frames);
    }
    play_audio(blocks, ports, played, frames);
    if (cycle >= blocks->lookahead) {
        rtj_midi_blocks_play(&blocks->midi, cycle - blocks->lookahead, frames,
                             find_buffer, (void *)ports);
    }
}

/* JACK's time went on without us before this block. */
static void skip(rtj_blocks *blocks, uint32_t cycles)
{
    uint64_t cycle = atomic_load_explicit(&blocks->cycle, memory_order_relaxed);
    uint32_t place = blocks->hole_count++ % RTJ_BLOCK_HOLES;
    blocks->skipped[place].from = cycle;
    blocks->skipped[place].to = cycle + cycles;
    atomic_store_explicit(&blocks->cycle, cycle + cycles, memory_order_relaxed);
}

void rtj_blocks_run(void *data, uint32_t frames)
{
    rtj_blocks *blocks = data;
    const rtj_block_ports *ports = atomic_load(&blocks->ports);
    int32_t jump = blocks->jump->frames;
    if (ports == NULL || jump < 0) {
        return;
    }
    clear_midi(blocks, ports, frames);
    if (!atomic_load_explicit(&blocks->running, memory_order_relaxed)) {
        play_audio(blocks, ports, NULL, frames);
        return;
    }
    if (jump > 0) {
        skip(blocks, (uint32_t)jump / frames);
    }
    uint64_t cycle = atomic_load_explicit(&blocks->cycle, memory_order_relaxed);
    atomic_store_explicit(&blocks->cycle, cycle + 1, memory_order_relaxed);
    play(blocks, ports, cycle, frames);
    capture(blocks, ports, cycle, frames);
    if (atomic_load(&blocks->waiting) && atomic_exchange(&blocks->waiting, 0)) {
        rtj_wake_set(&blocks->wake);
    }
}

int rtj_blocks_would_miss(const rtj_blocks *blocks)
{
    uint64_t number;
    uint64_t cycle = atomic_load_explicit(&blocks->cycle, memory_order_relaxed);
    return due(blocks, cycle, &number) &&
           atomic_load_explicit(&blocks->done, memory_order_acquire) <= number;
}

/* ---- the other thread ---- */

int rtj_blocks_ready(rtj_blocks *blocks)
{
    return atomic_load(&blocks->captured) !=
           atomic_load_explicit(&blocks->done, memory_order_relaxed);
}

uint64_t rtj_blocks_take(rtj_blocks *blocks, int skip, rtj_block *block)
{
    uint64_t number = atomic_load_explicit(&blocks->done, memory_order_relaxed);
    uint64_t captured = atomic_load_explicit(&blocks->captured, memory_order_acquire);
    *block = *header_of(blocks, number);
    if (!atomic_exchange_explicit(&blocks->overflowed, 0, memory_order_relaxed) ||
        !skip) {
        return number;
    }
    uint64_t cycle = atomic_load_explicit(&blocks->cycle, memory_order_relaxed);
    while (number + 1 < captured && block->cycle + blocks->lookahead < cycle) {
        count(&blocks->counts.skipped, block->frames);
        atomic_store_explicit(&blocks->done, ++number, memory_order_release);
        *block = *header_of(blocks, number);
    }
    return number;
}

void rtj_blocks_give(rtj_blocks *blocks)
{
    uint64_t done = atomic_load_explicit(&blocks->done, memory_order_relaxed);
    atomic_store_explicit(&blocks->done, done + 1, memory_order_release);
}

int rtj_blocks_may_wait(rtj_blocks *blocks)
{
    atomic_store(&blocks->waiting, 1);
    if (rtj_blocks_ready(blocks)) {
        atomic_store(&blocks->waiting, 0);
        return 0;
    }
    return 1;
}

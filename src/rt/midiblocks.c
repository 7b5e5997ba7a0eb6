#include "rt/midiblocks.h"

#include <string.h>

static void count(_Atomic uint64_t *counter)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + 1, memory_order_relaxed);
}

static int put(rtj_mailbox *box, const rtj_midi_head *head, const void *bytes,
               size_t size)
{
    const rtj_part parts[] = {{head, sizeof *head}, {bytes, size}};
    return rtj_mailbox_put(box, parts, 2);
}

void rtj_midi_blocks_take(rtj_midi_blocks *midi, void *buffer, uint32_t port,
                          uint64_t block, int lost)
{
    uint32_t events = midi->event_count(buffer);
    for (uint32_t i = 0; i < events; i++) {
        jack_midi_event_t event;
        if (midi->event_get(&event, buffer, i) == 0) {
            rtj_midi_head head = {block, port, lost ? 0 : event.time};
            (void)put(midi->in, &head, event.buffer, event.size); /* which counts it */
        }
    }
}

static void play(rtj_midi_blocks *midi, const rtj_midi_head *head, const void *bytes,
                 size_t size, void *buffer)
{
    if (buffer == NULL) {
        count(&midi->orphans);
    } else if (midi->event_write(buffer, head->offset, bytes, size) != 0) {
        count(&midi->refused);
    }
}

void rtj_midi_blocks_play(rtj_midi_blocks *midi, uint64_t cycle, uint32_t frames,
                          rtj_midi_find *find, void *context)
{
    size_t size;
    const unsigned char *message;
    while ((message = rtj_mailbox_peek(midi->out, &size)) != NULL) {
        rtj_midi_head head;
        memcpy(&head, message, sizeof head);
        if (head.block > cycle) {
            return;
        }
        if (head.block < cycle) {
            count(&midi->late);
            head.offset = 0;
        } else if (head.offset >= frames) {
            head.offset = frames - 1; /* the block was a longer one */
        }
        play(midi, &head, message + sizeof head, size - sizeof head,
             find(context, head.port));
        rtj_mailbox_drop(midi->out);
    }
}

int rtj_midi_blocks_answer(rtj_midi_blocks *midi, uint64_t cycle, uint32_t port,
                           uint32_t offset, const void *bytes, size_t size)
{
    rtj_midi_head head = {cycle, port, offset};
    return put(midi->out, &head, bytes, size);
}

const void *rtj_midi_blocks_next(rtj_midi_blocks *midi, uint64_t block,
                                 rtj_midi_head *head, size_t *size)
{
    size_t whole;
    const unsigned char *message = rtj_mailbox_peek(midi->in, &whole);
    if (message == NULL) {
        return NULL;
    }
    memcpy(head, message, sizeof *head);
    if (head->block > block) {
        return NULL;
    }
    if (head->block < block) {
        head->offset = 0;
    }
    *size = whole - sizeof *head;
    return message + sizeof *head;
}

void rtj_midi_blocks_drop(rtj_midi_blocks *midi)
{
    rtj_mailbox_drop(midi->in);
}

uint64_t rtj_midi_blocks_lost(const rtj_midi_blocks *midi)
{
    return rtj_mailbox_lost(midi->in) + rtj_mailbox_lost(midi->out) +
           atomic_load_explicit(&midi->refused, memory_order_relaxed) +
           atomic_load_explicit(&midi->orphans, memory_order_relaxed);
}

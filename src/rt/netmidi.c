#include "rt/netmidi.h"

#include <stddef.h>
#include <string.h>

#define RTJ_NET_MIDI_MAGIC 0x900df00du

typedef struct event {
    uint32_t time;
    uint32_t size;
    uint8_t bytes[RTJ_NET_MIDI_MOST]; /* of a longer event: where its bytes are */
} event;

typedef struct head {
    uint32_t magic;
    uint32_t size; /* of the whole buffer */
    uint32_t frames;
    uint32_t data; /* bytes at its end that longer events use */
    uint32_t count;
    uint32_t lost;
} head;

/* JACK2 takes one event more than there are for part of the head. */
enum { ALWAYS = sizeof(head) + sizeof(event) };

void rtj_net_midi_clear(void *buffer, uint32_t size, uint32_t frames)
{
    if (size >= sizeof(head)) {
        const head empty = {RTJ_NET_MIDI_MAGIC, size, frames, 0, 0, 0};
        memcpy(buffer, &empty, sizeof empty);
    }
}

uint32_t rtj_net_midi_room(uint32_t size)
{
    return size < ALWAYS ? 0 : (uint32_t)((size - ALWAYS) / sizeof(event));
}

static event *place(void *buffer, uint32_t index)
{
    return (event *)(void *)((char *)buffer + sizeof(head) + index * sizeof(event));
}

int rtj_net_midi_add(void *buffer, uint32_t size, uint32_t time, const void *bytes,
                     uint32_t count)
{
    head *to = buffer;
    if (to->count >= rtj_net_midi_room(size) || count > RTJ_NET_MIDI_MOST) {
        return -1;
    }
    event added = {time, count, {0}};
    memcpy(added.bytes, bytes, count);
    memcpy(place(buffer, to->count), &added, sizeof added);
    to->count++;
    return 0;
}

uint32_t rtj_net_midi_count(const void *buffer, uint32_t size)
{
    const head *from = buffer;
    if (size < sizeof(head) || from->magic != RTJ_NET_MIDI_MAGIC) {
        return 0;
    }
    uint32_t most = (uint32_t)((size - sizeof(head)) / sizeof(event));
    return from->count < most ? from->count : most;
}

const void *rtj_net_midi_get(const void *buffer, uint32_t size, uint32_t index,
                             uint32_t *time, uint32_t *count)
{
    const char *at = (const char *)buffer + sizeof(head) + index * sizeof(event);
    event got;
    memcpy(&got, at, sizeof got);
    *time = got.time;
    *count = got.size;
    if (got.size <= RTJ_NET_MIDI_MOST) {
        return at + offsetof(event, bytes);
    }
    uint32_t offset;
    memcpy(&offset, got.bytes, sizeof offset);
    if (offset > size || got.size > size - offset) {
        *count = 0;
        return NULL;
    }
    return (const char *)buffer + offset;
}

/* A MIDI port's events in one block, outside JACK's memory: the same rules as those of
 * JACK's own buffers.  One thread at a time.
 */
#ifndef RTJ_CORE_EVENTS_H
#define RTJ_CORE_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/* As many bytes as the longest event that JACK2 and PipeWire take. */
enum { RTJ_EVENTS = 4096, RTJ_EVENTS_BYTES = (1 << 15) - 48 };

typedef struct rtj_event {
    uint32_t time; /* frames from the block's beginning */
    uint32_t size;
    uint32_t place; /* in `bytes` */
} rtj_event;

typedef struct rtj_events {
    uint32_t count;
    uint32_t used;   /* bytes */
    uint32_t lost;   /* events that were refused since the list was cleared */
    uint32_t frames; /* the block's length */
    rtj_event events[RTJ_EVENTS];
    unsigned char bytes[RTJ_EVENTS_BYTES];
} rtj_events;

void rtj_events_clear(rtj_events *list, uint32_t frames);

/* The largest event that still fits. */
size_t rtj_events_room(const rtj_events *list);

/* Room for an event's bytes; NULL, and counted as lost, when `time` is beyond the block
 * or before the last event's, or the size 0 or more than there is room for. */
unsigned char *rtj_events_reserve(rtj_events *list, uint32_t time, size_t size);

#endif

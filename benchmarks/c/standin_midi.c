/* The stand-in's MIDI buffers: events in the order of their writing, and their bytes.
 */
#include <errno.h>
#include <string.h>

#include "standin_impl.h"

enum { MAX_EVENTS = 256 };

typedef struct midi_event {
    jack_nframes_t time;
    uint16_t start; /* of its bytes */
    uint16_t size;
} midi_event;

typedef struct midi_buffer {
    uint32_t count;
    uint32_t used; /* bytes */
    uint32_t lost;
    midi_event events[MAX_EVENTS];
    jack_midi_data_t bytes[4096];
} midi_buffer;

_Static_assert(sizeof(midi_buffer) <= STANDIN_BUFFER_BYTES, "a port's buffer holds it");

STANDIN_API uint32_t jack_midi_get_event_count(void *memory)
{
    const midi_buffer *buffer = memory;
    return buffer->count;
}

STANDIN_API int jack_midi_event_get(jack_midi_event_t *event, void *memory,
                                    uint32_t index)
{
    midi_buffer *buffer = memory;
    if (index >= buffer->count) {
        return ENOBUFS;
    }
    event->time = buffer->events[index].time;
    event->size = buffer->events[index].size;
    event->buffer = buffer->bytes + buffer->events[index].start;
    return 0;
}

STANDIN_API void jack_midi_clear_buffer(void *memory)
{
    midi_buffer *buffer = memory;
    buffer->count = 0;
    buffer->used = 0;
    buffer->lost = 0;
}

STANDIN_API size_t jack_midi_max_event_size(void *memory)
{
    const midi_buffer *buffer = memory;
    return buffer->count < MAX_EVENTS ? sizeof buffer->bytes - buffer->used : 0;
}

STANDIN_API jack_midi_data_t *jack_midi_event_reserve(void *memory, jack_nframes_t time,
                                                      size_t size)
{
    midi_buffer *buffer = memory;
    int in_order = buffer->count == 0 || time >= buffer->events[buffer->count - 1].time;
    if (size == 0 || size > jack_midi_max_event_size(memory) || !in_order ||
        time >= STANDIN_FRAMES) {
        buffer->lost++;
        return NULL;
    }
    midi_event *event = &buffer->events[buffer->count++];
    event->time = time;
    event->start = (uint16_t)buffer->used;
    event->size = (uint16_t)size;
    buffer->used += (uint32_t)size;
    return buffer->bytes + event->start;
}

STANDIN_API int jack_midi_event_write(void *memory, jack_nframes_t time,
                                      const jack_midi_data_t *bytes, size_t size)
{
    jack_midi_data_t *room = jack_midi_event_reserve(memory, time, size);
    if (room == NULL) {
        return ENOBUFS;
    }
    memcpy(room, bytes, size);
    return 0;
}

STANDIN_API uint32_t jack_midi_get_lost_event_count(void *memory)
{
    const midi_buffer *buffer = memory;
    return buffer->lost;
}

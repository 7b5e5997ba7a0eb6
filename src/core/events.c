#include "core/events.h"

void rtj_events_clear(rtj_events *list, uint32_t frames)
{
    list->count = list->used = list->lost = 0;
    list->frames = frames;
}

size_t rtj_events_room(const rtj_events *list)
{
    return list->count < RTJ_EVENTS ? RTJ_EVENTS_BYTES - list->used : 0;
}

unsigned char *rtj_events_reserve(rtj_events *list, uint32_t time, size_t size)
{
    uint32_t last = list->count > 0 ? list->events[list->count - 1].time : 0;
    if (time >= list->frames || time < last || size == 0 ||
        size > rtj_events_room(list)) {
        list->lost++;
        return NULL;
    }
    rtj_event *event = &list->events[list->count++];
    *event = (rtj_event){time, (uint32_t)size, list->used};
    list->used += (uint32_t)size;
    return list->bytes + event->place;
}

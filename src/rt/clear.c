#include "rt/clear.h"

#include <string.h>

/* 1 when there was a buffer to be silenced. */
static int silence(const rtj_clear *clear, rtj_cleared_port *entry, uint32_t frames)
{
    jack_port_t *port = atomic_load(&entry->port);
    void *buffer = port != NULL ? clear->get_buffer(port, frames) : NULL;
    if (buffer != NULL && entry->is_midi) {
        clear->midi_clear(buffer);
    } else if (buffer != NULL) {
        memset(buffer, 0, frames * sizeof(float));
    }
    return buffer != NULL;
}

void rtj_clear_run(void *data, uint32_t frames)
{
    rtj_clear *clear = data;
    int everything = atomic_load_explicit(clear->everything, memory_order_relaxed);
    for (size_t i = 0; i < clear->count; i++) {
        if (clear->ports[i].always || everything) {
            (void)silence(clear, &clear->ports[i], frames);
        }
    }
}

void rtj_clear_run_once(void *data, uint32_t frames)
{
    rtj_clear *clear = data;
    for (size_t i = 0; i < clear->count; i++) {
        rtj_cleared_port *entry = &clear->ports[i];
        if (atomic_load_explicit(&entry->fresh, memory_order_relaxed) &&
            silence(clear, entry, frames)) {
            atomic_store_explicit(&entry->fresh, 0, memory_order_relaxed);
        }
    }
}

#include "rt/clear.h"

#include <string.h>

void rtj_clear_run(void *data, uint32_t frames)
{
    rtj_clear *clear = data;
    int everything = atomic_load_explicit(clear->everything, memory_order_relaxed);
    for (size_t i = 0; i < clear->count; i++) {
        rtj_cleared_port *entry = &clear->ports[i];
        jack_port_t *port =
            entry->always || everything ? atomic_load(&entry->port) : NULL;
        void *buffer = port != NULL ? clear->get_buffer(port, frames) : NULL;
        if (buffer == NULL) {
            continue;
        }
        if (entry->is_midi) {
            clear->midi_clear(buffer);
        } else {
            memset(buffer, 0, frames * sizeof(float));
        }
    }
}

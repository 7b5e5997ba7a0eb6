#include "rt/silence.h"

#include <string.h>

void rtj_silence_run(const rtj_silence *silence, uint32_t frames)
{
    for (size_t i = 0; i < silence->count; i++) {
        jack_port_t *port = atomic_load(&silence->ports[i].port);
        void *buffer = port != NULL ? silence->get_buffer(port, frames) : NULL;
        if (buffer == NULL) {
            continue;
        }
        if (silence->ports[i].is_midi) {
            silence->midi_clear(buffer);
        } else {
            memset(buffer, 0, frames * sizeof(float));
        }
    }
}

void rtj_silence_forget(rtj_silence *silence, const jack_port_t *port)
{
    for (size_t i = 0; i < silence->count; i++) {
        if (atomic_load(&silence->ports[i].port) == port) {
            atomic_store(&silence->ports[i].port, NULL);
        }
    }
}

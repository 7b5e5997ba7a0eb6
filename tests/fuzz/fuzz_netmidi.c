/* A MIDI buffer as the network may have sent it: whatever it says, its events lie in
 * it. */
#include "rt/netmidi.h"

#include <stdlib.h>
#include <string.h>

static void look(const uint8_t *buffer, uint32_t size)
{
    volatile uint8_t sum = 0;
    uint32_t count = rtj_net_midi_count(buffer, size);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t time, length;
        const uint8_t *bytes = rtj_net_midi_get(buffer, size, i, &time, &length);
        if (bytes == NULL && length != 0) {
            abort();
        }
        for (uint32_t k = 0; k < length; k++) {
            sum = (uint8_t)(sum + bytes[k]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *buffer = malloc(size > 0 ? size : 1);
    if (buffer == NULL || size > 65536) {
        free(buffer);
        return 0;
    }
    memcpy(buffer, data, size);
    look(buffer, (uint32_t)size);
    rtj_net_midi_clear(buffer, (uint32_t)size, 64);
    uint32_t put = 0;
    while (rtj_net_midi_room((uint32_t)size) > 0 && put < size / 4 &&
           rtj_net_midi_add(buffer, (uint32_t)size, put, data + 4 * put,
                            data[put] % 6u) == 0) {
        put++;
    }
    if (rtj_net_midi_count(buffer, (uint32_t)size) != put) {
        abort();
    }
    look(buffer, (uint32_t)size);
    free(buffer);
    return 0;
}

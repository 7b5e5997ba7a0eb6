/* Any bytes: a message that passes is complete, one that does not says why. */
#include "core/midimessage.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rtj_error error = {.text = ""};
    rtj_status status = rtj_midi_message_check(data, size, &error);
    if (status != RTJ_OK) {
        if (status != RTJ_VALUE || error.status != RTJ_VALUE || error.text[0] == '\0' ||
            memchr(error.text, '\0', sizeof error.text) == NULL) {
            abort();
        }
        return 0;
    }
    if (size == 0 || data[0] < 0x80 || (data[0] != 0xf0 && size > 3)) {
        abort();
    }
    for (size_t i = 1; i < size; i++) {
        if (data[i] >= 0x80 && !(data[0] == 0xf0 && i == size - 1 && data[i] == 0xf7)) {
            abort();
        }
    }
    return 0;
}

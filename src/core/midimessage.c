#include "core/midimessage.h"

#include <stdio.h>

enum {
    FIRST_STATUS = 0x80,
    SYSEX = 0xF0,
    SYSEX_END = 0xF7,
    SHOWN = 8 /* bytes of a message in an error's text */
};

/* Bytes of a message with that status byte; 0: there is none. */
static size_t length_of(unsigned char status)
{
    static const unsigned char of_channel[] = {3, 3, 3, 3, 2, 2, 3};
    static const unsigned char of_system[] = {0, 2, 3, 2, 0, 0, 1, 0,
                                              1, 0, 1, 1, 1, 0, 1, 1};
    return status < SYSEX ? of_channel[(status >> 4) - 8] : of_system[status - SYSEX];
}

/* "f0 7e 7f 09 01 f7", or the beginning of it. */
static void show(const unsigned char *bytes, size_t size, char text[4 * SHOWN])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < size && i < SHOWN; i++) {
        length +=
            (size_t)snprintf(text + length, 4, i > 0 ? " %02x" : "%02x", bytes[i]);
    }
    if (size > SHOWN) {
        (void)snprintf(text + length, 5, " ...");
    }
}

static rtj_status refuse(rtj_error *error, const char *rule, const unsigned char *bytes,
                         size_t size)
{
    char text[4 * SHOWN];
    show(bytes, size, text);
    return rtj_fail(error, RTJ_VALUE, 0, "%s; got %zu byte%s: %s", rule, size,
                    size == 1 ? "" : "s", text);
}

static rtj_status check_data(const unsigned char *bytes, size_t from, size_t to,
                             size_t size, rtj_error *error)
{
    for (size_t i = from; i < to; i++) {
        if (bytes[i] >= FIRST_STATUS) {
            char rule[96];
            (void)snprintf(rule, sizeof rule,
                           "the data bytes of a MIDI message are below 0x80, but byte "
                           "%zu is 0x%02x",
                           i, bytes[i]);
            return refuse(error, rule, bytes, size);
        }
    }
    return RTJ_OK;
}

rtj_status rtj_midi_message_check(const unsigned char *bytes, size_t size,
                                  rtj_error *error)
{
    if (size == 0) {
        return rtj_fail(error, RTJ_VALUE, 0,
                        "a MIDI message has at least 1 byte; got none");
    }
    unsigned char status = bytes[0];
    if (status < FIRST_STATUS) {
        return refuse(error,
                      "a MIDI message begins with its status byte, 0x80 or above "
                      "(running status is not for JACK)",
                      bytes, size);
    }
    if (status == SYSEX) {
        if (size < 2 || bytes[size - 1] != SYSEX_END) {
            return refuse(error, "a system exclusive message ends with 0xf7", bytes,
                          size);
        }
        return check_data(bytes, 1, size - 1, size, error);
    }
    size_t length = length_of(status);
    if (length == 0) {
        return refuse(error, "no MIDI message begins with this status byte", bytes,
                      size);
    }
    if (size != length) {
        char rule[96];
        (void)snprintf(rule, sizeof rule,
                       "a MIDI message with status byte 0x%02x has %zu byte%s", status,
                       length, length > 1 ? "s" : "");
        return refuse(error, rule, bytes, size);
    }
    return check_data(bytes, 1, size, size, error);
}

/* What may be sent through a MIDI port of JACK's: one complete message. */
#ifndef RTJ_CORE_MIDIMESSAGE_H
#define RTJ_CORE_MIDIMESSAGE_H

#include <stddef.h>

#include "core/error.h"

/* RTJ_VALUE, with what came, for anything else: without a status byte, cut short, with
 * more than one message, with a status byte among the data, or undefined. */
rtj_status rtj_midi_message_check(const unsigned char *bytes, size_t size,
                                  rtj_error *error);

#endif

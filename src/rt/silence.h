/* Silence for the output ports of a client whose process callback has ended: libjack
 * does not clear their buffers, so the last block would sound for ever.
 */
#ifndef RTJ_RT_SILENCE_H
#define RTJ_RT_SILENCE_H

#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rtj_silent_port {
    _Atomic(jack_port_t *) port; /* NULL: unregistered meanwhile */
    int is_midi;
} rtj_silent_port;

typedef struct rtj_silence {
    __typeof__(jack_port_get_buffer) *get_buffer;
    __typeof__(jack_midi_clear_buffer) *midi_clear;
    struct rtj_silence *older; /* not the audio thread's */
    size_t count;
    rtj_silent_port ports[];
} rtj_silence;

/* The audio thread, in the process callback. */
void rtj_silence_run(const rtj_silence *silence, uint32_t frames);

/* Any other thread: `port` is about to be unregistered. */
void rtj_silence_forget(rtj_silence *silence, const jack_port_t *port);

#endif

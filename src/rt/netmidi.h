/* MIDI events in a block as netjack carries it: JACK2's MIDI buffer.
 *
 * JACK2 copies the part of such a buffer that holds events of more than four bytes from
 * where it is not, and writes it where it must not; so only shorter ones are put here.
 * Reading trusts nothing: the bytes came over the network.
 *
 * Any thread; no state.
 */
#ifndef RTJ_RT_NETMIDI_H
#define RTJ_RT_NETMIDI_H

#include <stdint.h>

enum { RTJ_NET_MIDI_MOST = 4 }; /* bytes of an event */

/* Make `buffer`, of `size` bytes, one without events for a block of `frames` frames;
 * one of no use when it is too short for its own head. */
void rtj_net_midi_clear(void *buffer, uint32_t size, uint32_t frames);

/* How many events a buffer of `size` bytes can hold. */
uint32_t rtj_net_midi_room(uint32_t size);

/* Add an event of at most RTJ_NET_MIDI_MOST bytes at the end.  0, or -1 when there is
 * no room. */
int rtj_net_midi_add(void *buffer, uint32_t size, uint32_t time, const void *bytes,
                     uint32_t count);

/* How many events there are; 0 when it is no MIDI buffer. */
uint32_t rtj_net_midi_count(const void *buffer, uint32_t size);

/* Event `index` (below the count): its time, and its bytes within `buffer`; NULL with 0
 * bytes when it lies outside. */
const void *rtj_net_midi_get(const void *buffer, uint32_t size, uint32_t index,
                             uint32_t *time, uint32_t *count);

#endif

/* The stand-in: a libjack without a server, for benchmarks.
 *
 * It has the functions of libjack that opening a client, its ports, its cycle and its
 * listings need, over plain memory, each as cheap as can be, so that what a benchmark
 * measures is the binding above it.  Transport and metadata are not there.  All clients
 * of the process share one fake server of 48 kHz and 256 frames; time stands still but
 * for the cycles that are run by hand with the functions of this header.
 *
 * One mutex guards the lists of ports and clients.  Port buffers and a client's cycle
 * belong to the thread that runs the cycle.
 */
#ifndef RTJ_BENCHMARKS_STANDIN_H
#define RTJ_BENCHMARKS_STANDIN_H

#include <jack/jack.h>
#include <jack/midiport.h>
#include <stdint.h>

#define STANDIN_API __attribute__((visibility("default")))

enum {
    STANDIN_SAMPLERATE = 48000,
    STANDIN_FRAMES = 256,       /* a cycle's length */
    STANDIN_BUFFER_BYTES = 8192 /* a port's buffer, audio or MIDI */
};

/* The client opened last under this name; NULL when there is none. */
STANDIN_API jack_client_t *standin_client(const char *name);

/* Run the client's process callback `cycles` times in the calling thread.  Returns the
 * loop's nanoseconds; 0 when the client is not active, has no callback, or when the
 * callback ended itself with a return value other than 0. */
STANDIN_API uint64_t standin_run(jack_client_t *client, uint32_t cycles);

/* The same in a native thread of its own, as JACK does it, joined before this returns;
 * 0 also when no thread could be made. */
STANDIN_API uint64_t standin_run_thread(jack_client_t *client, uint32_t cycles);

/* Make `count` audio output ports of a client that is not ours.  0, or -1 when there
 * is no room. */
STANDIN_API int standin_add_ports(uint32_t count);

/* Whether jack_port_by_name() goes through all ports, as libjack2's does; without it,
 * a hash table answers. */
STANDIN_API void standin_search_linearly(int linearly);

/* Put `count` three-byte events into each of the client's MIDI inputs, where they stay
 * for every cycle that follows.  0, or -1 when they don't fit. */
STANDIN_API int standin_feed_midi(jack_client_t *client, uint32_t count);

/* How many events wait in the client's MIDI outputs. */
STANDIN_API uint32_t standin_count_midi(const jack_client_t *client);

/* Fill the client's audio inputs: frame i of input k gets k + i / 256.  Returns how
 * many of the frames of its outputs are equal to those of the input with the same
 * number. */
STANDIN_API void standin_feed_audio(jack_client_t *client);
STANDIN_API uint32_t standin_count_equal(const jack_client_t *client);

#endif

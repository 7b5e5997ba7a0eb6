/* What jack.NetSlave and jack.NetMaster have in common: arguments, blocks, errors. */
#ifndef RTJ_PY_NET_H
#define RTJ_PY_NET_H

#include "core/net.h"
#include "core/task.h"
#include "py/module.h"

/* One direction's shape: see core/net.h. */
typedef struct rtj_lanes {
    uint32_t audio, midi, frames;
} rtj_lanes;

/* What both ends tell of themselves, as numbers. */
typedef enum rtj_net_fact {
    RTJ_NET_BLOCKSIZE,
    RTJ_NET_SAMPLERATE,
    RTJ_NET_INPUTS,
    RTJ_NET_OUTPUTS,
    RTJ_NET_MIDI_INPUTS,
    RTJ_NET_MIDI_OUTPUTS,
    RTJ_NET_LATENCY,
    RTJ_NET_LOOKAHEAD,
    RTJ_NET_PORT
} rtj_net_fact;

typedef struct rtj_net_end {
    const rtj_net_facts *facts;
    int latency; /* of the network, blocks */
    int lookahead;
    int port;
} rtj_net_end;

/* A new int. */
PyObject *rtj_net_fact_object(const rtj_net_end *end, rtj_net_fact which);

/* Arguments that were given, read as what they are; an absent one leaves `*value`.
 * 0, or -1 with TypeError or ValueError. */
int rtj_net_int(PyObject *given, const char *what, int64_t low, int64_t high,
                int *value);
int rtj_net_channels(PyObject *given, const char *what, int *value); /* None: -1 */
int rtj_net_seconds(PyObject *given, double *seconds);
/* A new bytes object, of what was given or of `usual`: four numbers with dots. */
PyObject *rtj_net_address(PyObject *given);

/* New: the audio of a block; None when there are no channels. */
PyObject *rtj_net_audio_object(rtj_state *state, const float *block,
                               const rtj_lanes *lanes, uint32_t frames);

/* New: (audio, midi) of a block of which `frames` frames count. */
PyObject *rtj_net_block_object(rtj_state *state, const float *block,
                               const rtj_lanes *lanes, uint32_t frames);

/* The block from what send() or write() were given; `*frames` gets how many frames
 * `audio` has, all where there is none; `whole`: it must have all.  0 or -1. */
int rtj_net_block_fill(float *block, const rtj_lanes *lanes, PyObject *audio,
                       PyObject *midi, int whole, uint32_t *frames);

/* Raise what `error` tells: TimeoutError for RTJ_TIMEOUT, else as rtj_raise(). */
PyObject *rtj_net_raise(rtj_state *state, const rtj_error *error);

#endif

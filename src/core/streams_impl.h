/* The struct behind rtj_flow, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_STREAMS_IMPL_H
#define RTJ_CORE_STREAMS_IMPL_H

#include "core/client_impl.h"
#include "core/streams.h"

struct rtj_flow {
    rtj_stream rt; /* first, and aligned: what the audio thread touches */
    rtj_client *client;
    _Atomic int references;
    _Atomic int closed;
    _Atomic int busy[2];   /* a thread is at that side */
    pthread_mutex_t lock;  /* starting, stopping, closing, breaks */
    uint32_t limit;        /* frames that may wait in the output ring */
    rtj_break *pending[2]; /* breaks not told yet, oldest first; under lock */
    size_t pending_count[2];
    size_t pending_room[2];
    jack_port_t **ports; /* inputs, then outputs */
    uint32_t port_count;
    rtj_flow *next; /* in the client's list */
};

/* Into its client's list, and out of it: its counts stay in the client's. */
void rtj_flow_enlist(rtj_flow *flow);
void rtj_flow_unlist(rtj_flow *flow);

#endif

/* The struct behind rtj_client, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_CLIENT_IMPL_H
#define RTJ_CORE_CLIENT_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/client.h"
#include "core/delivery.h"

/* The gate counts who is inside libjack with the handle; this bit shuts it. */
#define RTJ_GATE_SHUT ((uint64_t)1 << 63)

struct rtj_client {
    /* What libjack's threads touch. */
    rtj_cycle cycle;
    rtj_notifier notifier;

    _Alignas(64) _Atomic uint64_t gate;
    const rtj_libjack *lib;
    jack_client_t *handle;
    unsigned generation; /* of the process that opened it: rtj_registry_generation() */
    _Atomic int references;
    _Atomic int holds; /* 1 while open, and 1 for each export: then the handle lives */
    _Atomic int active;
    rtj_delivery *delivery;
    void *context;
    rtj_blocksize_changed *blocksize_changed;
    pthread_mutex_t lifecycle; /* one of activate, deactivate, close at a time */
    int closed;                /* under lifecycle */
    const rtj_chain *chain;    /* under lifecycle; owned; what the cycle runs */
    char name[256];
    char server[256];
};

/* Unregister all ports and free the handle, or leave both to the last export. */
rtj_status rtj_client_drop_hold(rtj_client *client);

/* libjack's blocksize callback; `data` is the rtj_client. */
int rtj_client_on_blocksize(jack_nframes_t frames, void *data);

#endif

/* The struct behind rtj_client, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_CLIENT_IMPL_H
#define RTJ_CORE_CLIENT_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/client.h"
#include "core/delivery.h"

/* The gate counts who is inside libjack with the handle; this bit shuts it. */
#define RTJ_GATE_SHUT ((uint64_t)1 << 63)

typedef struct rtj_own_port {
    jack_port_t *handle;
    int flags;
    const void *group; /* core/latency.h; NULL: none */
    uint32_t latency;  /* frames that the group takes */
} rtj_own_port;

typedef struct rtj_own_ports {
    pthread_mutex_t lock;
    rtj_own_port *list;
    size_t count;
    size_t room;
} rtj_own_ports;

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
    rtj_deliver *deliver;
    rtj_blocksize_changed *blocksize_changed;
    pthread_mutex_t lifecycle; /* one of activate, deactivate, close at a time */
    int closed;                /* under lifecycle */
    int in_cycle;              /* under lifecycle: libjack has our process callback */
    const rtj_chain *chain;    /* under lifecycle; owned; what the cycle runs */
    rtj_own_ports own;
    struct rtj_flow *flows; /* open streams, borrowed; under own.lock */
    char name[256];
    char server[256];
};

/* RTJ_FAILED when called from one of the client's own callbacks. */
rtj_status rtj_client_refuse_in_callback(const rtj_client *client, const char *what,
                                         rtj_error *error);

/* With `lifecycle` held and libjack entered. */
rtj_status rtj_client_activate_locked(rtj_client *client, const rtj_patience *patience,
                                      rtj_error *error);
rtj_status rtj_client_deactivate_locked(rtj_client *client,
                                        const rtj_patience *patience, rtj_error *error);

/* Whether it has ports of its own. */
int rtj_client_has_ports(rtj_client *client);

/* Unregister all ports and free the handle, or leave both to the last export. */
rtj_status rtj_client_drop_hold(rtj_client *client);

/* libjack's blocksize callback; `data` is the rtj_client. */
int rtj_client_on_blocksize(jack_nframes_t frames, void *data);

#endif

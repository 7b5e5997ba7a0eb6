/* The struct behind rtj_netslave, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_NETSLAVE_IMPL_H
#define RTJ_CORE_NETSLAVE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/libjacknet.h"
#include "core/netslave.h"
#include "rt/netblocks.h"

struct rtj_netslave {
    rtj_net_blocks blocks; /* what the network's thread touches most */
    _Atomic int closing;
    _Atomic int parked;     /* the network's thread waits to be ended */
    _Atomic int restarting; /* it looks for a master */
    _Atomic int ended;      /* it does so no more */
    _Atomic int connected;
    _Atomic uint64_t losses;
    _Atomic uint64_t bad_packets;
    _Atomic int references;
    const rtj_libjacknet *lib;
    jack_net_slave_t *handle;
    rtj_net_options options;
    char address[RTJ_NET_ADDRESS_MAX + 1];
    char name[RTJ_NET_NAME_MAX + 1];
    double seconds; /* for opening */
    rtj_net_facts facts;
    unsigned generation; /* of the process: rtj_registry_generation() */
    rtj_error opened;    /* what came of opening */
    char end_reason[160];
    pthread_mutex_t lifecycle; /* one closing at a time */
    int closed;                /* under it */
    pthread_mutex_t reading, writing;
    _Atomic uint64_t losses_told;
    uint64_t next_read;       /* cycle; under reading */
    uint64_t next_write;      /* cycle; under writing, but for: */
    _Atomic uint64_t skipped; /* cycles whose input was lost, not yet in next_write */
    uint64_t missing_told;    /* under writing */
};

#endif

/* The one table of libjacknet's functions, filled at run time.
 *
 * libjacknet is netjack without a server: it needs neither libjack nor jackd.  What it
 * says goes nowhere (or, with JACK_NETJACK_LOG=1 in the environment, to stdout).
 */
#ifndef RTJ_CORE_LIBJACKNET_H
#define RTJ_CORE_LIBJACKNET_H

#include <jack/net.h>

#include "core/error.h"

/* clang-format off */
#define RTJ_LIBJACKNET_FUNCTIONS(X) \
    X(jack_net_slave_open) \
    X(jack_net_slave_close) \
    X(jack_set_net_slave_process_callback) \
    X(jack_net_slave_activate) \
    X(jack_net_slave_deactivate) \
    X(jack_net_slave_is_active) \
    X(jack_set_net_slave_buffer_size_callback) \
    X(jack_set_net_slave_sample_rate_callback) \
    X(jack_set_net_slave_restart_callback) \
    X(jack_set_net_slave_error_callback) \
    X(jack_net_master_open) \
    X(jack_net_master_close) \
    X(jack_net_master_recv) \
    X(jack_net_master_recv_slice) \
    X(jack_net_master_send) \
    X(jack_net_master_send_slice) \
    X(jack_create_adapter) \
    X(jack_destroy_adapter) \
    X(jack_flush_adapter) \
    X(jack_adapter_push_and_pull) \
    X(jack_adapter_pull_and_push)
/* clang-format on */

typedef struct rtj_libjacknet {
    void *module;   /* never closed */
    char name[512]; /* what was loaded, as given to the loader */
    int has_clock;  /* its adapters can tell the time */
#define RTJ_SLOT(function) __typeof__(function) *function;
    RTJ_LIBJACKNET_FUNCTIONS(RTJ_SLOT)
#undef RTJ_SLOT
} rtj_libjacknet;

/* The process's libjacknet, loaded by the first call that succeeds; no function of the
 * table is NULL.  NULL and `error` (RTJ_NO_LIBRARY) when there is none; the next call
 * looks again.  Takes a lock, reads the disk. */
const rtj_libjacknet *rtj_libjacknet_get(rtj_error *error);

#endif

/* The struct behind rtj_client, for the files that make it up; nobody else's. */
#ifndef RTJ_CORE_CLIENT_IMPL_H
#define RTJ_CORE_CLIENT_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ask.h"
#include "core/client.h"
#include "core/delivery.h"
#include "core/detached.h"
#include "core/handover.h"
#include "core/jackthread.h"
#include "core/libjack_copies.h"
#include "core/telemetry.h"
#include "rt/porttable.h"

/* The gate counts who is inside libjack with the handle; this bit shuts it. */
#define RTJ_GATE_SHUT ((uint64_t)1 << 63)

typedef struct rtj_range_draft {
    jack_latency_range_t range;
    int is_set; /* else it is libjack's */
} rtj_range_draft;

typedef struct rtj_own_port {
    jack_port_t *handle;
    int flags;
    int is_midi;
    int cleared;               /* built-in nodes write it, or did: see rt/clear.h */
    const void *group;         /* core/latency.h; NULL: none */
    uint32_t latency;          /* frames that the group takes */
    rtj_range_draft drafts[2]; /* by mode; core/latency_apart.h */
} rtj_own_port;

typedef struct rtj_own_ports {
    pthread_mutex_t lock;
    rtj_own_port *list;
    size_t count;
    size_t room;
    uint64_t serial;         /* of the last table */
    rtj_port_table *retired; /* tables that the audio thread may have held too long */
} rtj_own_ports;

/* core/latency_apart.h; only with PipeWire's libjack. */
typedef struct rtj_latency_apart {
    pthread_mutex_t lock; /* the last to be taken */
    pthread_cond_t heard;
    int awaited;  /* of libjack's askings, by one who has own.lock */
    int due;      /* a notice says so already */
    int drafting; /* the delivery thread's alone: the program is being asked */
} rtj_latency_apart;

/* What of ours libjack has been given. */
typedef enum rtj_role { RTJ_NO_ROLE, RTJ_CALLED, RTJ_LOOPS } rtj_role;

/* core/registry.c's, under its lock. */
typedef struct rtj_registered {
    const void *owner;
    rtj_client *next;
} rtj_registered;

struct rtj_client {
    /* What libjack's threads touch. */
    rtj_cycle cycle;
    _Atomic(rtj_port_table *) ports; /* core/porttable.h; owned; may be NULL */
    rtj_notifier notifier;

    _Alignas(64) _Atomic uint64_t gate;
    const rtj_libjack *lib;
    rtj_libjack_use use; /* of `lib`, as long as the handle lives */
    jack_client_t *handle;
    unsigned generation; /* of the process that opened it: rtj_registry_generation() */
    rtj_registered registered;
    _Atomic int references;
    _Atomic int holds; /* 1 while open, and 1 for each export: then the handle lives */
    _Atomic int active;
    _Atomic int freewheel; /* begun through this client, and not ended through it */
    rtj_delivery *delivery;
    void *context;
    rtj_deliver *deliver;
    rtj_blocksize_changed *blocksize_changed;
    rtj_latency_changed *latency_changed;
    rtj_turn turn;             /* the last to be taken */
    _Atomic int unanswered;    /* an answer was given up: it may still come */
    rtj_connection connection; /* with PipeWire */
    int (*interrupted)(void *context);
    void *interrupt_context;
    pthread_mutex_t audience_lock; /* core/listeners.c; also a last one */
    rtj_audience *past_audiences;  /* under it: they may still have been in use */
    rtj_listener *past_listeners;  /* likewise */
    pthread_mutex_t lifecycle;     /* one of activate, deactivate, close at a time */
    int closed;                    /* under lifecycle */
    _Atomic int ending;            /* the task that deactivates or closes has begun */
    _Atomic rtj_role in_cycle;     /* changed under lifecycle */
    rtj_thread_init thread_init;   /* under lifecycle */
    _Atomic int wants_ports;       /* has, had, or is about to have a port */
    _Atomic int wants_cycle;       /* has or had a sync or timebase callback */
    const rtj_chain *chain;        /* under lifecycle; owned; what the cycle runs */
    rtj_own_ports own;
    rtj_latency_apart latency;
    struct rtj_flow *flows; /* open streams, borrowed; under own.lock */
    rtj_clock_start clock_start;
    rtj_happenings closed_streams;  /* under own.lock; of the others nothing */
    rtj_happenings happened_before; /* under own.lock; the last reset */
    struct rtj_unit *units;         /* added ones, borrowed; under own.lock */
    struct rtj_midi_receiver *midi_receivers; /* open ones, borrowed; under own.lock */
    struct rtj_clear *clear; /* under lifecycle; owned; in the cycle or NULL */
    _Atomic int clear_all;   /* rt/clear.h: a native function has ended */
    _Atomic int units_stale; /* ports changed where the cycle could not follow */
    rtj_detached_plan detached_plan; /* under lifecycle */
    rtj_detached *detached;          /* under own.lock; owned; from activation on */
    rtj_process_thread thread;       /* JACK's, while it is active */
    rtj_thread_plan thread_plan;     /* under lifecycle */
    _Atomic int has_thread;          /* set under lifecycle: there is a plan */
    int was_active;                  /* under lifecycle: once at least */
    uint64_t mark;                   /* rtj_cycle_mark() as it was activated last */
    rtj_handover *handover;          /* under own.lock; owned; as `detached` */
    char name[256];
    char server[256];
};

/* Free, as in a new client. */
void rtj_client_init_locks(rtj_client *client);

/* In a child after fork(), where nobody is there to give back what the parent's other
 * threads had locked. */
void rtj_client_forked(rtj_client *client);

/* RTJ_FAILED when called from one of the client's own callbacks. */
rtj_status rtj_client_refuse_in_callback(const rtj_client *client, const char *what,
                                         rtj_error *error);

/* With `lifecycle` held and libjack entered. */
rtj_status rtj_client_activate_locked(rtj_client *client, const rtj_patience *patience,
                                      rtj_error *error);
rtj_status rtj_client_deactivate_locked(rtj_client *client,
                                        const rtj_patience *patience, rtj_error *error);

/* Take `before` out of the cycle and put `after` in its place; either may be empty.
 */
typedef struct rtj_node_swap {
    rtj_node before;
    rtj_node after;
} rtj_node_swap;

/* With `lifecycle` held: all of `swaps` from one block on.  Returns when the audio
 * thread has passed by what was there; RTJ_TIMEOUT: it has not, RTJ_MEMORY: nothing was
 * changed. */
rtj_status rtj_client_swap_nodes_locked(rtj_client *client, const rtj_node_swap *swaps,
                                        size_t count, rtj_error *error);

/* With `lifecycle` held and libjack entered: have libjack call the cycle, when the
 * client is active without. */
rtj_status rtj_client_join_cycle_locked(rtj_client *client, rtj_error *error);

/* client_end.c.  Unregister the ports that libjack's close would not, or not well. */
void rtj_client_end_ports(rtj_client *client);

/* Without the last hold the handle is freed, on a thread of its own where this one runs
 * a callback of JACK's. */
rtj_status rtj_client_drop_hold(rtj_client *client);

/* libjack's blocksize callback; `data` is the rtj_client. */
int rtj_client_on_blocksize(jack_nframes_t frames, void *data);

#endif

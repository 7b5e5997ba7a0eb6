/* The structs behind the stand-in, for the files that make it up. */
#ifndef RTJ_BENCHMARKS_STANDIN_IMPL_H
#define RTJ_BENCHMARKS_STANDIN_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "standin.h"

enum {
    NAME_BYTES = 320,
    CLIENT_NAME_BYTES = 64,
    MAX_PORTS = 4096,
    OWN_PORTS = 64,
    PORT_LINKS = 16
};

struct _jack_port {
    char name[NAME_BYTES];
    char aliases[2][NAME_BYTES]; /* always empty */
    const char *short_name;      /* within name */
    const char *type;
    jack_client_t *owner; /* NULL: a foreign port */
    jack_port_t *next;    /* in its bucket */
    jack_port_t *links[PORT_LINKS];
    unsigned flags;
    jack_port_id_t id;
    int registered;
    _Alignas(64) unsigned char buffer[STANDIN_BUFFER_BYTES];
};

struct _jack_client {
    char name[CLIENT_NAME_BYTES];
    JackProcessCallback process;
    void *data;
    int active;
    _Atomic jack_nframes_t frame; /* the current cycle's first */
    jack_client_t *next;
    size_t inputs;
    size_t outputs;
    jack_port_t *input[OWN_PORTS]; /* in the order of their registration */
    jack_port_t *output[OWN_PORTS];
};

/* A process has one fake server, as a copy of libjack has one real one.  Its ports lie
 * in one array with the ids as indices, 0 being no port, as in libjack2. */
typedef struct standin_server {
    pthread_mutex_t lock;
    int linear_search;
    jack_client_t *clients;
    jack_port_id_t end; /* behind the last port that was ever made */
    jack_port_t *buckets[8192];
    jack_port_t ports[MAX_PORTS];
} standin_server;

extern standin_server standin_state;

int standin_is_midi(const jack_port_t *port);

/* With the lock held.  NULL: no such port, or no room. */
jack_port_t *standin_find(const char *name);
jack_port_t *standin_make(jack_client_t *owner, const char *client_name,
                          const char *short_name, const char *type, unsigned flags);

#endif

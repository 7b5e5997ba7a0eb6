/* What the meter's two clients share: the command line, opening, registering. */
#ifndef METER_H
#define METER_H

#include <jack/jack.h>
#include <stdint.h>

enum { METER_MOST_CHANNELS = 256 };

typedef struct meter_options {
    const char *server;
    const char *name;
    uint32_t channels;
    uint64_t cycles;
    double seconds; /* to find the clients and to lock */
    int wait;
    uint32_t drop; /* thru: each so many blocks one is silent */
    uint32_t spin; /* thru: its cycle lasts so many microseconds at least */
    uint32_t slip; /* thru: each so many blocks comes or goes a block of latency */
} meter_options;

/* Say what and which (may be NULL) on stderr; exit with 2. */
void meter_fail(const char *what, const char *which);

/* These end the program when libjack refuses. */
jack_client_t *meter_open_client(const meter_options *wish, const char *usual_name);
void meter_register_ports(jack_client_t *client, jack_port_t **ports, uint32_t count,
                          const char *prefix, unsigned long flags);

/* Seconds, of a clock that only goes on. */
double meter_now(void);

/* libjack's shutdown callback; `data` is an _Atomic int. */
void meter_on_shutdown(void *data);

/* Be the client that is measured, until standard input ends. */
int meter_thru(const meter_options *wish);

#endif

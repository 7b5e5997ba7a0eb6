#include "meter.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void meter_on_shutdown(void *data)
{
    atomic_store((_Atomic int *)data, 1);
}

void meter_fail(const char *what, const char *which)
{
    fprintf(stderr, "meter: %s%s%s\n", what, which != NULL ? ": " : "",
            which != NULL ? which : "");
    exit(2);
}

double meter_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

jack_client_t *meter_open_client(const meter_options *wish, const char *usual_name)
{
    const char *name = wish->name != NULL ? wish->name : usual_name;
    jack_options_t flags = JackNoStartServer | JackUseExactName;
    jack_client_t *client =
        wish->server != NULL
            ? jack_client_open(name, flags | JackServerName, NULL, wish->server)
            : jack_client_open(name, flags, NULL);
    if (client == NULL) {
        meter_fail("no client could be opened on the server",
                   wish->server != NULL ? wish->server : "default");
    }
    return client;
}

void meter_register_ports(jack_client_t *client, jack_port_t **ports, uint32_t count,
                          const char *prefix, unsigned long flags)
{
    for (uint32_t i = 0; i < count; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s%u", prefix, i + 1);
        ports[i] = jack_port_register(client, name, JACK_DEFAULT_AUDIO_TYPE, flags, 0);
        if (ports[i] == NULL) {
            meter_fail("a port could not be registered", name);
        }
    }
}

typedef struct thru {
    jack_port_t *in[METER_MOST_CHANNELS];
    jack_port_t *out[METER_MOST_CHANNELS];
    float *before; /* the last block, channel by channel; with `slip` */
    uint32_t channels;
    uint32_t drop;
    uint32_t slip;
    uint32_t spin;
    uint32_t most_frames;
    uint64_t blocks;
    _Atomic int lost;
} thru;

/* As a client does whose work takes that long before its output is there. */
static void spin(uint32_t microseconds)
{
    double end = meter_now() + 1e-6 * microseconds;
    while (meter_now() < end) {
    }
}

static int copy(jack_nframes_t frames, void *data)
{
    thru *own = data;
    size_t size = frames * sizeof(float);
    uint64_t block = own->blocks++;
    int drop = own->drop > 0 && block % own->drop == 0;
    int keeps = own->slip > 0 && frames <= own->most_frames;
    int slip = keeps && block / own->slip % 2 == 1;
    if (own->spin > 0) {
        spin(own->spin);
    }
    for (uint32_t c = 0; c < own->channels; c++) {
        const float *in = jack_port_get_buffer(own->in[c], frames);
        float *out = jack_port_get_buffer(own->out[c], frames);
        float *before = own->before + (size_t)c * own->most_frames;
        if (drop) {
            memset(out, 0, size);
        } else {
            memcpy(out, slip ? before : in, size);
        }
        if (keeps) {
            memcpy(before, in, size);
        }
    }
    return 0;
}

int meter_thru(const meter_options *wish)
{
    static thru own;
    jack_client_t *client = meter_open_client(wish, "thru");
    own.channels = wish->channels;
    own.drop = wish->drop;
    own.slip = wish->slip;
    own.spin = wish->spin;
    own.most_frames = jack_get_buffer_size(client);
    own.before = calloc((size_t)own.channels * own.most_frames, sizeof(float));
    if (own.before == NULL) {
        meter_fail("no memory", NULL);
    }
    meter_register_ports(client, own.in, own.channels, "in_", JackPortIsInput);
    meter_register_ports(client, own.out, own.channels, "out_", JackPortIsOutput);
    jack_on_shutdown(client, meter_on_shutdown, &own.lost);
    if (jack_set_process_callback(client, copy, &own) != 0 ||
        jack_activate(client) != 0) {
        meter_fail("the client could not be activated", NULL);
    }
    printf("{\"ready\": true}\n");
    fflush(stdout);
    char rest[64];
    while (fgets(rest, sizeof rest, stdin) != NULL) {
    }
    if (!atomic_load(&own.lost)) {
        jack_client_close(client);
    }
    free(own.before);
    return 0;
}

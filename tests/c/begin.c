/* A client that comes, is connected, and goes, without Python:
 *
 *   begin SERVER ROUNDS
 *
 * It prints in how many of the rounds it got no cycle within 3 s.
 */
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct passer {
    jack_port_t *in, *out;
    _Atomic long cycles;
} passer;

static int process(jack_nframes_t frames, void *data)
{
    passer *self = data;
    const void *from = jack_port_get_buffer(self->in, frames);
    memcpy(jack_port_get_buffer(self->out, frames), from, frames * sizeof(float));
    self->cycles++;
    return 0;
}

static void on_port(jack_port_id_t port, int there, void *data)
{
    (void)port, (void)there, (void)data;
}

static void on_connection(jack_port_id_t a, jack_port_id_t b, int there, void *data)
{
    (void)a, (void)b, (void)there, (void)data;
}

static int on_order(void *data)
{
    (void)data;
    return 0;
}

/* 1 when it got cycles, 0 when not, -1 when there is no server. */
static int come_and_go(const char *server)
{
    passer self = {.cycles = 0};
    jack_client_t *client =
        jack_client_open("passer", JackServerName | JackNoStartServer, NULL, server);
    if (client == NULL) {
        return -1;
    }
    const char *type = JACK_DEFAULT_AUDIO_TYPE;
    self.in = jack_port_register(client, "i", type, JackPortIsInput, 0);
    self.out = jack_port_register(client, "o", type, JackPortIsOutput, 0);
    jack_set_process_callback(client, process, &self);
    jack_set_port_registration_callback(client, on_port, NULL);
    jack_set_port_connect_callback(client, on_connection, NULL);
    jack_set_graph_order_callback(client, on_order, NULL);
    jack_activate(client);
    jack_connect(client, "system:capture_1", "passer:i");
    jack_connect(client, "passer:o", "system:playback_1");
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    for (int i = 0; i < 300 && self.cycles == 0; i++) {
        nanosleep(&pause, NULL);
    }
    int came = self.cycles != 0;
    jack_client_close(client);
    return came;
}

int main(int count, char **arguments)
{
    int without = 0;
    for (int left = count > 2 ? atoi(arguments[2]) : 0; left > 0; left--) {
        int came = come_and_go(arguments[1]);
        if (came < 0) {
            return 1;
        }
        without += !came;
    }
    printf("%d\n", without);
    return 0;
}

/* Follows what others connect and disconnect, and answers every tenth change by
 * connecting or disconnecting two ports of its own, without Python:
 *
 *   follow SERVER
 *
 * It prints "ready", and for each line that it reads four numbers: the changes of
 * others that libjack has told it of, those of its own, how often it has answered, and
 * whether it was told that the server is gone.  It ends with its standard input.
 */
#include <jack/jack.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct follower {
    jack_client_t *client;
    jack_port_t *out, *in;
    int ends[2]; /* of a pipe: a byte for each change of others */
    _Atomic long foreign, own, answers;
    _Atomic int gone;
} follower;

static void note(jack_port_id_t a, jack_port_id_t b, int connected, void *data)
{
    follower *self = data;
    const jack_port_t *source = jack_port_by_id(self->client, a);
    char byte = (char)connected;
    (void)b;
    if (source == self->out || source == self->in) {
        atomic_fetch_add(&self->own, 1);
        return;
    }
    atomic_fetch_add(&self->foreign, 1);
    if (write(self->ends[1], &byte, 1) != 1) {
        abort();
    }
}

static void note_end(void *data)
{
    follower *self = data;
    atomic_store(&self->gone, 1);
}

static void *answer(void *data)
{
    follower *self = data;
    char byte;
    long changes = 0;
    while (read(self->ends[0], &byte, 1) == 1) {
        if (++changes % 10 != 0) {
            continue;
        }
        const char *out = jack_port_name(self->out), *in = jack_port_name(self->in);
        int failed = atomic_load(&self->answers) % 2 != 0
                         ? jack_disconnect(self->client, out, in)
                         : jack_connect(self->client, out, in);
        if (failed) {
            (void)fprintf(stderr, "follow: an answer failed\n");
        }
        atomic_fetch_add(&self->answers, 1);
    }
    return NULL;
}

static int begin(follower *self, const char *server)
{
    pthread_t thread;
    self->client =
        jack_client_open("follow", JackNoStartServer | JackServerName, NULL, server);
    if (self->client == NULL || pipe(self->ends) != 0 ||
        jack_set_port_connect_callback(self->client, note, self) != 0) {
        return -1;
    }
    jack_on_shutdown(self->client, note_end, self);
    self->out = jack_port_register(self->client, "out", JACK_DEFAULT_AUDIO_TYPE,
                                   JackPortIsOutput, 0);
    self->in = jack_port_register(self->client, "in", JACK_DEFAULT_AUDIO_TYPE,
                                  JackPortIsInput, 0);
    return self->out == NULL || self->in == NULL || jack_activate(self->client) != 0 ||
                   pthread_create(&thread, NULL, answer, self) != 0
               ? -1
               : 0;
}

int main(int count, char **words)
{
    static follower self;
    if (count != 2 || begin(&self, words[1]) != 0) {
        (void)fprintf(stderr, "follow: a server's name, please\n");
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    for (int byte = getchar(); byte != EOF; byte = getchar()) {
        if (byte == '\n') {
            (void)printf("%ld %ld %ld %d\n", atomic_load(&self.foreign),
                         atomic_load(&self.own), atomic_load(&self.answers),
                         atomic_load(&self.gone));
            (void)fflush(stdout);
        }
    }
    (void)close(self.ends[1]);
    (void)jack_client_close(self.client);
    return 0;
}

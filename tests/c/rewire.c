/* Rewires the graph as fast as the server lets it:
 *
 *   rewire SERVER ROUNDS [PAUSE]
 *
 * Connects a port of its own with another one and disconnects them again, ROUNDS times.
 * It prints "ready", begins when it reads a line, prints how many of its calls libjack
 * took ("connected disconnected"), and ends with its standard input.  With a PAUSE
 * (microseconds) after each call a second line tells when libjack notified it of each,
 * in nanoseconds of CLOCK_MONOTONIC; else it is empty.
 */
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct notes {
    _Atomic long count;
    long most;
    int64_t times[];
} notes;

static void note(jack_port_id_t a, jack_port_id_t b, int connected, void *data)
{
    notes *all = data;
    struct timespec now;
    (void)a;
    (void)b;
    (void)connected;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long count = atomic_load(&all->count);
    if (count < all->most) {
        all->times[count] = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
        atomic_store(&all->count, count + 1);
    }
}

static void pause_for(long microseconds)
{
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "rewire: %s\n", what);
    return 1;
}

static int await_line(void)
{
    int read = getchar();
    while (read != EOF && read != '\n') {
        read = getchar();
    }
    return read;
}

static void rewire(jack_client_t *client, const jack_port_t *out, const jack_port_t *in,
                   long rounds, long pause)
{
    long connected = 0, disconnected = 0;
    for (long i = 0; i < rounds; i++) {
        connected += jack_connect(client, jack_port_name(out), jack_port_name(in)) == 0;
        pause_for(pause);
        disconnected +=
            jack_disconnect(client, jack_port_name(out), jack_port_name(in)) == 0;
        pause_for(pause);
    }
    (void)printf("%ld %ld\n", connected, disconnected);
}

int main(int count, char **words)
{
    if (count != 3 && count != 4) {
        return fail("a server's name and a number of rounds, please");
    }
    long rounds = strtol(words[2], NULL, 10);
    long pause = count == 4 ? strtol(words[3], NULL, 10) : 0;
    notes *all = calloc(1, sizeof *all + 2 * (size_t)rounds * sizeof all->times[0]);
    jack_client_t *client =
        jack_client_open("rewire", JackNoStartServer | JackServerName, NULL, words[1]);
    if (client == NULL || all == NULL) {
        return fail("no such server");
    }
    all->most = 2 * rounds;
    jack_port_t *out =
        jack_port_register(client, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    jack_port_t *in =
        jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    if (out == NULL || in == NULL ||
        (pause > 0 && jack_set_port_connect_callback(client, note, all) != 0) ||
        jack_activate(client) != 0) {
        return fail("the server refuses");
    }
    (void)puts("ready");
    (void)fflush(stdout);
    (void)await_line();
    rewire(client, out, in, rounds, pause);
    for (long i = 0; i < atomic_load(&all->count); i++) {
        (void)printf("%lld ", (long long)all->times[i]);
    }
    (void)puts("");
    (void)fflush(stdout);
    (void)await_line();
    (void)jack_client_close(client);
    free(all);
    return 0;
}

/* A client in C that waits for what a Python program waits for:
 *
 *   event_waiter SERVER COUNT
 *
 * libjack's notification of a connection, or of its end, writes a byte into a pipe,
 * from which a thread reads: the least that a program can do that acts in a thread of
 * its own. It prints "ready", and after COUNT of them when that thread had each, in
 * nanoseconds of CLOCK_MONOTONIC.  It ends with its standard input.
 */
#include <jack/jack.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct waiter {
    int ends[2]; /* of the pipe */
    long count;
    int64_t *times;
} waiter;

static void notified(jack_port_id_t a, jack_port_id_t b, int connected, void *data)
{
    const waiter *self = data;
    (void)a;
    (void)b;
    char byte = (char)connected;
    if (write(self->ends[1], &byte, 1) != 1) {
        abort(); /* it has room for far more than are ever in it */
    }
}

static void *wait_for_all(void *data)
{
    waiter *self = data;
    for (long i = 0; i < self->count; i++) {
        char byte;
        struct timespec now;
        if (read(self->ends[0], &byte, 1) != 1) {
            abort();
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        self->times[i] = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    }
    return NULL;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "event_waiter: %s\n", what);
    return 1;
}

int main(int count, char **words)
{
    if (count != 3) {
        return fail("a server's name and a number of events, please");
    }
    waiter self = {.count = strtol(words[2], NULL, 10)};
    self.times = calloc((size_t)self.count, sizeof self.times[0]);
    jack_client_t *client = jack_client_open(
        "event_waiter", JackNoStartServer | JackServerName, NULL, words[1]);
    pthread_t thread;
    if (self.times == NULL || client == NULL || pipe(self.ends) != 0 ||
        pthread_create(&thread, NULL, wait_for_all, &self) != 0 ||
        jack_set_port_connect_callback(client, notified, &self) != 0 ||
        jack_activate(client) != 0) {
        return fail("no such server, or it refuses");
    }
    (void)puts("ready");
    (void)fflush(stdout);
    (void)pthread_join(thread, NULL);
    for (long i = 0; i < self.count; i++) {
        (void)printf("%lld ", (long long)self.times[i]);
    }
    (void)puts("");
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    (void)jack_client_close(client);
    free(self.times);
    return 0;
}

#include "standin.h"

#include <string.h>
#include <time.h>

#include "standin_impl.h"

standin_server standin_state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

jack_client_t *standin_client(const char *name)
{
    pthread_mutex_lock(&standin_state.lock);
    jack_client_t *client = standin_state.clients;
    while (client != NULL && strcmp(client->name, name) != 0) {
        client = client->next;
    }
    pthread_mutex_unlock(&standin_state.lock);
    return client;
}

/* ---- cycles ---- */

uint64_t standin_run(jack_client_t *client, uint32_t cycles)
{
    if (!client->active || client->process == NULL) {
        return 0;
    }
    uint64_t start = nanoseconds();
    for (uint32_t i = 0; i < cycles; i++) {
        atomic_fetch_add_explicit(&client->frame, STANDIN_FRAMES, memory_order_relaxed);
        if (client->process(STANDIN_FRAMES, client->data) != 0) {
            return 0;
        }
    }
    return nanoseconds() - start;
}

typedef struct run {
    jack_client_t *client;
    uint32_t cycles;
    uint64_t elapsed;
} run;

static void *run_in_thread(void *data)
{
    run *job = data;
    /* The first visit of a new thread is dearer than the others: not measured. */
    if (standin_run(job->client, 1) > 0) {
        job->elapsed = standin_run(job->client, job->cycles);
    }
    return NULL;
}

uint64_t standin_run_thread(jack_client_t *client, uint32_t cycles)
{
    run job = {client, cycles, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_in_thread, &job) != 0) {
        return 0;
    }
    pthread_join(thread, NULL);
    return job.elapsed;
}

/* ---- what the cycles work on ---- */

int standin_add_ports(uint32_t count)
{
    int outcome = 0;
    pthread_mutex_lock(&standin_state.lock);
    for (uint32_t i = 0; i < count && outcome == 0; i++) {
        char name[32] = "output_";
        size_t end = strlen(name);
        for (uint32_t place = 1000000; place > 0; place /= 10) {
            name[end++] = (char)('0' + i / place % 10);
        }
        name[end] = '\0';
        if (standin_find(name) == NULL &&
            standin_make(NULL, "foreign", name, JACK_DEFAULT_AUDIO_TYPE,
                         JackPortIsOutput) == NULL) {
            outcome = -1;
        }
    }
    pthread_mutex_unlock(&standin_state.lock);
    return outcome;
}

int standin_feed_midi(jack_client_t *client, uint32_t count)
{
    for (size_t k = 0; k < client->inputs; k++) {
        jack_port_t *port = client->input[k];
        if (!standin_is_midi(port)) {
            continue;
        }
        jack_midi_clear_buffer(port->buffer);
        for (uint32_t i = 0; i < count; i++) {
            jack_midi_data_t event[3] = {0x90, (jack_midi_data_t)(i & 0x7F), 100};
            if (jack_midi_event_write(port->buffer, i, event, sizeof event) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

uint32_t standin_count_midi(const jack_client_t *client)
{
    uint32_t count = 0;
    for (size_t k = 0; k < client->outputs; k++) {
        jack_port_t *port = client->output[k];
        if (standin_is_midi(port)) {
            count += jack_midi_get_event_count(port->buffer);
        }
    }
    return count;
}

void standin_feed_audio(jack_client_t *client)
{
    for (size_t k = 0; k < client->inputs; k++) {
        float *samples = (float *)(void *)client->input[k]->buffer;
        for (int i = 0; i < STANDIN_FRAMES && !standin_is_midi(client->input[k]); i++) {
            samples[i] = (float)k + (float)i / STANDIN_FRAMES;
        }
    }
}

uint32_t standin_count_equal(const jack_client_t *client)
{
    uint32_t equal = 0;
    for (size_t k = 0; k < client->outputs && k < client->inputs; k++) {
        const uint32_t *in = (const uint32_t *)(void *)client->input[k]->buffer;
        const uint32_t *out = (const uint32_t *)(void *)client->output[k]->buffer;
        for (int i = 0; i < STANDIN_FRAMES && !standin_is_midi(client->input[k]); i++) {
            equal += in[i] == out[i];
        }
    }
    return equal;
}

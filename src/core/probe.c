#include "core/probe.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dead_servers.h"
#include "core/descriptors.h"
#include "core/log.h"
#include "core/turns.h"

typedef struct probe {
    rtj_libjack_use use;
    jack_status_t status;
    int running;
    int has_server;
    char server[256];
    char client[64];
} probe;

static jack_client_t *call_open(const rtj_libjack *lib, void *argument)
{
    probe *asked = argument;
    if (asked->has_server) {
        return lib->jack_client_open(asked->client, JackNoStartServer | JackServerName,
                                     &asked->status, asked->server);
    }
    return lib->jack_client_open(asked->client, JackNoStartServer, &asked->status);
}

static rtj_status open_client(void *argument, rtj_error *error)
{
    probe *asked = argument;
    jack_client_t *client = NULL;
    const char *server = asked->has_server ? asked->server : NULL;
    rtj_log_mute(1); /* that there is no server is no error here */
    rtj_status status =
        rtj_turns_open(server, &asked->use, call_open, asked, &client, error);
    /* Statuses of a server that answered, if only to say no. */
    asked->running =
        client != NULL || (asked->status & (JackNameNotUnique | JackVersionError |
                                            JackInitFailure | JackShmFailure)) != 0;
    if (client != NULL) {
        (void)rtj_turns_close(&asked->use, client);
    }
    rtj_log_mute(0);
    return status;
}

static void end_probe(void *argument)
{
    probe *asked = argument;
    rtj_libjack_give_back(&asked->use);
    free(asked);
}

static rtj_status ask_by_opening(const char *name, const rtj_patience *patience,
                                 int *running, rtj_error *error)
{
    static _Atomic unsigned counter; /* only for names: no two probes share one */
    probe *asked = calloc(1, sizeof *asked);
    if (asked == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    asked->has_server = name != NULL;
    (void)snprintf(asked->server, sizeof asked->server, "%s", name != NULL ? name : "");
    (void)snprintf(asked->client, sizeof asked->client, "rtjack-probe-%ld-%u",
                   (long)getpid(), atomic_fetch_add(&counter, 1));
    rtj_status status =
        rtj_run(open_client, end_probe, asked, "jack_client_open()", patience, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        return status;
    }
    *running = asked->running;
    end_probe(asked);
    return status;
}

typedef struct pulse_question {
    double timeout;
    rtj_pulse pulse;
    char name[256];
} pulse_question;

static rtj_status take_pulse(void *argument, rtj_error *error)
{
    pulse_question *asked = argument;
    rtj_status status = rtj_descriptors_check("a question to the server", error);
    if (status == RTJ_OK) {
        asked->pulse = rtj_server_pulse(asked->name, asked->timeout);
    }
    return status;
}

static rtj_status ask_socket(const char *name, double timeout,
                             const rtj_patience *patience, rtj_pulse *pulse,
                             rtj_error *error)
{
    pulse_question *asked = calloc(1, sizeof *asked);
    if (asked == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    if (name == NULL) {
        name = getenv("JACK_DEFAULT_SERVER");
    }
    asked->timeout = timeout;
    (void)snprintf(asked->name, sizeof asked->name, "%s",
                   name != NULL ? name : "default");
    rtj_status status =
        rtj_run(take_pulse, free, asked, "asking the JACK server", patience, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        return status;
    }
    *pulse = asked->pulse;
    free(asked);
    return status;
}

rtj_status rtj_server_running(const char *name, double timeout,
                              const rtj_patience *patience, int *running,
                              rtj_error *error)
{
    rtj_patience limited = *patience;
    rtj_pulse pulse = RTJ_NO_SOCKET;
    rtj_status status = RTJ_OK;
    *running = 0;
    const rtj_libjack *lib = rtj_libjack_get(error);
    if (lib == NULL) {
        return RTJ_NO_LIBRARY;
    }
    int jack2 = lib->kind == RTJ_JACK2;
    if (jack2) {
        limited.seconds = timeout + 1.0; /* it ends by itself */
        status = ask_socket(name, timeout, &limited, &pulse, error);
    }
#ifdef __linux__
    /* Where JACK2 keeps its sockets is known there. */
    int sure = jack2;
#else
    int sure = 0;
#endif
    if (status == RTJ_OK && pulse == RTJ_NO_SOCKET && !sure) {
        limited.seconds = timeout;
        status = ask_by_opening(name, &limited, running, error);
    } else if (status == RTJ_OK) {
        *running = pulse == RTJ_ALIVE;
    }
    return status == RTJ_TIMEOUT ? RTJ_OK : status;
}

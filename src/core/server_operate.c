/* Who may do what with a server now, and what is done to a running one. */
#include "core/server_impl.h"

#include <stdlib.h>
#include <unistd.h>

static rtj_status refuse(rtj_server_state state, const char *verb, rtj_error *error)
{
    const char *why = "it is not running";
    switch (state) {
    case RTJ_SERVER_STOPPED:
        break;
    case RTJ_SERVER_BUSY:
        why = "another call is starting, stopping or switching it";
        break;
    case RTJ_SERVER_RUNNING:
        why = "it is running already";
        break;
    case RTJ_SERVER_CLOSED:
        why = "it was closed";
        break;
    case RTJ_SERVER_FOREIGN:
        why = "it belongs to the process that this one was forked from";
        break;
    }
    return rtj_fail(error, state == RTJ_SERVER_CLOSED ? RTJ_CLOSED : RTJ_FAILED, 0,
                    "can't %s the JACK server: %s", verb, why);
}

rtj_status rtj_server_occupy(rtj_server *server, rtj_server_state needed,
                             const char *verb, rtj_error *error)
{
    pthread_mutex_lock(&server->lock);
    rtj_server_state state = rtj_server_state_locked(server);
    if (state == needed) {
        server->state = RTJ_SERVER_BUSY;
        server->pid = (long)getpid();
    }
    pthread_mutex_unlock(&server->lock);
    return state == needed ? RTJ_OK : refuse(state, verb, error);
}

void rtj_server_settle(rtj_server *server, rtj_server_state state)
{
    pthread_mutex_lock(&server->lock);
    server->state = state;
    server->pid = state == RTJ_SERVER_RUNNING ? (long)getpid() : 0;
    pthread_mutex_unlock(&server->lock);
}

typedef struct operation {
    rtj_server *server; /* holds a reference */
    rtj_server_work *work;
    void *argument; /* owned */
    int has_run;
} operation;

static rtj_status operate(void *data, rtj_error *error)
{
    operation *running = data;
    running->has_run = 1;
    rtj_status status = running->work(running->server, running->argument, error);
    rtj_server_settle(running->server, RTJ_SERVER_RUNNING);
    return status;
}

static void end(void *data)
{
    operation *ended = data;
    rtj_server_release(ended->server);
    free(ended->argument);
    free(ended);
}

rtj_status rtj_server_operate(rtj_server *server, const char *verb, const char *what,
                              rtj_server_work *work, void *argument,
                              const rtj_patience *patience, rtj_error *error)
{
    operation *made = argument != NULL ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        free(argument);
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    rtj_server_retain(server);
    *made = (operation){server, work, argument, 0};
    rtj_status status = rtj_server_occupy(server, RTJ_SERVER_RUNNING, verb, error);
    if (status != RTJ_OK) {
        end(made);
        return status;
    }
    status = rtj_run(operate, end, made, what, patience, error);
    if (status == RTJ_TIMEOUT || status == RTJ_INTERRUPTED) {
        return status;
    }
    if (!made->has_run) { /* there was no thread for it */
        rtj_server_settle(server, RTJ_SERVER_RUNNING);
    }
    end(made);
    return status;
}

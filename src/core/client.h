/* A JACK client: opening, the states it goes through, and calling libjack for it.
 *
 * Ownership: an rtj_client is reference-counted.  The Python Client holds one
 * reference, every export of JACK's memory one, and the delivery thread one.  libjack's
 * handle lives until the client was closed *and* no export is left, because closing the
 * last client unmaps JACK's shared memory.
 *
 * Every call of libjack that takes the handle stands between rtj_client_enter() and
 * rtj_client_leave(); closing waits for those who are inside, so no handle is used
 * after it was freed, whichever threads call and close.
 */
#ifndef RTJ_CORE_CLIENT_H
#define RTJ_CORE_CLIENT_H

#include <stdint.h>

#include "core/error.h"
#include "core/libjack.h"
#include "core/task.h"
#include "rt/cycle.h"
#include "rt/notify.h"

typedef struct rtj_client rtj_client;

/* Receives the client's notices, one at a time, on the client's delivery thread. */
typedef void rtj_deliver(void *context, const rtj_notice *notice);

/* libjack's blocksize callback: must answer in JACK's own thread. */
typedef void rtj_blocksize_changed(void *context, uint32_t frames);

/* After the engine has answered libjack's latency callback, in JACK's own thread. */
typedef void rtj_latency_changed(void *context, jack_latency_callback_mode_t mode);

typedef struct rtj_client_options {
    const char *name;
    const char *servername; /* NULL: libjack's default */
    const char *session_id; /* NULL: none */
    int use_exact_name;
    int no_start_server;
    const void *owner; /* tag for rtj_registry_close_all() */
    void *context;     /* for the three that follow */
    rtj_deliver *deliver;
    rtj_blocksize_changed *blocksize_changed;
    rtj_latency_changed *latency_changed;
} rtj_client_options;

/* Open; on success `*client` holds one reference.  `patience->interrupted` ends waiting
 * for the server's answer to any later question, too, in the thread that asks.
 * `*status` gets jack_status_t in every case.  Fails with RTJ_OPEN, RTJ_NO_LIBRARY,
 * RTJ_TIMEOUT, RTJ_INTERRUPTED, RTJ_MEMORY. */
rtj_status rtj_client_open(const rtj_client_options *options,
                           const rtj_patience *patience, rtj_client **client,
                           int *status, rtj_error *error);

void rtj_client_retain(rtj_client *client);
void rtj_client_release(rtj_client *client); /* the last one frees; after closing */

/* Not from JACK's threads.  Doing again what is done already is no error. */
rtj_status rtj_client_activate(rtj_client *client, const rtj_patience *patience,
                               rtj_error *error);
rtj_status rtj_client_deactivate(rtj_client *client, const rtj_patience *patience,
                                 rtj_error *error);
/* Begin or end the server's freewheeling.  What an active client
 * began its deactivation ends. */
rtj_status rtj_client_set_freewheel(rtj_client *client, int on, rtj_error *error);

/* No delivery runs any more when this returns, except when called from within one; with
 * RTJ_TIMEOUT one of the client's threads may still run, and its context must stay.
 * libjack's handle is freed now, or by the last export. */
rtj_status rtj_client_close(rtj_client *client, const rtj_patience *patience,
                            rtj_error *error);

/* The handle for calls of libjack; NULL with RTJ_CLOSED or RTJ_LOST.  Any thread, the
 * audio thread included: one atomic operation each. */
jack_client_t *rtj_client_enter(rtj_client *client, rtj_error *error);
void rtj_client_leave(rtj_client *client);

/* The same for calling `function`: NULL with RTJ_NOT_SUPPORTED when the loaded library
 * lacks it. */
#define RTJ_ENTER(client, function, error)                                             \
    rtj_client_enter_for((client), rtj_client_lib(client)->function != NULL,           \
                         #function, (error))
jack_client_t *rtj_client_enter_for(rtj_client *client, int present,
                                    const char *function, rtj_error *error);

/* Exports of JACK's memory: see above. */
void rtj_client_export(rtj_client *client);
void rtj_client_unexport(rtj_client *client);

const rtj_libjack *rtj_client_lib(const rtj_client *client);
/* The server's name as it was asked for, "" for the default. */
const char *rtj_client_server(const rtj_client *client);
/* RTJ_OK, or RTJ_FAILED when `other` is a client of another server: what names
 * something of its, which `client` would take for something else. */
rtj_status rtj_client_same_server(const rtj_client *client, const rtj_client *other,
                                  const char *what, rtj_error *error);
int rtj_client_is_active(const rtj_client *client);

/* From now on activating puts it into the cycle where its sync and timebase callbacks
 * would not be called otherwise. */
void rtj_client_want_cycle(rtj_client *client);

/* What JACK's threads of the client run before anything else, from the next activation
 * on; with JACK1 from the first.  Such a client has a thread, with or without ports. */
void rtj_client_set_thread_init(rtj_client *client, void (*run)(void *data),
                                void *data);
/* Closed by us, or its server is gone. */
int rtj_client_is_closed(const rtj_client *client);
/* Mark this thread, one of libjack's, as running a callback of `client`; returns the
 * former mark, to be given back at the end. */
const rtj_client *rtj_client_callback_begin(const rtj_client *client);
void rtj_client_callback_end(const rtj_client *before);
/* 1 when this thread runs one of this client's callbacks right now. */
int rtj_client_in_callback(const rtj_client *client);
/* 1 when it runs a callback of any client's, in a thread of libjack's. */
int rtj_client_in_any_callback(void);
/* 1 in this client's delivery thread. */
int rtj_client_in_delivery(const rtj_client *client);
uint64_t rtj_client_notices_lost(const rtj_client *client);

#endif

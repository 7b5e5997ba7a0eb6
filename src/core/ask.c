#include "core/ask.h"

#include <stdio.h>

#include "core/client_impl.h"
#include "core/log.h"

static const double callback_patience = 1.0; /* seconds */
static const double undisturbed = 1.0;       /* seconds: most answers take no longer */
static const double look_every = 0.05;       /* seconds */

/* On the stack of who waits. */
struct rtj_turn_place {
    struct rtj_turn_place *next;
};

void rtj_turn_init(rtj_turn *turn)
{
    pthread_mutex_init(&turn->lock, NULL);
    rtj_condition_init(&turn->changed);
}

void rtj_turn_destroy(rtj_turn *turn)
{
    pthread_mutex_destroy(&turn->lock);
    pthread_cond_destroy(&turn->changed);
}

static void queue_locked(rtj_turn *turn, rtj_turn_place *place)
{
    rtj_turn_place **link = &turn->first;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = place;
}

static void leave_locked(rtj_turn *turn, const rtj_turn_place *place)
{
    rtj_turn_place **link = &turn->first;
    while (*link != place) {
        link = &(*link)->next;
    }
    *link = place->next;
    pthread_cond_broadcast(&turn->changed);
}

/* Whether waiting for the turn has an end now, without it.  With the lock. */
static int must_go_locked(rtj_turn *turn, rtj_answer *answer,
                          const struct timespec *within)
{
    if (within != NULL) {
        return rtj_deadline_passed(within);
    }
    pthread_mutex_unlock(&turn->lock); /* a signal's handler may run */
    rtj_answer_review(answer);
    pthread_mutex_lock(&turn->lock);
    return answer->given_up != RTJ_AWAITED;
}

/* NULL when it is ours, or why not.  In the order of coming: a thread that asks again
 * and again would else be first again before another has woken up. */
static const char *take(rtj_turn *turn, rtj_answer *answer)
{
    struct timespec brief = rtj_deadline_in(callback_patience);
    const struct timespec *within = rtj_client_in_any_callback() ? &brief : NULL;
    rtj_turn_place place = {NULL};
    int over = 0;
    pthread_mutex_lock(&turn->lock);
    if (turn->taken && pthread_equal(turn->owner, pthread_self())) {
        pthread_mutex_unlock(&turn->lock);
        return "a signal's handler asks through a client for whose answer its own "
               "thread waits";
    }
    queue_locked(turn, &place);
    while ((turn->taken || turn->first != &place) && !over) {
        struct timespec look = rtj_deadline_in(look_every);
        int late = pthread_cond_timedwait(&turn->changed, &turn->lock, &look) != 0;
        over = (late || within != NULL) && must_go_locked(turn, answer, within);
    }
    int ours = !turn->taken && turn->first == &place;
    leave_locked(turn, &place);
    if (ours) {
        turn->taken = 1;
        turn->owner = pthread_self();
    }
    pthread_mutex_unlock(&turn->lock);
    return ours ? NULL
                : "a question to the server was not put: another thread asks through "
                  "the same client";
}

static void give_back(rtj_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    turn->taken = 0;
    pthread_cond_broadcast(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
}

/* Why the question can't be put; NULL when it can, with the turn taken. */
static const char *refusal(rtj_client *client, rtj_answer *answer)
{
    const rtj_libjack *lib = rtj_client_lib(client);
    if (rtj_client_in_any_callback() && lib->kind == RTJ_JACK1) {
        return "JACK1 can't be asked from within a callback that it waits for";
    }
    if (rtj_client_in_any_callback() && rtj_libjack_is_newer_pipewire(lib)) {
        return "PipeWire can't be asked from within a callback, for whose end the "
               "thread that reads the answer may wait";
    }
    return take(&client->turn, answer);
}

/* What is still on its way would be taken for this answer: there is none. */
static void expect_none_of_the_unanswered(const rtj_client *client, rtj_answer *answer)
{
    if (atomic_load(&client->unanswered)) {
        answer->given_up = RTJ_TOO_LATE;
    }
}

int rtj_ask_begin(rtj_client *client, double seconds, rtj_asking *asking)
{
    *asking = (rtj_asking){.client = NULL};
    rtj_answer *answer = &asking->answer;
    rtj_signals_hold(&answer->before);
    if (client == NULL) {
        rtj_answer_begin(answer, seconds);
        return 1;
    }
    answer->patient = rtj_deadline_in(undisturbed);
    answer->interrupted = rtj_client_in_any_callback() ? NULL : client->interrupted;
    answer->context = client->interrupt_context;
    answer->connection = &client->connection;
    const char *why = refusal(client, answer);
    rtj_answer_begin(answer, seconds);
    if (why != NULL) {
        rtj_log_error(why);
        return 0;
    }
    asking->client = client;
    expect_none_of_the_unanswered(client, answer);
    return 1;
}

/* With the turn.  The server may have answered all the same, to nobody. */
static void lose_server(rtj_client *client, const rtj_answer *answer)
{
    if (answer->given_up == RTJ_AWAITED || atomic_exchange(&client->unanswered, 1)) {
        return;
    }
    char text[sizeof client->name + 100];
    const char *why = answer->given_up == RTJ_TOO_LATE
                          ? "the server did not answer in time"
                          : "waiting for the server's answer was interrupted";
    (void)snprintf(text, sizeof text, "%s; the client \"%s\" can't ask any more", why,
                   client->name);
    rtj_log_error(text);
    rtj_on_shutdown((jack_status_t)(JackFailure | JackServerError), why,
                    &client->notifier);
}

void rtj_ask_end(const rtj_asking *asking)
{
    rtj_answer_end(&asking->answer);
    if (asking->client != NULL) {
        lose_server(asking->client, &asking->answer);
        give_back(&asking->client->turn);
    }
    rtj_signals_release(&asking->answer.before);
}

#include "core/ask.h"

#include "core/client_impl.h"
#include "core/log.h"

static const double callback_patience = 1.0; /* seconds */

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

/* 1 when it is ours.  In the order of coming: a thread that asks again and again would
 * else be first again before another has woken up. */
static int take(rtj_turn *turn)
{
    int within = rtj_client_in_any_callback();
    struct timespec deadline = rtj_deadline_in(callback_patience);
    rtj_turn_place place = {NULL};
    int late = 0;
    pthread_mutex_lock(&turn->lock);
    queue_locked(turn, &place);
    while ((turn->taken || turn->first != &place) && !late) {
        if (within) {
            (void)pthread_cond_timedwait(&turn->changed, &turn->lock, &deadline);
            late = rtj_deadline_passed(&deadline);
        } else {
            (void)pthread_cond_wait(&turn->changed, &turn->lock);
        }
    }
    int ours = !turn->taken && turn->first == &place;
    leave_locked(turn, &place);
    turn->taken |= ours;
    pthread_mutex_unlock(&turn->lock);
    return ours;
}

static void give_back(rtj_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    turn->taken = 0;
    pthread_cond_broadcast(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
}

/* Why the question can't be put; NULL when it can, with the turn taken. */
static const char *refusal(rtj_client *client, rtj_asking *asking)
{
    if (rtj_client_in_any_callback() && rtj_client_lib(client)->kind == RTJ_JACK1) {
        return "JACK1 can't be asked from within a callback that it waits for";
    }
    if (!take(&client->turn)) {
        return "a callback's question to the server was not put: another thread asks "
               "through the same client";
    }
    asking->turn = &client->turn;
    return NULL;
}

int rtj_ask_begin(rtj_client *client, rtj_asking *asking)
{
    rtj_signals_hold(&asking->before);
    asking->turn = NULL;
    const char *why = client != NULL ? refusal(client, asking) : NULL;
    if (why != NULL) {
        rtj_log_error(why);
    }
    return why == NULL;
}

void rtj_ask_end(const rtj_asking *asking)
{
    if (asking->turn != NULL) {
        give_back(asking->turn);
    }
    rtj_signals_release(&asking->before);
}

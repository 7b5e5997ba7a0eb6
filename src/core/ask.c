#include "core/ask.h"

#include "core/client_impl.h"

void rtj_ask_begin(rtj_client *client, rtj_asking *asking)
{
    rtj_signals_hold(&asking->before);
    asking->locked = client != NULL && !rtj_client_in_any_callback();
    if (asking->locked) {
        pthread_mutex_lock(&client->asking);
    }
}

void rtj_ask_end(rtj_client *client, const rtj_asking *asking)
{
    if (asking->locked) {
        pthread_mutex_unlock(&client->asking);
    }
    rtj_signals_release(&asking->before);
}

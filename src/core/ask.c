#include "core/ask.h"

#include "core/client_impl.h"
#include "core/log.h"

void rtj_ask_begin(rtj_client *client, rtj_asking *asking)
{
    rtj_signals_hold(&asking->before);
    asking->locked = client != NULL && !rtj_client_in_any_callback();
    asking->refused =
        client != NULL && !asking->locked && rtj_client_lib(client)->kind == RTJ_JACK1;
    if (asking->refused) {
        rtj_log_error("JACK1 can't be asked from within a callback that it waits for");
    }
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

#include "core/turns.h"

#include <setjmp.h>
#include <string.h>

#include "core/descriptors.h"
#include "core/log.h"
#include "core/sharedmemory.h"

/* What libjack2 has said since 2008 before it frees the clients. */
static const char farewell[] = "Jack server was closed but clients are still allocated";

typedef struct attempt {
    const rtj_libjack_use *use;
    rtj_opener *open;
    void *argument;
    jack_client_t *handle;
    jmp_buf before;
} attempt;

/* On the opening thread, called by libjack.  Between here and `before` are functions of
 * libjack's that have nothing to undo but their lock. */
static void hear(void *context, const char *text)
{
    attempt *now = context;
    if (strncmp(text, farewell, sizeof farewell - 1) == 0 &&
        rtj_libjack_spoil(now->use)) {
        longjmp(now->before, 1);
    }
}

/* 1 when `open` came back. */
static int try_once(attempt *now)
{
    if (setjmp(now->before) != 0) {
        return 0;
    }
    rtj_log_listen(hear, now);
    now->handle = now->open(now->use->lib, now->argument);
    return 1;
}

static int try_in_turn(attempt *now)
{
    rtj_libjack_turn_take(now->use);
    int done = !rtj_libjack_is_stale(now->use) && try_once(now);
    rtj_log_listen(NULL, NULL);
    rtj_libjack_turn_give(now->use);
    return done;
}

rtj_status rtj_turns_open(const char *server, rtj_libjack_use *use, rtj_opener *open,
                          void *argument, jack_client_t **handle, rtj_error *error)
{
    attempt now = {.use = use, .open = open, .argument = argument};
    const rtj_libjack *lib = rtj_libjack_get(error);
    rtj_status status =
        lib == NULL ? RTJ_NO_LIBRARY : rtj_descriptors_check("a client", error);
    if (status == RTJ_OK && lib->kind == RTJ_JACK2) {
        status = rtj_shared_memory_for_client(error);
    }
    if (status != RTJ_OK) {
        return status;
    }
    for (;;) {
        status = rtj_libjack_claim(server, use, error);
        if (status != RTJ_OK) {
            return status;
        }
        if (try_in_turn(&now)) {
            *handle = now.handle;
            return RTJ_OK;
        }
        rtj_libjack_give_back(use); /* another one; there is an end of copies */
    }
}

int rtj_turns_close(const rtj_libjack_use *use, jack_client_t *handle)
{
    rtj_libjack_turn_take(use);
    int code = 0;
    if (!rtj_libjack_is_spoilt(use)) {
        code = use->lib->jack_client_close(handle);
    }
    rtj_libjack_turn_give(use);
    return code;
}

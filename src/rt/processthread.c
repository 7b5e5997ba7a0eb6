#include "rt/processthread.h"

/* JACK2 ends the thread in there: that is the only place where it may. */
static uint32_t wait_for_block(rtj_process_thread *thread)
{
    if (thread->over) {
        return 0;
    }
    rtj_guard_leave(thread->guard);
    uint32_t frames = thread->cycle_wait(thread->handle);
    thread->guard = rtj_guard_enter();
    if (frames == 0) {
        thread->over = 1;
        return 0;
    }
    thread->shut = !rtj_cycle_begin(thread->cycle, frames);
    thread->frames = frames;
    return frames;
}

static void give_block(rtj_process_thread *thread)
{
    uint32_t frames = thread->frames;
    if (frames > 0) {
        thread->frames = 0;
        rtj_cycle_end(thread->cycle, frames);
        thread->cycle_signal(thread->handle, 0);
    }
}

/* ---- what a native function calls ---- */

static uint32_t face_wait(rtj_native_cycle *cycle)
{
    rtj_process_thread *thread = (rtj_process_thread *)cycle;
    give_block(thread); /* if it forgot to */
    return thread->finished ? 0 : wait_for_block(thread);
}

static void face_signal(rtj_native_cycle *cycle, int status)
{
    rtj_process_thread *thread = (rtj_process_thread *)cycle;
    if (status != 0) {
        thread->finished = 1;
        atomic_store_explicit(thread->clear_all, 1, memory_order_relaxed);
    }
    give_block(thread);
}

/* ---- the thread ---- */

static void begin(rtj_process_thread *thread)
{
    thread->face = (rtj_native_cycle){face_wait, face_signal};
    thread->guard = rtj_guard_enter();
    thread->frames = 0;
    thread->over = 0;
    thread->finished = 0;
}

void *rtj_process_thread_run(void *data)
{
    rtj_process_thread *thread = data;
    begin(thread);
    if (thread->native != NULL) {
        thread->native(&thread->face, thread->argument);
        atomic_store_explicit(thread->clear_all, 1, memory_order_relaxed);
        give_block(thread);
    }
    /* JACK2 would go on waiting for a thread that has returned. */
    while (wait_for_block(thread) != 0) {
        if (thread->work != NULL && !thread->shut) {
            thread->work(thread->context, thread->frames);
        }
        give_block(thread);
    }
    rtj_guard_leave(thread->guard);
    return NULL;
}

#include "core/delivery.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/thread.h"

enum { MAILBOX_BYTES = 1 << 18 }; /* some 2000 notices with their names */
enum { LOOK_MS = 500 };

struct rtj_delivery {
    void (*deliver)(void *context, const rtj_notice *notice);
    void (*look)(void *context); /* may be NULL */
    void *context;
    rtj_mailbox *box;
    rtj_wake wake;
    pthread_t thread; /* its end is awaited through `delivering` */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stopping;           /* under lock */
    int delivering;         /* under lock */
    _Atomic int references; /* the thread's and the client's */
    _Atomic int wake_users; /* the thread, and those who put notices */
};

static void drop_wake(rtj_delivery *delivery)
{
    if (atomic_fetch_sub(&delivery->wake_users, 1) == 1) {
        rtj_wake_close(&delivery->wake);
    }
}

static void drop_reference(rtj_delivery *delivery)
{
    if (atomic_fetch_sub(&delivery->references, 1) == 1) {
        pthread_mutex_destroy(&delivery->lock);
        pthread_cond_destroy(&delivery->changed);
        free(delivery->box);
        free(delivery);
    }
}

/* 1 when a notice may be delivered now; 0 when stopping. */
static int begin_delivery(rtj_delivery *delivery)
{
    pthread_mutex_lock(&delivery->lock);
    int go = !delivery->stopping;
    delivery->delivering = go;
    pthread_mutex_unlock(&delivery->lock);
    return go;
}

static void end_delivery(rtj_delivery *delivery)
{
    pthread_mutex_lock(&delivery->lock);
    delivery->delivering = 0;
    pthread_cond_broadcast(&delivery->changed);
    pthread_mutex_unlock(&delivery->lock);
}

static int deliver_all(rtj_delivery *delivery)
{
    size_t size;
    const rtj_notice *notice;
    while ((notice = rtj_mailbox_peek(delivery->box, &size)) != NULL) {
        if (!begin_delivery(delivery)) {
            return 0;
        }
        delivery->deliver(delivery->context, notice);
        rtj_mailbox_drop(delivery->box);
        end_delivery(delivery);
    }
    pthread_mutex_lock(&delivery->lock);
    int go = !delivery->stopping;
    pthread_mutex_unlock(&delivery->lock);
    return go;
}

static void *run(void *data)
{
    rtj_delivery *delivery = data;
    int looks = delivery->look != NULL;
    while (deliver_all(delivery)) {
        if (!rtj_wake_wait(&delivery->wake, looks ? LOOK_MS : -1) && looks &&
            begin_delivery(delivery)) {
            delivery->look(delivery->context);
            end_delivery(delivery);
        }
    }
    drop_wake(delivery);
    drop_reference(delivery);
    return NULL;
}

rtj_status rtj_delivery_start(void (*deliver)(void *context, const rtj_notice *notice),
                              void (*look)(void *context), void *context,
                              rtj_delivery **result, rtj_error *error)
{
    rtj_delivery *delivery = calloc(1, sizeof *delivery);
    void *memory = calloc(1, rtj_mailbox_memory(MAILBOX_BYTES));
    if (delivery == NULL || memory == NULL) {
        free(delivery);
        free(memory);
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for the client's notices");
    }
    delivery->deliver = deliver;
    delivery->look = look;
    delivery->context = context;
    delivery->box = rtj_mailbox_init(memory, MAILBOX_BYTES);
    pthread_mutex_init(&delivery->lock, NULL);
    rtj_condition_init(&delivery->changed);
    atomic_init(&delivery->references, 2);
    atomic_init(&delivery->wake_users, 2);
    int without = rtj_wake_open(&delivery->wake);
    int failed =
        without != 0 ? without : rtj_thread_start(&delivery->thread, run, delivery);
    if (failed != 0) {
        rtj_wake_close(&delivery->wake);
        atomic_store(&delivery->references, 1);
        drop_reference(delivery);
    }
    if (without != 0) {
        return rtj_fail_without(error, without, "the client's notices");
    }
    if (failed != 0) {
        return rtj_fail(error, RTJ_FAILED, failed,
                        "the thread that delivers JACK's notices can't be started: %s",
                        strerror(failed));
    }
    *result = delivery;
    return RTJ_OK;
}

rtj_mailbox *rtj_delivery_mailbox(rtj_delivery *delivery)
{
    return delivery->box;
}

const rtj_wake *rtj_delivery_wake(rtj_delivery *delivery)
{
    return &delivery->wake;
}

int rtj_delivery_is_current(const rtj_delivery *delivery)
{
    return pthread_equal(pthread_self(), delivery->thread);
}

int rtj_delivery_stop(rtj_delivery *delivery, double seconds)
{
    struct timespec deadline = rtj_deadline_in(seconds);
    int within = rtj_delivery_is_current(delivery);
    pthread_mutex_lock(&delivery->lock);
    if (!delivery->stopping) { /* else another who closes may have closed that by now */
        delivery->stopping = 1;
        rtj_wake_set(&delivery->wake);
    }
    int late = 0;
    while (delivery->delivering && !within && !late) {
        late = pthread_cond_timedwait(&delivery->changed, &delivery->lock, &deadline);
    }
    int under_way = delivery->delivering && !within;
    pthread_mutex_unlock(&delivery->lock);
    return under_way ? -1 : 0;
}

void rtj_delivery_no_more(rtj_delivery *delivery)
{
    drop_wake(delivery);
}

void rtj_delivery_free(rtj_delivery *delivery, int forked)
{
    if (!forked) {
        drop_reference(delivery);
    }
}

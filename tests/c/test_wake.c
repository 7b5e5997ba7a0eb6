#include "rt/wake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "check.h"

static void test_set_is_kept_and_cleared(void)
{
    rtj_wake wake;
    CHECK_EQ(rtj_wake_open(&wake), 0);
    CHECK_EQ(rtj_wake_wait(&wake, 0), 0);
    rtj_wake_set(&wake);
    rtj_wake_set(&wake);
    struct pollfd polled = {wake.read_fd, POLLIN, 0};
    CHECK_EQ(poll(&polled, 1, 0), 1);
    CHECK_EQ(rtj_wake_wait(&wake, -1), 1);
    CHECK_EQ(rtj_wake_wait(&wake, 0), 0);
    CHECK_EQ(poll(&polled, 1, 0), 0);
    rtj_wake_close(&wake);
    CHECK_EQ(wake.read_fd, -1);
    CHECK_EQ(wake.write_fd, -1);
    rtj_wake_close(&wake);
}

/* More sets than a pipe has room for. */
static void test_set_never_blocks(void)
{
    rtj_wake wake;
    CHECK_EQ(rtj_wake_open(&wake), 0);
    for (int i = 0; i < 20000; i++) {
        rtj_wake_set(&wake);
    }
    CHECK_EQ(rtj_wake_wait(&wake, -1), 1);
    CHECK_EQ(rtj_wake_wait(&wake, 0), 0);
    rtj_wake_close(&wake);
}

static void test_set_keeps_errno(void)
{
    rtj_wake closed = {-1, -1};
    errno = ENOTTY;
    rtj_wake_set(&closed);
    CHECK_EQ(errno, ENOTTY);
}

static void test_no_descriptor_left(void)
{
    struct rlimit before, none;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    rtj_wake wake = {7, 7};
    int failed = rtj_wake_open(&wake);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_EQ(failed, EMFILE);
    CHECK_EQ(wake.read_fd, -1);
    CHECK_EQ(wake.write_fd, -1);
}

enum { ROUNDS = 2000 };

typedef struct game {
    rtj_wake there, back;
    _Atomic int ball;
} game;

static void *answer(void *data)
{
    game *own = data;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(rtj_wake_wait(&own->there, -1), 1);
        CHECK_EQ(atomic_load(&own->ball), 2 * i + 1);
        atomic_store(&own->ball, 2 * i + 2);
        rtj_wake_set(&own->back);
    }
    return NULL;
}

/* No wake is lost between two threads. */
static void test_back_and_forth(void)
{
    game own = {.ball = 0};
    CHECK_EQ(rtj_wake_open(&own.there), 0);
    CHECK_EQ(rtj_wake_open(&own.back), 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, answer, &own), 0);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_store(&own.ball, 2 * i + 1);
        rtj_wake_set(&own.there);
        CHECK_EQ(rtj_wake_wait(&own.back, -1), 1);
        CHECK_EQ(atomic_load(&own.ball), 2 * i + 2);
    }
    pthread_join(thread, NULL);
    rtj_wake_close(&own.there);
    rtj_wake_close(&own.back);
}

static void on_signal(int number)
{
    (void)number;
}

static void *wait_for_ever(void *data)
{
    game *own = data;
    CHECK_EQ(rtj_wake_wait(&own->there, -1), 0);
    atomic_store(&own->ball, 1);
    return NULL;
}

static void test_a_signal_ends_the_wait(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    game own = {.ball = 0};
    CHECK_EQ(rtj_wake_open(&own.there), 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_ever, &own), 0);
    CHECK_EVENTUALLY(pthread_kill(thread, SIGUSR1) != 0 || atomic_load(&own.ball));
    pthread_join(thread, NULL);
    rtj_wake_close(&own.there);
}

int main(void)
{
    check_deadline(60);
    test_set_is_kept_and_cleared();
    test_set_never_blocks();
    test_set_keeps_errno();
    test_no_descriptor_left();
    test_back_and_forth();
    test_a_signal_ends_the_wait();
    return 0;
}

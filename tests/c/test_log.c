#include "core/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"
#include "core/libjack.h"

enum { KEPT = 16, LONGEST = 4096, PATIENCE = 20 };

static _Atomic int cancellable; /* wakes set where libjack could cancel the thread */

/* In libc's place: the last thing that a hook does is to set the wake. */
ssize_t write(int fd, const void *bytes, size_t size)
{
    int state, ignored;
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
    CHECK_EQ(pthread_setcancelstate(state, &ignored), 0);
    atomic_fetch_add(&cancellable, state != PTHREAD_CANCEL_DISABLE);
    return syscall(SYS_write, fd, bytes, size);
}

/* A sink that keeps what it gets.  The log thread writes; read after a flush. */
typedef struct keeper {
    unsigned count;
    rtj_log_kind kinds[KEPT];
    char texts[KEPT][LONGEST + 1];
    int signals_blocked;
} keeper;

static void keep(void *context, rtj_log_kind kind, const char *text)
{
    keeper *own = context;
    if (own->count < KEPT) {
        CHECK(strlen(text) <= LONGEST);
        own->kinds[own->count] = kind;
        (void)snprintf(own->texts[own->count], sizeof own->texts[0], "%s", text);
    }
    sigset_t mask;
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    own->signals_blocked = sigismember(&mask, SIGINT) && sigismember(&mask, SIGALRM);
    own->count++;
}

static keeper kept; /* large */

static void empty(void)
{
    CHECK_EQ(rtj_log_set_sink(NULL, NULL, NULL), RTJ_OK);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    memset(&kept, 0, sizeof kept);
}

static void (*installed_error)(const char *);
static void (*installed_info)(const char *);

static void install_error(void (*hook)(const char *))
{
    installed_error = hook;
}

static void install_info(void (*hook)(const char *))
{
    installed_info = hook;
}

/* The process's first messages: the order of these tests matters. */
static void test_before_the_first_sink(void)
{
    rtj_log_error("nobody is ready");
    CHECK_EQ(rtj_log_lost(), 1);
    static rtj_libjack lib;
    rtj_log_attach(&lib); /* a library without hooks */
    lib.jack_set_error_function = install_error;
    lib.jack_set_info_function = install_info;
    rtj_log_attach(&lib);
    CHECK(installed_error == rtj_log_error && installed_info == rtj_log_info);
    installed_error("first\n");
    installed_info("second");
    CHECK_EQ(rtj_log_flush(0.01), -1);
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(kept.count, 2);
    CHECK_EQ(kept.kinds[0], RTJ_LOG_ERROR);
    CHECK_TEXT(kept.texts[0], "first");
    CHECK_EQ(kept.kinds[1], RTJ_LOG_INFO);
    CHECK_TEXT(kept.texts[1], "second");
    CHECK(kept.signals_blocked);
    empty();
}

static void test_odd_texts(void)
{
    static char longer[3 * LONGEST];
    memset(longer, 'x', sizeof longer - 1);
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    rtj_log_error(NULL);
    rtj_log_info("");
    rtj_log_info("\n");
    rtj_log_info("a\nb\n\n");
    rtj_log_info(longer);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(kept.count, 4);
    CHECK_TEXT(kept.texts[0], "");
    CHECK_TEXT(kept.texts[1], "");
    CHECK_TEXT(kept.texts[2], "a\nb\n");
    CHECK_EQ(strlen(kept.texts[3]), LONGEST);
    empty();
    rtj_log_info("to nobody");
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(kept.count, 0);
    empty();
}

/* A sink that stays inside until it may leave. */
typedef struct door {
    _Atomic int inside;
    _Atomic int open;
    _Atomic int left;
    _Atomic int calling;
    _Atomic int returned_early;
    _Atomic unsigned count;
} door;

static void stand_in_door(void *context, rtj_log_kind kind, const char *text)
{
    door *own = context;
    (void)kind;
    (void)text;
    atomic_store(&own->inside, 1);
    CHECK_EVENTUALLY(atomic_load(&own->open));
    (void)usleep(20000); /* a caller that does not wait is gone by then */
    atomic_fetch_add(&own->count, 1);
    atomic_store(&own->left, 1);
}

static void *take_over(void *data)
{
    door *own = data;
    atomic_store(&own->calling, 1);
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    atomic_store(&own->returned_early, !atomic_load(&own->left));
    return NULL;
}

static void test_taking_over_waits(void)
{
    door own = {0};
    CHECK_EQ(rtj_log_set_sink(stand_in_door, &own, NULL), RTJ_OK);
    rtj_log_error("one");
    rtj_log_error("two");
    CHECK_EVENTUALLY(atomic_load(&own.inside));
    CHECK_EQ(rtj_log_flush(0.01), -1);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, take_over, &own), 0);
    CHECK_EVENTUALLY(atomic_load(&own.calling));
    (void)usleep(20000);
    atomic_store(&own.open, 1);
    pthread_join(thread, NULL);
    CHECK(!atomic_load(&own.returned_early));
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(atomic_load(&own.count), 1);
    CHECK_EQ(kept.count, 1);
    CHECK_TEXT(kept.texts[0], "two");
    empty();
}

static void hand_over(void *context, rtj_log_kind kind, const char *text)
{
    (void)kind;
    (void)text;
    _Atomic int *calls = context;
    atomic_fetch_add(calls, 1);
    CHECK_EQ(rtj_log_flush(PATIENCE), -1); /* would wait for itself */
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
}

static void test_taking_over_from_within(void)
{
    _Atomic int calls = 0;
    CHECK_EQ(rtj_log_set_sink(hand_over, &calls, NULL), RTJ_OK);
    rtj_log_info("one");
    rtj_log_info("two");
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(atomic_load(&calls), 1);
    CHECK_EQ(kept.count, 1);
    CHECK_TEXT(kept.texts[0], "two");
    empty();
}

static void test_overflow_is_counted(void)
{
    door own = {0};
    unsigned long before = rtj_log_lost();
    CHECK_EQ(rtj_log_set_sink(stand_in_door, &own, NULL), RTJ_OK);
    rtj_log_error("holds up the others");
    CHECK_EVENTUALLY(atomic_load(&own.inside));
    unsigned said = 0;
    while (rtj_log_lost() == before) {
        rtj_log_error("more");
        said++;
        CHECK(said < 100000);
    }
    atomic_store(&own.open, 1);
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(rtj_log_lost(), before + 1);
    /* The former sink may have got some before it was replaced. */
    CHECK_EQ(kept.count + atomic_load(&own.count), said);
    empty();
}

enum { TALKERS = 3, SAYINGS = 2000 };

typedef struct crowd {
    int last[TALKERS];
    unsigned long heard;
} crowd;

static void listen_to(void *context, rtj_log_kind kind, const char *text)
{
    crowd *own = context;
    int who, what;
    CHECK_EQ(sscanf(text, "%d says %d", &who, &what), 2);
    CHECK(who >= 0 && who < TALKERS && (int)kind == who % 2);
    CHECK(what > own->last[who]);
    own->last[who] = what;
    own->heard++;
}

static void *talk(void *data)
{
    int who = *(const int *)data;
    for (int i = 1; i <= SAYINGS; i++) {
        char text[40];
        (void)snprintf(text, sizeof text, "%d says %d\n", who, i);
        (who % 2 ? rtj_log_info : rtj_log_error)(text);
    }
    return NULL;
}

static void test_many_threads(void)
{
    crowd own = {{0}, 0};
    unsigned long before = rtj_log_lost();
    CHECK_EQ(rtj_log_set_sink(listen_to, &own, NULL), RTJ_OK);
    pthread_t threads[TALKERS];
    int numbers[TALKERS] = {0, 1, 2};
    for (int i = 0; i < TALKERS; i++) {
        CHECK_EQ(pthread_create(&threads[i], NULL, talk, &numbers[i]), 0);
    }
    for (int i = 0; i < TALKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(own.heard + (rtj_log_lost() - before), TALKERS * SAYINGS);
    empty();
}

/* The lowest number that is free: it tells whether descriptors pile up. */
static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQ(close(fd), 0);
    return fd;
}

static void in_child(int parents_next_descriptor)
{
    check_deadline(30);
    CHECK_EQ(next_descriptor(), parents_next_descriptor);
    memset(&kept, 0, sizeof kept);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0); /* the parent's messages are the parent's */
    rtj_log_info("child");
    CHECK_EQ(rtj_log_flush(PATIENCE), -1); /* no thread, so no use in waiting */
    CHECK_EQ(rtj_log_set_sink(keep, &kept, NULL), RTJ_OK);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(kept.count, 1);
    CHECK_TEXT(kept.texts[0], "child");
    rtj_log_info("again");
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(kept.count, 2);
    _exit(0);
}

/* Forked while the sink runs and a message waits behind it. */
static void test_fork(void)
{
    door own = {0};
    CHECK_EQ(rtj_log_set_sink(stand_in_door, &own, NULL), RTJ_OK);
    rtj_log_error("one");
    CHECK_EVENTUALLY(atomic_load(&own.inside));
    rtj_log_error("two");
    int next = next_descriptor();
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        in_child(next);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    atomic_store(&own.open, 1);
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    CHECK_EQ(atomic_load(&own.count), 2);
    empty();
}

static void fork_within(void *context, rtj_log_kind kind, const char *text)
{
    (void)kind;
    (void)text;
    pid_t *child = context;
    int next = next_descriptor();
    *child = fork();
    CHECK(*child >= 0);
    if (*child == 0) {
        in_child(next);
    }
}

static void test_fork_from_the_sink(void)
{
    pid_t child = -1;
    CHECK_EQ(rtj_log_set_sink(fork_within, &child, NULL), RTJ_OK);
    rtj_log_error("fork");
    CHECK_EQ(rtj_log_flush(PATIENCE), 0);
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    empty();
}

int main(void)
{
    check_deadline(60);
    test_before_the_first_sink();
    test_odd_texts();
    test_taking_over_waits();
    test_taking_over_from_within();
    test_overflow_is_counted();
    test_many_threads();
    test_fork();
    test_fork_from_the_sink();
    CHECK_EQ(atomic_load(&cancellable), 0);
    return 0;
}

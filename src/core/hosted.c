#define _GNU_SOURCE /* syscall() */
#include "core/hosted.h"

#ifdef __linux__

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/log.h"
#include "core/registry.h"
#include "core/relink.h"

/* Process-wide, as libjack is. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int watched;          /* the first copy of libjack is */
static _Atomic int stand_in; /* 0: libjack is told the truth */
static _Atomic unsigned generation;

static pid_t getpid_for_libjack(void)
{
    int other = atomic_load(&stand_in);
    /* A forked child hosts nothing. */
    int ours = atomic_load(&generation) == rtj_registry_generation();
    return other != 0 && ours ? other : getpid();
}

void rtj_hosted_watch(const rtj_libjack *lib)
{
    /* Where it can't be done, nothing else can. */
    (void)rtj_relink(lib->module, "getpid", (rtj_any_function *)getpid_for_libjack);
}

void rtj_hosted_begin(const rtj_libjack *lib)
{
    if (lib == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    if (!watched) {
        rtj_hosted_watch(lib);
        watched = 1;
    }
    int thread = rtj_log_thread();
    atomic_store(&generation, rtj_registry_generation());
    atomic_store(&stand_in, thread != 0 ? thread : (int)syscall(SYS_gettid));
    pthread_mutex_unlock(&lock);
}

void rtj_hosted_end(void)
{
    atomic_store(&stand_in, 0);
}

#else

void rtj_hosted_begin(const rtj_libjack *lib)
{
    (void)lib;
}

void rtj_hosted_watch(const rtj_libjack *lib)
{
    (void)lib;
}

void rtj_hosted_end(void)
{
}

#endif

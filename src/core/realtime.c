#include "core/realtime.h"

#ifdef _WIN32 /* where there is no PipeWire */
int rtj_realtime_acquire(const rtj_libjack *lib, jack_native_thread_t thread,
                         int priority)
{
    return lib->jack_acquire_real_time_scheduling(thread, priority);
}

int rtj_realtime_drop(const rtj_libjack *lib, jack_native_thread_t thread)
{
    return lib->jack_drop_real_time_scheduling(thread);
}
#else
#include <pthread.h>
#include <sched.h>

static int schedule(jack_native_thread_t thread, int policy, int priority)
{
    struct sched_param wanted = {.sched_priority = priority};
    return -pthread_setschedparam(thread, policy, &wanted);
}

int rtj_realtime_acquire(const rtj_libjack *lib, jack_native_thread_t thread,
                         int priority)
{
    return lib->kind == RTJ_PIPEWIRE
               ? schedule(thread, SCHED_FIFO, priority)
               : lib->jack_acquire_real_time_scheduling(thread, priority);
}

int rtj_realtime_drop(const rtj_libjack *lib, jack_native_thread_t thread)
{
    return lib->kind == RTJ_PIPEWIRE ? schedule(thread, SCHED_OTHER, 0)
                                     : lib->jack_drop_real_time_scheduling(thread);
}
#endif

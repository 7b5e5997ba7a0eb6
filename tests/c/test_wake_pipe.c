/* The tests of rt/wake once more, with the pipe that serves where no eventfd is. */
#undef __linux__
#define rtj_wake_open pipe_wake_open
#define rtj_wake_close pipe_wake_close
#define rtj_wake_set pipe_wake_set
#define rtj_wake_wait pipe_wake_wait
#define rtj_wake_look pipe_wake_look
#define rtj_wake_clear pipe_wake_clear

#include "rt/wake.c"

#include "test_wake.c"

/* What a client keeps for PyJack's process(), for the files that make it up. */
#ifndef RTJ_PY_PYJACK_IMPL_H
#define RTJ_PY_PYJACK_IMPL_H

#include <pthread.h>

#include "py/flow.h"
#include "py/pyjack.h"

struct rtj_pyjack {
    pthread_mutex_t lock; /* of all that follows; taken without the GIL */
    PyObject *inputs;     /* list of OwnPort, in order of registration */
    PyObject *outputs;
    PyObject *wanted; /* list of (source, destination): to be connected when active */
    rtj_flow *flow;   /* strong; NULL: not active, or no ports */
    int outdated;     /* there are ports that the flow does not know of */
    /* Of the flow; the thread's that uses its sides: */
    int begun;          /* process() was called */
    uint64_t told_lost; /* of its counts, what is accounted for */
    uint64_t told_missing;
    uint64_t owed; /* frames of output that are too late */
};

/* The flow over the ports there are, retained in `*flow`; NULL when there are none.
 * 0, or -1 with an exception. */
int rtj_pyjack_current_flow(rtj_py_client *client, rtj_flow **flow);

#endif

"""The calling thread's scheduling, as the system has it."""

import os


def allowed():
    """Whether the thread may be realtime; it is not afterwards."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError:
        return False
    return True


def now():
    return os.sched_getscheduler(0) & 3, os.sched_getparam(0).sched_priority

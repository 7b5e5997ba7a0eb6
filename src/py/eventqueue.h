/* jack.EventQueue, and what makes one. */
#ifndef RTJ_PY_EVENTQUEUE_H
#define RTJ_PY_EVENTQUEUE_H

#include "py/module.h"

/* Methods of Client: events(), wait_closed() and await_closed(). */
extern PyMethodDef rtj_client_event_methods[];

#endif

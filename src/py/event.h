/* jack.Event and its kinds: what Client.events() gives. */
#ifndef RTJ_PY_EVENT_H
#define RTJ_PY_EVENT_H

#include "py/module.h"
#include "rt/notify.h"

/* The event that a notice is.  `known` as for rtj_notice_port().  A new reference, or
 * NULL with an exception. */
PyObject *rtj_event_new(rtj_state *state, PyObject *known, PyObject *client,
                        const rtj_notice *notice);

/* The set of RTJ_KIND() that `count` classes stand for; none is for all.  0, or -1 with
 * TypeError. */
int rtj_event_kinds(const rtj_state *state, PyObject *const *classes, Py_ssize_t count,
                    uint32_t *kinds);

#endif

/* The ports that notices are about, as Python objects.
 *
 * Which port was last seen at each of libjack's handles is kept in a dict, `known`
 * (handle as int -> Port), so that of one that has gone it can be told what it was:
 * JACK2 forgets a port's type before it says so.
 */
#ifndef RTJ_PY_NOTICEPORTS_H
#define RTJ_PY_NOTICEPORTS_H

#include "py/module.h"
#include "rt/notify.h"

/* Add the ports that are there now and not known yet.  0, or -1 with an exception. */
int rtj_ports_remember(PyObject *known, PyObject *client);

/* Port `which` (0 or 1) of the notice, whose handle must not be NULL; `known` is kept
 * up to date.  A new reference, or NULL with an exception. */
PyObject *rtj_notice_port(PyObject *known, PyObject *client, const rtj_notice *notice,
                          int which);

#endif

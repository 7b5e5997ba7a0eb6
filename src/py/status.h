/* jack.Status and jack.TransportState. */
#ifndef RTJ_PY_STATUS_H
#define RTJ_PY_STATUS_H

#include "py/module.h"

PyObject *rtj_status_new(rtj_state *state, int code);
PyObject *rtj_transport_state_new(rtj_state *state, int code);

#endif

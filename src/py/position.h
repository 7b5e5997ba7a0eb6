/* jack.Position: the fields of jack_position_t, readable and writable. */
#ifndef RTJ_PY_POSITION_H
#define RTJ_PY_POSITION_H

#include <jack/transport.h>

#include "py/module.h"

/* A new Position holding a copy of `*position`. */
PyObject *rtj_position_new(rtj_state *state, const jack_position_t *position);

/* The struct inside; NULL with TypeError when `object` is not a Position. */
jack_position_t *rtj_position_get(rtj_state *state, PyObject *object, const char *what);

/* The dict that position2dict() gives: only the fields marked valid. */
PyObject *rtj_position_dict(const jack_position_t *position);

#endif

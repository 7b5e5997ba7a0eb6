/* jack.UUID, and UUIDs as arguments. */
#ifndef RTJ_PY_UUID_H
#define RTJ_PY_UUID_H

#include <jack/uuid.h>

#include "py/module.h"

/* New reference, or NULL. */
PyObject *rtj_uuid_new(rtj_state *state, jack_uuid_t uuid);

/* A UUID given as UUID, int or str, or a Client or Port, whose UUID is taken; `what`
 * names it in errors.  0, or -1 with TypeError, ValueError or JackError. */
int rtj_uuid_read(rtj_state *state, PyObject *value, const char *what,
                  jack_uuid_t *uuid);

/* The same as libjack's text, for its functions that take one; 0 or -1. */
int rtj_uuid_text(rtj_state *state, PyObject *value, const char *what,
                  char text[JACK_UUID_STRING_SIZE]);

#endif

/* What JACK says, taken to the program: to its own functions, or to logging.
 *
 * JACK's messages belong to the process, not to one of its interpreters: the one that
 * began to listen first receives them, until another sets a function of its own.
 */
#ifndef RTJ_PY_LOG_H
#define RTJ_PY_LOG_H

#include "py/module.h"

/* Begin to listen; before JACK is used for the first time.  What JACK said already was
 * kept and comes now.  Starts a thread, hence not at import.  0, or -1 with an
 * exception. */
int rtj_log_open(rtj_state *state);

/* Deliver what was said so far and stop listening; at exit before threads are kept out,
 * or when the module goes.  Doing it again is no error. */
void rtj_log_close(rtj_state *state);

#endif

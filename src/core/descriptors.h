/* Whether the process may open some more descriptors.
 *
 * What libjack takes to open a client are up to ten of them, and libjackserver some
 * more to start.  Where it gets a few and not all of them, it may crash, and JACK1 have
 * its server crash.  So it is not asked then.
 */
#ifndef RTJ_CORE_DESCRIPTORS_H
#define RTJ_CORE_DESCRIPTORS_H

#include "core/error.h"

/* RTJ_OK when the system would give as many as `what` may take.  Any thread but the
 * audio thread; some ten microseconds. */
rtj_status rtj_descriptors_check(const char *what, rtj_error *error);

#endif

/* PipeWire's end in a child of fork().
 *
 * As the program ends, PipeWire's libjack takes libpipewire apart.  In a child, whose
 * end may come at once, that is the parent's: the newer library takes descriptors out
 * of the parent's epoll sets then, which both have, and the parent's clients hear
 * nothing more of the server.  So a child leaves it alone.
 */
#ifndef RTJ_CORE_PIPEWIRE_END_H
#define RTJ_CORE_PIPEWIRE_END_H

#include "core/libjack.h"

/* For a library that was just loaded.  Does nothing with JACK2 and JACK1, and where it
 * can't be done (not ELF). */
void rtj_pipewire_end_watch(const rtj_libjack *lib);

#endif

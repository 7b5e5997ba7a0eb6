/* The table of libjack's functions, filled at run time.
 *
 * Nothing in this project links against libjack: it is looked for when the first
 * call needs it, so that `import jack` works without it and one build serves JACK2,
 * JACK1 and PipeWire.  A function that the loaded library lacks is NULL here; use
 * RTJ_NEED before calling one that any of the three is known to lack.  For clients
 * there may be several copies of one library: see core/libjack_copies.h.
 *
 * To bind another function, add its name to the list in core/libjack_functions.h.
 */
#ifndef RTJ_CORE_LIBJACK_H
#define RTJ_CORE_LIBJACK_H

#include <jack/intclient.h>
#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/midiport.h>
#include <jack/session.h>
#include <jack/statistics.h>
#include <jack/thread.h>
#include <jack/transport.h>
#include <jack/uuid.h>

#include "core/error.h"
#include "core/libjack_functions.h"
#include "rt/midiqueue.h"

/* Three that share the names of their functions, and not all of their manners:
 * docs/servers.md. */
typedef enum rtj_libjack_kind { RTJ_JACK2, RTJ_JACK1, RTJ_PIPEWIRE } rtj_libjack_kind;

/* Which one it is that says `version` of itself; NULL: it has no function to say. */
rtj_libjack_kind rtj_libjack_kind_of(const char *version);

/* "JACK2", "JACK1" or "PipeWire". */
const char *rtj_libjack_kind_name(rtj_libjack_kind kind);

typedef struct rtj_libjack {
    void *module; /* dlopen's handle; never closed: libjack keeps threads */
    rtj_libjack_kind kind;
    char name[512]; /* what was loaded, as given to the loader */
    int cuts_midi;  /* PipeWire's of 1.4: see rt/midiqueue.h */
#define RTJ_SLOT(function) __typeof__(function) *function;
    RTJ_LIBJACK_FUNCTIONS(RTJ_SLOT)
#undef RTJ_SLOT
} rtj_libjack;

/* The process's first libjack, loaded by the first call that succeeds; NULL and `error`
 * (RTJ_NO_LIBRARY) when there is none.  A failure is not remembered: the next call
 * looks again, so a program may set JACK_LIBRARY after the first try.
 * Any thread but the audio thread; takes a lock, reads the disk. */
const rtj_libjack *rtj_libjack_get(rtj_error *error);

/* 1 for PipeWire's from 1.0 on, which has other manners than its 0.3. */
int rtj_libjack_is_newer_pipewire(const rtj_libjack *lib);

/* Find the functions of `module`, which was loaded as `name`. */
void rtj_libjack_fill(rtj_libjack *filled, void *module, const char *name);

/* The table when it is loaded already, else NULL.  Any thread; no lock. */
const rtj_libjack *rtj_libjack_loaded(void);

/* Open the library called `name`; NULL, with the system's reason in `reason`
 * (RTJ_ERROR_TEXT bytes), when that fails.  For libraries beside libjack. */
void *rtj_library_open(const char *name, char *reason);
void *rtj_library_symbol(void *module, const char *symbol);
/* Into `slot`, a pointer to a function; NULL when there is none. */
void rtj_library_find(void *module, const char *symbol, void *slot);

/* Return from the calling function with RTJ_NOT_SUPPORTED when `function` is missing.
 */
#define RTJ_NEED(lib, function, error)                                                 \
    do {                                                                               \
        if ((lib)->function == NULL) {                                                 \
            return rtj_fail((error), RTJ_NOT_SUPPORTED, 0,                             \
                            "%s() is not in the loaded JACK library, %s", #function,   \
                            (lib)->name);                                              \
        }                                                                              \
    } while (0)

/* Bytes to be left free in a MIDI output's buffer.  JACK1 0.126 and PipeWire 0.3.65 say
 * that they have room for an event which takes all of it; with one, what JACK1 notes
 * down about the event is overwritten, so that who reads it crashes, and PipeWire's
 * libjack crashes. */
static inline uint32_t rtj_libjack_midi_spare(const rtj_libjack *lib)
{
    return lib->kind == RTJ_JACK2 ? 0 : 8;
}

/* Bytes of the longest event that still goes into a MIDI output's buffer. */
static inline size_t rtj_libjack_midi_room(const rtj_libjack *lib, void *buffer)
{
    size_t room = lib->jack_midi_max_event_size(buffer);
    size_t spare = rtj_libjack_midi_spare(lib);
    size_t left = room > spare ? room - spare : 0;
    return lib->cuts_midi && left > RTJ_MIDI_CUT_MOST ? RTJ_MIDI_CUT_MOST : left;
}

#endif

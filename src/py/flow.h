/* Reading and writing blocks through the engine's flows, for jack.Stream and for
 * PyJack's functions.
 */
#ifndef RTJ_PY_FLOW_H
#define RTJ_PY_FLOW_H

#include "core/streams.h"
#include "py/audio.h"

/* What is to happen when audio was lost since the last call. */
typedef enum rtj_on_break {
    RTJ_RAISE_FIRST, /* raise the sync error instead of reading or writing; once */
    RTJ_RAISE_AFTER  /* read or write all the same, then raise it */
} rtj_on_break;

/* Seconds from a Python timeout: None (or NULL) is for ever.  0, or -1. */
int rtj_timeout_of(PyObject *timeout, double *seconds);

/* rtj_flow_acquire(), and rtj_flow_wait() on an acquired side: 0, or -1 with an
 * exception.  With the GIL; released while waiting. */
int rtj_flow_take_side(rtj_state *state, rtj_flow *flow, rtj_flow_side side);
int rtj_flow_await(rtj_state *state, rtj_flow *flow, rtj_flow_side side,
                   uint32_t frames, double seconds);

/* Wait until the whole block is there and take it; or until there is room, and put it.
 * 0, or -1 with InputSyncError, OutputSyncError, TimeoutError, JackError, ValueError,
 * or what a signal handler raised.  With the GIL; released while waiting and copying.
 */
int rtj_flow_read_block(rtj_state *state, rtj_flow *flow, const rtj_block *block,
                        double seconds, rtj_on_break on_break);
int rtj_flow_write_block(rtj_state *state, rtj_flow *flow, const rtj_block *block,
                         double seconds, rtj_on_break on_break);

#endif

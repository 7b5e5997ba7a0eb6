/* libjacknet's adapter: rings between two threads that have clocks of their own.
 *
 * One lock is held over each call, since libjacknet empties both rings when one fails,
 * whichever thread that is.  Any thread but the audio thread.
 */
#ifndef RTJ_CORE_NETADAPTER_H
#define RTJ_CORE_NETADAPTER_H

#include <stdint.h>

#include "core/error.h"

typedef struct rtj_netadapter rtj_netadapter;

typedef struct rtj_netadapter_options {
    uint32_t inputs, outputs; /* channels */
    uint32_t host_frames, host_samplerate;
    uint32_t adapted_frames, adapted_samplerate;
} rtj_netadapter_options;

/* Fails with RTJ_NO_LIBRARY, RTJ_FAILED, RTJ_MEMORY. */
rtj_status rtj_netadapter_create(const rtj_netadapter_options *options,
                                 rtj_netadapter **adapter, rtj_error *error);
/* Nobody uses it any more. */
void rtj_netadapter_destroy(rtj_netadapter *adapter);
void rtj_netadapter_flush(rtj_netadapter *adapter);

/* `input` and `output`: one channel of `frames` samples after the other.  Pushing takes
 * the input and gives the output; pulling gives the input and takes the output.
 * RTJ_CODE when a ring had not enough. */
rtj_status rtj_netadapter_push(rtj_netadapter *adapter, float *input, float *output,
                               uint32_t frames, rtj_error *error);
rtj_status rtj_netadapter_pull(rtj_netadapter *adapter, float *input, float *output,
                               uint32_t frames, rtj_error *error);

#endif

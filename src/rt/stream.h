/* A stream: blocks of audio between a thread of the program and the audio thread.
 *
 * Each cycle puts one block of every input port into a ring and takes one block for
 * every output port from another.  The output ring is filled with `lookahead` blocks of
 * silence when the stream starts: so long may the program be late, and so long is the
 * stream's latency.
 *
 * Time is JACK's.  When JACK goes through cycles without us, what was to be played in
 * them is dropped (`keep_time`), and silence is put in where the answer to their input
 * would be, which nobody has.  When we run a second time in a cycle, what the first
 * time played stands.
 *
 * When the input ring is full, the block is dropped and counted.  When the output ring
 * runs dry, silence is played and counted; what the program then writes too late is
 * dropped and counted, so that the latency stays what it was (`keep_time`), or played
 * late.  So frames captured = read + in the ring + lost, and frames written = played +
 * in the ring + late.
 *
 * Memory order: the rings say their own (rt/frames.h).  A break is put into its mailbox
 * before the frames behind it are made readable.  `running` is stored with release when
 * the rings are prepared, and loaded with acquire by the audio thread.  The counters
 * are written by the audio thread alone, relaxed.
 */
#ifndef RTJ_RT_STREAM_H
#define RTJ_RT_STREAM_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rt/frames.h"
#include "rt/jacktime.h"
#include "rt/mailbox.h"
#include "rt/wake.h"

typedef enum rtj_break_kind { RTJ_BREAK_INPUT, RTJ_BREAK_OUTPUT } rtj_break_kind;

/* Audio that was lost in one go. */
typedef struct rtj_break {
    rtj_break_kind kind;
    uint32_t frame_time; /* of the first frame that was lost, JACK's clock */
    uint64_t position;   /* frames of the ring before it */
    uint64_t frames;     /* how many */
} rtj_break;

typedef struct rtj_stream_counts {
    _Atomic uint64_t captured; /* frames put into the input ring */
    _Atomic uint64_t lost;     /* frames that found it full */
    _Atomic uint64_t played;   /* frames taken from the output ring and played */
    _Atomic uint64_t missing;  /* frames of silence, for it was empty */
    _Atomic uint64_t late;     /* frames taken from it and dropped */
    _Atomic uint64_t padded; /* frames of silence, or of the last block once more, for a
                                longer block or a skipped one */
    _Atomic uint64_t skipped; /* frames that JACK went on without us */
    _Atomic uint64_t overflows;
    _Atomic uint64_t underflows;
    _Atomic uint32_t latency; /* frames */
} rtj_stream_counts;

/* Input that was lost, as the output sees it: `frames` frames will not come at
 * `position` of its ring. */
typedef struct rtj_gap {
    uint64_t position;
    uint64_t frames;
    int skipped; /* JACK skipped us; else we lost it */
} rtj_gap;

enum { RTJ_GAPS = 64 };

/* One direction. */
typedef struct rtj_side {
    rtj_frames ring;
    rtj_wake wake; /* set when a block went through */
    /* 1: the program waits, and one wake is due; 2: wake at every block. */
    _Alignas(64) _Atomic int waiting;
    uint32_t count;
    jack_port_t **ports;
    uint64_t break_frames;       /* of the break that is going on; 0: none */
    _Atomic uint32_t break_time; /* of the last break, JACK's clock */
    uint64_t break_position;
} rtj_side;

typedef struct rtj_stream {
    rtj_side in;
    rtj_side out;
    rtj_mailbox *breaks;
    rtj_stream_counts counts;
    _Alignas(64) _Atomic int running;
    jack_client_t *handle;
    __typeof__(jack_port_get_buffer) *get_buffer;
    __typeof__(jack_last_frame_time) *last_frame_time;
    const rtj_jump *jump; /* of JACK's time before this block, rt/stats.h */
    int keep_time;
    int ports_keep;     /* what was written to them is there in the next block still */
    uint32_t lookahead; /* blocks */
    /* The audio thread's own. */
    uint32_t longest; /* block so far, frames */
    uint32_t last;    /* frames of the last block that were captured */
    int64_t debt; /* frames that were missing and will be dropped when they come; below
                     0: frames of silence due, for their input was lost */
    rtj_gap gaps[RTJ_GAPS]; /* that the output has not come to; a queue */
    uint32_t first_gap;
    uint32_t gap_count;
    uint64_t shift; /* what is read at a position is written there plus this much */
    uint64_t pad;   /* frames of silence still to be played */
    int again;      /* of them, a block that the last block was for already */
    int started;
} rtj_stream;

/* The node; `stream` is an rtj_stream. */
void rtj_stream_run(void *stream, uint32_t frames);

#endif

/* Units: nodes of a client's cycle together with the ports that they work on.
 *
 * Own ports come and go while units run.  A port that goes is taken out of all units
 * before libjack may give its place to another; a unit over all ports gets its node
 * made anew.  Output ports that units write are cleared at the beginning of each block
 * (rt/clear.h), so that units add to what is there.
 *
 * Ownership: an rtj_unit belongs to whoever made it; it holds a reference of its
 * client.  Not the audio thread, unless said otherwise.
 */
#ifndef RTJ_CORE_UNITS_H
#define RTJ_CORE_UNITS_H

#include "core/client.h"
#include "rt/work.h"

typedef struct rtj_unit rtj_unit;

typedef struct rtj_unit_plan {
    rtj_node_run *run; /* NULL: only its outputs are cleared */
    size_t size;       /* bytes of the node's data, which begin with an rtj_work */
    jack_port_t *const *inputs;
    uint32_t input_count;
    jack_port_t *const *outputs;
    uint32_t output_count;
    int all_ports; /* 1 instead: the client's audio ports as they are at each time */
    int writes_anything; /* it may write any output port: see rtj_unit_close() */
} rtj_unit_plan;

/* Make a unit, its node's data zeroed but for the rtj_work; they don't run yet. */
rtj_status rtj_unit_new(rtj_client *client, const rtj_unit_plan *plan, rtj_unit **unit,
                        rtj_error *error);
/* The node's data, to be filled in before rtj_unit_add().  Of a unit over all ports
 * they are copied as they are when its ports change, so later only what they point to
 * may be used. */
void *rtj_unit_data(rtj_unit *unit);
/* Zeroed memory, aligned to a cache line, that lives as long as the unit; NULL without
 * memory. */
void *rtj_unit_memory(rtj_unit *unit, size_t size);

/* Run it, from the next block on.  RTJ_GONE when one of its ports is not there. */
rtj_status rtj_unit_add(rtj_unit *unit, rtj_error *error);

/* Run it no more; again: no error.  From the next block on its outputs are silent
 * unless others write them.  RTJ_TIMEOUT: the audio thread may still be in it, so that
 * what it uses must stay for good; RTJ_FAILED: from within a callback, nothing was
 * done. */
rtj_status rtj_unit_close(rtj_unit *unit, rtj_error *error);
int rtj_unit_is_closed(const rtj_unit *unit);
/* Close and free.  The status of closing: what the unit used may go when RTJ_OK. */
rtj_status rtj_unit_free(rtj_unit *unit);

/* From core/ports.c: own ports are others now; `port` is about to go. */
void rtj_units_refresh(rtj_client *client);
void rtj_units_forget(rtj_client *client, const jack_port_t *port);

/* With `lifecycle` held: from now on outputs are cleared when clear_all says so. */
rtj_status rtj_units_ready_to_clear_locked(rtj_client *client, rtj_error *error);

/* Whether some native function of the client has ended; for rtj_native. */
_Atomic int *rtj_units_clear_all(rtj_client *client);

#endif

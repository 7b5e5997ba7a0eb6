/* A client's ports as the audio thread sees them: an immutable array, published anew
 * when a port comes or goes.  Ports of a group (core/latency.h: a stream's, say) are
 * left out: whoever runs the group knows them.
 *
 * Memory order: `table` is exchanged by the publisher and loaded once a cycle by the
 * audio thread, both sequentially consistent, as rt/cycle.h has it for the chain.
 */
#ifndef RTJ_RT_PORTTABLE_H
#define RTJ_RT_PORTTABLE_H

#include <jack/jack.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rtj_table_port {
    jack_port_t *handle;
    int is_input;
    int is_midi;
} rtj_table_port;

typedef struct rtj_port_table {
    uint64_t serial; /* another one for each table of the client; never 0 */
    struct rtj_port_table *retired; /* the publisher's: what could not be freed yet */
    size_t count;
    rtj_table_port ports[]; /* in the order of their registration */
} rtj_port_table;

#endif

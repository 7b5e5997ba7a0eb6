/* A netjack master: the end whose program gives the time, block by block.
 *
 * No thread: the caller sends and receives.  Any thread, one at a time; the others
 * wait.  Signals are held meanwhile, since libjacknet takes an interrupted call for the
 * end of the link; a call takes two seconds at the most.
 */
#ifndef RTJ_CORE_NETMASTER_H
#define RTJ_CORE_NETMASTER_H

#include "core/net.h"
#include "core/task.h"

typedef struct rtj_netmaster rtj_netmaster;

typedef struct rtj_netmaster_stats {
    uint64_t sent, received; /* blocks */
    uint64_t bad_packets;
} rtj_netmaster_stats;

/* Wait for a slave within patience, and agree.  Fails with RTJ_NO_LIBRARY, RTJ_TIMEOUT
 * (nobody asked), RTJ_FAILED, RTJ_INTERRUPTED, RTJ_MEMORY. */
rtj_status rtj_netmaster_open(const rtj_net_options *options,
                              const rtj_patience *patience, rtj_netmaster **master,
                              rtj_error *error);
/* Waits for a call that is under way. */
void rtj_netmaster_close(rtj_netmaster *master);
void rtj_netmaster_free(rtj_netmaster *master); /* after closing */

const rtj_net_facts *rtj_netmaster_facts(const rtj_netmaster *master);
uint32_t rtj_netmaster_latency(const rtj_netmaster *master); /* blocks */
void rtj_netmaster_get_stats(rtj_netmaster *master, rtj_netmaster_stats *stats);
int rtj_netmaster_is_closed(rtj_netmaster *master);
int rtj_netmaster_is_connected(rtj_netmaster *master);

/* One block, of which `frames` frames count.  RTJ_LINK_LOST, RTJ_CLOSED; RTJ_FAILED for
 * receiving before anything was sent. */
rtj_status rtj_netmaster_send(rtj_netmaster *master, float *block, uint32_t frames,
                              rtj_error *error);
rtj_status rtj_netmaster_receive(rtj_netmaster *master, float *block, uint32_t frames,
                                 rtj_error *error);

#endif

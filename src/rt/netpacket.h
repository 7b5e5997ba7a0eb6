/* What two ends of netjack say to each other when they agree on a session: libjacknet's
 * network threads look at each packet that comes, before libjacknet does.
 */
#ifndef RTJ_RT_NETPACKET_H
#define RTJ_RT_NETPACKET_H

#include <stddef.h>
#include <stdint.h>

enum { RTJ_NET_CHANNELS_MAX = 255, RTJ_NET_FRAMES_MAX = 8192 };

/* Whether an end can agree to that; 1 for packets of other kinds. */
int rtj_net_packet_can_be(const uint8_t *packet, size_t size);

/* Whether it is a slave's call for a master. */
int rtj_net_packet_is_call(const uint8_t *packet, size_t size);

#endif

/* A packet that may agree on a netjack session: what is let through has sizes that can
 * be allocated. */
#include "rt/netpacket.h"

#include <stdlib.h>
#include <string.h>

/* The last of thirteen numbers but `before`, in the network's byte order. */
static uint32_t number(const uint8_t *data, size_t size, size_t before)
{
    const uint8_t *place = data + size - 4 * (before + 1);
    return (uint32_t)place[0] << 24 | (uint32_t)place[1] << 16 |
           (uint32_t)place[2] << 8 | place[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int can_be = rtj_net_packet_can_be(data, size);
    int is_call = rtj_net_packet_is_call(data, size);
    if (size < 6 || memcmp(data, "params", 6) != 0) {
        if (!can_be || is_call) {
            abort();
        }
        return 0;
    }
    if (!can_be) {
        return 0;
    }
    if (!is_call && (number(data, size, 4) - 1 >= RTJ_NET_FRAMES_MAX ||
                     number(data, size, 5) == 0)) {
        abort();
    }
    for (size_t before = 6; before < 10; before++) {
        if (number(data, size, before) + 1 > RTJ_NET_CHANNELS_MAX + 1) {
            abort();
        }
    }
    return 0;
}

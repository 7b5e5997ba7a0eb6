/* The data of a unit's node: making them, for core/units.c. */
#ifndef RTJ_CORE_UNITWORK_H
#define RTJ_CORE_UNITWORK_H

#include <stddef.h>

#include "core/client.h"
#include "rt/work.h"

/* Zeroed memory, aligned to a cache line; NULL without memory. */
void *rtj_zeroed(size_t size);

/* Data of `size` bytes, with room for so many ports; NULL without memory. */
rtj_work *rtj_work_new(size_t size, uint32_t inputs, uint32_t outputs);

/* Of the client's audio ports as they are; with own.lock held. */
rtj_work *rtj_work_over_all(const rtj_client *client, size_t size);

/* What all nodes need of libjack. */
void rtj_work_fill(const rtj_client *client, rtj_work *work, uint32_t samplerate);

#endif

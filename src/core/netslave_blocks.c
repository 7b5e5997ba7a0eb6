/* A netjack slave's blocks: reading and writing them, and waiting for them. */
#include "core/netslave.h"

#include <string.h>

#include "core/netslave_impl.h"
#include "core/registry.h"
#include "core/thread.h"

enum { SLICE_MS = 50 }; /* between two looks at what nobody wakes us for */

static rtj_status check_open(const rtj_netslave *slave, rtj_error *error)
{
    if (atomic_load(&slave->closing) ||
        slave->generation != rtj_registry_generation()) {
        return rtj_fail(error, RTJ_CLOSED, 0, "the netjack slave is closed");
    }
    return RTJ_OK;
}

/* Tells of each loss once, and of the end always. */
static rtj_status check_link(rtj_netslave *slave, rtj_error *error)
{
    if (atomic_load(&slave->ended)) {
        return rtj_fail(error, RTJ_LINK_LOST, 0, "the netjack slave has ended: %s",
                        slave->end_reason);
    }
    uint64_t losses = atomic_load(&slave->losses);
    if (atomic_exchange(&slave->losses_told, losses) != losses) {
        return rtj_fail(error, RTJ_LINK_LOST, 0,
                        "the link to the netjack master was lost; it is looked for");
    }
    return RTJ_OK;
}

static int is_ready(const rtj_net_queue *queue, int reads)
{
    uint32_t there = rtj_net_queue_there(queue);
    return reads ? there > 0 : there < queue->capacity;
}

static rtj_status await(rtj_netslave *slave, rtj_net_queue *queue, int reads,
                        const rtj_patience *patience, rtj_error *error)
{
    struct timespec deadline = rtj_deadline_in(patience->seconds);
    rtj_status status = check_open(slave, error);
    if (status == RTJ_OK && !reads) {
        status = check_link(slave, error);
    }
    while (status == RTJ_OK && !is_ready(queue, reads)) {
        if (rtj_deadline_passed(&deadline)) {
            return rtj_fail(error, RTJ_TIMEOUT, 0, "no block within %g s",
                            patience->seconds);
        }
        atomic_store(&queue->waiting, 1);
        int woken = is_ready(queue, reads) || rtj_wake_wait(&queue->wake, SLICE_MS);
        if (!woken && patience->interrupted != NULL &&
            patience->interrupted(patience->context)) {
            return rtj_fail(error, RTJ_INTERRUPTED, 0, "interrupted");
        }
        status = check_open(slave, error);
        if (status == RTJ_OK && !is_ready(queue, reads)) {
            status = check_link(slave, error);
        }
    }
    return status;
}

static rtj_status take_side(pthread_mutex_t *side, const char *verb, rtj_error *error)
{
    if (pthread_mutex_trylock(side) != 0) {
        return rtj_fail(error, RTJ_FAILED, 0,
                        "another thread is %s this netjack slave's blocks", verb);
    }
    return RTJ_OK;
}

static void read_locked(rtj_netslave *slave, float *block, uint64_t *cycle,
                        uint64_t *gap)
{
    rtj_net_queue *in = &slave->blocks.in;
    uint64_t index = atomic_load(&in->taken);
    uint64_t found = *rtj_net_queue_cycle(in, index);
    *gap = found - slave->next_read;
    *cycle = slave->next_read;
    slave->next_read = found;
    if (*gap > 0) {
        atomic_fetch_add(&slave->skipped, *gap);
        return;
    }
    memcpy(block, rtj_net_queue_block(in, index),
           rtj_net_block_size(in->audio, in->midi, in->frames) * sizeof *block);
    rtj_net_queue_took(in);
    slave->next_read++;
}

rtj_status rtj_netslave_read(rtj_netslave *slave, float *block, uint64_t *cycle,
                             uint64_t *gap, const rtj_patience *patience,
                             rtj_error *error)
{
    *gap = 0;
    rtj_status status = take_side(&slave->reading, "reading", error);
    if (status != RTJ_OK) {
        return status;
    }
    atomic_store(&slave->blocks.started, 1);
    status = await(slave, &slave->blocks.in, 1, patience, error);
    if (status == RTJ_OK) {
        read_locked(slave, block, cycle, gap);
    }
    pthread_mutex_unlock(&slave->reading);
    return status;
}

/* Go on with cycle `next`: what is silent till then is known, and no news. */
static void skip_to(rtj_netslave *slave, uint64_t next)
{
    uint64_t now = atomic_load(&slave->blocks.cycle);
    uint64_t from = slave->next_write > now ? slave->next_write : now;
    slave->missing_told += next > from ? next - from : 0;
    slave->next_write = next;
}

/* How many blocks were silent that should not have been. */
static uint64_t news_locked(rtj_netslave *slave)
{
    uint64_t missing = atomic_load(&slave->blocks.missing);
    uint64_t news = missing > slave->missing_told ? missing - slave->missing_told : 0;
    slave->missing_told += news;
    return news;
}

static void write_locked(rtj_netslave *slave, const float *block, uint64_t *cycle)
{
    rtj_net_queue *out = &slave->blocks.out;
    uint64_t skipped = atomic_exchange(&slave->skipped, 0);
    uint64_t now = atomic_load(&slave->blocks.cycle);
    if (skipped > 0) {
        skip_to(slave, slave->next_write + skipped);
    }
    /* What answers no input can as well be sent later. */
    if (slave->blocks.in.audio + slave->blocks.in.midi == 0 &&
        slave->next_write < now) {
        skip_to(slave, now + slave->blocks.lookahead);
    }
    uint64_t index = atomic_load(&out->written);
    memcpy(rtj_net_queue_block(out, index), block,
           rtj_net_block_size(out->audio, out->midi, out->frames) * sizeof *block);
    *cycle = slave->next_write++;
    *rtj_net_queue_cycle(out, index) = *cycle;
    rtj_net_queue_wrote(out);
}

rtj_status rtj_netslave_write(rtj_netslave *slave, const float *block, uint64_t *cycle,
                              uint64_t *gap, const rtj_patience *patience,
                              rtj_error *error)
{
    *gap = 0;
    rtj_status status = take_side(&slave->writing, "writing", error);
    if (status != RTJ_OK) {
        return status;
    }
    atomic_store(&slave->blocks.started, 1);
    status = await(slave, &slave->blocks.out, 0, patience, error);
    if (status == RTJ_OK) {
        *gap = news_locked(slave);
        *cycle = atomic_load(&slave->blocks.cycle) - *gap;
    }
    if (status == RTJ_OK && *gap == 0) {
        write_locked(slave, block, cycle);
    }
    pthread_mutex_unlock(&slave->writing);
    return status;
}

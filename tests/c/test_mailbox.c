#include "rt/mailbox.h"

#include <pthread.h>
#include <sched.h>

#include "check.h"

static rtj_mailbox *new_box(size_t capacity)
{
    void *memory = malloc(rtj_mailbox_memory(capacity));
    CHECK(memory != NULL);
    rtj_mailbox *box = rtj_mailbox_init(memory, capacity);
    CHECK((void *)box == memory);
    return box;
}

static int put(rtj_mailbox *box, const void *bytes, size_t size)
{
    rtj_part part = {bytes, size};
    return rtj_mailbox_put(box, &part, 1);
}

static void test_parts_become_one_message(void)
{
    rtj_mailbox *box = new_box(256);
    size_t size = 99;
    CHECK(rtj_mailbox_peek(box, &size) == NULL);
    rtj_mailbox_drop(box); /* nothing to drop */
    const rtj_part parts[] = {{"abc", 3}, {NULL, 0}, {"defgh", 6}};
    CHECK_EQ(rtj_mailbox_put(box, parts, 3), 0);
    CHECK_EQ(rtj_mailbox_put(box, NULL, 0), 0);
    const char *got = rtj_mailbox_peek(box, &size);
    CHECK(got != NULL && (uintptr_t)got % 8 == 0);
    CHECK_EQ(size, 9);
    CHECK_TEXT(got, "abcdefgh");
    CHECK(rtj_mailbox_peek(box, &size) == (const void *)got);
    CHECK(rtj_mailbox_taken(box) < rtj_mailbox_reserved(box));
    rtj_mailbox_drop(box);
    CHECK(rtj_mailbox_peek(box, &size) != NULL);
    CHECK_EQ(size, 0);
    rtj_mailbox_drop(box);
    CHECK(rtj_mailbox_peek(box, &size) == NULL);
    CHECK_EQ(rtj_mailbox_taken(box), rtj_mailbox_reserved(box));
    CHECK_EQ(rtj_mailbox_count(box), 2);
    CHECK_EQ(rtj_mailbox_lost(box), 0);
    free(box);
}

static void test_too_large_and_too_many(void)
{
    rtj_mailbox *box = new_box(256);
    char bytes[65] = {0};
    CHECK_EQ(put(box, bytes, 65), -1);
    const rtj_part huge[] = {{bytes, 8}, {bytes, SIZE_MAX - 4}};
    CHECK_EQ(rtj_mailbox_put(box, huge, 2), -1);
    CHECK_EQ(rtj_mailbox_lost(box), 2);
    int kept = 0;
    while (put(box, bytes, 24) == 0) {
        kept++;
    }
    CHECK_EQ(kept, 8); /* 24 bytes and 8 of heading each */
    CHECK_EQ(rtj_mailbox_lost(box), 3);
    size_t size;
    CHECK(rtj_mailbox_peek(box, &size) != NULL);
    rtj_mailbox_drop(box);
    CHECK_EQ(put(box, bytes, 24), 0);
    CHECK_EQ(put(box, bytes, 0), -1);
    CHECK_EQ(rtj_mailbox_count(box), 9);
    free(box);
}

/* All sizes at all places of the ring, the skipped end included. */
static void test_round_and_round(void)
{
    rtj_mailbox *box = new_box(512);
    for (unsigned round = 0; round < 5000; round++) {
        unsigned char bytes[128];
        size_t expected = round * 37 % 129;
        memset(bytes, (int)(round & 0xff) | 1, sizeof bytes);
        CHECK_EQ(put(box, bytes, expected), 0);
        if (round == 0) {
            continue; /* one message stays behind all the time */
        }
        size_t size;
        const unsigned char *got = rtj_mailbox_peek(box, &size);
        CHECK(got != NULL);
        CHECK_EQ(size, (round - 1) * 37 % 129);
        for (size_t i = 0; i < size; i++) {
            CHECK_EQ(got[i], ((round - 1) & 0xff) | 1);
        }
        rtj_mailbox_drop(box);
    }
    CHECK_EQ(rtj_mailbox_lost(box), 0);
    free(box);
}

enum { PRODUCERS = 4, MESSAGES = 8000, MAX_FILL = 23 };

typedef struct stress {
    rtj_mailbox *box;
    uint32_t number;
    unsigned char kept[MESSAGES]; /* the producer's */
    unsigned char came[MESSAGES]; /* the consumer's */
} stress;

static void *produce(void *data)
{
    stress *own = data;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint32_t head[2] = {own->number, i};
        uint32_t fill[MAX_FILL];
        size_t count = (i * 13 + own->number) % (MAX_FILL + 1);
        for (size_t k = 0; k < count; k++) {
            fill[k] = i ^ own->number;
        }
        const rtj_part parts[] = {{head, sizeof head}, {fill, count * sizeof fill[0]}};
        own->kept[i] = rtj_mailbox_put(own->box, parts, 2) == 0;
        if (!own->kept[i]) {
            sched_yield();
        }
    }
    return NULL;
}

static void take_one(stress *all, const uint32_t *got, size_t size, int64_t *last)
{
    CHECK(got[0] < PRODUCERS && got[1] < MESSAGES);
    stress *from = &all[got[0]];
    CHECK((int64_t)got[1] > last[got[0]]); /* each producer's order is kept */
    last[got[0]] = got[1];
    size_t count = (got[1] * 13 + got[0]) % (MAX_FILL + 1);
    CHECK_EQ(size, (2 + count) * sizeof *got);
    for (size_t k = 0; k < count; k++) {
        CHECK_EQ(got[2 + k], got[1] ^ got[0]);
    }
    from->came[got[1]]++;
}

/* What was put arrives, once, whole and in order; what was not is counted. */
static void test_many_producers(void)
{
    static stress all[PRODUCERS];
    rtj_mailbox *box = new_box(4096);
    pthread_t threads[PRODUCERS];
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        all[i].box = box;
        all[i].number = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, produce, &all[i]), 0);
    }
    int64_t last[PRODUCERS] = {-1, -1, -1, -1};
    uint64_t came = 0;
    while (came + rtj_mailbox_lost(box) < (uint64_t)PRODUCERS * MESSAGES) {
        size_t size;
        const void *got = rtj_mailbox_peek(box, &size);
        if (got == NULL) {
            sched_yield();
            continue;
        }
        take_one(all, got, size, last);
        rtj_mailbox_drop(box);
        came++;
    }
    uint64_t refused = 0;
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
        for (int k = 0; k < MESSAGES; k++) {
            CHECK_EQ(all[i].came[k], all[i].kept[k]);
            refused += !all[i].kept[k];
        }
    }
    CHECK_EQ(rtj_mailbox_count(box), came);
    CHECK_EQ(rtj_mailbox_lost(box), refused);
    CHECK_EQ(rtj_mailbox_taken(box), rtj_mailbox_reserved(box));
    free(box);
}

int main(void)
{
    check_deadline(60);
    test_parts_become_one_message();
    test_too_large_and_too_many();
    test_round_and_round();
    test_many_producers();
    return 0;
}

/* Messages through a mailbox, in any order of putting and taking: each that found room
 * comes out once, whole, in order. */
#include "rt/mailbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 256, MOST = 512 };

typedef struct model {
    uint8_t bytes[MOST][CAPACITY];
    size_t sizes[MOST];
    size_t put, taken;
} model;

static model expected;

static void put(rtj_mailbox *box, const uint8_t *data, size_t first, size_t second)
{
    const rtj_part parts[] = {{data, first}, {data + first, second}};
    if (expected.put == MOST || rtj_mailbox_put(box, parts, 2) != 0) {
        return;
    }
    memcpy(expected.bytes[expected.put], data, first + second);
    expected.sizes[expected.put++] = first + second;
}

static void take(rtj_mailbox *box)
{
    size_t size;
    const void *message = rtj_mailbox_peek(box, &size);
    if ((message == NULL) != (expected.put == expected.taken)) {
        abort();
    }
    if (message != NULL) {
        if (size != expected.sizes[expected.taken] ||
            memcmp(message, expected.bytes[expected.taken], size) != 0) {
            abort();
        }
        expected.taken++;
        rtj_mailbox_drop(box);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *memory = malloc(rtj_mailbox_memory(CAPACITY));
    if (memory == NULL) {
        return 0;
    }
    rtj_mailbox *box = rtj_mailbox_init(memory, CAPACITY);
    expected.put = expected.taken = 0;
    for (size_t i = 0; i + 1 < size; i += 2) {
        size_t first = data[i] % 100, second = data[i + 1] % 100;
        if (data[i] % 3 == 0) {
            take(box);
        } else if (first + second <= size - i) {
            put(box, data + i, first, second);
        }
    }
    while (expected.taken < expected.put) {
        take(box);
    }
    take(box);
    free(memory);
    return 0;
}

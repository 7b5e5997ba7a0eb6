/* Cutting what the fuzzer gives into numbers and texts. */
#ifndef RTJ_FUZZ_INPUT_H
#define RTJ_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static inline uint8_t next_byte(input *from)
{
    if (from->left == 0) {
        return 0;
    }
    from->left--;
    return *from->at++;
}

/* The next bytes up to a zero, which comes behind them, in memory of just that length.
 */
static inline char *next_text(input *from)
{
    size_t length = 0;
    while (length < from->left && from->at[length] != 0) {
        length++;
    }
    char *text = malloc(length + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, from->at, length);
    text[length] = '\0';
    from->at += length;
    from->left -= length;
    (void)next_byte(from);
    return text;
}

#endif

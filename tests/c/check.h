/* Assertions that say what was expected, and a deadline for the whole program. */
#ifndef RTJ_TESTS_CHECK_H
#define RTJ_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                               \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
            exit(1);                                                                   \
        }                                                                              \
    } while (0)

#define CHECK_EQ(got, expected)                                                        \
    check_equal((long long)(got), (long long)(expected), #got, __FILE__, __LINE__)

#define CHECK_TEXT(got, expected)                                                      \
    check_text((got), (expected), #got, __FILE__, __LINE__)

static inline void check_equal(long long got, long long expected, const char *what,
                               const char *file, int line)
{
    if (got != expected) {
        fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", file, line, what, got,
                expected);
        exit(1);
    }
}

static inline void check_text(const char *got, const char *expected, const char *what,
                              const char *file, int line)
{
    if (strcmp(got, expected) != 0) {
        fprintf(stderr, "%s:%d: %s is \"%s\", expected \"%s\"\n", file, line, what, got,
                expected);
        exit(1);
    }
}

/* A test that hangs is ended by SIGALRM. */
static inline void check_deadline(unsigned seconds)
{
    (void)alarm(seconds);
}

/* Wait until `condition`; check_deadline() bounds it. */
#define CHECK_EVENTUALLY(condition)                                                    \
    do {                                                                               \
        while (!(condition)) {                                                         \
            (void)usleep(200);                                                         \
        }                                                                              \
    } while (0)

#endif

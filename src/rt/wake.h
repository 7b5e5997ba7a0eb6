/* Wake a waiting thread from any other, the audio thread included.
 *
 * An eventfd on Linux, a pipe elsewhere, both non-blocking: setting it is one system
 * call that returns at once.  The descriptor can be polled.
 */
#ifndef RTJ_RT_WAKE_H
#define RTJ_RT_WAKE_H

typedef struct rtj_wake {
    int read_fd;
    int write_fd; /* the same as read_fd where there is an eventfd */
} rtj_wake;

/* Not the audio thread.  0, or an errno value; on failure both descriptors are -1. */
int rtj_wake_open(rtj_wake *wake);
void rtj_wake_close(rtj_wake *wake);

/* Any thread; never blocks; async-signal-safe. */
void rtj_wake_set(const rtj_wake *wake);

/* Not the audio thread.  Wait until set, `milliseconds` at the most (-1: for ever), and
 * clear it.  Returns 1 when it was set, 0 when time ran out or a signal came. */
int rtj_wake_wait(const rtj_wake *wake, int milliseconds);
/* Its two halves: wait without clearing it, and clear it (1 when it was set). */
int rtj_wake_look(const rtj_wake *wake, int milliseconds);
int rtj_wake_clear(const rtj_wake *wake);

#endif

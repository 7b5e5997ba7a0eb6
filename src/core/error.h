/* How the core reports failure: a status, libjack's own code, and a sentence.
 *
 * Every core function that can fail takes an `rtj_error *` and returns its
 * status, so that the face can turn it into the right exception without
 * knowing what failed.  The first error wins: a clean-up path passes NULL.
 */
#ifndef RTJ_CORE_ERROR_H
#define RTJ_CORE_ERROR_H

typedef enum rtj_status {
    RTJ_OK = 0,
    RTJ_FAILED,     /* libjack refused without a code          -> JackError */
    RTJ_CODE,       /* libjack returned `code`                 -> JackErrorCode */
    RTJ_OPEN,       /* no client; `code` holds jack_status_t   -> JackOpenError */
    RTJ_NO_LIBRARY, /* no libjack could be loaded              -> LibraryNotFoundError
                     */
    RTJ_NOT_SUPPORTED, /* the loaded library lacks the function   -> NotSupportedError
                        */
    RTJ_CLOSED,        /* the client was closed, or never opened  -> JackError */
    RTJ_LOST,          /* the server went away                    -> JackError */
    RTJ_LINK_LOST,     /* the network's other end is gone         -> LinkLostError */
    RTJ_GONE,          /* the port does not exist any more        -> JackError */
    RTJ_TIMEOUT,       /* libjack did not answer in time          -> JackError */
    RTJ_INTERRUPTED,   /* the caller asked to stop waiting; the caller knows why */
    RTJ_VALUE,         /* an argument's value                     -> ValueError */
    RTJ_MEMORY         /* out of memory                           -> MemoryError */
} rtj_status;

enum { RTJ_ERROR_TEXT = 768 }; /* bytes, with the final NUL */

typedef struct rtj_error {
    rtj_status status;
    int code;
    char text[RTJ_ERROR_TEXT];
} rtj_error;

/* Fill `error` (when not NULL) and return `status`, for `return rtj_fail(...)`.
 * Any thread. */
rtj_status rtj_fail(rtj_error *error, rtj_status status, int code, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/* The system had no memory or no descriptor for `what`, as errno's `number` says:
 * RTJ_MEMORY or RTJ_FAILED. */
rtj_status rtj_fail_without(rtj_error *error, int number, const char *what);

#endif

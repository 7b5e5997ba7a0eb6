#include "core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rtj_status rtj_fail(rtj_error *error, rtj_status status, int code, const char *format,
                    ...)
{
    if (error != NULL) {
        va_list arguments;
        error->status = status;
        error->code = code;
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

rtj_status rtj_fail_without(rtj_error *error, int number, const char *what)
{
    if (number == ENOMEM) {
        return rtj_fail(error, RTJ_MEMORY, 0, "no memory for %s", what);
    }
    return rtj_fail(error, RTJ_FAILED, number, "no descriptor for %s: %s", what,
                    strerror(number));
}

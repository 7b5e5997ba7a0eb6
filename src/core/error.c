#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

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

#include "core/descriptors.h"

#include "rt/wake.h"

enum { ENOUGH = 16 };

rtj_status rtj_descriptors_check(const char *what, rtj_error *error)
{
    rtj_wake spare[ENOUGH];
    int failed = 0;
    int count = 0;
    while (count < ENOUGH && failed == 0) {
        failed = rtj_wake_open(&spare[count++]);
    }
    while (count > 0) {
        rtj_wake_close(&spare[--count]);
    }
    return failed == 0 ? RTJ_OK : rtj_fail_without(error, failed, what);
}

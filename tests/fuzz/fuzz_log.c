/* Whatever libjack says comes to the sink, without its final newline, or is counted. */
#include "core/log.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"

static unsigned long heard;

static void sink(void *context, rtj_log_kind kind, const char *text)
{
    (void)context;
    (void)kind;
    size_t length = strlen(text);
    volatile char last = length > 0 ? text[length - 1] : '\0';
    (void)last;
    heard++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int prepared;
    rtj_error error;
    input from = {data, size};
    if (!prepared) {
        rtj_log_prepare();
        if (rtj_log_set_sink(sink, NULL, &error) != RTJ_OK) {
            abort();
        }
        prepared = 1;
    }
    unsigned long before = heard, lost = rtj_log_lost(), said = 0;
    while (from.left > 0) {
        char *text = next_text(&from);
        if (*text % 2) {
            rtj_log_info(text);
        } else {
            rtj_log_error(text);
        }
        free(text);
        said++;
    }
    if (rtj_log_flush(30) != 0 || heard - before + (rtj_log_lost() - lost) != said) {
        abort();
    }
    return 0;
}

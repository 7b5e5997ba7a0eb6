/* Properties as libjack gives them: any texts, or none, of any number of subjects. */
#include "core/metadata.c" /* copy_properties() */

#include "input.h"

enum { SUBJECTS = 8, EACH = 8 };

static char *text_or_none(input *from)
{
    return next_byte(from) % 4 == 0 ? NULL : next_text(from);
}

static int same(const char *given, const char *copied)
{
    return strcmp(given != NULL ? given : "", copied) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jack_description_t subjects[SUBJECTS];
    jack_property_t properties[SUBJECTS][EACH];
    input from = {data, size};
    rtj_properties *copied;
    rtj_error error;
    size_t count = next_byte(&from) % (SUBJECTS + 1), total = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t each = next_byte(&from) % (EACH + 1);
        subjects[i] = (jack_description_t){i, each, properties[i], EACH};
        for (uint32_t k = 0; k < each; k++) {
            properties[i][k] = (jack_property_t){
                text_or_none(&from), text_or_none(&from), text_or_none(&from)};
        }
    }
    if (copy_properties(subjects, count, &copied, &error) != RTJ_OK) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < subjects[i].property_cnt; k++, total++) {
            const jack_property_t *given = &properties[i][k];
            const rtj_property *got = &copied->items[total];
            if (got->subject != i || !same(given->key, got->key) ||
                !same(given->data, got->value) || !same(given->type, got->type)) {
                abort();
            }
            free((void *)given->key);
            free((void *)given->data);
            free((void *)given->type);
        }
    }
    if (total != copied->count) {
        abort();
    }
    free(copied);
    return 0;
}

#include "check.h"
#include "core/midimessage.h"

/* Every status byte with every length up to 4, and bytes that are no data. */

static size_t right_length(unsigned char status)
{
    switch (status) {
    case 0xF1:
    case 0xF3:
        return 2;
    case 0xF2:
        return 3;
    case 0xF6:
    case 0xF8:
    case 0xFA:
    case 0xFB:
    case 0xFC:
    case 0xFE:
    case 0xFF:
        return 1;
    default:
        break;
    }
    if (status < 0x80 || status >= 0xF0) {
        return 0;
    }
    return status >= 0xC0 && status < 0xE0 ? 2 : 3;
}

static void test_lengths(void)
{
    int good = 0;
    for (unsigned status = 0; status < 256; status++) {
        if (status == 0xF0) {
            continue;
        }
        for (size_t size = 1; size <= 4; size++) {
            const unsigned char bytes[4] = {(unsigned char)status, 0, 0x7F, 0x7F};
            rtj_error error = {RTJ_OK, 0, ""};
            int fits = right_length((unsigned char)status) == size;
            CHECK_EQ(rtj_midi_message_check(bytes, size, &error),
                     fits ? RTJ_OK : RTJ_VALUE);
            CHECK_EQ(error.text[0] != '\0', !fits);
            good += fits;
        }
    }
    CHECK_EQ(good, 7 * 16 + 10);
}

static void test_data_bytes(void)
{
    rtj_error error;
    for (unsigned byte = 0; byte < 256; byte++) {
        const unsigned char note[] = {0x93, 0x40, (unsigned char)byte};
        const unsigned char sysex[] = {0xF0, (unsigned char)byte, 0xF7};
        rtj_status expected = byte < 0x80 ? RTJ_OK : RTJ_VALUE;
        CHECK_EQ(rtj_midi_message_check(note, 3, &error), expected);
        CHECK_EQ(rtj_midi_message_check(sysex, 3, &error), expected);
    }
}

static void test_sysex(void)
{
    rtj_error error;
    CHECK_EQ(rtj_midi_message_check((const unsigned char *)"\xF0\xF7", 2, &error),
             RTJ_OK);
    CHECK_EQ(rtj_midi_message_check((const unsigned char *)"\xF0", 1, &error),
             RTJ_VALUE);
    CHECK_EQ(rtj_midi_message_check((const unsigned char *)"\xF0\x01", 2, &error),
             RTJ_VALUE);
    CHECK_TEXT(error.text,
               "a system exclusive message ends with 0xf7; got 2 bytes: f0 01");
    CHECK_EQ(rtj_midi_message_check(NULL, 0, &error), RTJ_VALUE);
    CHECK_EQ(rtj_midi_message_check(
                 (const unsigned char *)"\xF0\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10,
                 &error),
             RTJ_VALUE);
    CHECK_TEXT(error.text,
               "a system exclusive message ends with 0xf7; got 10 bytes: f0 "
               "01 02 03 04 05 06 07 ...");
}

int main(void)
{
    check_deadline(20);
    test_lengths();
    test_data_bytes();
    test_sysex();
    return 0;
}

/* The values of JACK's headers.  The metadata keys are literals, since they are
 * variables of the library, which may be missing when the module is imported. */
#include "py/module.h"

#include <jack/metadata.h>
#include <jack/session.h>
#include <jack/transport.h>

typedef struct number {
    const char *name;
    long value;
} number;

static const number numbers[] = {
    {"STOPPED", JackTransportStopped},
    {"ROLLING", JackTransportRolling},
    {"STARTING", JackTransportStarting},
    {"NETSTARTING", JackTransportNetStarting},
    {"CAPTURE_LATENCY", JackCaptureLatency},
    {"PLAYBACK_LATENCY", JackPlaybackLatency},
    {"SESSION_SAVE", JackSessionSave},
    {"SESSION_SAVE_AND_QUIT", JackSessionSaveAndQuit},
    {"SESSION_SAVE_TEMPLATE", JackSessionSaveTemplate},
    {"SESSION_SAVE_ERROR", JackSessionSaveError},
    {"SESSION_NEED_TERMINAL", JackSessionNeedTerminal},
    {"PROPERTY_CREATED", PropertyCreated},
    {"PROPERTY_CHANGED", PropertyChanged},
    {"PROPERTY_DELETED", PropertyDeleted},
    {"POSITION_BBT", JackPositionBBT},
    {"POSITION_TIMECODE", JackPositionTimecode},
    {"POSITION_BBT_FRAME_OFFSET", JackBBTFrameOffset},
    {"POSITION_AUDIO_VIDEO_RATIO", JackAudioVideoRatio},
    {"POSITION_VIDEO_FRAME_OFFSET", JackVideoFrameOffset},
#ifdef JACK_TICK_DOUBLE
    {"POSITION_TICK_DOUBLE", JackTickDouble},
#endif
    /* What callbacks returned in old versions of JACK-Client. */
    {"CALL_AGAIN", 0},
    {"STOP_CALLING", 1},
};

#define KEY(name, last)                                                                \
    {                                                                                  \
        "METADATA_" name, "http://jackaudio.org/metadata/" last                        \
    }
static const struct {
    const char *name;
    const char *key;
} metadata[] = {
    KEY("CONNECTED", "connected"),
    KEY("EVENT_TYPES", "event-types"),
    KEY("HARDWARE", "hardware"),
    KEY("ICON_LARGE", "icon-large"),
    KEY("ICON_NAME", "icon-name"),
    KEY("ICON_SMALL", "icon-small"),
    KEY("ORDER", "order"),
    KEY("PORT_GROUP", "port-group"),
    KEY("PRETTY_NAME", "pretty-name"),
    KEY("SIGNAL_TYPE", "signal-type"),
};
#undef KEY

int rtj_add_constants(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(numbers); ++i) {
        if (PyModule_AddIntConstant(module, numbers[i].name, numbers[i].value) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(metadata); ++i) {
        if (PyModule_AddStringConstant(module, metadata[i].name, metadata[i].key) < 0) {
            return -1;
        }
    }
    return 0;
}

#include "py/net.h"

#include <math.h>
#include <string.h>

#include "py/args.h"
#include "py/audio.h"
#include "py/flow.h"
#include "rt/netmidi.h"

/* ---- arguments ---- */

int rtj_net_int(PyObject *given, const char *what, int64_t low, int64_t high,
                int *value)
{
    int64_t number = *value;
    if (given != NULL && rtj_as_int64(given, what, low, high, &number) < 0) {
        return -1;
    }
    *value = (int)number;
    return 0;
}

int rtj_net_channels(PyObject *given, const char *what, int *value)
{
    if (given == Py_None) {
        *value = -1;
        return 0;
    }
    return rtj_net_int(given, what, 0, RTJ_NET_CHANNELS_MAX, value);
}

int rtj_net_seconds(PyObject *given, double *seconds)
{
    *seconds = 10.0;
    if (given == NULL) {
        return 0;
    }
    return rtj_timeout_of(given, seconds);
}

static int is_address(const char *text)
{
    int numbers = 0;
    for (const char *at = text; numbers < 4; numbers++, at++) {
        int value = 0;
        int digits = 0;
        for (; *at >= '0' && *at <= '9' && digits < 4; at++, digits++) {
            value = 10 * value + (*at - '0');
        }
        if (digits == 0 || value > 255 || *at != (numbers < 3 ? '.' : '\0')) {
            return 0;
        }
    }
    return 1;
}

PyObject *rtj_net_address(PyObject *given)
{
    if (given == NULL) {
        return PyBytes_FromString("225.3.19.154"); /* netjack's own */
    }
    PyObject *bytes = rtj_encode(given, "address"); /* new */
    if (bytes != NULL && !is_address(PyBytes_AS_STRING(bytes))) {
        PyErr_Format(PyExc_ValueError,
                     "address must be four numbers with dots, as 225.3.19.154; got %R",
                     given);
        Py_CLEAR(bytes);
    }
    return bytes;
}

/* ---- blocks for Python ---- */

PyObject *rtj_net_audio_object(rtj_state *state, const float *block,
                               const rtj_lanes *lanes, uint32_t frames)
{
    rtj_block to;
    if (lanes->audio == 0) {
        Py_RETURN_NONE;
    }
    PyObject *array = rtj_new_array(state, frames, lanes->audio); /* new */
    if (array == NULL || rtj_block_open(&to, array, "the new array", lanes->audio,
                                        RTJ_FRAMES_FIRST, 1) < 0) {
        Py_XDECREF(array);
        return NULL;
    }
    for (uint32_t channel = 0; channel < lanes->audio; channel++) {
        char *at = to.base + channel * to.channel_stride;
        for (uint32_t i = 0; i < frames; i++, at += to.frame_stride) {
            memcpy(at, block + (size_t)channel * lanes->frames + i, sizeof *block);
        }
    }
    rtj_block_close(&to);
    return array;
}

static PyObject *events_object(const void *buffer, uint32_t size)
{
    uint32_t count = rtj_net_midi_count(buffer, size);
    PyObject *list = PyList_New(0); /* new */
    for (uint32_t i = 0; i < count && list != NULL; i++) {
        uint32_t time, length;
        const char *bytes = rtj_net_midi_get(buffer, size, i, &time, &length);
        PyObject *event = Py_BuildValue("(Iy#)", (unsigned int)time,
                                        bytes != NULL ? bytes : "", (Py_ssize_t)length);
        if (event == NULL || PyList_Append(list, event) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(event);
    }
    return list;
}

static PyObject *midi_object(const float *block, const rtj_lanes *lanes)
{
    PyObject *ports = PyList_New(lanes->midi); /* new */
    for (uint32_t i = 0; i < lanes->midi && ports != NULL; i++) {
        const float *buffer = block + (size_t)(lanes->audio + i) * lanes->frames;
        PyObject *events = events_object(buffer, lanes->frames * 4);
        if (events == NULL) {
            Py_CLEAR(ports);
        } else {
            PyList_SET_ITEM(ports, i, events); /* steals */
        }
    }
    return ports;
}

PyObject *rtj_net_block_object(rtj_state *state, const float *block,
                               const rtj_lanes *lanes, uint32_t frames)
{
    PyObject *audio = rtj_net_audio_object(state, block, lanes, frames); /* new */
    PyObject *midi = audio != NULL ? midi_object(block, lanes) : NULL;   /* new */
    PyObject *pair = midi != NULL ? PyTuple_Pack(2, audio, midi) : NULL; /* new */
    Py_XDECREF(audio);
    Py_XDECREF(midi);
    return pair;
}

/* ---- blocks from Python ---- */

static int fill_audio(float *block, const rtj_lanes *lanes, PyObject *audio, int whole,
                      uint32_t *frames)
{
    rtj_block from;
    *frames = lanes->frames;
    memset(block, 0, (size_t)lanes->audio * lanes->frames * sizeof *block);
    if (audio == NULL || audio == Py_None) {
        return 0;
    }
    if (rtj_block_open(&from, audio, "audio", lanes->audio, RTJ_FRAMES_FIRST, 0) < 0) {
        return -1;
    }
    int fits = from.frames <= lanes->frames && from.frames > 0;
    if (!fits || (whole && from.frames != lanes->frames)) {
        PyErr_Format(PyExc_ValueError, "audio must have %s%u frames, got %zd",
                     whole ? "" : "1 to ", (unsigned)lanes->frames, from.frames);
        rtj_block_close(&from);
        return -1;
    }
    *frames = (uint32_t)from.frames;
    for (uint32_t channel = 0; channel < lanes->audio; channel++) {
        const char *at = from.base + channel * from.channel_stride;
        for (Py_ssize_t i = 0; i < from.frames; i++, at += from.frame_stride) {
            memcpy(block + (size_t)channel * lanes->frames + i, at, sizeof *block);
        }
    }
    rtj_block_close(&from);
    return 0;
}

static int add_event(float *buffer, uint32_t size, uint32_t frames, PyObject *event,
                     uint32_t *last)
{
    unsigned int time;
    Py_buffer bytes;
    if (!PyTuple_Check(event) || PyTuple_GET_SIZE(event) != 2) {
        PyErr_Format(PyExc_TypeError,
                     "a MIDI event must be a tuple (offset, bytes), got %R", event);
        return -1;
    }
    int64_t offset;
    if (rtj_as_int64(PyTuple_GET_ITEM(event, 0), "a MIDI event's offset", *last,
                     frames - 1, &offset) < 0 ||
        PyObject_GetBuffer(PyTuple_GET_ITEM(event, 1), &bytes, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    time = (unsigned int)offset;
    int result = -1;
    if (bytes.len < 1 || bytes.len > RTJ_NET_MIDI_MOST) {
        PyErr_Format(PyExc_ValueError,
                     "netjack carries MIDI events of 1 to %d bytes, got %zd",
                     RTJ_NET_MIDI_MOST, bytes.len);
    } else if (rtj_net_midi_add(buffer, size, time, bytes.buf, (uint32_t)bytes.len) <
               0) {
        PyErr_Format(
            PyExc_ValueError,
            "netjack carries %u MIDI events of a port in a block of %u frames, "
            "not more",
            (unsigned)rtj_net_midi_room(size), (unsigned)frames);
    } else {
        *last = time;
        result = 0;
    }
    PyBuffer_Release(&bytes);
    return result;
}

static int fill_port(float *buffer, uint32_t frames, PyObject *events)
{
    uint32_t last = 0;
    PyObject *event; /* new each time */
    PyObject *iterator = PyObject_GetIter(events);
    while (iterator != NULL && (event = PyIter_Next(iterator)) != NULL) {
        int result = add_event(buffer, frames * 4, frames, event, &last);
        Py_DECREF(event);
        if (result < 0) {
            break;
        }
    }
    Py_XDECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

static int fill_midi(float *block, const rtj_lanes *lanes, PyObject *midi)
{
    float *buffers = block + (size_t)lanes->audio * lanes->frames;
    for (uint32_t i = 0; i < lanes->midi; i++) {
        float *buffer = buffers + (size_t)i * lanes->frames;
        memset(buffer, 0, lanes->frames * sizeof *buffer);
        rtj_net_midi_clear(buffer, lanes->frames * 4, lanes->frames);
    }
    if (midi == NULL || midi == Py_None) {
        return 0;
    }
    PyObject *ports = PySequence_Fast(midi, "midi must be a sequence"); /* new */
    if (ports == NULL) {
        return -1;
    }
    Py_ssize_t count = PySequence_Fast_GET_SIZE(ports);
    int result = 0;
    if (count != 0 && count != (Py_ssize_t)lanes->midi) {
        PyErr_Format(PyExc_ValueError,
                     "midi must have the events of each of %u ports, got %zd lists",
                     (unsigned)lanes->midi, count);
        result = -1;
    }
    for (Py_ssize_t i = 0; i < count && result == 0; i++) {
        result = fill_port(buffers + (size_t)i * lanes->frames, lanes->frames,
                           PySequence_Fast_GET_ITEM(ports, i));
    }
    Py_DECREF(ports);
    return result;
}

int rtj_net_block_fill(float *block, const rtj_lanes *lanes, PyObject *audio,
                       PyObject *midi, int whole, uint32_t *frames)
{
    return fill_audio(block, lanes, audio, whole, frames) < 0
               ? -1
               : fill_midi(block, lanes, midi);
}

PyObject *rtj_net_raise(rtj_state *state, const rtj_error *error)
{
    if (error->status == RTJ_TIMEOUT && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TimeoutError, error->text);
        return NULL;
    }
    return rtj_raise(state, error);
}

/* ---- what an end tells ---- */

static long long fact_of(const rtj_net_end *end, rtj_net_fact which)
{
    switch (which) {
    case RTJ_NET_BLOCKSIZE:
        return end->facts->frames;
    case RTJ_NET_SAMPLERATE:
        return end->facts->samplerate;
    case RTJ_NET_INPUTS:
        return end->facts->audio_in;
    case RTJ_NET_OUTPUTS:
        return end->facts->audio_out;
    case RTJ_NET_MIDI_INPUTS:
        return end->facts->midi_in;
    case RTJ_NET_MIDI_OUTPUTS:
        return end->facts->midi_out;
    case RTJ_NET_LATENCY:
        return (long long)end->facts->frames * (end->latency + end->lookahead);
    case RTJ_NET_LOOKAHEAD:
        return end->lookahead;
    case RTJ_NET_PORT:
        return end->port;
    }
    return 0;
}

PyObject *rtj_net_fact_object(const rtj_net_end *end, rtj_net_fact which)
{
    return PyLong_FromLongLong(fact_of(end, which));
}

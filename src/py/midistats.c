/* jack.MidiPortStats, and what a MIDI port tells by it. */
#include "py/midi.h"

#include <structseq.h>

#include "core/midireceiver.h"
#include "core/midisender.h"
#include "docstrings.h"

enum { FIELDS = 9 };

static PyStructSequence_Field stats_fields[FIELDS + 1] = {
    {"queued", DOC_MidiPortStats_queued},     {"sent", DOC_MidiPortStats_sent},
    {"late", DOC_MidiPortStats_late},         {"deferred", DOC_MidiPortStats_deferred},
    {"dropped", DOC_MidiPortStats_dropped},   {"pending", DOC_MidiPortStats_pending},
    {"received", DOC_MidiPortStats_received}, {"overflow", DOC_MidiPortStats_overflow},
    {"lost", DOC_MidiPortStats_lost},         {NULL, NULL},
};

static PyStructSequence_Desc stats_desc = {"jack.MidiPortStats", DOC_MidiPortStats,
                                           stats_fields, FIELDS};

int rtj_add_midi_stats(PyObject *module, rtj_state *state)
{
    state->MidiPortStats = PyStructSequence_NewType(&stats_desc);
    if (state->MidiPortStats == NULL) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "MidiPortStats",
                                 (PyObject *)state->MidiPortStats);
}

PyObject *rtj_midi_get_stats(PyObject *self, void *Py_UNUSED(closure))
{
    rtj_port *port = (rtj_port *)self;
    rtj_midi_sender *sender = atomic_load(&port->sender);
    rtj_midi_receiver *receiver = atomic_load(&port->receiver);
    rtj_midi_sender_counts out = {0, 0, 0, 0, 0};
    rtj_midi_receiver_counts in = {0, 0, 0, 0};
    if (sender != NULL) {
        rtj_midi_sender_count(sender, &out);
    }
    if (receiver != NULL) {
        rtj_midi_receiver_count(receiver, &in);
    }
    const uint64_t counts[FIELDS] = {out.queued,   out.sent,    out.late,
                                     out.deferred, out.dropped, in.pending,
                                     in.received,  in.overflow, in.lost};
    PyObject *stats = PyStructSequence_New(port->state->MidiPortStats); /* new */
    for (int i = 0; stats != NULL && i < FIELDS; i++) {
        PyObject *value = PyLong_FromUnsignedLongLong(counts[i]);
        if (value == NULL) {
            Py_CLEAR(stats);
            break;
        }
        PyStructSequence_SET_ITEM(stats, i, value); /* steals */
    }
    return stats;
}

#include "rt/midiinbox.h"

void rtj_midi_inbox_wake(rtj_midi_inbox *inbox)
{
    if (!atomic_exchange(&inbox->woken, 1)) {
        rtj_wake_set(&inbox->wake);
    }
}

void rtj_midi_inbox_run(void *data, uint32_t frames)
{
    rtj_midi_inbox *inbox = data;
    if (!rtj_work_begin(&inbox->work, frames)) {
        return; /* the port is gone */
    }
    void *buffer = inbox->work.in[0];
    uint32_t now = inbox->work.last_frame_time(inbox->work.handle);
    uint32_t events = inbox->event_count(buffer);
    for (uint32_t i = 0; i < events; i++) {
        jack_midi_event_t event;
        if (inbox->event_get(&event, buffer, i) == 0) {
            rtj_midi_stamp stamp = {now + event.time};
            const rtj_part parts[] = {{&stamp, sizeof stamp},
                                      {event.buffer, event.size}};
            (void)rtj_mailbox_put(inbox->box, parts, 2); /* which counts it */
        }
    }
    uint64_t lost = atomic_load_explicit(&inbox->lost, memory_order_relaxed);
    atomic_store_explicit(&inbox->lost, lost + inbox->lost_count(buffer),
                          memory_order_relaxed);
    if (events > 0) {
        rtj_midi_inbox_wake(inbox);
    }
}

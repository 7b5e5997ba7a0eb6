#include "rt/work.h"

static int look_up(const rtj_work *work, _Atomic(jack_port_t *) *ports, uint32_t count,
                   float **buffers, uint32_t frames)
{
    int all = 1;
    for (uint32_t i = 0; i < count; i++) {
        jack_port_t *port = atomic_load(&ports[i]);
        buffers[i] = port != NULL ? work->get_buffer(port, frames) : NULL;
        all &= buffers[i] != NULL;
    }
    return all;
}

int rtj_work_begin(rtj_work *work, uint32_t frames)
{
    int in = look_up(work, work->inputs, work->input_count, work->in, frames);
    int out = look_up(work, work->outputs, work->output_count, work->out, frames);
    return in && out;
}

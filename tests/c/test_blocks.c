#include "rt/blocks.h"

#include <pthread.h>

#include "check.h"

/* libjack's part: ports are buffers, the handle is the clock. */
enum { FRAMES = 16, LOOKAHEAD = 3, SLOTS = 8, EVENTS = 512, BOX = 1 << 14 };

typedef struct fake_port {
    float buffer[2 * FRAMES];
    jack_midi_event_t events[EVENTS];
    unsigned char bytes[EVENTS][16];
    uint32_t count;
    uint32_t room; /* events */
} fake_port;

static void *get_buffer(jack_port_t *port, jack_nframes_t frames)
{
    (void)frames;
    return port;
}

static jack_nframes_t last_frame_time(const jack_client_t *client)
{
    return *(const jack_nframes_t *)client;
}

static uint32_t event_count(void *buffer)
{
    return ((fake_port *)buffer)->count;
}

static int event_get(jack_midi_event_t *event, void *buffer, uint32_t index)
{
    *event = ((fake_port *)buffer)->events[index];
    return 0;
}

static int event_write(void *buffer, jack_nframes_t time, const jack_midi_data_t *data,
                       size_t size)
{
    fake_port *port = buffer;
    if (port->count == port->room || size > sizeof port->bytes[0] ||
        (port->count > 0 && port->events[port->count - 1].time > time)) {
        return -1;
    }
    memcpy(port->bytes[port->count], data, size);
    port->events[port->count] =
        (jack_midi_event_t){time, size, port->bytes[port->count]};
    port->count++;
    return 0;
}

static void clear_buffer(void *buffer)
{
    ((fake_port *)buffer)->count = 0;
}

/* One audio and one MIDI port each way. */
typedef struct bench {
    rtj_blocks rt;
    fake_port fakes[4];
    rtj_block_port ports[4];
    rtj_block_port *list[4];
    rtj_block_ports set;
    jack_nframes_t clock;
    rtj_jump jump; /* of the clock before the next cycle */
    uint64_t cycles;
} bench;

enum { IN, OUT, MIDI_IN, MIDI_OUT };

static bench *new_bench(void)
{
    bench *own = NULL;
    CHECK_EQ(posix_memalign((void **)&own, _Alignof(bench), sizeof *own), 0);
    memset(own, 0, sizeof *own);
    for (uint32_t i = 0; i < 4; i++) {
        own->ports[i] = (rtj_block_port){(jack_port_t *)&own->fakes[i],
                                         i == IN || i == MIDI_IN,
                                         i >= MIDI_IN,
                                         0,
                                         i + 1,
                                         calloc(SLOTS * FRAMES, sizeof(float)),
                                         NULL};
        CHECK(own->ports[i].slots != NULL);
        own->fakes[i].room = EVENTS;
        own->list[i] = &own->ports[i];
    }
    own->set = (rtj_block_ports){4, FRAMES, 1, own->list};
    rtj_blocks *rt = &own->rt;
    CHECK_EQ(rtj_wake_open(&rt->wake), 0);
    rt->handle = (jack_client_t *)&own->clock;
    rt->get_buffer = get_buffer;
    rt->last_frame_time = last_frame_time;
    rt->jump = &own->jump;
    rt->lookahead = LOOKAHEAD;
    rt->slots = SLOTS;
    rt->headers = calloc(SLOTS, sizeof *rt->headers);
    rt->midi = (rtj_midi_blocks){
        .in = rtj_mailbox_init(malloc(rtj_mailbox_memory(BOX)), BOX),
        .out = rtj_mailbox_init(malloc(rtj_mailbox_memory(BOX)), BOX),
        .event_count = event_count,
        .event_get = event_get,
        .event_write = event_write,
        .clear_buffer = clear_buffer,
    };
    atomic_store(&rt->ports, &own->set);
    atomic_store(&rt->running, 1);
    return own;
}

static void free_bench(bench *own)
{
    for (int i = 0; i < 4; i++) {
        free(own->ports[i].slots);
    }
    rtj_wake_close(&own->rt.wake);
    free(own->rt.headers);
    free(own->rt.midi.in);
    free(own->rt.midi.out);
    free(own);
}

/* One cycle: its number is each sample of the input, and an event's bytes, at offset
 * number % frames. */
static void cycle(bench *own, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        own->fakes[IN].buffer[i] = (float)(own->cycles + 1);
    }
    clear_buffer(&own->fakes[MIDI_IN]);
    CHECK_EQ(event_write(&own->fakes[MIDI_IN], (jack_nframes_t)(own->cycles % frames),
                         (const void *)&own->cycles, sizeof own->cycles),
             0);
    own->clock = (jack_nframes_t)own->cycles * 100;
    rtj_blocks_run(&own->rt, frames);
    own->cycles++;
}

/* Answer the next block with what came; the number of events that came with it. */
static int answer(bench *own, rtj_block *block)
{
    int events = 0;
    rtj_midi_head head;
    size_t size;
    const void *bytes;
    uint64_t number = rtj_blocks_take(&own->rt, 1, block);
    while ((bytes = rtj_midi_blocks_next(&own->rt.midi, number, &head, &size)) !=
           NULL) {
        CHECK_EQ(head.port, MIDI_IN + 1);
        CHECK_EQ(size, sizeof(uint64_t));
        CHECK_EQ(rtj_midi_blocks_answer(&own->rt.midi, block->cycle, MIDI_OUT + 1,
                                        head.offset, bytes, size),
                 0);
        rtj_midi_blocks_drop(&own->rt.midi);
        events++;
    }
    memcpy(rtj_blocks_slot(&own->rt, &own->ports[OUT], FRAMES, number),
           rtj_blocks_slot(&own->rt, &own->ports[IN], FRAMES, number),
           block->frames * sizeof(float));
    rtj_blocks_give(&own->rt);
    return events;
}

static void check_out(const bench *own, float first, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        CHECK_EQ(own->fakes[OUT].buffer[i], first);
    }
}

static uint64_t cycle_of(const bench *own, uint32_t event)
{
    uint64_t number;
    memcpy(&number, own->fakes[MIDI_OUT].events[event].buffer, sizeof number);
    return number;
}

static void test_answers_come_lookahead_blocks_later(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (uint64_t i = 0; i < 100; i++) {
        cycle(own, FRAMES);
        check_out(own, i < LOOKAHEAD ? 0 : (float)(i - LOOKAHEAD + 1), FRAMES);
        CHECK_EQ(own->fakes[MIDI_OUT].count, i < LOOKAHEAD ? 0 : 1);
        if (i >= LOOKAHEAD) {
            CHECK_EQ(cycle_of(own, 0), i - LOOKAHEAD);
            CHECK_EQ(own->fakes[MIDI_OUT].events[0].time, (i - LOOKAHEAD) % FRAMES);
        }
        CHECK(rtj_blocks_ready(&own->rt));
        CHECK_EQ(answer(own, &block), 1);
        CHECK_EQ(block.cycle, i);
        CHECK_EQ(block.frames, FRAMES);
        CHECK_EQ(block.time, i * 100);
        CHECK(!rtj_blocks_ready(&own->rt));
    }
    CHECK_EQ(own->rt.counts.missing + own->rt.counts.lost + own->rt.counts.skipped, 0);
    CHECK_EQ(own->rt.midi.late + rtj_midi_blocks_lost(&own->rt.midi), 0);
    free_bench(own);
}

/* The other thread stalls for some blocks more than the lookahead; all it is given
 * comes, the latency stays. */
static void test_underflow(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (int i = 0; i < LOOKAHEAD + 2; i++) {
        CHECK_EQ(rtj_blocks_would_miss(&own->rt), i >= LOOKAHEAD);
        cycle(own, FRAMES);
    }
    CHECK_EQ(own->rt.counts.underflows, 1);
    CHECK_EQ(own->rt.counts.missing, 2 * FRAMES);
    for (uint64_t i = 0; i < LOOKAHEAD + 2; i++) {
        CHECK_EQ(answer(own, &block), 1);
        CHECK_EQ(block.cycle, i);
    }
    cycle(own, FRAMES);
    check_out(own, 3, FRAMES); /* the block of cycle 2 */
    CHECK_EQ(own->rt.midi.late, 2);
    CHECK_EQ(own->fakes[MIDI_OUT].count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_EQ(cycle_of(own, i), i);
        CHECK_EQ(own->fakes[MIDI_OUT].events[i].time, i < 2 ? 0 : 2);
    }
    CHECK_EQ(own->rt.counts.underflows, 1);
    free_bench(own);
}

static void test_overflow(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (int i = 0; i < SLOTS + 2; i++) {
        cycle(own, FRAMES);
    }
    CHECK_EQ(own->rt.counts.overflows, 1);
    CHECK_EQ(own->rt.counts.lost, 2 * FRAMES);
    /* Cycle 10 is to come, so 7 is the first to be answered in time, and the events of
     * those before come with it; those of the lost blocks with the next. */
    CHECK_EQ(answer(own, &block), SLOTS);
    CHECK_EQ(block.cycle, 7);
    CHECK_EQ(own->rt.counts.skipped, 7 * FRAMES);
    cycle(own, FRAMES);
    check_out(own, 8, FRAMES);
    CHECK_EQ(answer(own, &block), 3);
    CHECK_EQ(block.cycle, SLOTS + 2);
    for (int i = 0; i < 2; i++) { /* what would answer the lost blocks */
        cycle(own, FRAMES);
        check_out(own, 0, FRAMES);
    }
    cycle(own, FRAMES);
    check_out(own, SLOTS + 3, FRAMES);
    free_bench(own);
}

/* Without outputs nothing is too late. */
static void test_overflow_of_inputs_alone(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (int i = 0; i < SLOTS + 2; i++) {
        cycle(own, FRAMES);
    }
    for (uint64_t i = 0; i < SLOTS; i++) {
        CHECK_EQ(rtj_blocks_take(&own->rt, 0, &block), i);
        CHECK_EQ(block.cycle, i);
        rtj_blocks_give(&own->rt);
    }
    CHECK_EQ(own->rt.counts.skipped, 0);
    free_bench(own);
}

/* JACK goes through two cycles without us: nothing comes later for that. */
static void test_skipped_cycles(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (uint64_t i = 0; i < 12; i++) {
        if (i == 5) {
            own->cycles += 2;
            own->jump.frames = 2 * FRAMES;
        }
        cycle(own, FRAMES);
        own->jump.frames = 0;
        uint64_t number = own->cycles - 1 - LOOKAHEAD; /* 5 and 6 never came */
        int comes = i >= LOOKAHEAD && number != 5 && number != 6;
        check_out(own, comes ? (float)(number + 1) : 0, FRAMES);
        (void)answer(own, &block);
        CHECK_EQ(block.cycle, own->cycles - 1);
    }
    CHECK_EQ(own->rt.counts.lost + own->rt.counts.missing, 0); /* nobody was late */
    free_bench(own);
}

/* We run twice in one cycle: what was played in it stands. */
static void test_the_same_cycle_again(void)
{
    bench *own = new_bench();
    rtj_block block;
    cycle(own, FRAMES);
    (void)answer(own, &block);
    own->jump.frames = -FRAMES;
    own->fakes[OUT].buffer[0] = 7;
    own->fakes[MIDI_OUT].count = 1;
    rtj_blocks_run(&own->rt, FRAMES);
    CHECK_EQ(own->fakes[OUT].buffer[0], 7);
    CHECK_EQ(own->fakes[MIDI_OUT].count, 1);
    CHECK(!rtj_blocks_ready(&own->rt));
    free_bench(own);
}

static void test_another_blocksize(void)
{
    bench *own = new_bench();
    rtj_block block;
    for (int i = 0; i < LOOKAHEAD; i++) {
        cycle(own, FRAMES);
        (void)answer(own, &block);
    }
    for (int i = 0; i < LOOKAHEAD; i++) {
        cycle(own, FRAMES / 2);
        check_out(own, 0, FRAMES / 2);
        (void)answer(own, &block);
        CHECK_EQ(block.frames, FRAMES / 2);
    }
    CHECK_EQ(own->rt.counts.resized, LOOKAHEAD * FRAMES);
    cycle(own, FRAMES / 2);
    check_out(own, LOOKAHEAD + 1, FRAMES / 2);
    cycle(own, 2 * FRAMES); /* more than the slots hold */
    CHECK_EQ(own->rt.counts.lost, 2 * FRAMES);
    check_out(own, 0, 2 * FRAMES);
    CHECK_EQ(own->rt.counts.missing, 0);
    free_bench(own);
}

static void test_not_running(void)
{
    bench *own = new_bench();
    atomic_store(&own->rt.running, 0);
    own->fakes[OUT].buffer[0] = 1;
    own->fakes[MIDI_OUT].count = 1;
    cycle(own, FRAMES);
    check_out(own, 0, FRAMES);
    CHECK_EQ(own->fakes[MIDI_OUT].count, 0);
    CHECK(!rtj_blocks_ready(&own->rt));
    free_bench(own);
}

/* Events that no port has room for, or that have no port, are counted. */
static void test_midi_that_finds_no_place(void)
{
    bench *own = new_bench();
    rtj_midi_blocks *midi = &own->rt.midi;
    own->fakes[MIDI_OUT].room = 1;
    char large[BOX / 2] = {0};
    CHECK_EQ(rtj_midi_blocks_answer(midi, 0, MIDI_OUT + 1, 0, "abc", 3), 0);
    CHECK_EQ(rtj_midi_blocks_answer(midi, 0, MIDI_OUT + 1, 5, "abc", 3), 0);
    CHECK_EQ(rtj_midi_blocks_answer(midi, 0, 99, 0, "abc", 3), 0);
    CHECK_EQ(rtj_midi_blocks_answer(midi, 0, MIDI_OUT + 1, 0, large, sizeof large), -1);
    for (int i = 0; i <= LOOKAHEAD; i++) {
        cycle(own, FRAMES);
    }
    CHECK_EQ(own->fakes[MIDI_OUT].count, 1);
    CHECK_EQ(rtj_midi_blocks_lost(midi), 3);
    free_bench(own);
}

/* ---- all at once ---- */

enum { CYCLES = 40000 };

static void *answer_all(void *data)
{
    bench *own = data;
    rtj_block block;
    uint64_t answered = 0;
    while (atomic_load(&own->rt.running) || rtj_blocks_ready(&own->rt)) {
        if (rtj_blocks_ready(&own->rt)) {
            (void)answer(own, &block);
            answered++;
        } else if (rtj_blocks_may_wait(&own->rt)) {
            (void)rtj_wake_wait(&own->rt.wake, -1);
        }
    }
    return (void *)(uintptr_t)answered;
}

/* Ports are published again and again; the ones that are used stay. */
static void *change_ports(void *data)
{
    bench *own = data;
    rtj_block_port *fewer[] = {own->list[MIDI_OUT], own->list[OUT], own->list[IN],
                               own->list[MIDI_IN]};
    rtj_block_ports other = {4, FRAMES, 1, fewer};
    while (atomic_load(&own->rt.running)) {
        atomic_store(&own->rt.ports, &other);
        atomic_store(&own->rt.ports, &own->set);
    }
    return NULL;
}

static void test_all_at_once(void)
{
    bench *own = new_bench();
    pthread_t answering, changing;
    CHECK_EQ(pthread_create(&answering, NULL, answer_all, own), 0);
    CHECK_EQ(pthread_create(&changing, NULL, change_ports, own), 0);
    uint64_t silent = 0, played = 0, events = 0;
    for (uint64_t i = 0; i < CYCLES; i++) {
        cycle(own, FRAMES);
        float first = own->fakes[OUT].buffer[0];
        CHECK(first == 0 || first == (float)(i - LOOKAHEAD + 1));
        check_out(own, first, FRAMES);
        silent += first == 0;
        played += first != 0;
        events += own->fakes[MIDI_OUT].count;
        if (i % 3 == 0) {
            (void)usleep(i % 100 == 0 ? 200 : 1); /* let the others have their turn */
        }
    }
    void *answered;
    atomic_store(&own->rt.running, 0);
    rtj_wake_set(&own->rt.wake);
    CHECK_EQ(pthread_join(answering, &answered), 0);
    CHECK_EQ(pthread_join(changing, NULL), 0);
    const rtj_block_counts *counts = &own->rt.counts;
    CHECK_EQ((silent - LOOKAHEAD) * FRAMES, counts->missing);
    CHECK_EQ((uintptr_t)answered * FRAMES + counts->lost + counts->skipped,
             CYCLES * FRAMES);
    size_t size;
    for (; rtj_mailbox_peek(own->rt.midi.out, &size) != NULL; events++) {
        rtj_mailbox_drop(own->rt.midi.out);
    }
    for (; rtj_mailbox_peek(own->rt.midi.in, &size) != NULL; events++) {
        rtj_mailbox_drop(own->rt.midi.in);
    }
    CHECK_EQ(events + rtj_midi_blocks_lost(&own->rt.midi), CYCLES);
    CHECK(played > CYCLES / 100);
    printf("%llu of %d blocks crossed, %llu were late\n", (unsigned long long)played,
           CYCLES, (unsigned long long)(silent - LOOKAHEAD));
    free_bench(own);
}

int main(void)
{
    check_deadline(100);
    test_answers_come_lookahead_blocks_later();
    test_underflow();
    test_overflow();
    test_overflow_of_inputs_alone();
    test_skipped_cycles();
    test_the_same_cycle_again();
    test_another_blocksize();
    test_not_running();
    test_midi_that_finds_no_place();
    test_all_at_once();
    return 0;
}

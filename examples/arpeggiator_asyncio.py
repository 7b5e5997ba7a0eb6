"""An arpeggiator in asyncio: the keys that are held are played one after the other.

    python arpeggiator_asyncio.py [BEATS_PER_MINUTE [MILLISECONDS]]

Four notes a beat.  One task listens to the keys, the other sends each note some time
before it is due, by default 50 ms: C in the audio thread plays it at its frame.
Ctrl-C ends it.
"""

import asyncio
import sys

import jack

tempo = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
early = float(sys.argv[2]) if len(sys.argv) > 2 else 50.0
client = jack.Client("arpeggiator")
keys = client.midi_inports.register("in")
out = client.midi_outports.register("out")
step = round(client.samplerate * 60 / tempo / 4)  # frames
held = []  # notes, in the order in which the keys went down
pressed = asyncio.Event()


async def listen():
    async for _, event in keys:
        status, note, velocity = (event + b"\0\0")[:3]
        if status & 0xE0 == 0x80:
            if note in held:
                held.remove(note)
            if status & 0xF0 == 0x90 and velocity:
                held.append(note)
                pressed.set()


async def play():
    ahead = round(client.samplerate * early / 1000)  # frames
    while True:
        if not held:
            pressed.clear()
            await pressed.wait()
            due, turn = client.frame_time + ahead, 0
        note = held[turn % len(held)]
        out.send((0x90, note, 100), due)
        out.send((0x80, note, 0), due + step // 2)
        due, turn = due + step, turn + 1
        wait = (due - ahead - client.frame_time) / client.samplerate
        await asyncio.sleep(max(wait, 0))


async def main():
    client.activate()
    keys.fileno()  # keep what comes from now on
    print("ready", flush=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen())
        tasks.create_task(play())


try:
    with client:
        asyncio.run(main())
except KeyboardInterrupt:
    pass

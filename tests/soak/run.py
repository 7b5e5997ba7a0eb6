"""Streams, MIDI, a changing graph and restarts of the server, all at once, for long.

A server freewheels, and waits for its clients, so that nothing may be lost: each frame and
each message that was written has to come back, in order, and each event of the graph. Every
few seconds it goes, in turn by itself, by SIGTERM and by SIGKILL; all clients have to hear
of it, and a new one begins.
"""

import argparse
import gc
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
os.environ["JACK_NO_START_SERVER"] = "1"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"

import jack  # noqa: E402
from soak import traffic  # noqa: E402
from support import footprint, servers  # noqa: E402
from support.waiting import wait_for  # noqa: E402

ENDS = ("by itself", "SIGTERM", "SIGKILL")


class Epoch:
    """One server's time."""

    def __init__(self, folder):
        self.server = servers.Jackd2(folder, options=("-r", "-S"))
        self.clients = []
        self.draining = False
        loop, thru = self.open("loop"), self.open("thru")
        sender, receiver = self.open("sender"), self.open("receiver")
        midi_out = sender.midi_outports.register("out")
        midi_in = receiver.midi_inports.register("in")
        self.stream = loop.open_stream(["in"], ["out"], lookahead=traffic.LOOKAHEAD)
        thru.inports.register("in")
        thru.outports.register("out")
        thru.gain("in", "out", 1.0)
        self.block = loop.blocksize
        self.pacer = traffic.Pacer(self.server.name, self.may_go_on)
        self.clients.append(self.pacer.client)
        self.writer = traffic.Writer(loop, self.stream, self.pacer.moved)
        self.reader = traffic.Reader(loop, self.stream, self.pacer.moved)
        self.receiver = traffic.Receiver(receiver, midi_in)
        self.sender = traffic.Sender(sender, midi_out, self.pacer, self.receiver)
        self.churn = traffic.Churn(self.server.name, self.pacer)
        self.clients.append(self.churn.client)
        self.listener = traffic.Listener(self.open("listener"), self.churn.planned)
        self.churn.listener = self.listener
        for client in self.clients:
            client.activate()
        self.thru = thru
        loop.connect("thru:out", "loop:in")
        loop.connect("loop:out", "thru:in")
        loop.connect(midi_out, midi_in)
        self.parts = [self.writer, self.reader, self.sender, self.receiver, self.listener]
        self.parts += [self.churn]

    def open(self, name):
        self.clients.append(jack.Client(name, servername=self.server.name))
        return self.clients[-1]

    def may_go_on(self, cycles):
        """The ring has room for what comes, and enough of what goes."""
        behind = (cycles - traffic.LOOKAHEAD // 2) * self.block
        written = self.draining or self.writer.written >= behind
        return written and self.reader.read >= behind

    def start(self):
        self.stream.start()
        self.thru.set_freewheel(True)
        for part in self.parts:
            part.start()

    def failures(self):
        return [part.error for part in self.parts if part.error and not part.gone]

    @property
    def stats(self):
        return self.stream.stats

    def run(self, seconds, most):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.pacer.cycles < most and not self.failures():
            time.sleep(0.05)

    def finish(self):
        """Everything that is under way arrives; the failures."""
        failures = [part.end() for part in (self.writer, self.sender, self.churn)]
        self.draining = True  # silence follows
        self.pacer.moved()
        if not any(failures) and not self.failures():
            wait_for(self.has_arrived, 60, "all that was sent has come")
        failures += [part.end() for part in (self.reader, self.receiver, self.listener)]
        self.pacer.freely = True
        self.pacer.moved()
        self.thru.set_freewheel(False)
        if dropped := self.sender.port.stats.dropped:
            failures.append(f"{dropped} messages were dropped")
        return [*failures, *self.not_accounted_for()]

    def has_arrived(self):
        came = self.reader.heard, self.receiver.received, self.listener.received
        went = self.writer.written, self.sender.sent, len(self.churn.planned)
        assert came == went, f"{came} of {went}"
        return True

    def not_accounted_for(self):
        """What is missing must have been counted; of the rest, nothing may be missing."""
        if self.reader.skipped > self.stats.lost + self.stats.late:
            yield f"{self.reader.skipped} frames are missing, counted are {self.stats}"
        if lost := self.listener.queue.lost:
            yield f"{lost} events found no room"
        stats = self.receiver.port.stats
        if stats.overflow or stats.lost:
            yield f"messages were lost: {stats}"

    def lose(self, how):
        """The server goes in the middle of it all; the failures."""
        if how == "SIGKILL":
            self.server.kill()
        else:
            self.server.end()
        self.pacer.freely = True
        self.pacer.moved()
        failures = [part.end() for part in self.parts]
        failures += self.not_accounted_for()
        self.listener.rest()
        for client in self.clients:
            if not client.wait_closed(20):
                failures.append(f"{client.name} was not told of the server's end")
        if self.listener.shutdowns != 1:
            failures.append(f"{self.listener.shutdowns} events told of the server's end")
        return failures

    def close(self):
        for client in self.clients:
            client.close()
        self.server.end()


class Totals:
    def __init__(self):
        self.counts = dict.fromkeys(
            "cycles frames missing silent messages events ports clients waits".split(), 0
        )
        self.servers = dict.fromkeys(ENDS, 0)

    def add(self, epoch, how):
        counted = {
            "cycles": epoch.pacer.cycles,
            "frames": epoch.reader.heard - epoch.reader.skipped,
            "missing": epoch.reader.skipped,
            "silent": epoch.reader.silent,
            "messages": epoch.receiver.received,
            "events": epoch.listener.received,
            "ports": epoch.churn.rounds,
            "clients": epoch.churn.guests,
            "waits": epoch.pacer.late,
        }
        for name, count in counted.items():
            self.counts[name] += count
        self.servers[how] += 1

    def __str__(self):
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        servers = ", ".join(f"{count} ended {how}" for how, count in self.servers.items())
        return f"{counts}; servers: {servers}"


def one_server(folder, how, seconds, cycles, totals):
    """The failures of one server's time."""
    epoch = Epoch(folder)
    try:
        epoch.start()
        epoch.run(seconds, cycles)
        failures = epoch.finish() if how == "by itself" else epoch.lose(how)
    finally:
        epoch.close()
    totals.add(epoch, how)
    return [failure for failure in failures if failure]


def more(before, now):
    """What must not grow from one server's time to the next."""
    names = ("descriptors", "threads", "shared memory")
    return [f"{n}: {before[n]} became {now[n]}" for n in names if now[n] > before[n]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--cycles", type=int, default=10_000_000, help="at the most")
    parser.add_argument("--each", type=float, default=20, help="seconds for each server")
    options = parser.parse_args()
    begin, totals, failures, number, resting = time.monotonic(), Totals(), [], 0, None
    with tempfile.TemporaryDirectory() as folder:
        while not failures and (
            time.monotonic() - begin < options.seconds
            and totals.counts["cycles"] < options.cycles
        ):
            how = ENDS[number % len(ENDS)]
            left = options.cycles - totals.counts["cycles"]
            seconds = min(options.each, options.seconds - (time.monotonic() - begin))
            failures = one_server(pathlib.Path(folder), how, seconds, left, totals)
            number += 1
            gc.collect()
            now = footprint.held()
            print(f"{time.monotonic() - begin:.0f} s: {totals}; {now}", flush=True)
            if number % len(ENDS) == 0:
                resting = resting or now
                failures += more(resting, now)
    for failure in failures:
        print(f"FAILED: {failure!r}")
    print("nothing is missing" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

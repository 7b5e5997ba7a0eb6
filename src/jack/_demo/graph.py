"""The graph: three clients, through which a recording goes block by block."""

import abc
import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import jack
from jack._demo.echo import Echo
from jack._demo.options import Options
from jack._demo.refusal import Refusal
from jack._demo.sound import Sound

PILOT = np.float32(2**-20)  # -120 dB
PATIENCE = 15.0  # s without any progress


@dataclasses.dataclass
class Place:
    """A server: ours (`own`) or one that ran before."""

    name: str | None
    own: bool
    description: str


def find_server(
    options: Options, samplerate: int, stack: contextlib.ExitStack
) -> Place:
    """The server to use, as the options say; one that is started ends with `stack`."""
    running = options.server != "embedded" and jack.server_running(timeout=5)
    if options.server == "running" and not running:
        raise Refusal("no JACK server is running; try --server embedded")
    if running:
        return use_running(options, samplerate)
    blocksize = 256 if options.blocksize is None else options.blocksize
    try:
        server = jack.Server(samplerate=samplerate, blocksize=blocksize)
    except (ValueError, OverflowError) as error:
        raise Refusal(f"the embedded server can't be set up: {error}") from error
    stack.enter_context(server)
    description = f"embedded server, {samplerate} Hz, blocks of {blocksize} frames"
    return Place(server.name, True, description)


def use_running(options: Options, samplerate: int) -> Place:
    if options.blocksize is not None:
        raise Refusal("--blocksize is for the embedded server; add --server embedded")
    with contextlib.closing(jack.Client("demo-look", no_start_server=True)) as client:
        rate, blocksize = client.samplerate, client.blocksize
    if rate != samplerate:
        raise Refusal(
            f"the recording has {samplerate} Hz, but the running JACK server {rate} Hz; "
            "try --server embedded"
        )
    return Place(None, False, f"running server, {rate} Hz, blocks of {blocksize} frames")


def frames_between(start: int, end: int) -> int:
    """From one frame time to another; JACK counts them in 32 bits, round and round."""
    return (end - start + 2**31) % 2**32 - 2**31


class Take:
    """One passage of a recording; what the clients' callbacks and its caller share.

    Until start() the player sends a pilot value, far below what can be heard, which the
    echo passes on as it is.  When the recorder sees it the graph is in place.
    """

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.samples = samples
        self.in_place = threading.Event()
        self.go = False
        self.begin: int | None = None  # the frame time of the first block
        self.end: int | None = None  # the frame time of the last one
        self.sent: dict[int, tuple[int, int]] = {}  # frame time: position, length
        self.tape: dict[int, NDArray[np.float32]] = {}  # frame time: what came back
        self.position = 0
        self.finished = threading.Event()
        self.failure: BaseException | None = None
        self.seconds = 0.0
        self.xruns = 0

    def has_begun(self, now: int) -> bool:
        return self.begin is not None and frames_between(self.begin, now) >= 0

    def fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self.in_place.set()
        self.finished.set()

    def wait(self, event: threading.Event, update: Callable[[int], object]) -> None:
        """Wait for `event`, telling `update` how many frames went out meanwhile."""
        told, deadline = 0, time.monotonic() + PATIENCE
        done = False
        while not done:
            done = event.wait(0.05)
            if self.failure:
                raise self.failure
            if self.position > told:
                deadline = time.monotonic() + PATIENCE
                update(self.position - told)
                told = self.position
            if not done and time.monotonic() > deadline:
                raise jack.JackError(f"the server stood still for {PATIENCE:g} s")

    @property
    def breaks(self) -> int:
        """How many times the recorder's next block was not the next in time."""
        times = sorted(self.tape, key=lambda t: frames_between(self.begin or 0, t))
        lengths = [self.tape[t].shape[1] for t in times]
        pairs = zip(times, times[1:], lengths, strict=False)
        return sum(frames_between(a, b) != length for a, b, length in pairs)


class Node(abc.ABC):
    """A client of the graph with `count` inputs, outputs or both."""

    def __init__(self, place: Place, name: str, take: Take, ins: int, outs: int) -> None:
        self.take = take
        self.client = jack.Client(name, no_start_server=True, servername=place.name)
        self.inports = [self.client.inports.register(f"in_{n + 1}") for n in range(ins)]
        self.outports = [self.client.outports.register(f"out_{n + 1}") for n in range(outs)]
        self.client.set_process_callback(self.process)
        self.client.set_shutdown_callback(self.shut_down)

    def process(self, frames: int) -> None:
        try:
            self.cycle(self.client.last_frame_time, frames)
        except BaseException as error:
            self.take.fail(error)
            raise jack.CallbackExit from error

    @abc.abstractmethod
    def cycle(self, now: int, frames: int) -> None:
        """What it does with the block that begins at frame `now`."""

    def shut_down(self, status: jack.Status, reason: str) -> None:
        self.take.fail(jack.JackError(f"the server went away: {reason}"))

    def read(self) -> NDArray[np.float32]:
        return np.stack([port.get_array() for port in self.inports])

    def write(self, block: NDArray[np.float32]) -> None:
        for port, samples in zip(self.outports, block, strict=True):
            port.get_array()[:] = samples


class Player(Node):
    def cycle(self, now: int, frames: int) -> None:
        take = self.take
        block = np.full((len(self.outports), frames), PILOT)
        if take.go:
            if take.begin is None:
                take.begin = now
            block[:] = 0
            part = take.samples[:, take.position : take.position + frames]
            length = part.shape[1]
            block[:, :length] = part
            if length:
                take.sent[now] = take.position, length
                take.position += length
                if take.position == take.samples.shape[1]:
                    take.end = now
        self.write(block)


class EchoNode(Node):
    def __init__(self, place: Place, name: str, take: Take, ins: int, outs: int) -> None:
        super().__init__(place, name, take, ins, outs)
        self.echo = Echo(ins, self.client.samplerate)

    def cycle(self, now: int, frames: int) -> None:
        block = self.read()
        self.write(self.echo.process(block) if self.take.has_begun(now) else block)


class Recorder(Node):
    def cycle(self, now: int, frames: int) -> None:
        take, block = self.take, self.read()
        if not take.has_begun(now):
            if (block == PILOT).all():
                take.in_place.set()
        elif not take.finished.is_set():
            take.tape[now] = block
            if take.end is not None and frames_between(take.end, now) >= 0:
                take.finished.set()


def send_through(
    place: Place, source: Sound, freewheel: bool, update: Callable[[int], object]
) -> Take:
    """Play `source` through the graph; `update` is told of the frames that went out."""
    take = Take(source.samples)
    channels = len(source.samples)
    with contextlib.ExitStack() as stack:
        player = Player(place, "demo-player", take, 0, channels)
        stack.enter_context(player.client)
        echo = EchoNode(place, "demo-echo", take, channels, channels)
        stack.enter_context(echo.client)
        recorder = Recorder(place, "demo-recorder", take, channels, 0)
        recorder.client.set_xrun_callback(lambda delay: count_xrun(take))
        stack.enter_context(recorder.client)
        for a, b in ((player, echo), (echo, recorder)):
            for out, into in zip(a.outports, b.inports, strict=True):
                recorder.client.connect(out, into)
        if freewheel:
            recorder.client.set_freewheel(True)
            stack.callback(stop_freewheel, recorder.client)
        else:
            connect_loudspeakers(echo)
        take.wait(take.in_place, update)
        start = time.perf_counter()
        take.go = True
        take.wait(take.finished, update)
        take.seconds = time.perf_counter() - start
    return take


def count_xrun(take: Take) -> None:
    take.xruns += take.go


def stop_freewheel(client: jack.Client) -> None:
    if not client.closed:
        client.set_freewheel(False)


def connect_loudspeakers(echo: EchoNode) -> None:
    """So that one hears it; a single channel goes to both of two loudspeakers."""
    speakers = echo.client.get_ports(is_audio=True, is_input=True, is_physical=True)
    ports = echo.outports * 2 if len(echo.outports) == 1 else echo.outports
    for port, speaker in zip(ports, speakers, strict=False):
        echo.client.connect(port, speaker)


class Proof:
    """What came back, laid beside what the echo makes of the recording offline."""

    def __init__(self, take: Take, expected: NDArray[np.float32]) -> None:
        came_back = np.zeros_like(expected)
        is_back = np.zeros(expected.shape[1], bool)
        for moment, (position, length) in take.sent.items():
            if moment in take.tape:
                part = slice(position, position + length)
                came_back[:, part] = take.tape[moment][:, :length]
                is_back[part] = True
        same_bits = (came_back.view(np.uint32) == expected.view(np.uint32)).all(axis=0)
        self.expected = expected
        self.came_back = came_back
        self.sent = take.position
        self.back = int(is_back.sum())
        self.equal = int((is_back & same_bits).sum())

    @property
    def holds(self) -> bool:
        return self.sent == self.back == self.equal == self.expected.shape[1]

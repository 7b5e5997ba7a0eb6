"""JACK as a backend of mido: `mido.set_backend("jack.mido_backend")`.

Every mido port is a port of a JACK client of its own.  `open_input("synth:out")` makes one
and connects it with that port of another client; `virtual=True` makes one called like that,
for others to connect.  What goes wrong with JACK is an OSError, as mido has it.

Keywords of all open functions, beyond mido's own:

client_name -- the JACK client's name ("mido" otherwise); the port is then a virtual one.
servername -- the JACK server; JACK's own default otherwise.  Also for get_input_names() ...
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from mido import Message
from mido.ports import BaseInput, BaseIOPort, BaseOutput

import jack

API = "JACK"

_LOOK = 0.1  # seconds: how soon a callback's thread sees that it is to end
_PATIENCE = 1.0  # seconds: for JACK to go on by a block
_LONGEST = 1 << 20  # bytes that a message in pieces may have

_Callback = Callable[[Message], object]


def get_api_names() -> list[str]:
    return [API]


def get_devices(
    api: str | None = None, servername: str | None = None, **kwargs: Any
) -> list[dict[str, Any]]:
    """All MIDI ports: mido's inputs are those that give, its outputs those that take."""
    _check_api(api)
    with _errors(), _client(None, servername) as client:
        ports = client.get_ports(is_midi=True)
        return [
            {"name": port.name, "is_input": port.is_output, "is_output": port.is_input}
            for port in ports
        ]


def _check_api(api: str | None) -> None:
    if api not in (None, API):
        raise ValueError(f"unknown API {api!r}: there is {API!r} only")


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except jack.JackError as error:
        raise OSError(str(error)) from error


def _client(name: str | None, servername: str | None) -> jack.Client:
    return jack.Client(name or "mido", servername=servername, no_start_server=True)


def _find(client: jack.Client, name: str | None, sources: bool) -> jack.Port:
    """The port to connect with: by its name, the first of a client called so, or any."""
    ports = client.get_ports(is_midi=True, is_output=sources, is_input=not sources)
    ports = [port for port in ports if not client.owns(port.name)]
    if name is None:
        if not ports:
            raise OSError(f"there is no MIDI {'source' if sources else 'destination'}")
        return next((port for port in ports if port.is_physical), ports[0])
    for port in ports:
        if name == port.name or name in port.aliases:
            return port
    for port in ports:
        if port.name.startswith(name + ":"):
            return port
    raise OSError(f"unknown port {name!r}")


class _Port:
    """What inputs, outputs and both in one have in common."""

    _locking = False  # jack's ports are for any number of threads
    _device_type = API
    _client: jack.Client
    _source: jack.OwnMidiPort | None = None  # where messages come in
    _sink: jack.OwnMidiPort | None = None  # where they go out
    _closing = False

    name: str | None
    is_input: bool
    is_output: bool

    def _open(
        self,
        client_name: str | None = None,
        virtual: bool = False,
        api: str | None = None,
        callback: _Callback | None = None,
        servername: str | None = None,
        **kwargs: Any,
    ) -> None:
        _check_api(api)
        self.api = API
        self._callback: _Callback | None = None
        self._thread: threading.Thread | None = None
        self._turn = threading.RLock()  # of setting the callback
        self._begun = bytearray()  # a system exclusive message's pieces so far
        virtual = virtual or client_name is not None
        if virtual and self.name is None:
            raise OSError("a virtual port must have a name")
        with _errors():
            self._client = _client(client_name, servername)
        try:
            with _errors():
                self._register(virtual)
        except BaseException:
            self._client.close()
            raise
        self._set_callback(callback)

    def _register(self, virtual: bool) -> None:
        client = self._client
        both = self.is_input and self.is_output
        name = self.name if virtual and self.name is not None else None
        if self.is_input:
            shortname = f"{name} in" if both and name else name or "in"
            self._source = client.midi_inports.register(shortname)
            self._source.fileno()  # keep what comes from now on
        if self.is_output:
            shortname = f"{name} out" if both and name else name or "out"
            self._sink = client.midi_outports.register(shortname)
        client.activate()
        if not virtual:
            self._connect()

    def _connect(self) -> None:
        names = []
        if self._source is not None:
            source = _find(self._client, self.name, sources=True)
            self._client.connect(source, self._source)
            names.append(source.name)
        if self._sink is not None:
            sink = _find(self._client, self.name, sources=False)
            self._client.connect(self._sink, sink)
            names.append(sink.name)
        self.name = " + ".join(names)
        # JACK connects between two blocks: what is sent before that is heard by nobody.
        before = self._client.stats.cycles
        self._wait_until(lambda: self._client.stats.cycles >= before + 2)

    def _wait_until(self, done: Callable[[], bool]) -> None:
        deadline, client = time.monotonic() + _PATIENCE, self._client
        while not client.closed and not done() and time.monotonic() < deadline:
            time.sleep(0.001)

    def _close(self) -> None:
        self._closing = True
        self._set_callback(None)
        sink = self._sink
        if sink is not None:  # a program often sends and leaves
            self._wait_until(lambda: sink.stats.queued == 0)
        client = self._client
        with _errors():
            client.close()
        # The ports keep a file descriptor each for as long as they are referred to.
        del self._client
        self._source = self._sink = None

    # ---- output

    def _send(self, message: Message) -> None:
        sink = self._sink
        if sink is None:
            raise ValueError("send() called on a port that is being closed")
        with _errors():
            sink.send(bytes(message.bytes()))

    # ---- input

    def _receive(self, block: bool = True) -> Message | None:
        """The next message; None when there is none, or the port was closed meanwhile."""
        try:
            while True:
                message = self._next(None if block else 0)
                if message is not None or block:  # mido asks again then
                    return message
        except TimeoutError:
            return None
        except jack.JackError as error:
            if self._closing:
                return None
            raise OSError(str(error)) from error

    def _next(self, timeout: float | None) -> Message | None:
        """The next message; None when what came is none that mido knows, or not all of one."""
        source = self._source
        if source is None:  # closed just now
            return None
        _, data = source.receive(timeout)
        try:
            return Message.from_bytes(self._whole(data))
        except ValueError:
            return None

    def _whole(self, data: bytes) -> bytes:
        """The event, and all of a system exclusive message with its last one; else nothing.

        PipeWire 1.4 gives such messages in pieces.
        """
        if data[:1] >= b"\xf8":  # comes between the pieces, too
            return data
        begun = self._begun
        if data[:1] >= b"\x80" and data != b"\xf7":
            begun.clear()
        begun += data
        if begun[:1] == b"\xf0" and begun[-1:] != b"\xf7" and len(begun) <= _LONGEST:
            return b""
        whole = bytes(begun)
        begun.clear()
        return whole

    # ---- callbacks

    @property
    def callback(self) -> _Callback | None:
        """Called with each message, in a thread of the port's; None: receive() has them.

        An exception of it goes to threading.excepthook, and the next message to it.
        """
        return self._callback

    @callback.setter
    def callback(self, function: _Callback | None) -> None:
        self._set_callback(function)

    def _set_callback(self, function: _Callback | None) -> None:
        with self._turn:
            self._callback = function
            thread = self._thread
            if function is not None and thread is None:
                self._thread = threading.Thread(
                    target=self._call_back, name=f"mido {self.name}", daemon=True
                )
                self._thread.start()
            elif function is None and thread is not None:
                self._thread = None
                if thread is not threading.current_thread():
                    thread.join()

    def _call_back(self) -> None:
        while (function := self._callback) is not None and not self._closing:
            try:
                message = self._next(_LOOK)
            except TimeoutError:
                continue
            except jack.JackError:
                if self._closing:
                    return
                raise  # the server is gone: threading.excepthook tells
            if message is not None:
                self._call(function, message)

    @staticmethod
    def _call(function: _Callback, message: Message) -> None:
        try:
            function(message)
        except Exception as error:
            threading.excepthook(
                threading.ExceptHookArgs(
                    (type(error), error, error.__traceback__, threading.current_thread())
                )
            )


class Input(_Port, BaseInput):  # type: ignore[misc]
    """An input port; `callback` may be set at any time."""


class Output(_Port, BaseOutput):  # type: ignore[misc]
    """An output port; messages go out with JACK's next block."""


class IOPort(_Port, BaseIOPort):  # type: ignore[misc]
    """Both in one JACK client; `name` may be a client's that has ports both ways."""

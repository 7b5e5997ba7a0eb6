"""A client that comes back: opened whenever its server is there."""

import contextlib
import os
import select
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Self

from jack._errors import JackError, JackOpenError, UsageError
from jack._jack import Client, Status, server_running
from jack._wiring import Wiring

# Seconds: how long a server may take to answer, how long its end may take to be noted.
_ANSWER = 1.0
_NOTED = 15.0


class Supervisor:
    """Keeps a client on a JACK server that may come, crash and come back.

    Iterating gives an active client each time that there is a server, and waits meanwhile:

        with jack.Supervisor("patchbay", setup) as supervisor:
            for client in supervisor:
                for event in client.events():
                    ...

    The next turn waits until that client has lost its server or was closed, closes it, and
    opens another one.  So does `async for`, with asyncio and trio.  Or let run() do it in the
    calling thread, or start() in one of its own, and be called back.  One at a time.

    Parameters
    ----------
    name : str
        The client's name.
    setup : callable, optional
        `setup(client)` is called with each new client before it is activated: the place to
        register ports and to set callbacks.  In coroutines it runs in another thread.
    connected, lost : callable, optional
        `connected(client)` is called when a client is active and has its connections,
        `lost(client)` when it has lost its server or was closed; in the thread that
        iterates, or in start()'s.
    restore : bool
        Connect the ports of a new client as those of the same names were when the server
        was lost, as soon as both ports of a connection are there.
    delays : (float, float)
        Seconds to wait before the second try to find a server, and at the most: the wait
        doubles from try to try.  libjack tells nobody when a server comes.
    client : type
        Called as Client is: a class derived from it.
    **options
        Further arguments of Client, `servername` for example.  A server is not started
        unless there is `no_start_server=False`.

    What `setup`, `connected` and `lost` raise comes out of the iteration, run() or start()'s
    thread, and ends the supervision; so does JackOpenError when a server is there and
    refuses, the name being taken for example.
    """

    def __init__(
        self,
        name: str,
        setup: Callable[[Client], object] | None = None,
        *,
        connected: Callable[[Client], object] | None = None,
        lost: Callable[[Client], object] | None = None,
        restore: bool = True,
        delays: tuple[float, float] = (0.1, 2.0),
        client: Callable[..., Client] = Client,
        **options: Any,
    ) -> None:
        for what, function in (("setup", setup), ("connected", connected), ("lost", lost)):
            if function is not None and not callable(function):
                raise TypeError(f"{what} must be callable, not {type(function).__name__}")
        first, longest = delays
        if not 0 < first <= longest:
            raise ValueError(f"delays must be two growing times above 0, got {delays!r}")
        self._name = name
        self._setup = setup
        self._when_connected = connected
        self._when_lost = lost
        self._restore = restore
        self._delays = delays
        self._make = client
        self._options = {"no_start_server": True, **options}
        self._wiring = Wiring()
        self._driver = threading.Lock()
        self._state = threading.RLock()  # of these three; stop() may come in a signal's handler
        self._stopped = False
        self._open_one: Client | None = None  # from before its setup on
        self._closer: threading.Thread | None = None  # stop()'s
        self._client: Client | None = None
        self._opened = False  # by the last try
        self._thread: threading.Thread | None = None
        self._follower: threading.Thread | None = None
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def __del__(self) -> None:
        try:
            os.close(self._wake_read)
            os.close(self._wake_write)
        except AttributeError:  # __init__() failed, or at exit this module's names went first
            pass

    # ---- from anywhere ----

    @property
    def client(self) -> Client | None:
        """The client that is active, or None."""
        return self._client

    @property
    def stopped(self) -> bool:
        """Whether stop() was called."""
        return self._stopped

    def stop(self) -> None:
        """End the supervision, from any thread, callback or signal handler.

        Returns at once.  The client is closed in another thread, so what waits for its
        events or its end comes to an end, too.
        """
        with self._state:
            self._stopped = True
            client = self._open_one
            if client is not None and self._closer is None:
                self._closer = threading.Thread(
                    target=client.close, name="jack-supervisor-stop", daemon=True
                )
                self._closer.start()
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"x")  # it stays readable for everybody

    def start(self) -> Self:
        """run() in a thread of its own, until stop() or the end of the `with` block."""
        if self._thread is not None:
            raise UsageError("the supervisor was started before")
        self._thread = threading.Thread(target=self.run, name="jack-supervisor", daemon=True)
        self._thread.start()
        return self

    def run(self) -> None:
        """Supervise in this thread until stop() is called."""
        for _ in self:
            pass

    def __enter__(self) -> Self:
        """The supervisor itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, wait for start()'s thread, and close the client."""
        self.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if self._driver.acquire(blocking=False):
            try:
                self._tell_lost(self._close())
            finally:
                self._driver.release()

    # ---- driving it ----

    def __iter__(self) -> Iterator[Client]:
        """Each new client, active."""
        with self._driving():
            for delay in self._tries():
                if delay:
                    select.select([self._wake_read], [], [], delay)
                elif self._open():
                    client = self._announced()
                    yield client
                    client.wait_closed()
                    self._tell_lost(self._close())

    def __aiter__(self) -> AsyncIterator[Client]:
        """Each new client, active; with asyncio or trio."""
        from jack import _asyncio

        return _asyncio.supervise(self)

    @contextlib.contextmanager
    def _driving(self) -> Iterator[None]:
        if not self._driver.acquire(blocking=False):
            raise UsageError("the supervisor is being iterated over already")
        try:
            self._tell_lost(self._close())  # left over from an iteration that was broken off
            yield
        except GeneratorExit:
            raise  # broken off now: the client stays, unless it was stopped
        except BaseException:
            self._close()
            raise
        finally:
            try:
                if self._stopped:
                    self._tell_lost(self._close())
            finally:
                self._driver.release()

    def _tries(self) -> Iterator[float]:
        """0 for a try to open, seconds for a pause before the next one."""
        first, longest = self._delays
        delay = first
        while not self._stopped:
            yield 0.0
            if self._opened:
                delay = first
            else:
                yield delay
                delay = min(2 * delay, longest)

    def _open(self) -> bool:
        """Whether there is an active client now."""
        self._opened = False
        if not self._is_there():
            return False
        try:
            client = self._make(self._name, **self._options)
        except JackOpenError as error:
            status = error.status
            refused = isinstance(status, Status) and not status.server_failed
            if refused and self._is_there():
                raise
            return False  # it went this moment, or has no room
        except JackError:
            return False  # it did not answer in time
        try:
            self._opened = self._bring_up(client)
        except JackError:
            # Of a server that goes just now the client may not have heard yet.
            if not (client.closed or self._stopped) and self._is_there():
                raise
        finally:
            if not self._opened:
                with self._state:
                    self._open_one = None
                client.close()
        return self._opened

    def _is_there(self) -> bool:
        return server_running(self._options.get("servername"), _ANSWER)

    def _bring_up(self, client: Client) -> bool:
        with self._state:
            if self._stopped:
                return False
            self._open_one = client
        if self._setup is not None:
            self._setup(client)
        events = client.events(*Wiring.KINDS, size=1 << 15) if self._restore else None
        client.activate()
        if events is not None:
            self._wiring.restore(client)
            self._follower = threading.Thread(
                target=self._wiring.follow, args=(client, events), name="jack-wiring", daemon=True
            )
            self._follower.start()
        self._client = client
        return True

    def _announced(self) -> Client:
        client = self._client
        assert client is not None
        if self._when_connected is not None:
            self._when_connected(client)
        return client

    def _close(self) -> Client | None:
        """The client that was open."""
        client, self._client = self._client, None
        with self._state:
            self._open_one, closer = None, self._closer
        if closer is not None:
            closer.join()
        if client is not None:
            client.close()
        if self._follower is not None:
            self._follower.join(_NOTED)
            self._follower = None
        return client

    def _tell_lost(self, client: Client | None) -> None:
        if client is not None and self._when_lost is not None:
            self._when_lost(client)

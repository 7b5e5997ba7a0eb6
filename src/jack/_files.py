"""Playing and recording sound files of any length: Client.play_file() and rec_file().

A thread moves the audio between the disk and a Stream.  The files are libsndfile's, by
way of the soundfile package (the extra rtjack[files]).
"""

import abc
import atexit
import itertools
import os
import select
import threading
import weakref
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jack._asyncio import await_file
from jack._errors import InputSyncError, JackError, OutputSyncError

if TYPE_CHECKING:
    from jack._jack import Client, OwnPort, Stream
    from typing_extensions import Self

_SLICE = 0.1  # seconds between two looks whether to stop
_AHEAD = 0.25  # seconds that a player reads ahead, unless told otherwise
_BEHIND = 4.0  # seconds that a recorder may be behind


class FileTransfer(abc.ABC):
    """A sound file that is played or recorded; from Client.play_file() or rec_file().

    A context manager that stops it.  After `done` the file is closed, and so is the
    stream, its ports gone.
    """

    def __init__(self, stream: "Stream", file: Any, frames: int | None) -> None:
        self._stream = stream
        self._ports = [*stream.inports, *stream.outports]
        self._file = file
        self._frames = frames
        self._frames_done = 0
        self._gaps = 0
        self._error: BaseException | None = None
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._descriptor = -1
        self._opening = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="jack file", daemon=True)

    def _start(self) -> "Self":
        _running.add(self)
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            try:
                self._work()
            finally:
                try:
                    self._file.close()
                finally:
                    self._stream.close()
        except BaseException as error:
            self._error = error
        finally:
            _running.discard(self)
            with self._opening:
                self._over.set()
                if self._descriptor >= 0:
                    os.eventfd_write(self._descriptor, 1)

    @abc.abstractmethod
    def _work(self) -> None:
        """Move the sound, until it is over or `_stopping` is set."""

    def _is_idle(self) -> bool:
        """After a JackError: whether the client is only not active; waits a little."""
        if self._stream.closed or self._stream.client.closed:
            return False
        self._stopping.wait(_SLICE / 2)
        return True

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; False when `timeout` seconds were not enough.

        Ctrl-C ends the wait, not the sound.  Raises what ended it before its time: an
        error of the file's, or JackError when the client was closed.
        """
        if not self._over.wait(timeout):
            return False
        if self._error is not None:
            raise self._error
        return True

    def stop(self) -> None:
        """End it and wait until the file is closed.  Raises as wait() does."""
        self._stopping.set()
        self.wait()

    close = stop

    def __await__(self) -> "Generator[Any, None, int]":
        """Wait until it is over, with asyncio or trio; gives `frames_done`.

        When the await is cancelled the transfer goes on; it can be awaited again, and by
        several tasks.  Raises as wait() does.
        """
        return await_file(self)

    def fileno(self) -> int:
        """A descriptor that is readable once it is over, for select and the like.

        It is the transfer's: don't read from it.
        """
        with self._opening:
            if self._descriptor < 0:
                self._descriptor = os.eventfd(self._over.is_set())
            return self._descriptor

    def __del__(self) -> None:
        try:
            if self._descriptor >= 0:
                os.close(self._descriptor)
        except AttributeError:  # at exit this module's names went first
            pass

    def _repr_html_(self) -> str:
        """For notebooks: how far it is, and a player for what is done."""
        from jack import _notebook

        return _notebook.html(self)

    def __enter__(self) -> "Self":
        """The handle itself."""
        return self

    def __exit__(self, *args: object) -> None:
        """stop()."""
        self.stop()

    @property
    def done(self) -> bool:
        """Whether it is over: finished, stopped, or ended by an error."""
        return self._over.is_set()

    @property
    def frames(self) -> int | None:
        """How many frames there are to do; None for a loop, or until stopped."""
        return self._frames

    @property
    def frames_done(self) -> int:
        """How many frames have been played, or written to the file."""
        return self._frames_done

    @property
    def gaps(self) -> int:
        """How many frames were silence because the disk, or this program, was too slow."""
        return self._gaps

    @property
    def path(self) -> str:
        """The file's path, as it was given."""
        return os.fsdecode(self._file.name)

    @property
    def ports(self) -> "list[OwnPort]":
        """The ports that were registered, by channel."""
        return list(self._ports)

    @property
    def error(self) -> BaseException | None:
        """What ended it before its time; None if nothing did."""
        return self._error


class _Player(FileTransfer):
    def __init__(self, stream: "Stream", file: Any, loop: bool) -> None:
        super().__init__(stream, file, None if loop else file.frames)
        self._loop = loop
        self._prefill = stream.latency

    def _work(self) -> None:
        chunk = max(self._prefill // 4, 64)
        written = 0
        for block in self._blocks(chunk):
            if not self._write(block):
                return
            written += len(block)
        while self._look() < written and not self._stopping.is_set():
            self._wait_for_block()
        self._let_out()

    def _let_out(self) -> None:
        """Let others take the last block, which they do later in the same cycle, before the
        ports go."""
        client = self._stream.client
        last = client.last_frame_time
        while (client.last_frame_time - last) % 2**32 < 2 * client.blocksize:
            if self._stopping.is_set():
                return
            self._wait_for_block()

    def _blocks(self, chunk: int) -> Iterator[Any]:
        while not self._stopping.is_set():
            block = self._file.read(chunk, dtype="float32", always_2d=True)
            if len(block):
                yield block
            elif self._loop:
                self._file.seek(0)
            else:
                return

    def _write(self, block: Any) -> bool:
        """Whether it was written; not when it is to be stopped."""
        while not self._stopping.is_set():
            try:
                self._stream.write(block, timeout=_SLICE)
                return True
            except TimeoutError:
                pass
            except OutputSyncError as error:
                self._gaps += error.frames
            except JackError:
                if not self._is_idle():
                    raise
            finally:
                self._look()
        return False

    def _look(self) -> int:
        done = max(0, self._stream.stats.played - self._prefill)
        self._frames_done = done
        return done

    def _wait_for_block(self) -> None:
        if self._stream.client.closed:
            raise JackError("the client was closed, or its server went away")
        descriptor = self._stream.write_fileno()
        if select.select([descriptor], [], [], _SLICE)[0]:
            os.read(descriptor, 8)


class _Recorder(FileTransfer):
    def __init__(self, stream: "Stream", file: Any, frames: int | None) -> None:
        import numpy  # which soundfile needs as well

        super().__init__(stream, file, frames)
        size = max(stream.client.samplerate // 4, 8192)
        self._block = numpy.zeros((size, len(stream.inports)), numpy.float32)
        self._filled = 0

    def _work(self) -> None:
        try:
            while not self._stopping.is_set() and self._left() > 0:
                self._take()
            self._take_rest()
        finally:
            self._flush()

    def _left(self) -> float:
        """Frames still to come."""
        if self._frames is None:
            return float("inf")
        return self._frames - self._frames_done - self._filled

    def _take(self) -> None:
        """One of JACK's blocks: what is lost is lost between two of them."""
        count = int(min(self._stream.client.blocksize, self._left()))
        if self._filled + count > len(self._block):
            self._flush()
        part = self._block[self._filled : self._filled + count]
        try:
            self._stream.read(count, out=part, timeout=_SLICE)
            self._filled += count
        except TimeoutError:
            pass
        except InputSyncError as error:
            self._gaps += error.frames
            self._add_silence(int(min(error.frames, self._left())))
        except JackError:
            if not self._is_idle():
                raise

    def _take_rest(self) -> None:
        """What had come in when it was stopped."""
        end = self._stream.stats.captured
        while self._left() > 0 and self._stream.read_available > 0:
            if self._stream.stats.captured - self._stream.read_available >= end:
                return
            self._take_part(self._stream.read_available)

    def _take_part(self, available: int) -> None:
        count = int(min(self._stream.client.blocksize, available, self._left()))
        if self._filled + count > len(self._block):
            self._flush()
        part = self._block[self._filled : self._filled + count]
        try:
            self._stream.read(count, out=part, timeout=0)
            self._filled += count
        except InputSyncError as error:
            self._gaps += error.frames
            self._add_silence(int(min(error.frames, self._left())))

    def _add_silence(self, frames: int) -> None:
        self._flush()
        self._block[:] = 0
        while frames > 0:
            self._filled = min(frames, len(self._block))
            frames -= self._filled
            self._flush()

    def _flush(self) -> None:
        self._file.write(self._block[: self._filled])
        self._frames_done += self._filled
        self._filled = 0


# At the interpreter's exit files are finished, before clients are closed.
_running: "weakref.WeakSet[FileTransfer]" = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    for transfer in list(_running):
        transfer._stopping.set()
        transfer._over.wait(5)


def _soundfile() -> Any:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError(
            "sound files need the soundfile package: pip install rtjack[files]"
        ) from error
    return soundfile


def _free_names(ports: Any, stem: str, count: int) -> list[str]:
    """Names for ports that are not taken."""
    names = (f"{stem}_{n}" for n in itertools.count(1))
    return list(itertools.islice((n for n in names if n not in ports), count))


def play_file(
    client: "Client",
    path: str | os.PathLike[str],
    ports: Sequence[str] | None = None,
    *,
    loop: bool = False,
    lookahead: int | None = None,
) -> FileTransfer:
    """See Client.play_file()."""
    file = _soundfile().SoundFile(path)
    try:
        if file.samplerate != client.samplerate:
            raise ValueError(
                f"the file has {file.samplerate} frames a second, but JACK runs at "
                f"{client.samplerate}: convert it first"
            )
        if file.frames == 0:
            raise ValueError("the file is empty")
        if ports is None:
            ports = _free_names(client.outports, "play", file.channels)
        if len(ports) != file.channels:
            raise ValueError(
                f"the file has {file.channels} channels, but {len(ports)} ports are named"
            )
        if lookahead is None:
            lookahead = max(4, round(_AHEAD * client.samplerate / client.blocksize))
        stream = client.open_stream(
            outputs=list(ports), lookahead=lookahead, keep_time=False
        )
    except BaseException:
        file.close()
        raise
    return _Player(stream, file, bool(loop))._start()


def rec_file(
    client: "Client",
    path: str | os.PathLike[str],
    channels: int | Sequence[str] = 2,
    *,
    frames: int | None = None,
    format: str | None = None,
    subtype: str | None = None,
) -> FileTransfer:
    """See Client.rec_file()."""
    if frames is not None and frames < 1:
        raise ValueError(f"frames must be at least 1, got {frames}")
    if isinstance(channels, int):
        channels = _free_names(client.inports, "rec", channels)
    if not channels:
        raise ValueError("channels must be at least 1")
    file = _soundfile().SoundFile(
        path,
        "w",
        samplerate=client.samplerate,
        channels=len(channels),
        format=format,
        subtype=subtype,
    )
    try:
        stream = client.open_stream(
            inputs=list(channels), buffersize=round(_BEHIND * client.samplerate)
        )
        stream.start()
    except BaseException:
        file.close()
        raise
    return _Recorder(stream, file, frames)._start()

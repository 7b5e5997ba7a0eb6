"""The exceptions of this module; the extension raises them."""

TYPE_CHECKING = False  # as typing has it, which would take long to load
if TYPE_CHECKING:
    from jack._jack import Status


class JackError(Exception):
    """Root of everything that goes wrong between a program and JACK."""


class JackErrorCode(JackError):
    """A function of libjack returned an error code.

    Attributes
    ----------
    message : str
        What was being done.
    code : int
        What libjack returned, for example 17 (``errno.EEXIST``) from
        `Client.connect()` when the connection exists already.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class JackOpenError(JackError):
    """A client could not be opened.

    Attributes
    ----------
    name : str
        The client name that was asked for.
    status : Status
        libjack's status bits, which say why.
    hint : str
        What to look at, in words; may be empty.
    """

    def __init__(self, name: str, status: "Status", hint: str = "") -> None:
        super().__init__(name, status, hint)
        self.name = name
        self.status = status
        self.hint = hint

    def __str__(self) -> str:
        text = f'Error initializing "{self.name}": {self.status}'
        return f"{text}: {self.hint}" if self.hint else text


class NotSupportedError(JackError):
    """The loaded JACK library lacks what was asked for; names both."""


class LibraryNotFoundError(JackError, OSError):
    """No JACK library could be loaded; says where it was looked for."""


class UsageError(JackError):
    """A function was called at a time when it can't be: before `activate()`, say."""


class NotConnectedError(JackError):
    """There is no connection to a JACK server: call `attach()` first."""


class LinkLostError(JackError):
    """The other end of a network link is gone; or it was, and is looked for."""


class _SyncError(JackError):
    def __init__(self, message: str, frame_time: int = 0, frames: int = 0) -> None:
        super().__init__(message, frame_time, frames)
        self.frame_time = frame_time
        self.frames = frames

    def __str__(self) -> str:
        return str(self.args[0])


class InputSyncError(_SyncError):
    """Audio that came in was lost, because the program did not read it in time.

    Attributes
    ----------
    frame_time : int
        JACK's frame time of the first frame that was lost.
    frames : int
        How many frames were lost.
    """


class OutputSyncError(_SyncError):
    """Silence was played, because the program did not write in time.

    Attributes
    ----------
    frame_time : int
        JACK's frame time of the first frame that was silent.
    frames : int
        How many frames were silent.
    """


class IsolatedError(JackError):
    """An isolated callback, its module or its `init` raised an exception.

    That exception lives in another interpreter; this is its description.

    Attributes
    ----------
    type : str
        The name of its type, for example ``"ZeroDivisionError"``.
    message : str
        Its text.
    traceback : str
        The traceback as Python prints it.
    """

    def __init__(self, type: str, message: str, traceback: str = "") -> None:
        super().__init__(type, message, traceback)
        self.type = type
        self.message = message
        self.traceback = traceback

    def __str__(self) -> str:
        text = f"{self.type}: {self.message}"
        if not self.traceback:
            return text
        return f"{text}; in the isolated interpreter:\n{self.traceback.rstrip()}"


class CallbackExit(Exception):
    """Raise this in a callback to end it: it is not called again, quietly."""


# Users know them as jack.JackError & co.: in tracebacks, and when pickled.
for _error in (
    JackError,
    JackErrorCode,
    JackOpenError,
    NotSupportedError,
    LibraryNotFoundError,
    UsageError,
    NotConnectedError,
    LinkLostError,
    InputSyncError,
    OutputSyncError,
    IsolatedError,
    CallbackExit,
):
    _error.__module__ = "jack"

"""What the demo can be told."""

import dataclasses


@dataclasses.dataclass
class Options:
    recording: str | None = None  # a path; None: a spoken sentence
    out: str | None = None  # a path; None: in the demo's folder
    server: str = "auto"  # or "embedded", "running"
    blocksize: int | None = None  # the embedded server's, in frames
    freewheel: bool = False
    realtime: bool = False

"""Properties of one subject as a mapping: what `Client.metadata` and `Port.metadata` are."""

import base64
import binascii
from collections.abc import Iterator, MutableMapping

from jack import _jack

_BYTES = "application/octet-stream;base64"


class Metadata(MutableMapping[str, "str | bytes"]):
    """The properties of a client or port: keys are URIs such as METADATA_PRETTY_NAME.

    A value is a str or bytes, by its type. Without a type, with a type of text (`text/...`)
    or one that is a URI it is a str. With another MIME type it is bytes; of one that ends
    with ``;base64``, which is how JACK keeps what is no text, the bytes that are meant.
    Setting a str gives no type, setting bytes `application/octet-stream;base64`; `set()`
    gives any other.

    Each look asks the server: it is the mapping of this moment, and others may change it.
    Raises KeyError for a key that is not there, TypeError and ValueError for what can't be
    set, JackError when the client is closed.
    """

    def __init__(self, client: _jack.Client, subject: "_jack.Client | _jack.Port") -> None:
        self._client = client
        self.subject = _jack.UUID(subject)

    def _all(self) -> dict[str, tuple[bytes, str]]:
        try:
            return _jack.get_properties(self.subject)
        except RuntimeError:
            if self._client.closed:
                raise
            return {}  # PipeWire's answer for a subject without any

    def __getitem__(self, key: str) -> "str | bytes":
        found = _jack.get_property(self.subject, key)
        if found is None:
            raise KeyError(key)
        return _value(*found)

    def __setitem__(self, key: str, value: "str | bytes") -> None:
        self.set(key, value)

    def __delitem__(self, key: str) -> None:
        if _jack.get_property(self.subject, key) is None:
            raise KeyError(key)
        self._client.remove_property(self.subject, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def set(self, key: str, value: "str | bytes", type: str | None = None) -> None:
        """Set a property and its type, a MIME type or URI.

        Bytes of a type that ends with ``;base64`` are encoded on the way.
        """
        if not isinstance(value, (str, bytes)):
            raise TypeError(f"value must be a str or bytes, not {_name_of(value)}")
        if type is None:
            type = _BYTES if isinstance(value, bytes) else ""
        if isinstance(value, bytes) and type.endswith(";base64"):
            value = base64.b64encode(value)
        self._client.set_property(self.subject, key, value, type)

    def type(self, key: str) -> str:
        """The type of a property, "" when it has none."""
        found = _jack.get_property(self.subject, key)
        if found is None:
            raise KeyError(key)
        return found[1]

    def clear(self) -> None:
        """Remove all properties of the subject."""
        self._client.remove_properties(self.subject)

    def __repr__(self) -> str:
        return f"<metadata of {self.subject}: {dict(self)}>"


def _name_of(value: object) -> str:
    return type(value).__name__


def _value(data: bytes, type: str) -> "str | bytes":
    mime, slash, _ = type.partition("/")
    if not slash or mime == "text" or ":" in mime:
        return data.decode("utf-8", "surrogateescape")
    if type.endswith(";base64"):
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error:
            return data  # not what it says
    return data

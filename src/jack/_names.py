"""Names, whoever chose them, as terminals, pictures and pages can show them."""

import re

# What moves the cursor, ends the line, or turns the direction of writing.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
_NO_TEXT = "\ud800-\udfff\ufffe\uffff"  # neither UTF-8 nor XML has these
_ON_A_TERMINAL = re.compile(f"[{_CONTROLS}]")
_IN_A_PICTURE = re.compile(f"[{_CONTROLS}{_NO_TEXT}]")


def shown(text: str, *, picture: bool = False) -> str:
    """Text with its control characters escaped as Python does it; for a picture or a page
    also what is no Unicode, which a terminal gets as the bytes that it is."""
    odd = _IN_A_PICTURE if picture else _ON_A_TERMINAL
    return odd.sub(lambda found: found[0].encode("unicode_escape").decode(), text)

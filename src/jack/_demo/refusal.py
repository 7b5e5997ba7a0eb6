"""The demo's own exception."""


class Refusal(ValueError):
    """What the user asked for can't be done; the message says why and what could."""

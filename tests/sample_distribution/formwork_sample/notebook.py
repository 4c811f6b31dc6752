"""A notice channel: writes every notice into a list, where tests can look at it."""

from engine.entities.changes import Send

NOTEBOOK: list[Send] = []


def send(notice: Send) -> None:
    """Keep one notice. A channel raises OSError when it could not deliver; it is then tried again later."""
    NOTEBOOK.append(notice)

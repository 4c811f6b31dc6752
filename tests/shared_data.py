"""The folder of real data that lies beside (or above) the repository; the tests that need it skip where it is missing."""

from __future__ import annotations

from pathlib import Path

ABOVE = tuple(Path(__file__).parents[1:])


def shared(name: str) -> Path | None:
    """A file of the folder; None where it is missing."""
    found = (folder / "shared" / "data" / name for folder in ABOVE)
    return next((file for file in found if file.is_file()), None)

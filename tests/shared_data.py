"""The folder of real data beside (or above) the repository; a test that needs a file of it skips where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

ABOVE = tuple(Path(__file__).parents[1:])


def shared(name: str) -> Path:
    """Where a file of the folder is; where it would be, if it is missing."""
    places = [folder / "shared" / "data" / name for folder in ABOVE]
    return next((file for file in places if file.is_file()), places[1])


def needs(name: str) -> pytest.MarkDecorator:
    """Skips a test where a file of the folder is missing."""
    return pytest.mark.skipif(not shared(name).is_file(), reason=f"{name} is not in shared/data beside the repository")

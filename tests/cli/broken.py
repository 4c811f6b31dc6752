"""A small app with mistakes, for tests of the command line."""

from __future__ import annotations

from pathlib import Path

from engine.packages.new_app import new_app


def broken_app(parent: Path) -> Path:
    """The folder of a fresh app with one misspelt key."""
    folder = parent / "broken"
    for inside, text in new_app("broken").items():
        path = folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("searchable: true", "serchable: true"), encoding="utf-8")
    return folder

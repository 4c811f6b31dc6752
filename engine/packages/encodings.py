"""Which encoding a file is in: its byte order mark says so; else UTF-8, if every byte of it is; else GB18030.

Spreadsheets in China save CSV files as GB18030 (GBK) unless told otherwise, and no file says that it is.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from engine.language.problems import Problem, Refused

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks and the encodings they announce."""

USUAL = ("utf-8", "gb18030")
"""What is tried where neither the file nor the mapping says anything, in this order."""

AT_ONCE = 1 << 20
"""Bytes looked at in one piece."""


def encoding_of(path: Path, declared: str | None) -> str:
    """The encoding of a file. Raises `Refused` (IMP-111) when it is in none that it could be in."""
    with path.open("rb") as stream:
        head = stream.read(4)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    tried = (marked,) if marked else (declared,) if declared else USUAL
    wrong = [_first_unreadable(path, name) for name in tried]
    for name, position in zip(tried, wrong, strict=True):
        if position is None:
            return name
    raise Refused((Problem("IMP-111", {"encoding": ", ".join(tried).upper(), "position": wrong[0]}),))


def is_encoding(name: str) -> bool:
    """Whether there is a text encoding of that name."""
    try:
        "".encode(name)
    except LookupError:
        return False
    return True


def _first_unreadable(path: Path, encoding: str) -> int | None:
    """The position of the first byte that an encoding cannot read; None when it reads all of them."""
    decoder = codecs.getincrementaldecoder(encoding)()
    begun = 0
    with path.open("rb") as stream:
        while True:
            part = stream.read(AT_ONCE)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(part, final=not part)
            except UnicodeDecodeError as error:
                return begun - waiting + error.start
            if not part:
                return None
            begun += len(part)

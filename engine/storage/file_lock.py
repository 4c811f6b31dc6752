"""Locks beside a SQLite file: one server serves it, one process migrates it. Others write through SQLite's own lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.language.problems import Problem, Refused

POSIX = os.name == "posix"
if POSIX:  # elsewhere there are no advisory locks of this kind, and SQLite's own lock is all there is
    import fcntl


class ServerLock:
    """Says that one server serves this SQLite file. It ends with the process, however that ends."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def release(self) -> None:
        """Let another server begin."""
        self._file.close()


def serve_alone(path: Path) -> ServerLock | None:
    """Become the one server of a file; refused with the other's process number."""
    if not POSIX:
        return None
    file = _opened(path, "serve")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "?"
        file.close()
        raise Refused((Problem("STO-112", {"file": str(path), "process": owner}),)) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return ServerLock(file)


@contextmanager
def hold_file(path: Path, purpose: str) -> Iterator[None]:
    """Wait until nobody else holds the file's lock for this purpose, and hold it."""
    with _opened(path, purpose) as file:
        if POSIX:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _opened(path: Path, purpose: str) -> IO[str]:
    """A file beside the database to hang an advisory lock on."""
    return path.with_name(f"{path.name}.{purpose}-lock").open("a+", encoding="utf-8")

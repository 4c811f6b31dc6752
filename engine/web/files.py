"""Our own style sheet, script and mark: read once, named by the hash of their bytes, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("static")
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served; `packed` is the same, compressed once at the start."""

    media_type: str
    content: bytes
    packed: bytes


@cache
def static_files() -> Mapping[str, StaticFile]:
    """All files by the name they are served under: formwork.css → formwork.0123456789ab.css."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in KINDS:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            found[f"{path.stem}.{digest}{path.suffix}"] = StaticFile(
                KINDS[path.suffix], content, gzip.compress(content, 9, mtime=0)
            )
    return found


@cache
def address_of(name: str) -> str:
    """The address of one of our files, by its plain name."""
    stem, _, kind = name.rpartition(".")
    for served in static_files():
        if served.startswith(f"{stem}.") and served.endswith(f".{kind}"):
            return f"/static/{served}"
    raise KeyError(name)

"""The files of one layer: names and bytes, nothing read yet.

A package that comes from a folder and one that comes from the database are the same thing here, so everything after
this module is one code path. Links, unknown endings and files beyond the limits are refused, so that a package can
never carry more than declarations and never reach outside its own folder.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.language.problems import Place, Problem, Refused

ENDINGS = (".yaml", ".yml", ".json", ".csv", ".md")
MAX_FILES = 2_000
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_TOTAL_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 4
_PART = re.compile(r"\w(?:[\w. -]*\w)?")


@dataclass(frozen=True)
class PackageFiles:
    """One layer as it was written: its name (the app's or module's id) and its files by POSIX path inside the layer."""

    name: str
    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """The content address of this layer alone: `sha256-` and 64 hexadecimal digits."""
        return content_digest((self,))


def content_digest(layers: Iterable[PackageFiles], pinned: Iterable[str] = ()) -> str:
    """The content address of layers together: SHA-256 over the sorted (layer, path, SHA-256 of the bytes).

    `pinned` are further lines that must count, such as the plugins with their versions. Lengths are written before
    each part, so that no two different sets of names can give the same text.
    """
    lines = [
        f"{len(layer.name)}:{layer.name} {len(path)}:{path} {hashlib.sha256(content).hexdigest()}"
        for layer in layers
        for path, content in layer.files.items()
    ]
    text = "\n".join([*sorted(lines), *(f"pinned {line}" for line in sorted(pinned))])
    return "sha256-" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def misnamed(layer: str, inside: str) -> Problem | None:
    """PKG-297 for a path inside a layer that could mean another place, or another file, on some machine."""
    parts = inside.split("/")
    sound = all(_PART.fullmatch(part) for part in parts) and unicodedata.is_normalized("NFKC", inside)
    if sound and len(parts) <= MAX_DEPTH + 1:
        return None
    shown = inside.encode(errors="backslashreplace").decode()
    return Problem("PKG-297", {"file": shown, "limit": MAX_DEPTH}, file_place(f"{layer}/{shown}"))


def read_folder(path: Path) -> PackageFiles:
    """Read one layer from a folder; raises `Refused` with every file that may not be in a package."""
    files, problems = scan_folder(path)
    if problems:
        raise Refused(problems)
    return files


def scan_folder(path: Path) -> tuple[PackageFiles, tuple[Problem, ...]]:
    """Read one layer from a folder: the files that may be read, and a problem for each that may not."""
    name = path.resolve().name
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    total = 0
    for entry, inside in _walk(path, ""):
        wrong = misnamed(name, inside)
        refused = _refusal(entry, inside, files, total)
        if wrong is not None:
            problems.append(wrong)
        elif refused is None:
            files[inside] = entry.read_bytes()
            total += len(files[inside])
        else:
            problems.append(Problem(refused[0], refused[1], file_place(f"{name}/{inside}")))
    return PackageFiles(name, files), tuple(problems)


def file_place(file: str) -> Place:
    """The place of a file as a whole: its first character."""
    return Place(file, 1, 1, 1, 1)


def _walk(folder: Path, prefix: str) -> Iterator[tuple[Path, str]]:
    """Every file below a folder in a fixed order, with its POSIX path; hidden files and folders are passed over."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if re.match(r"\.(?!\.)|__pycache__$", entry.name):
            continue
        inside = f"{prefix}{entry.name}"
        if entry.is_dir() and not entry.is_symlink() and inside.count("/") < MAX_DEPTH:
            yield from _walk(entry, inside + "/")
        else:
            yield entry, inside


def _refusal(
    entry: Path, inside: str, files: Mapping[str, bytes], total: int
) -> tuple[str, Mapping[str, object]] | None:
    """Why a file may not be read: a problem code with its parameters, or None."""
    if entry.is_symlink():
        return "PKG-281", {"file": inside}
    if entry.is_dir():
        return "PKG-282", {"file": inside, "limit": MAX_DEPTH}
    if not entry.is_file():
        return "PKG-296", {"file": inside}
    if entry.suffix not in ENDINGS:
        return "PKG-283", {"file": inside, "ending": entry.suffix, "allowed": ENDINGS}
    size = entry.stat().st_size
    if size > MAX_FILE_BYTES or total + size > MAX_TOTAL_BYTES or len(files) >= MAX_FILES:
        limit = f"{MAX_FILES} files, {MAX_FILE_BYTES} bytes each, {MAX_TOTAL_BYTES} bytes together"
        return "PKG-284", {"file": inside, "limit": limit}
    return None

"""A guide as a list of steps: what it tells to write, to run and to look at, read from its Markdown.

A fenced block is one of three things; anything else is a mistake of the guide, never skipped:

    ```yaml    a file to write; its first line names it: `# apps/bakery/rules/sales_order.yaml`
    ```sh      commands to run, one a line
    ```text    exactly what the block of commands before it prints; `…` stands for what differs from time to time

An item of a list with a link into the demonstration is something to look at: its first code span says who looks, its
words in bold are on that page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SITE = "http://127.0.0.1:8000"

_FENCE = re.compile(r"^( *)```(.*)$")
_FILE = re.compile(r"# (apps(?:/\w+){2,3}\.yaml)")
_LOOK = re.compile(rf"\]\({re.escape(SITE)}(/[^)\s]*)\)")
_WHO = re.compile(r"`(\w+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


class Unknown(Exception):
    """Something in a guide that is no step of any kind."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write."""

    line: int
    chapter: int
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """Commands to run; `told` is what they print as the guide says, with the line it begins at, or None."""

    line: int
    chapter: int
    commands: tuple[str, ...]
    told: str | None = None
    told_at: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """A page to open, who opens it, and what stands there."""

    line: int
    chapter: int
    login: str
    address: str
    words: tuple[str, ...]


Step = Write | Run | Look


def read_guide(path: Path) -> list[Step]:
    """The steps of a guide in their order; raises `Unknown` with file and line."""
    steps: list[Step] = []
    for line, chapter, kind, text in _pieces(path.read_text(encoding="utf-8").splitlines()):
        try:
            if kind == "text":
                steps[-1] = _told(steps[-1] if steps else None, text, line)
            else:
                steps.append(_step(line, chapter, kind, text))
        except Unknown as unknown:
            raise Unknown(f"{path.name}:{line}: {unknown}") from None
    return steps


def _pieces(lines: list[str]) -> Iterator[tuple[int, int, str, str]]:
    """Line, chapter, kind and text of every fenced block and of every item with a link into the demonstration."""
    chapter = 0
    numbered = enumerate(lines, start=1)
    for number, line in numbered:
        fence = _FENCE.match(line)
        if fence is not None:
            block = []
            for _, inside in numbered:
                if inside == f"{fence[1]}```":
                    break
                block.append(inside.removeprefix(fence[1]))
            yield number, chapter, fence[2], "\n".join(block)
        elif _LOOK.search(line):
            yield number, chapter, "look", line
        chapter += line.startswith("## ")


def _step(line: int, chapter: int, kind: str, text: str) -> Step:
    """One step."""
    match kind:
        case "yaml":
            named = _FILE.fullmatch(text.partition("\n")[0])
            if named is None:
                raise Unknown("the first line of a file names it: # apps/…/….yaml")
            return Write(line, chapter, named[1], text + "\n")
        case "sh":
            return Run(line, chapter, tuple(text.splitlines()))
        case "look":
            address, who, words = _LOOK.findall(text), _WHO.search(text), tuple(_BOLD.findall(text))
            if len(address) != 1 or who is None or not words:
                raise Unknown("who opens which page, and what stands there in bold?")
            return Look(line, chapter, who[1], address[0], words)
        case _:
            raise Unknown(f"no such kind of block: {kind or 'without a word'}")


def _told(step: Step | None, text: str, line: int) -> Run:
    """The commands before, with what they print."""
    if not isinstance(step, Run) or step.told is not None:
        raise Unknown("what is printed stands below the commands that print it")
    return Run(step.line, step.chapter, step.commands, text, line)


def as_told(told: str, printed: str) -> bool:
    """Whether what was printed is what the guide tells."""
    pattern = ".*".join(re.escape(part) for part in told.split("…"))
    return re.fullmatch(pattern, printed) is not None

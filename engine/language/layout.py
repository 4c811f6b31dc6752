"""The block structure of a YAML text, kept while its lines are read: which columns are open, and what fits there.

A line that stands in no open column is badly indented; but often it is the line before it that slipped. Which of the
two is blamed is decided by what the rest of the file does: people indent by even numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.language.punctuation import Finding


@dataclass
class Level:
    """An open block: its column, whether its entries are keys ("map") or dashes ("seq"), and its latest value.

    `last` is "empty" (a block may follow), "plain", "other" or "any" (broken already, anything may follow).
    """

    column: int
    kind: str
    line: int
    last: str = "any"
    count: int = 1
    mappings: bool = False
    """Whether an item of the list is a mapping."""
    scalars: list[Finding] = field(default_factory=list)
    """Items of the list that look like keys without a proper colon: mistakes if another item is a mapping."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A line that stands in no open column, and by how many columns the blamed line is to be moved to fit."""

    finding: Finding
    line: int
    shift: int


class Layout:
    """The stack of open blocks."""

    def __init__(self) -> None:
        self.levels: list[Level] = []

    @property
    def top(self) -> Level | None:
        """The innermost open block."""
        return self.levels[-1] if self.levels else None

    def enclosing(self, column: int) -> Level | None:
        """The innermost open block at or left of a column."""
        return next((level for level in reversed(self.levels) if level.column <= column), None)

    def push(self, column: int, kind: str, line: int) -> None:
        """Open a block."""
        self.levels.append(Level(column, kind, line))

    def note(self, last: str) -> None:
        """Say what the value of the latest entry was."""
        if self.levels:
            self.levels[-1].last = last

    def drop(self, level: Level) -> None:
        """Close every block inside a level."""
        while self.levels and self.levels[-1] is not level:
            self.levels.pop()

    def fit(self, column: int, kind: str, line: int) -> Misfit | None:
        """Enter a line at a column. None if it fits; else the mistake, and how far which line is to be moved."""
        left: list[Level] = []
        while self.levels and self.levels[-1].column > column:
            left.append(self.levels.pop())
        top = self.top
        if top is None:
            return self._root(column, kind, line, left)
        if top.column == column:
            return self._same(top, kind, line)
        if top.last in ("any", "empty") and not left:
            self.push(column, kind, line)
            return None
        return self._misfit(column, kind, line, left, top)

    def _root(self, column: int, kind: str, line: int, left: list[Level]) -> Misfit | None:
        """The first block of a file, or a line left of it."""
        if not left:
            self.push(column, kind, line)
            return None
        return self._misfit(column, kind, line, left, None)

    def _same(self, top: Level, kind: str, line: int) -> Misfit | None:
        """A line in the column of an open block."""
        if top.kind == kind:
            top.count += 1
            return None
        below = self.levels[-2] if len(self.levels) > 1 else None
        if top.kind == "seq" and below is not None and below.column == top.column:
            self.levels.pop()  # `key:` after a list that stands in the column of its own key
            below.count += 1
            return None
        if top.kind == "map" and top.last in ("empty", "any"):
            self.push(top.column, kind, line)
            return None
        top.count += 1
        return Misfit(Finding("YAML-138", line, top.column), line, 0)

    def _misfit(self, column: int, kind: str, line: int, left: list[Level], top: Level | None) -> Misfit | None:
        """Blame this line, or the only line of a block with an odd column when this one is even."""
        for level in [*reversed(left), *([top] if top else [])]:
            if level.count == 1 and level.column % 2 and column % 2 == 0 and level.line != line:
                self.drop_to(column)
                self.push(column, kind, line)
                self.levels[-1].count = 2
                return Misfit(Finding("YAML-138", level.line, level.column), level.line, column - level.column)
        nearest = left[-1] if left else None
        if nearest is not None and (top is None or nearest.column - column <= column - top.column):
            for level in reversed(left):
                self.levels.append(level)
                if level is nearest:
                    break
        meant = self.levels[-1]
        if meant.kind != kind:
            fitting = next((level for level in reversed(self.levels) if level.kind == kind), None)
            if fitting is not None:
                self.drop(fitting)
                meant = fitting
        meant.count += 1
        meant.last = "any"
        return Misfit(Finding("YAML-138", line, column), line, meant.column - column)

    def drop_to(self, column: int) -> None:
        """Close every block that begins at or right of a column, and the odd one next to it."""
        while self.levels and (self.levels[-1].column >= column or self.levels[-1].column == column - 1):
            self.levels.pop()

"""Reads the cells of a decision table against the types of its columns, each mistake with the place of its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem
from engine.language.scope import Scope, suggestion
from engine.language.types import ORDERED, Type
from engine.rules.cells import ANYTHING, Operand, Test
from engine.rules.index import BoundRow
from engine.rules.operands import bind_cell, bind_value
from engine.rules.rows import Cell, Raw, WrittenRow


@dataclass(slots=True)
class TableReader:
    """What the cells of one table are read with, and everything that was wrong so far.

    `inputs` and `outputs` are the columns with their types, None for one that is wrong itself. Where `dated`, the last
    input is the effective day, which rows test with `valid`.
    """

    rule: str
    place: Place | None
    scope: Scope
    inputs: Sequence[tuple[str, Type]]
    outputs: Sequence[tuple[str, Type | None]]
    dated: bool = False
    problems: list[Problem] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    @property
    def ordered(self) -> list[bool]:
        """Which inputs have values with an order."""
        return [isinstance(type_, ORDERED) for _, type_ in self.inputs]

    def row(self, written: WrittenRow, position: int) -> BoundRow:
        """One row with its tests and values."""
        name = written.id or str(position + 1)
        looked_at = [column for column, _ in self.inputs[: len(self.inputs) - self.dated]]
        given = [column for column, _ in self.outputs]
        when, then = written.split(looked_at, given)
        if when is None or then is None:
            self._wrong_size(written, name, (*looked_at, *given))
            return BoundRow(name, (), (), written.place)
        tests = self._tests([*when, written.valid] if self.dated else when, name, written.place)
        return BoundRow(name, tests, self._values(then, name, written.place), written.place)

    def default(self, written: WrittenRow) -> tuple[Operand, ...] | None:
        """The values when nothing hits."""
        given = tuple(column for column, _ in self.outputs)
        _, then = written.split([], given)
        if then is None:
            self._wrong_size(written, "default", given)
            return None
        return self._values(then, "default", written.place)

    def allowed(self, at: int, raw: Raw, place: Place | None) -> Test:
        """The test that every value of an input has to pass."""
        return ANYTHING if raw is None else self._tests([Cell(raw, place)], "allowed", place, at)[0]

    def ranks(self, at: int, values: Sequence[Raw], places: Sequence[Place | None]) -> list[object]:
        """The values of an output in their order."""
        column, type_ = self.outputs[at]
        where = {"rule": self.rule, "row": "values", "column": column}
        found = []
        for raw, place in zip(values, places, strict=True):
            operand, wrong = bind_value(raw, type_, self.scope, place, where)
            found.append(operand.value)
            self.problems += wrong
        return found

    def _tests(self, cells: Sequence[Cell | None], row: str, place: Place | None, first: int = 0) -> tuple[Test, ...]:
        """The tests of input cells from the column `first` on; a cell that is not written tests nothing."""
        tests: list[Test] = []
        for (column, type_), cell in zip(self.inputs[first:], cells, strict=False):
            if cell is None:
                tests.append(ANYTHING)
                continue
            where = {"rule": self.rule, "row": row, "column": column}
            test, wrong = bind_cell(cell.raw, type_, self.scope, cell.place or place, where)
            tests.append(test)
            self.problems += wrong
        return tuple(tests)

    def _values(self, cells: Sequence[Cell | None], row: str, place: Place | None) -> tuple[Operand, ...]:
        """The values of output cells."""
        values: list[Operand] = []
        for (column, type_), cell in zip(self.outputs, cells, strict=True):
            where = {"rule": self.rule, "row": row, "column": column}
            raw, at = (cell.raw, cell.place or place) if cell is not None else (None, place)
            value, wrong = bind_value(raw, type_, self.scope, at, where)
            values.append(value)
            self.problems += wrong
        return tuple(values)

    def _wrong_size(self, written: WrittenRow, row: str, columns: tuple[str, ...]) -> None:
        """The cells do not fit the columns: a name that is no column, told once for the table, or too few or many."""
        named = [name for name in written.names if name not in columns]
        where = {"rule": self.rule, "row": row}
        if named and named[0] not in self.unknown:
            told = {"name": named[0], "allowed": columns, "meant": suggestion(named[0], columns)}
            self.problems.append(Problem("RUL-537", {**where, **told}, written.place or self.place))
        elif not named:
            counted = {"found": written.size, "expected": len(columns), "columns": columns}
            self.problems.append(Problem("RUL-526", {**where, **counted}, written.place or self.place))
        self.unknown.update(named)

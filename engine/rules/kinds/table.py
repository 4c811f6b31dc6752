"""`table`: a decision table. Rows of conditions on some inputs, each with the values it gives.

    - id: discount
      kind: table
      inputs: [{id: level, value: customer.level}, {id: amount, value: total}]
      outputs: [{id: rate, set: discount_rate}]
      hit: F
      rows:
        - ["'gold'", "> 500",      0.10]
        - ["-",      "[200..500]", 0.05]
      default: [0]

Input cells are tests (`engine.rules.cells`); output cells are plain values, or formulas behind `=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PrivateAttr

from engine.language.catalogue import worded
from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.formula import Formula
from engine.language.problems import Place, Problem
from engine.language.scope import Scope
from engine.language.types import DateType, DecimalType, FlagType, RecordType, TextType, Type
from engine.rules.cells import ANYTHING, Operand, Test, operands
from engine.rules.cover import covered_rows
from engine.rules.frame import Frame, Labels, Path
from engine.rules.hits import BoundRow, WhyNot, find, why_not
from engine.rules.kinds.base import Key, RuleKind, keys_of, type_of
from engine.rules.operands import COLUMN_TYPES, bind_cell, bind_value
from engine.rules.rows import Cell, Row, WrittenRow

OUTPUT_TYPES: Mapping[str, Type] = {
    "number": DecimalType(),
    "text": TextType(),
    "flag": FlagType(),
    "date": DateType(),
}


class Input(Declared):
    """A column of conditions: what is looked at."""

    id: Identifier = Field(description="Id of the column")
    label: Label | None = Field(default=None, description="Heading")
    value: Formula = Field(description="What the cells of the column test")


class Output(Declared):
    """A column of results: the field it sets, or a value that later rules read as `table_id.output_id`."""

    id: Identifier = Field(description="Id of the column")
    label: Label | None = Field(default=None, description="Heading")
    set: FieldPath | None = Field(default=None, description="Field that gets the value: `rate`, or `lines.rate`")
    type: Literal["number", "text", "flag", "date"] = Field(
        default="number", description="Type of a value that sets no field"
    )


@dataclass(frozen=True, slots=True)
class TableSaid:
    """What a table said: the rows that hit (ids and places), the inputs by column, and the runner-up if asked for."""

    rows: tuple[tuple[str, Place | None], ...]
    inputs: tuple[tuple[str, object], ...]
    runner_up: WhyNot | None = None

    def why_not(self) -> Mapping[str, str] | None:
        """Why the runner-up was not taken, in both languages; None when there is none or nobody asked."""
        if self.runner_up is None:
            return None
        row = self.runner_up.row
        if self.runner_up.column is None:
            return {"zh": f"第 {row} 行也符合，但排在后面", "en": f"row {row} fits too, but comes later"}
        column, seen = self.inputs[self.runner_up.column]
        return {
            "zh": f"第 {row} 行最接近，但 {column} 是 {worded(seen, 'zh')}",
            "en": f"row {row} is closest, but {column} is {worded(seen, 'en')}",
        }


class Table(RuleKind):
    """A decision table: `F` takes the first row that matches, `U` demands that no two rows match."""

    phase: ClassVar[Literal["default", "value", "check"]] = "value"
    example: ClassVar[str] = """
- id: level_by_total
  kind: table
  inputs: [{id: total, value: total}]
  outputs: [{id: level, set: level}]
  rows:
    - {id: large, when: ['>= 1000'], then: [A]}
    - {id: small, when: ['-'], then: [C]}
"""
    kind: Literal["table"] = Field(description="table: decision table")
    each: Identifier | None = Field(default=None, description="Lines field: the table is asked for every line")
    inputs: tuple[Input, ...] = Field(description="Columns of conditions", min_length=1)
    outputs: tuple[Output, ...] = Field(description="Columns of results", min_length=1)
    hit: Literal["F", "U"] = Field(default="F", description="F: first row that matches; U: at most one row may match")
    rows: tuple[Annotated[WrittenRow, Row()], ...] = Field(
        description="Rows: a list of cells, inputs then outputs; or {id, when: […], then: […]}"
    )
    default: Annotated[WrittenRow, Row()] | None = Field(
        default=None, description="Results when no row matches: one value for each output"
    )

    _rows: tuple[BoundRow, ...] = PrivateAttr(default=())
    _default: tuple[Operand, ...] | None = PrivateAttr(default=None)

    @property
    def lines(self) -> str | None:
        """`each`, or the lines field of the first output that sets a field of lines."""
        named = (output.set.partition(".")[0] for output in self.outputs if output.set and "." in output.set)
        return self.each or next(named, None)

    def offers(self) -> Mapping[str, Type]:
        """The name under which later rules read the outputs that set no field."""
        free = {output.id: OUTPUT_TYPES[output.type] for output in self.outputs if output.set is None}
        return {self.id: RecordType(self.id, free)} if free else {}

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """Bind columns, then every cell of every row against the type of its column."""
        inputs, problems = self._input_types(scope)
        outputs, more = self._output_types(scope)
        yield from (*problems, *more)
        if len(inputs) != len(self.inputs):
            return
        read = [self._row(written, position, inputs, outputs, scope) for position, written in enumerate(self.rows)]
        wrong = [problem for _, problems in read for problem in problems]
        self._rows = tuple(row for row, _ in read)
        yield from wrong or self._never_first()
        if self.default is not None:
            yield from self._bind_default(self.default, outputs, scope)

    def _never_first(self) -> Iterator[Problem]:
        """Rows that can never decide, under the hit policy that takes the first."""
        for position, wider in covered_rows(self._rows) if self.hit == "F" else ():
            parameters = {"rule": self.id, "row": self._rows[position].id, "other": self._rows[wider].id}
            yield Problem("RUL-530", parameters, self.rows[position].place or self.place)

    def formulas(self) -> Iterator[Formula]:
        """The condition and the inputs."""
        yield from super().formulas()
        for column in self.inputs:
            yield column.value

    def reads(self) -> frozenset[Key]:
        """What conditions, inputs and the formulas in cells read."""
        cells = [operand for row in self._rows for test in row.tests for _, operand in operands(test)]
        cells += [operand for row in self._rows for operand in row.outputs]
        paths = {path for operand in cells if operand.expression is not None for path in operand.expression.paths}
        return super().reads() | keys_of(paths, self.lines)

    def writes(self) -> frozenset[Key]:
        """The fields and names of the outputs."""
        return frozenset(
            tuple(output.set.split(".")) if output.set is not None else (self.id, output.id) for output in self.outputs
        )

    def sentence(self, language: str, labels: Labels | None = None) -> str:
        """The label, or what the table looks at and gives."""
        if self.label is not None:
            return self.label.text(language)
        looked_at = [
            each.label.text(language) if each.label else each.value.expression.sentence(language, labels)
            for each in self.inputs
        ]
        given = [each.label.text(language) if each.label else each.id for each in self.outputs]
        comma = "、" if language == "zh" else ", "
        return f"{comma.join(looked_at)} → {comma.join(given)}"

    def judge(self, frame: Frame) -> None:
        """Ask the table for the record, or for each line."""
        for path in frame.each(self.lines):
            if frame.applies(self, path):
                self._ask(frame, path)

    def _ask(self, frame: Frame, path: Path) -> None:
        """Find the rows, write their values, keep the reasons."""
        scope = frame.scope
        inputs = [column.value.expression.evaluate(scope) for column in self.inputs]
        hits = find(self._rows, inputs, scope, every=self.hit == "U")
        if len(hits) > 1:
            frame.problems.append(self._ambiguous(hits, path))
        outputs = self._rows[hits[0]].outputs if hits else self._default
        values = tuple(operand.get(scope) for operand in outputs) if outputs else (None,) * len(self.outputs)
        outcome = "ambiguous" if len(hits) > 1 else "row" if hits else "default" if self._default else "no_row"
        runner_up = why_not(self._rows, inputs, scope, hits) if frame.explain else None
        named = tuple((column.id, value) for column, value in zip(self.inputs, inputs, strict=True))
        said = TableSaid(tuple((self._rows[hit].id, self._rows[hit].place) for hit in hits), named, runner_up)
        frame.step(self, path, outcome, values, None, said)
        for output, value in zip(self.outputs, values, strict=True):
            if output.set is not None:
                frame.set(path, output.set.rpartition(".")[2], value)
        if self.offers():
            frame.scope[self.id] = {output.id: value for output, value in zip(self.outputs, values, strict=True)}

    def _ambiguous(self, hits: Sequence[int], path: Path) -> Problem:
        """Several rows match under U."""
        rows = tuple(self._rows[hit].id for hit in hits)
        return Problem("RUL-505", {"rule": self.id, "rows": rows}, self.place, path)

    def _input_types(self, scope: Scope) -> tuple[list[Type], list[Problem]]:
        """The type of each input column; shorter than the columns when one is wrong."""
        types: list[Type] = []
        problems: list[Problem] = []
        for column in self.inputs:
            found = column.value.bind(scope)
            problems += found
            if found:
                continue
            type_ = column.value.expression.type
            if isinstance(type_, COLUMN_TYPES):
                types.append(type_)
            else:
                parameters = {"rule": self.id, "column": column.id, "type": type_.wording}
                problems.append(Problem("RUL-525", parameters, column.value.place or column.place))
        return types, problems

    def _output_types(self, scope: Scope) -> tuple[list[Type | None], list[Problem]]:
        """The type of each output column; None for one that is wrong."""
        types: list[Type | None] = []
        problems: list[Problem] = []
        for output in self.outputs:
            if output.set is None and self.lines is None:
                types.append(OUTPUT_TYPES[output.type])
                continue
            if output.set is None or (self.lines is not None) != ("." in output.set):
                problems.append(Problem("RUL-527", {"rule": self.id, "column": output.id}, output.place or self.place))
                types.append(None)
                continue
            type_, wrong = type_of(self, scope, output.set)
            types.append(type_)
            problems += wrong
        return types, problems

    def _row(
        self, written: WrittenRow, position: int, inputs: list[Type], outputs: list[Type | None], scope: Scope
    ) -> tuple[BoundRow, list[Problem]]:
        """One row with its tests and values."""
        name = written.id or str(position + 1)
        when, then = written.split([column.id for column in self.inputs], [column.id for column in self.outputs])
        if when is None or then is None:
            columns = (*(column.id for column in self.inputs), *(column.id for column in self.outputs))
            parameters = {"rule": self.id, "row": name, "found": written.size, "expected": len(columns)}
            problem = Problem("RUL-526", {**parameters, "columns": columns}, written.place or self.place)
            return BoundRow(name, (), (), written.place), [problem]
        tests, wrong = self._tests(when, inputs, scope, name, written.place)
        values, more = self._values(then, outputs, scope, name, written.place)
        return BoundRow(name, tests, values, written.place), [*wrong, *more]

    def _tests(
        self, cells: Sequence[Cell | None], types: Sequence[Type], scope: Scope, row: str, place: Place | None
    ) -> tuple[tuple[Test, ...], list[Problem]]:
        """The tests of a row's input cells; a cell that is not written tests nothing."""
        tests: list[Test] = []
        problems: list[Problem] = []
        for column, type_, cell in zip(self.inputs, types, cells, strict=True):
            where = {"rule": self.id, "row": row, "column": column.id}
            if cell is None:
                tests.append(ANYTHING)
                continue
            test, wrong = bind_cell(cell.raw, type_, scope, cell.place or place, where)
            tests.append(test)
            problems += wrong
        return tuple(tests), problems

    def _values(
        self, cells: Sequence[Cell | None], types: Sequence[Type | None], scope: Scope, row: str, place: Place | None
    ) -> tuple[tuple[Operand, ...], list[Problem]]:
        """The values of a row's output cells."""
        values: list[Operand] = []
        problems: list[Problem] = []
        for column, type_, cell in zip(self.outputs, types, cells, strict=True):
            where = {"rule": self.id, "row": row, "column": column.id}
            raw, at = (cell.raw, cell.place or place) if cell is not None else (None, place)
            value, wrong = bind_value(raw, type_, scope, at, where)
            values.append(value)
            problems += wrong
        return tuple(values), problems

    def _bind_default(self, written: WrittenRow, outputs: list[Type | None], scope: Scope) -> Iterator[Problem]:
        """The values when nothing hits."""
        _, then = written.split([], [column.id for column in self.outputs])
        if then is None:
            columns = tuple(column.id for column in self.outputs)
            parameters = {"rule": self.id, "row": "default", "found": written.size, "expected": len(columns)}
            yield Problem("RUL-526", {**parameters, "columns": columns}, written.place or self.place)
        else:
            self._default, problems = self._values(then, outputs, scope, "default", written.place)
            yield from problems

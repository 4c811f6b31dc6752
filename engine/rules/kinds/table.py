"""`table`: a decision table. Rows of conditions on some inputs, each with the values it gives.

    - id: discount
      kind: table
      inputs: [{id: level, value: customer.level}, {id: amount, value: total}]
      outputs: [{id: rate, set: discount_rate}]
      hit: F
      rows:
        - ["'gold'", "> 500",      0.10]
        - ["-",      "[200..500]", 0.05]
        - {id: spring, valid: "[2026-03-01..2026-05-31]", when: ["-", "< 200"], then: [0.01]}
      default: [0]

Input cells are tests (`engine.rules.cells`); output cells are plain values, or formulas behind `=`. A row that is only
`valid` for some days is asked for the effective day of the document. Hit policies: `engine.rules.policies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PrivateAttr

from engine.language.declared import Identifier
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import ChoiceType, DateType, DecimalType, RecordType, RowsType, Type
from engine.rules.bound_table import UNBOUND, BoundTable, reader_of
from engine.rules.cells import ANYTHING, Test, operands
from engine.rules.findings import Asked, Subject
from engine.rules.frame import Frame, Labels, Path
from engine.rules.index import Index
from engine.rules.kinds.base import Key, RuleKind, keys_of, type_of
from engine.rules.operands import COLUMN_TYPES
from engine.rules.policies import POLICIES, HitPolicy, Letter, Ranks, Verdict
from engine.rules.rows import Row, WrittenRow
from engine.rules.table_columns import OUTPUT_TYPES, VALID, Input, Output
from engine.rules.table_rows import TableReader


class Table(RuleKind):
    """A decision table: rows of tests, each with what it gives; the hit policy says what becomes of rows that match."""

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
    hit: Letter = Field(default="F", description="; ".join(f"{letter}: {each.en}" for letter, each in POLICIES.items()))
    rows: tuple[Annotated[WrittenRow, Row()], ...] = Field(
        description="Rows: a list of cells, inputs then outputs; or {id, valid, when: […], then: […]}; or prices.csv"
    )
    default: Annotated[WrittenRow, Row()] | None = Field(
        default=None, description="Results when no row matches: one value for each output"
    )

    _bound: BoundTable = PrivateAttr(default=UNBOUND)
    _allowed: tuple[Test, ...] = PrivateAttr(default=())

    @property
    def lines(self) -> str | None:
        """`each`, or the lines field of the first output that sets a field of lines."""
        named = (output.set.partition(".")[0] for output in self.outputs if output.set and "." in output.set)
        return self.each or next(named, None)

    @property
    def policy(self) -> HitPolicy:
        """What becomes of the rows that match."""
        return POLICIES[self.hit]

    def offers(self) -> Mapping[str, Type]:
        """The name under which later rules read outputs that set no field: a record, or rows where many come out."""
        kept = [output for output in self.outputs if output.set is None]
        types = {output.id: DecimalType() if self.policy.counts else OUTPUT_TYPES[output.type] for output in kept}
        free = RecordType(self.id, types)
        return {self.id: RowsType(free) if self.policy.rows else free} if kept else {}

    @property
    def bound(self) -> BoundTable:
        """The table ready to be asked; empty until it was bound without a mistake."""
        return self._bound

    def bind_inner(self, scope: Scope) -> Iterator[Problem]:
        """Bind columns, then every cell of every row against the type of its column."""
        inputs, problems = self._input_types(scope)
        outputs, more = self._output_types(scope)
        yield from (*problems, *more)
        if len(inputs) != len(self.inputs):
            return
        dated = any(row.valid is not None for row in self.rows)
        columns = [(column.id, column.value) for column in self.inputs]
        if dated:
            columns.append((VALID, Formula("today()", self.place)))
            yield from columns[-1][1].bind(scope)
        names = tuple(name for name, _ in columns)
        given = list(zip((output.id for output in self.outputs), outputs, strict=True))
        reader = TableReader(
            self.id, self.place, scope, list(zip(names, (*inputs, DateType()), strict=False)), given, dated
        )
        rows = [reader.row(written, position) for position, written in enumerate(self.rows)]
        default = reader.default(self.default) if self.default is not None else None
        ranks = self._ranks(reader)
        self._allowed = tuple(
            reader.allowed(at, column.allowed, column.place_at("allowed")) for at, column in enumerate(self.inputs)
        )
        yield from reader.problems
        if not reader.problems:
            expressions = tuple(formula.expression for _, formula in columns)
            index = Index(rows, reader.ordered)
            self._bound = BoundTable(
                names, expressions, index, self.policy, ranks, default, len(outputs), reader_of(expressions)
            )
            yield from self._subject(reader).findings() if not more else ()
            index.forget_profiles()

    def _ranks(self, reader: TableReader) -> Ranks:
        """The values of outputs in order of priority: as they are stated, or as the choices of the field stand."""
        ranks = []
        for at, output in enumerate(self.outputs):
            places = [output.place_at("values", each) for each in range(len(output.values))]
            type_ = reader.outputs[at][1]
            values = reader.ranks(at, output.values, places) or (type_.choices if isinstance(type_, ChoiceType) else ())
            ranks.append({value: each for each, value in enumerate(values)})
            where = {"rule": self.id, "column": output.id, "hit": self.hit}
            if self.policy.ranked and not values:
                reader.problems.append(Problem("RUL-531", where, output.place))
            if self.policy.rows and output.set is not None:
                reader.problems.append(Problem("RUL-532", where, output.place_at("set")))
        return ranks

    def _subject(self, reader: TableReader) -> Subject:
        """The table as it is judged before anybody asks it."""
        places = [*(column.place for column in self.inputs), self.place]
        columns = [
            Asked(name, place, type_, test)
            for (name, type_), place, test in zip(reader.inputs, places, (*self._allowed, ANYTHING), strict=False)
        ]
        complete = self.default is not None or self.policy.rows or self.policy.counts
        return Subject(self.id, self.place, self.policy, columns, self._bound.index, complete)

    def formulas(self) -> Iterator[Formula]:
        """The condition and the inputs."""
        yield from super().formulas()
        for column in self.inputs:
            yield column.value

    def reads(self) -> frozenset[Key]:
        """What conditions, inputs and the formulas in cells read."""
        index = self._bound.index
        tests = [test for column in index.columns for test in column.formulas.values()]
        cells = [operand for test in tests for _, operand in operands(test)]
        cells += [operand for row in index.rows for operand in row.outputs]
        paths = {path for operand in cells if operand.expression is not None for path in operand.expression.paths}
        return super().reads() | keys_of(paths, self.lines)

    def writes(self) -> frozenset[Key]:
        """The fields and names of the outputs; of rows also the name of them all, which aggregates read."""
        named = (
            (self.id, output.id) if output.set is None else tuple(output.set.split(".")) for output in self.outputs
        )
        return frozenset({*named, *([(self.id,)] if self.policy.rows else ())})

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
        scope, bound = frame.scope, self._bound
        inputs = bound.inputs(scope)
        frame.problems += self._not_allowed(inputs, scope, path)
        hits = bound.hits(inputs, scope)
        verdict = bound.verdict(hits, scope)
        if verdict.problem is not None:
            rows = tuple(bound.index.rows[hit].id for hit in hits)
            frame.problems.append(Problem(verdict.problem, {"rule": self.id, "rows": rows}, self.place, path))
        outcome = "ambiguous" if verdict.problem else "row" if hits else "default" if bound.default else "no_row"
        taken = [hits[at] for at in verdict.taken]
        said = bound.reasons(inputs, scope, taken) if frame.explain else bound.said(inputs, taken)
        frame.step(self, path, outcome, verdict.values, None, said)
        self._write(frame, path, verdict)

    def _write(self, frame: Frame, path: Path, verdict: Verdict) -> None:
        """Set the fields, and offer what sets none."""
        if self.policy.rows:
            names = [output.id for output in self.outputs]
            frame.scope[self.id] = tuple(dict(zip(names, row, strict=True)) for row in verdict.values)
            return
        pairs = list(zip(self.outputs, verdict.values, strict=True))
        for output, value in pairs:
            if output.set is not None:
                frame.set(path, output.set.rpartition(".")[2], value)
        if self.offers():
            frame.scope[self.id] = {output.id: value for output, value in pairs}

    def _not_allowed(self, inputs: Sequence[object], scope: Mapping[str, object], path: Path) -> Iterator[Problem]:
        """Inputs whose value is none of those allowed; a missing one is for the rows to judge."""
        for column, test, value in zip(self.inputs, self._allowed, inputs, strict=False):
            if value is not None and not test.matches(value, scope):
                parameters = {"rule": self.id, "column": column.id, "value": value, "allowed": str(column.allowed)}
                yield Problem("RUL-507", parameters, column.place, path)

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
            types.append(None if self.policy.counts else type_)
            problems += wrong
        return types, problems

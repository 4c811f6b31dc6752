"""Decision tables of DMN → our `table` rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from engine.dmn.cells import COLUMNS, cell_condition, cell_text
from engine.dmn.expressions import Expressions
from engine.dmn.feel.parse import parse_expression, parse_unary_tests
from engine.dmn.feel.tree import Feel, Text, UnaryTests
from engine.dmn.model import DecisionTable, InputClause, OutputClause, Row, Written
from engine.dmn.names import Names
from engine.dmn.terms import NULL, PLAIN, Term, Undefined, Untranslatable
from engine.dmn.types import ANY, NUMBER, WORDS, FeelField, FeelType, Types, list_of, same
from engine.language.problems import Place
from engine.language.tree import Span

Item = dict[str, object]

_NOTHING = Written("", Place("", 1, 1, 1, 1))

LISTS = frozenset({"R", "O", "C"})
"""Hit policies that give every row that hits."""


@dataclass(frozen=True)
class Reading:
    """Reads FEEL text that stands in a table: with the names of its scope, and telling where something is wrong."""

    names: tuple[str, ...]
    members: tuple[str, ...]
    guarded: Callable[[Written, str, Callable[[], Term]], Term]

    def tests(self, written: Written) -> UnaryTests:
        """The tests of a cell."""
        return parse_unary_tests(written.text, self.names, self.members)

    def expression(self, written: Written) -> Feel:
        """An expression."""
        return parse_expression(written.text, self.names, self.members)


@dataclass
class _Column:
    """A column of ours: its id, heading, formula, and a cell for every row."""

    id: str
    label: str | None
    value: str
    cells: list[str]
    allowed: str | None = None


@dataclass
class TableWriter:
    """Writes one table as a rule."""

    table: DecisionTable
    id: str
    expressions: Expressions
    reading: Reading
    types: Types
    wanted: FeelType
    ids: Names = field(default_factory=Names)

    def write(self, target: str | None) -> tuple[Item, Term]:
        """The rule, and what reads its result. `target` is the name a single output sets, if it shall set one."""
        columns = [column for clause in range(len(self.table.inputs)) for column in self._columns(clause)]
        if not columns:
            columns = [_Column("always", None, "True", ["-"] * len(self.table.rows))]
        results = [self._results(index) for index in range(len(self.table.outputs))]
        types = [self._type(index, results[index]) for index in range(len(results))]
        for index, type_ in enumerate(types):
            results[index] = [
                self._fitting(term, type_, row.results[index])
                for term, row in zip(results[index], self.table.rows, strict=True)
            ]
        single = len(self.table.outputs) == 1
        rows = self.table.hit in LISTS
        names = [PLAIN if single else self.ids.fresh(one.name or "", "result") for one in self.table.outputs]
        sets = target if single and not rows else None
        item: Item = {
            "id": self.id,
            "kind": "table",
            "hit": self.table.hit,
            "inputs": [_written_column(column) for column in columns],
            "outputs": [self._output(at, name, types[at], results[at], sets) for at, name in enumerate(names)],
            "rows": [
                {
                    "when": [column.cells[at] for column in columns],
                    "then": [output_cell(result[at]) for result in results],
                }
                for at in range(len(self.table.rows))
            ],
        }
        default = [self._default(clause) for clause in self.table.outputs]
        if any(value is not NULL for value in default):
            given = zip(default, types, self.table.outputs, strict=True)
            item["default"] = [
                output_cell(self._fitting(value, type_, clause.default or clause.values or _NOTHING))
                for value, type_, clause in given
            ]
        return item, self._reference(names, types, rows, sets)

    def _reference(self, names: list[str], types: list[FeelType], rows: bool, sets: str | None) -> Term:
        """What stands for the result in the formulas of others."""
        if sets is not None:
            return Term(types[0], sets)
        if len(names) == 1:
            return Term(list_of(types[0]) if rows else types[0], f"{self.id}.{PLAIN}", nullable=not rows)
        fields = tuple(
            FeelField(clause.name or name, name, type_)
            for clause, name, type_ in zip(self.table.outputs, names, types, strict=True)
        )
        record = FeelType("record", fields)
        return Term(list_of(record) if rows else record, self.id, nullable=not rows)

    def _columns(self, index: int) -> list[_Column]:
        """Our columns for one of theirs: its own, and one more for every cell that only a formula can say."""
        clause = self.table.inputs[index]
        where = clause.label or clause.expression.text
        operand = self.reading.guarded(
            clause.expression, where, lambda: self.expressions.term(self.reading.expression(clause.expression))
        )
        operand = _known(operand, self.types.find(clause.type) or ANY)
        own = _Column(self.ids.fresh(where, f"input_{index + 1}"), clause.label, operand.text, [])
        own.allowed = self._allowed(clause, operand)
        more: list[_Column] = []
        for at, row in enumerate(self.table.rows):
            text, found = self._cell(row, index, operand, where)
            own.cells.append(text or "-")
            if text is None:
                formula = found.text if not found.is_null else "False"
                column = next((one for one in more if one.value == formula), None)
                if column is None:
                    cells = ["-"] * len(self.table.rows)
                    column = _Column(self.ids.fresh(f"{own.id}_{at + 1}", "test"), None, formula, cells)
                    more.append(column)
                column.cells[at] = "true"
        useful = operand.type.kind in COLUMNS and (not more or any(cell != "-" for cell in own.cells))
        return [own, *more] if useful else more

    def _cell(self, row: Row, index: int, operand: Term, where: str) -> tuple[str | None, Term]:
        """The text of one cell, or the formula that says it."""
        said: list[str | None] = [None]

        def read() -> Term:
            tests = self.reading.tests(row.tests[index])
            said[0] = cell_text(operand, tests, self.expressions)
            return NULL if said[0] is not None else cell_condition(operand, tests, self.expressions)

        found = self.reading.guarded(row.tests[index], where, read)
        return said[0], found

    def _allowed(self, clause: InputClause, operand: Term) -> str | None:
        """What values of the column may be, where a cell can say it."""
        allowed = clause.allowed
        if allowed is None or operand.type.kind not in COLUMNS:
            return None
        said: list[str | None] = [None]

        def read() -> Term:
            said[0] = cell_text(operand, self.reading.tests(allowed), self.expressions)
            return NULL

        self.reading.guarded(allowed, clause.label or clause.expression.text, read)
        return said[0] if said[0] != "-" else None

    def _results(self, index: int) -> list[Term]:
        """The results of one output, row by row."""
        clause = self.table.outputs[index]
        where = clause.label or clause.name or PLAIN
        return [self._result(row.results[index], where) for row in self.table.rows]

    def _result(self, written: Written, where: str) -> Term:
        """One result. A text constant may hold any letter: it becomes a value, not a formula."""

        def read() -> Term:
            node = self.reading.expression(written)
            if isinstance(node, Text):
                return Term(FeelType("text"), nullable=False, constant=node.value)
            return self.expressions.term(node)

        return self.reading.guarded(written, where, read)

    def _fitting(self, term: Term, type_: FeelType, written: Written) -> Term:
        """A result of the type of its column; one of another type is null by the standard."""

        def read() -> Term:
            plain = term.items is None and term.members is None and (term.type.is_plain or term.is_null)
            if not plain:
                raise Untranslatable("DMN-125", Span(0, 0), what=term.type.kind)
            if not same(term.type, type_):
                raise Undefined("DMN-131", Span(0, 0), declared=type_.kind, found=term.type.kind)
            return term

        return self.reading.guarded(written, "", read)

    def _default(self, clause: OutputClause) -> Term:
        """What an output gives when no row hits."""
        return NULL if clause.default is None else self._result(clause.default, clause.label or clause.name or PLAIN)

    def _type(self, index: int, results: list[Term]) -> FeelType:
        """The type of an output: as declared, else as its results have it."""
        clause = self.table.outputs[index]
        if self.table.hit == "C#":
            return NUMBER
        declared = self.types.find(clause.type) or ANY
        if declared.kind == "any":
            wanted = self.wanted.item if self.wanted.item is not None else self.wanted
            found = wanted.field(clause.name or "")
            declared = found.type if found is not None else wanted if len(self.table.outputs) == 1 else ANY
        if declared.is_plain:
            return declared
        return next((result.type for result in results if result.type.is_plain), FeelType("text"))

    def _output(self, index: int, name: str, type_: FeelType, results: list[Term], target: str | None) -> Item:
        """A column of results as a rule has it."""
        clause = self.table.outputs[index]
        found: Item = {"id": name}
        label = clause.label or clause.name
        if label and label != name:
            found["label"] = label
        if target is not None:
            found["set"] = target
        elif WORDS[type_.kind] != "number":
            found["type"] = WORDS[type_.kind]
        if self.table.hit in ("P", "O"):
            values = clause.values or type_.allowed
            found["values"] = self._priorities(values) if values is not None else self._appearing(results)
        return found

    def _appearing(self, results: list[Term]) -> list[object]:
        """The constants of an output without an order, as they appear: equal ones stay in the order of rows."""
        found: list[object] = []
        for result in results:
            cell = output_cell(result)
            if result.constant is not None and cell not in found:
                found.append(cell)

        def unordered() -> Term:
            raise Untranslatable("DMN-125", Span(0, 0), what="PRIORITY")

        if not found:
            self.reading.guarded(Written("", self.table.place), "", unordered)
        return found

    def _priorities(self, values: Written) -> list[object]:
        """The values of an output, the most wanted first."""
        found: list[object] = []

        def read() -> Term:
            found.extend(output_cell(self.expressions.term(test)) for test in self.reading.tests(values).tests)
            return NULL

        self.reading.guarded(values, "outputValues", read)
        return found


def _known(term: Term, declared: FeelType) -> Term:
    """A term with the type its column declares, where the term itself has none."""
    return term if declared.kind == "any" or term.type.kind != "any" else Term(declared, term.text, term.rank)


def _written_column(column: _Column) -> Item:
    """A column of conditions as a rule has it."""
    found: Item = {"id": column.id}
    if column.label and column.label != column.id:
        found["label"] = column.label
    found["value"] = column.value
    if column.allowed is not None:
        found["allowed"] = column.allowed
    return found


def output_cell(term: Term) -> object:
    """A result as a cell: a value, or a formula behind `=`."""
    if term.is_null:
        return None
    match term.type.kind, term.constant:
        case "text", str() as value:
            return f"'{value}'" if "'" not in value else f'"{value}"' if '"' not in value else value
        case "number" | "months", str() as digits:
            return Decimal(digits)
        case "date", str() as iso:
            return iso
        case "flag", bool() as value:
            return value
    return f"= {term.text}"

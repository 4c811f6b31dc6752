"""`make`: finds or makes a record of another entity, once for the document or once for each of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from engine.entities.record import SYSTEM_FIELDS
from engine.language.declared import FieldPath, Identifier
from engine.language.filling import bind_filling
from engine.language.formula import Formula
from engine.language.problems import Place, Problem
from engine.language.scope import ROW_NAME, Scope, suggestion
from engine.language.tree import Path
from engine.language.types import FlagType, RecordType, ReferenceType, RowsType
from engine.workflows.steps.base import Asked, Asking, StepKind, Wanted, Where


class Make(StepKind):
    """`{make: batch, each: lines, values: {item: line.item, code: line.batch_code}, into: lines.batch}`.

    A record with the same identity is taken where there is one; an entity without identity gets a new record each
    time. What is made is judged by the fields and rules of its entity and is written with the document or not at all.
    Postings of the transition already see it. The transition's authority suffices: nobody needs a grant on the entity.
    """

    word: ClassVar[str] = "make"
    example: ClassVar[str] = (
        "{make: batch, each: lines, values: {code: line.batch_code, last_day: line.last_day}, into: lines.batch}"
    )

    make: Identifier = Field(description="Entity of the record")
    each: Identifier | None = Field(default=None, description="Lines field: once for every line; default: once")
    when: Formula | None = Field(default=None, description="Condition of the document (or line) for making one")
    values: Mapping[Identifier, Formula] = Field(
        description="What the record says, its identity among it; each a formula of the document", min_length=1
    )
    initial: Mapping[Identifier, Formula] = Field(
        default={}, description="Further values of a new record, never compared with one that exists"
    )
    into: FieldPath | None = Field(
        default=None, description="Reference of the document (or its lines) that gets the record; may be readonly"
    )
    existing: Literal["same", "take", "refuse"] = Field(
        default="same",
        description="Where the record exists: `same` takes it if all `values` are equal, `take` takes it as it is",
    )

    def bind(self, scope: Scope) -> Iterator[Problem]:
        """The lines must be there, the values must fit the fields of the entity, `into` must refer to it."""
        within = scope
        if self.each is not None:
            lines = scope.names.get(self.each)
            if not isinstance(lines, RowsType):
                known = [name for name, type_ in scope.names.items() if isinstance(type_, RowsType)]
                yield self._unknown("WFL-151", self.each, known, self.place_at("each"))
                return
            within = scope.with_names({ROW_NAME: lines.record})
        if self.when is not None:
            yield from self.when.bind(within, FlagType)
        made = scope.entities.get(self.make)
        if made is not None:  # what does not exist is told by the cross checks
            yield from self._bind_values(made, within)
        yield from self._bind_into(within)

    def _bind_values(self, made: RecordType, scope: Scope) -> Iterator[Problem]:
        """Each value against its field."""
        own = {name: type_ for name, type_ in made.fields.items() if name not in SYSTEM_FIELDS}
        fillable = [name for name, type_ in own.items() if not isinstance(type_, RowsType)]
        for key, values in (("values", self.values), ("initial", self.initial)):
            for name in values:
                if name not in fillable:
                    yield self._unknown("WFL-150", name, fillable, self.place_at(key))
        for name in self.values.keys() & self.initial.keys():
            yield Problem("WFL-159", {"entity": self.make, "name": name}, self.place_at("initial"))
        yield from bind_filling({**self.initial, **self.values}, own, scope)

    def _bind_into(self, scope: Scope) -> Iterator[Problem]:
        """WFL-152 unless `into` is a reference to the entity, in the lines that are gone through or in the document."""
        if self.into is None:
            return
        line = scope.names.get(ROW_NAME) if self.each is not None else None
        fields = line.fields if isinstance(line, RecordType) else scope.names
        lines = f"{self.each}." if self.each is not None else ""
        fitting = [f"{lines}{name}" for name, type_ in fields.items() if type_ == ReferenceType(self.make)]
        if self.into not in fitting:
            yield self._unknown("WFL-152", self.into, fitting, self.place_at("into"))

    def reads_number(self) -> Iterator[Problem]:
        """WFL-154 for each value that reads the document's number where the same transition gives it only later."""
        for name, formula in {**self.initial, **self.values}.items():
            if formula.is_bound and ("number",) in formula.expression.paths:
                yield Problem("WFL-154", {"entity": self.make, "field": name}, formula.place or self.place)

    def _unknown(self, code: str, name: str, known: Iterable[str], place: Place | None) -> Problem:
        """A name that does not fit here, with those that do and the nearest of them."""
        allowed = tuple(known)
        parameters = {"entity": self.make, "name": name, "allowed": allowed, "meant": suggestion(name, allowed)}
        return Problem(code, parameters, place)

    def ask(self, asking: Asking) -> Asked:
        """One wish for the document, or one for each line that meets the condition."""
        if self.each is None:
            return Asked(wanted=tuple(self._wish(asking.scope, ())))
        rows: Any = asking.scope.get(self.each) or ()
        wanted: list[Wanted] = []
        for position, row in enumerate(rows):
            wanted += self._wish({**asking.scope, ROW_NAME: row}, (self.each, position))
        return Asked(wanted=tuple(wanted))

    def _wish(self, scope: Mapping[str, object], at: Where) -> Iterator[Wanted]:
        """What is wanted at one place of the document; nothing where the condition does not hold."""
        if self.when is not None and self.when.expression.evaluate(scope) is not True:
            return
        yield Wanted(
            entity=self.make,
            at=at,
            values={name: _value(formula, scope) for name, formula in self.values.items()},
            initial={name: _value(formula, scope) for name, formula in self.initial.items()},
            sources={name: _source(formula, at) for name, formula in {**self.initial, **self.values}.items()},
            into=self.into.rpartition(".")[2] if self.into else None,
            existing=self.existing,
        )


def _value(formula: Formula, scope: Mapping[str, object]) -> object:
    """What a formula gives, a reference as its id."""
    value = formula.expression.evaluate(scope)
    return value.get("id") if isinstance(value, Mapping) else value


def _source(formula: Formula, at: Where) -> Where:
    """Where in the document a value comes from, as far as one field can be named; otherwise the line (or document)."""
    tree = formula.expression.tree
    if not isinstance(tree, Path):
        return at
    return (*at, tree.names[1]) if at and tree.names[0] == ROW_NAME else tree.names[:1]

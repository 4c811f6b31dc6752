"""Records of other entities that a transition needs: found by their identity, or made and judged like any other.

Everything is looked up for all lines of the document together, so a document of a hundred lines needs as many
statements as one of a single line. Nothing is written here: the unit of work gets what is to be made with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.access.decide import policy, visible_fields
from engine.entities.fields.base import FieldKind
from engine.entities.fields.lines import LinesField
from engine.entities.fields.reference import ReferenceField
from engine.entities.record import Record, Value
from engine.entities.schema import Entity
from engine.forms.read import default_of
from engine.language.problems import Problem
from engine.operations.case import Case
from engine.operations.fit import fit_context, fitted
from engine.operations.listing import worded
from engine.operations.names import labels_of
from engine.operations.titles import gather_for_titles, title_in_message, title_of
from engine.operations.words import Words
from engine.rules.evaluate import evaluate
from engine.rules.frame import Step
from engine.storage import records
from engine.workflows.steps.base import Wanted, Where

Place = tuple[Where, str]
"""A line (or the document), and the reference there that gets the record."""


@dataclass(frozen=True, slots=True)
class Made:
    """A record that is found, or made with the document; `into` are the references that get it."""

    record: Record
    is_new: bool
    into: tuple[Place, ...] = ()
    trace: tuple[Step, ...] = ()


@dataclass(slots=True)
class Need:
    """One record that is needed: every place that wants it, the values stated there (fitted), and what came of it."""

    entity: Entity
    wanted: list[Wanted]
    stated: list[Mapping[str, Value]]
    record: Record
    is_new: bool = True
    trace: tuple[Step, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def path(self, name: str) -> Where:
        """Where in the document the value of a field comes from; otherwise the line (or document) that wants it."""
        return self.wanted[0].sources.get(name, self.wanted[0].at)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Keep problems of the record at their places in the document."""
        self.problems += (replace(each, path=self.path(str(each.path[0]) if each.path else "")) for each in problems)


def find_or_make(
    case: Case, document: Record, wanted: Sequence[Wanted]
) -> tuple[tuple[Made, ...], tuple[Problem, ...]]:
    """What becomes of every wish, wishes for the same record together, and every problem at its place."""
    needs: list[Need] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(each.entity for each in wanted):
        maker = Maker(case, case.running.app.entities[name], document)
        problems += maker.state([each for each in wanted if each.entity == name])
        maker.find()
        maker.make()
        needs += maker.needs
    problems += (problem for need in needs for problem in need.problems)
    return tuple(_made(need) for need in needs), tuple(problems)


def _made(need: Need) -> Made:
    into = tuple((each.at, each.into) for each in need.wanted if each.into is not None)
    return Made(need.record, need.is_new, into, need.trace)


def with_references(document: Record, made: Sequence[Made]) -> Record:
    """The document with the records in the references that are to hold them."""
    own: dict[str, Value] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for each in made:
        for at, name in each.into:
            if at:
                lines, number = at
                rows.setdefault(str(lines), {}).setdefault(int(number), {})[name] = each.record.id
            else:
                own[name] = each.record.id
    for lines, changed in rows.items():
        held = document.lines(lines)
        own[lines] = tuple({**line, **changed.get(number, {})} for number, line in enumerate(held))
    return document.with_values(own)


class Maker:
    """Finds and makes the records of one entity that a document needs."""

    def __init__(self, case: Case, entity: Entity, document: Record) -> None:
        self.case, self.entity = case, entity
        self.constants = case.constants(document.values)
        self.is_draft = entity.entity in case.running.app.workflows
        self.needs: list[Need] = []

    def state(self, wanted: Sequence[Wanted]) -> Iterator[Problem]:
        """Fit what is stated into the fields, bring wishes for the same record together; yields what does not fit."""
        self._load([{**each.initial, **each.values} for each in wanted])  # type: ignore[dict-item]
        known: dict[tuple[Value, ...], Need] = {}
        for each in wanted:
            stated, problems = self._fitted(each)
            identity = tuple(stated.get(name) for name in self.entity.identity)
            need = known.get(identity) if identity else None
            if problems:
                yield from problems
            elif need is None:
                need = known[identity] = Need(self.entity, [each], [stated], self._new(stated))
                self.needs.append(need)
            else:
                need.wanted.append(each)
                need.stated.append(stated)

    def find(self) -> None:
        """Take what is there already, compared with what is stated about it."""
        names = self.entity.identity
        if not names:
            return
        keys = {tuple(need.record.values[name] for name in names): need for need in self.needs}
        running, related = self.case.running, self.case.related
        ids = records.find(self.case.connection, running.tables, self.entity.entity, names, keys)
        related.load(self.entity.entity, ids.values())
        for key, id in ids.items():
            keys[key].record, keys[key].is_new = related.records[self.entity.entity, id], False
        found = [need for need in self.needs if not need.is_new]
        self._load([need.record.values for need in found])
        gather_for_titles(running, related, [need.record for need in found])
        for need in found:
            need.problems += self._objections(need)

    def make(self) -> None:
        """Fill in, judge and keep what is not there yet."""
        new = [need for need in self.needs if need.is_new]
        for kind in self.entity.fields:
            if kind.default is not None and not isinstance(kind, LinesField):
                self._fill(kind, [need for need in new if need.record.values[kind.id] is None])
        self._load([need.record.values for need in new])
        for need in new:
            need.problems += self._contradictions(need)
            self._judge(need)
            self.case.related.make(need.record)

    def _new(self, values: Mapping[str, Value]) -> Record:
        """A new record with some values; one that has a life of its own is in its first state."""
        workflow = self.case.running.app.workflows.get(self.entity.entity)
        empty: dict[str, Value] = {each.id: () if isinstance(each, LinesField) else None for each in self.entity.fields}
        return Record(
            self.entity.entity,
            self.case.site.new_id(),
            0,
            {**empty, **values},
            state=workflow.first if workflow is not None else None,
            package=self.case.running.app.digest,
        )

    def _load(self, many: Sequence[Mapping[str, Value]]) -> None:
        """Read what these records refer to, and what their formulas look at behind that."""
        for kind in self.entity.fields:
            if isinstance(kind, ReferenceField):
                ids = (values.get(kind.id) for values in many)
                self.case.related.load(kind.to, [id for id in ids if isinstance(id, str)])
        self.case.related.gather(self.entity.entity, *many)

    def _scope(self, record: Record) -> dict[str, object]:
        """The names that formulas of the record see; it is made by whoever acts, at the moment of the document."""
        made_by = self.case.related.view("person", record.created_by or self.case.actor.person)
        return {**self.case.related.expand(self.entity, record.scope()), "created_by": made_by, **self.constants}

    def _fitted(self, wanted: Wanted) -> tuple[dict[str, Value], list[Problem]]:
        """What is stated as the fields keep it. A value that is missing states nothing; of the identity none may be."""
        said = {name: value for name, value in {**wanted.initial, **wanted.values}.items() if value is not None}
        context = fit_context(self.case, self._scope(self._new(said)))  # type: ignore[arg-type]
        stated: dict[str, Value] = {}
        problems: list[Problem] = []
        for name in dict.fromkeys((*said, *self.entity.identity)):
            at = wanted.sources.get(name, wanted.at)
            kept, wrong = self.entity.by_id[name].fit(said.get(name), context)  # type: ignore[arg-type]
            problems += (replace(problem, path=at) for problem in wrong)
            if kept is not None and not isinstance(kept, tuple):
                stated[name] = kept
            elif name in self.entity.identity and not wrong:
                problems.append(self._missing(name, at))
        return stated, problems

    def _missing(self, name: str, at: Where) -> Problem:
        """WFL-158: the record cannot be made without a value."""
        return Problem("WFL-158", {"entity": self._called(), "field": self._labelled(name)}, None, at)

    def _fill(self, kind: FieldKind, needs: Sequence[Need]) -> None:
        """The default of one field in every record that lacks it, then what these defaults refer to."""
        for need in needs:
            value = default_of(kind, fit_context(self.case, self._scope(need.record)))
            need.record = need.record.with_values({kind.id: value})
        self._load([need.record.values for need in needs])

    def _judge(self, need: Need) -> None:
        """Rules, then what the fields demand. A draft may still lack things: whoever moves it on is told."""
        rules, labels = (
            self.case.running.app.rules.get(self.entity.entity),
            labels_of(self.case.running.app, self.entity.entity),
        )
        evaluation = evaluate(rules, self._scope(need.record), labels=labels)
        need.record, problems = fitted(self.case, self.entity, need.record, evaluation)
        need.trace = evaluation.trace
        if not self.is_draft:
            problems += evaluation.problems
        for kind in self.entity.fields:
            value = need.record.values[kind.id]
            if value is not None:
                problems += (replace(each, path=(kind.id,)) for each in kind.judge(value, evaluation.scope))
            elif kind.required and not self.is_draft:
                need.problems.append(self._missing(kind.id, need.path(kind.id)))
        need.refuse(problems)

    def _objections(self, need: Need) -> Iterator[Problem]:
        """WFL-156 for a record that may not be there yet, WFL-155 for each stated value that it contradicts."""
        for wanted, stated in zip(need.wanted, need.stated, strict=True):
            if wanted.existing == "refuse":
                at = wanted.sources.get(self.entity.identity[0], wanted.at)
                yield Problem("WFL-156", {"record": self._titled(need.record)}, None, at)
            for name, value in self._compared(wanted, stated):
                held = need.record.values.get(name)
                if held != value:
                    found = self._worded(name, held, need.record) if self._may_see(name, need.record) else None
                    said = self._worded(name, value, need.record)
                    parameters = {"record": self._titled(need.record), "field": self._labelled(name)}
                    at = wanted.sources.get(name, wanted.at)
                    yield Problem("WFL-155", {**parameters, "found": found, "stated": said}, None, at)

    def _contradictions(self, need: Need) -> Iterator[Problem]:
        """WFL-157 for each value that another place of the document states differently for the same new record."""
        first = need.stated[0]
        for wanted, stated in zip(need.wanted[1:], need.stated[1:], strict=True):
            for name, value in self._compared(wanted, stated):
                if first.get(name) != value:
                    parameters = {
                        "entity": self._called(),
                        "field": self._labelled(name),
                        "line": int(need.wanted[0].at[1]) + 1 if need.wanted[0].at else None,
                        "found": self._worded(name, first.get(name), need.record),
                        "stated": self._worded(name, value, need.record),
                    }
                    yield Problem("WFL-157", parameters, None, wanted.sources.get(name, wanted.at))

    @staticmethod
    def _compared(wanted: Wanted, stated: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        """The stated values that have to be those of the record."""
        if wanted.existing == "same":
            yield from ((name, stated[name]) for name in wanted.values if name in stated)

    def _may_see(self, name: str, record: Record) -> bool:
        """Whether the actor sees a field of a record that is there: the refusal tells its value to nobody else."""
        found = policy(self.case.running.app.roles, self.case.actor, self.entity.entity, "open")
        return name in visible_fields(found, self._scope(record), (name,))

    def _called(self) -> Mapping[str, str]:
        """What a record of the entity is called."""
        return worded(self.entity.label, self.entity.entity)

    def _labelled(self, name: str) -> Mapping[str, str]:
        """What a field is called."""
        return worded(self.entity.by_id[name].label, name)

    def _titled(self, record: Record) -> Mapping[str, str]:
        """A record by what it is and its title."""
        title = title_of(self.case.running, self.case.related, record)
        return {language: f"{called} {title}" for language, called in self._called().items()}

    def _worded(self, name: str, value: Value, record: Record) -> Mapping[str, str]:
        """A value of a field in both languages."""
        kind, scope = self.entity.by_id[name], self._scope(record)
        if isinstance(kind, ReferenceField) and isinstance(value, str):
            title = title_in_message(self.case)(kind.to, value)
            return {"zh": title, "en": title}
        words = {each: Words(self.case.running.app, self.entity.entity, each) for each in ("zh", "en")}
        return {language: each.value((name,), value, scope) or "—" for language, each in words.items()}

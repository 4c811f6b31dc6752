"""A DMN file → the files of a package: one decision part with the inputs, results and rules of all its decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.dmn import yaml
from engine.dmn.cells import cell_condition
from engine.dmn.expressions import Symbol
from engine.dmn.feel.parse import parse_unary_tests
from engine.dmn.logic import Logic
from engine.dmn.model import Decision, DecisionTable, Definitions, InputData, KnowledgeModel
from engine.dmn.names import Names, slug
from engine.dmn.order import in_order
from engine.dmn.read import read_dmn
from engine.dmn.tables import Item, output_cell
from engine.dmn.terms import NULL, PLAIN, Term, call, missing, path_to
from engine.dmn.types import ANY, TEXT, WORDS, FeelField, FeelType, Types, same
from engine.language.problems import Problem, Refused

KINDS = {"null": "text", "any": "text"}
"""Kinds of results that are declared otherwise."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file: the files of a package by name, the id of its decision part, and every problem."""

    files: Mapping[str, str]
    decision: str
    problems: tuple[Problem, ...]


def import_dmn(file: str, content: bytes, app: str) -> Imported:
    """Translate a DMN file into an app of that name.

    A decision that cannot be translated is left out, and so are those that need it: each is a problem with its name.
    Raises `Refused` for a file that is no DMN at all.
    """
    return _Translation(read_dmn(file, content), app).files(file)


@dataclass
class _Translation:
    """Everything said so far about one file."""

    definitions: Definitions
    app: str
    inputs: list[Item] = field(default_factory=list)
    results: list[Item] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    symbols: dict[str, tuple[str, Symbol]] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare names and types."""
        self.names = Names()
        self.types = Types(self.definitions.types)
        self.decision = slug(self.definitions.name) or "decision"
        self.decision = self.decision if self.decision[0].isalpha() else f"dmn_{self.decision}"

    def files(self, file: str) -> Imported:
        """Translate all of it."""
        for left_out in self.definitions.left_out:
            self.problems.append(Problem("DMN-110", {"element": left_out.element}, left_out.place))
        self._told_twice()
        for model in self.definitions.models:
            self.symbols[model.id] = (model.name, model)
        for given in self.definitions.inputs:
            self._input(given)
        self.own = {one.id: self.names.fresh(one.name, "decision") for one in self.definitions.decisions}
        ordered, circles = in_order(self.definitions.decisions)
        self.problems += circles
        for decision in ordered:
            self._decision(decision)
        if not self.items:
            raise Refused((*self.problems, Problem("DMN-105", {"file": file}, self.definitions.place)))
        return Imported(self._written(file), self.decision, tuple(self.problems))

    def _told_twice(self) -> None:
        """Leave out what has the id of something before it."""
        definitions, seen = self.definitions, set[str]()

        def first(one: InputData | Decision | KnowledgeModel) -> bool:
            if one.id in seen:
                self.problems.append(Problem("DMN-106", {"name": one.name, "id": one.id}, one.place))
                return False
            seen.add(one.id)
            return True

        self.definitions = replace(
            definitions,
            inputs=tuple(one for one in definitions.inputs if first(one)),
            models=tuple(one for one in definitions.models if first(one)),
            decisions=tuple(one for one in definitions.decisions if first(one)),
        )

    def _input(self, given: InputData) -> None:
        """An input with its type and its allowed values."""
        type_ = self._type(given.type, given.name, given)
        if type_ is None:
            return
        if type_.kind == "any":
            type_ = self._asked(given) or type_
        if type_.kind in ("any", "null"):
            self.problems.append(Problem("DMN-118", {"name": given.name}, given.place))
            type_ = TEXT
        name = self.names.fresh(given.name, "input")
        self.inputs.append(declared(name, given.name, type_))
        term = path_to(type_, name)
        self.symbols[given.id] = (given.name, term)
        self._allowed(type_, term, given.name)

    def _asked(self, given: InputData) -> FeelType | None:
        """The type that a column of some table declares for an input without one."""
        tables = (one.logic for one in self.definitions.decisions if isinstance(one.logic, DecisionTable))
        clauses = (clause for table in tables for clause in table.inputs)
        return next(
            (self.types.find(one.type) for one in clauses if one.type and one.expression.text == given.name), None
        )

    def _type(self, reference: str | None, name: str, where: InputData | Decision) -> FeelType | None:
        """What a type reference means; a problem for one that means nothing."""
        found = self.types.find(reference)
        if found is None:
            self.problems.append(Problem("DMN-111", {"name": name, "type": reference or ""}, where.place))
        return found

    def _allowed(self, type_: FeelType, term: Term, name: str) -> None:
        """Rules for the allowed values of an input or a result, and of their components."""
        for part in type_.fields if type_.kind == "record" else ():
            self._allowed(part.type, path_to(part.type, f"{term.text}.{part.id}"), f"{name}.{part.name}")
        allowed = type_.allowed
        if allowed is None or not type_.is_plain:
            return
        logic = Logic(name, self.types, self.names, {})

        def read() -> Term:
            tests = parse_unary_tests(allowed.text, (), ())
            return cell_condition(term, tests, logic.expressions({}))

        found = logic.guarded(allowed, "allowedValues", read)
        self.problems += logic.problems
        if not found.is_null and not logic.problems:
            said = " ".join(allowed.text.split())
            words = {
                "zh": _literally(f"{name} 不在允许的值之内：{said}"),
                "en": _literally(f"{name} is none of the allowed values: {said}"),
            }
            rule = self.names.fresh(f"{name} allowed", "allowed")
            that = f"{missing(term).text} or {found.text}"
            self.items.append({"id": rule, "kind": "require", "that": that, "message": words})

    def _decision(self, decision: Decision) -> None:
        """One decision, or the problems why not."""
        scope: dict[str, Symbol] = {model.name: model for model in self.definitions.models}
        for need in decision.needs:
            known = self.symbols.get(need)
            if known is None:
                self.problems.append(self._unmet(decision, need))
                return
            scope[known[0]] = known[1]
        wanted = self._type(decision.type, decision.name, decision)
        if wanted is None:
            return
        logic = Logic(decision.name, self.types, self.names, scope)
        own = self.own[decision.id]
        found = self._translated(decision, logic, scope, own, wanted)
        if any(problem.severity == "error" for problem in logic.problems):
            self.problems += logic.problems
            return
        term, result = found
        self.problems += logic.problems
        self.items += logic.items
        if result is not None:
            self.results.append(result)
            self._allowed(wanted if wanted.is_plain else ANY, term, decision.name)
        self.symbols[decision.id] = (decision.name, term)

    def _unmet(self, decision: Decision, need: str) -> Problem:
        """The problem of a decision that needs what is not there."""
        everything = [(one.id, one.name) for one in self.definitions.inputs]
        everything += [(one.id, one.name) for one in self.definitions.decisions]
        name = dict(everything).get(need)
        code = "DMN-112" if name is None else "DMN-114"
        return Problem(code, {"decision": decision.name, "name": name or need}, decision.place)

    def _translated(
        self, decision: Decision, logic: Logic, scope: Mapping[str, Symbol], own: str, wanted: FeelType
    ) -> tuple[Term, Item | None]:
        """The term that stands for a decision and the declaration of its result; its rules are left in `logic`."""
        if isinstance(decision.logic, DecisionTable):
            term = logic.table(decision.logic, scope, own, wanted, own)
            label = decision.name
            if logic.items and logic.items[-1]["id"] == own:
                logic.items[-1] = {"id": own, **_label(own, label), **logic.items[-1]}
            return term, None if term.is_null else declared(own, label, self._resulting(term.type, wanted))
        term = logic.boxed(decision.logic, scope, decision.name, wanted)
        if any(problem.severity == "error" for problem in logic.problems):
            return NULL, None
        return self._result(decision, logic, term, own, wanted)

    def _resulting(self, type_: FeelType, wanted: FeelType) -> FeelType:
        """The type a result is declared with: what the file says where it says it, with the names of what is there."""
        return wanted if type_.is_plain and wanted.is_plain and same(type_, wanted) else type_

    def _result(
        self, decision: Decision, logic: Logic, term: Term, own: str, wanted: FeelType
    ) -> tuple[Term, Item | None]:
        """Rules that give a result: one value, several under one name, or a list."""
        term = coerced(term, wanted)
        if term.members is not None or term.type.kind == "record":
            return self._record(decision, logic, term, own)
        if term.items is not None:
            return self._list(decision, logic, term, own)
        if term.type.kind == "list":
            logic.note("DMN-125", decision.place, "", what="list")
            return NULL, None
        type_ = wanted if term.is_null and wanted.is_plain else term.type
        if not same(wanted, type_) and wanted.kind != "any":
            logic.note("DMN-131", decision.place, "", declared=wanted.kind, found=type_.kind)
            term, type_ = NULL, wanted
        type_ = type_ if type_.is_plain else TEXT
        rule: Item = {"id": own, **_label(own, decision.name), "kind": "derive", "set": own, "to": term.text}
        logic.items.append(rule)
        return Term(type_, own), declared(own, decision.name, type_)

    def _record(self, decision: Decision, logic: Logic, term: Term, own: str) -> tuple[Term, Item | None]:
        """Several results under one name."""
        values, record = self._members(decision, logic, term)
        if not values:
            logic.note("DMN-125", decision.place, "", what="context")
            return NULL, None
        logic.items.append({"id": own, **_label(own, decision.name), "kind": "values", "values": values})
        return Term(record, own), declared(own, decision.name, record)

    def _members(self, decision: Decision, logic: Logic, term: Term) -> tuple[list[Item], FeelType]:
        """The values under a name, at every depth, and the type they make."""
        ids = Names()
        members = term.members
        if members is None:
            members = {part.name: path_to(part.type, f"{term.text}.{part.id}") for part in term.type.fields}
        values: list[Item] = []
        fields: list[FeelField] = []
        for name, member in members.items():
            value: Item = {"id": ids.fresh(name, "entry")}
            value |= _label(str(value["id"]), name)
            type_ = TEXT if member.is_null else member.type
            if member.members is not None or type_.kind == "record":
                value["values"], type_ = self._members(decision, logic, member)
            elif type_.is_plain and member.items is None:
                value |= {"type": WORDS[type_.kind]} if WORDS[type_.kind] != "number" else {}
                value["to"] = member.text
            else:
                logic.note("DMN-125", decision.place, name, what=type_.kind)
            values.append(value)
            fields.append(FeelField(name, str(value["id"]), type_))
        return values, FeelType("record", tuple(fields))

    def _list(self, decision: Decision, logic: Logic, term: Term, own: str) -> tuple[Term, Item | None]:
        """A list written out, of plain values or of contexts alike: a table whose rows all hit."""
        rows = [one.members if one.members is not None else {PLAIN: one} for one in term.items or ()]
        names = list(rows[0]) if rows else []
        plain = all(cell.type.is_plain or cell.is_null for row in rows for cell in row.values())
        alike = all(list(row) == names for row in rows) and not any(cell.items for row in rows for cell in row.values())
        if not rows or not plain or not alike:
            logic.note("DMN-125", decision.place, "", what="list")
            return NULL, None
        ids = Names()
        fields: list[FeelField] = []
        for name in names:
            type_ = next((row[name].type for row in rows if not row[name].is_null), TEXT)
            if any(not same(row[name].type, type_) for row in rows):
                logic.note("DMN-124", decision.place, name, left=type_.kind, right="list")
            fields.append(FeelField(name, PLAIN if name == PLAIN else ids.fresh(name, "column"), type_))
        logic.items.append({
            "id": own, **_label(own, decision.name), "kind": "table", "hit": "C",
            "inputs": [{"id": "always", "value": "True"}],
            "outputs": [
                {"id": each.id, **({"type": WORDS[each.type.kind]} if WORDS[each.type.kind] != "number" else {})}
                for each in fields
            ],
            "rows": [{"when": ["-"], "then": [output_cell(row[name]) for name in names]} for row in rows],
        })  # fmt: skip
        item = fields[0].type if names == [PLAIN] else FeelType("record", tuple(fields))
        found = FeelType("list", item=item)
        return replace(path_to(found, own), nullable=False), declared(own, decision.name, found)

    def _written(self, file: str) -> Mapping[str, str]:
        """The files."""
        name = file.rpartition("/")[2]
        title = yaml.written(self.definitions.name)
        app = f"# Made from {name}.\napp: {self.app}\nformat: 1\nversion: 0.1.0\ntitle:{title}\n"
        part: Item = {"decision": self.decision}
        if self.definitions.name != self.decision:
            part["label"] = self.definitions.name
        part |= {key: value for key, value in (("inputs", self.inputs), ("results", self.results)) if value}
        part["items"] = self.items
        lines = "".join(f"{key}:{yaml.written(value, 2)}\n" for key, value in part.items())
        return {"app.yaml": app, f"decisions/{self.decision}.yaml": f"# Made from {name}.\n{lines}"}


def coerced(term: Term, wanted: FeelType) -> Term:
    """A list of one where one is wanted, one where a list is, a day where an instant is (DMN 1.5, 10.3.2.9.4)."""
    if wanted.is_plain and term.items is not None and len(term.items) == 1:
        return term.items[0]
    if wanted.kind == "list" and term.type.is_plain:
        return Term(FeelType("list", item=term.type), items=(term,), nullable=False)
    if (wanted.kind, term.type.kind) == ("instant", "date"):
        return call(wanted, "instant", term)
    return term


def _literally(text: str) -> str:
    """A text for a place where braces hold formulas."""
    return text.replace("{", "{{").replace("}", "}}")


def _label(name: str, label: str) -> Item:
    """The title, where it says more than the id."""
    return {"label": label} if label != name else {}


def declared(name: str, label: str, type_: FeelType) -> Item:
    """A value as `inputs` and `results` declare it."""
    found: Item = {"id": name, "kind": KINDS.get(type_.kind, type_.kind), **_label(name, label)}
    record = type_.item if type_.kind == "list" else type_
    assert record is not None, "a list has items"
    if record.kind == "record":
        found["fields"] = [declared(part.id, part.name, part.type) for part in record.fields]
    elif type_.kind == "list":
        found["fields"] = [declared(PLAIN, PLAIN, record)]
    return found

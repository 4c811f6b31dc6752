"""The logic of one decision → rules: boxed expressions, invocations, and what has to be named on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.dmn.builtins import FUNCTIONS
from engine.dmn.expressions import Expressions, Symbol
from engine.dmn.feel.parse import FeelError, parse_expression
from engine.dmn.model import (
    Boxed,
    BoxedConditional,
    BoxedContext,
    BoxedList,
    DecisionTable,
    Entry,
    Invocation,
    KnowledgeModel,
    Literal,
    Unread,
    Written,
)
from engine.dmn.names import Names
from engine.dmn.tables import Item, Reading, TableWriter
from engine.dmn.terms import ATOM, NULL, Term, Undefined, Untranslatable
from engine.dmn.types import ANY, WORDS, FeelType, Types, list_of
from engine.language.problems import Place, Problem
from engine.language.tree import Span

MOST_CALLS = 20
"""How deep business knowledge models may call one another."""

LONGEST_ARGUMENT = 30
"""Letters of an argument that is repeated wherever its parameter stands; a longer one gets a name."""

LONGEST_FORMULA = 1_500
"""Letters of a formula; a longer part of one gets a name."""

NOWHERE = Span(0, 0)


@dataclass
class Logic:
    """Translates the logic of one decision, collecting rules and problems."""

    decision: str
    types: Types
    names: Names
    scope: Mapping[str, Symbol]
    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    calls: tuple[str, ...] = ()
    at: tuple[Written, str] | None = None
    around: dict[str, Mapping[str, Symbol]] = field(default_factory=dict)

    def boxed(self, logic: Boxed, scope: Mapping[str, Symbol], hint: str, wanted: FeelType = ANY) -> Term:
        """The term of any boxed expression; what is wrong with it is noted, and the term is then null."""
        match logic:
            case Literal(written):
                return self.guarded(written, "", lambda: self.read(written, scope))
            case DecisionTable():
                return self.table(logic, scope, self.names.fresh(hint, "table"), wanted, None)
            case BoxedContext():
                return self.context(logic, scope, hint)
            case Invocation():
                return self.invocation(logic, scope, hint)
            case BoxedConditional(condition, then, otherwise, place):
                test, one, other = (self.boxed(each, scope, hint) for each in (condition, then, otherwise))
                chosen = self.expressions(scope)
                return self.guarded(Written("", place), "", lambda: chosen.chosen(test, one, other, NOWHERE))
            case BoxedList(items):
                each = tuple(self.boxed(one, scope, hint) for one in items)
                known = next((one.type for one in each if not one.is_null), ANY)
                return Term(list_of(known), items=each, nullable=False)
            case KnowledgeModel(place=place):
                self.note("DMN-116", place, "", what="functionDefinition")
                return NULL
            case Unread(element, place):
                self.note("DMN-116" if element else "DMN-115", place, "", what=element)
                return NULL
        raise AssertionError(type(logic).__name__)

    def expressions(self, scope: Mapping[str, Symbol]) -> Expressions:
        """What translates expressions in a scope."""
        return Expressions(scope, self.invoke, self.undefined)

    def undefined(self, wrong: Undefined) -> None:
        """Warn of something that is null by the standard."""
        assert self.at is not None, "expressions are translated inside `guarded`"
        written, where = self.at
        self.note(wrong.code, _placed(written, wrong.span), where, **wrong.parameters)

    def read(self, written: Written, scope: Mapping[str, Symbol]) -> Term:
        """The term of FEEL text."""
        node = parse_expression(written.text, self._known(scope), tuple(self.types.members | _entries(scope)))
        return self.expressions(scope).term(node)

    def _known(self, scope: Mapping[str, Symbol]) -> tuple[str, ...]:
        """The names that FEEL text may use."""
        return (*scope, *FUNCTIONS)

    def table(
        self, table: DecisionTable, scope: Mapping[str, Symbol], item_id: str, wanted: FeelType, target: str | None
    ) -> Term:
        """A decision table as a rule of its own."""
        wrong = [
            row for row in table.rows
            if len(row.tests) != len(table.inputs) or len(row.results) != len(table.outputs)
        ]  # fmt: skip
        for row in wrong:
            self.note("DMN-117", row.place, "", found=len(row.tests) + len(row.results),
                      expected=len(table.inputs) + len(table.outputs))  # fmt: skip
        if wrong or not table.outputs or not table.rows:
            if not wrong:
                self.note("DMN-116", table.place, "", what="decisionTable")
            return NULL
        reading = Reading(self._known(scope), tuple(self.types.members | _entries(scope)), self.guarded)
        writer = TableWriter(table, item_id, self.expressions(scope), reading, self.types, wanted)
        item, term = writer.write(target)
        self.items.append(item)
        return term

    def context(self, context: BoxedContext, scope: Mapping[str, Symbol], hint: str) -> Term:
        """A boxed context: every entry gets a name of its own, later ones see earlier ones."""
        inner: dict[str, Symbol] = dict(scope)
        members: dict[str, Term] = {}
        for entry in context.entries:
            if isinstance(entry.expression, KnowledgeModel) and entry.name:
                function = replace(entry.expression, name=entry.name)
                self.around[function.id] = dict(inner)
                inner[entry.name] = function
                continue
            term = self.entry(entry, inner, hint)
            if entry.name is None:
                return term
            members[entry.name] = inner[entry.name] = term
        return Term(FeelType("record"), members=members, nullable=False)

    def entry(self, entry: Entry, scope: Mapping[str, Symbol], hint: str) -> Term:
        """An entry of a context, or a binding: named unless it is a name or a constant already."""
        named = entry.name or hint
        wanted = self.types.find(entry.type) or ANY
        if entry.name is None:
            return self.boxed(entry.expression, scope, named, wanted)
        return self.named(self.boxed(entry.expression, scope, named, wanted), named, most=0)

    def named(self, term: Term, hint: str, most: int = LONGEST_ARGUMENT) -> Term:
        """A term that may be repeated: a long formula becomes a value with a name."""
        plain = term.items is None and term.members is None and term.type.is_plain
        if not plain or term.constant is not None or len(term.text) <= most or _is_path(term):
            return term
        if "line" in term.text.replace(".", " ").replace("(", " ").split() and "lines" not in term.text:
            return term
        rule = self.names.fresh(hint, "step")
        value: Item = {"id": "value"}
        if WORDS[term.type.kind] != "number":
            value["type"] = WORDS[term.type.kind]
        self.items.append({"id": rule, "kind": "values", "values": [{**value, "to": term.text}]})
        return replace(term, text=f"{rule}.value", rank=ATOM, nullable=True)

    def invocation(self, invocation: Invocation, scope: Mapping[str, Symbol], hint: str) -> Term:
        """A boxed invocation."""
        model = scope.get(" ".join(invocation.function.text.split()))
        if not isinstance(model, KnowledgeModel):
            self.note("DMN-123", invocation.function.place, "", name=invocation.function.text or "?")
            return NULL
        bound = {entry.name: self.entry(entry, scope, hint) for entry in invocation.bindings if entry.name}
        return self.guarded(Written("", invocation.place), model.name, lambda: self.invoke(model, bound, NOWHERE))

    def invoke(self, model: KnowledgeModel, given: Mapping[str, Term] | list[Term], span: Span) -> Term:
        """A business knowledge model with arguments by name or in order: its logic with the arguments put in."""
        if model.name in self.calls or len(self.calls) >= MOST_CALLS:
            raise Untranslatable("DMN-119", span, name=model.name)
        parameters = [parameter.name for parameter in model.parameters]
        if isinstance(given, list):
            if len(given) != len(parameters):
                raise Untranslatable("DMN-130", span, name=model.name, types=tuple(one.type.kind for one in given))
            given = dict(zip(parameters, given, strict=True))
        if unknown := [name for name in given if name not in parameters]:
            raise Untranslatable("DMN-122", span, name=unknown[0])
        arguments = {name: self.named(given.get(name, NULL), f"{model.name} {name}") for name in parameters}
        models = self.around.get(model.id) or {
            name: symbol for name, symbol in self.scope.items() if isinstance(symbol, KnowledgeModel)
        }
        wanted = self.types.find(model.type) or ANY
        before, self.calls = self.calls, (*self.calls, model.name)
        try:
            return self.boxed(model.logic, {**models, **arguments}, model.name, wanted)
        finally:
            self.calls = before

    def guarded(self, written: Written, where: str, translate: Callable[[], Term]) -> Term:
        """A term; what cannot be said is noted with its place, and the term is then null."""
        before, self.at = self.at, (written, where)
        try:
            term = translate()
        except Undefined as undefined:
            self.undefined(undefined)
        except FeelError as error:
            self.note("DMN-121", _placed(written, error.span), where, text=written.text[:60], reason=error.reason)
        except Untranslatable as wrong:
            self.note(wrong.code, _placed(written, wrong.span), where, **wrong.parameters)
        else:
            if len(term.text) <= LONGEST_FORMULA:
                return term
            return self.named(term, self.decision)
        finally:
            self.at = before
        return NULL

    def note(self, code: str, place: Place, where: str, **parameters: object) -> None:
        """Note a problem of this decision."""
        self.problems.append(Problem(code, {"decision": self.decision, "where": where, **parameters}, place))


def _is_path(term: Term) -> bool:
    """Whether a term is just a name."""
    return term.text.replace(".", "").replace("_", "").isalnum()


def _entries(scope: Mapping[str, Symbol]) -> set[str]:
    """The names of the entries of contexts in scope."""
    found: set[str] = set()
    waiting = [symbol for symbol in scope.values() if isinstance(symbol, Term)]
    while waiting:
        term = waiting.pop()
        for name, member in (term.members or {}).items():
            found.add(name)
            waiting.append(member)
        record = term.type.item or term.type
        found |= {each.name for each in record.fields}
    return found


def _placed(written: Written, span: Span) -> Place:
    """Where a part of a text stands, as well as that can be told behind escapes of XML."""
    before = written.text[: span.start]
    line = written.place.line + before.count("\n")
    column = span.start + (written.place.column if "\n" not in before else 1) - (before.rfind("\n") + 1)
    return Place(written.place.file, line, column, line, column + max(span.end - span.start, 1))

"""Terms: pieces of formulas of our own language with what is known about them, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.dmn.types import DATE, DURATION, FLAG, MONTHS, NULL_TYPE, NUMBER, TEXT, TIME, FeelType
from engine.language.tree import Span

OR, AND, NOT, COMPARED, ADDED, MULTIPLIED, NEGATED, RAISED, ATOM = range(1, 10)
"""How closely the outermost operator of a formula binds."""

PLAIN = "value"
"""What the one value of a row or rule is called that has no other name."""

Constant = str | bool | None


class Untranslatable(Exception):
    """Something our language cannot say, with the code of the problem and where in the FEEL text it stands."""

    def __init__(self, code: str, span: Span, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.span = span
        self.parameters = parameters


class Undefined(Untranslatable):
    """Something the standard says is null whatever the values: types that do not go together."""


@dataclass(frozen=True, slots=True)
class Term:
    """A formula, or for records and lists the path to one.

    `nullable` says whether it may have no value. `constant` is the digits, text, flag or ISO form of a constant.
    `items` are those of a list written out, `members` those of a context written out; both have no text then.
    `where` is the condition on the rows of a list, over `line`.
    """

    type: FeelType
    text: str = ""
    rank: int = ATOM
    nullable: bool = True
    constant: Constant = None
    items: tuple[Term, ...] | None = None
    members: Mapping[str, Term] | None = None
    where: str | None = None

    @property
    def is_null(self) -> bool:
        """Whether it is the constant that means nothing."""
        return self.type.kind == "null"

    @property
    def rows(self) -> str:
        """The path to the rows of a list: a list of plain values is a column of them."""
        item = self.type.item
        return self.text if item is not None and item.kind == "record" else self.text.rpartition(".")[0]

    @property
    def column(self) -> str:
        """What stands for one item of a list, over `line`."""
        item = self.type.item
        return "line" if item is not None and item.kind == "record" else f"line.{self.text.rpartition('.')[2]}"

    def at(self, rank: int) -> str:
        """The formula where something binds that closely, in parentheses where needed."""
        return self.text if self.rank >= rank else f"({self.text})"


NULL = Term(NULL_TYPE, "None")
TRUE = Term(FLAG, "True", nullable=False, constant=True)
FALSE = Term(FLAG, "False", nullable=False, constant=False)


def path_to(type_: FeelType, text: str) -> Term:
    """The term that stands for something declared; a list of plain values is a column of its rows."""
    plain_list = type_.item is not None and type_.item.kind != "record"
    return Term(type_, f"{text}.{PLAIN}" if plain_list else text)


def flag(value: bool) -> Term:
    """`true` or `false`."""
    return TRUE if value else FALSE


def number(digits: str) -> Term:
    """A number constant."""
    return Term(NUMBER, digits, NEGATED if digits.startswith("-") else ATOM, nullable=False, constant=digits)


def day(iso: str) -> Term:
    """A day constant."""
    return Term(DATE, f"date('{iso}')", nullable=False, constant=iso)


def text(value: str, span: Span) -> Term:
    """A text constant. Our texts have no escapes: where both quotes occur, the parts are joined."""
    strange = next((letter for letter in value if letter == "\\" or not letter.isprintable()), None)
    if strange is not None:
        raise Untranslatable("DMN-127", span, letter=f"U+{ord(strange):04X}")
    if "'" not in value or '"' not in value:
        quote = '"' if "'" in value else "'"
        return Term(TEXT, f"{quote}{value}{quote}", nullable=False, constant=value)
    parts = ', "\'", '.join(f"'{part}'" for part in value.split("'"))
    return Term(TEXT, f"concat({parts})", nullable=False, constant=value)


def length(amounts: Mapping[str, int], type_: FeelType = DURATION) -> Term:
    """A duration constant from whole parts, `days(2) + hours(3)`; the largest part first."""
    parts = [f"{function}({count})" for function, count in amounts.items() if count] or ["days(0)"]
    return Term(type_, " + ".join(parts), ADDED if len(parts) > 1 else ATOM, nullable=False)


def call(type_: FeelType, function: str, *arguments: Term, nullable: bool | None = None) -> Term:
    """A call of one of our functions."""
    known = any(one.nullable for one in arguments) if nullable is None else nullable
    return Term(type_, f"{function}({', '.join(one.text for one in arguments)})", nullable=known)


def joined(operator: str, terms: list[Term]) -> Term:
    """Flags joined by `and` or `or`."""
    if len(terms) == 1:
        return terms[0]
    rank = AND if operator == "and" else OR
    words = f" {operator} ".join(one.at(rank + 1) for one in terms)
    return Term(FLAG, words, rank, nullable=any(one.nullable for one in terms))


def negated(term: Term) -> Term:
    """`not x`."""
    return Term(FLAG, f"not {term.at(NOT)}", NOT, nullable=term.nullable)


def certain(term: Term) -> Term:
    """A condition that is false where it is unknown."""
    if not term.nullable:
        return term
    return FALSE if term.is_null else Term(FLAG, f"coalesce({term.text}, False)", nullable=False)


def condition(test: Term, then: Term, otherwise: Term, type_: FeelType) -> Term:
    """`if(test, then, otherwise)`."""
    words = f"if({certain(test).text}, {then.text}, {otherwise.text})"
    return Term(type_, words, nullable=then.nullable or otherwise.nullable)


def missing(term: Term) -> Term:
    """`x is None`."""
    if term.is_null:
        return TRUE
    if not term.type.is_plain:
        raise Untranslatable("DMN-125", Span(0, 0), what=f"{term.type.kind} = null")
    return Term(FLAG, f"{term.at(ADDED)} is None", COMPARED, nullable=False) if term.nullable else FALSE


def present(term: Term) -> Term:
    """`x is not None`."""
    if term.is_null:
        return FALSE
    if not term.type.is_plain:
        raise Untranslatable("DMN-125", Span(0, 0), what=f"{term.type.kind} != null")
    return Term(FLAG, f"{term.at(ADDED)} is not None", COMPARED, nullable=False) if term.nullable else TRUE


def typed(term: Term, type_: FeelType) -> Term:
    """The same term, known to be of a type."""
    return replace(term, type=type_) if not term.is_null else term


COUNTED = {MONTHS.kind, NUMBER.kind}
"""Kinds that are plain numbers with us."""

TIMED = {TIME.kind, DURATION.kind}
"""Kinds that are durations with us."""

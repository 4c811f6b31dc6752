"""The nodes that FEEL text becomes (DMN 1.5, chapter 10): nothing here knows types or our own formula language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from engine.language.tree import Span


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, without sign."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its escapes resolved."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Moment:
    """`@"2026-01-31"`: a date, time, date and time or duration, told by its form."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """`null`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name, blanks in it made single; `?` is the value that a unary test is about."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`of.name`."""

    span: Span
    of: Feel
    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    """Unary minus."""

    span: Span
    operand: Feel


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * / **`."""

    span: Span
    operator: str
    left: Feel
    right: Feel


@dataclass(frozen=True, slots=True)
class Comparison:
    """`= != < <= > >=`."""

    span: Span
    operator: str
    left: Feel
    right: Feel


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or`."""

    span: Span
    operator: str
    left: Feel
    right: Feel


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if condition then a else b`."""

    span: Span
    condition: Feel
    then: Feel
    otherwise: Feel


@dataclass(frozen=True, slots=True)
class Between:
    """`x between low and high`."""

    span: Span
    operand: Feel
    low: Feel
    high: Feel


@dataclass(frozen=True, slots=True)
class In:
    """`x in (tests)`."""

    span: Span
    operand: Feel
    tests: tuple[Feel, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`function(a, b)` or `function(name: a)`."""

    span: Span
    function: Feel
    arguments: tuple[tuple[str | None, Feel], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """`[a, b, c]`."""

    span: Span
    items: tuple[Feel, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`[low..high)`."""

    span: Span
    low: Feel
    high: Feel
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class Test:
    """`< 5`: one comparison with the value that a unary test is about."""

    span: Span
    operator: str
    operand: Feel


@dataclass(frozen=True, slots=True)
class Context:
    """`{a: 1, b: a + 1}`."""

    span: Span
    entries: tuple[tuple[str, Feel], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """`list[condition]` or `list[index]`."""

    span: Span
    of: Feel
    condition: Feel


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some x in list satisfies condition`, or `every`."""

    span: Span
    word: str
    name: str
    over: Feel
    condition: Feel


@dataclass(frozen=True, slots=True)
class Beyond:
    """What can be read but never said in our language (`for`, `function`, `instance of`), by its word."""

    span: Span
    word: str


Feel = (
    Number
    | Text
    | Moment
    | Flag
    | Null
    | Name
    | Member
    | Negation
    | Arithmetic
    | Comparison
    | Logic
    | Conditional
    | Between
    | In
    | Call
    | Listing
    | Range
    | Test
    | Context
    | Filter
    | Quantified
    | Beyond
)


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """The cell of a decision table: one of `tests` must be true (if `negated` none); without tests anything."""

    tests: tuple[Feel, ...]
    negated: bool = False


def walk(node: Feel) -> Iterator[Feel]:
    """The node and everything below it, parents first."""
    yield node
    for field in fields(node):
        yield from _below(getattr(node, field.name))


def _below(value: object) -> Iterator[Feel]:
    if isinstance(value, tuple):
        for one in value:
            yield from _below(one)
    elif isinstance(value, Feel):
        yield from walk(value)


def mentions(node: Feel, name: str) -> bool:
    """Whether a name occurs anywhere in it."""
    return any(isinstance(one, Name) and one.name == name for one in walk(node))

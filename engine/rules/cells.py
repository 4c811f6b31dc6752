"""Cells of a decision table: unary tests in the manner of DMN, as closed objects.

    -                      anything, also a missing value
    null                   a missing value
    5 · 'A' · 2026-01-31   exactly this
    > 500 · <= limit       compared; the other side may be a formula
    [200..500] · (0..10)   between; a bracket includes the end, a parenthesis does not
    'A','B' · < 5, > 9     one of several
    not('C')               none of several; a missing value does not match

Reading a text gives tests whose other sides are still text (`Operand`); `engine.rules.operands` turns them into values
or formulas once the type of the column is known. Everything that is not such a test is a `Malformed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.language.formula import Expression

MAX_CELL = 500
"""Longest text of a cell, in characters."""


class Malformed(Exception):
    """A cell that is no test: `reason` is one of empty, unclosed, open_end, nested, long, quote."""

    def __init__(self, reason: str, part: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.part = part


@dataclass(frozen=True, slots=True)
class Operand:
    """The other side of a test: its text, then either an exact `value` or an `expression` over the scope."""

    text: str
    value: object = None
    expression: Expression | None = None

    def get(self, scope: Mapping[str, object]) -> Any:
        """The value in this scope; None where a formula has no value."""
        return self.value if self.expression is None else self.expression.evaluate(scope)


@dataclass(frozen=True, slots=True)
class Anything:
    """`-`: always true."""

    def matches(self, _value: Any, _scope: Mapping[str, object]) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Missing:
    """`null`: true when there is no value."""

    def matches(self, value: Any, _scope: Mapping[str, object]) -> bool:
        """When the value is missing."""
        return value is None


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison with one other side; `=` is also what a plain value in a cell means."""

    operator: str
    operand: Operand

    def matches(self, value: Any, scope: Mapping[str, object]) -> bool:
        """False when either side is missing."""
        other = self.operand.get(scope)
        return value is not None and other is not None and _COMPARED[self.operator](value, other)


@dataclass(frozen=True, slots=True)
class Between:
    """A range with two ends, each of which may belong to it or not."""

    low: Operand
    high: Operand
    low_included: bool
    high_included: bool

    def matches(self, value: Any, scope: Mapping[str, object]) -> bool:
        """False when the value or an end is missing."""
        low, high = self.low.get(scope), self.high.get(scope)
        if value is None or low is None or high is None:
            return False
        above: bool = value >= low if self.low_included else value > low
        below: bool = value <= high if self.high_included else value < high
        return above and below


@dataclass(frozen=True, slots=True)
class OneOf:
    """Several tests of which one must be true."""

    tests: tuple[Test, ...]

    def matches(self, value: Any, scope: Mapping[str, object]) -> bool:
        """When any test matches."""
        return any(test.matches(value, scope) for test in self.tests)


@dataclass(frozen=True, slots=True)
class Not:
    """`not(…)`: none of the tests; a missing value does not match."""

    test: Test

    def matches(self, value: Any, scope: Mapping[str, object]) -> bool:
        """When there is a value and the test inside is false."""
        return value is not None and not self.test.matches(value, scope)


Test = Anything | Missing | Compare | Between | OneOf | Not

ANYTHING = Anything()


def read_cell(text: str) -> Test:
    """The test a cell text says; raises `Malformed`."""
    if len(text) > MAX_CELL:
        raise Malformed("long", text[:20] + "…")
    stripped = _half_width(text.strip())
    if stripped == "-":
        return ANYTHING
    inside = _inside_not(stripped)
    if inside is not None:
        return Not(_tests(inside))
    return _tests(stripped)


def operands(test: Test) -> Iterator[tuple[str, Operand]]:
    """Every other side in a test with the operator it stands behind (`..` for the end of a range)."""
    match test:
        case Compare(operator, operand):
            yield operator, operand
        case Between(low, high):
            yield "..", low
            yield "..", high
        case OneOf(tests):
            for inner in tests:
                yield from operands(inner)
        case Not(inner):
            yield from operands(inner)
        case Anything() | Missing():
            return


def with_operands(test: Test, change: Callable[[str, Operand], Operand]) -> Test:
    """The same test with every other side replaced by what `change(operator, operand)` gives."""
    match test:
        case Compare(operator, operand):
            return Compare(operator, change(operator, operand))
        case Between(low, high):
            return replace(test, low=change("..", low), high=change("..", high))
        case OneOf(tests):
            return OneOf(tuple(with_operands(inner, change) for inner in tests))
        case Not(inner):
            return Not(with_operands(inner, change))
        case Anything() | Missing():
            return test


def constant(test: Test) -> bool:
    """Whether a test can be asked without a document: it holds no formula."""
    return all(operand.expression is None for _, operand in operands(test))


Profile = tuple[list[Any], list[bool]]
"""The values a test names, in order, and whether it is true before the first, at it, behind it, and so on."""

_SIDES: Mapping[str, list[bool]] = {
    operator: [compared(0, 1), compared(1, 1), compared(2, 1)] for operator, compared in _COMPARED.items()
}


def profile(test: Test, *, ordered: bool) -> Profile:
    """What a test without formulas says of every value there can be.

    The test itself is asked: with each of its values replaced by its place, a place is a value like any other. What
    most cells are, a comparison or a span, is known without asking.
    """
    match test:
        case Compare(operator, Operand(_, value)):
            return [value], _SIDES[operator]
        case Between(Operand(_, low), Operand(_, high), low_in, high_in) if low < high:  # type: ignore[operator]
            return [low, high], [False, low_in, True, high_in, False]
    named = dict.fromkeys(operand.value for _, operand in operands(test))
    values: list[Any] = sorted(named) if ordered else list(named)
    place = {value: 2 * at + 1 for at, value in enumerate(values)}
    placed = with_operands(test, lambda _, operand: Operand(operand.text, place[operand.value]))
    return values, [placed.matches(at, {}) for at in range(2 * len(values) + 1)]


# Chinese input methods write these; outside quotes they can mean nothing else.
_HALF_WIDTH = str.maketrans({"，": ",", "（": "(", "）": ")", "【": "[", "】": "]", "＞": ">", "＜": "<", "＝": "="})
_QUOTED = re.compile(r"""('[^']*'|"[^"]*")""")
_OPERATOR = re.compile(r"<=|>=|!=|<|>|==|=")


def _half_width(text: str) -> str:
    """The text with full-width signs outside quotes replaced by those of the grammar."""
    return "".join(part if index % 2 else part.translate(_HALF_WIDTH) for index, part in enumerate(_QUOTED.split(text)))


def _inside_not(text: str) -> str | None:
    """What stands between the parentheses of `not(…)`, if the whole text is one."""
    found = re.match(r"not\s*\(", text)
    if found is None:
        return None
    if not text.endswith(")"):
        raise Malformed("unclosed", text)
    inside = text[found.end() : -1]
    if re.match(r"\s*not\s*\(", inside):
        raise Malformed("nested", text)
    return inside


def _tests(text: str) -> Test:
    """One test, or several separated by commas."""
    parts = tuple(_test(part.strip(), text) for part in _split(text, ","))
    return parts[0] if len(parts) == 1 else OneOf(parts)


def _test(part: str, whole: str) -> Test:
    """A single test of a list."""
    if part in ("", "-"):
        raise Malformed("empty", whole)
    if part == "null":
        return Missing()
    found = _OPERATOR.match(part)
    if found is not None:
        operator = "=" if found.group() == "==" else found.group()
        return Compare(operator, _operand(part[found.end() :], part))
    ends = _split(part, "..") if part[0] not in "'\"" else [part]
    if len(ends) > 1:
        raise Malformed("unclosed", part)
    if part[0] in "[(":
        inside = _range(part)
        if inside is not None:
            return inside
    return Compare("=", _operand(part, part))


def _range(part: str) -> Between | None:
    """A range such as `[1..5)`; None when the text in brackets is no range but a formula."""
    if not any(".." in outside for outside in _QUOTED.split(part)[::2]):
        return None
    ends = _split(part[1:-1], "..") if part[-1] in "])" else _split(part[1:], "..")
    if part[-1] not in "])" or len(ends) != 2:
        raise Malformed("unclosed", part)
    low, high = (_operand(end, part, "open_end") for end in ends)
    return Between(low, high, part[0] == "[", part[-1] == "]")


def _operand(text: str, part: str, reason: str = "empty") -> Operand:
    """The text of another side."""
    stripped = text.strip()
    if not stripped:
        raise Malformed(reason, part)
    return Operand(stripped)


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator outside quotes and brackets; raises `Malformed` when a quote or a bracket stays open.

    A bracket may be closed by either kind, because the two ends of a range choose theirs independently.
    """
    parts, depth, quote, start, position = [], 0, "", 0, 0
    while position < len(text):
        letter = text[position]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif depth == 0 and text.startswith(separator, position):
            parts.append(text[start:position])
            position += len(separator) - 1
            start = position + 1
        if depth < 0:
            raise Malformed("unclosed", text)
        position += 1
    if quote or depth:
        raise Malformed("quote" if quote else "unclosed", text)
    return [*parts, text[start:]]

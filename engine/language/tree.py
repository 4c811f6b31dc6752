"""The closed tree every formula becomes: the nodes that exist, and nothing else.

A node knows its type and where in the formula text it stands. Four readings walk this tree: generated Python
(`generate.py`), the trace (`trace.py`), the sentence (`sentence.py`) and SQL (`storage/filters.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from engine.language.signature import Function
from engine.language.types import Type

Constant = int | Decimal | str | bool | date | datetime | timedelta | None
PathNames = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands in the formula text: character offsets, 0-based, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant written in the formula; numbers are exact as written."""

    span: Span
    type: Type
    value: Constant


@dataclass(frozen=True, slots=True)
class Path:
    """A name, or a dotted path through references.

    `row` is 0 for names of the scope; n for a path that begins at the row variable `line` of the n-th enclosing
    aggregate (`names[0]` is then "line").
    """

    span: Span
    type: Type
    names: PathNames
    row: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """`today()` or `now()`: read from the scope under that name."""

    span: Span
    type: Type
    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    span: Span
    type: Type
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * / **` on two operands; a missing operand makes the result missing."""

    span: Span
    type: Type
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """`== != < <= > >=`; a missing operand makes the result unknown. References are compared by id."""

    span: Span
    type: Type
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class And:
    """Three-valued and: false wins over unknown."""

    span: Span
    type: Type
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Three-valued or: true wins over unknown."""

    span: Span
    type: Type
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Three-valued not."""

    span: Span
    type: Type
    operand: Node


@dataclass(frozen=True, slots=True)
class Membership:
    """`x in [..]` and `x not in [..]` over constants; a missing x makes the result unknown."""

    span: Span
    type: Type
    operand: Node
    items: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class IsMissing:
    """`x is None` (or `x == None`) and its negation; always true or false."""

    span: Span
    type: Type
    operand: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if(condition, a, b)`; an unknown condition makes the result missing."""

    span: Span
    type: Type
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Coalesce:
    """`coalesce(a, b, ...)`: the first that is not missing."""

    span: Span
    type: Type
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table on present arguments; a missing argument makes the result missing."""

    span: Span
    type: Type
    function: Function
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`sum count min max any all` over rows. `body` is judged per row, where `line` names the row at depth `row`.

    `count(lines)` has no body. `sum(lines.amount)` is kept as the body `line.amount`.
    """

    span: Span
    type: Type
    name: str
    rows: Path
    body: Node | None
    row: int


Node = (
    Literal
    | Path
    | Clock
    | Negate
    | Arithmetic
    | Comparison
    | And
    | Or
    | Not
    | Membership
    | IsMissing
    | Conditional
    | Coalesce
    | Call
    | Aggregate
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order they are written."""
    match node:
        case Literal() | Path() | Clock():
            return ()
        case Negate() | Not() | IsMissing():
            return (node.operand,)
        case Membership():
            return (node.operand, *node.items)
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case And() | Or() | Coalesce():
            return node.operands
        case Conditional():
            return (node.condition, node.then, node.otherwise)
        case Call():
            return node.arguments
        case Aggregate():
            return (node.rows,) if node.body is None else (node.rows, node.body)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def paths_of(node: Node, rows: tuple[PathNames, ...] = ()) -> frozenset[PathNames]:
    """Every path the tree reads, with row variables written out: `sum(lines.amount)` reads ("lines", "amount").

    `today()` and `now()` count as the paths ("today",) and ("now",).
    """
    match node:
        case Path():
            return frozenset({node.names if node.row == 0 else rows[node.row - 1] + node.names[1:]})
        case Clock():
            return frozenset({(node.name,)})
        case Aggregate():
            outer = paths_of(node.rows, rows)
            inside = (*rows, next(iter(outer)))
            return outer | paths_of(node.body, inside) if node.body is not None else outer
        case _:
            return frozenset().union(*(paths_of(child, rows) for child in children(node)))

"""Typed tree → Python, compiled once: the reading of a formula that answers requests.

Two functions are generated per formula. `fast` reads every path once, checks for None once and then computes with
plain operators; whenever something is missing, unfit, inexact or has no answer it hands over to `slow`, which keeps
three-valued logic with the functions of `logic.py`. Both give the same answer wherever both have one.

The source holds only names made here (`k0`, `v0`, `s`, `r1`) and Python's own words: field names, constants and
functions are bound by position, so no text of a package ever becomes source, and there are no builtins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal, Inexact, getcontext, setcontext
from typing import Any

from engine.language import logic, tree
from engine.language.exact import EXACT, divide, power
from engine.language.functions import FUNCTIONS
from engine.language.tree import Node
from engine.language.types import DECIMALS, DurationType, IntegerType, ReferenceType, Type

Run = Callable[[Mapping[str, Any]], Any]


class Writer:
    """Writes the source of one formula and remembers what its names are bound to."""

    def __init__(self) -> None:
        self.bound: list[object] = []
        self.reads: dict[tuple[str, ...], str] = {}
        self.lines: list[str] = []
        self.checked: list[str] = []

    def name(self, value: object) -> str:
        """A new name for a value."""
        self.bound.append(value)
        return f"k{len(self.bound) - 1}"

    def call(self, function: Callable[..., object], *arguments: str) -> str:
        """The source of a call."""
        return f"{self.name(function)}({', '.join(arguments)})"

    def lifted(self, node: Node) -> str:  # noqa: C901 - one case per kind of node
        """The source that keeps three-valued logic."""
        match node:
            case tree.Literal():
                return self.name(node.value)
            case tree.Path():
                start = "s" if node.row == 0 else f"r{node.row}"
                return self.call(logic.read, start, self.name(node.names if node.row == 0 else node.names[1:]))
            case tree.Clock():
                return self.call(logic.read, "s", self.name((node.name,)))
            case tree.Negate():
                return self.call(logic.negate, self.lifted(node.operand))
            case tree.Arithmetic():
                return self.call(logic.LIFTED[node.operator], self.lifted(node.left), self.lifted(node.right))
            case tree.Comparison():
                sides = (self.compared(side, self.lifted(side)) for side in (node.left, node.right))
                return self.call(logic.LIFTED[node.operator], *sides)
            case tree.And():
                return self.call(logic.conjunction, *map(self.lifted, node.operands))
            case tree.Or():
                return self.call(logic.disjunction, *map(self.lifted, node.operands))
            case tree.Not():
                return self.call(logic.negation, self.lifted(node.operand))
            case tree.Membership():
                items = self.name(frozenset(item.value for item in node.items))
                return self.call(logic.member, self.lifted(node.operand), items, self.name(not node.negated))
            case tree.IsMissing():
                return f"({self.lifted(node.operand)} is {'not ' if node.negated else ''}None)"
            case tree.Conditional():
                return self.call(logic.choose, *map(self.lifted, tree.children(node)))
            case tree.Coalesce():
                return self.call(logic.first_present, *map(self.lifted, node.operands))
            case tree.Call():
                return self.call(logic.apply, self.function(node), *map(self.lifted, node.arguments))
            case tree.Aggregate():
                return self.aggregate(node)

    def compared(self, node: Node, source: str) -> str:
        """An operand of a comparison: references are compared by id."""
        return self.call(logic.identity, source) if isinstance(node.type, ReferenceType) else source

    def function(self, node: tree.Call) -> str:
        """The source of what a call runs: bound once, or brought along by the scope."""
        if node.function.bound:
            return self.call(logic.bound, "s", self.name(node.function.name))
        assert node.function.run is not None, f"{node.function.name} has nothing to run"
        return self.name(node.function.run)

    def aggregate(self, node: tree.Aggregate) -> str:
        """The source of an aggregate; its body is a lambda of the row."""
        rows = self.lifted(node.rows)
        body = self.name(None) if node.body is None else f"lambda r{node.row}: {self.lifted(node.body)}"
        match node.name:
            case "sum":
                return self.call(logic.total, rows, body, self.name(zero_of(node.type)))
            case "min" | "max":
                return self.call(logic.extreme, self.name(min if node.name == "min" else max), rows, body)
            case "any":
                return self.call(logic.some, rows, body)
            case "all":
                return self.call(logic.every, rows, body)
        return self.call(logic.count, rows, body)

    def direct(self, node: Node) -> str:  # noqa: C901 - one case per kind of node
        """The source for present values only; paths become local names that are read and checked first."""
        match node:
            case tree.Path() if node.row == 0:
                return self.read(node.names)
            case tree.Clock():
                return self.read((node.name,))
            case tree.Literal(value=None):  # a flag that is never known: Python would take it for false
                return self.call(logic.sure, self.name(None))
            case tree.Literal():
                return self.name(node.value)
            case tree.Negate():
                return f"(-{self.direct(node.operand)})"
            case tree.Arithmetic():
                left, right = self.direct(node.left), self.direct(node.right)
                if node.operator in {"/", "**"}:
                    return self.call(divide if node.operator == "/" else power, left, right)
                return f"({left} {node.operator} {right})"
            case tree.Comparison():
                left, right = (self.compared(side, self.direct(side)) for side in (node.left, node.right))
                return f"({left} {node.operator} {right})"
            case tree.And():
                return f"({' and '.join(map(self.direct, node.operands))})"
            case tree.Or():
                return f"({' or '.join(map(self.direct, node.operands))})"
            case tree.Not():
                return f"(not {self.direct(node.operand)})"
            case tree.Membership():
                items = self.name(frozenset(item.value for item in node.items))
                return f"({self.direct(node.operand)} {'not ' if node.negated else ''}in {items})"
            case tree.Conditional():
                condition, then, otherwise = map(self.direct, tree.children(node))
                return f"({then} if {condition} else {otherwise})"
            case tree.Call():
                arguments = ", ".join(map(self.direct, node.arguments))
                return self.call(logic.sure, f"{self.function(node)}({arguments})")
            case tree.IsMissing():
                return self.lifted(node)
        return self.call(logic.sure, self.lifted(node))

    def read(self, names: tuple[str, ...]) -> str:
        """A local name for the value at a path; shared beginnings are read once."""
        source = self.reach(names)
        if source not in self.checked:
            self.checked.append(source)
        return source

    def reach(self, names: tuple[str, ...]) -> str:
        """Read a path step by step, each step once."""
        if names in self.reads:
            return self.reads[names]
        start = "s" if len(names) == 1 else self.reach(names[:-1])
        local = f"v{len(self.reads)}"
        self.lines.append(f"{local} = {start}[{self.name(names[-1])}]")
        self.reads[names] = local
        return local


def zero_of(summed: Type) -> object:
    """What a sum over no rows is."""
    if isinstance(summed, DurationType):
        return timedelta(0)
    return 0 if isinstance(summed, IntegerType) else Decimal(0)


def finished(writer: Writer, node: Node, source: str) -> str:
    """The result as it leaves the formula: a reference as its id, a decimal as a Decimal."""
    if isinstance(node.type, ReferenceType):
        return writer.call(logic.identity, source)
    if isinstance(node.type, DECIMALS) and not isinstance(node, tree.Path):
        return writer.call(logic.whole_amount, source)
    return source


def computes(node: Node) -> bool:
    """Whether the current Decimal context matters to a node."""
    match node:
        case tree.Arithmetic() | tree.Negate():
            return True
        case tree.Aggregate():
            return node.name == "sum"
        case tree.Call():
            return node.function.bound or FUNCTIONS.get(node.function.name) is not node.function
    return False


EXACTLY = """\
        before = {current}()
        {switch}({context})
        try:
            return {source}
        finally:
            {switch}(before)
"""
"""The fallback computes in the exact context."""

CHECKED = """\
            context = {current}()
            if context is {exact}:
                return {source}
            flags = context.flags
            flags[{inexact}] = False
            result = {source}
            if flags[{inexact}]:
                return slow(s)
            return result
"""
"""The fast path. Within `exactly()` a lost digit raises. Elsewhere it stays in the caller's context, whose switch costs
more than the arithmetic, and asks it afterwards whether a digit was lost."""


def source_of(node: Node) -> tuple[str, tuple[object, ...]]:
    """The generated source of a formula and the values its names k0, k1, ... are bound to."""
    writer = Writer()
    slow = finished(writer, node, writer.lifted(node))
    fast = finished(writer, node, writer.direct(node))
    errors = writer.name(logic.DATA_ERRORS)
    reads = "".join(f"            {line}\n" for line in writer.lines)
    test = " or ".join(f"{local} is None" for local in writer.checked)
    guard = f"            if {test}:\n                return slow(s)\n" if test else ""
    if any(computes(below) for below in tree.walk(node)):
        current, switch, context = writer.name(getcontext), writer.name(setcontext), writer.name(EXACT)
        inexact = writer.name(Inexact)
        slow_body = EXACTLY.format(current=current, switch=switch, context=context, source=slow)
        fast_body = CHECKED.format(current=current, exact=context, inexact=inexact, source=fast)
    else:
        slow_body, fast_body = f"        return {slow}\n", f"            return {fast}\n"
    names = ", ".join(f"k{index}" for index in range(len(writer.bound)))
    source = (
        f"def make({names}):\n    def slow(s):\n{slow_body}    def fast(s):\n        try:\n{reads}{guard}{fast_body}"
        f"        except {errors}:\n            return slow(s)\n    return fast\n"
    )
    return source, tuple(writer.bound)


def generate(node: Node) -> Run:
    """Compile a tree to a function of the scope. It never raises for data; no answer is None."""
    source, bound = source_of(node)
    made: dict[str, Any] = {"__builtins__": {}}
    exec(compile(source, "<formula>", "exec"), made)  # noqa: S102 - source of our own making, see the module docstring
    run: Run = made["make"](*bound)
    return run

"""What an entry of the function table says: name, parameters, result, and the words for people.

`functions.py` holds the table; an installed distribution may offer entries of its own, which join by `Scope.functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.language.types import Expected, Type, Wording

Result = Type | Callable[[tuple[Type, ...]], Type]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name in the reference page and the types it takes."""

    name: str
    accepts: Expected
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the formula language.

    `run` computes on present values; a missing argument makes the result missing without calling it, and it returns
    None where it has no answer. `phrase` is its sentence, with {0}, {1} for the arguments and {all} for all of them.
    `examples` are pairs of formulas with the same value (the example scope is `EXAMPLE_LINES`).

    `special` functions are nodes of the tree (`if`, aggregates, clocks) and have no `run`. A function that is `bound`
    reads something outside the scope: the scope hands in what it runs, under "functions".
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    doc: Wording
    phrase: Wording
    examples: tuple[tuple[str, str], ...] = ()
    run: Callable[..., object] | None = None
    variadic: bool = False
    agree: bool = False
    special: bool = False
    bound: bool = False

    def result_type(self, arguments: tuple[Type, ...]) -> Type:
        """The type of a call with arguments of these types."""
        return self.result if isinstance(self.result, Type) else self.result(arguments)

    @property
    def least(self) -> int:
        """The smallest number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """The largest number of arguments; None without a limit."""
        return None if self.variadic else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """The parameter an argument belongs to; the last one repeats in a variadic function."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    @property
    def signature(self) -> str:
        """How it is written: `round_half_up(x[, digits])`."""
        parts = [f"[{one.name}]" if one.optional else one.name for one in self.parameters]
        return f"{self.name}({', '.join([*parts, '…'] if self.variadic else parts)})"

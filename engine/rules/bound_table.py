"""A decision table ready to be asked: what its columns look at, its index, and what its hit policy makes of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from engine.language.catalogue import worded
from engine.language.formula import Expression
from engine.language.problems import Place
from engine.language.tree import Path
from engine.language.types import ReferenceType
from engine.rules.cells import Operand
from engine.rules.index import Index, WhyNot
from engine.rules.policies import POLICIES, HitPolicy, Ranks, Verdict


class TableSaid(NamedTuple):
    """What a table said: the rows that counted (ids and places) and the inputs by column.

    Where somebody asked why, also how many rows were `left` after each column, and the runner-up.
    """

    rows: tuple[tuple[str, Place | None], ...]
    inputs: tuple[tuple[str, object], ...]
    left: tuple[int, ...] = ()
    runner_up: WhyNot | None = None

    def why_not(self) -> Mapping[str, str] | None:
        """Why the runner-up was not taken, in both languages; None when there is none or nobody asked."""
        if self.runner_up is None:
            return None
        row = self.runner_up.row
        if self.runner_up.column is None:
            return {"zh": f"第 {row} 行也符合，但排在后面", "en": f"row {row} fits too, but comes later"}
        column, seen = self.inputs[self.runner_up.column]
        return {
            "zh": f"第 {row} 行最接近，但 {column} 是 {worded(seen, 'zh')}",
            "en": f"row {row} is closest, but {column} is {worded(seen, 'en')}",
        }


@dataclass(frozen=True, slots=True)
class BoundTable:
    """What a table is once all its cells were read.

    `names` are its columns, `width` is the number of outputs; `read` gives all inputs where they are plain names.
    """

    names: tuple[str, ...]
    expressions: tuple[Expression, ...]
    index: Index
    policy: HitPolicy
    ranks: Ranks
    default: tuple[Operand, ...] | None
    width: int
    read: Callable[[Mapping[str, object]], tuple[object, ...]] | None = None

    def answer(self, scope: Mapping[str, object]) -> Verdict:
        """What comes out for the names in a scope, and nothing else."""
        inputs = self.inputs(scope)
        return self.verdict(self.hits(inputs, scope), scope)

    def explained(self, scope: Mapping[str, object]) -> tuple[Verdict, TableSaid]:
        """The answer, with what was left after each column and the runner-up."""
        inputs = self.inputs(scope)
        hits = self.hits(inputs, scope)
        verdict = self.verdict(hits, scope)
        return verdict, self.reasons(inputs, scope, [hits[at] for at in verdict.taken])

    def inputs(self, scope: Mapping[str, object]) -> Sequence[object]:
        """What the columns look at; plain names are read at once."""
        if self.read is not None:
            try:
                return self.read(scope)
            except KeyError:  # a name that is not in the scope is missing
                pass
        return [expression.evaluate(scope) for expression in self.expressions]

    def hits(self, inputs: Sequence[object], scope: Mapping[str, object]) -> Sequence[int]:
        """The rows that match; where the first decides, only that."""
        if not self.policy.one:
            return self.index.every(inputs, scope)
        first = self.index.first(inputs, scope)
        return () if first is None else (first,)

    def verdict(self, hits: Sequence[int], scope: Mapping[str, object]) -> Verdict:
        """What comes out of the rows that hit; without any it is the default, or nothing is known."""
        if hits:
            return self.policy.choose([self.given(hit, scope) for hit in hits], self.ranks)
        if self.default is None:
            return Verdict(() if self.policy.rows else (None,) * self.width, ())
        default = tuple([each.get(scope) for each in self.default])
        return Verdict((default,) if self.policy.rows else default, ())

    def given(self, hit: int, scope: Mapping[str, object]) -> tuple[object, ...]:
        """What a row gives."""
        known = self.index.values[hit]
        return known if known is not None else tuple([each.get(scope) for each in self.index.rows[hit].outputs])

    def said(self, inputs: Sequence[object], taken: Sequence[int]) -> TableSaid:
        """The rows that counted and what was looked at."""
        rows = self.index.rows
        return TableSaid(
            tuple([(rows[hit].id, rows[hit].place) for hit in taken]), tuple(zip(self.names, inputs, strict=True))
        )

    def reasons(self, inputs: Sequence[object], scope: Mapping[str, object], taken: Sequence[int]) -> TableSaid:
        """The same, with what was left after each column and the runner-up."""
        said, why = self.said(inputs, taken), self.index.explain(inputs, scope, taken)
        return TableSaid(said.rows, said.inputs, why.left, why.runner_up)


def reader_of(expressions: Sequence[Expression]) -> Callable[[Mapping[str, object]], tuple[object, ...]] | None:
    """What reads all of some expressions from a scope, if each is the name of a plain value."""
    trees = [expression.tree for expression in expressions]
    names = [tree.names[0] for tree in trees if isinstance(tree, Path) and len(tree.names) == 1 and tree.row == 0]
    plain = len(names) == len(trees) > 1 and not any(isinstance(tree.type, ReferenceType) for tree in trees)
    return itemgetter(*names) if plain else None


UNBOUND = BoundTable((), (), Index((), ()), POLICIES["F"], (), None, 0)
"""A table whose cells could not be read."""

"""What is wrong with a decision table as a whole, told with rows, columns and an input that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.language.catalogue import worded
from engine.language.problems import Place, Problem
from engine.language.types import Type
from engine.rules.analysis import Analyst, Inputs
from engine.rules.cells import Test
from engine.rules.cover import covered_rows
from engine.rules.index import Index
from engine.rules.policies import HitPolicy


@dataclass(frozen=True, slots=True)
class Asked:
    """A column of a table as it is judged: its id, where it stands, its type, and the test of what is allowed."""

    id: str
    place: Place | None
    type: Type
    allowed: Test


@dataclass(frozen=True, slots=True)
class Subject:
    """A table that is judged. `complete`: where no row matches there is a result all the same, or none is wanted."""

    rule: str
    place: Place | None
    policy: HitPolicy
    columns: Sequence[Asked]
    index: Index
    complete: bool

    def findings(self) -> Iterator[Problem]:
        """Everything, the rows first."""
        rows, policy = self.index.rows, self.policy
        for position, wider in covered_rows(self.index) if policy.one else ():
            parameters = {"rule": self.rule, "row": rows[position].id, "other": rows[wider].id}
            yield Problem("RUL-530", parameters, rows[position].place or self.place)
        types, allowed = [each.type for each in self.columns], [each.allowed for each in self.columns]
        analyst = Analyst(self.index, types, allowed)
        for at in analyst.idle_columns():
            column = self.columns[at]
            yield Problem("RUL-533", {"rule": self.rule, "column": column.id}, column.place)
        for overlap in analyst.overlaps(self._clash) if policy.clash is not None else ():
            told = {"row": rows[overlap.second].id, "other": rows[overlap.first].id, "seen": self._seen(overlap.inputs)}
            yield Problem(str(policy.clash), {"rule": self.rule, **told}, rows[overlap.second].place or self.place)
        for inputs in analyst.gaps()[:1] if not self.complete else ():
            yield Problem("RUL-536", {"rule": self.rule, "seen": self._seen(inputs)}, self.place)

    def _clash(self, first: int, second: int) -> bool:
        """Whether two rows may not match together. Formulas in their results may say the same: that shows later."""
        if not self.policy.may_agree:
            return True
        one, other = (self.index.rows[at].outputs for at in (first, second))
        known = all(operand.expression is None for operand in (*one, *other))
        return known and [each.value for each in one] != [each.value for each in other]

    def _seen(self, inputs: Inputs) -> dict[str, str]:
        """An input in both languages."""
        pairs = list(zip(self.columns, inputs, strict=True))
        return {
            language: ", ".join(f"{column.id} = {worded(value, language)}" for column, value in pairs)
            for language in ("zh", "en")
        }

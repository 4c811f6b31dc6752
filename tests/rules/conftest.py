"""A small goods receipt for the rule tests: read, bound and evaluated as the loader does it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    FlagType,
    IntegerType,
    MoneyType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)
from engine.rules.evaluate import Evaluation, bind, evaluate
from engine.rules.schema import RuleSet

ITEM = RecordType("item", {"unit": TextType(), "price": MoneyType("CNY"), "group": ChoiceType(("raw", "goods"))})
PLACE = RecordType("place", {"kind": ChoiceType(("store", "loss"))})
SUPPLIER = RecordType("supplier", {"level": ChoiceType(("A", "B", "C")), "place": ReferenceType("place")})
LINE = RecordType(
    "line",
    {
        "item": ReferenceType("item"),
        "quantity": QuantityType("item.unit"),
        "price": MoneyType("CNY"),
        "amount": MoneyType("CNY"),
        "rate": DecimalType(),
    },
)
NAMES = {
    "supplier": ReferenceType("supplier"),
    "place": ReferenceType("place"),
    "received_on": DateType(),
    "due_on": DateType(),
    "total": MoneyType("CNY"),
    "net": MoneyType("CNY"),
    "rate": DecimalType(),
    "count": IntegerType(),
    "note": TextType(),
    "level": ChoiceType(("A", "B", "C")),
    "urgent": FlagType(),
    "lines": RowsType(LINE),
}
SCOPE = Scope(NAMES, {"item": ITEM, "supplier": SUPPLIER, "place": PLACE})


@dataclass
class Bench:
    """A rule set with the problems of reading and binding it."""

    rules: RuleSet | None
    problems: tuple[Problem, ...]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]

    @property
    def errors(self) -> list[str]:
        return [problem.code for problem in self.problems if problem.severity == "error"]

    def run(self, explain: bool = False, **scope: Any) -> Evaluation:
        assert not self.errors, self.problems
        return evaluate(self.rules, {**dict.fromkeys(NAMES), **scope}, explain=explain)


@pytest.fixture
def rules() -> Callable[[str], Bench]:
    """Read the items of a rules file, bind them, and give something to run."""

    def read(items: str) -> Bench:
        text = "rules: goods_receipt\nitems:\n" + "".join(f"  {line}\n" for line in items.strip("\n").splitlines())
        node, problems = read_source("rules/goods_receipt.yaml", text)
        assert node is not None, problems
        assert not problems, problems
        found, problems = validate(RuleSet, node)
        return Bench(found, problems if found is None else tuple(bind(found, SCOPE)))

    return read


@pytest.fixture
def flour() -> dict[str, Any]:
    return {"id": "i1", "unit": "kg", "price": Decimal("2.50"), "group": "raw"}

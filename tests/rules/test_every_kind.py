"""What every kind of rule promises, tested over every kind in the table with the example the kind brings itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from engine.rules import kinds
from engine.rules.kinds import AnyRule
from engine.rules.kinds.base import RuleKind, SettingRule
from tests.rules.conftest import Bench

KINDS: dict[str, type[RuleKind]] = {
    get_args(member.model_fields["kind"].annotation)[0]: member for member in get_args(get_args(AnyRule)[0])
}
FILLED: dict[str, Any] = {
    "received_on": date(2026, 3, 1),
    "due_on": date(2026, 2, 1),
    "total": Decimal("60000.00"),
    "rate": None,
    "urgent": True,
    "lines": (),
}
Reader = Callable[[str], Bench]

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def test_the_table_holds_every_kind_in_the_folder() -> None:
    declared = {
        found
        for module in pkgutil.iter_modules(kinds.__path__)
        for found in vars(importlib.import_module(f"{kinds.__name__}.{module.name}")).values()
        if isinstance(found, type) and issubclass(found, RuleKind) and "kind" in found.model_fields
    }
    assert declared == set(KINDS.values())


@every_kind
def test_a_kind_and_each_of_its_keys_is_described(kind: type[RuleKind]) -> None:
    assert kind.__doc__
    assert kind.__doc__ not in {RuleKind.__doc__, SettingRule.__doc__}
    assert {name for name, field in kind.model_fields.items() if not field.description} == set()


@every_kind
def test_the_example_reads_binds_and_says_something(kind: type[RuleKind], rules: Reader) -> None:
    """Filled in, the rule leaves a step with its file, its line and its words in both languages."""
    bench = rules(kind.example)
    assert bench.problems == ()
    assert bench.rules is not None
    assert [type(rule) for rule in bench.rules.items] == [kind]
    said = bench.run(explain=True, **FILLED)
    assert said.trace
    for step in said.trace:
        assert step.place is not None
        assert step.place.file == "rules/goods_receipt.yaml"
        assert step.place.line >= 3
        assert step.sentence("zh")
        assert step.sentence("en")
        assert step.outcome


@every_kind
def test_on_an_empty_record_nothing_is_raised_and_nothing_is_refused(kind: type[RuleKind], rules: Reader) -> None:
    said = rules(kind.example).run(lines=())
    assert not said.refused


@every_kind
def test_a_misspelt_name_is_refused_at_load_with_its_line(kind: type[RuleKind], rules: Reader) -> None:
    misspelt = re.sub(r"\b(total|due_on|urgent|rate)\b(?=[ ,)}\]/<>=+*-])", r"\1x", kind.example)
    assert misspelt != kind.example
    problems = rules(misspelt).problems
    assert problems
    assert all(problem.place is not None and problem.place.line >= 3 for problem in problems)


@every_kind
def test_an_unknown_key_is_refused_with_what_was_meant(kind: type[RuleKind], rules: Reader) -> None:
    bench = rules(kind.example.replace("kind:", "knid: x\n  kind:" if "\n" in kind.example else "knid: x, kind:", 1))
    assert "PKG-201" in bench.codes

"""Numbers that are too large, too long or no numbers: a problem with a path at every door, and nothing is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.language.catalogue import message
from engine.language.problems import Problem, Refused
from engine.operations.load_file import ImportReport, RefusedRow, import_file
from engine.operations.publish import migrate, publish
from engine.operations.verify import verify
from engine.packages.schema import App
from engine.storage import journal, records
from tests.doors.layer import app_over_food
from tests.operations.world import World

FIELDS = ("whole", "fine", "price", "weight")
REASONS = {"VAL-112", "VAL-113", "VAL-201", "VAL-202", "VAL-203", "VAL-204", "VAL-205"}
"""Too many places, too large, no number, too long, a doubtful comma, no amount, no such unit."""

SAMPLE = """
entity: sample
identity: [code]
fields:
  - {id: code, kind: text, required: true}
  - {id: whole, kind: integer}
  - {id: fine, kind: decimal, scale: 18}
  - {id: price, kind: money, currency: CNY, scale: 4}
  - {id: weight, kind: quantity, unit: kg}
"""

GRANT = """
role: manager
grants:
  - {id: samples, add: {entity: sample, actions: [list, open, create, edit]}}
"""

MAPPING = """
mapping: samples_%(format)s
entity: sample
format: %(format)s
columns:
  - {id: code, required: true}
  - {id: whole, read: %(whole)s}
  - {id: fine, read: %(fine)s}
  - {id: price, read: %(fine)s}
  - {id: weight, read: %(fine)s}
fields: [{id: code}, {id: whole}, {id: fine}, {id: price}, {id: weight}]
"""

LARGEST = 2**63 - 1

STEPS = {"whole": Decimal(1), "fine": Decimal("1e-18"), "price": Decimal("0.0001"), "weight": Decimal("0.000001")}
"""The smallest difference that each field keeps."""

LEGAL = {name: (LARGEST * step, -LARGEST * step) for name, step in STEPS.items()}
"""The last numbers that are kept, in both directions."""

BEYOND = {name: (2**63 * step, -(2**63) * step) for name, step in STEPS.items()}
"""The first numbers that are not, one step further out."""

NUMBERS = (
    Decimal(2**63),
    Decimal(-(2**63)),
    Decimal(2**64),
    Decimal("1e400"),
    Decimal("-1e400"),
    Decimal("1e-400"),
    Decimal("1e999999"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    Decimal("1" * 40),
    Decimal("0." + "1" * 40),
)
"""Numbers that no field keeps."""

TEXTS = (*(str(each) for each in NUMBERS), "1" * 201, "９" * 40, "1e5", "0x10", "1_000", "--1", "²", "٣", "1,2,3")
"""What people and browsers send for them, and what looks like a number to some programs."""

HEAD = {"supplier": "MILL", "place": "MAIN"}
INTEGERS = (2**63, -(2**63), 2**64, 10**39, 10**400)


@pytest.fixture(scope="session")
def limits() -> App:
    """The food app with an entity of nothing but numbers, and mappings for it: one for CSV texts, one for JSON."""
    texts = {"format": "csv", "whole": "text", "fine": "text"}
    numbers = {"format": "json", "whole": "integer", "fine": "decimal"}
    files = {"entities/sample.yaml": SAMPLE, "roles/manager.yaml": GRANT}
    mappings = {f"mappings/samples_{each['format']}.yaml": MAPPING % each for each in (texts, numbers)}
    return app_over_food("limits", files | mappings)


@pytest.fixture
def measured(world: World, limits: App) -> World:
    """The food company with that entity."""
    migrate(world.site, limits, False)
    publish(world.site, limits.layers, "test")
    return world


def written(world: World) -> tuple[int, int]:
    """How much is in the journal, and how many samples there are."""
    with world.site.reading() as (connection, running):
        return journal.length(connection), records.count(connection, running.tables, "sample")


def refusal(world: World, entity: str, raw: Mapping[str, Any], **more: Any) -> tuple[Problem, ...]:
    """Why something is refused; it has to be."""
    with pytest.raises(Refused) as refused:
        world.submit(entity, raw, login="manager", **more)
    for problem in refused.value.problems:
        assert message(problem, "zh")
        assert message(problem, "en")
    return refused.value.problems


def test_a_number_beyond_is_refused_at_its_field(measured: World) -> None:
    before = written(measured)
    for name in FIELDS:
        for raw in (*BEYOND[name], *map(str, BEYOND[name]), *NUMBERS, *TEXTS, *INTEGERS):
            problems = refusal(measured, "sample", {"code": "A", name: raw})
            assert {problem.path for problem in problems} == {(name,)}, raw
            assert {problem.code for problem in problems} <= REASONS, raw
    assert written(measured) == before


def test_the_last_number_within_is_kept_exactly(measured: World) -> None:
    kept: list[tuple[str, str, Decimal]] = []
    for name in FIELDS:
        for number in LEGAL[name]:
            for raw in (str(number), int(number) if name == "whole" else number):
                done = measured.submit("sample", {"code": str(len(kept)), name: raw}, login="manager")
                kept.append((done.id, name, number))
    with measured.site.reading() as (connection, running):
        found = records.get(connection, running.tables, "sample", [id for id, _, _ in kept])
    assert [found[id].values[name] for id, name, _ in kept] == [number for _, _, number in kept]


def test_lines_of_a_form_and_of_json_are_refused_at_their_fields(measured: World) -> None:
    before = written(measured)
    for quantity, price in (
        (str(2**63), "1e400"),
        (Decimal("NaN"), 10**39),
        ("1" * 40, "NaN"),
        (2**63, Decimal("1e400")),
    ):
        flat = {**HEAD, "lines-0-item": "FLOUR", "lines-0-quantity": "1", "lines-3-item": "EGG"}
        flat |= {"lines-3-quantity": quantity, "lines-3-price": price}
        wrong = {"item": "EGG", "quantity": quantity, "price": price}
        nested = {**HEAD, "lines": [{"item": "FLOUR", "quantity": "1"}, wrong]}
        for raw in (flat, nested):
            for transition in (None, "post"):
                problems = refusal(measured, "goods_receipt", raw, transition=transition)
                assert {problem.path for problem in problems} == {("lines", 1, "quantity"), ("lines", 1, "price")}
    assert written(measured) == before
    assert measured.stock() == {}


def imported(world: World, mapping: str, file: Path) -> tuple[ImportReport, list[RefusedRow]]:
    """What an import by the manager comes to, and the rows that come back."""
    refused: list[RefusedRow] = []
    report = import_file(world.site, world.actor("manager"), mapping, file, refuse=refused.append)
    return report, sorted(refused, key=lambda each: each.row)


def test_a_file_with_such_numbers_is_refused_row_by_row(measured: World, tmp_path: Path) -> None:
    bad = [(name, str(raw)) for name in FIELDS for raw in (*BEYOND[name], *TEXTS)]
    good = [(name, str(raw)) for name in FIELDS for raw in LEGAL[name]]
    file = tmp_path / "samples.csv"
    with file.open("w", newline="") as target:
        rows = csv.DictWriter(target, ("code", *FIELDS))
        rows.writeheader()
        rows.writerows({"code": str(number), name: text} for number, (name, text) in enumerate((*bad, *good)))
    report, back = imported(measured, "samples_csv", file)
    assert (report.refused, report.created) == (len(bad), len(good))
    for refused, (name, _) in zip(back, bad, strict=True):
        assert {problem.path for problem in refused.problems} == {(name,)}
    with measured.site.reading() as (connection, running):
        found = {each.values["code"]: each for each in records.list_records(connection, running.tables, "sample")}
    for number, (name, text) in enumerate(good, start=len(bad)):
        assert found[str(number)].values[name] == Decimal(text)


def test_a_json_file_with_such_numbers_is_refused_row_by_row(measured: World, tmp_path: Path) -> None:
    def text(number: Decimal) -> str:
        return format(number, "f") if abs(number.adjusted()) < 50 else str(number)

    bad = [(name, text(raw)) for name in FIELDS for raw in (*BEYOND[name], *NUMBERS) if raw.is_finite()]
    bad += [(name, "1" + "0" * 400) for name in FIELDS]
    good = [(name, text(raw)) for name in FIELDS for raw in LEGAL[name]]
    empty = ", ".join(f'"{name}": null' for name in FIELDS)
    rows = [f'{{"code": "{number}", {empty}, "{name}": {raw}}}' for number, (name, raw) in enumerate((*bad, *good))]
    file = tmp_path / "samples.json"
    file.write_text(f"[{', '.join(rows)}]")
    report, back = imported(measured, "samples_json", file)
    assert (report.refused, report.created) == (len(bad), len(good))
    for refused, (name, _) in zip(back, bad, strict=True):
        assert {problem.path for problem in refused.problems} == {(name,)}


def test_a_json_file_with_what_is_no_json_number_is_refused_whole(measured: World, tmp_path: Path) -> None:
    before = written(measured)
    for number in ("NaN", "-Infinity", "1" * 5000):
        file = tmp_path / "samples.json"
        text = json.dumps([{"code": "A", **dict.fromkeys(FIELDS)}])
        file.write_text(text.replace('"whole": null', f'"whole": {number}'))
        with pytest.raises(Refused) as refused:
            imported(measured, "samples_json", file)
        assert {problem.code for problem in refused.value.problems} == {"IMP-113"}, number
    assert written(measured) == before


@pytest.mark.parametrize("door", ["file", "lines as text"])
def test_an_exponent_that_no_decimal_has_is_refused(measured: World, tmp_path: Path, door: str) -> None:
    endless = "1e99999999999999999999"
    file = tmp_path / "samples.json"
    file.write_text(json.dumps([{"code": "A", **dict.fromkeys(FIELDS)}]).replace('"fine": null', f'"fine": {endless}'))
    raw = {**HEAD, "lines": f'[{{"item": "FLOUR", "quantity": {endless}}}]'}
    if door == "file":
        with pytest.raises(Refused) as refused:
            imported(measured, "samples_json", file)
        assert {problem.code for problem in refused.value.problems} == {"IMP-113"}
    else:
        assert {problem.path[0] for problem in refusal(measured, "goods_receipt", raw)} == {"lines"}


@pytest.mark.parametrize("transition", [None, "post"])
def test_an_amount_that_overflows_is_refused_at_the_amount(world: World, transition: str | None) -> None:
    much, dear = Decimal("9000000000000"), Decimal("900000000000000")
    product = [{"item": "FLOUR", "quantity": "1"}, {"item": "FLOUR", "quantity": much, "price": dear}]
    total = [{"item": "FLOUR", "quantity": "1", "price": dear}] * 2
    for lines, paths in ((product, [("lines", 1, "amount"), ("total",)]), (total, [("total",)])):
        raw = {**HEAD, "note": "x", "lines": lines}
        problems = refusal(world, "goods_receipt", raw, transition=transition)
        errors = [(problem.code, problem.path) for problem in problems if problem.severity == "error"]
        assert errors == [("VAL-113", path) for path in paths]
    with world.site.reading() as (connection, running):
        assert records.count(connection, running.tables, "goods_receipt") == 0


def test_a_balance_that_overflows_by_two_legal_receipts_is_refused(world: World) -> None:
    much = {"item": "MILK", "quantity": "9000000000000"}  # without a usual price, so that no total is too large
    for lines in ([much, much], [{"item": "EGG", "quantity": "1", "price": "0"}, much, much]):
        (problem,) = refusal(world, "goods_receipt", {**HEAD, "lines": lines}, transition="post")
        assert (problem.code, problem.path) == ("STO-125", ("lines", len(lines) - 2))
    world.receive([much])
    (problem,) = refusal(world, "goods_receipt", {**HEAD, "lines": [much]}, transition="post")
    assert (problem.code, problem.path) == ("STO-125", ("lines", 0))
    assert "MILK 鲜牛奶" in message(problem, "zh")
    assert "18000000000000" in message(problem, "en")
    assert world.stock() == {"MILK": Decimal("9000000000000")}
    world.receive([{"item": "MILK", "quantity": "223372036854.775"}])
    assert world.stock() == {"MILK": Decimal("9223372036854.775")}
    assert verify(world.site) == ()


def test_a_sum_over_balances_that_overflows_is_refused_and_each_is_right(world: World) -> None:
    much = {"item": "MILK", "quantity": "9000000000000"}
    world.receive([{**much, "batch_code": "A"}, {**much, "batch_code": "B"}])
    with pytest.raises(Refused) as refused:
        world.stock()
    (problem,) = refused.value.problems
    assert problem.code in {"STO-127", "STO-108"}  # SQLite adds up in 64 bits and says so itself
    assert verify(world.site) == ()

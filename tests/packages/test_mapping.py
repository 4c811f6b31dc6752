"""Import mappings: rows of a foreign file become raw values, or problems; nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine.language.declared import validate
from engine.language.formula import Scope
from engine.language.problems import Refused
from engine.language.source import read_source
from engine.packages.foreign import gather, read_rows
from engine.packages.mapping import Mapping, Translated, days_of, translate

FOODKEEPER = Path(__file__).parents[3] / "shared" / "data" / "foodkeeper.json"
TICKETS = FOODKEEPER.with_name("bakery_tickets.csv")
APPS = Path(__file__).parents[2] / "apps"

TICKET_MAPPING = """
mapping: tickets
entity: sale
format: csv
columns:
  - {id: day, column: Date, required: true}
  - {id: time, column: Time, required: true}
  - {id: ticket, column: Transaction, required: true}
  - {id: item, column: Item, required: true}
checks:
  - {id: real_item, that: item != 'NONE', message: {zh: 没有物料, en: No item}}
key: ticket
fields:
  - {id: sold_at, value: "concat(day, ' ', time)"}
  - {id: lines.item, value: item}
  - {id: lines.quantity, value: 1}
"""


def mapping_of(text: str) -> Mapping:
    node, problems = read_source("mappings/x.yaml", text)
    assert problems == ()
    assert node is not None
    mapping, problems = validate(Mapping, node)
    assert problems == ()
    assert mapping is not None
    assert list(mapping.bind(Scope(mapping.row_type().fields))) == []
    return mapping


@pytest.fixture(scope="module")
def foodkeeper() -> Mapping:
    return mapping_of((APPS / "food" / "mappings" / "foodkeeper.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tickets() -> Mapping:
    return mapping_of(TICKET_MAPPING)


WORDS = {"Day": 1, "Days": 1, "Week": 7, "Weeks": 7, "Month": 30, "Months": 30, "Year": 365, "天": 1}


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1 - 2 Months", 30, 60),
        ("3 Days", 3, 3),
        ("1 Week", 7, 7),
        ("10-14 days", 10, 14),
        ("2 – 1 Weeks", 7, 14),
        ("5天", 5, 5),
        ("3 至 5 天", 3, 5),
        ("Not Recommended", None, None),
        ("Package use-by date", None, None),
        ("When Ripe", None, None),
        ("Indefinitely", None, None),
        ("1 Yea", None, None),
        ("2 Hours", None, None),
        ("-3 Days", None, None),
        ("1 - 2", None, None),
        ("9999999 Days", None, None),
        ("", None, None),
    ],
)
def test_days_of_reads_only_what_its_words_are_worth(text: str, low: int | None, high: int | None) -> None:
    """A span is read from its stated end; any other text has no number of days."""
    assert (days_of(text, WORDS, "low"), days_of(text, WORDS, "high")) == (low, high)


def test_a_row_becomes_raw_values(foodkeeper: Mapping) -> None:
    """The first column of the stated order that can be read gives the life and the storage."""
    row = {
        "id": "7",
        "name": " Cheese ",
        "name_subtitle": "hard",
        "from_date_of_purchase_refrigerate_output_display_only": "Package use-by date",
        "refrigerate_output_display_only": "2 - 3 Weeks",
        "from_date_of_purchase_pantry_output_display_only": "1 Day",
    }
    found = translate(row, foodkeeper)
    assert isinstance(found, Translated)
    assert found.raw() == {
        "code": "FK-7",
        "name": "Cheese, hard",
        "unit": "kg",
        "step": "0.001",
        "tracking": "batch",
        "shelf_life_days": 14,
        "storage": "fridge",
    }


def test_a_row_without_a_usable_life_is_refused_with_what_the_file_says(foodkeeper: Mapping) -> None:
    """The report repeats the texts that were no life."""
    row = {"id": "29", "name": "Sour cream", "refrigerate_output_display_only": "Package use-by date"}
    found = translate(row, foodkeeper)
    assert isinstance(found, tuple)
    assert [problem.code for problem in found] == ["IMP-104"]
    assert found[0].parameters["texts"] == ("refrigerate_output_display_only: Package use-by date",)


def test_required_columns_are_all_named_at_once(foodkeeper: Mapping) -> None:
    """Two missing values are two problems of one row."""
    found = translate({"id": None, "name": "  "}, foodkeeper)
    assert isinstance(found, tuple)
    assert [(problem.code, problem.parameters["column"]) for problem in found] == [
        ("IMP-101", "id"),
        ("IMP-101", "name"),
    ]


@pytest.mark.skipif(not FOODKEEPER.exists(), reason="the shared data folder is not beside this repository")
def test_all_661_foods_are_accounted_for(foodkeeper: Mapping) -> None:
    """647 have a life in days, 14 are reported, none is passed over, every code is its own."""
    rows = read_rows(FOODKEEPER.read_bytes(), foodkeeper)
    outcome = gather(rows, foodkeeper)
    good = [document for document in outcome.documents if not document.problems]
    refused = [document for document in outcome.documents if document.problems]
    assert refused[0].name == "29 Sour cream"
    assert (len(rows), len(good), len(refused), len(outcome.passed_over)) == (661, 647, 14, 0)
    assert len({document.values["code"] for document in good}) == 647
    assert all(isinstance(document.values["shelf_life_days"], int) for document in good)


def ticket(number: int, item: str, time: str = "10:00:00") -> str:
    return f"2016-10-30,{time},{number},{item}\n"


HEAD = "Date,Time,Transaction,Item\n"


def test_rows_with_one_key_are_one_document(tickets: Mapping) -> None:
    """Every row is a line; the head is said once."""
    text = HEAD + ticket(1, "Bread") + ticket(2, "Jam") + ticket(1, "Tea")
    outcome = gather(read_rows(text.encode(), tickets), tickets)
    assert [document.rows for document in outcome.documents] == [[1, 3], [2]]
    assert outcome.documents[0].raw() == {
        "sold_at": "2016-10-30 10:00:00",
        "lines": [{"item": "Bread", "quantity": 1}, {"item": "Tea", "quantity": 1}],
    }


def test_a_bad_row_spoils_its_whole_document(tickets: Mapping) -> None:
    """The row and its reason are kept; other documents are untouched."""
    text = (
        HEAD + ticket(1, "Bread") + ticket(1, "NONE") + ticket(2, "Jam") + ticket(3, "A") + ticket(3, "B", "11:00:00")
    )
    outcome = gather(read_rows(text.encode(), tickets), tickets)
    found = [
        (document.key, [(row, problem.code) for row, problem in document.problems]) for document in outcome.documents
    ]
    assert found == [("1", [(2, "IMP-104")]), ("2", []), ("3", [(5, "IMP-103")])]


@pytest.mark.skipif(not TICKETS.exists(), reason="the shared data folder is not beside this repository")
def test_all_9531_tickets_are_accounted_for(tickets: Mapping) -> None:
    """Every ticket is either good or refused with a reason."""
    outcome = gather(read_rows(TICKETS.read_bytes(), tickets), tickets)
    assert len(outcome.documents) == 9531
    assert sum(len(document.rows) for document in outcome.documents) == 21293


def test_rows_that_are_not_meant_are_passed_over() -> None:
    """`where` chooses rows before they are checked."""
    mapping = mapping_of(TICKET_MAPPING.replace("checks:", "where: item != 'NONE'\nchecks:"))
    outcome = gather(read_rows((HEAD + ticket(1, "NONE") + ticket(1, "Tea")).encode(), mapping), mapping)
    assert (outcome.passed_over, len(outcome.documents), outcome.documents[0].problems) == ((1,), 1, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\xff", "IMP-111"),
        (b"{", "IMP-113"),
        (b'{"product_data": [NaN]}', "IMP-113"),
        (b'{"products": []}', "IMP-114"),
        (b'{"product_data": [1]}', "IMP-115"),
        (b'{"product_data": [{"id": "1"}]}', "IMP-116"),
    ],
)
def test_a_file_of_another_shape_is_refused(foodkeeper: Mapping, content: bytes, code: str) -> None:
    """Nothing of such a file is read."""
    with pytest.raises(Refused) as refusal:
        read_rows(content, foodkeeper)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_numbers_in_json_stay_exact() -> None:
    """0.1 is a tenth and nothing near it."""
    mapping = mapping_of("mapping: m\nentity: e\nformat: json\ncolumns: [{id: q, read: decimal}]\nfields: [{id: q}]\n")
    rows = read_rows(json.dumps([{"q": 0.1}, {"q": 12345678901234567890}]).encode(), mapping)
    found = [translate(row, mapping) for row in rows]
    values = [each.values["q"] for each in found if isinstance(each, Translated)]
    assert values == [Decimal("0.1"), Decimal("12345678901234567890")]

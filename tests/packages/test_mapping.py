"""Import mappings: rows of a foreign file become raw values, or problems; nothing is guessed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.language.declared import validate
from engine.language.formula import Scope
from engine.language.problems import Refused
from engine.language.source import read_source
from engine.packages.foreign import Gathered, Source, look_at
from engine.packages.mapping import Mapping, Translated, days_of, read_column, translate
from tests.shared_data import needs, shared

FOODKEEPER, TICKETS = shared("foodkeeper.json"), shared("bakery_tickets.csv")
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


def read(folder: Path, content: str | bytes, mapping: Mapping) -> tuple[Source, list[Gathered]]:
    """A file of some content, looked at and gathered."""
    file = folder / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = look_at(file, mapping)
    return source, list(source.documents())


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


@needs(FOODKEEPER.name)
def test_all_661_foods_are_accounted_for(foodkeeper: Mapping) -> None:
    """647 have a life in days, 14 are reported, none is passed over, every code is its own."""
    source = look_at(FOODKEEPER, foodkeeper)
    documents = list(source.documents())
    good = [document for document in documents if not document.problems]
    refused = [document for document in documents if document.problems]
    assert refused[0].name == "29 Sour cream"
    assert (source.count, source.total, len(good), len(refused)) == (661, 661, 647, 14)
    assert sum(document.passed_over for document in documents) == 0
    assert len({document.values["code"] for document in good}) == 647
    assert all(isinstance(document.values["shelf_life_days"], int) for document in good)


def ticket(number: int, item: str, time: str = "10:00:00") -> str:
    return f"2016-10-30,{time},{number},{item}\n"


HEAD = "Date,Time,Transaction,Item\n"


def test_rows_with_one_key_are_one_document(tickets: Mapping, tmp_path: Path) -> None:
    """Every row is a line, wherever it stands; the head is said once."""
    source, documents = read(tmp_path, HEAD + ticket(1, "Bread") + ticket(2, "Jam") + ticket(1, "Tea"), tickets)
    assert (source.count, source.total, source.columns) == (3, 2, ("Date", "Time", "Transaction", "Item"))
    assert [list(document.rows) for document in documents] == [[2], [1, 3]]
    assert documents[1].raw() == {
        "sold_at": "2016-10-30 10:00:00",
        "lines": [{"item": "Bread", "quantity": 1}, {"item": "Tea", "quantity": 1}],
    }


def test_a_document_is_handed_out_as_soon_as_its_last_row_is_read(tickets: Mapping, tmp_path: Path) -> None:
    """Only what is open is in memory, however long the file is."""
    file = tmp_path / "file"
    file.write_text(HEAD + "".join(ticket(number, "Bread") * 2 for number in range(1_000)))
    documents = look_at(file, tickets).documents()
    assert list(next(documents).rows) == [1, 2]
    file.write_text("")  # what has not been read yet is gone
    with pytest.raises(Refused) as refusal:
        list(documents)
    assert [problem.code for problem in refusal.value.problems] == ["IMP-117"]


def test_a_bad_row_spoils_its_whole_document(tickets: Mapping, tmp_path: Path) -> None:
    """The row and its reason are kept; other documents are untouched."""
    text = (
        HEAD + ticket(1, "Bread") + ticket(1, "NONE") + ticket(2, "Jam") + ticket(3, "A") + ticket(3, "B", "11:00:00")
    )
    _, documents = read(tmp_path, text, tickets)
    found = [(document.key, [(row, problem.code) for row, problem in document.problems]) for document in documents]
    assert found == [("1", [(2, "IMP-104")]), ("2", []), ("3", [(5, "IMP-103")])]


@needs(TICKETS.name)
def test_all_9531_tickets_are_accounted_for(tickets: Mapping) -> None:
    """Every ticket is either good or refused with a reason."""
    source = look_at(TICKETS, tickets)
    documents = list(source.documents())
    assert (source.count, source.total, len(documents)) == (21293, 9531, 9531)
    assert sum(len(document.rows) for document in documents) == 21293
    assert sum(bool(document.problems) for document in documents) == 753


def test_rows_that_are_not_meant_are_passed_over(tmp_path: Path) -> None:
    """`where` chooses rows before they are checked; a document of nothing else is none."""
    mapping = mapping_of(TICKET_MAPPING.replace("checks:", "where: item != 'NONE'\nchecks:"))
    _, documents = read(tmp_path, HEAD + ticket(1, "NONE") + ticket(1, "Tea") + ticket(2, "NONE"), mapping)
    assert [(each.passed_over, list(each.rows), each.problems) for each in documents] == [(1, [2], []), (1, [], [])]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\xff", "IMP-111"),
        (b"\xff", "IMP-111"),
        (b"{", "IMP-113"),
        (b'{"product_data": [NaN]}', "IMP-113"),
        (b'{"products": []}', "IMP-114"),
        (b'{"product_data": [1]}', "IMP-115"),
        (b'{"product_data": [{"id": "1"}]}', "IMP-116"),
    ],
)
def test_a_file_of_another_shape_is_refused(foodkeeper: Mapping, tmp_path: Path, content: bytes, code: str) -> None:
    """Nothing of such a file is read."""
    with pytest.raises(Refused) as refusal:
        read(tmp_path, content, foodkeeper)
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "IMP-116"),
        ("Date,Time,Transaction,Article\n", "IMP-116"),
        ("Date,Date,Time,Transaction,Item\n", "IMP-118"),
        (HEAD + ticket(1, "Tea") + '2016-10-30,10:00,2,"Tea\n', "IMP-113"),
    ],
)
def test_a_table_of_another_shape_is_refused_before_anything_of_it_is_read(
    tickets: Mapping, tmp_path: Path, content: str, code: str
) -> None:
    """Even when only its last line is wrong."""
    with pytest.raises(Refused) as refusal:
        read(tmp_path, content, tickets)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_a_row_with_more_cells_than_the_heading_is_refused(tickets: Mapping, tmp_path: Path) -> None:
    """A comma that nobody put in quotes must not move the cells behind it."""
    _, documents = read(tmp_path, HEAD + ticket(1, "Tea, black") + ticket(2, '"Tea, black"'), tickets)
    assert [[problem.code for _, problem in document.problems] for document in documents] == [["IMP-108"], []]


def test_numbers_in_json_stay_exact(tmp_path: Path) -> None:
    """0.1 is a tenth and nothing near it."""
    mapping = mapping_of("mapping: m\nentity: e\nformat: json\ncolumns: [{id: q, read: decimal}]\nfields: [{id: q}]\n")
    _, documents = read(tmp_path, json.dumps([{"q": 0.1}, {"q": 12345678901234567890}]), mapping)
    assert [document.values["q"] for document in documents] == [Decimal("0.1"), Decimal("12345678901234567890")]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8-sig", b""), ("gb18030", b""), ("utf-16", b""), ("utf-16-le", b"\xff\xfe")],
)
def test_the_encoding_is_found_out(tickets: Mapping, tmp_path: Path, encoding: str, bom: bytes) -> None:
    """A mark says it; else it is UTF-8 if it can be, else GB18030."""
    content = bom + (HEAD + ticket(1, "牛角包 𠀀")).encode(encoding)
    _, documents = read(tmp_path, content, tickets)
    assert documents[0].lines["lines"] == [{"item": "牛角包 𠀀", "quantity": 1}]


def test_a_stated_encoding_counts_unless_a_mark_says_another(tmp_path: Path) -> None:
    """What an import sends back is UTF-8 with a mark, whatever it read."""
    mapping = mapping_of(TICKET_MAPPING.replace("format: csv", "format: csv\nencoding: cp1252"))
    for content in ((HEAD + ticket(1, "Café")).encode("cp1252"), (HEAD + ticket(1, "Café")).encode("utf-8-sig")):
        _, documents = read(tmp_path, content, mapping)
        assert documents[0].lines["lines"] == [{"item": "Café", "quantity": 1}]


def column_of(declared: str) -> Mapping:
    return mapping_of(f"mapping: m\nentity: e\ncolumns: [{{id: x, {declared}}}]\nfields: [{{id: x}}]\n")


@pytest.mark.parametrize(
    ("declared", "row", "found"),
    [
        ("read: date", {"x": "2016-10-30"}, date(2016, 10, 30)),
        ("read: date, pattern: '%d/%m/%Y'", {"x": "30/10/2016"}, date(2016, 10, 30)),
        ("read: date, pattern: '%d/%m/%Y'", {"x": "10/30/2016"}, "IMP-102"),
        ("read: date", {"x": "2017-02-29"}, "IMP-102"),
        ("read: instant", {"x": "2016-10-30 09:58:11"}, "2016-10-30 09:58:11"),
        ("read: instant", {"x": "2016-10-30"}, "IMP-102"),
        ("read: instant, join: [Date, Time]", {"Date": "2016-10-30", "Time": "09:58:11"}, "2016-10-30 09:58:11"),
        ("read: instant, join: [Date, Time]", {"Date": "2016-10-30", "Time": ""}, "IMP-102"),
        ("read: instant, join: [Date, Time]", {"Date": "", "Time": " "}, None),
        ("read: instant, join: [Date, Time], required: true", {"Date": "", "Time": ""}, "IMP-101"),
        (
            "read: instant, pattern: '%H:%M %d.%m.%Y', join: [t, d]",
            {"t": "9:58", "d": "1.2.2016"},
            "2016-02-01 09:58:00",
        ),
        ("read: instant, zone: Europe/London", {"x": "2016-10-29 09:58:11"}, "2016-10-29T08:58:11Z"),
        ("read: instant, zone: Europe/London", {"x": "2016-03-27 01:30:00"}, "VAL-133"),
        ("read: instant, zone: Europe/London", {"x": "2016-10-30 01:30:00"}, "VAL-134"),
        ("join: [a, b]", {"a": "Tea", "b": "black"}, "Tea black"),
        ("read: text", {"x": "6.93217E+12"}, "IMP-106"),
        ("read: text", {"x": "6,93E+12"}, "IMP-106"),
        ("read: text", {"x": "5E3"}, "5E3"),
        ("read: text", {"x": "BATCH E+12"}, "BATCH E+12"),
        ("read: decimal", {"x": "6.5"}, Decimal("6.5")),
    ],
)
def test_a_cell_is_read_the_way_its_column_says(declared: str, row: dict[str, str], found: object) -> None:
    """A value, or the one problem: nothing is guessed."""
    mapping = column_of(declared)
    value, problems = read_column(row, mapping.columns[0], mapping)
    assert (problems[0].code if problems else value) == found
    assert len(problems) <= 1


def test_a_reference_can_be_named_by_another_field() -> None:
    """What is handed to the door says by which; an empty cell names nothing."""
    mapping = mapping_of("mapping: m\nentity: e\ncolumns: [{id: ean}]\nfields: [{id: item, value: ean, by: barcode}]\n")
    for text, raw in (("690123", {"barcode": "690123"}), ("", None)):
        found = translate({"ean": text}, mapping)
        assert isinstance(found, Translated)
        assert found.raw() == {"item": raw}

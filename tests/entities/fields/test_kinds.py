"""What the samples of the other kinds cannot say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.entities.fields.base import FormatContext, ParseContext
from engine.entities.fields.reference import ReferenceField
from tests.entities.fields.conftest import field, outcome

BERLIN = ParseContext(zone="Europe/Berlin")


def test_text_is_normalised() -> None:
    assert outcome(field("text"), "  e\u0301clair ") == "\u00e9clair"
    assert outcome(field("text", multiline=True), "a\r\nb") == "a\nb"
    assert outcome(field("text"), "a\nb") == "VAL-105"
    assert outcome(field("text", max=10_000), "x" * 200_000) == "VAL-103"


def test_the_words_for_yes_and_no() -> None:
    flag = field("flag")
    assert [outcome(flag, word) for word in ("是", "YES", "On", "1", "否", "False", "0")] == [
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert (
        flag.format(value=True, context=FormatContext("zh")),
        flag.format(value=False, context=FormatContext("en")),
    ) == ("是", "No")
    assert flag.input_widget() == "choice"
    assert field("flag", required=True).input_widget() == "flag"


def test_a_label_two_choices_share_is_no_answer() -> None:
    choice = field(
        "choice", choices=[{"id": "a", "label": "same"}, {"id": "b", "label": "same"}, {"id": "same2", "label": "a"}]
    )
    assert outcome(choice, "same") == "VAL-140"
    assert outcome(choice, "a") == "a"
    assert choice.format("b", FormatContext()) == "b"
    assert choice.format("same2", FormatContext()) == "same2"
    assert choice.format("gone", FormatContext()) == "gone"


def test_dates_are_never_guessed() -> None:
    day = field("date", min="2026-01-01", max="2026-12-31", exclusive_max=True)
    assert outcome(day, "２０２６年２月３日") == date(2026, 2, 3)
    assert outcome(day, "2026-2/3") == "VAL-130"
    assert [problem.code for problem in day.judge(date(2025, 12, 31), {})] == ["VAL-114"]
    assert [problem.code for problem in day.judge(date(2026, 12, 31), {})] == ["VAL-117"]
    assert [key for key, _, _ in field("date", min="today()").formulas()] == ["min"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-03-29 01:30", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("2026-03-29 02:30", "VAL-133"),
        ("2026-10-25 02:30", "VAL-134"),
        ("2026-10-25 02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026年7月1日 12:00", datetime(2026, 7, 1, 10, 0, tzinfo=UTC)),
        ("2026-07-01T12:00z", datetime(2026, 7, 1, 12, 0, tzinfo=UTC)),
        ("2026-07-01 12:00+25:00", "VAL-132"),
        ("2026-02-30 12:00", "VAL-131"),
        ("0001-01-01 00:00", "VAL-131"),
    ],
)
def test_local_times(raw: str, expected: Any) -> None:
    assert outcome(field("instant"), raw, BERLIN) == expected


@pytest.mark.parametrize("hour", [0, 1, 2])
def test_an_instant_is_shown_so_that_it_can_be_read_back(hour: int) -> None:
    moment = datetime(2026, 10, 25, hour, 30, 7, 250_000, tzinfo=UTC)
    shown = field("instant").format(moment, FormatContext("zh", "Europe/Berlin"))
    assert outcome(field("instant"), shown, BERLIN) == moment


def test_how_a_record_is_named() -> None:
    reference = field("reference", to="item")
    assert isinstance(reference, ReferenceField)
    assert reference.handle({"id": " i1 "}, ParseContext()) == ("i1", ())
    assert reference.handle({"code": "A", "branch": "B"}, ParseContext()) == ((("branch", "B"), ("code", "A")), ())
    assert outcome(reference, {"code": "A", "branch": "B"}) == "VAL-151"
    assert outcome(reference, "x" * 501) == "VAL-103"
    context = FormatContext(titles={("item", "i1"): "Flour"})
    assert (reference.format("i1", context), reference.typed("i1", context)) == ("Flour", "i1")


def test_the_file_behind_an_attachment() -> None:
    assert field("attachment").format("a1", FormatContext(titles={("attachment", "a1"): "scan.pdf"})) == "scan.pdf"


def test_lines_keep_ids_and_say_where_they_are_wrong() -> None:
    lines = field("lines", max=3, fields=[{"id": "n", "kind": "integer"}])
    assert outcome(lines, [{"n": 1}, {"id": "l9", "n": "2"}]) == ({"id": "0", "n": 1}, {"id": "l9", "n": 2})
    _, problems = lines.parse([{"n": 1}, {"n": "x", "m": 1}], ParseContext())
    assert [(problem.code, problem.path) for problem in problems] == [("VAL-180", (1, "m")), ("VAL-201", (1, "n"))]
    assert outcome(lines, [{}] * 4) == "VAL-163"
    assert outcome(lines, "[1") == "VAL-160"
    assert outcome(lines, "[" * 100_000) == "VAL-160"

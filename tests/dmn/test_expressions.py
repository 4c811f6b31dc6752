"""FEEL expressions, brought into our formula language and evaluated there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.dmn.written import answer, decision, definitions, given, literal, one, problems_of


@pytest.mark.parametrize(
    ("feel", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("-2 ** 2", 4),
        ("2 ** 3 ** 2", 64),
        ("(1 - 3) ** 3", -8),
        ("9 ** 0.5", 3),
        ("10 / 4", Decimal("2.5")),
        ("10 / 0", None),
        ("10 + null", None),
        ("1 < 2 and 2 < 3", True),
        ("false and null", False),
        ("true and null", None),
        ("true or null", True),
        ("false or null", None),
        ("null or false", None),
        ("null and true", None),
        ("not(null)", None),
        ("null = null", True),
        ("1 = null", False),
        ("null != 1", True),
        ("null < 1", None),
        ('if null then "a" else "b"', "b"),
        ('if 1 > 2 then "a" else if 2 > 1 then "b" else "c"', "b"),
        ("5 between 1 and 7", True),
        ("5 in [1..5)", False),
        ("5 in (1, 2, > 4)", True),
        ("5 in ]4..5]", True),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] != [1, 3]", True),
        ("[1] = [1, 2]", False),
        ("[1, 2] in [1, 2]", True),
        ("string(2.50)", "2.5"),
        ('string(true) + string(date("2026-01-31"))', "true2026-01-31"),
        ('date(date and time("2026-01-31T23:00:00Z"))', "2026-01-31"),
        ('date and time("2026-01-31T23:00:00Z").month', 1),
        ("4 in ]4..5[", False),
        ("true and if 1 > 2 then false else true", True),
        ("not(some i in [1] satisfies i > 1)", True),
        ('("a" + "b") = "ab"', True),
        ("(1 + 2) * 3", 9),
        ("([1, 2])[2]", 2),
        ('"a" in ("b", "c")', False),
        ('"it" + "\'s"', "it's"),
        ('"say \\"it\'s\\""', 'say "it\'s"'),
        ('string length("模板")', 2),
        ('substring("foobar", 3)', "obar"),
        ('substring("foobar", 3, 3)', "oba"),
        ('substring("foobar", -2, 1)', "a"),
        ('upper case("aBc4")', "ABC4"),
        ('contains("foobar", "of")', False),
        ('starts with("foobar", "fo")', True),
        ("abs(-10)", 10),
        ("modulo(-12, 5)", 3),
        ("floor(-1.5)", -2),
        ("ceiling(-1.5)", -1),
        ("decimal(2.5, 0)", 2),
        ("decimal(1/3, 2)", Decimal("0.33")),
        ("round half up(5.125, 2)", Decimal("5.13")),
        ("sum([1, 2, 3])", 6),
        ("sum(1, 2, 3)", 6),
        ("count([1, 2, 3])", 3),
        ("min(1, 2, 3)", 1),
        ("max([1, 2, 3])", 3),
        ("mean([1, 2, 3])", 2),
        ("all([true, false])", False),
        ("any([true, false])", True),
        ("list contains([1, 2, null], 2)", True),
        ('list contains(["a"], "b")', False),
        ("[1, 2, 3][2]", 2),
        ("[1, 2, 3][-1]", 3),
        ("some i in [1, 2, 3] satisfies i > 2", True),
        ("every i in [1, 2, 3] satisfies i > 2", False),
        ("{a: 1, b: a + 1}.b", 2),
        ('date("2016-02-29") < date("2016-03-01")', True),
        ('date("2016-02-30") = null', True),
        ('date("2017-08-30").year', 2017),
        ('date("2016-08-01") - date("2016-07-31")', "P1D"),
        ('date("2016-01-31") + duration("P1M")', "2016-02-29"),
        ('date("2016-01-31") - duration("P1Y")', "2015-01-31"),
        ('date("2016-01-31") + duration("P1D")', "2016-02-01"),
        ('date and time("2016-07-31T10:00:00Z") + duration("PT1H")', "2016-07-31T11:00:00Z"),
        ('date and time("2016-07-31T10:00:00+02:00")', "2016-07-31T08:00:00Z"),
        ('date and time("2016-07-31T10:00:00@Europe/Paris")', "2016-07-31T08:00:00Z"),
        ('date and time("2016-07-31T00:00:00Z") > date("2016-07-30")', True),
        ('time("10:30:00")', "10:30:00"),
        ('time("10:30:00") < time("11:00:00")', True),
        ('@"10:30:00" = time("10:30:00")', True),
        ('duration("P1DT1H") + duration("PT23H")', "P2D"),
        ('duration("P1Y2M")', "P1Y2M"),
        ('duration("P1DT12H") * 2', "P3D"),
        ('duration("P1Y") * 1.5', "P1Y6M"),
        ('duration("P1Y") > duration("P11M")', True),
        ('duration("P14M").years', 1),
        ('years and months duration(date("2011-12-22"), date("2013-08-24"))', "P1Y8M"),
        ('-duration("P1D")', "-P1D"),
        ("// a comment\n1 /* another */ + 1", 2),
    ],
)
def test_an_expression_means_what_the_standard_says(feel: str, expected: object) -> None:
    """Constants alone."""
    assert one(feel) == expected


@pytest.mark.parametrize(
    ("feel", "value", "expected"),
    [
        ("a = 5", None, False),
        ("a != 5", None, True),
        ("a > 5", None, None),
        ("not(a = 5)", None, True),
        ("if a > 5 then 1 else 2", None, 2),
        ("a in (5, 6)", None, False),
        ("a = null", None, True),
        ("a != null", 3, True),
        ("a + 1", None, None),
        ("a ** -2", 2, Decimal("0.25")),
        ("a ** 20000", 2, None),
        ("(0 - a) ** 0.5", 2, None),
    ],
)
def test_a_missing_value_means_what_the_standard_says(feel: str, value: object, expected: object) -> None:
    """Equality is never unknown, everything else is."""
    assert one(feel, a=("number", value)) == expected


def test_lists_are_looked_at() -> None:
    """A list handed in: contained, counted, summed, filtered, judged."""
    listed = {"a": ("tNumbers", [1, 2, 3])}
    definition = '<itemDefinition name="tNumbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>'
    wanted = {
        "list contains(a, 2)": True, "list contains(a, 5)": False, "count(a)": 3, "sum(a)": 6, "max(a)": 3,
        "count(a[item > 1])": 2, "some x in a satisfies x = 3": True, "every x in a satisfies x > 1": False,
        "mean(a)": 2, "5 in a": False,
    }  # fmt: skip
    parts = [decision(f"d{at}", None, literal(feel), "a") for at, feel in enumerate(wanted)]
    results = answer(definitions(definition, given("a", "tNumbers"), *parts), {"a": listed["a"][1]}).results
    assert list(results.values()) == list(wanted.values())


def test_the_clock_is_handed_in() -> None:
    """`today()` and `now()`."""
    clock = {"today": date(2026, 1, 31), "now": datetime(2026, 1, 31, 8, tzinfo=UTC)}
    assert one("today()", clock=clock) == "2026-01-31"
    assert one('now() + duration("PT1H")', clock=clock) == "2026-01-31T09:00:00Z"


@pytest.mark.parametrize(
    ("feel", "code"),
    [
        ("1 +", "DMN-121"),
        ("(1", "DMN-121"),
        ('"open', "DMN-121"),
        ("(" * 100 + "1" + ")" * 100, "DMN-121"),
        ("-" * 100 + "1", "DMN-121"),
        ("1" + " + 1" * 3_000, "DMN-121"),
        ("1 in (" * 24 + "1", "DMN-121"),
        ("a[" * 24 + "1", "DMN-121"),
        ("unknown + 1", "DMN-122"),
        ("strange(1)", "DMN-123"),
        ('if true then 1 else "a"', None),
        ('if a > 1 then 1 else "a"', "DMN-124"),
        ("for i in [1, 2] return i", "DMN-125"),
        ("function(x) x + 1", "DMN-125"),
        ("a instance of number", "DMN-125"),
        ('"a\\nb"', "DMN-127"),
        ("1" * 50, "DMN-128"),
        ('time("10:00:00") + duration("PT1H")', "DMN-129"),
        ("{b: a} = {b: a}", "DMN-129"),
        ('string(duration("P1D"))', "DMN-130"),
        ('substring(string: "foobar", start position: 3)', "DMN-130"),
        ('duration("P1D") * a', "DMN-129"),
    ],
)
def test_what_cannot_be_said_is_told(feel: str, code: str | None) -> None:
    """By code, with the decision and a place in the text."""
    text = definitions(
        given("a"), decision("bad", None, literal(feel), "a"), decision("good", "number", literal("a"), "a")
    )
    found = [problem for problem in problems_of(text) if problem.severity == "error"]
    assert [problem.code for problem in found] == ([code] if code else [])
    for problem in found:
        assert problem.parameters["decision"] == "bad"
        assert problem.place is not None
        assert problem.place.line == 2 or "\n" in feel


@pytest.mark.parametrize(
    ("feel", "code"),
    [
        ('a + "x"', "DMN-132"),
        ('a < "x"', "DMN-132"),
        ("a = true", "DMN-132"),
        ('-"x"', "DMN-132"),
        ("upper case(a)", "DMN-133"),
        ('"x"', "DMN-131"),
    ],
)
def test_what_the_standard_says_is_null_is_null_and_warned_of(feel: str, code: str) -> None:
    """Types that do not go together, and a result of another type than declared."""
    text = definitions(given("a"), decision("found", "number", literal(feel), "a"))
    assert [(problem.code, problem.severity) for problem in problems_of(text)] == [(code, "warning")]
    assert answer(text, {"a": 1}).results == {"found": None}

"""Decision tables of DMN, brought into tables of ours and asked there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.dmn.written import (
    alias,
    answer,
    context,
    decision,
    definitions,
    given,
    imported,
    invocation,
    literal,
    model,
    structure,
    table,
)

APPLICANT = structure("tApplicant", Age="number", Monthly_Income="number", Born="date")


def asked(
    cell: str, type_: str, *values: object, more: str = "", needs: dict[str, tuple[str, object]] | None = None
) -> list[object]:
    """What a table says with one cell and a row for everything else, for each value."""
    further = needs or {}
    names = [given("x", type_), *(given(name, kind) for name, (kind, _) in further.items())]
    rows = table(["x"], ["y"], [cell, '"hit"'], ["-", '"miss"'], hit="FIRST")
    text = definitions(more, *names, decision("found", "string", rows, "x", *further))
    others = {name: value for name, (_, value) in further.items()}
    return [answer(text, {"x": value, **others}).results["found"] == "hit" for value in values]


@pytest.mark.parametrize(
    ("cell", "type_", "values"),
    [
        ("5", "number", {5: True, 6: False, None: False}),
        ("> 5", "number", {6: True, 5: False, None: False}),
        ("!= 5", "number", {6: True, 5: False, None: True}),
        ("[1..5)", "number", {1: True, 5: False}),
        ("]1..5]", "number", {1: False, 5: True}),
        ("1, 3, > 7", "number", {1: True, 2: False, 8: True}),
        ("not(5)", "number", {5: False, 6: True, None: True}),
        ("not(5, 6)", "number", {5: False, 6: False, 7: True, None: True}),
        ("not(> 5)", "number", {5: True, 6: False, None: False}),
        ("null", "number", {None: True, 1: False}),
        ('"text"', "number", {5: False, None: False}),
        ("not(null)", "number", {None: False, 1: True}),
        ("[1, 2, 3]", "number", {1: True, 4: False}),
        ("? > 5 and ? < 8", "number", {6: True, 8: False, None: False}),
        ("modulo(?, 2) = 0", "number", {6: True, 7: False, None: False}),
        ("list contains([1, 2], ?)", "number", {1: True, 3: False}),
        ("-3.5", "number", {Decimal("-3.5"): True, 3: False}),
        ('"a"', "string", {"a": True, "b": False, "": False}),
        ('""', "string", {"": True, "a": False, None: False}),
        ('"a, b"', "string", {"a, b": True, "a": False}),
        ('"it\'s"', "string", {"it's": True}),
        ('"say \\"it\'s\\""', "string", {"say \"it's\"": True, "it's": False}),
        ('not("a", "b")', "string", {"a": False, "c": True, None: True}),
        ('> "b"', "string", {"c": True, "a": False}),
        ('starts with(?, "ab")', "string", {"abc": True, "xabc": False, None: False}),
        ("string length(?) > 2", "string", {"abc": True, "ab": False}),
        ("true", "boolean", {True: True, False: False, None: False}),
        ("not(true)", "boolean", {True: False, False: True, None: True}),
        ('date("2026-01-31")', "date", {"2026-01-31": True, "2026-02-01": False}),
        ('[date("2026-01-01")..date("2026-01-31")]', "date", {"2026-01-31": True, "2026-02-01": False}),
        ('< @"2026-01-31"', "date", {"2026-01-30": True, "2026-01-31": False}),
        ('>= time("08:00:00")', "time", {"08:00:00": True, "07:59:59": False}),
        ('> duration("PT2H")', "days and time duration", {"PT3H": True, "PT2H": False}),
        ('[duration("P1Y")..duration("P2Y")]', "years and months duration", {"P18M": True, "P11M": False}),
        (
            '>= date and time("2026-01-31T08:00:00Z")', "date and time",
            {"2026-01-31T09:00:00+01:00": True, "2026-01-31T07:59:59Z": False},
        ),
        ('> date("2026-01-31")', "date and time", {"2026-01-31T08:00:00Z": True, "2026-01-30T08:00:00Z": False}),
    ],
)  # fmt: skip
def test_a_cell_means_what_the_standard_says(cell: str, type_: str, values: dict[object, bool]) -> None:
    """Cells of every type, also with a missing value."""
    assert asked(cell, type_, *values) == list(values.values())


def test_cells_look_at_other_names() -> None:
    """A range between two other inputs, another input of text type, a component."""
    ends = {"low": ("number", 1), "high": ("number", 5)}
    assert asked("[low..high]", "number", 1, 6, needs=ends) == [True, False]
    assert asked("not([low..high])", "number", 1, 6, needs=ends) == [False, True]
    assert asked("> low", "number", 2, 1, needs=ends) == [True, False]
    assert asked("other", "string", "a", "b", needs={"other": ("string", "a")}) == [True, False]
    person = {"Applicant": ("tApplicant", {"Age": 30})}
    assert asked("> Applicant.Age", "number", 31, 30, more=APPLICANT, needs=person) == [True, False]


def test_a_cell_may_test_a_list() -> None:
    """A list handed in hits where it contains the value of the cell."""
    names = alias("tNames", "string", collection=True)
    assert asked('"a"', "tNames", ["a", "b"], ["b"], more=names) == [True, False]
    assert asked('list contains(?, "a")', "tNames", ["a", "b"], [], more=names) == [True, False]


def test_columns_are_expressions_over_structures() -> None:
    """Qualified names with blanks, arithmetic and functions in the head of a column."""
    rows = table(
        ["Applicant.Monthly Income * 12", "Applicant.Age"], ["y"], ["> 1000", ">= 18", '"yes"'], ["-", "-", '"no"'],
        hit="FIRST",
    )  # fmt: skip
    text = definitions(APPLICANT, given("Applicant", "tApplicant"), decision("Result", "string", rows, "Applicant"))
    assert answer(text, {"Applicant": {"Monthly Income": 100, "Age": 18}}).results == {"result": "yes"}
    assert answer(text, {"Applicant": {"monthly_income": 10, "age": 18}}).results == {"result": "no"}
    assert answer(text, {}).results == {"result": "no"}


HITS = ([">= 1", '"low"', "1"], [">= 10", '"high"', "5"], [">= 10", '"high"', "7"])
PRIORITIES = {
    "level": '<outputValues><text>"high", "low"</text></outputValues>',
    "points": "<outputValues><text>7, 5, 1</text></outputValues>",
}


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        ("FIRST", {"level": "low", "points": 1}),
        ("PRIORITY", {"level": "high", "points": 7}),
        ("RULE ORDER", [("low", 1), ("high", 5), ("high", 7)]),
        ("OUTPUT ORDER", [("high", 7), ("high", 5), ("low", 1)]),
        ("COLLECT", [("low", 1), ("high", 5), ("high", 7)]),
    ],
)
def test_every_hit_policy_with_several_outputs(hit: str, expected: object) -> None:
    """One row of values, or one for each hit."""
    rows = HITS if hit != "FIRST" else HITS[:2]
    order = PRIORITIES if hit in ("PRIORITY", "OUTPUT ORDER") else {}
    made = table(["x"], ["level", "points"], *(rows if hit != "FIRST" else rows[:1]), hit=hit, more=order)
    text = definitions(given("x"), decision("Found", None, made, "x"))
    found = answer(text, {"x": 12}).results["found"]
    if isinstance(found, list):
        assert [(row["level"], row["points"]) for row in found] == expected
    else:
        assert found == expected


@pytest.mark.parametrize(("sign", "expected"), [("SUM", 13), ("MIN", 1), ("MAX", 7), ("COUNT", 3)])
def test_collected_values_become_one(sign: str, expected: int) -> None:
    """Every aggregation, read by another decision."""
    made = table(["x"], ["y"], *((row[0], row[2]) for row in HITS), hit="COLLECT", more={"aggregation": sign})
    text = definitions(
        given("x"), decision("Found", "number", made, "x"), decision("Twice", "number", literal("Found * 2"), "Found")
    )
    assert answer(text, {"x": 12}).results == {"found": expected, "twice": expected * 2}


def test_collected_rows_are_read_by_others() -> None:
    """Lists of plain values and of rows, in other decisions."""
    plain = table(["x"], ["y"], *((row[0], row[2]) for row in HITS), hit="COLLECT")
    several = table(["x"], ["level", "points"], *HITS, hit="COLLECT")
    text = definitions(
        given("x"),
        decision("Plain", None, plain, "x"),
        decision("Rows", None, several, "x"),
        decision("Total", "number", literal("sum(Plain)"), "Plain"),
        decision("How many", "number", literal("count(Rows)"), "Rows"),
        decision("Points", "number", literal("sum(Rows.points)"), "Rows"),
        decision("High", "number", literal('count(Rows[level = "high"])'), "Rows"),
        decision("Has", "boolean", literal("list contains(Plain, 7)"), "Plain"),
    )
    found = answer(text, {"x": 12}).results
    assert found["plain"] == [1, 5, 7]
    assert [found[name] for name in ("total", "how_many", "points", "high", "has")] == [13, 3, 13, 2, True]
    assert answer(text, {"x": 0}).results["plain"] == []
    assert answer(text, {"x": 0}).results["total"] is None


def test_defaults_and_no_hit() -> None:
    """A default where nothing hits; without one nothing is known."""
    default = {"y": "<defaultOutputEntry><text>42</text></defaultOutputEntry>"}
    for more, expected in ((default, 42), ({}, None)):
        made = table(["x"], ["y"], ["> 100", "1"], more=more)
        assert (
            answer(definitions(given("x"), decision("Found", "number", made, "x")), {"x": 5}).results["found"]
            == expected
        )


def test_results_may_be_formulas() -> None:
    """Output entries that compute, of every type."""
    cells = ["x + 1", "null", "not(x > 3)", 'date("2026-01-31") + duration("P1D")', 'duration("PT1H30M")', '"a" + "b"']
    for cell, expected in zip(cells, [6, None, False, "2026-02-01", "PT1H30M", "ab"], strict=True):
        text = definitions(given("x"), decision("Found", None, table(["x"], ["y"], ["-", cell]), "x"))
        assert answer(text, {"x": 5}).results["found"] == expected, cell


def test_values_outside_those_allowed_are_told() -> None:
    """Of an input type and of a column."""
    level = alias("tLevel", "string", '"gold", "silver"')
    percent = alias("tPercent", "number", "[0..100]")
    text = definitions(
        level, percent, given("Level", "tLevel"), given("Share", "tPercent"),
        decision("Found", "string", literal("Level"), "Level"),
        decision("Rest", "number", literal("100 - Share"), "Share"),
    )  # fmt: skip
    assert not answer(text, {"Level": "gold", "Share": 7}).refused
    assert not answer(text, {}).refused
    refused = answer(text, {"Level": "lead", "Share": 101})
    assert [problem.code for problem in refused.problems] == ["RUL-501", "RUL-501"]
    result = definitions(
        level, given("x"), decision("Found", "tLevel", literal('if x > 1 then "gold" else "lead"'), "x")
    )
    assert not answer(result, {"x": 2}).refused
    assert answer(result, {"x": 1}).refused


def test_business_knowledge_models_are_put_in() -> None:
    """A formula with long arguments, a table, one that calls another; called and invoked in a box."""
    payment = model("PMT", {"p": "number", "r": "number", "n": "number"}, literal("(p*r/12)/(1-(1+r/12)**-n)"))
    rate = model(
        "Rate", {"level": "string"}, table(["level"], ["y"], ['"gold"', "0.06"], ["-", "0.12"], hit="FIRST"), "number"
    )
    both = model("Both", {"amount": "number", "level": "string"}, literal("PMT(amount, Rate(level), 12)"))
    text = definitions(
        payment, rate, both, given("Amount"), given("Level", "string"),
        decision("Called", "number", literal("PMT(Amount + 0, Rate(Level), 12)"), "Amount", "Level", models=["PMT", "Rate"]),
        decision("Named", "number", literal("PMT(n: 12, r: Rate(level: Level), p: Amount)"), "Amount", "Level"),
        decision("Boxed", "number", invocation("Both", amount=literal("Amount"), level=literal("Level")), "Amount", "Level"),
    )  # fmt: skip
    found = answer(text, {"Amount": 1200, "Level": "gold"}).results
    assert str(found["called"])[:8] == "103.2797"
    assert found["called"] == found["named"] == found["boxed"]


def test_contexts_are_named_values() -> None:
    """Entries see those before them; a table inside; a result, or several under one name."""
    steps = context(
        base=literal("x * 2"),
        bonus=table(["base"], ["y"], ["> 10", "base + 1"], ["-", "0"], hit="FIRST"),
        result=literal("base + bonus"),
    )
    record = context(base=literal("x * 2"), word=literal('if base > 10 then "big" else "small"'))
    text = definitions(
        given("x"), decision("Steps", "number", steps, "x"), decision("Record", None, record, "x"),
        decision("Word", "string", literal("Record.word"), "Record"),
    )  # fmt: skip
    found = answer(text, {"x": 6}).results
    assert found == {"steps": 25, "record": {"base": 12, "word": "big"}, "word": "big"}


def test_contexts_within_contexts_and_functions_in_them() -> None:
    """A structure of structures, and a function that only its context knows."""
    inner = context(low=literal("x - 1"), high=literal("x + 1"))
    function = (
        '<functionDefinition><formalParameter name="y" typeRef="number"/>'
        + literal("y * factor")
        + "</functionDefinition>"
    )
    text = definitions(
        given("x"),
        decision("Limits", None, context(inner=inner, word=literal('"ok"')), "x"),
        decision("High", "number", literal("Limits.inner.high"), "Limits"),
        decision("Scaled", "number", context(factor=literal("3"), scale=function, result=literal("scale(x)")), "x"),
    )
    found = answer(text, {"x": 6}).results
    assert found == {"limits": {"inner": {"low": 5, "high": 7}, "word": "ok"}, "high": 7, "scaled": 18}


def test_relations_are_lists_of_rows() -> None:
    """Asked by others like any list."""
    cells = (f"<row>{literal(name)}{literal(price)}</row>" for name, price in (('"a"', "1"), ('"b"', "x")))
    relation = f'<relation><column name="Item"/><column name="Unit Price"/>{"".join(cells)}</relation>'
    text = definitions(
        given("x"), decision("Prices", None, relation, "x"),
        decision("Sum", "number", literal("sum(Prices.Unit Price)"), "Prices"),
        decision("Has", "boolean", literal('some p in Prices satisfies p.Item = "b" and p.Unit Price > 1'), "Prices"),
    )  # fmt: skip
    prices = [{"item": "a", "unit_price": 1}, {"item": "b", "unit_price": 5}]
    assert answer(text, {"x": 5}).results == {"prices": prices, "sum": 6, "has": True}


def test_values_are_made_what_is_wanted() -> None:
    """A list of one, one for a list, a day for an instant."""
    text = definitions(
        alias("tNumbers", "number", collection=True),
        decision("One", "number", literal("[5]")),
        decision("Many", "tNumbers", literal("5")),
        decision("At", "date and time", literal('date("2026-01-31")')),
    )
    assert answer(text, {}).results == {"one": 5, "many": [5], "at": "2026-01-31T00:00:00Z"}


def test_an_input_without_a_type_has_that_of_its_column() -> None:
    """Where a table declares one."""
    made = table(["x"], ["y"], ["> 5", "1"]).replace("<inputExpression>", '<inputExpression typeRef="number">')
    assert answer(definitions(given("x", None), decision("Found", "number", made, "x")), {"x": 6}).results == {
        "found": 1
    }


def test_boxed_conditionals_and_lists() -> None:
    """DMN 1.4."""
    boxed = f"<conditional><if>{literal('x > 1')}</if><then>{literal('10')}</then><else>{literal('20')}</else></conditional>"
    listed = f"<list>{literal('x')}{literal('x + 1')}</list>"
    text = definitions(given("x"), decision("A", "number", boxed, "x"), decision("B", None, listed, "x"),
                       decision("C", "number", literal("sum(B)"), "B"))  # fmt: skip
    assert answer(text, {"x": 2}).results == {"a": 10, "b": [2, 3], "c": 5}


def test_names_of_people_become_ids_and_stay_as_titles() -> None:
    """Blanks, signs, Chinese, words that mean something else, two that look alike."""
    text = definitions(
        given("Net Price"), given("net-price"), given("年龄"), given("if"),
        decision("Approved/Declined", "number", literal("Net Price + net-price + 年龄"), "Net Price", "net-price", "年龄"),
    )  # fmt: skip
    made = imported(text).files["decisions/sample.yaml"]
    for line in (
        "{id: net_price, kind: number, label: Net Price}",
        "{id: net_price_2, kind: number, label: 'net-price'}",
        "{id: input, kind: number, label: '年龄'}",
        "{id: input_if, kind: number, label: if}",
    ):
        assert line in made, made
    assert answer(text, {"Net Price": 1, "net-price": 2, "年龄": 3}).results == {"approved_declined": 6}


@pytest.mark.parametrize(
    "name", ["a: b # c", "[x] {y}", "'q' \"z\" \\", "- dash", "100%", "~", "null", "是：否，", "x" * 300, "a\u0085tab\u2028b", "a\tb", "*&!|>@`"]
)  # fmt: skip
def test_any_name_can_be_written(name: str) -> None:
    """As a label in the file that is made, as the name of an input, in the message of a rule."""
    level = alias("tLevel", "number", "> 1")
    text = definitions(level, given(name, "tLevel"), decision("Found", "number", literal("1"), name))
    made = imported(text)
    assert answer(text, {}).results == {"found": 1}, made.files
    assert answer(text, {" ".join(name.split()): 0}).refused

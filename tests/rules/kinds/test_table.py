"""`table`: hits, defaults, chains, reasons, and everything that is refused at load with the place of the cell."""

from datetime import date
from decimal import Decimal

import pytest

from engine.language.catalogue import message

TABLE = """
- id: discount
  kind: table
  inputs: [{id: level, value: level}, {id: amount, value: total}]
  outputs: [{id: rate, set: rate}]
  hit: F
  rows:
    - ["A",      "> 500",      0.10]
    - ["A, B",   "[200..500]", 0.05]
    - {id: none_below, when: {amount: "< 10"}, then: [0]}
  default: [0.01]
"""


@pytest.mark.parametrize(
    ("level", "total", "rate", "row"),
    [
        ("A", "500.01", "0.10", "1"),
        ("A", "500", "0.05", "2"),
        ("B", "200", "0.05", "2"),
        ("C", "9.99", "0", "none_below"),
        ("C", "10", "0.01", None),
        (None, "9", "0", "none_below"),
        ("A", None, "0.01", None),
    ],
)
def test_first_row_that_matches(rules, level, total, rate, row):
    evaluation = rules(TABLE).run(level=level, total=None if total is None else Decimal(total))
    assert evaluation.values == {"rate": Decimal(rate)}
    (step,) = evaluation.trace
    assert [name for name, _ in step.detail.rows] == ([row] if row else [])
    assert step.outcome == ("row" if row else "default")


def test_the_trace_says_which_row_and_why_not_the_runner_up(rules):
    evaluation = rules(TABLE).run(explain=True, level="B", total=Decimal(700))
    said = evaluation.trace[0].detail
    assert said.inputs == (("level", "B"), ("amount", Decimal(700)))
    assert (said.runner_up.row, said.runner_up.column, said.runner_up.seen) == ("1", 0, "B")
    hit = rules(TABLE).run(explain=True, level="A", total=Decimal(700)).trace[0].detail
    assert [(row, place.line) for row, place in hit.rows] == [("1", 9)]
    assert (hit.runner_up.row, hit.runner_up.later, hit.runner_up.column) == ("2", False, 1)
    assert hit.why_not() == {"zh": "第 2 行最接近，但 amount 是 700", "en": "row 2 is closest, but amount is 700"}
    both = rules(TABLE.replace('"[200..500]"', '"> 100"')).run(explain=True, level="A", total=Decimal(700))
    assert both.trace[0].detail.why_not()["en"] == "row 2 fits too, but comes later"


def test_nothing_hits_and_no_default_gives_a_missing_value(rules):
    evaluation = rules(TABLE.replace("  default: [0.01]\n", "")).run(level="C", total=Decimal(50), rate=Decimal(3))
    assert evaluation.values == {"rate": None}
    assert evaluation.trace[0].outcome == "no_row"


def test_unique_is_proven_at_load_with_an_input_that_shows_it(rules):
    (problem,) = rules(TABLE.replace("hit: F", "hit: U").replace("[200..500]", "[200..600]")).problems
    assert (problem.code, problem.place.line) == ("RUL-534", 10)
    assert message(problem, "en") == (
        "Table discount: rows 1 and 2 match together, for example for level = A, amount = 500.01. "
        "Hit policy U allows one only."
    )


def test_unique_refuses_two_hits_where_formulas_decide(rules):
    bench = rules(TABLE.replace("hit: F", "hit: U").replace("[200..500]", "[200..net]"))
    given = {"level": "A", "total": Decimal(550)}
    (problem,) = bench.run(**given, net=Decimal(600)).problems
    assert (problem.code, problem.parameters["rows"]) == ("RUL-505", ("1", "2"))
    assert bench.run(**given, net=Decimal(500)).problems == ()


def test_rows_that_match_under_any_must_agree(rules):
    table = TABLE.replace("hit: F", "hit: A").replace("[200..500]", "[200..600]")
    (problem,) = rules(table).problems
    assert (problem.code, problem.parameters["row"], problem.parameters["other"]) == ("RUL-535", "2", "1")
    agreed = rules(table.replace("0.10", "0.05"))
    evaluation = agreed.run(level="A", total=Decimal(550))
    assert (evaluation.problems, evaluation.values) == ((), {"rate": Decimal("0.05")})
    assert [name for name, _ in evaluation.trace[0].detail.rows] == ["1", "2"]
    (problem,) = rules(table.replace("0.10", '"= count"')).run(level="A", total=Decimal(550), count=1).problems
    assert (problem.code, problem.parameters["rows"]) == ("RUL-506", ("1", "2"))


HITS = """
- {id: read, kind: derive, set: rate, to: READ}
- id: t
  kind: table
  inputs: [{id: amount, value: total}]
  outputs: [{id: points, values: [30, 10, 20]}]
  hit: HIT
  rows:
    - ["> 0", 10]
    - ["> 5", 30]
    - ["> 5", 30]
    - ["> 9", 20]
"""


@pytest.mark.parametrize(
    ("hit", "read", "result", "rows"),
    [
        ("P", "t.points", 30, ["2"]),
        ("R", "sum(t.points)", 90, ["1", "2", "3", "4"]),
        ("O", "sum(t.points)", 90, ["2", "3", "1", "4"]),
        ("C", "count(t)", 4, ["1", "2", "3", "4"]),
        ("C+", "t.points", 90, ["1", "2", "3", "4"]),
        ("C<", "t.points", 10, ["1", "2", "3", "4"]),
        ("C>", "t.points", 30, ["1", "2", "3", "4"]),
        ("C#", "t.points", 3, ["1", "2", "3", "4"]),
    ],
)
def test_hit_policies(rules, hit, read, result, rows):
    """The policies of the standard; `C#` counts the different ones."""
    bench = rules(HITS.replace("HIT", f'"{hit}"').replace("READ", read))
    evaluation = bench.run(total=Decimal(10))
    assert evaluation.values == {"rate": result}
    assert [name for name, _ in evaluation.trace[0].detail.rows] == rows
    nothing = bench.run(total=Decimal(0)).scope["rate"]
    assert nothing == (0 if hit in "ROC" else None)


def test_priority_wants_an_order_and_rows_want_no_field(rules):
    assert rules(TABLE.replace("hit: F", "hit: P")).codes == ["RUL-531"]
    assert rules(TABLE.replace("hit: F", "hit: C")).codes == ["RUL-532"]
    level = TABLE.replace("value: level", "value: supplier.level").replace(
        "id: rate, set: rate", "id: level, set: level"
    )
    by_choices = level.replace("0.10", "B").replace("0.05", "A").replace("[0]", "[C]").replace("[0.01]", "[C]")
    bench = rules(by_choices.replace("hit: F", "hit: P").replace("[200..500]", "> 200"))
    assert bench.run(supplier={"id": "s", "level": "A"}, total=Decimal(600)).values == {"level": "A"}


def test_a_row_may_be_valid_for_some_days_only(rules):
    bench = rules("""
- id: t
  kind: table
  inputs: [{id: level, value: level}]
  outputs: [{id: rate, set: rate}]
  hit: U
  rows:
    - {id: old, valid: "< 2026-03-01", when: [A], then: [1]}
    - {id: new, valid: ">= 2026-03-01", when: [A], then: [2]}
  default: [0]
""")
    assert bench.problems == ()
    for day, rate in ((date(2026, 2, 28), 1), (date(2026, 3, 1), 2)):
        evaluation = bench.run(level="A", today=day)
        assert evaluation.values == {"rate": Decimal(rate)}
        assert evaluation.trace[0].detail.inputs == (("level", "A"), ("valid", day))
    both = bench.rules.items[0].model_dump_json()
    assert "valid" in both


def test_an_input_has_allowed_values(rules):
    table = TABLE.replace("{id: amount, value: total}", '{id: amount, value: total, allowed: ">= 0"}')
    (problem,) = rules(table).run(level="A", total=Decimal(-1)).problems
    assert message(problem, "en") == "Table discount: input amount is -1; allowed is >= 0."
    assert rules(table).run(level="A", total=None).problems == ()


def test_gaps_are_told_with_an_input(rules):
    table = TABLE.replace("  default: [0.01]\n", "")
    (problem,) = rules(table).problems
    assert (problem.code, problem.severity) == ("RUL-536", "warning")
    assert problem.parameters["seen"]["en"] == "level = C, amount = 10"
    closed = table.replace('"< 10"', '"-"')
    assert rules(closed).codes == []


def test_between_two_values_that_follow_one_another_is_no_gap(rules):
    """Whole numbers, days and money have nothing between 5 and 6, two days, 0.05 and 0.06."""
    for column, below, above in (
        ("count", "<= 5", ">= 6"),
        ("received_on", "<= 2026-02-28", ">= 2026-03-01"),
        ("total", "<= 0.05", ">= 0.06"),
    ):
        rows = f"['{below}', 1]\n    - ['{above}', 2]"
        found = rules(one_row(rows, f"{{id: x, value: {column}}}").replace("  default: [null]\n", ""))
        assert found.codes == []
    rows = "['<= 5', 1]\n    - ['>= 6', 2]"
    found = rules(one_row(rows, "{id: x, value: rate}").replace("  default: [null]\n", ""))
    assert [problem.parameters["seen"]["en"] for problem in found.problems] == ["x = 5.5"]


def test_a_column_that_decides_nothing_is_told(rules):
    two = "{id: amount, value: total}, {id: level, value: level}"
    assert rules(one_row("['> 1', '-', 5]", two)).codes == ["RUL-533"]


def test_every_line_by_itself(rules, flour):
    bench = rules("""
- id: rates
  kind: table
  inputs: [{id: group, value: line.item.group}, {id: quantity, value: line.quantity}]
  outputs: [{id: rate, set: lines.rate}]
  rows:
    - [raw, ">= 10", 0.2]
    - ["-", "-",     0.1]
""")
    given = (
        {"id": "a", "item": flour, "quantity": Decimal(10)},
        {"id": "b", "item": flour, "quantity": Decimal("9.999")},
    )
    assert [line["rate"] for line in bench.run(lines=given).values["lines"]] == [Decimal("0.2"), Decimal("0.1")]


def test_outputs_are_read_by_later_rules_and_by_rules_written_before(rules):
    bench = rules("""
- {id: net, kind: derive, set: net, to: total * (1 - terms.rebate)}
- id: terms
  kind: table
  inputs: [{id: level, value: level}]
  outputs: [{id: rebate}]
  rows: [[A, 0.5], ["not('A')", 0.25]]
""")
    assert bench.run(level="A", total=Decimal(10)).values == {"net": Decimal("5.0")}
    assert bench.run(level="B", total=Decimal(10)).values == {"net": Decimal("7.50")}


def test_cells_compare_with_fields_dates_and_formulas(rules):
    bench = rules("""
- id: t
  kind: table
  inputs: [{id: on, value: received_on}, {id: amount, value: total}]
  outputs: [{id: note, set: note}, {id: rate, set: rate}]
  rows:
    - ["[2026-01-01..2026-12-31]", "> net",      over,  "= count / 2"]
    - ["> due_on",                 "-",          late,  1]
    - ["-",                        "(0..net * 2)", 'a b', 2]
""")
    run = lambda **given: bench.run(**given).values  # noqa: E731
    day = date(2026, 6, 1)
    assert run(received_on=day, total=Decimal(9), net=Decimal(8), count=9) == {"note": "over", "rate": Decimal("4.5")}
    assert run(received_on=date(2027, 1, 1), due_on=day, total=Decimal(0)) == {"note": "late", "rate": Decimal(1)}
    assert run(received_on=date(2027, 1, 1), total=Decimal(9), net=Decimal(5)) == {"note": "a b", "rate": Decimal(2)}


def test_null_and_flags_and_text(rules):
    bench = rules("""
- id: t
  kind: table
  inputs: [{id: note, value: note}, {id: urgent, value: urgent}]
  outputs: [{id: rate, set: rate}]
  rows:
    - [null,       "-",  1]
    - ["'x', 'y'", true, 2]
    - [北京,        "-",  3]
    - ["not('z')", "-",  4]
""")
    for note, urgent, rate in ((None, None, 1), ("x", True, 2), ("北京", False, 3), ("y", False, 4), ("z", True, None)):
        assert bench.run(note=note, urgent=urgent).values == ({"rate": Decimal(rate)} if rate else {})


def test_a_range_without_quotes_is_read_as_a_range(rules):
    bench = rules(TABLE.replace('"[200..500]"', "[200..500]"))
    assert bench.run(level="B", total=Decimal(200)).values == {"rate": Decimal("0.05")}


def one_row(cells: str, inputs: str = "{id: amount, value: total}", outputs: str = "{id: rate, set: rate}") -> str:
    return f"""
- id: t
  kind: table
  inputs: [{inputs}]
  outputs: [{outputs}]
  rows:
    - {cells}
  default: [{", ".join(["null"] * outputs.count("{"))}]
"""


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ('["[1..5", 1]', "RUL-521", 8),
        ('["> ", 1]', "RUL-521", 8),
        ('["1,,2", 1]', "RUL-521", 8),
        ("[\"not('a'\", 1]", "RUL-521", 8),
        ('["\'a", 1]', "RUL-521", 8),
        ("[\"'a'\", 1]", "RUL-522", 8),
        ('["2026-01-01", 1]', "RUL-522", 8),
        ('[1, "abc"]', "RUL-522", 11),
        ("[1]", "RUL-526", 7),
        ("[1, 2, 3]", "RUL-526", 7),
    ],
)
def test_wrong_cells_are_refused_at_their_place(rules, cells, code, column):
    (problem,) = rules(one_row(cells)).problems
    assert problem.code == code
    assert (problem.place.line, problem.place.column) == (8, column + 2)
    assert message(problem, "zh")
    assert message(problem, "en")


def test_a_misspelt_field_in_a_cell_is_found(rules):
    (problem,) = rules(one_row('["> totl", 1]')).problems
    assert problem.code.startswith("EXP-")
    assert "total" in message(problem, "en")
    (problem,) = rules(one_row('["> 5 +", 1]')).problems
    assert problem.code.startswith("EXP-")


def test_choices_and_order_are_checked(rules):
    level = "{id: level, value: level}"
    (problem,) = rules(one_row("[D, 1]", level)).problems
    assert (problem.code, problem.parameters["allowed"]) == ("RUL-524", ("A", "B", "C"))
    assert rules(one_row('["> A", 1]', level)).codes == ["RUL-523"]
    assert rules(one_row("[A, D]", level, "{id: level, set: level}")).codes == ["RUL-524"]


def test_a_whole_number_is_asked_with_whole_numbers(rules):
    assert rules(one_row("[1.5, 1]", "{id: count, value: count}")).codes == ["RUL-522"]
    assert rules(one_row("[2.0, 1]", "{id: count, value: count}")).codes == []


def test_a_reference_is_no_column(rules):
    assert rules(one_row("['-', 1]", "{id: s, value: supplier}")).codes == ["RUL-525"]


def test_outputs_must_fit_the_lines(rules):
    line = "{id: quantity, value: line.quantity}"
    assert rules(one_row("[1, 1, 2]", line, "{id: a, set: lines.rate}, {id: b, set: rate}")).codes == ["RUL-527"]
    assert rules(one_row("[1, 1]", outputs="{id: rate, set: rat}")).codes == ["RUL-512"]


@pytest.mark.parametrize(
    ("row", "code"), [("{amount: 5, rate: 1}", "RUL-528"), ("[[1, 2], 1]", "RUL-529"), ("5", "RUL-528")]
)
def test_what_is_no_row(rules, row, code):
    assert rules(one_row(row)).codes == [code]


def test_all_wrong_cells_are_told_at_once(rules):
    assert len(rules(one_row('["[1..", "x"]\n    - ["> ", "y"]')).problems) == 4


def test_a_row_below_a_wider_one_is_told(rules):
    rows = "['> 1', 5]\n    - ['> 2', 6]"
    assert rules(one_row(rows)).codes == ["RUL-530"]
    assert rules(one_row(rows).replace("kind: table", "kind: table\n  hit: U")).codes == ["RUL-534"]
    assert rules(one_row("['> 2', 6]\n    - ['> 1', 5]")).codes == []


def test_unknown_hit_policy(rules):
    assert rules(TABLE.replace("hit: F", "hit: X")).codes == ["PKG-204"]

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


def test_unique_refuses_two_hits(rules):
    bench = rules(TABLE.replace("hit: F", "hit: U").replace("[200..500]", "[200..600]"))
    (problem,) = bench.run(level="A", total=Decimal(550)).problems
    assert (problem.code, problem.parameters["rows"]) == ("RUL-505", ("1", "2"))
    assert bench.run(level="B", total=Decimal(550)).problems == ()


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
    assert rules(one_row(rows).replace("kind: table", "kind: table\n  hit: U")).codes == []
    assert rules(one_row("['> 2', 6]\n    - ['> 1', 5]")).codes == []


def test_unknown_hit_policy(rules):
    assert rules(TABLE.replace("hit: F", "hit: X")).codes == ["PKG-204"]

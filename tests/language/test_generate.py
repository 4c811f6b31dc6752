"""The hot path: right with missing values, exact, closed, and free of text from the package."""

import dis
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, getcontext, localcontext
from types import CodeType, FunctionType
from typing import Any

import pytest

from engine.language.formula import Formula, Scope
from engine.language.generate import generate, source_of
from engine.language.signature import Function, Parameter
from engine.language.types import (
    DateType,
    DecimalType,
    FlagType,
    InstantType,
    IntegerType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)

LINE = RecordType("line", {"x": DecimalType(2), "n": IntegerType(), "item": ReferenceType("item")})
SCOPE = Scope(
    {
        "a": DecimalType(2), "b": DecimalType(2), "n": IntegerType(), "p": FlagType(), "q": FlagType(), "t": TextType(),
        "on": DateType(), "at": InstantType(), "ref": ReferenceType("item"), "other": ReferenceType("item"),
        "lines": RowsType(LINE),
    },
    {"item": RecordType("item", {"step": DecimalType(6)})},
)  # fmt: skip
D = Decimal


def evaluate(text: str, **values: Any) -> Any:
    formula = Formula(text)
    assert formula.bind(SCOPE) == (), text
    scope: Mapping[str, Any] = {"today": date(2026, 1, 31), "now": datetime(2026, 1, 31, tzinfo=UTC), **values}
    value = formula.expression.evaluate(scope)
    assert formula.expression.trace(scope).value == value
    return value


@pytest.mark.parametrize(("left", "right", "both", "either"), [
    (True, True, True, True), (True, False, False, True), (True, None, None, True), (False, True, False, True),
    (False, False, False, False), (False, None, False, None), (None, True, None, True), (None, False, False, None),
    (None, None, None, None),
])  # fmt: skip
def test_three_valued_logic(left: bool | None, right: bool | None, both: bool | None, either: bool | None) -> None:
    assert evaluate("p and q", p=left, q=right) is both
    assert evaluate("p or q", p=left, q=right) is either
    assert evaluate("not p", p=left) is (None if left is None else not left)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b", None),
        ("a > 1", None),
        ("a != 1", None),
        ("a in [1, 2]", None),
        ("a not in [1, 2]", None),
        ("not (a == 1)", None),
        ("a is None", True),
        ("a != None", False),
        ("coalesce(a, b)", D("2.5")),
        ("coalesce(a + 1, 0)", D(0)),
        ("if(a > 1, 1, 2)", None),
        ("if(b > 1, a, b)", None),
        ("if(b > 1, b, a)", D("2.5")),
        ("max(a, b)", None),
        ("0 < b < 3", True),
        ("0 < b < a", None),
        ("3 < b < a", False),
        ("b / 0.5", D(5)),
        ("b / (b - b)", None),
        ("mod(b, 0 * b)", None),
        ("ref.step > 0", None),
        ("ref == other", None),
        ("other.id", "i2"),
        ("other.step * 2", D("0.2")),
        ("on + days(1)", date(2026, 2, 1)),
        ("on + months(1)", date(2026, 2, 28)),
        ("on - months(11)", date(2025, 2, 28)),
        ("on - date('2026-01-01') == days(30)", True),
        ("date('9999-12-31') + days(1)", None),
        ("on + days(10 ** 9)", None),
        ("at - now() < hours(2)", True),
        ("n ** 9 * n", 1024),
        ("concat(t, n)", "x2"),
    ],
)
def test_missing_values_and_answers(text: str, value: object) -> None:
    at = datetime(2026, 1, 31, 1, tzinfo=UTC)
    other = {"id": "i2", "step": D("0.1")}
    assert evaluate(text, a=None, b=D("2.5"), n=2, on=date(2026, 1, 31), at=at, ref=None, other=other, t="x") == value


def test_aggregates() -> None:
    lines = ({"x": D("1.5"), "n": 1}, {"x": None, "n": 2}, {"x": D("3"), "n": 3})
    whole = tuple(line for line in lines if line["x"] is not None)
    assert evaluate("sum(lines.x)", lines=lines) is None
    assert evaluate("sum(lines.x)", lines=whole) == D("4.5")
    assert evaluate("sum(lines, coalesce(line.x, 0) * line.n)", lines=lines) == D("10.5")
    assert evaluate("sum(lines.x)", lines=()) == D(0)
    assert isinstance(evaluate("sum(lines.x)", lines=()), Decimal)
    assert evaluate("count(lines)", lines=lines) == 3
    assert evaluate("count(lines.x)", lines=lines) == 2
    assert evaluate("count(lines, line.x > 2)", lines=lines) == 1
    assert evaluate("any(lines, line.x > 2)", lines=lines) is True
    assert evaluate("any(lines, line.x > 5)", lines=lines) is None
    assert evaluate("all(lines, line.x > 2)", lines=lines) is False
    assert evaluate("all(lines, line.x > 1)", lines=lines) is None
    assert evaluate("all(lines, line.x > 1)", lines=()) is True
    assert evaluate("min(lines.x)", lines=whole) == D("1.5")
    assert evaluate("max(lines, line.n * 2)", lines=whole) == 6
    assert evaluate("max(lines.x)", lines=()) is None
    assert evaluate("any(lines, line.n == max(lines.n))", lines=lines) is True


def test_missing_lines_count_as_none() -> None:
    assert evaluate("count(lines)", lines=None) == 0
    assert evaluate("sum(lines.x)") == D(0)


def test_names_that_the_scope_does_not_hold_are_missing() -> None:
    assert evaluate("a + 1") is None
    assert evaluate("ref.step") is None
    assert evaluate("p or q", q=True) is True


@pytest.mark.parametrize("wrong", ["text", [1], {"id": "x"}, date(2026, 1, 1), 0.5])
def test_wrong_values_give_none_and_no_exception(wrong: object) -> None:
    assert evaluate("a + b", a=wrong, b=D(1)) is None
    assert evaluate("a > b", a=wrong if wrong != 0.5 else "x", b=D(1)) is None
    assert evaluate("ref.step + 1", ref="i1") is None


def test_digits_are_never_lost() -> None:
    big = D("1234567890123456789.123456")
    assert evaluate("a * b", a=big, b=big) == Context(prec=200).multiply(big, big)
    with localcontext(Context(prec=3)):
        assert evaluate("a + b", a=D("100.25"), b=D("0.01")) == D("100.26")
        assert evaluate("-a", a=D("1234567")) == D("-1234567")
        assert evaluate("abs(a)", a=D("-1234567")) == D("1234567")
        assert evaluate("sum(lines.x)", lines=({"x": D("100.25")}, {"x": D("0.01")})) == D("100.26")
    assert evaluate("0.1 + 0.2 == 0.3") is True
    assert evaluate("a * a * a * a * a * a", a=big) is None  # 150 digits: not cut, but no answer
    formula = Formula("a * a * a * a * a * a")
    assert formula.bind(SCOPE) == ()
    inner = formula.expression.trace({"a": big}).children[0]
    assert inner.note is not None
    assert "100" in inner.note["en"]


def test_the_callers_context_stays_as_it_was() -> None:
    before = getcontext()
    precision = before.prec
    evaluate("a * b", a=D("1" * 30), b=D("1" * 30))
    assert getcontext() is before
    assert before.prec == precision


def test_threads_do_not_disturb_each_other() -> None:
    formula = Formula("a * b + a / b")
    assert formula.bind(SCOPE) == ()
    wanted = formula.expression.evaluate({"a": D("7.77"), "b": D("3")})
    found: list[object] = []

    def run() -> None:
        found.extend(formula.expression.evaluate({"a": D("7.77"), "b": D("3")}) for _ in range(200))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {wanted}
    assert len(found) == 800


def code_of(function: Any) -> list[CodeType]:
    found = [function.__code__]
    for cell in function.__closure__ or ():
        if isinstance(cell.cell_contents, FunctionType) and cell.cell_contents.__code__.co_filename == "<formula>":
            found.append(cell.cell_contents.__code__)
    return found


def test_no_text_of_the_package_is_in_the_source_and_nothing_is_global() -> None:
    formula = Formula(
        "t == 'some words' and ref.step > 12345.678 and contains(t, 'more words') and any(lines, line.n > 1)"
    )
    assert formula.bind(SCOPE) == ()
    source, bound = source_of(formula.expression.tree)
    for word in ("words", "12345", "step", "ref", "lines"):
        assert word not in source
    assert "some words" in bound
    for code in code_of(generate(formula.expression.tree)):
        assert not [
            one for one in dis.get_instructions(code) if one.opname in {"LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"}
        ]


def test_no_float_in_generated_constants() -> None:
    formula = Formula("a * 1.13 > 0.1 and b / 3 in [0.5, 1]")
    assert formula.bind(SCOPE) == ()
    _, bound = source_of(formula.expression.tree)
    flat = [one for value in bound for one in (value if isinstance(value, frozenset) else (value,))]
    assert not any(isinstance(one, float) for one in flat)


def test_a_function_of_a_plugin_and_a_function_bound_to_the_scope() -> None:
    words = {"zh": "{0}", "en": "{0}"}
    double = Function("double", (Parameter("x", DecimalType),), DecimalType(), words, words, run=lambda x: x * 2)
    stock = Function("stock", (Parameter("item", ReferenceType("item")),), DecimalType(), words, words, bound=True)
    scope = Scope(SCOPE.names, SCOPE.entities, {"double": double, "stock": stock})
    formula = Formula("double(a) <= stock(ref)")
    assert formula.bind(scope) == ()
    values = {"a": D(2), "ref": {"id": "i1"}, "functions": {"stock": lambda item: D(5) if item["id"] == "i1" else None}}
    assert formula.expression.evaluate(values) is True
    assert formula.expression.trace(values).value is True
    assert formula.expression.evaluate({**values, "ref": None}) is None


def test_durations_sum_to_a_duration() -> None:
    scope = Scope({"lines": RowsType(RecordType("line", {"on": DateType()})), "day": DateType()})
    formula = Formula("sum(lines, line.on - day)")
    assert formula.bind(scope) == ()
    assert formula.expression.evaluate({"lines": ()}) == timedelta(0)
    rows = ({"on": date(2026, 1, 3)}, {"on": date(2026, 1, 4)})
    assert formula.expression.evaluate({"lines": rows, "day": date(2026, 1, 1)}) == timedelta(days=5)

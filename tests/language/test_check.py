"""Names and types: every mistake a formula can make at its place is named, several at once."""

import pytest

from engine.language.catalogue import hint, message
from engine.language.formula import Formula, Scope
from engine.language.types import (
    ChoiceType,
    DateType,
    DecimalType,
    DurationType,
    Expected,
    FlagType,
    IntegerType,
    MoneyType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
    Type,
)

ITEM = RecordType("item", {"unit": TextType(), "step": QuantityType("unit"), "kind": ChoiceType(("raw", "goods"))})
LINE = RecordType(
    "line",
    {
        "item": ReferenceType("item"),
        "quantity": QuantityType("item.unit"),
        "returned": QuantityType("item.unit"),
        "net": QuantityType("kg"),
        "price": MoneyType("CNY"),
        "fee": MoneyType("USD"),
        "cost": MoneyType("currency"),
    },
)
SCOPE = Scope(
    {
        "amount": DecimalType(2),
        "status": ChoiceType(("ok", "inspect", "frozen")),
        "other": ChoiceType(("x", "y")),
        "code": TextType(),
        "count_of": IntegerType(),
        "done": FlagType(),
        "on": DateType(),
        "currency": TextType(),
        "total": MoneyType("CNY"),
        "weight": QuantityType("kg"),
        "pieces": QuantityType("piece"),
        "item": ReferenceType("item"),
        "partner": ReferenceType("partner"),
        "line": LINE,
        "lines": RowsType(LINE),
        "settings": RecordType("settings", {"limit": MoneyType("CNY")}),
    },
    {"item": ITEM},
)


def bind(text: str, expected: Expected = None) -> list[str]:
    problems = Formula(text).bind(SCOPE, expected)
    for problem in problems:  # every message can be made in both languages
        assert message(problem, "zh")
        assert message(problem, "en")
        hint(problem, "zh")
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("amout > 5", "EXP-420"),
        ("item.kin == 'raw'", "EXP-421"),
        ("code.first", "EXP-422"),
        ("partner.name", "EXP-422"),
        ("lines.quantity > 0", "EXP-423"),
        ("lines", "EXP-424"),
        ("settings", "EXP-425"),
        ("today == on", "EXP-426"),
        ("-code", "EXP-427"),
        ("-done", "EXP-427"),
        ("rond(amount)", "EXP-430"),
        ("abs()", "EXP-431"),
        ("abs(1, 2)", "EXP-431"),
        ("max(1)", "EXP-431"),
        ("if(done, 1)", "EXP-431"),
        ("length(amount)", "EXP-432"),
        ("days(1.5)", "EXP-432"),
        ("sum(lines.item)", "EXP-432"),
        ("sum(amount)", "EXP-433"),
        ("any(done, done)", "EXP-433"),
        ("sum(lines)", "EXP-434"),
        ("sum(lines.price, 1)", "EXP-436"),
        ("amount + done", "EXP-440"),
        ("weight * pieces", "EXP-440"),
        ("1 / weight", "EXP-440"),
        ("on + on", "EXP-440"),
        ("on + hours(5)", "EXP-440"),
        ("weight + pieces", "EXP-441"),
        ("weight > pieces", "EXP-441"),
        ("max(weight, pieces)", "EXP-441"),
        ("line.quantity + line.net", "EXP-441"),
        ("line.quantity > item.step", "EXP-441"),
        ("line.price + line.fee", "EXP-442"),
        ("line.price == line.fee", "EXP-442"),
        ("line.price < line.cost", "EXP-442"),
        ("code + 'x'", "EXP-443"),
        ("code > 5", "EXP-444"),
        ("item == 'x'", "EXP-444"),
        ("total > amount", "EXP-444"),
        ("done > True", "EXP-445"),
        ("status > 'ok'", "EXP-445"),
        ("status == 'oke'", "EXP-446"),
        ("status in ['ok', 'gone']", "EXP-446"),
        ("status == other", "EXP-447"),
        ("item == partner", "EXP-447"),
        ("not amount", "EXP-448"),
        ("amount and done", "EXP-448"),
        ("any(lines, line.price)", "EXP-448"),
        ("sum(lines.quantity)", "EXP-451"),
        ("max(lines, line.quantity)", "EXP-451"),
        ("if(done, 1, 'a')", "EXP-452"),
        ("amount / 0", "EXP-453"),
        ("amount + None", "EXP-454"),
        ("amount > None", "EXP-454"),
        ("on > '2026-01-31'", "EXP-456"),
        ("months(1) is None", "EXP-457"),
        ("on + if(done, months(1), months(2))", "EXP-457"),
        ("date('2026-02-30')", "EXP-458"),
    ],
)
def test_each_mistake_is_named(text: str, code: str) -> None:
    assert bind(text) == [code]


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("line.quantity + line.returned", QuantityType("line.item.unit")),
        ("line.quantity / line.returned", DecimalType()),
        ("line.quantity >= line.item.step", FlagType()),
        ("mod(line.quantity, line.item.step) == 0", FlagType()),
        ("line.quantity * 2", QuantityType("line.item.unit")),
        ("line.quantity * line.price", MoneyType("CNY")),
        ("line.price / line.quantity", MoneyType("CNY")),
        ("line.cost", MoneyType("currency")),
        ("sum(lines, line.quantity * line.price)", MoneyType("CNY")),
        ("sum(lines.price) > settings.limit", FlagType()),
        ("sum(lines.net)", QuantityType("kg")),
        ("sum(lines.cost)", MoneyType("currency")),
        ("all(lines, line.quantity > 0 and line.item.kind == 'raw')", FlagType()),
        ("any(lines, line.price > sum(lines.price) / 2)", FlagType()),
        ("weight > 0.5", FlagType()),
        ("weight + 1", QuantityType("kg")),
        ("if(done, total, 0)", MoneyType("CNY")),
        ("coalesce(total, 0)", MoneyType("CNY")),
        ("on - today()", DurationType(whole_days=True)),
        ("on + months(3) - days(1)", DateType()),
        ("now() + hours(72) > now()", FlagType()),
        ("count_of / 2", DecimalType()),
        ("count_of + 1", IntegerType()),
        ("round_half_up(amount)", IntegerType()),
        ("round_half_up(amount, 2)", DecimalType()),
        ("round_up(total, 2)", MoneyType("CNY")),
        ("item == None", FlagType()),
        ("line.item == item", FlagType()),
        ("partner.id", TextType()),
        ("0 < amount <= 5", FlagType()),
        ("status in ['ok']", FlagType()),
        ("concat(code, '-', status, 1)", TextType()),
    ],
)
def test_types_of_what_loads(text: str, type: Type) -> None:
    formula = Formula(text)
    assert formula.bind(SCOPE) == ()
    assert formula.expression.type == type


def test_several_mistakes_are_told_at_once_and_none_twice() -> None:
    assert bind("amout > 5 and status == 'oke' and nothing(1) < amout < 3") == [
        "EXP-420",
        "EXP-446",
        "EXP-430",
        "EXP-420",
    ]


@pytest.mark.parametrize(
    ("text", "expected", "problems"),
    [
        ("amount > 1", FlagType, []),
        ("amount", FlagType, ["EXP-449"]),
        ("0", QuantityType("kg"), []),
        ("weight", QuantityType("kg"), []),
        ("pieces", QuantityType("kg"), ["EXP-441"]),
        ("if(done, 0, 1)", QuantityType("kg"), []),
        ("count_of", DecimalType, []),
        ("amount", IntegerType, ["EXP-449"]),
        ("if(done, 'ok', 'frozen')", ChoiceType(("ok", "frozen")), []),
        ("if(done, 'ok', 'oke')", ChoiceType(("ok", "frozen")), ["EXP-446"]),
        ("None", ChoiceType(("ok",)), []),
        ("code", (TextType, DateType), []),
        ("amount", (TextType, DateType), ["EXP-449"]),
        ("item", ReferenceType("item"), []),
        ("partner", ReferenceType("item"), ["EXP-449"]),
    ],
)
def test_what_the_place_asks_for(text: str, expected: Expected, problems: list[str]) -> None:
    assert bind(text, expected) == problems


def test_did_you_mean() -> None:
    (problem,) = Formula("amout > 5").bind(SCOPE)
    assert message(problem, "en") == "There is no name amout here; did you mean amount?"
    assert message(problem, "zh") == "没有叫 amout 的名称；是否想写 amount？"
    (problem,) = Formula("status == 'OK'").bind(SCOPE)
    assert message(problem, "en") == "“OK” is not one of the choices; did you mean ok?"
    (problem,) = Formula("done == true").bind(SCOPE)
    assert "True" in message(problem, "en")


def test_type_of_locates_units() -> None:
    assert SCOPE.type_of(("line", "quantity")) == QuantityType("line.item.unit")
    assert SCOPE.type_of(("line", "item", "step")) == QuantityType("line.item.unit")
    assert SCOPE.type_of(("lines", "quantity")) == QuantityType("line.item.unit")
    assert SCOPE.type_of(("nothing",)) is None


def test_a_path_reads_what_it_says() -> None:
    formula = Formula("sum(lines.price) > settings.limit and line.item.kind == 'raw' and on < today()")
    assert formula.bind(SCOPE) == ()
    assert formula.expression.paths == {
        ("lines",), ("lines", "price"), ("settings", "limit"), ("line", "item", "kind"), ("on",), ("today",),
    }  # fmt: skip

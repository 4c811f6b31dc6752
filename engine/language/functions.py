"""The table of functions a formula may call. One entry adds a function; everything else derives from it.

Derived from an entry: the check of its arguments, the generated code, the trace, the sentence, the second opinion and
the reference page. Only SQL keeps its own table (`storage/filters.py`); a function absent there is not pushed.

An installed distribution may offer entries of its own; they join by `Scope.functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.language import calculations as calculate
from engine.language.types import (
    AMOUNTS,
    NUMBERS,
    ORDERED,
    TEXTS,
    DateType,
    DecimalType,
    DurationType,
    Expected,
    FlagType,
    InstantType,
    IntegerType,
    MonthsType,
    QuantityType,
    MoneyType,
    TextType,
    Type,
    Wording,
    unify,
)

Result = Type | Callable[[tuple[Type, ...]], Type]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name in the reference page and the types it takes."""

    name: str
    accepts: Expected
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the formula language.

    `run` computes on present values; a missing argument makes the result missing without calling it, and it returns
    None where it has no answer. `phrase` is its sentence, with {0}, {1} for the arguments and {all} for all of them.
    `examples` are pairs of formulas with the same value (the example scope is `EXAMPLE_LINES`).

    `special` functions are nodes of the tree (`if`, aggregates, clocks) and have no `run`. A function that is `bound`
    reads something outside the scope: the scope hands in what it runs, under "functions".
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    doc: Wording
    phrase: Wording
    examples: tuple[tuple[str, str], ...] = ()
    run: Callable[..., object] | None = None
    variadic: bool = False
    agree: bool = False
    special: bool = False
    bound: bool = False

    def result_type(self, arguments: tuple[Type, ...]) -> Type:
        """The type of a call with arguments of these types."""
        return self.result if isinstance(self.result, Type) else self.result(arguments)

    @property
    def least(self) -> int:
        """The smallest number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """The largest number of arguments; None without a limit."""
        return None if self.variadic else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """The parameter an argument belongs to; the last one repeats in a variadic function."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    @property
    def signature(self) -> str:
        """How it is written: `round_half_up(x[, digits])`."""
        parts = [f"[{one.name}]" if one.optional else one.name for one in self.parameters]
        return f"{self.name}({', '.join([*parts, '…'] if self.variadic else parts)})"


def _first(arguments: tuple[Type, ...]) -> Type:
    return arguments[0]


def _common(arguments: tuple[Type, ...]) -> Type:
    common = arguments[0]
    for one in arguments[1:]:
        common = unify(common, one) or common
    return common


def _rounded(arguments: tuple[Type, ...]) -> Type:
    if isinstance(arguments[0], QuantityType | MoneyType):
        return arguments[0]
    return IntegerType() if len(arguments) == 1 else DecimalType()


def _quotient(arguments: tuple[Type, ...]) -> Type:
    return IntegerType()


def _remainder(arguments: tuple[Type, ...]) -> Type:
    return arguments[0] if isinstance(arguments[0], QuantityType | MoneyType) else _common(arguments)


def _rounding(name: str, run: Callable[..., object], zh: str, en: str, example: tuple[str, str]) -> Function:
    return Function(
        name,
        (Parameter("x", AMOUNTS), Parameter("digits", IntegerType, optional=True)),
        _rounded,
        {"zh": f"{zh}到 digits 位小数；不写 digits 时得到整数。", "en": f"Rounds {en}, to `digits` decimals; to a whole number without `digits`."},
        {"zh": f"{{0}}{zh}后的值", "en": f"{{0}} rounded {en}"},
        (example,),
        run,
    )


X = Parameter("x", AMOUNTS)
TEXT = Parameter("text", TEXTS)
PART = Parameter("part", TEXTS)
DAY = Parameter("day", DateType)
COUNT = Parameter("n", IntegerType)


def _special(name: str, parameters: tuple[str, ...], result: Type, doc: Wording, phrase: Wording,
             *examples: tuple[str, str], variadic: bool = False) -> Function:
    shown = tuple(Parameter(one.strip("[]"), None, optional=one.startswith("[")) for one in parameters)
    return Function(name, shown, result, doc, phrase, examples, variadic=variadic, special=True)


CHOOSING: tuple[Function, ...] = (
    _special("if", ("condition", "a", "b"), TextType(),
             {"zh": "条件成立取 a，不成立取 b；条件未知时为空。", "en": "a where the condition holds, b where it does not; missing where it is unknown."},
             {"zh": "（若 {0} 则 {1}，否则 {2}）", "en": "(if {0} then {1}, otherwise {2})"},
             ("if(2 > 1, 'yes', 'no')", "'yes'")),
    _special("coalesce", ("a", "b"), TextType(),
             {"zh": "第一个不为空的值。", "en": "The first value that is not missing."},
             {"zh": "{all}中第一个不为空的值", "en": "the first present of {all}"},
             ("coalesce(None, 7)", "7"), variadic=True),
)

AGGREGATES: tuple[Function, ...] = (
    _special("sum", ("lines.x",), DecimalType(),
             {"zh": "各行之和；有一行为空则为空，没有行则为 0。也可写 sum(lines, 表达式)。",
              "en": "The total over the lines; missing if one line is missing, 0 without lines. Also sum(lines, expression)."},
             {"zh": "各行{0}之和", "en": "the sum of {0} over the lines"},
             ("sum(lines.amount)", "60"), ("sum(lines, line.amount * 2)", "120")),
    _special("count", ("lines", "[condition]"), IntegerType(),
             {"zh": "行数；给出条件时只数条件成立的行；count(lines.x) 数有值的行。",
              "en": "The number of lines; with a condition those where it holds; count(lines.x) those with a value."},
             {"zh": "行数", "en": "the number of lines"},
             ("count(lines)", "3"), ("count(lines, line.amount > 15)", "2")),
    _special("any", ("lines", "condition"), FlagType(),
             {"zh": "至少一行条件成立；行写作 line。", "en": "Whether the condition holds for at least one line; the line is called `line`."},
             {"zh": "至少一行满足：{0}", "en": "for at least one line: {0}"},
             ("any(lines, line.amount > 25)", "True")),
    _special("all", ("lines", "condition"), FlagType(),
             {"zh": "每一行条件都成立；没有行时成立。", "en": "Whether the condition holds for every line; true without lines."},
             {"zh": "每一行都满足：{0}", "en": "for every line: {0}"},
             ("all(lines, line.amount > 15)", "False")),
)

NUMBER_FUNCTIONS: tuple[Function, ...] = (
    Function("abs", (X,), _first, {"zh": "绝对值。", "en": "The value without its sign."},
             {"zh": "{0}的绝对值", "en": "the absolute value of {0}"}, (("abs(-3.5)", "3.5"),), calculate.absolute),
    Function("min", (Parameter("a", ORDERED), Parameter("b", ORDERED)), _common,
             {"zh": "最小的一个；有一个为空则为空。min(lines.x) 取各行最小值。", "en": "The smallest; missing if one is missing. min(lines.x) is the smallest over the lines."},
             {"zh": "{all}中最小的", "en": "the smallest of {all}"},
             (("min(3, 2.5, 9)", "2.5"), ("min(lines.amount)", "10")), min, variadic=True, agree=True),
    Function("max", (Parameter("a", ORDERED), Parameter("b", ORDERED)), _common,
             {"zh": "最大的一个；有一个为空则为空。max(lines.x) 取各行最大值。", "en": "The largest; missing if one is missing. max(lines.x) is the largest over the lines."},
             {"zh": "{all}中最大的", "en": "the largest of {all}"},
             (("max(3, 2.5, 9)", "9"), ("max(lines.amount)", "30")), max, variadic=True, agree=True),
    _rounding("round_half_up", calculate.round_half_up, "四舍五入", "half away from zero", ("round_half_up(2.345, 2)", "2.35")),
    _rounding("round_half_even", calculate.round_half_even, "四舍六入五成双", "half to even", ("round_half_even(2.345, 2)", "2.34")),
    _rounding("round_up", calculate.round_up, "向远离零方向取整", "away from zero", ("round_up(2.341, 2)", "2.35")),
    _rounding("round_down", calculate.round_down, "舍去尾数", "towards zero", ("round_down(2.349, 2)", "2.34")),
    Function("div", (X, X), _quotient, {"zh": "商的整数部分，向零取整；除以 0 为空。", "en": "The quotient cut towards zero; missing for a divisor of zero."},
             {"zh": "{0}除以{1}的整数商", "en": "the whole quotient of {0} by {1}"}, (("div(-7, 2)", "-3"),), calculate.whole_quotient, agree=True),
    Function("mod", (X, X), _remainder, {"zh": "余数，符号随被除数；除以 0 为空。", "en": "The remainder with the sign of the dividend; missing for a divisor of zero."},
             {"zh": "{0}除以{1}的余数", "en": "the remainder of {0} by {1}"}, (("mod(-7, 2)", "-1"),), calculate.remainder, agree=True),
)

DATE_FUNCTIONS: tuple[Function, ...] = (
    _special("today", (), DateType(), {"zh": "单据的生效日（公司时区）。", "en": "The effective day of the document, in the zone of the company."},
             {"zh": "今天", "en": "today"}, ("today() == date('2026-01-31')", "True")),
    _special("now", (), InstantType(), {"zh": "当前时刻（UTC）。", "en": "The present instant, in UTC."},
             {"zh": "现在", "en": "now"}, ("now() - hours(1) < now()", "True")),
    Function("date", (Parameter("text", TextType),), DateType(), {"zh": "写作 YYYY-MM-DD 的日期。", "en": "The day written as YYYY-MM-DD."},
             {"zh": "{0}", "en": "{0}"}, (("date('2026-01-31') + days(1)", "date('2026-02-01')"),), calculate.day_from_text),
    Function("days", (COUNT,), DurationType(whole_days=True), {"zh": "n 天的时长。", "en": "A duration of n days."},
             {"zh": "{0} 天", "en": "{0} days"}, (("today() + days(1)", "date('2026-02-01')"),), calculate.days),
    Function("hours", (COUNT,), DurationType(), {"zh": "n 小时的时长。", "en": "A duration of n hours."},
             {"zh": "{0} 小时", "en": "{0} hours"}, (("hours(24) == days(1)", "True"),), calculate.hours),
    Function("minutes", (COUNT,), DurationType(), {"zh": "n 分钟的时长。", "en": "A duration of n minutes."},
             {"zh": "{0} 分钟", "en": "{0} minutes"}, (("minutes(60) == hours(1)", "True"),), calculate.minutes),
    Function("months", (COUNT,), MonthsType(), {"zh": "n 个日历月，只能与日期相加减；月末取该月最后一天。",
             "en": "n calendar months; only added to or taken from a date; the last day of a month stays inside the month."},
             {"zh": "{0} 个月", "en": "{0} months"}, (("date('2026-01-31') + months(1)", "date('2026-02-28')"),)),
    Function("add_days", (Parameter("moment", (DateType, InstantType)), COUNT), _first,
             {"zh": "n 天以后的日期（或时刻）。", "en": "The day (or instant) n days later."},
             {"zh": "{0}之后 {1} 天", "en": "{1} days after {0}"}, (("add_days(date('2026-02-27'), 2)", "date('2026-03-01')"),), calculate.add_days),
    Function("add_months", (DAY, COUNT), DateType(), {"zh": "n 个月以后的同一天；不存在时取月末。", "en": "The same day n months later; the last of the month where that day does not exist."},
             {"zh": "{0}之后 {1} 个月", "en": "{1} months after {0}"}, (("add_months(date('2026-01-31'), 1)", "date('2026-02-28')"),), calculate.add_months),
    Function("days_between", (Parameter("start", DateType), Parameter("end", DateType)), IntegerType(),
             {"zh": "从 start 到 end 的天数。", "en": "The days from start to end."},
             {"zh": "从{0}到{1}的天数", "en": "the days from {0} to {1}"}, (("days_between(date('2026-01-01'), date('2026-01-31'))", "30"),), calculate.days_between),
    Function("year", (DAY,), IntegerType(), {"zh": "年份。", "en": "The year."}, {"zh": "{0}的年份", "en": "the year of {0}"},
             (("year(date('2026-01-31'))", "2026"),), calculate.year_of),
    Function("month", (DAY,), IntegerType(), {"zh": "月份，1 到 12。", "en": "The month, 1 to 12."}, {"zh": "{0}的月份", "en": "the month of {0}"},
             (("month(date('2026-01-31'))", "1"),), calculate.month_of),
    Function("day", (DAY,), IntegerType(), {"zh": "一月中的第几天。", "en": "The day of the month."}, {"zh": "{0}是几号", "en": "the day of the month of {0}"},
             (("day(date('2026-01-31'))", "31"),), calculate.day_of),
)

TEXT_FUNCTIONS: tuple[Function, ...] = (
    Function("concat", (Parameter("a", (*TEXTS, IntegerType)), Parameter("b", (*TEXTS, IntegerType))), TextType(),
             {"zh": "把各部分连成一段文本。", "en": "The parts joined to one text."}, {"zh": "{all}相连", "en": "{all} joined"},
             (("concat('A', '-', 7)", "'A-7'"),), calculate.concat, variadic=True),
    Function("lower", (TEXT,), TextType(), {"zh": "小写。", "en": "In small letters."}, {"zh": "{0}的小写", "en": "{0} in small letters"},
             (("lower('AbC')", "'abc'"),), calculate.lower),
    Function("upper", (TEXT,), TextType(), {"zh": "大写。", "en": "In capitals."}, {"zh": "{0}的大写", "en": "{0} in capitals"},
             (("upper('AbC')", "'ABC'"),), calculate.upper),
    Function("trim", (TEXT,), TextType(), {"zh": "去掉首尾空白。", "en": "Without white space at both ends."}, {"zh": "去掉首尾空白的{0}", "en": "{0} without outer blanks"},
             (("trim('  a b ')", "'a b'"),), calculate.trim),
    Function("length", (TEXT,), IntegerType(), {"zh": "字符数。", "en": "The number of characters."}, {"zh": "{0}的长度", "en": "the length of {0}"},
             (("length('模板')", "2"),), calculate.length),
    Function("starts_with", (TEXT, PART), FlagType(), {"zh": "是否以 part 开头，区分大小写。", "en": "Whether it begins with part; case matters."},
             {"zh": "{0}以{1}开头", "en": "{0} starts with {1}"}, (("starts_with('ABC', 'AB')", "True"),), calculate.starts_with),
    Function("ends_with", (TEXT, PART), FlagType(), {"zh": "是否以 part 结尾，区分大小写。", "en": "Whether it ends with part; case matters."},
             {"zh": "{0}以{1}结尾", "en": "{0} ends with {1}"}, (("ends_with('ABC', 'bc')", "False"),), calculate.ends_with),
    Function("contains", (TEXT, PART), FlagType(), {"zh": "是否包含 part，区分大小写。", "en": "Whether part occurs in it; case matters."},
             {"zh": "{0}包含{1}", "en": "{0} contains {1}"}, (("contains('ABC', 'B')", "True"),), calculate.contains),
)

FUNCTIONS: Mapping[str, Function] = {
    one.name: one for one in (*CHOOSING, *AGGREGATES, *NUMBER_FUNCTIONS, *DATE_FUNCTIONS, *TEXT_FUNCTIONS)
}

AGGREGATE_NAMES = frozenset({"sum", "count", "any", "all", "min", "max"})

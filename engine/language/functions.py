"""The table of functions a formula may call. One entry adds a function; everything else derives from it.

Derived from an entry: the check of its arguments, the generated code, the trace, the sentence, the second opinion and
the reference page. Only SQL keeps its own table (`storage/filter_functions.py`); a function absent there stays in
Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.language import calculations as calculate
from engine.language.signature import Function, Parameter, Result
from engine.language.types import (
    AMOUNTS,
    NUMBERS,
    ORDERED,
    TEXTS,
    DateType,
    DecimalType,
    DurationType,
    FlagType,
    InstantType,
    IntegerType,
    MoneyType,
    MonthsType,
    QuantityType,
    TextType,
    Type,
    Wording,
    unify,
)

Run = Callable[..., object]
Example = tuple[str, str]


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


def _words(words: str) -> Wording:
    """ "zh | en" as a wording."""
    zh, en = words.split(" | ")
    return {"zh": zh, "en": en}


def _plain(
    name: str, parameters: tuple[Parameter, ...], result: Result, run: Run, doc: str, phrase: str, *examples: Example
) -> Function:
    """A function of a fixed number of arguments; `doc` and `phrase` are "zh | en"."""
    return Function(name, parameters, result, _words(doc), _words(phrase), examples, run)


def _several(
    name: str, each: Parameter, result: Result, run: Run, doc: str, phrase: str, *examples: Example
) -> Function:
    """A function of two or more arguments of one kind."""
    parameters = (Parameter("a", each.accepts), Parameter("b", each.accepts))
    agree = each.accepts == ORDERED
    return Function(name, parameters, result, _words(doc), _words(phrase), examples, run, variadic=True, agree=agree)


def _special(name: str, parameters: str, result: Type, doc: str, phrase: str, *examples: Example) -> Function:
    """A node of the tree that is written like a function; `parameters` are shown in the reference page."""
    shown = tuple(Parameter(one.strip("[]…"), None, optional="[" in one) for one in parameters.split())
    return Function(
        name, shown, result, _words(doc), _words(phrase), examples, variadic="…" in parameters, special=True
    )


X = Parameter("x", AMOUNTS)
A = Parameter("a", AMOUNTS)
B = Parameter("b", AMOUNTS)
DIGITS = Parameter("digits", IntegerType, optional=True)
TEXT = Parameter("text", TEXTS)
PART = Parameter("part", TEXTS)
DAY = Parameter("day", DateType)
COUNT = Parameter("n", IntegerType)
MOMENT = Parameter("moment", (DateType, InstantType))

CHOOSING = (
    _special(
        "if", "condition a b", TextType(),
        "条件成立取 a，不成立取 b；条件未知时为空。"
        " | a where the condition holds, b where it does not; missing where it is unknown.",
        "（若 {0} 则 {1}，否则 {2}） | (if {0} then {1}, otherwise {2})",
        ("if(2 > 1, 'yes', 'no')", "'yes'"),
    ),
    _special(
        "coalesce", "a b…", TextType(),
        "第一个不为空的值。 | The first value that is not missing.",
        "{all}中第一个不为空的值 | the first present of {all}",
        ("coalesce(None, 7)", "7"),
    ),
)  # fmt: skip

AGGREGATES = (
    _special(
        "sum", "lines.x", DecimalType(),
        "各行之和；有一行为空则为空，没有行则为 0。也可写 sum(lines, 表达式)。"
        " | The total over the lines; missing if one line is missing, 0 without lines. Also sum(lines, expression).",
        "各行{0}之和 | the sum of {0} over the lines",
        ("sum(lines.amount)", "60"), ("sum(lines, line.amount * 2)", "120"),
    ),
    _special(
        "count", "lines [condition]", IntegerType(),
        "行数；给出条件时只数条件成立的行；count(lines.x) 数有值的行。"
        " | The number of lines; with a condition those where it holds; count(lines.x) those with a value.",
        "行数 | the number of lines",
        ("count(lines)", "3"), ("count(lines, line.amount > 15)", "2"),
    ),
    _special(
        "any", "lines condition", FlagType(),
        "至少一行条件成立；行写作 line。"
        " | Whether the condition holds for at least one line, called `line`.",
        "至少一行满足：{0} | for at least one line: {0}",
        ("any(lines, line.amount > 25)", "True"),
    ),
    _special(
        "all", "lines condition", FlagType(),
        "每一行条件都成立；没有行时成立。 | Whether the condition holds for every line; true without lines.",
        "每一行都满足：{0} | for every line: {0}",
        ("all(lines, line.amount > 15)", "False"),
    ),
)  # fmt: skip

NUMBER_FUNCTIONS = (
    _plain(
        "abs", (X,), _first, calculate.absolute, "绝对值。 | The value without its sign.",
        "{0}的绝对值 | the absolute value of {0}", ("abs(-3.5)", "3.5"),
    ),
    _several(
        "min", Parameter("", ORDERED), _common, min,
        "最小的一个；有一个为空则为空。min(lines.x) 取各行最小值。"
        " | The smallest; missing if one is missing. min(lines.x) is the smallest over the lines.",
        "{all}中最小的 | the smallest of {all}", ("min(3, 2.5, 9)", "2.5"), ("min(lines.amount)", "10"),
    ),
    _several(
        "max", Parameter("", ORDERED), _common, max,
        "最大的一个；有一个为空则为空。max(lines.x) 取各行最大值。"
        " | The largest; missing if one is missing. max(lines.x) is the largest over the lines.",
        "{all}中最大的 | the largest of {all}", ("max(3, 2.5, 9)", "9"), ("max(lines.amount)", "30"),
    ),
    _plain(
        "round_half_up", (X, DIGITS), _rounded, calculate.round_half_up,
        "四舍五入到 digits 位小数；不写 digits 时得到整数。"
        " | Rounded to `digits` decimals, half away from zero; to a whole number without `digits`.",
        "{0}四舍五入后的值 | {0} rounded half up", ("round_half_up(2.345, 2)", "2.35"), ("round_half_up(-2.5)", "-3"),
    ),
    _plain(
        "round_half_even", (X, DIGITS), _rounded, calculate.round_half_even,
        "四舍六入五成双到 digits 位小数。 | Rounded to `digits` decimals, half to even.",
        "{0}四舍六入五成双后的值 | {0} rounded half to even", ("round_half_even(2.345, 2)", "2.34"),
    ),
    _plain(
        "round_up", (X, DIGITS), _rounded, calculate.round_up,
        "向远离零的方向取到 digits 位小数。 | Rounded to `digits` decimals, away from zero.",
        "{0}进位后的值 | {0} rounded up", ("round_up(2.341, 2)", "2.35"),
    ),
    _plain(
        "round_down", (X, DIGITS), _rounded, calculate.round_down,
        "舍去 digits 位小数以后的尾数。 | Cut to `digits` decimals, towards zero.",
        "{0}舍去尾数后的值 | {0} rounded down", ("round_down(2.349, 2)", "2.34"),
    ),
    _plain(
        "round_half_down", (X, DIGITS), _rounded, calculate.round_half_down,
        "五舍六入到 digits 位小数。 | Rounded to `digits` decimals, half towards zero.",
        "{0}五舍六入后的值 | {0} rounded half down", ("round_half_down(2.345, 2)", "2.34"),
    ),
    _plain(
        "round_floor", (X, DIGITS), _rounded, calculate.round_floor,
        "向下取到 digits 位小数。 | Rounded to `digits` decimals, downwards.",
        "{0}向下取整后的值 | {0} rounded down to the floor", ("round_floor(-1.5)", "-2"),
    ),
    _plain(
        "round_ceiling", (X, DIGITS), _rounded, calculate.round_ceiling,
        "向上取到 digits 位小数。 | Rounded to `digits` decimals, upwards.",
        "{0}向上取整后的值 | {0} rounded up to the ceiling", ("round_ceiling(-1.5)", "-1"),
    ),
    _plain(
        "power", (Parameter("base", NUMBERS), Parameter("exponent", NUMBERS)), DecimalType(), calculate.power,
        "base 的 exponent 次方；结果按 34 位有效数字，超出 100 位、指数超出 10,000 或没有实数结果时为空。"
        " | base to the power of exponent, to 34 significant digits; missing beyond 100 digits, beyond an exponent of"
        " 10,000, and where no real number is the answer.",
        "{0}的{1}次方 | {0} to the power of {1}", ("power(2, -2)", "0.25"), ("power(9, 0.5)", "3"),
    ),
    Function(
        "div", (A, B), IntegerType(),
        _words("商的整数部分，向零取整；除以 0 为空。 | The quotient cut towards zero; missing for a divisor of zero."),
        _words("{0}除以{1}的整数商 | the whole quotient of {0} by {1}"),
        (("div(-7, 2)", "-3"),), calculate.whole_quotient, agree=True,
    ),
    Function(
        "mod", (A, B), _common,
        _words("余数，符号随被除数；除以 0 为空。"
               " | The remainder, with the sign of the dividend; missing if divided by 0."),
        _words("{0}除以{1}的余数 | the remainder of {0} by {1}"),
        (("mod(-7, 2)", "-1"),), calculate.remainder, agree=True,
    ),
    Function(
        "modulo", (A, B), _common,
        _words("余数，符号随除数；除以 0 为空。"
               " | The remainder, with the sign of the divisor; missing if divided by 0."),
        _words("{0}对{1}取模 | {0} modulo {1}"),
        (("modulo(-7, 2)", "1"),), calculate.modulo, agree=True,
    ),
)  # fmt: skip

DATE_FUNCTIONS = (
    _special(
        "today", "", DateType(), "单据的生效日（公司时区）。"
        " | The effective day of the document, in the zone of the company.",
        "今天 | today", ("today() == date('2026-01-31')", "True"),
    ),
    _special(
        "now", "", InstantType(), "当前时刻（UTC）。 | The present instant, in UTC.",
        "现在 | now", ("now() - hours(1) < now()", "True"),
    ),
    _plain(
        "date", (Parameter("text", TextType),), DateType(), calculate.day_from_text,
        "写作 YYYY-MM-DD 的日期。 | The day written as YYYY-MM-DD.",
        "{0} | {0}", ("date('2026-01-31') + days(1)", "date('2026-02-01')"),
    ),
    _plain(
        "instant", (Parameter("written", (TextType, DateType)),), InstantType(), calculate.instant_from,
        "写作 YYYY-MM-DDTHH:MM:SSZ 的时刻；对日期取 UTC 当天的开始。"
        " | The instant written as YYYY-MM-DDTHH:MM:SSZ; of a date the beginning of that day in UTC.",
        "{0} | {0}", ("instant('2026-01-31T08:00:00Z') - hours(8)", "instant(date('2026-01-31'))"),
    ),
    _plain(
        "utc_date", (Parameter("moment", InstantType),), DateType(), calculate.utc_date,
        "时刻在 UTC 的日期。 | The day of an instant in UTC.",
        "{0}在 UTC 的日期 | the day of {0} in UTC", ("utc_date(instant('2026-01-31T23:00:00Z'))", "date('2026-01-31')"),
    ),
    _plain(
        "days", (COUNT,), DurationType(whole_days=True), calculate.days, "n 天的时长。 | A duration of n days.",
        "{0} 天 | {0} days", ("today() + days(1)", "date('2026-02-01')"),
    ),
    _plain(
        "hours", (COUNT,), DurationType(), calculate.hours, "n 小时的时长。 | A duration of n hours.",
        "{0} 小时 | {0} hours", ("hours(24) == days(1)", "True"),
    ),
    _plain(
        "minutes", (COUNT,), DurationType(), calculate.minutes, "n 分钟的时长。 | A duration of n minutes.",
        "{0} 分钟 | {0} minutes", ("minutes(60) == hours(1)", "True"),
    ),
    _plain(
        "seconds", (COUNT,), DurationType(), calculate.seconds, "n 秒的时长。 | A duration of n seconds.",
        "{0} 秒 | {0} seconds", ("seconds(60) == minutes(1)", "True"),
    ),
    Function(
        "months", (COUNT,), MonthsType(),
        _words("n 个日历月，只能与日期相加减；不存在的日子取月末。"
               " | n calendar months, to add to or take from a date; at most the last day of the month."),
        _words("{0} 个月 | {0} months"), (("date('2026-01-31') + months(1)", "date('2026-02-28')"),),
    ),
    _plain(
        "add_days", (MOMENT, COUNT), _first, calculate.add_days,
        "n 天以后的日期（或时刻）。 | The day (or instant) n days later.",
        "{0}之后 {1} 天 | {1} days after {0}", ("add_days(date('2026-02-27'), 2)", "date('2026-03-01')"),
    ),
    _plain(
        "add_months", (DAY, COUNT), DateType(), calculate.add_months,
        "n 个月以后的同一天；不存在时取月末。"
        " | The same day n months later; the last of the month where that day does not exist.",
        "{0}之后 {1} 个月 | {1} months after {0}", ("add_months(date('2026-01-31'), 1)", "date('2026-02-28')"),
    ),
    _plain(
        "days_between", (Parameter("start", DateType), Parameter("end", DateType)), IntegerType(),
        calculate.days_between,
        "从 start 到 end 的天数。 | The days from start to end.",
        "从{0}到{1}的天数 | the days from {0} to {1}", ("days_between(date('2026-01-01'), date('2026-01-31'))", "30"),
    ),
    _plain(
        "months_between", (Parameter("start", DateType), Parameter("end", DateType)), IntegerType(),
        calculate.months_between,
        "从 start 到 end 的整月数。 | The whole months from start to end.",
        "从{0}到{1}的整月数 | the whole months from {0} to {1}",
        ("months_between(date('2026-01-31'), date('2026-03-30'))", "1"),
    ),
    _plain(
        "year", (DAY,), IntegerType(), calculate.year_of, "年份。 | The year.",
        "{0}的年份 | the year of {0}", ("year(date('2026-01-31'))", "2026"),
    ),
    _plain(
        "month", (DAY,), IntegerType(), calculate.month_of, "月份，1 到 12。 | The month, 1 to 12.",
        "{0}的月份 | the month of {0}", ("month(date('2026-01-31'))", "1"),
    ),
    _plain(
        "day", (DAY,), IntegerType(), calculate.day_of, "一月中的第几天。 | The day of the month.",
        "{0}是几号 | the day of the month of {0}", ("day(date('2026-01-31'))", "31"),
    ),
)  # fmt: skip

TEXT_FUNCTIONS = (
    _several(
        "concat", Parameter("", (*TEXTS, IntegerType)), TextType(), calculate.concat,
        "把各部分连成一段文本。 | The parts joined to one text.",
        "{all}相连 | {all} joined", ("concat('A', '-', 7)", "'A-7'"),
    ),
    _plain(
        "text", (Parameter("x", (*NUMBERS, *TEXTS, FlagType, DateType)),), TextType(), calculate.text,
        "写成文本：数字不带多余的零，是/否写作 true 和 false，日期写作 YYYY-MM-DD。"
        " | Written as text: numbers without trailing zeros, yes and no as true and false, days as YYYY-MM-DD.",
        "写成文本的{0} | {0} as text", ("text(2.50)", "'2.5'"), ("text(date('2026-01-31'))", "'2026-01-31'"),
    ),
    _plain(
        "lower", (TEXT,), TextType(), calculate.lower, "小写。 | In small letters.",
        "{0}的小写 | {0} in small letters", ("lower('AbC')", "'abc'"),
    ),
    _plain(
        "upper", (TEXT,), TextType(), calculate.upper, "大写。 | In capitals.",
        "{0}的大写 | {0} in capitals", ("upper('AbC')", "'ABC'"),
    ),
    _plain(
        "trim", (TEXT,), TextType(), calculate.trim, "去掉首尾空白。 | Without white space at both ends.",
        "去掉首尾空白的{0} | {0} without outer blanks", ("trim('  a b ')", "'a b'"),
    ),
    _plain(
        "length", (TEXT,), IntegerType(), calculate.length, "字符数。 | The number of characters.",
        "{0}的长度 | the length of {0}", ("length('模板')", "2"),
    ),
    _plain(
        "substring", (TEXT, Parameter("start", IntegerType), Parameter("length", IntegerType, optional=True)),
        TextType(), calculate.substring,
        "从第 start 个字符起的一段，从 1 数起，负数从末尾数起；start 在文本之外时为空。"
        " | The part from the start-th character on, counted from 1, below zero from the end; missing where start lies"
        " outside the text.",
        "{0}从第 {1} 个字符起的部分 | {0} from character {1} on", ("substring('ABCDE', 2, 3)", "'BCD'"),
        ("substring('ABCDE', -2)", "'DE'"),
    ),
    _plain(
        "starts_with", (TEXT, PART), FlagType(), calculate.starts_with,
        "是否以 part 开头，区分大小写。 | Whether the text begins with part; case matters.",
        "{0}以{1}开头 | {0} starts with {1}", ("starts_with('ABC', 'AB')", "True"),
    ),
    _plain(
        "ends_with", (TEXT, PART), FlagType(), calculate.ends_with,
        "是否以 part 结尾，区分大小写。 | Whether the text ends with part; case matters.",
        "{0}以{1}结尾 | {0} ends with {1}", ("ends_with('ABC', 'bc')", "False"),
    ),
    _plain(
        "contains", (TEXT, PART), FlagType(), calculate.contains,
        "是否包含 part，区分大小写。 | Whether part occurs in the text; case matters.",
        "{0}包含{1} | {0} contains {1}", ("contains('ABC', 'B')", "True"),
    ),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {
    one.name: one for one in (*CHOOSING, *AGGREGATES, *NUMBER_FUNCTIONS, *DATE_FUNCTIONS, *TEXT_FUNCTIONS)
}

AGGREGATE_NAMES = frozenset({"sum", "count", "any", "all", "min", "max"})
"""Functions that read lines; `min` and `max` also take plain values."""

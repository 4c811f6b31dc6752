"""Formulas in words."""

import pytest

from engine.language.formula import Formula, Scope
from engine.language.types import ChoiceType, DateType, FlagType, MoneyType, RecordType, ReferenceType, RowsType

LEVEL = ChoiceType(("A", "B"), {"A": {"zh": "甲级", "en": "Gold"}})
SCOPE = Scope(
    {
        "total": MoneyType("CNY"),
        "done": FlagType(),
        "on": DateType(),
        "supplier": ReferenceType("partner"),
        "lines": RowsType(RecordType("line", {"price": MoneyType("CNY")})),
    },
    {"partner": RecordType("partner", {"level": LEVEL})},
)
LABELS = {
    ("total",): {"zh": "总额", "en": "total"},
    ("supplier", "level"): {"zh": "供应商等级", "en": "supplier level"},
    ("lines", "price"): {"zh": "单价", "en": "price"},
}


def said(text: str, language: str) -> str:
    formula = Formula(text)
    assert formula.bind(SCOPE) == ()
    return formula.expression.sentence(language, LABELS)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "total > 10000 and supplier.level == 'A'",
            "“总额”大于10000，并且“供应商等级”等于“甲级”",
            "total is greater than 10000 and supplier level is “Gold”",
        ),
        ("supplier.level in ['A', 'B']", "“供应商等级”是“甲级”、“B”之一", "supplier level is one of “Gold”, “B”"),
        ("not done or total is None", "并非（done），或者“总额”为空", "not (done) or total is missing"),
        ("(total + 1) * 2 <= 5", "（（“总额”加1）乘以2）不超过5", "((total plus 1) times 2) is at most 5"),
        ("sum(lines.price) > 0", "各行“单价”之和大于0", "the sum of price over the lines is greater than 0"),
        ("count(lines) >= 1", "行数不少于1", "the number of lines is at least 1"),
        ("on - today() < days(30)", "（on减今天）小于30 天", "(on minus today) is less than 30 days"),
        ("if(done, 1, 2) == 1", "（若 done 则 1，否则 2）等于1", "(if done then 1, otherwise 2) is 1"),
        ("max(total, 5) == 5", "“总额”、5中最大的等于5", "the largest of total, 5 is 5"),
        ("any(lines, line.price == 0)", "至少一行满足：“单价”等于0", "for at least one line: price is 0"),
        ("done == True", "done等于是", "done is yes"),
    ],
)
def test_sentences(text: str, zh: str, en: str) -> None:
    assert said(text, "zh") == zh
    assert said(text, "en") == en


def test_braces_in_what_is_said_are_left_alone() -> None:
    formula = Formula("concat('{1}', '{0}')")
    assert formula.bind(SCOPE) == ()
    assert formula.expression.sentence("en") == "“{1}”, “{0}” joined"

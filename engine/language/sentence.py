"""Typed tree → a sentence in zh or en, for the explanation of a decision and for people who review rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.language import tree
from engine.language.functions import FUNCTIONS
from engine.language.tree import Node, PathNames
from engine.language.types import ChoiceType, FlagType, Wording

COMPARED: Mapping[str, Wording] = {
    "==": {"zh": "{0}等于{1}", "en": "{0} is {1}"},
    "!=": {"zh": "{0}不等于{1}", "en": "{0} is not {1}"},
    "<": {"zh": "{0}小于{1}", "en": "{0} is less than {1}"},
    "<=": {"zh": "{0}不超过{1}", "en": "{0} is at most {1}"},
    ">": {"zh": "{0}大于{1}", "en": "{0} is greater than {1}"},
    ">=": {"zh": "{0}不少于{1}", "en": "{0} is at least {1}"},
}
COMPUTED: Mapping[str, Wording] = {
    "+": {"zh": "{0}加{1}", "en": "{0} plus {1}"},
    "-": {"zh": "{0}减{1}", "en": "{0} minus {1}"},
    "*": {"zh": "{0}乘以{1}", "en": "{0} times {1}"},
    "/": {"zh": "{0}除以{1}", "en": "{0} divided by {1}"},
    "**": {"zh": "{0}的{1}次方", "en": "{0} to the power of {1}"},
}
MEMBER: Mapping[bool, Wording] = {
    False: {"zh": "{0}是{1}之一", "en": "{0} is one of {1}"},
    True: {"zh": "{0}不是{1}中的任何一个", "en": "{0} is none of {1}"},
}
MISSING: Mapping[bool, Wording] = {
    False: {"zh": "{0}为空", "en": "{0} is missing"},
    True: {"zh": "{0}不为空", "en": "{0} is present"},
}
NEGATED: Wording = {"zh": "并非（{0}）", "en": "not ({0})"}
MINUS: Wording = {"zh": "负的{0}", "en": "minus {0}"}
JOINED: Mapping[type[Node], Wording] = {
    tree.And: {"zh": "，并且", "en": " and "},
    tree.Or: {"zh": "，或者", "en": " or "},
}
GROUP: Wording = {"zh": "（{0}）", "en": "({0})"}
FLAGS: Mapping[bool, Wording] = {True: {"zh": "是", "en": "yes"}, False: {"zh": "否", "en": "no"}}
NOTHING: Wording = {"zh": "空", "en": "nothing"}
COUNTED: Wording = {"zh": "满足“{0}”的行数", "en": "the number of lines where {0}"}
QUOTED: Wording = {"zh": "“{0}”", "en": "“{0}”"}


class Speaker:
    """Says one tree in one language."""

    def __init__(self, language: str, labels: Mapping[PathNames, object] | None) -> None:
        self.language = language
        self.labels = labels or {}
        self.rows: list[PathNames] = []

    def say(self, node: Node, *, inside: bool = False) -> str:  # noqa: C901 - one case per kind of node
        """The node in words; parts of a larger sentence are bracketed where they would be misread."""
        match node:
            case tree.Literal():
                return self.value(node.value, node)
            case tree.Path():
                return self.path(node)
            case tree.Clock():
                return FUNCTIONS[node.name].phrase[self.language]
            case tree.Negate():
                return self.fill(MINUS, self.say(node.operand, inside=True))
            case tree.Arithmetic():
                return self.grouped(self.fill(COMPUTED[node.operator], *self.sides(node)), inside=inside)
            case tree.Comparison():
                return self.fill(COMPARED[node.operator], *self.compared(node))
            case tree.And() | tree.Or():
                said = JOINED[type(node)][self.language].join(self.say(one, inside=True) for one in node.operands)
                return self.grouped(said, inside=inside)
            case tree.Not():
                return self.fill(NEGATED, self.say(node.operand))
            case tree.Membership():
                items = self.listed([self.choice(item, node.operand) for item in node.items])
                return self.fill(MEMBER[node.negated], self.say(node.operand, inside=True), items)
            case tree.IsMissing():
                return self.fill(MISSING[node.negated], self.say(node.operand, inside=True))
            case tree.Conditional():
                return self.phrase("if", [self.say(one) for one in tree.children(node)])
            case tree.Coalesce():
                return self.phrase("coalesce", [self.say(one, inside=True) for one in node.operands])
            case tree.Call():
                return self.spoken(node.function.phrase, [self.say(one, inside=True) for one in node.arguments])
            case tree.Aggregate():
                return self.aggregate(node)

    def sides(self, node: tree.Arithmetic | tree.Comparison) -> tuple[str, str]:
        """Both operands."""
        return self.say(node.left, inside=True), self.say(node.right, inside=True)

    def compared(self, node: tree.Comparison) -> tuple[str, str]:
        """Both operands; a choice written as text is said by its title."""
        left = self.choice(node.left, node.right) if isinstance(node.left, tree.Literal) else None
        right = self.choice(node.right, node.left) if isinstance(node.right, tree.Literal) else None
        return left or self.say(node.left, inside=True), right or self.say(node.right, inside=True)

    def choice(self, literal: tree.Literal, beside: Node) -> str:
        """A constant beside a choice: the title of that choice where it has one."""
        if isinstance(beside.type, ChoiceType) and literal.value in beside.type.titles:
            return self.fill(QUOTED, self.text(beside.type.titles[str(literal.value)]))
        return self.value(literal.value, literal)

    def aggregate(self, node: tree.Aggregate) -> str:
        """An aggregate; the names of its row are said by the labels of the rows."""
        if node.body is None:
            return self.phrase("count", [])
        self.rows.append(node.rows.names)
        body = self.say(node.body)
        self.rows.pop()
        if node.name == "count":
            return self.fill(COUNTED, body)
        if node.name in {"min", "max"}:
            word = {"min": {"zh": "最小值", "en": "smallest"}, "max": {"zh": "最大值", "en": "largest"}}[node.name]
            shape = {"zh": "各行{0}的" + word["zh"], "en": "the " + word["en"] + " {0} over the lines"}
            return self.fill(shape, body)
        return self.phrase(node.name, [body])

    def path(self, node: tree.Path) -> str:
        """A path by its label, or by its names."""
        names = node.names if node.row == 0 else (*self.rows[node.row - 1], *node.names[1:])
        label = self.labels.get(names) or self.labels.get(node.names)
        if label is not None:
            return self.fill(QUOTED, self.text(label)) if self.language == "zh" else self.text(label)
        return ".".join(node.names)

    def value(self, value: Any, node: Node) -> str:
        """A constant in words."""
        if value is None:
            return NOTHING[self.language]
        if isinstance(value, bool) and isinstance(node.type, FlagType):
            return FLAGS[value][self.language]
        if isinstance(value, Decimal):
            return format(value, "f")
        if isinstance(value, timedelta):
            return str(value)
        return self.fill(QUOTED, value) if isinstance(value, str) else str(value)

    def phrase(self, name: str, said: list[str]) -> str:
        """The phrase of a function of the table."""
        return self.spoken(FUNCTIONS[name].phrase, said)

    def spoken(self, phrase: Wording, said: list[str]) -> str:
        """A phrase with {0}, {1} and {all} filled in, in one pass, so that what is filled in is never read again."""
        parts = {"{all}": self.listed(said), **{f"{{{index}}}": one for index, one in enumerate(said)}}
        return filled(phrase[self.language], parts)

    def fill(self, shape: Wording, *said: str) -> str:
        """A sentence with its parts filled in."""
        return filled(shape[self.language], {f"{{{index}}}": one for index, one in enumerate(said)})

    def grouped(self, said: str, *, inside: bool) -> str:
        """In brackets where it is part of something larger."""
        return self.fill(GROUP, said) if inside else said

    def listed(self, said: list[str]) -> str:
        """A list of parts."""
        return ("、" if self.language == "zh" else ", ").join(said)

    def text(self, label: object) -> str:
        """A label in the language: a Label (`.text(language)`), a mapping by language, or plain text."""
        if isinstance(label, Mapping):
            return str(label.get(self.language) or next(iter(label.values()), ""))
        spoken = getattr(label, "text", None)
        return str(spoken(self.language)) if callable(spoken) else str(label)


def filled(shape: str, parts: Mapping[str, str]) -> str:
    """Replace each `{name}` of a shape once, from left to right."""
    result, rest = [], shape
    while rest:
        before, bracket, after = rest.partition("{")
        result.append(before)
        if not bracket:
            break
        name, _, rest = after.partition("}")
        result.append(parts.get(f"{{{name}}}", f"{{{name}}}"))
    return "".join(result)


def sentence(node: Node, language: str, labels: Mapping[PathNames, object] | None = None) -> str:
    """The formula in words; `labels` name its paths."""
    return Speaker(language, labels).say(node)

"""FEEL text → tree, by recursive descent (DMN 1.5, grammar of chapter 10.3.1.2), for expressions and unary tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from engine.dmn.feel.read import DEEPEST, MOST_STEPS, FeelError, Reader
from engine.dmn.feel.tree import (
    Arithmetic,
    Between,
    Beyond,
    Call,
    Comparison,
    Conditional,
    Context,
    Feel,
    Filter,
    Flag,
    In,
    Listing,
    Logic,
    Member,
    Moment,
    Name,
    Negation,
    Null,
    Number,
    Quantified,
    Range,
    Test,
    Text,
    UnaryTests,
)
from engine.language.tree import Span

__all__ = ["FeelError", "parse_expression", "parse_unary_tests"]

COMPARED = ("<=", ">=", "!=", "<", ">", "=")
_NOT = re.compile(r"not\s*\(")


def parse_expression(text: str, names: Iterable[str], members: Iterable[str]) -> Feel:
    """The tree of an expression; raises `FeelError`.

    `names` are all names that may stand there, functions too; `members` those that may stand behind a point.
    """
    parser = _Parser(text, names, members)
    node = parser.expression()
    if not parser.at_end():
        raise parser.fail()
    return node


def parse_unary_tests(text: str, names: Iterable[str], members: Iterable[str]) -> UnaryTests:
    """The tests of a cell; raises `FeelError`."""
    parser = _Parser(text, names, members)
    if parser.sees("-") and parser.text.strip() == "-":
        return UnaryTests(())
    negated = _wholly_negated(parser)
    if negated:
        parser.take_word("not")
        parser.want("(")
    tests = parser.tests()
    if negated:
        parser.want(")")
    if not parser.at_end():
        raise parser.fail()
    return UnaryTests(tests, negated)


def _wholly_negated(parser: _Parser) -> bool:
    """Whether the whole text is `not(…)`: its first parenthesis is closed by its last sign."""
    text = parser.text.strip()
    if _NOT.match(text) is None or not text.endswith(")"):
        return False
    depth, quoted = 0, False
    for position, letter in enumerate(text):
        quoted ^= letter == '"' and text[position - 1] != "\\"
        if quoted:
            continue
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter == ")" and position < len(text) - 1:
            return False
    return True


class _Parser(Reader):
    """Reads one text; each method reads one rule of the grammar."""

    def expression(self) -> Feel:
        """Any expression."""
        self.depth += 1
        self.steps += 1
        if self.depth > DEEPEST or self.steps > MOST_STEPS:
            raise self.fail("deep")
        start = self.blank()
        word = self.take_word("if", "for", "some", "every", "function")
        match word:
            case "if":
                node = self.conditional(start)
            case "some" | "every":
                node = self.quantified(word, start)
            case "for" | "function":
                node = self.beyond(word, start)
            case _:
                node = self.either()
        self.depth -= 1
        return node

    def conditional(self, start: int) -> Feel:
        """`if … then … else …`."""
        condition = self.expression()
        self.want_word("then")
        then = self.expression()
        self.want_word("else")
        otherwise = self.expression()
        return Conditional(self.span(start), condition, then, otherwise)

    def quantified(self, word: str, start: int) -> Feel:
        """`some x in list satisfies condition`, for one variable."""
        name = self.name()
        if name is None:
            raise self.fail()
        self.want_word("in")
        over = self.expression()
        if self.sees(","):
            return self.beyond(word, start)
        self.want_word("satisfies")
        condition = self.expression()
        return Quantified(self.span(start), word, name, over, condition)

    def beyond(self, word: str, start: int) -> Feel:
        """What is not read any further: the rest of the text."""
        self.position = len(self.text)
        return Beyond(self.span(start), word)

    def either(self) -> Feel:
        """`a or b`."""
        return self.chain(self.both, lambda: self.take_word("or"), Logic)

    def both(self) -> Feel:
        """`a and b`."""
        return self.chain(self.comparison, lambda: self.take_word("and"), Logic)

    def sum(self) -> Feel:
        """`a + b - c`."""
        return self.chain(self.product, lambda: self.take("+", "-"), Arithmetic)

    def product(self) -> Feel:
        """`a * b / c`."""
        return self.chain(self.power, lambda: None if self.sees("**") else self.take("*", "/"), Arithmetic)

    def power(self) -> Feel:
        """`a ** b`."""
        return self.chain(self.negation, lambda: self.take("**"), Arithmetic)

    def chain(
        self, part: Callable[[], Feel], operator: Callable[[], str | None], kind: type[Logic | Arithmetic]
    ) -> Feel:
        """Parts joined by operators, the left ones first."""
        start = self.blank()
        node = part()
        while (sign := operator()) is not None:
            right = part()
            node = kind(self.span(start), sign, node, right)
        return node

    def comparison(self) -> Feel:
        """`a < b`, `a between b and c`, `a in tests`, `a instance of t`."""
        start = self.blank()
        node = self.sum()
        while True:
            sign = self.take(*COMPARED)
            word = None if sign else self.take_word("between", "in", "instance")
            if sign is not None:
                right = self.sum()
                node = Comparison(self.span(start), sign, node, right)
            elif word == "between":
                low = self.sum()
                self.want_word("and")
                high = self.sum()
                node = Between(self.span(start), node, low, high)
            elif word == "in":
                tests = self.tested()
                node = In(self.span(start), node, tests)
            elif word == "instance":
                return self.beyond("instance of", start)
            else:
                return node

    def tested(self) -> tuple[Feel, ...]:
        """What stands behind `in`: one test, or several in parentheses."""
        before = self.position
        if self.take("("):
            try:
                tests = self.tests()
                self.want(")")
            except FeelError:
                self.position = before
            else:
                return tests
        return (self.test(self.sum),)

    def tests(self) -> tuple[Feel, ...]:
        """Tests between commas."""
        found = [self.test(self.expression)]
        while self.take(","):
            found.append(self.test(self.expression))
        return tuple(found)

    def test(self, part: Callable[[], Feel]) -> Feel:
        """One positive unary test: a comparison with what is tested, or an expression."""
        start = self.blank()
        sign = self.take(*COMPARED)
        if sign is None:
            return part()
        operand = self.sum()
        return Test(self.span(start), sign, operand)

    def negation(self) -> Feel:
        """`-a`, which binds closer than `**`."""
        start = self.blank()
        if not self.take("-"):
            return self.postfix()
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail("deep")
        operand = self.negation()
        self.depth -= 1
        return Negation(self.span(start), operand)

    def postfix(self) -> Feel:
        """A primary with members, filters and calls behind it."""
        start = self.blank()
        node = self.primary(start)
        while True:
            if self.sees(".") and not self.sees(".."):
                self.take(".")
                name = self.member()
                node = Member(self.span(start), node, name)
            elif self.sees("(") and isinstance(node, Name | Member):
                arguments = self.arguments()
                node = Call(self.span(start), node, arguments)
            elif self.sees("[") and (condition := self.condition()) is not None:
                node = Filter(self.span(start), node, condition)
            else:
                return node

    def condition(self) -> Feel | None:
        """What stands between the brackets of a filter; None where the bracket ends a range instead: `]1..n[`."""
        before, depth = self.position, self.depth
        self.take("[")
        try:
            found = self.expression()
            self.want("]")
        except FeelError:
            self.position, self.depth = before, depth
            return None
        return found

    def arguments(self) -> tuple[tuple[str | None, Feel], ...]:
        """What stands between the parentheses of a call."""
        self.want("(")
        found: list[tuple[str | None, Feel]] = []
        while not self.sees(")"):
            found.append((self.argument_name(), self.expression()))
            if not self.take(","):
                break
        self.want(")")
        return tuple(found)

    def argument_name(self) -> str | None:
        """The name in front of an argument, if there is one."""
        before = self.blank()
        found = re.compile(r"([^\W\d][\w ]*?)\s*:(?!:)").match(self.text, before)
        if found is None:
            return None
        self.position = found.end()
        return " ".join(found.group(1).split())

    def primary(self, start: int) -> Feel:
        """A constant, a name, or something in brackets."""
        if (sign := self.take("(", "[", "]", "{", "@", "?")) is not None:
            return self.bracketed(sign, start)
        if (number := self.number()) is not None:
            return Number(self.span(start), number)
        if (text := self.quoted()) is not None:
            return Text(self.span(start), text)
        known = self.name()
        if known is not None:
            return Name(self.span(start), known)
        if self.take_word("if", "for", "some", "every", "function"):
            self.position = start
            return self.expression()
        match self.take_word("true", "false", "null", "not"):
            case "true" | "false" as word:
                return Flag(self.span(start), word == "true")
            case "null":
                return Null(self.span(start))
            case "not":
                return Name(self.span(start), "not")
        raise self.fail()

    def bracketed(self, sign: str, start: int) -> Feel:
        """What begins with a sign of its own."""
        match sign:
            case "?":
                return Name(self.span(start), "?")
            case "@":
                text = self.quoted()
                if text is None:
                    raise self.fail()
                return Moment(self.span(start), text)
            case "{":
                return self.context(start)
            case "[" if self.take("]"):
                return Listing(self.span(start), ())
        first = self.test(self.expression) if sign == "(" else self.expression()
        if self.take(".."):
            return self.range(first, start, low_included=sign == "[")
        if sign == "(":
            self.want(")")
            return first
        items = [first]
        while sign == "[" and self.take(","):
            items.append(self.expression())
        if sign != "[":
            raise self.fail()
        self.want("]")
        return Listing(self.span(start), tuple(items))

    def range(self, low: Feel, start: int, *, low_included: bool) -> Feel:
        """The rest of a range, behind its two points."""
        high = self.expression()
        closing = self.take("]", ")", "[")
        if closing is None:
            raise self.fail()
        return Range(self.span(start), low, high, low_included, closing == "]")

    def context(self, start: int) -> Feel:
        """`{name: expression, …}`."""
        entries: list[tuple[str, Feel]] = []
        while not self.sees("}"):
            entries.append((self.key(), self.expression()))
            if not self.take(","):
                break
        self.want("}")
        return Context(self.span(start), tuple(entries))

    def span(self, start: int) -> Span:
        """From a start to the present position."""
        return Span(start, self.position)

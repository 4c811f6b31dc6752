"""Formula text → Python syntax tree, whitelisted and within a budget. No name is looked at yet.

The budget on length is judged before Python's parser sees the text, because deep nesting makes that parser fail in
ways that are no syntax errors. What comes out holds only what `check.py` knows how to read.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from engine.language.tree import Span
from engine.language.types import Wording

LENGTH_LIMIT = 2_000
NODE_LIMIT = 200
DEPTH_LIMIT = 20
LIST_LIMIT = 1_000
DIGIT_LIMIT = 38
EXPONENT_LIMIT = 9
PATH_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a formula: the problem's code and parameters, and where in the text."""

    code: str
    span: Span
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula that keeps the grammar. `prepared` is the text the parser saw, character for character as long."""

    text: str
    prepared: str
    body: ast.expr

    def span(self, node: ast.expr) -> Span:
        """Where a node stands, in characters (Python counts UTF-8 bytes)."""
        return Span(characters(self.prepared, node.col_offset), characters(self.prepared, node.end_col_offset or 0))

    def number(self, node: ast.Constant) -> int | Decimal:
        """The number exactly as written, never the float Python made of it."""
        span = self.span(node)
        digits = self.prepared[span.start : span.end].replace("_", "")
        return int(digits) if digits.isdigit() else Decimal(digits)


FOREIGN: Mapping[str, str] = {
    "&&": "and", "||": "or", "<>": "!=", "=>": ">=", "=<": "<=", "!": "not", "AND": "and", "OR": "or", "NOT": "not",
    "，": ",", "（": "(", "）": ")", "“": "'", "”": "'", "‘": "'", "’": "'", "：": ":", "；": ";", "。": ".", "、": ",",
    "＝": "==", "＞": ">", "＜": "<", "＋": "+", "－": "-", "−": "-", "×": "*", "÷": "/",
    "＊": "*", "／": "/", "！": "not", "≥": ">=", "≤": "<=", "≠": "!=", "【": "[", "】": "]", "［": "[",
    "］": "]", "．": ".", "？": "?", "\u3000": " ", "\xa0": " ",
}  # fmt: skip
FOREIGN_PATTERN = re.compile(
    r"&&|\|\||<>|=>|=<|!(?!=)|\b(?:AND|OR|NOT)\b|["
    + "".join(sign for sign in FOREIGN if len(sign) == 1 and sign != "!")
    + "]"
)
SINGLE_EQUALS = re.compile(r"(?<![=!<>:])=(?![=<>])")
CALLED_IF = re.compile(r"\bif(?=\s*\()")
NUMBER = re.compile(r"(?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)")
BRACKETS = re.compile(r"[(\[{]|[)\]}]")
UNARY_RUN = re.compile(rf"(?:(?:[-+~]|\bnot\b)\s*){{{DEPTH_LIMIT},}}")

CONSTRUCTS: Mapping[type[ast.AST], Wording] = {
    ast.Lambda: {"zh": "lambda 函数", "en": "a lambda"},
    ast.IfExp: {"zh": "“a if b else c”(请写 if(b, a, c))", "en": "`a if b else c` (write if(b, a, c))"},
    ast.Dict: {"zh": "字典", "en": "a dictionary"},
    ast.Set: {"zh": "集合", "en": "a set"},
    ast.ListComp: {"zh": "推导式(请用 sum/any/all/count)", "en": "a comprehension (use sum, any, all, count)"},
    ast.SetComp: {"zh": "推导式(请用 sum/any/all/count)", "en": "a comprehension (use sum, any, all, count)"},
    ast.DictComp: {"zh": "推导式(请用 sum/any/all/count)", "en": "a comprehension (use sum, any, all, count)"},
    ast.GeneratorExp: {"zh": "推导式(请用 sum/any/all/count)", "en": "a comprehension (use sum, any, all, count)"},
    ast.Await: {"zh": "await", "en": "await"},
    ast.Yield: {"zh": "yield", "en": "yield"},
    ast.YieldFrom: {"zh": "yield", "en": "yield"},
    ast.JoinedStr: {"zh": "f 字符串(请用 concat)", "en": "an f-string (use concat)"},
    ast.FormattedValue: {"zh": "f 字符串(请用 concat)", "en": "an f-string (use concat)"},
    ast.Subscript: {"zh": "下标 […]", "en": "a subscript […]"},
    ast.Slice: {"zh": "切片", "en": "a slice"},
    ast.Starred: {"zh": "星号展开", "en": "a starred value"},
    ast.NamedExpr: {"zh": "赋值 :=", "en": "an assignment :="},
    ast.Tuple: {"zh": "元组", "en": "a tuple"},
    ast.List: {"zh": "列表(只能写在 in 之后)", "en": "a list (it can only stand after `in`)"},
    ast.keyword: {"zh": "命名参数", "en": "a named argument"},
    ast.Attribute: {"zh": "在值上取属性", "en": "an attribute of a value"},
    ast.Call: {"zh": "在值上调用方法", "en": "a method call"},
    ast.FloorDiv: {"zh": "运算符 //(请用 div())", "en": "the operator // (use div())"},
    ast.Mod: {"zh": "运算符 %(请用 mod())", "en": "the operator % (use mod())"},
    ast.MatMult: {"zh": "运算符 @", "en": "the operator @"},
    ast.BitAnd: {"zh": "位运算 &(请用 and)", "en": "the bit operator & (use and)"},
    ast.BitOr: {"zh": "位运算 |(请用 or)", "en": "the bit operator | (use or)"},
    ast.BitXor: {"zh": "位运算 ^", "en": "the bit operator ^"},
    ast.LShift: {"zh": "位运算 <<", "en": "the bit operator <<"},
    ast.RShift: {"zh": "位运算 >>", "en": "the bit operator >>"},
    ast.Invert: {"zh": "位运算 ~", "en": "the bit operator ~"},
    ast.Is: {"zh": "is(只能写 is None)", "en": "`is` (only with None)"},
    ast.IsNot: {"zh": "is not(只能写 is not None)", "en": "`is not` (only with None)"},
}
ALLOWED_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
ALLOWED_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot)


@lru_cache(maxsize=8192)
def parse(text: str) -> Parsed | tuple[Finding, ...]:
    """The syntax tree of a formula, or everything that is wrong with its grammar."""
    whole = Span(0, len(text))
    if len(text) > LENGTH_LIMIT:
        return (Finding("EXP-402", Span(0, 0), {"length": len(text), "limit": LENGTH_LIMIT}),)
    if not text.strip():
        return (Finding("EXP-405", whole, {}),)
    prepared = re.sub(r"[\r\n\t]", " ", text)
    masked = mask_texts(prepared)
    findings = tuple(_lexical(prepared, masked)) or tuple(_nested(masked))
    if findings:
        return findings
    prepared = _rename_if(prepared, masked)
    blanks = len(prepared) - len(prepared.lstrip(" "))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(prepared.strip(" "), mode="eval").body  # blanks in front would be an indent
    except SyntaxError as error:
        return (_syntax_finding(prepared, error),)
    except (MemoryError, RecursionError, ValueError):
        return (Finding("EXP-404", whole, {"limit": DEPTH_LIMIT}),)
    if blanks:
        for node in ast.walk(body):
            if isinstance(node, ast.expr | ast.keyword):
                node.col_offset += blanks
                node.end_col_offset = (node.end_col_offset or 0) + blanks
    parsed = Parsed(text, prepared, body)
    problems = tuple(_budget(parsed)) or tuple(_whitelist(parsed, body))
    return problems or parsed


def characters(text: str, offset: int) -> int:
    """A UTF-8 byte offset as a character offset."""
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def mask_texts(text: str) -> str:
    """The formula with the inside of every text literal blanked, so that signs in texts are not taken for grammar."""
    masked = []
    quote = ""
    for sign in text:
        if quote:
            masked.append(sign if sign == quote else " ")
            quote = "" if sign == quote else quote
        else:
            quote = sign if sign in "'\"" else ""
            masked.append(sign)
    return "".join(masked)


def _rename_if(prepared: str, masked: str) -> str:
    """`if(...)` is a function here and a keyword to Python: write it in letters that only become "if" as a name."""
    result = list(prepared)
    for match in CALLED_IF.finditer(masked):
        result[match.start() : match.end()] = "ｉｆ"
    return "".join(result)


def _lexical(prepared: str, masked: str) -> Iterator[Finding]:
    for index, sign in enumerate(prepared):
        if not sign.isprintable() and sign not in "\u3000\xa0":
            yield Finding("EXP-401", Span(index, index + 1), {"detail": f"U+{ord(sign):04X}"})
            return
    for sign, wording in (
        ("\\", {"zh": "反斜杠 \\", "en": "a backslash"}),
        ("#", {"zh": "注释 #", "en": "a comment #"}),
    ):
        if sign in (prepared if sign == "\\" else masked):
            place = (prepared if sign == "\\" else masked).index(sign)
            yield Finding("EXP-406", Span(place, place + 1), {"construct": wording})
    for match in FOREIGN_PATTERN.finditer(masked):
        yield Finding("EXP-407", Span(*match.span()), {"found": match.group(), "instead": FOREIGN[match.group()]})
    for match in SINGLE_EQUALS.finditer(masked):
        yield Finding("EXP-409", Span(*match.span()), {})


def _nested(masked: str) -> Iterator[Finding]:
    """Nesting that must not reach the parser: brackets and runs of signs."""
    depth = 0
    for match in BRACKETS.finditer(masked):
        depth += 1 if match.group() in "([{" else -1
        if depth > DEPTH_LIMIT:
            yield Finding("EXP-404", Span(match.start(), match.end()), {"limit": DEPTH_LIMIT})
            return
    run = UNARY_RUN.search(masked)
    if run:
        yield Finding("EXP-404", Span(*run.span()), {"limit": DEPTH_LIMIT})


def _syntax_finding(prepared: str, error: SyntaxError) -> Finding:
    if re.search(r"\belse\b", mask_texts(prepared)):
        return Finding("EXP-406", Span(0, len(prepared)), {"construct": CONSTRUCTS[ast.IfExp]})
    start = min(max((error.offset or 1) - 1, 0), len(prepared))
    return Finding(
        "EXP-401", Span(start, min(start + 1, len(prepared))), {"detail": prepared[start : start + 12].strip()}
    )


def _budget(parsed: Parsed) -> Iterator[Finding]:
    nodes = _count(parsed.body)
    if nodes > NODE_LIMIT:
        yield Finding("EXP-403", Span(0, len(parsed.text)), {"nodes": nodes, "limit": NODE_LIMIT})
    elif _too_deep(parsed.body):
        yield Finding("EXP-404", Span(0, len(parsed.text)), {"limit": DEPTH_LIMIT})


def _count(body: ast.expr) -> int:
    """Nodes of the tree; a dotted path is one, and so is a list of constants (its length has its own limit)."""
    inside = 0
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) or not isinstance(node, ast.expr):
            continue
        if isinstance(node, ast.List):
            inside -= sum(isinstance(item, ast.Constant) for item in node.elts)
        inside += 1
    return inside


def _too_deep(body: ast.expr) -> bool:
    """Whether the tree nests too far. A chain such as a + b + c is one level; a path has its own limit.

    No recursion: this runs before anything has bounded the depth.
    """
    waiting: list[tuple[ast.AST, int, int]] = [(body, 1, 0)]
    while waiting:
        node, depth, names = waiting.pop()
        if depth > DEPTH_LIMIT or names > PATH_LIMIT:
            return True
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Attribute):
                waiting.append((child, depth if isinstance(node, ast.Attribute) else depth + 1, names + 1))
            elif isinstance(child, ast.BinOp) and isinstance(node, ast.BinOp):
                waiting.append((child, depth, 0))
            elif isinstance(child, ast.expr):
                waiting.append((child, depth + 1, 0))
    return False


def _whitelist(parsed: Parsed, node: ast.expr) -> Iterator[Finding]:
    span = parsed.span(node)
    match node:
        case ast.Constant():
            yield from _constant(parsed, node)
        case ast.Name():
            yield from _name(node.id, span)
        case ast.Attribute():
            yield from _name(node.attr, span)
            if isinstance(node.value, ast.Name | ast.Attribute):
                yield from _whitelist(parsed, node.value)
            else:
                yield _refused(ast.Attribute, span)
        case ast.BoolOp():
            for value in node.values:
                yield from _whitelist(parsed, value)
        case ast.UnaryOp():
            if isinstance(node.op, ast.Invert):
                yield _refused(ast.Invert, span)
            yield from _whitelist(parsed, node.operand)
        case ast.BinOp():
            yield from _binary(parsed, node)
        case ast.Compare():
            yield from _comparison(parsed, node)
        case ast.Call():
            yield from _call(parsed, node)
        case _:
            yield _refused(type(node), span)


def _refused(kind: type[ast.AST], span: Span) -> Finding:
    return Finding("EXP-406", span, {"construct": CONSTRUCTS.get(kind, {"zh": kind.__name__, "en": kind.__name__})})


def _name(name: str, span: Span) -> Iterator[Finding]:
    if name.startswith("_"):
        yield Finding("EXP-411", span, {"name": name})


def _constant(parsed: Parsed, node: ast.Constant) -> Iterator[Finding]:
    span = parsed.span(node)
    if isinstance(node.value, bool | str) or node.value is None:
        return
    written = parsed.prepared[span.start : span.end]
    plain = isinstance(node.value, int | float) and NUMBER.fullmatch(written) is not None
    if not plain or sum(sign.isdigit() for sign in written) > DIGIT_LIMIT:
        yield Finding("EXP-408", span, {"text": written[:40], "limit": DIGIT_LIMIT})


def _binary(parsed: Parsed, node: ast.BinOp) -> Iterator[Finding]:
    if not isinstance(node.op, ALLOWED_OPERATORS):
        yield _refused(type(node.op), parsed.span(node))
    if isinstance(node.op, ast.Pow):
        exponent = node.right.value if isinstance(node.right, ast.Constant) else None
        if type(exponent) is not int or not 0 <= exponent <= EXPONENT_LIMIT:
            yield Finding("EXP-450", parsed.span(node.right), {"limit": EXPONENT_LIMIT})
    yield from _whitelist(parsed, node.left)
    yield from _whitelist(parsed, node.right)


def _comparison(parsed: Parsed, node: ast.Compare) -> Iterator[Finding]:
    yield from _whitelist(parsed, node.left)
    for operator, right in zip(node.ops, node.comparators, strict=True):
        assert isinstance(operator, ALLOWED_COMPARISONS)
        if isinstance(operator, ast.Is | ast.IsNot) and not (isinstance(right, ast.Constant) and right.value is None):
            yield _refused(type(operator), parsed.span(node))
        if isinstance(operator, ast.In | ast.NotIn):
            if len(node.ops) > 1:
                yield Finding("EXP-412", parsed.span(node), {})
            yield from _list(parsed, right)
        else:
            yield from _whitelist(parsed, right)


def _list(parsed: Parsed, node: ast.expr) -> Iterator[Finding]:
    """What may stand after `in`: a list of constants, at most 1,000, none of them None."""
    if not isinstance(node, ast.List | ast.Tuple) or not node.elts or len(node.elts) > LIST_LIMIT:
        yield Finding("EXP-413", parsed.span(node), {"limit": LIST_LIMIT})
        return
    for item in node.elts:
        value = item.operand if isinstance(item, ast.UnaryOp) and isinstance(item.op, ast.USub) else item
        if not isinstance(value, ast.Constant) or value.value is None:
            yield Finding("EXP-413", parsed.span(item), {"limit": LIST_LIMIT})
        else:
            yield from _constant(parsed, value)


def _call(parsed: Parsed, node: ast.Call) -> Iterator[Finding]:
    if not isinstance(node.func, ast.Name):
        yield _refused(ast.Call, parsed.span(node))
        return
    yield from _name(node.func.id, parsed.span(node.func))
    if node.keywords:
        yield _refused(ast.keyword, parsed.span(node.keywords[0].value))
    for argument in node.args:
        yield from _whitelist(parsed, argument)

"""Reads a JSON package file into the same nodes as YAML: ranges for every value, exact numbers, duplicate keys refused.

Python's own reader gives no places and rounds numbers, and reading JSON as YAML trips over tabs and escaped surrogates.
Standard: RFC 8259; nothing beyond it is read (no comments, no trailing commas, no NaN).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from decimal import Decimal

from engine.language.nodes import MappingNode, Node, ScalarNode, ScalarValue, SequenceNode
from engine.language.problems import Place, Problem

MAX_DEPTH = 60
MAX_DIGITS = 60

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?(?![0-9A-Za-z_.])")
_STRING_PART = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_STRING = re.compile(_STRING_PART.pattern + '"')
_WORD = re.compile(r"[A-Za-z_0-9.+-]+")
_WORDS: dict[str, ScalarValue] = {"true": True, "false": False, "null": None}
_REASONS = {
    "value": {"zh": "这里应该是一个值", "en": "a value is expected here"},
    "key": {"zh": "这里应该是用双引号括起来的键", "en": "a key in double quotes is expected here"},
    "colon": {"zh": "键后面缺冒号", "en": "a colon is missing after the key"},
    "comma": {"zh": "这里缺逗号或结束括号", "en": "a comma or a closing bracket is missing here"},
    "trailing": {"zh": "最后一项后面不能有逗号", "en": "no comma may follow the last item"},
    "text": {"zh": "文本没有结束引号，或含有错误的转义", "en": "the text is not closed, or holds a wrong escape"},
    "end": {"zh": "文件结束之后还有内容", "en": "something follows the end of the value"},
    "number": {"zh": "这不是 JSON 的数字", "en": "this is no JSON number"},
}


class _Wrong(Exception):
    """Reading cannot go on: the place and the code of the reason, or of another problem."""

    def __init__(self, position: int, reason: str, code: str = "YAML-120") -> None:
        self.position, self.reason, self.code = position, reason, code
        super().__init__(reason)


def read_json(file: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of a JSON text and its problems; no tree when it is not JSON."""
    reader = _Reader(file, text)
    try:
        if not text.strip():
            return None, (Problem("YAML-104", {}, reader.place(0, 1)),)
        node, position = reader.value(reader.blank(0), 0)
        if reader.blank(position) < len(text):
            raise _Wrong(reader.blank(position), "end")
    except _Wrong as wrong:
        parameters: dict[str, object] = {"limit": MAX_DEPTH} if wrong.code == "YAML-107" else {}
        if wrong.code == "YAML-120":
            parameters["reason"] = _REASONS[wrong.reason]
        place = reader.place(wrong.position, wrong.position + 1)
        return None, (*reader.problems, Problem(wrong.code, parameters, place))
    return node, tuple(reader.problems)


class _Reader:
    """One pass over the text; every method takes a position and gives the position after what it read."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.problems: list[Problem] = []
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, start: int, end: int) -> Place:
        """The place of a range of characters."""
        line, end_line = bisect_right(self.starts, start) - 1, bisect_right(self.starts, max(end - 1, start)) - 1
        return Place(self.file, line + 1, start - self.starts[line] + 1, end_line + 1, end - self.starts[end_line] + 1)

    def blank(self, position: int) -> int:
        """Past white space."""
        found = _BLANK.match(self.text, position)
        return found.end() if found else position

    def value(self, position: int, depth: int) -> tuple[Node, int]:
        """Any value."""
        if depth > MAX_DEPTH:
            raise _Wrong(position, "depth", "YAML-107")
        match self.text[position : position + 1]:
            case "{":
                return self._mapping(position, depth)
            case "[":
                return self._sequence(position, depth)
            case '"':
                return self._string(position)
            case _:
                return self._plain(position)

    def _string(self, position: int) -> tuple[ScalarNode, int]:
        found = _STRING.match(self.text, position)
        if found is None:
            inside = _STRING_PART.match(self.text, position)
            raise _Wrong(min(inside.end() if inside else position, len(self.text) - 1), "text")
        text, end = str(json.loads(found.group())), found.end()
        if any(0xD800 <= ord(character) < 0xE000 or character == "\0" for character in text):
            code = next(ord(each) for each in text if 0xD800 <= ord(each) < 0xE000 or each == "\0")
            self.problems.append(Problem("YAML-102", {"character": f"U+{code:04X}"}, self.place(position, end)))
        return ScalarNode(self.place(position, end), text, text, '"'), end

    def _plain(self, position: int) -> tuple[ScalarNode, int]:
        found = _NUMBER.match(self.text, position)
        if found and found.end() - position <= MAX_DIGITS:
            exact = found.group(1) or found.group(2)
            number = Decimal(found.group()) if exact else int(found.group())
            return ScalarNode(self.place(position, found.end()), number, found.group()), found.end()
        word = _WORD.match(self.text, position)
        if word is None:
            raise _Wrong(position, "value")
        if word.group() not in _WORDS:
            raise _Wrong(position, "number" if word.group()[0] in "0123456789-+." else "value")
        return ScalarNode(self.place(position, word.end()), _WORDS[word.group()], word.group()), word.end()

    def _sequence(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        position = self.blank(start + 1)
        while self.text[position : position + 1] != "]":
            if items:
                position = self._comma(position, "]")
            item, position = self.value(position, depth + 1)
            items.append(item)
            position = self.blank(position)
        return SequenceNode(self.place(start, position + 1), tuple(items)), position + 1

    def _mapping(self, start: int, depth: int) -> tuple[Node, int]:
        items: dict[str, tuple[ScalarNode, Node]] = {}
        position, begun = self.blank(start + 1), False
        while self.text[position : position + 1] != "}":
            if begun:
                position = self._comma(position, "}")
            begun = True
            if self.text[position : position + 1] != '"':
                raise _Wrong(position, "key")
            key, position = self._string(position)
            position = self.blank(position)
            if self.text[position : position + 1] != ":":
                raise _Wrong(position, "colon")
            value, position = self.value(self.blank(position + 1), depth + 1)
            if key.text in items:
                related = ((items[key.text][0].place, "defined"),)
                self.problems.append(Problem("YAML-112", {"key": key.text}, key.place, (), related))
            else:
                items[key.text] = (key, value)
            position = self.blank(position)
        return MappingNode(self.place(start, position + 1), tuple(items.values())), position + 1

    def _comma(self, position: int, closing: str) -> int:
        """Past the comma between two items."""
        if self.text[position : position + 1] != ",":
            raise _Wrong(min(position, len(self.text) - 1), "comma")
        following = self.blank(position + 1)
        if self.text[following : following + 1] == closing:
            raise _Wrong(position, "trailing")
        return following

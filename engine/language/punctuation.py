"""What goes wrong inside one unquoted scalar: full-width punctuation, stray quotes and brackets, reserved characters.

Chinese input methods type `：，“”［］` where YAML needs `:,""[]`. Inside the words of a label they are ordinary text,
so each rule here asks whether the character *stands where YAML's own is meant*, and keeps silent when in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.language.problems import Place, Problem

WIDE: Mapping[str, str] = {
    "：": ":", "，": ",", "、": ",", "；": ",", "“": '"', "”": '"', "„": '"', "＂": '"', "‘": "'", "’": "'", "＇": "'",
    "［": "[", "］": "]", "｛": "{", "｝": "}", "【": "[", "】": "]", "－": "-", "—": "-", "–": "-", "‒": "-", "−": "-",
    "\u3000": " ", "\u00a0": " ", "＃": "#",
}  # fmt: skip
"""Look-alikes of the characters that carry YAML's structure."""

WIDE_QUOTES = "“”„＂‘’＇"
WIDE_DASHES = "－—–‒−"
WIDE_SPACES = "\u3000\u00a0"

KEY = r"[A-Za-z_][A-Za-z0-9_.\-]*"
_KEY_START = re.compile(rf"{KEY}(?=$|[\s：:])")
_RESERVED = "@`%"
_PAIRS = (("［", "］"), ("｛", "｝"))
_COMMENT_TRAP = re.compile(r"[ \t]#(?=[0-9])")
_COLOR = re.compile(r"#[0-9A-Fa-f]{3,8}(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake in the writing: code, zero-based line and column, width in characters, parameters of the message."""

    code: str
    line: int
    column: int
    width: int = 1
    parameters: Mapping[str, object] = field(default_factory=dict)

    def problem(self, file: str) -> Problem:
        """The mistake as a problem of a file."""
        line, column = self.line + 1, self.column + 1
        return Problem(self.code, self.parameters, Place(file, line, column, line, column + max(self.width, 1)))


def wide(line: int, column: int, character: str) -> Finding:
    """A full-width character where YAML's own is meant."""
    meant = {":": ": ", "-": "- "}.get(WIDE[character], WIDE[character])
    shown = {"\u3000": "U+3000", "\u00a0": "U+00A0"}.get(character, character)
    return Finding("YAML-131", line, column, 1, {"character": shown, "meant": meant})


def keyless(text: str, line: int, column: int) -> Finding:
    """Why a line that needs `key: value` has no key: a wide colon, no space after the colon, or no colon at all."""
    found = re.match(rf"(?:{KEY}|[^\s：]+)[ \u3000]*(：)", text)
    if found:
        return wide(line, column + found.start(1), "：")
    found = re.match(rf"({KEY})(:)(?=\S|\u3000)", text)
    if found and text[found.end() : found.end() + 1] in WIDE_SPACES:
        return wide(line, column + found.end(), text[found.end()])
    if found:
        return Finding("YAML-133", line, column + found.start(2), 1, {"key": found.group(1)})
    word = text.split(maxsplit=1)[0]
    if "：" in text:
        return wide(line, column + text.index("："), "：")
    return Finding("YAML-134", line, column, len(word), {"key": word})


def looks_like_key(text: str) -> bool:
    """Whether an unquoted text without a colon was probably meant as `key: value`."""
    return _KEY_START.match(text) is not None or re.match(r"[^\s：]{1,20}：", text) is not None


def in_key(text: str, line: int, column: int) -> Finding | None:
    """What is wrong with an unquoted key."""
    if text and text[0] in WIDE_QUOTES:
        return wide(line, column, text[0])
    found = re.match(rf"{KEY}[ ]*(：)", text)
    if found:
        return wide(line, column + found.start(1), "：")
    if text[0] in _RESERVED:
        return Finding("YAML-141", line, column, 1, {"character": text[0]})
    return None


def in_value(text: str, line: int, column: int) -> Finding | None:
    """What is wrong with an unquoted value that stands outside brackets; `text` has no comment and no outer spaces."""
    if text[0] in _RESERVED or re.match(r"[|>](?![-+0-9]*$)", text):
        return Finding("YAML-141", line, column, 1, {"character": text[0]})
    if text[0] in "]},":
        return Finding("YAML-137", line, column, 1, {"character": text[0]})
    found = re.search(r":(?=[ \t]|$)", text)
    if found:
        return Finding("YAML-135", line, column + found.start(), 1)
    offset = _wide_quote(text)
    if offset is not None:
        return wide(line, column + offset, text[offset])
    offset = _wide_bracket(text)
    if offset is not None:
        return wide(line, column + offset, text[offset])
    return _stray(text, line, column)


def in_flow(text: str, opener: str, line: int, column: int) -> Finding | None:
    """What is wrong with an unquoted scalar inside brackets; `opener` is the innermost one, `[` or `{`."""
    if text[0] in "&*!":
        return indicator(text, line, column)
    offset = _wide_quote(text)
    if offset is None:
        offset = _wide_bracket(text)
    if offset is None and opener == "[":
        offset = _wide_comma(text)
    if offset is not None:
        return wide(line, column + offset, text[offset])
    if text[0] in _RESERVED:
        return Finding("YAML-141", line, column, 1, {"character": text[0]})
    return None


def indicator(text: str, line: int, column: int) -> Finding | None:
    """Anchors, aliases and tags at the beginning of an unquoted value, and a list that begins beside its key."""
    name = re.match(r"[&*][^\s,\[\]{}]+$|&[^\s,\[\]{}]+(?=\s)", text)
    word = text.split(maxsplit=1)[0]
    if name:
        return Finding("YAML-108", line, column, len(name.group()), {"name": name.group()})
    if text[0] == "!":
        return Finding("YAML-109", line, column, len(word), {"tag": word})
    if text[0] in "&*":
        return Finding("YAML-141", line, column, 1, {"character": text[0]})
    if re.match(r"[-?] ", text):
        return Finding("YAML-142" if text[0] == "-" else "YAML-111", line, column, 1)
    return None


def uncommented(line: str) -> str:
    """A line whose content is unquoted, without the comment at its end."""
    found = re.search(r"(?:^|[ \t])#", line)
    return line[: found.end() - 1] if found else line


def comment_trap(line: str, number: int, comment: int) -> Finding | None:
    """A `#` that silently cuts a value off: `colour: #ff0000`, `第 #1 号`."""
    colour = _COLOR.match(line, comment) and line[:comment].rstrip().endswith(":")
    if colour or _COMMENT_TRAP.match(line, comment - 1):
        return Finding("YAML-143", number, comment, 1, {"text": line[comment:].strip()[:20]})
    return None


def _wide_quote(text: str) -> int | None:
    """Where a full-width quote was typed instead of a straight one around the whole text."""
    first, last = text[0], text[-1]
    if first in WIDE_QUOTES:
        inner = text[1:-1]
        closes = last in WIDE_QUOTES or last in "\"'"
        if closes and len(text) > 1:
            return None if any(mark in inner for mark in WIDE_QUOTES) else 0
        return None if any(mark in text[1:] for mark in WIDE_QUOTES) else 0
    if last in "”’＂＇" and not any(mark in text[:-1] for mark in WIDE_QUOTES) and text[0] in "\"'":
        return len(text) - 1
    return None


def _wide_bracket(text: str) -> int | None:
    """Where a full-width bracket was typed instead of `[`, `]`, `{` or `}` around a list or a mapping."""
    for opening, closing in _PAIRS:
        if text.startswith(opening) and (text.endswith((closing, "]", "}")) or closing not in text):
            return 0
        if text.endswith(closing) and opening not in text:
            return len(text) - 1
    if text.startswith("【") and text.endswith("】") and re.search(r"[,，]\s*[a-z_]", text):
        return 0
    return len(text) - 1 if text.endswith("】") and "【" not in text else None


def _wide_comma(text: str) -> int | None:
    """Where a wide comma separates the items of a list, and does not belong to a sentence."""
    marks = [index for index, character in enumerate(text) if character in "，、；"]
    for index in marks:
        before, after = text[:index].rstrip()[-1:], text[index + 1 :].lstrip()[:1]
        if (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()):
            return index
    parts = re.split("[，、；]", text)
    return marks[0] if marks and all(0 < len(part.strip()) <= 4 for part in parts) else None


def _stray(text: str, line: int, column: int) -> Finding | None:
    """A closing quote or bracket whose opening one is missing."""
    last, before = text[-1], text[-2:-1]
    if last == '"' and text.count('"') % 2 and not before.isdigit():
        return Finding("YAML-146", line, column + len(text) - 1, 1, {"character": last})
    if last == "'" and text.count("'") % 2 and before not in ("s", "S") and not before.isdigit():
        return Finding("YAML-146", line, column + len(text) - 1, 1, {"character": last})
    if last in "]}" and not re.search(r"[\\^$]", text):
        opening = {"]": "[", "}": "{"}[last]
        if text.count(last) > text.count(opening):
            return Finding("YAML-137", line, column + len(text) - 1, 1, {"character": last})
    return None

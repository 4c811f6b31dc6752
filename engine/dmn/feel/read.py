"""What FEEL text is made of, read at a position: blanks and comments, numbers, texts, signs, and names with blanks.

Names may hold blanks and signs (`Monthly Fee`, `Approved/Declined`), so only whoever knows the names can tell where one
ends: of the known names the longest that fits is taken, as the standard says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from engine.language.tree import Span

MOST_LETTERS = 10_000
DEEPEST = 25

MOST_STEPS = 5_000
"""Expressions read, also in vain: what may be a range, a list or parentheses is tried one way, then the other."""

_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[^\W\d]\w*")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}

KEYWORDS = frozenset(
    {
        *("and", "or", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between"),
        *("instance", "of", "function", "true", "false", "null", "not"),
    }
)


class FeelError(Exception):
    """Text that is no FEEL: where it was given up, and why (`end`, `sign`, `deep`, `long`)."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span = span


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all known names, longest first."""
    ordered = sorted(names, key=len, reverse=True)
    parts = [r"\s+".join(re.escape(word) for word in name.split()) for name in ordered if name.split()]
    return re.compile(rf"(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)")


class Reader:
    """A position in a text."""

    def __init__(self, text: str, names: Iterable[str], members: Iterable[str]) -> None:
        self.text = text
        self.position = 0
        self.depth = 0
        self.steps = 0
        self._names = _pattern(tuple(sorted(set(names))))
        self._members = _pattern(tuple(sorted(set(members))))
        if len(text) > MOST_LETTERS:
            raise FeelError("long", Span(0, 0))

    def blank(self) -> int:
        """Go past blanks and comments; gives the position."""
        found = _BLANK.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return self.position

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.blank() == len(self.text)

    def fail(self, reason: str = "sign") -> FeelError:
        """The error of the present position."""
        self.blank()
        if self.position >= len(self.text):
            reason = "end" if reason == "sign" else reason
        return FeelError(reason, Span(self.position, min(self.position + 1, len(self.text))))

    def sees(self, sign: str) -> bool:
        """Whether a sign comes next."""
        self.blank()
        return self.text.startswith(sign, self.position)

    def take(self, *signs: str) -> str | None:
        """One of some signs, tried in the order given."""
        self.blank()
        for sign in signs:
            if self.text.startswith(sign, self.position):
                self.position += len(sign)
                return sign
        return None

    def want(self, sign: str) -> None:
        """A sign that has to come next."""
        if self.take(sign) is None:
            raise self.fail()

    def take_word(self, *words: str) -> str | None:
        """One of some keywords."""
        self.blank()
        found = _WORD.match(self.text, self.position)
        if found is None or found.group() not in words:
            return None
        self.position = found.end()
        return found.group()

    def want_word(self, word: str) -> None:
        """A keyword that has to come next."""
        if self.take_word(word) is None:
            raise self.fail()

    def number(self) -> str | None:
        """A number without sign."""
        self.blank()
        found = _NUMBER.match(self.text, self.position)
        if found is None:
            return None
        text = found.group()
        if text[0] == "." and self.text[self.position - 1 : self.position] == ".":
            return None
        self.position = found.end()
        return text

    def quoted(self) -> str | None:
        """A text between quotes, its escapes resolved."""
        self.blank()
        found = _TEXT.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return _ESCAPE.sub(_unescaped, found.group(1))

    def name(self) -> str | None:
        """The longest known name, else a plain word that is no keyword."""
        return self._named(self._names)

    def member(self) -> str:
        """What stands behind a point."""
        found = self._named(self._members, keywords=frozenset())
        if found is None:
            raise self.fail()
        return found

    def key(self) -> str:
        """The name of an entry or parameter: everything up to its colon."""
        self.blank()
        quoted = self.quoted()
        if quoted is not None:
            self.want(":")
            return quoted
        end = self.text.find(":", self.position)
        found = " ".join(self.text[self.position : max(end, self.position)].split())
        if not found or re.search(r'[,{}\[\]"]', found):
            raise self.fail()
        self.position = end + 1
        return found

    def _named(self, known: re.Pattern[str], keywords: frozenset[str] = KEYWORDS) -> str | None:
        self.blank()
        found = known.match(self.text, self.position)
        word = _WORD.match(self.text, self.position)
        if found is None or (word is not None and word.end() > found.end()):
            found = word if word is not None and word.group() not in keywords else None
        if found is None:
            return None
        self.position = found.end()
        return " ".join(found.group().split())


def _unescaped(found: re.Match[str]) -> str:
    """The letter that an escape stands for."""
    said = found.group(1)
    if said[0] in "uU" and len(said) > 1:
        code = int(said[1:], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _ESCAPED.get(said, said)

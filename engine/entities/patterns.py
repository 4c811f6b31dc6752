"""Regular expressions of a small safe subset: what a package may ask of a text without being able to stall a server.

Allowed are literal characters, `\\` before punctuation, `\\d \\w \\s`, classes `[A-Z0-9_]`, `.`, the repeats
`? * + {m} {m,} {m,n}` after one of these, and `|` at the top. The whole text has to match, so `^` and `$` are optional
at the ends. There are no groups, so repeats cannot nest; the ways to match are bounded by `MAX_WAYS`.
"""

from __future__ import annotations

import re

from engine.entities.misdeclared import misdeclared

MAX_LENGTH = 200
MAX_WAYS = 1_000_000
UNBOUNDED = 1_000

_TOKEN = re.compile(
    r"""(?P<atom>\[\^?(?:\\[dws\\\]\[^.+*?|(){}$/-]|[^\\\[\]])+\]|\\[dws\\\]\[^.+*?|(){}$/-]|\.|[^\\\[\](){}?*+|^$.])
        (?P<repeat>[?*+]|\{\d{1,3}(?:,\d{0,3})?\})?|(?P<either>\|)""",
    re.VERBOSE,
)


def safe_pattern(pattern: str) -> str:
    """The pattern without its outer anchors; The pattern without its outer anchors."""
    inner = pattern.removeprefix("^")
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    if not inner or len(inner) > MAX_LENGTH:
        raise misdeclared("UX-713", limit=MAX_LENGTH)
    position, ways = 0, 1
    while position < len(inner):
        token = _TOKEN.match(inner, position)
        if token is None:
            raise misdeclared("UX-714", character=inner[position], position=position + 1)
        ways *= _ways(token["repeat"])
        position = token.end()
    if ways > MAX_WAYS:
        raise misdeclared("UX-715")
    try:
        re.compile(inner)
    except re.error as error:
        raise misdeclared("UX-716", reason=error.msg) from error
    return inner


def _ways(repeat: str | None) -> int:
    """How many lengths a repeat can choose from."""
    if repeat is None:
        return 1
    if repeat == "?":
        return 2
    if repeat in {"*", "+"}:
        return UNBOUNDED
    low, comma, high = repeat[1:-1].partition(",")
    if not comma:
        return 1
    return max(int(high) - int(low) + 1, 1) if high else UNBOUNDED

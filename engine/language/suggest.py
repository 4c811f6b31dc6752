"""What was probably meant: the allowed names nearest to the one written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 3
"""Suggestions at most; more would be a list to search, not an answer."""

CUTOFF = 0.6


def close(name: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """Up to three allowed names that look like the one written, the nearest first; capitals and dashes count little."""
    names = list(dict.fromkeys(allowed))
    plain = _plain(name)
    same = [each for each in names if _plain(each) == plain and each != name]
    near = get_close_matches(name, names, n=MOST, cutoff=CUTOFF)
    lower = {_plain(each): each for each in reversed(names)}
    folded = [lower[each] for each in get_close_matches(plain, list(lower), n=MOST, cutoff=CUTOFF)]
    part = [each for each in names if len(plain) >= 3 and _plain(each).startswith(plain)]
    return tuple(each for each in dict.fromkeys([*same, *near, *folded, *part]) if each != name)[:MOST]


def _plain(name: str) -> str:
    """A name without what people get wrong first."""
    return name.strip().lower().replace("_", "").replace("-", "").replace(" ", "")

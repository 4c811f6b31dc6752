"""Cross checks of `app.yaml`: currency, time zone, and the engine it was written for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from engine import __version__
from engine.language.currencies import CURRENCIES, is_currency
from engine.language.problems import Problem
from engine.packages.look import Look

_RANGE = re.compile(r"\s*(>=|<=|==|>|<)\s*(\d+(?:\.\d+)*)\s*")


def currency_exists(look: Look) -> Iterator[Problem]:
    """REF-346: a currency that ISO 4217 does not know."""
    if not is_currency(look.app.currency):
        known = [code for code in CURRENCIES if is_currency(code)]
        yield look.unknown("REF-346", look.app.currency, known, ("app", "currency"))


def zone_exists(look: Look) -> Iterator[Problem]:
    """REF-347: a time zone that the IANA database does not know."""
    zones = available_timezones()
    if look.app.zone not in zones:
        yield look.unknown("REF-347", look.app.zone, sorted(zones), ("app", "zone"))


def engine_fits(look: Look) -> Iterator[Problem]:
    """REF-348: an app written for another engine; REF-349: a range of versions that cannot be read."""
    written = look.app.manifest.engine
    if written is None:
        return
    fits = within(__version__, written)
    if fits is None:
        yield look.at("REF-349", ("app", "engine"), range=written)
    elif not fits:
        yield look.at("REF-348", ("app", "engine"), range=written, engine=__version__)


def within(version: str, written: str) -> bool | None:
    """Whether a version lies in a range such as `>=0.1, <2`; None for a range that cannot be read.

    >>> within("0.10.0", ">=0.9, <1"), within("0.8", ">=0.9"), within("1", "about 1")
    (True, False, None)
    """
    conditions = [_RANGE.fullmatch(part) for part in written.split(",")]
    if not all(conditions):
        return None
    ours = _numbers(version)
    results = []
    for condition in conditions:
        assert condition is not None
        theirs = _numbers(condition[2])
        results.append(
            {
                ">=": ours >= theirs,
                "<=": ours <= theirs,
                "==": ours == theirs,
                ">": ours > theirs,
                "<": ours < theirs,
            }[condition[1]]
        )
    return all(results)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version without zeros at its end, so that 1.0 is 1."""
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)

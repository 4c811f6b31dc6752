"""Which capabilities the scenarios of apps prove, and which of those wanted nobody proves yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.language.problems import Place
from engine.operations.scenarios import stories_of
from engine.packages.schema import App


@dataclass(frozen=True, slots=True)
class Proof:
    """A scenario that covers a capability: of which app, its id, where it is written."""

    app: str
    scenario: str
    place: Place | None


@dataclass(frozen=True)
class Coverage:
    """The proofs of each capability, in the order of the ids; what is wanted and has none stands in `missing`."""

    proofs: Mapping[str, tuple[Proof, ...]]
    missing: tuple[str, ...] = ()


def coverage(apps: Iterable[App], wanted: Iterable[str] = ()) -> Coverage:
    """What the scenarios of the apps' own layers say they cover; with `wanted` only of those ids.

    Raises `Refused` when a scenario cannot be read.
    """
    found: dict[str, list[Proof]] = {}
    for app in apps:
        for told in stories_of(app):
            scenario = told.scenario
            for id in scenario.covers:
                found.setdefault(id, []).append(Proof(app.name, scenario.scenario, scenario.place))
    asked = frozenset(wanted)
    proofs = {id: tuple(found[id]) for id in sorted(found) if not asked or id in asked}
    return Coverage(proofs, tuple(sorted(asked - found.keys())))

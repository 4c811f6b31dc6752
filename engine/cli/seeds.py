"""Brings the seeds of an app into a site: every record through the same door as a person's, each at its own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.access.actor import Actor
from engine.cli.operator import operator, person
from engine.cli.progress import Report
from engine.language.problems import Problem, Refused
from engine.operations.case import Submission
from engine.operations.site import Site
from engine.operations.submit import submit
from engine.packages.scenario import Given, Seed, instant_of, plain


@dataclass
class Clock:
    """A clock that shows what it was last set to."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant it shows."""
        return self.now


def plant(site: Site, clock: Clock, seeds: Sequence[Seed], report: Report) -> int:
    """Bring all records of the seeds; gives how many. `clock` is the site's own, set anew for every record.

    Refused with CLI-111 at the first record that is refused: later ones may lean on it.
    """
    begun, zone = clock.now, site.app().zone
    records = [(seed, given, position) for seed in seeds for position, given in enumerate(seed.records)]
    actors: dict[str | None, Actor] = {}
    for done, (seed, given, position) in enumerate(records, start=1):
        at = given.at or seed.clock
        clock.now = instant_of(at, zone, begun) if at else begun
        if given.by not in actors:
            actors[given.by] = operator(site) if given.by is None else person(site, given.by)
        _bring(site, actors[given.by], given, f"seed:{seed.seed}:{position}")
        report(done, len(records))
    clock.now = begun
    return len(records)


def _bring(site: Site, actor: Actor, given: Given, key: str) -> None:
    """One record: saved, then taken through its transitions."""

    try:
        first, *later = given.transitions or (None,)
        made = submit(site, actor, Submission(given.entity, None, first, plain(given.values), None, key))
        for transition in later:
            step = Submission(given.entity, made.id, transition, {}, made.version, f"{key}:{transition}")
            made = submit(site, actor, step)
    except Refused as refused:
        reasons = tuple(sorted({problem.code for problem in refused.problems}))
        told = Problem("CLI-111", {"entity": given.entity, "reasons": reasons}, given.place)
        raise Refused((told, *refused.problems)) from refused

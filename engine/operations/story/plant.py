"""Plants the seeds of an app in a fresh site: the records that are there, then what people did up to the present."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from operator import itemgetter
from pathlib import Path

from engine.language.problems import Place, Problem, Refused
from engine.operations.site import Site
from engine.operations.story.acts import happen, wake_up
from engine.operations.story.given import ANYBODY, bring_one
from engine.operations.story.stage import Clock, Played, Story, codes_of
from engine.operations.time_and_settings import today_in
from engine.packages.scenario import Seed, instant_of

Report = Callable[[int, int], None]
"""Called with what is done and what there is to do."""

PLANTER = "operator"
"""Whom the journal names for what a seed lets nobody in particular do."""


def beginning(seeds: Sequence[Seed], zone: str, now: datetime) -> datetime:
    """The instant of the first thing that happens in seeds planted at `now`: as old a site has to be."""
    given = [instant_of(record.at, zone, now) for seed in seeds for record in seed.records if record.at is not None]
    steps = [steps for seed in seeds for _, steps in seed.rounds(zone, now)]
    return min([now, *given, *(at for each in steps for at, _ in each)])


def plant(site: Site, clock: Clock, seeds: Sequence[Seed], report: Report, now: datetime | None = None) -> int:
    """Bring the records of seeds at the instant that the clock shows, then let happen what happens in them up to `now`.

    What comes by itself (deadlines, alerts) comes before the first step of each day, and at last. Gives how many things
    that were. `clock` is the site's own; it shows `now` afterwards, by default what it showed before. Refused with
    CLI-111 at the first thing that is refused: later ones may lean on it.
    """
    now = now or clock.now
    zone, layer = site.app().zone, site.app().layers[-1]
    rounds = [(seed, begun, steps) for seed in seeds for begun, steps in seed.rounds(zone, now)]
    total = sum(len(seed.records) for seed in seeds) + sum(len(steps) for _, _, steps in rounds)
    done = count(1)
    with tempfile.TemporaryDirectory(prefix="formwork-") as folder:
        brought = {seed.seed: Story(site, clock, seed.seed, layer, Path(folder), now, PLANTER) for seed in seeds}
        for seed in seeds:
            for _ in _records(brought[seed.seed], seed, clock.now):
                report(next(done), total)
        moments = []
        for number, (seed, begun, steps) in enumerate(rounds):
            known = dict(brought[seed.seed].played)
            story = Story(site, clock, f"{seed.seed}-{number}", layer, Path(folder), begun, PLANTER, known)
            moments += [(at, story, act) for at, act in steps]
        today: date | None = None
        for at, story, act in sorted(moments, key=itemgetter(0)):
            clock.now = at
            if today != (today := today_in(zone, at)):
                _wake(story, act.place)
            with _told(act.id, act.place):
                happen(story, act)
            report(next(done), total)
        clock.now = now
        for story in brought.values():
            _wake(story, None)
    return total


def _records(story: Story, seed: Seed, usual: datetime) -> Iterator[None]:
    """Bring each record of a seed at its instant or the usual one."""
    for position, given in enumerate(seed.records):
        story.clock.now = usual
        story.move_clock(given.at)
        with _told(given.entity, given.place):
            made = bring_one(story.site, story.who(ANYBODY), given, f"{story.name}-{position:05}")
        if given.id is not None:
            story.played[given.id] = Played(given.entity, made)
        yield
    story.clock.now = usual


@contextmanager
def _told(what: str, place: Place | None) -> Iterator[None]:
    """A refusal within the block is told with where in the seeds it was."""
    try:
        yield
    except Refused as refused:
        problem = Problem("CLI-111", {"what": what, "reasons": tuple(codes_of(refused.problems))}, place)
        raise Refused((problem, *refused.problems)) from refused


def _wake(story: Story, place: Place | None) -> None:
    """What is due by then happens by itself, as on a site that is served. Refused where it could not."""
    wake_up(story, place, story.name)
    for missed in story.missed:
        raise Refused((Problem("CLI-111", {"what": missed.what, "reasons": (missed.found,)}, missed.place),))

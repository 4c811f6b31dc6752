"""Brings the records that are there before anything happens, each through the door that everybody uses."""

from __future__ import annotations

from collections.abc import Sequence

from engine.access.actor import Actor
from engine.language.problems import Refused
from engine.operations.case import Submission
from engine.operations.site import Site
from engine.operations.story.stage import Missed, Played, Story, codes_of, listed
from engine.operations.submit import Submitted, submit
from engine.packages.scenario import Given, plain
from engine.packages.story.acts import Somebody

ANYBODY = Somebody()
"""Whoever may do all: who brought what is given does not matter."""


def bring(story: Story, records: Sequence[Given], what: str) -> None:
    """Bring records in their order, each at its clock; the story ends at the first that is refused."""
    if story.missed:
        return
    with story.unseen("roles"):
        for position, given in enumerate(records):
            story.clock.now = story.begun
            story.move_clock(given.at)
            try:
                done = bring_one(story.site, story.who(ANYBODY), given, f"{what}-{position:05}")
            except Refused as refused:
                name = f"{what} {given.id or position + 1} ({given.entity})"
                found = f"refused {listed(codes_of(refused.problems))}"
                story.missed.append(Missed(given.place, name, "saved", found, refused.problems))
                return
            if given.id:
                story.played[given.id] = Played(given.entity, done)
    story.clock.now = story.begun


def bring_one(site: Site, actor: Actor, given: Given, key: str) -> Submitted:
    """One record: saved, then taken through its transitions. Raises `Refused`."""
    first, *later = given.transitions or (None,)
    done = submit(site, actor, Submission(given.entity, None, first, plain(given.values), None, key))
    for transition in later:
        asked = Submission(given.entity, done.id, transition, {}, done.version, f"{key}-{transition}")
        done = submit(site, actor, asked)
    return done

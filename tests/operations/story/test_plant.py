"""Seeds with a past: what people did, in rounds, up to the instant at which a site is planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.language.problems import Refused
from engine.operations.scenarios import Clock
from engine.operations.site import Site
from engine.operations.story.plant import beginning, plant
from engine.operations.verify import verify
from engine.packages.files import PackageFiles
from engine.packages.load import load_folder
from engine.packages.scenario import Seed, read_seeds
from engine.packages.schema import App
from engine.storage import journal, records
from engine.storage.filters import pushable

SHOP = Path(__file__).parents[2] / "sample_apps" / "shop"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZONE = "UTC"

WEEK = """
seed: week
clock: "-14d 08:00"
every: 7
when:
  - {id: bread, as: ann, entity: move, transition: post, values: {company: NORTH, source: OUT, target: N1, lines: [{item: BREAD, quantity: 20}]}}
  - {id: milk, as: ann, at: "+1d 09:00", entity: move, values: {company: NORTH, source: OUT, target: N1, lines: [{item: MILK, quantity: 8}]}}
  - {id: posted, as: ann, document: milk, transition: post}
  - {id: sold, as: ann, at: "+3d", entity: move, transition: post, values: {company: NORTH, source: N1, target: OUT, lines: [{item: BREAD, quantity: 12}]}}
"""


def seed(text: str) -> Seed:
    """A seed as it is read from a file."""
    (found,), problems = read_seeds(PackageFiles("shop", {"seed/week.yaml": text.encode()}))
    assert not problems
    return found


def steps(text: str, now: datetime = NOW) -> list[list[tuple[str, datetime]]]:
    """Each round as the ids of its steps and their instants."""
    return [[(act.id, at) for at, act in round_] for _, round_ in seed(text).rounds(ZONE, now)]


def test_rounds_begin_every_so_many_days_and_end_at_the_present() -> None:
    """Two whole weeks and the first step of the third: its other steps have not come yet."""
    first = datetime(2026, 2, 16, 8, 0, tzinfo=UTC)
    whole = [("bread", 0, 0), ("milk", 1, 1), ("posted", 1, 1), ("sold", 3, 1)]
    week = [(id, first + timedelta(days=days, hours=hours)) for id, days, hours in whole]
    after = [(id, at + timedelta(days=7)) for id, at in week]
    assert steps(WEEK) == [week, after, [("bread", first + timedelta(days=14))]]
    assert steps(WEEK, NOW.replace(hour=7)) == [week, after]


def test_without_every_there_is_one_round_and_days_count_from_the_present() -> None:
    once = WEEK.replace("every: 7\n", "")
    assert [len(each) for each in steps(once)] == [4]
    today = WEEK.replace('clock: "-14d 08:00"\nevery: 7\n', "").replace("+1d", "-1d").replace("+3d", "-2d")
    (only,) = steps(today)
    assert [at for _, at in only] == [NOW] * 4  # nothing comes before the step before it


def test_a_step_never_comes_before_its_predecessor() -> None:
    """The clock of a round does not go back: what a step speaks of is there."""
    back = WEEK.replace('"+3d"', '"+0d 10:00"')
    (first, *_) = steps(back)
    assert [at for _, at in first] == sorted(at for _, at in first)
    assert first[-1][1] == first[-2][1]


@pytest.fixture
def shop() -> App:
    """The sample shop."""
    app, problems = load_folder(SHOP, pushable=pushable)
    assert app is not None, problems
    return app


def planted(site: Site, clock: Clock, *texts: str) -> int:
    """Bring the people and goods of the shop and what these seeds say."""
    own, problems = read_seeds(site.app().layers[-1])
    assert not problems
    seeds = [*own, *map(seed, texts)]
    clock.now = beginning(seeds, site.app().zone, NOW)
    return plant(site, clock, seeds, lambda done, total: None, NOW)


def test_what_happened_is_there_as_it_was_done(new_site: Callable[[App], Site], clock: Clock, shop: App) -> None:
    """By whom, when, in the order of time across seeds; the sums are those of the postings."""
    other = (
        WEEK.replace("seed: week", "seed: other").replace("-14d 08:00", "-10d 07:00").replace("every: 7", "every: 30")
    )
    site = new_site(shop)
    heard: list[tuple[int, int]] = []
    own, _ = read_seeds(site.app().layers[-1])
    seeds = [*own, seed(WEEK), seed(other)]
    clock.now = begun = beginning(seeds, site.app().zone, NOW)
    count = plant(site, clock, seeds, lambda done, total: heard.append((done, total)), NOW)
    assert clock.now == NOW
    assert begun < NOW - timedelta(days=13)
    assert heard == [(number, count) for number in range(1, count + 1)]
    with site.reading() as (connection, running):
        moves = records.list_records(connection, running.tables, "move")
        people = {each.id: each.values["code"] for each in records.list_records(connection, running.tables, "person")}
        told = [each.recorded_at for each in reversed(journal.recent(connection, 1000))]
    assert len(moves) == 3 * 2 + 1 + 3
    assert {people[move.created_by] for move in moves} == {"ann"}
    assert told == sorted(told)
    assert min(move.created_at for move in moves) == begun
    assert not verify(site)


def test_the_first_refusal_ends_it_with_its_place(new_site: Callable[[App], Site], clock: Clock, shop: App) -> None:
    """More than there is cannot be sold, in a demonstration either."""
    site = new_site(shop)
    with pytest.raises(Refused) as refused:
        planted(site, clock, WEEK.replace("quantity: 12", "quantity: 40"))
    first, *rest = refused.value.problems
    assert (first.code, first.parameters["what"]) == ("CLI-111", "sold")
    assert first.place is not None
    assert first.place.file == "shop/seed/week.yaml"
    assert rest
    assert first.parameters["reasons"] == tuple(sorted({each.code for each in rest}))

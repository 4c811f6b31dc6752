"""What happens by itself: deadlines, schedules and messages, once each, at their time and not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.entities.changes import Send
from engine.operations.scenarios import Clock
from engine.operations.site import Site
from engine.operations.wake import wake
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.schedules import Schedule
from engine.packages.schema import App
from engine.storage import due, outbox, records
from engine.storage.filters import pushable
from tests.operations.world import World, furnish

SCHEDULE = """
schedule: cancel_old_drafts
label: {zh: 清理旧草稿, en: Cancel old drafts}
at: "02:30"
weekdays: [mon]
entity: goods_receipt
where: days_between(received_on, today()) > 5
take: cancel
"""
STEPS = """
workflow: goods_receipt
transitions:
  - id: post
    set:
      steps:
        - {deadline: forgotten, after: 72h, then: reverse}
        - {notify: local, to: role(keeper), text: {zh: "{number} 已入库", en: "{number} is in stock"}}
"""


@pytest.fixture
def timed(food: App) -> App:
    """The food app with a schedule, a deadline and a message of its own."""
    top = food.layers[-1]
    files = {
        **top.files,
        "schedules/cancel_old_drafts.yaml": SCHEDULE.encode(),
        "workflows/goods_receipt.yaml": STEPS.encode(),
    }
    app, problems = load((*food.layers[:-1], PackageFiles(top.name, files)), pushable=pushable)
    assert app is not None, problems
    return app


@pytest.fixture
def timed_world(new_site: Callable[[App], Site], timed: App) -> World:
    return furnish(new_site(timed))


def at(world: World, clock: Clock, moment: datetime) -> int:
    clock.now = moment
    return wake(world.site, moment)


def state_of(world: World, id: str) -> str | None:
    with world.site.reading() as (connection, running):
        record = records.get_one(connection, running.tables, "goods_receipt", id)
    assert record is not None
    return record.state


def test_a_deadline_acts_at_its_time_once_and_not_before(timed_world: World, clock: Clock) -> None:
    done = timed_world.receive([{"item": "BAG", "quantity": "10"}])
    begun = clock.now
    at(timed_world, clock, begun + timedelta(hours=72) - timedelta(seconds=1))
    assert state_of(timed_world, done.id) == "posted"
    at(timed_world, clock, begun + timedelta(hours=72))
    assert state_of(timed_world, done.id) == "reversed"
    assert timed_world.stock() == {}
    with timed_world.site.reading() as (connection, _):
        assert not [row for row in due.waiting(connection) if row.kind == "transition"]


def test_a_deadline_is_forgotten_when_the_document_moves_on(timed_world: World, clock: Clock) -> None:
    done = timed_world.receive([{"item": "BAG", "quantity": "10"}])
    timed_world.submit("goods_receipt", {}, transition="reverse", id=done.id, login="finance")
    with timed_world.site.reading() as (connection, _):
        assert not [row for row in due.waiting(connection) if row.kind == "transition"]


def test_a_schedule_acts_on_what_meets_its_condition_and_comes_again(timed_world: World, clock: Clock) -> None:
    old = timed_world.receive([{"item": "BAG", "quantity": "1"}], transition=None)
    clock.now += timedelta(days=4)
    young = timed_world.receive([{"item": "BAG", "quantity": "1"}], transition=None)
    monday = datetime(2026, 3, 8, 18, 30, tzinfo=UTC)  # half past two on Monday the 9th in Shanghai
    at(timed_world, clock, monday - timedelta(seconds=1))
    assert state_of(timed_world, old.id) == "draft"
    at(timed_world, clock, monday + timedelta(days=1))  # late: made up for once
    assert (state_of(timed_world, old.id), state_of(timed_world, young.id)) == ("cancelled", "draft")
    with timed_world.site.reading() as (connection, _):
        (row,) = [row for row in due.waiting(connection) if row.kind == "schedule"]
    assert row.due == monday + timedelta(days=7)


def test_a_message_is_written_with_the_document_and_handed_over_after_it(timed_world: World) -> None:
    sent: list[Send] = []
    app = timed_world.site.app()
    channels = {"local": sent.append}
    object.__setattr__(app, "plugins", replace(app.plugins, channels=channels))
    done = timed_world.receive([{"item": "BAG", "quantity": "10"}])
    with timed_world.site.reading() as (connection, _):
        (message,) = outbox.messages(connection)
    assert sent == []
    wake(timed_world.site, timed_world.site.clock())
    wake(timed_world.site, timed_world.site.clock())
    assert [(each.key, each.body) for each in sent] == [(message.key, f"{done.number} 已入库")]


def test_a_channel_that_fails_is_tried_again(timed_world: World, clock: Clock) -> None:
    tried: list[str] = []

    def broken(notice: Send) -> None:
        tried.append(notice.key)
        if len(tried) == 1:
            raise OSError("no way out")

    app = timed_world.site.app()
    object.__setattr__(app, "plugins", replace(app.plugins, channels={"local": broken}))
    timed_world.receive([{"item": "BAG", "quantity": "10"}])
    begun = clock.now
    at(timed_world, clock, begun)
    at(timed_world, clock, begun + timedelta(seconds=1))
    assert len(tried) == 1
    at(timed_world, clock, begun + timedelta(minutes=1))
    at(timed_world, clock, begun + timedelta(minutes=2))
    assert len(tried) == 2
    assert len(set(tried)) == 1


@pytest.mark.parametrize(
    ("keys", "after", "expected"),
    [
        ({}, "2026-03-02T00:00+00:00", "2026-03-02T01:30+00:00"),
        ({}, "2026-03-02T01:30+00:00", "2026-03-03T01:30+00:00"),
        ({"weekdays": ("fri",)}, "2026-03-02T00:00+00:00", "2026-03-06T01:30+00:00"),
        ({"day": 31}, "2026-02-02T00:00+00:00", "2026-02-28T01:30+00:00"),
        ({"zone": "Europe/Berlin"}, "2026-03-28T12:00+00:00", "2026-03-29T01:30+00:00"),
        ({"zone": "Europe/Berlin"}, "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
        ({"zone": "Europe/Berlin"}, "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00"),
    ],
)
def test_the_next_time_of_a_schedule(keys: dict[str, Any], after: str, expected: str) -> None:
    """In Berlin the clock skips 02:30 on 29 March 2026 and shows it twice on 25 October."""
    zone = keys.pop("zone", "Etc/GMT-1")
    schedule = Schedule(schedule="x", at="02:30", entity="e", take="t", **keys)
    assert schedule.next_after(datetime.fromisoformat(after), zone) == datetime.fromisoformat(expected)

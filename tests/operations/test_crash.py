"""A process killed while it writes: what it acknowledged is there, and what it did not can be repeated by its key."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from signal import SIGKILL
from typing import Any

from engine.operations.submit import Submission, Submitted, submit
from engine.operations.verify import verify
from engine.storage import balances, journal, records
from engine.storage.balances import LedgerRows
from tests.operations.remote import Remote
from tests.operations.world import World

KILLS = 5
AT_ONCE = 2
ASKED = 24
"""Requests that each process is sent; it never comes to the last of them."""


def receipts(kill: int) -> list[dict[str, Any]]:
    """The requests for one process: receipts with keys and quantities of their own, posted at once."""
    asked = []
    for number in range(ASKED):
        line = {"item": "FLOUR", "quantity": f"{kill + 1}.{number:03}"}
        raw = {"supplier": "MILL", "place": "MAIN", "received_on": "2026-03-02", "lines": [line]}
        what = {"entity": "goods_receipt", "id": None, "transition": "post", "raw": raw, "version": None}
        asked.append({**what, "key": f"crash-{kill}-{number:03}"})
    return asked


def killed(url: str, world: World, kill: int, chance: random.Random) -> dict[str, dict[str, Any]]:
    """What a process has acknowledged that was killed in the middle of its work."""
    acknowledged: dict[str, dict[str, Any]] = {}
    with Remote(url, world.site.clock(), world.id_of("person", "keeper")) as other:
        answers = other.answers()
        assert next(answers) == {"ready": True}
        asked = receipts(kill)
        for start in range(0, ASKED, AT_ONCE):
            other.ask(asked[start : start + AT_ONCE])
        wanted = chance.randrange(1, ASKED // 2)
        while len(acknowledged) < wanted:
            answer = next(answers)
            acknowledged[answer["key"]] = answer
        time.sleep(chance.uniform(0, 0.012))  # somewhere in the next requests: reading, writing, committing, answering
        other.kill()
        acknowledged |= {answer["key"]: answer for answer in answers}  # said before the end, read after it
    assert other.process.returncode == -SIGKILL
    assert wanted <= len(acknowledged) < ASKED
    assert all(answer.get("state") == "posted" and not answer["replayed"] for answer in acknowledged.values())
    return acknowledged


def found(world: World) -> dict[str, str]:
    """The receipts that are there: the key of the request that made each, and its id. The stock has to equal them."""
    with world.site.reading() as (connection, running):  # one view: a server may still end what a dead client asked
        ids = [each.id for each in records.list_records(connection, running.tables, "goods_receipt")]
        entries = {id: journal.history(connection, "goods_receipt", id) for id in ids}
        source = LedgerRows(running.tables, "stock", "balance", "cell")
        stock = balances.groups(connection, source, [], [("quantity",)])
    assert all(len(each) == 1 for each in entries.values())
    made = {each[0].request: id for id, each in entries.items()}
    assert len(made) == len(ids)
    assert stock == [(total(made),)]
    return made


def total(keys: dict[str, Any]) -> Decimal:
    """The quantities of some requests together."""
    asked = {each["key"]: each for kill in range(KILLS) for each in receipts(kill)}
    return sum((Decimal(asked[key]["raw"]["lines"][0]["quantity"]) for key in keys), Decimal(0))


def test_five_kills_lose_nothing_and_double_nothing(world: World, furnished_url: str) -> None:
    chance = random.Random(20260302)
    acknowledged: dict[str, dict[str, Any]] = {}
    for kill in range(KILLS):
        acknowledged |= killed(furnished_url, world, kill, chance)
        assert {key: answer["id"] for key, answer in acknowledged.items()}.items() <= found(world).items()
        assert verify(world.site) == ()

    made, asked = found(world), [each for kill in range(KILLS) for each in receipts(kill)]
    repeated = {each["key"]: submit(world.site, world.actor(), Submission(**each)) for each in asked}
    for key, done in repeated.items():
        assert done.replayed or key not in made
        if key in acknowledged:
            assert done == Submitted(
                **{name: value for name, value in acknowledged[key].items() if name != "key"} | {"replayed": True}
            )
    assert found(world) == {key: done.id for key, done in repeated.items()}
    numbers = sorted(str(done.number) for done in repeated.values())
    assert numbers == [f"GR-BKY-2026-{number:05}" for number in range(1, KILLS * ASKED + 1)]
    assert world.stock() == {"FLOUR": total(repeated)}
    assert verify(world.site) == ()

"""A furnished site: the food app with its seeded people and master data, and short ways to do what people do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.access.actor import Actor
from engine.operations.people import actor_of
from engine.operations.scenarios import Clock
from engine.operations.site import Site
from engine.operations.story.plant import plant
from engine.operations.submit import Submission, Submitted, submit
from engine.packages.scenario import read_seeds
from engine.storage import balances, records
from engine.storage.balances import LedgerRows

SEEDS = ("people", "master_data")
KEYS = itertools.count(1)


@dataclass
class World:
    """One furnished site."""

    site: Site
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, login: str = "keeper") -> Actor:
        """A seeded person."""
        if login not in self.actors:
            with self.site.reading() as (connection, running):
                found = actor_of(connection, running, self.id_of("person", login), self.site.clock())
            assert found is not None
            self.actors[login] = found
        return self.actors[login]

    def id_of(self, entity: str, code: str) -> str:
        """The id of a master by its code."""
        with self.site.reading() as (connection, running):
            return records.find(connection, running.tables, entity, ("code",), [(code,)])[code,]

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"test-key-{next(KEYS):08}"

    def submit(
        self,
        entity: str,
        raw: Mapping[str, Any],
        *,
        transition: str | None = None,
        id: str | None = None,
        login: str = "keeper",
        version: int | None = None,
        key: str | None = None,
    ) -> Submitted:
        """Save or move a document as a person."""
        asked = Submission(entity, id, transition, raw, version, key or self.key())
        return submit(self.site, self.actor(login), asked)

    def receive(self, lines: Sequence[Mapping[str, Any]], *, transition: str | None = "post", **more: Any) -> Submitted:
        """A goods receipt of some lines into the main store."""
        raw = {"supplier": "MILL", "place": "MAIN", "lines": list(lines)}
        return self.submit("goods_receipt", raw, transition=transition, **more)

    def issue(self, lines: Sequence[Mapping[str, Any]], *, transition: str | None = "post", **more: Any) -> Submitted:
        """A goods issue of some lines out of the main store into production."""
        raw = {"place": "MAIN", "to_place": "BAKEHOUSE", "lines": list(lines)}
        return self.submit("goods_issue", raw, transition=transition, **more)

    def stock(self) -> dict[str, Decimal]:
        """What lies in own stores, by item code: the sum of the balances of the grain `cell`."""
        with self.site.reading() as (connection, running):
            source = LedgerRows(running.tables, "stock", "balance", "cell")
            rows = balances.groups(connection, source, [("item", "code")], [("quantity",)])
        return {str(code): quantity for code, quantity in rows if quantity}


def furnish(site: Site, wanted: Sequence[str] = SEEDS) -> World:
    """Bring seeds of the food app into a site: by default its people and master data."""
    assert isinstance(site.clock, Clock)
    seeds, problems = read_seeds(site.app().layers[-1])
    assert not problems
    plant(site, site.clock, [seed for seed in seeds if seed.seed in wanted], lambda done, total: None)
    return World(site)

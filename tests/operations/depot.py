"""The depot: a small app that orders, receives in parts and keeps by batch, with short ways to do what people do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.entities.changes import GrainKey
from engine.entities.record import Record
from engine.operations.case import Submission
from engine.operations.people import player
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.submit import Submitted, submit
from engine.packages.load import load_folder
from engine.storage import balances, journal, records
from engine.storage.balances import LedgerRows
from engine.storage.filters import pushable
from engine.storage.journal import JournalEntry

FOLDER = Path(__file__).parent / "apps" / "depot"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEYS = itertools.count(1)
ITEMS = ("FLOUR", "MILK", "EGG")


def furnished_depot(url: str) -> None:
    """Make a depot behind an empty database."""
    app, problems = load_folder(FOLDER, pushable=pushable)
    assert app is not None, problems
    site = open_site(url, clock=Clock(NOW))
    migrate(site, app, False)
    publish(site, app.layers, "test")
    Depot(site).furnish()
    site.close()


@dataclass
class Depot:
    """One furnished site of the depot."""

    site: Site

    def furnish(self) -> Depot:
        """Items, a supplier and places."""
        for code in ("COLD", "DRY"):
            self.submit("place", {"code": code}, role="chief")
        for code in ITEMS:
            self.item(code)
        self.item("BAG", tracking="none")
        self.submit("supplier", {"code": "MILL"}, role="chief")
        return self

    def item(self, code: str, **more: Any) -> Submitted:
        """A new item."""
        return self.submit("item", {"code": code, "unit": "kg", "home": "DRY", **more}, role="chief")

    def submit(
        self,
        entity: str,
        raw: Mapping[str, Any],
        *,
        transition: str | None = None,
        id: str | None = None,
        role: str = "keeper",
    ) -> Submitted:
        """Save or move a document as somebody who holds a role."""
        asked = Submission(entity, id, transition, raw, None, f"depot-key-{next(KEYS):08}")
        with self.site.reading() as (connection, running):
            actor = player(connection, running, role, (role,), "en")
        return submit(self.site, actor, asked)

    def order(self, lines: Sequence[Mapping[str, Any]], *, transition: str | None = "approve") -> Submitted:
        """A purchase order of some lines."""
        raw = {"supplier": "MILL", "terms": "30 days", "lines": list(lines)}
        return self.submit("purchase_order", raw, transition=transition, role="buyer")

    def receive(self, lines: Sequence[Mapping[str, Any]], *, transition: str | None = "post", **more: Any) -> Submitted:
        """A goods receipt of some lines."""
        raw = {"supplier": "MILL", "received_on": "2026-03-02", "lines": list(lines)}
        return self.submit("goods_receipt", raw, transition=transition, **more)

    def record(self, entity: str, id: str) -> Record:
        """A record as it is stored."""
        with self.site.reading() as (connection, running):
            found = records.get_one(connection, running.tables, entity, id)
        assert found is not None
        return found

    def all(self, entity: str) -> tuple[Record, ...]:
        """Every record of an entity."""
        with self.site.reading() as (connection, running):
            return records.list_records(connection, running.tables, entity, lines=True)

    def id_of(self, entity: str, code: str) -> str:
        """The id of a master by its code."""
        return next(each.id for each in self.all(entity) if each.values["code"] == code)

    def journal(self, entity: str, id: str) -> tuple[JournalEntry, ...]:
        """What the journal says about a record."""
        with self.site.reading() as (connection, _):
            return journal.history(connection, entity, id)

    def stock(self) -> dict[tuple[str, str | None], Decimal]:
        """What lies where, by codes of item and batch."""
        with self.site.reading() as (connection, running):
            source = LedgerRows(running.tables, "stock", "balance", "on_hand")
            rows = balances.groups(connection, source, [("item", "code"), ("batch", "code")], [("quantity",)])
        return {(item, batch): quantity for item, batch, quantity in rows if quantity}

    def open(self, order: str, line: int = 0) -> Decimal:
        """What of a line of an order has not arrived."""
        held = self.record("purchase_order", order).lines("lines")[line]
        with self.site.reading() as (connection, running):
            key = GrainKey("orders", "open", (order, held["id"]))
            return balances.balance(connection, running.tables, key).amount("open")

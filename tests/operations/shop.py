"""A furnished site of the sample shop: its seeded people and goods, and short ways to do what people do."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.access.actor import Actor
from engine.operations.people import actor_of
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.story.plant import plant
from engine.operations.submit import Submission, Submitted, submit
from engine.operations.wake import wake
from engine.packages.scenario import read_seeds
from engine.storage import outbox, records
from engine.storage.outbox import Message

KEYS = itertools.count(1)


@dataclass
class Shop:
    """One furnished site and its clock."""

    site: Site
    clock: Clock

    def actor(self, login: str) -> Actor:
        with self.site.reading() as (connection, running):
            found = actor_of(connection, running, self.id_of("person", login), self.clock.now)
        assert found is not None
        return found

    def id_of(self, entity: str, code: str) -> str:
        with self.site.reading() as (connection, running):
            return records.find(connection, running.tables, entity, ("code",), [(code,)])[code,]

    def do(
        self, login: str, entity: str, raw: Mapping[str, Any], transition: str | None = None, id: str | None = None
    ) -> Submitted:
        asked = Submission(entity, id, transition, raw, None, f"shop-key-{next(KEYS):06}")
        return submit(self.site, self.actor(login), asked)

    def move(
        self, lines: Sequence[Mapping[str, Any]], source: str = "OUT", target: str = "N1", company: str = "NORTH"
    ) -> Submitted:
        """Goods that move; by the keeper of the company."""
        raw = {"company": company, "source": source, "target": target, "lines": list(lines)}
        return self.do("ann" if company == "NORTH" else "bo", "move", raw, "post")

    def wake(self, at: datetime) -> None:
        """Everything that is due at an instant."""
        self.clock.now = at
        while wake(self.site, at):
            pass

    def told(self, *starts: str) -> list[Message]:
        """The messages of some alerts, in the order of writing."""
        with self.site.reading() as (connection, _):
            found = outbox.messages(connection)
        wanted = tuple(f"alert:{name}:" for name in starts) or ("alert:",)
        return [message for message in found if message.key.startswith(wanted)]

    def people(self, messages: Sequence[Message]) -> list[str]:
        """The log-ins of those who were told."""
        with self.site.reading() as (connection, running):
            people = records.list_records(connection, running.tables, "person")
        names = {person.id: str(person.values["code"]) for person in people}
        return [names[each] for message in messages for each in message.to]

    def restarted(self) -> Shop:
        """The same database opened by another process."""
        engine = self.site.database.engine.url.render_as_string(hide_password=False)
        return Shop(open_site(engine.replace("+psycopg", ""), clock=self.clock), self.clock)


def furnished(site: Site) -> Shop:
    """Bring the seeds of the shop into a site."""
    assert isinstance(site.clock, Clock)
    seeds, problems = read_seeds(site.app().layers[-1])
    assert not problems
    plant(site, site.clock, seeds, lambda done, total: None)
    return Shop(site, site.clock)

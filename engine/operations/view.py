"""One consistent read in which submissions of one actor are judged.

Whatever is read in it is read once: a document and its hundred lines, or the hundred documents of an import, ask for
the same items, places and grants again and again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection

from engine.access.actor import Actor
from engine.access.decide import Policy, policy
from engine.entities.changes import Balance, CellRange, GrainKey
from engine.entities.fields.base import Handle
from engine.entities.record import Record, Value
from engine.forms.read import Named
from engine.ledgers.movements import Movements
from engine.operations.identities import named_by, unique_field
from engine.operations.people import Directory
from engine.operations.pool import Key, Pool
from engine.operations.rows import open_everywhere, row_condition
from engine.operations.site import Running, Site
from engine.operations.time_and_settings import settings_in_force, today_in
from engine.storage import records
from engine.storage import settings as stored_settings
from engine.storage.balances import balances_of
from engine.storage.load import balances_in
from engine.storage.settings import SettingRow

NOTHING = Balance({})


@dataclass(slots=True)
class View:
    """The read: its connection, its package, who acts, what time it is, and everything that was found so far.

    `lying` has, for the ranges of ledgers that were looked into, the balances that are not empty; `balances` what is
    in them; `foreseen` what will be in them after what was judged here before.
    """

    site: Site
    connection: Connection
    running: Running
    actor: Actor
    now: datetime
    directory: Directory
    settings_rows: tuple[SettingRow, ...]
    pool: Pool
    _policies: dict[tuple[str, str], Policy] = field(default_factory=dict)
    _settings: dict[tuple[date, str | None], Mapping[str, Value]] = field(default_factory=dict)
    _absent: set[Key] = field(default_factory=set)
    _named: dict[Named, str | None] = field(default_factory=dict)
    lying: dict[CellRange, tuple[GrainKey, ...]] = field(default_factory=dict)
    balances: dict[GrainKey, Balance] = field(default_factory=dict)
    foreseen: dict[GrainKey, Balance] = field(default_factory=dict)
    _likely: frozenset[CellRange] = frozenset()

    def policy(self, entity: str, action: str) -> Policy:
        """What the actor may do with an entity by an action."""
        found = self._policies.get((entity, action))
        if found is None:
            found = self._policies[entity, action] = policy(self.running.app.roles, self.actor, entity, action)
        return found

    def settings(self, day: date, company: str | None) -> Mapping[str, Value]:
        """The settings in force on a day for a company."""
        found = self._settings.get((day, company))
        if found is None:
            scopes = [("company", company)] if company else []
            found = settings_in_force(self.running.app, self.settings_rows, day, scopes)
            self._settings[day, company] = found
        return found

    def read(self, entity: str, ids: frozenset[str]) -> Mapping[str, Record]:
        """Records of one entity by id, for formulas: whoever acts, a price is the same. Unknown ids are left out."""
        known = self.pool.records
        missing = sorted(id for id in ids if (entity, id) not in known and (entity, id) not in self._absent)
        if missing:
            found = records.get(self.connection, self.running.tables, entity, missing)
            self._absent.update((entity, id) for id in missing if id not in found)
            for record in found.values():
                self.pool.put(record)
        return {id: known[entity, id] for id in ids if (entity, id) in known}

    def find(self, named: Iterable[Named]) -> Mapping[Named, Record]:
        """The records that people name, by id, by identity or by a unique field: a few statements per entity.

        A record that the actor may not see is not found, exactly as if it did not exist.
        """
        wanted = tuple(named)
        missing: dict[str, list[Named]] = defaultdict(list)
        for each in dict.fromkeys(wanted):
            if each not in self._named:
                missing[each[0]].append(each)
        for entity, unknown in missing.items():
            self._named.update(dict.fromkeys(unknown))
            self._named.update(self._look_for(entity, unknown))
        found = ((each, self._named[each]) for each in wanted)
        return {each: self.pool.records[each[0], id] for each, id in found if id is not None}

    def lie(self, ranges: Iterable[CellRange]) -> None:
        """Read which balances in some ranges are not empty (`lying`) and what is in them, without a lock."""
        missing = self._likely.union(ranges).difference(self.lying)
        self._likely = frozenset()
        if missing:
            self.lying.update(balances_in(self.connection, self.running.tables, missing))
            self.hold(key for each in missing for key in self.lying[each])

    def hold(self, keys: Iterable[GrainKey]) -> None:
        """Read what lies in some balances (`balances`), without a lock."""
        missing = {key for key in keys if key not in self.balances}
        if missing:
            found = balances_of(self.connection, self.running.tables, missing)
            self.balances.update((key, found.get(key, NOTHING)) for key in missing)

    def foresee(self, movements: Iterable[Movements]) -> None:
        """Take movements as made: what is judged next and written with them finds them when its turn comes."""
        for key, deltas in (pair for each in movements for pair in each.balances):
            before = self.foreseen.get(key) or self.balances.get(key)
            if before is not None:
                moved = {measure: before.amount(measure) + delta for measure, delta in deltas.items()}
                self.foreseen[key] = Balance({**before.amounts, **moved})

    def _look_for(self, entity: str, wanted: Sequence[Named]) -> Mapping[Named, str]:
        """The ids of the named records of one entity, as far as the actor may see them."""
        granted = self.policy(entity, "list")
        if not granted.allowed:
            return {}
        where = row_condition(self.connection, self.running, granted, entity, self.actor, self.now)
        texts = [handle for _, handle in wanted if isinstance(handle, str)]
        seen = self._get(entity, texts, where)
        found: dict[Named, str] = {(entity, id): id for id in seen}
        meant = self._named_by(entity, [handle for _, handle in wanted if (entity, handle) not in found])
        seen |= self._get(entity, sorted({id for ids in meant.values() for id in ids}.difference(seen)), where)
        for handle, ids in meant.items():
            visible = [id for id in ids if id in seen]
            found |= {(entity, handle): visible[0]} if len(visible) == 1 else {}
        for record in seen.values():
            self.pool.put(record)
        return found

    def _get(self, entity: str, ids: Sequence[str], where: Sequence[ColumnElement[bool]]) -> dict[str, Record]:
        """The records among these ids that meet a condition."""
        return records.get(self.connection, self.running.tables, entity, ids, where) if ids else {}

    def _named_by(self, entity: str, handles: Sequence[Handle]) -> Mapping[Handle, tuple[str, ...]]:
        """What each handle may mean. A reference in it is found as the actor sees it.

        By a field that the actor may not see in every row nothing is found: its values could be guessed by trying.
        """
        if not handles:
            return {}
        declared, granted = self.running.app.entities[entity], self.policy(entity, "list")
        fields = {handle: unique_field(declared, handle) for handle in handles}
        asked = [handle for handle, name in fields.items() if name is None or open_everywhere(granted, (name,))]

        def references(target: str, texts: Sequence[str]) -> Mapping[str, str]:
            found = self.find((target, text) for text in texts)
            return {text: record.id for (_, text), record in found.items() if isinstance(text, str)}

        return named_by(self.connection, self.running, declared, asked, references, self.actor.language)


def look(site: Site, connection: Connection, actor: Actor, running: Running | None = None) -> View:
    """Begin a view on an open read, of the published package unless another is named."""
    package = running or site.running(connection)
    now = site.clock()
    rows = stored_settings.read(connection) if package.app.settings else ()
    return View(site, connection, package, actor, now, Directory(connection, package, now), rows, Pool(package.app))


def look_again(before: View, connection: Connection) -> View:
    """A view for whoever had one a moment ago: what was found then is not looked for again.

    It is no more than the same judgement made a moment earlier: what has changed since is noticed under lock. What
    was not found is looked for anew, and with another package, other settings or on another day everything is.
    """
    view = look(before.site, connection, before.actor)
    days = {today_in(each.running.app.zone, each.now) for each in (before, view)}
    if view.running is before.running and view.settings_rows == before.settings_rows and len(days) == 1:
        view.pool = before.pool
        view._named = {each: id for each, id in before._named.items() if id is not None}
        view._likely = frozenset(before.lying)  # what was looked at then will be looked at again
    return view

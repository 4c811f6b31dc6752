"""Who people are to a site: the actor behind a session, who holds a role where, who manages whom.

All of it is effective-dated data in ordinary records (`person`, `assignment`), read at every request, so that a role
taken away or a person switched off counts from the next request on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import Connection

from engine.access.actor import Actor, Assignment, RoleAt, roles_on
from engine.entities.record import Record
from engine.operations.site import Running
from engine.operations.time_and_settings import today_in
from engine.storage import records

PERSON, ASSIGNMENT, COMPANY = "person", "assignment", "company"


def actor_of(connection: Connection, running: Running, person: str, now: datetime) -> Actor | None:
    """The actor a person is now: name, language and the roles held today; None when switched off or unknown."""
    record = records.get_one(connection, running.tables, PERSON, person)
    if record is None or record.values.get("active") is False:
        return None
    held = assignments_where(connection, running, "person", person)
    today = today_in(running.app.zone, now)
    roles = everywhere(connection, running, roles_on(held, today))
    companies = sorted({each.company for each in held if each.company is not None and each.holds(today)})
    units = sorted({each.unit for each in roles if each.unit is not None})
    return Actor(
        person=person,
        name=str(record.values.get("name") or record.values.get("code") or person),
        roles=roles,
        company=companies[0] if companies else only_company(connection, running),
        language=str(record.values.get("language") or "zh"),
        zone=running.app.zone,
        unit=units[0] if units else None,
    )


def player(connection: Connection, running: Running, name: str, roles: Iterable[str], language: str) -> Actor:
    """Somebody who is no person of the site: the operator of the machine, a scenario. Holds the roles everywhere."""
    held = everywhere(connection, running, frozenset(RoleAt(role) for role in roles))
    return Actor(name, name, held, only_company(connection, running), language, running.app.zone)


def everywhere(connection: Connection, running: Running, roles: frozenset[RoleAt]) -> frozenset[RoleAt]:
    """A role held without a company is held for every company there is."""
    if all(each.company is not None for each in roles):
        return roles
    companies = [record.id for record in records.list_records(connection, running.tables, COMPANY)]
    spread = {RoleAt(each.role, company, each.unit) for each in roles if each.company is None for company in companies}
    return roles | spread


def only_company(connection: Connection, running: Running) -> str | None:
    """The site's company when there is exactly one."""
    found = records.list_records(connection, running.tables, COMPANY, page=records.Page(2))
    return found[0].id if len(found) == 1 else None


def assignments_where(connection: Connection, running: Running, field: str, value: str) -> tuple[Assignment, ...]:
    """The assignments whose field has a value."""
    where = (records.equals(running.tables, ASSIGNMENT, (field,), value),)
    return tuple(assignment(each) for each in records.list_records(connection, running.tables, ASSIGNMENT, where=where))


def assignment(record: Record) -> Assignment:
    """An assignment record as access understands it."""
    values = record.values
    start, end = values.get("valid_from"), values.get("valid_to")
    return Assignment(
        role=str(values.get("role")),
        company=_text(values.get("company")),
        unit=_text(values.get("org_unit")),
        start=start if isinstance(start, date) else None,
        end=end if isinstance(end, date) else None,
    )


class Directory:
    """The people of a site for the questions workflows ask; read once per submission, and only when asked."""

    def __init__(self, connection: Connection, running: Running, now: datetime) -> None:
        self._connection = connection
        self._running = running
        self._today = today_in(running.app.zone, now)

    @cached_property
    def _records(self) -> Sequence[Record]:
        return records.list_records(self._connection, self._running.tables, ASSIGNMENT)

    @cached_property
    def _switched_off(self) -> frozenset[str]:
        tables, inactive = self._running.tables, False
        where = (records.equals(tables, PERSON, ("active",), inactive),)
        return frozenset(each.id for each in records.list_records(self._connection, tables, PERSON, where=where))

    def actor(self, person: str) -> Actor | None:
        """A person with the roles held today, for the question what somebody else could do; None when switched off."""
        if person in self._switched_off:
            return None
        held = (assignment(each) for each in self._records if each.values.get("person") == person)
        return Actor(person, person, roles_on(held, self._today))

    def holders(self, role: str, company: str | None, unit: str | None) -> tuple[str, ...]:
        """Ids of the persons who hold a role today for a company and unit, in a fixed order."""
        found = {
            str(record.values.get("person"))
            for record in self._records
            if (held := assignment(record)).role == role
            and held.holds(self._today)
            and _covers(held.company, company)
            and _covers(held.unit, unit)
        }
        return tuple(sorted(found))

    def manager(self, person: str) -> str | None:
        """Id of the person's manager: who holds the role `manager` where the person works; None when nobody does."""
        places = [assignment(each) for each in self._records if each.values.get("person") == person]
        for place in places:
            others = [each for each in self.holders("manager", place.company, place.unit) if each != person]
            if others:
                return others[0]
        return None


def names_of(connection: Connection, running: Running, people: Iterable[str]) -> dict[str, str]:
    """The names of persons by id; an id without a record (the engine itself) stays what it is."""
    ids = [each for each in dict.fromkeys(people) if each]
    found = records.get(connection, running.tables, PERSON, ids) if ids else {}
    return {id: str(found[id].values.get("name") or id) if id in found else id for id in ids}


def _covers(held: str | None, wanted: str | None) -> bool:
    """Whether a role held for a company (or unit) counts for the wanted one; None means everywhere."""
    return held is None or wanted is None or held == wanted


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

"""Whoever acts: a person with the roles held today, and how formulas see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.language.types import ChoiceType, RecordType, ReferenceType, TextType


@dataclass(frozen=True, slots=True)
class RoleAt:
    """A role, held for one company and organisation unit, or for all where these are None."""

    role: str
    company: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role given to a person for a time: both days belong to it, a missing day means without end."""

    role: str
    company: str | None = None
    unit: str | None = None
    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the role is held on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work: the roles held now, the company worked in, the language and zone of the screen."""

    person: str
    name: str
    roles: frozenset[RoleAt] = frozenset()
    company: str | None = None
    language: str = "zh"
    zone: str = "UTC"
    unit: str | None = None

    @property
    def role_ids(self) -> frozenset[str]:
        """The ids of the roles, wherever they are held."""
        return frozenset(held.role for held in self.roles)


def roles_on(assignments: Iterable[Assignment], day: date) -> frozenset[RoleAt]:
    """The roles that dated assignments give on a day."""
    return frozenset(RoleAt(each.role, each.company, each.unit) for each in assignments if each.holds(day))


def actor_type() -> RecordType:
    """What `actor` is in a formula: `actor.person`, `actor.company`, `actor.unit`, `actor.name`, `actor.language`.

    In the row formula of a grant, company and unit are those for which the role of that grant is held; a person who
    holds the role for two companies sees the rows of both.
    """
    fields = {
        "person": ReferenceType("person"),
        "company": ReferenceType("company"),
        "unit": ReferenceType("org_unit"),
        "name": TextType(),
        "language": ChoiceType(("zh", "en")),
    }
    return RecordType("actor", fields)


def actor_scope(actor: Actor, held: RoleAt | None = None) -> Mapping[str, object]:
    """The value of `actor` in a scope; with `held` as seen from one role the person has."""
    company = held.company if held is not None and held.company is not None else actor.company
    unit = held.unit if held is not None and held.unit is not None else actor.unit
    return {
        "person": _reference(actor.person),
        "company": _reference(company),
        "unit": _reference(unit),
        "name": actor.name,
        "language": actor.language,
    }


def _reference(identity: str | None) -> Mapping[str, str] | None:
    """A reference as a scope holds it."""
    return None if identity is None else {"id": identity}

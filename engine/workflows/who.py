"""Who may do something or is told about it: a small closed grammar, read at load.

role(keeper)            everyone who holds the role for the document's company and unit
manager_of(applicant)   the manager of whoever made the document
person(checked_by)      the person in a field of the document
applicant               whoever made the document
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from engine.entities.task import MayAct
from engine.language.scope import suggestion


class Assigned(Protocol):
    """A role that a person holds: for one company and unit, or for all where these are None."""

    @property
    def role(self) -> str:
        """Id of the role."""

    @property
    def company(self) -> str | None:
        """Id of the company, None for all."""

    @property
    def unit(self) -> str | None:
        """Id of the organisation unit, None for all."""


class Acting(Protocol):
    """Whoever acts: what workflows need to know of an actor."""

    @property
    def person(self) -> str:
        """Id of the person."""

    @property
    def roles(self) -> Iterable[Assigned]:
        """The roles that the person holds now."""


class Directory(Protocol):
    """The people of the site, as data read beforehand: who holds a role, who manages whom."""

    def holders(self, role: str, company: str | None, unit: str | None) -> tuple[str, ...]:
        """Ids of the persons who hold a role for a company and unit, in a fixed order."""

    def manager(self, person: str) -> str | None:
        """Id of the person's manager, or None."""


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """`role(x)`."""

    role: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"role({self.role})"

    def includes(self, actor: Acting, document: Subject) -> bool:
        """Whether the actor holds the role where the document belongs."""
        return any(assigned.role == self.role and document.within(assigned) for assigned in actor.roles)

    def people(self, document: Subject) -> tuple[str, ...]:
        """Everyone who holds the role where the document belongs."""
        return document.directory.holders(self.role, document.company, document.unit) if document.directory else ()


@dataclass(frozen=True, slots=True)
class Applicant:
    """`applicant`: whoever made the document."""

    text: str = "applicant"

    def includes(self, actor: Acting, document: Subject) -> bool:
        """Whether the actor made the document; a document not yet saved is made by whoever acts."""
        return document.applicant in (None, actor.person)

    def people(self, document: Subject) -> tuple[str, ...]:
        """The maker of the document."""
        return (document.applicant,) if document.applicant else ()


@dataclass(frozen=True, slots=True)
class PersonIn:
    """`person(field)`."""

    field: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"person({self.field})"

    def includes(self, actor: Acting, document: Subject) -> bool:
        """Whether the actor is the person in the field."""
        return actor.person in self.people(document)

    def people(self, document: Subject) -> tuple[str, ...]:
        """The person in the field."""
        person = identity(document.scope.get(self.field))
        return (person,) if person else ()


@dataclass(frozen=True, slots=True)
class ManagerOf:
    """`manager_of(applicant)` or `manager_of(field)`."""

    of: str

    @property
    def text(self) -> str:
        """As it is written."""
        return f"manager_of({self.of})"

    def includes(self, actor: Acting, document: Subject) -> bool:
        """Whether the actor is that manager."""
        return actor.person in self.people(document)

    def people(self, document: Subject) -> tuple[str, ...]:
        """The manager, if there is one."""
        base = Applicant() if self.of == "applicant" else PersonIn(self.of)
        if document.directory is None:
            return ()
        managers = (document.directory.manager(person) for person in base.people(document))
        return tuple(manager for manager in managers if manager)


@dataclass(frozen=True, slots=True)
class Subject:
    """The document that a question about people is about.

    `scope` has its values; `within_unit(unit, of)` says whether an organisation unit lies inside another.
    """

    scope: Mapping[str, object]
    applicant: str | None = None
    company: str | None = None
    unit: str | None = None
    directory: Directory | None = None
    within_unit: Callable[[str, str], bool] = str.__eq__

    def within(self, assigned: Assigned) -> bool:
        """Whether a role is held where this document belongs; a document without company or unit belongs everywhere."""
        return holds_in(assigned, self.company, self.unit, self.within_unit)


def holds_in(
    assigned: Assigned,
    company: str | None,
    unit: str | None,
    within_unit: Callable[[str, str], bool] = str.__eq__,
) -> bool:
    """Whether a role is held for a company and unit; None on either side means everywhere."""
    here = None in (assigned.company, company) or assigned.company == company
    if assigned.unit is None or unit is None:
        return here
    return here and within_unit(unit, assigned.unit)


AnyWho = RoleHolder | ManagerOf | PersonIn | Applicant


def may_act(who: AnyWho, document: Subject) -> tuple[MayAct, ...]:
    """Who may act, as a task keeps it: a role with the place where it must be held, or the persons named."""
    if isinstance(who, RoleHolder):
        return (MayAct(who.role, document.company, document.unit),)
    return tuple(MayAct(person=person) for person in who.people(document))


def is_among(asked: Iterable[MayAct], actor: Acting) -> bool:
    """Whether an actor is one of those who may act."""
    return any(
        actor.person == each.person
        or any(held.role == each.role and holds_in(held, each.company, each.unit) for held in actor.roles)
        for each in asked
    )


_FORMS: Mapping[str, Callable[[str], AnyWho]] = {"role": RoleHolder, "manager_of": ManagerOf, "person": PersonIn}
_GRAMMAR = re.compile(r"\s*([a-z_]+)\s*\(\s*([a-z][a-z0-9_]{0,62})\s*\)\s*")
ALLOWED = ("role(…)", "manager_of(applicant)", "manager_of(field)", "person(field)", "applicant")


def read_who(text: str) -> AnyWho | None:
    """The closed object a text says; None when it is no such text."""
    if text.strip() == "applicant":
        return Applicant()
    found = _GRAMMAR.fullmatch(text)
    make = _FORMS.get(found.group(1)) if found else None
    return make(found.group(2)) if found and make else None


def identity(value: object) -> str | None:
    """The id of a reference, however the scope holds it: as a mapping or as the bare id."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else None


def roles_in(allowed: Iterable[AnyWho]) -> Iterator[str]:
    """The roles that are named."""
    return (who.role for who in allowed if isinstance(who, RoleHolder))


class WhoText:
    """Pydantic annotation: a text of the grammar above, kept as its closed object."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated, serialization=core_schema.plain_serializer_function_ser_schema(lambda who: who.text)
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, object]:
        return {"type": "string", "examples": ["role(keeper)", "manager_of(applicant)", "person(checked_by)"]}


Who = Annotated[AnyWho, WhoText()]
"""What a YAML key that names people takes."""


def _validated(value: object) -> AnyWho:
    """The closed object of a YAML value; refusals name the allowed forms and the nearest word."""
    if isinstance(value, RoleHolder | ManagerOf | PersonIn | Applicant):
        return value
    found = read_who(value) if isinstance(value, str) else None
    if found is None:
        word = str(value).partition("(")[0].strip()
        meant = suggestion(word, ["role", "manager_of", "person", "applicant"])
        parameters = {"text": str(value), "allowed": ALLOWED, "meant": meant}
        raise PydanticCustomError("formwork", "", {"code": "WFL-110", "parameters": parameters})
    return found

"""Roles over a small entity, read and bound as the loader does it."""

from collections.abc import Callable

import pytest

from engine.access.actor import Actor, RoleAt, actor_type
from engine.access.schema import Role
from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import DecimalType, RecordType, ReferenceType, RowsType, TextType

LINE = RecordType("line", {"price": DecimalType(), "note": TextType()})
SCOPE = Scope(
    {
        "company": ReferenceType("company"),
        "created_by": ReferenceType("person"),
        "total": DecimalType(),
        "note": TextType(),
        "lines": RowsType(LINE),
        "actor": actor_type(),
    },
    {name: RecordType(name, {"name": TextType()}) for name in ("company", "person", "org_unit")},
)


def read_role(text: str) -> tuple[Role | None, tuple[Problem, ...]]:
    node, problems = read_source("roles/x.yaml", text)
    assert node is not None, problems
    role, problems = validate(Role, node)
    if role is None:
        return None, problems
    return role, tuple(problem for grant in role.grants for problem in grant.bind(SCOPE))


@pytest.fixture(scope="session")
def role() -> Callable[[str], tuple[Role | None, tuple[Problem, ...]]]:
    return read_role


@pytest.fixture(scope="session")
def roles() -> Callable[..., dict[str, Role]]:
    """roles(buyer="{…grant…}, {…}") makes bound roles of the grants written."""

    def make(**grants: str) -> dict[str, Role]:
        made = {}
        for name, text in grants.items():
            found, problems = read_role(f"role: {name}\nlabel: {{zh: {name}员, en: {name.title()}}}\ngrants: [{text}]")
            assert found is not None, problems
            assert not problems, problems
            made[name] = found
        return made

    return make


@pytest.fixture(scope="session")
def actor() -> Callable[..., Actor]:
    """actor("buyer", ("keeper", "c1")): a person who holds roles, everywhere or for a company."""

    def make(*held: str | tuple[str, ...], company: str | None = "home") -> Actor:
        roles = frozenset(RoleAt(*((each,) if isinstance(each, str) else each)) for each in held)
        return Actor("ann", "Ann", roles, company)

    return make

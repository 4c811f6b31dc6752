"""A receipt's life with every kind of step, read and bound as the loader does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.entities.record import Record
from engine.language.declared import validate
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import (
    DateType,
    DecimalType,
    InstantType,
    QuantityType,
    RecordType,
    ReferenceType,
    RowsType,
    TextType,
)
from engine.workflows.schema import Workflow

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
PERSON = RecordType("person", {"name": TextType()})
BATCH = RecordType(
    "batch",
    {
        "id": TextType(),
        "item": ReferenceType("item"),
        "code": TextType(),
        "last_day": DateType(),
        "held": QuantityType("item.unit"),
        "tests": RowsType(RecordType("tests", {})),
    },
)
LINE = RecordType(
    "lines",
    {
        "id": TextType(),
        "item": ReferenceType("item"),
        "quantity": QuantityType("item.unit"),
        "batch_code": TextType(),
        "last_day": DateType(),
        "batch": ReferenceType("batch"),
    },
)
SCOPE = Scope(
    {
        "number": TextType(),
        "total": DecimalType(),
        "due_on": DateType(),
        "due_at": InstantType(),
        "checked_by": ReferenceType("person"),
        "note": TextType(),
        "pallet": ReferenceType("batch"),
        "lines": RowsType(LINE),
        "actor": RecordType("actor", {"person": ReferenceType("person")}),
    },
    {"person": PERSON, "batch": BATCH, "item": RecordType("item", {"unit": TextType()})},
)
RECEIPT = """
workflow: receipt
states:
  - {id: draft, label: {zh: 草稿, en: draft}, editable: true}
  - {id: review, label: {zh: 待审, en: in review}}
  - {id: posted, label: {zh: 已过账, en: posted}, final: true}
  - {id: expired, final: true}
transitions:
  - {id: submit, from: draft, to: review, steps: [{deadline: slow, after: 72h, then: lapse}]}
  - id: post
    label: {zh: 过账, en: Post}
    from: [draft, review]
    to: posted
    who: [role(keeper), person(checked_by), manager_of(applicant)]
    when: total > 0
    message: {zh: 没有金额, en: There is no amount}
    numbers: true
    posts: [goods_in]
    confirm: {zh: 确定过账？, en: Post it?}
    steps:
      - {assign: checked_by, to: actor.person}
      - {notify: mail, to: [role(keeper), applicant], text: {zh: "{number} 已入库", en: "{number} is in stock"}}
  - {id: lapse, from: review, to: expired, who: role(nobody)}
"""


@dataclass(frozen=True)
class Role:
    role: str
    company: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Person:
    person: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class People:
    keepers: tuple[str, ...] = ("kim", "lee")
    managers: dict[str, str] = field(default_factory=lambda: {"ann": "max"})

    def holders(self, role: str, company: str | None, unit: str | None) -> tuple[str, ...]:
        return self.keepers if role == "keeper" else ()

    def manager(self, person: str) -> str | None:
        return self.managers.get(person)


@dataclass
class Read:
    workflow: Workflow | None
    problems: tuple[Problem, ...]

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


@pytest.fixture(scope="session")
def read() -> Callable[[str], Read]:
    def make(text: str) -> Read:
        node, problems = read_source("workflows/receipt.yaml", text)
        assert node is not None, problems
        assert not problems, problems
        found, problems = validate(Workflow, node)
        return Read(found, problems if found is None else tuple(found.bind(SCOPE)))

    return make


@pytest.fixture(scope="session")
def receipt(read: Callable[[str], Read]) -> Workflow:
    found = read(RECEIPT)
    assert found.workflow is not None, found.problems
    assert not found.problems, found.problems
    return found.workflow


@pytest.fixture
def record() -> Callable[..., Record]:
    def make(state: str = "draft", **values: Any) -> Record:
        return Record("receipt", "r1", 3, values, state, "GR1", created_by="ann", changed_by="bob", changed_at=NOW)

    return make


@pytest.fixture
def person() -> Callable[..., Person]:
    """person("kim", "keeper") or person("kim", ("keeper", "company", "unit"))."""
    return lambda name, *roles: Person(
        name, tuple(Role(*((each,) if isinstance(each, str) else each)) for each in roles)
    )


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def now() -> datetime:
    return NOW

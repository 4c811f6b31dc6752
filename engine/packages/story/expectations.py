"""What must be true at the end of a story, under `then`: a new kind is one class and one line of `Expectations`.

An expectation is told by the key that is present: `{of: enter, state: posted}` is an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, get_args

from pydantic import Discriminator, Field, StringConstraints, Tag

from engine.language.declared import Declared, FieldPath, Identifier, Label
from engine.language.problems import Problem
from engine.packages.story.acts import RECORDS, Somebody
from engine.packages.story.cast import Cast

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-\d{3}$")]
Count = Annotated[int, Field(ge=0)]
RowPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(\.\d{1,4}\.[a-z][a-z0-9_]{0,62})?$")]


class Expectation(Somebody):
    """One thing that must be true. `word` is the key that tells the kind."""

    word: ClassVar[str]
    example: ClassVar[str]
    must_be_named: ClassVar[bool] = False

    id: Identifier | None = Field(default=None, description="Name of the expectation")

    @property
    def step(self) -> str | None:
        """The step it speaks of; None where it is about what there is at the end."""
        return None

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Everything it names that is not there, and keys that say nothing here."""
        raise NotImplementedError

    def only(self, allowed: tuple[str, ...], word: str) -> Iterator[Problem]:
        """PKG-313 for each key that is written and says nothing about what the expectation is about."""
        for key in self.model_fields_set - {"id", *allowed}:
            written = type(self).model_fields[key].alias or key
            yield Problem("PKG-313", {"key": written, "word": word}, self.key_place(written))


class Outcome(Expectation):
    """What a step came to: refused or not, what was said, and the record as it is at the end; or what was seen."""

    word: ClassVar[str] = "of"
    example: ClassVar[str] = '{of: enter, state: posted, values: {total: "12.00"}}'

    of: Identifier = Field(description="The step")
    refused: tuple[Code, ...] | None = Field(default=None, description="It was refused with exactly these codes")
    warned: tuple[Code, ...] | None = Field(default=None, description="It went through with exactly these warnings")
    at: tuple[RowPath, ...] | None = Field(
        default=None, description="The refusal or warning is about exactly these fields: [supplier, lines.0.quantity]"
    )
    says: Label | None = Field(default=None, description="Text that a refusal or warning contains, in each language")
    state: Identifier | None = Field(default=None, description="State of the record after the step")
    ends: Identifier | None = Field(default=None, description="State of the record at the end of the story")
    number: str | None = Field(default=None, description="Number it was given")
    values: dict[str, Any] = Field(default={}, description="Values it has, written as people type them")
    visible: tuple[FieldPath, ...] = Field(default=(), description="`open`: fields that were seen")
    hidden: tuple[FieldPath, ...] = Field(default=(), description="`open`: fields that were not seen")
    count: Count | None = Field(default=None, description="`open` of a list: how many records were seen")

    @property
    def step(self) -> str:
        """The step."""
        return self.of

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The step, its codes, and what can be said about a step of its sort."""
        yield from cast.step(self.of, self.place_at("of"))
        yield from cast.codes(self, "refused")
        yield from cast.codes(self, "warned")
        told = cast.steps.get(self.of)
        if told is None:
            return
        entity = cast.entity_of(self.of)
        yield from self.only(("of", *SAID_OF.get(told.word, ("refused", "says"))), told.word)
        yield from cast.fields(entity, self, "values")
        yield from cast.field_paths(entity, self, "at")
        yield from cast.field_paths(entity, self, "visible")
        yield from cast.field_paths(entity, self, "hidden")
        workflow = cast.app.workflows.get(entity or "")
        if workflow is not None:
            known = [each.id for each in workflow.states]
            yield from cast.known("state", self.state, known, self.place_at("state"))
            yield from cast.known("state", self.ends, known, self.place_at("ends"))


SAID_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(RECORDS, ("refused", "warned", "at", "says", "state", "ends", "number", "values")),
    "open": ("refused", "says", "visible", "hidden", "count"),
    "wake": (),
}
"""What can be said about a step, by its word; about any other only that it was refused and what was said."""


class Imported(Expectation):
    """What an import came to: how many documents were made, changed, refused, and for which reasons."""

    word: ClassVar[str] = "imported"
    example: ClassVar[str] = "{imported: bring, created: 9, refused: 1, reasons: [IMP-104]}"

    imported: Identifier = Field(description="The step")
    created: Count | None = Field(default=None, description="New documents")
    changed: Count | None = Field(default=None, description="Documents that got other values")
    unchanged: Count | None = Field(default=None, description="Documents that were there already")
    passed_over: Count | None = Field(default=None, description="Rows that are not meant")
    refused: Count | None = Field(default=None, description="Documents that were not taken")
    reasons: tuple[Code, ...] | None = Field(default=None, description="Exactly these codes were the reasons")
    says: Label | None = Field(default=None, description="Text that one of the reasons contains, in each language")

    @property
    def step(self) -> str:
        """The step."""
        return self.imported

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The step is an import, and the codes exist."""
        yield from cast.step(self.imported, self.place_at("imported"), ("import",))
        yield from cast.codes(self, "reasons")


class Balance(Expectation):
    """What lies in a ledger, exactly. A dimension that is not stated has its default, or any value if it has none."""

    word: ClassVar[str] = "ledger"
    example: ClassVar[str] = '{ledger: stock, grain: cell, key: {item: FLOUR}, amounts: {quantity: "25.000"}}'

    ledger: Identifier = Field(description="Ledger whose balance is looked at")
    grain: Identifier = Field(description="Grain of the balance")
    key: dict[Identifier, Any] = Field(default={}, description="Dimensions; references as codes, null for none")
    amounts: dict[Identifier, Any] = Field(default={}, description="The exact amounts by measure")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The ledger, its grain, the grain's dimensions, the measures."""
        yield from cast.known("ledger", self.ledger, cast.app.ledgers, self.place_at("ledger"))
        ledger = cast.app.ledgers.get(self.ledger)
        if ledger is None:
            return
        yield from cast.known("grain", self.grain, [each.id for each in ledger.kept], self.place_at("grain"))
        grain = ledger.grain(self.grain)
        for name in self.key if grain is not None else ():
            yield from cast.known("dimension", name, grain.by if grain else (), self.key_place("key", name))
        for name in self.amounts:
            known = [each.id for each in ledger.measures]
            yield from cast.known("measure", name, known, self.key_place("amounts", name))


class ReportRows(Expectation):
    """What somebody sees in a report: rows, how many, which columns; or that it may not be run."""

    word: ClassVar[str] = "report"
    example: ClassVar[str] = "{report: stock, by: keeper, where: {item: FLOUR}, rows: [{quantity: 25}]}"

    report: Identifier = Field(description="The report")
    where: dict[Identifier, Any] = Field(default={}, description="Only rows whose columns have these values")
    rows: tuple[dict[Identifier, Any], ...] | None = Field(
        default=None, description="Exactly these rows, in their order; only the columns written are compared"
    )
    count: Count | None = Field(default=None, description="How many rows")
    visible: tuple[Identifier, ...] = Field(default=(), description="Columns that are there")
    hidden: tuple[Identifier, ...] = Field(default=(), description="Columns that are not there for this person")
    refused: tuple[Code, ...] | None = Field(default=None, description="It was refused with exactly these codes")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the report, its columns; and that anything is expected of it."""
        yield from self.check_who(cast)
        yield from cast.known("report", self.report, cast.app.reports, self.place_at("report"))
        yield from cast.columns(self.report, self, "where", "rows", "visible", "hidden")
        yield from cast.codes(self, "refused")
        if not self.model_fields_set & {"rows", "count", "visible", "hidden", "refused"}:
            yield Problem("PKG-315", {"word": self.word, "keys": ("rows", "count", "visible")}, self.place)


class AlertRows(Expectation):
    """What stands at a level of an alert, as somebody sees it under the grants of its report; `level` is a column."""

    word: ClassVar[str] = "alert"
    example: ClassVar[str] = "{alert: near_expiry, as: ann, rows: [{level: last, item: FLOUR}]}"

    alert: Identifier = Field(description="The alert")
    where: dict[Identifier, Any] = Field(default={}, description="Only rows whose columns have these values")
    rows: tuple[dict[Identifier, Any], ...] | None = Field(
        default=None, description="Exactly these rows, the narrowest level first; only what is written is compared"
    )
    count: Count | None = Field(default=None, description="How many rows")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the alert, its columns; and that anything is expected of it."""
        yield from self.check_who(cast)
        yield from cast.known("alert", self.alert, cast.app.alerts, self.place_at("alert"))
        alert = cast.app.alerts.get(self.alert)
        if alert is not None and alert.on.report is not None:
            yield from cast.columns(alert.on.report, self, "where", "rows", besides=(LEVEL,))
        if not self.model_fields_set & {"rows", "count"}:
            yield Problem("PKG-315", {"word": self.word, "keys": ("rows", "count")}, self.place)


LEVEL = "level"
"""The column in which an alert tells the level of a row."""


class Sent(Declared):
    """Which messages are meant: to whom, and what their texts contain."""

    to: Identifier | None = Field(default=None, description="Log-in of a person it is addressed to")
    subject: str | None = Field(default=None, description="Text that the heading contains")
    text: str | None = Field(default=None, description="Text that the message contains")
    channel: Identifier | None = Field(default=None, description="Channel it goes by")


class Notices(Expectation):
    """Which messages were sent during the story."""

    word: ClassVar[str] = "notices"
    example: ClassVar[str] = "{notices: {to: buyer, subject: stock}, count: 1}"

    notices: Sent = Field(description="Which messages are meant; {} is all")
    count: Count | None = Field(default=None, description="How many of them; default: at least one")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The person exists."""
        yield from self.only(("notices", "count"), self.word)
        yield from cast.known("log-in", self.notices.to, sorted(cast.logins), self.notices.place_at("to"))


class Why(Expectation):
    """The explanation of a step's document names these rules or draws, with file and line, and what they saw."""

    word: ClassVar[str] = "why"
    example: ClassVar[str] = '{why: enter, names: [total], values: {"lines.amount": "12.00"}}'

    why: Identifier = Field(description="The step, done or refused")
    names: tuple[Identifier, ...] = Field(
        description="Rules, draws, transitions and steps of flows that had a say", min_length=1
    )
    values: dict[str, Any] = Field(default={}, description="What they saw, by the names in their formulas")

    @property
    def step(self) -> str:
        """The step."""
        return self.why

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The step left a record, and its entity has these rules."""
        yield from self.check_who(cast)
        yield from cast.step(self.why, self.place_at("why"), ("entity", "document", "convert"))
        entity = cast.entity_of(self.why)
        if entity is None:
            return
        rules, workflow = cast.app.rules.get(entity), cast.app.workflows.get(entity)
        known = [each.id for each in rules.items] if rules is not None else []
        known += [each.id for each in workflow.transitions] if workflow is not None else []
        known += (
            [str(getattr(step, step.word)) for flow in workflow.flows for step in flow.every_step] if workflow else []
        )
        known += [draw.id for ledger in cast.app.ledgers.values() for draw in ledger.draws]
        for position, name in enumerate(self.names):
            yield from cast.known("rule", name, known, self.place_at("names", position))


Expectations = (
    Annotated[Outcome, Tag("of")]
    | Annotated[Imported, Tag("imported")]
    | Annotated[Balance, Tag("ledger")]
    | Annotated[ReportRows, Tag("report")]
    | Annotated[Notices, Tag("notices")]
    | Annotated[Why, Tag("why")]
    | Annotated[AlertRows, Tag("alert")]
)

WORDS: tuple[str, ...] = tuple(get_args(kind)[0].word for kind in get_args(Expectations))


def word_of(value: object) -> str | None:
    """The word that tells the kind of an expectation; None when no key is one."""
    if isinstance(value, Expectation):
        return value.word
    return next((key for key in value if key in WORDS), None) if isinstance(value, Mapping) else None


AnyExpectation = Annotated[
    Expectations,
    Discriminator(
        word_of,
        custom_error_type="step_word",
        custom_error_message="an expectation begins with one of the words {words}",
        custom_error_context={"words": ", ".join(WORDS)},
    ),
]
"""Anything that can be expected."""

"""What can happen in a story, under `when`: a new kind is one class and one line of `Acts`.

An act is told by the key that is present: `{id: enter, by: keeper, entity: goods_receipt, …}` is an `Enter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Discriminator, Field, Tag

from engine.language.declared import Declared, Identifier
from engine.language.problems import Problem
from engine.packages.story.cast import Cast, Told
from engine.packages.story.clock import Clock

FILE_FOLDERS = ("scenarios/files", "docs/samples")
"""Folders of a package in which the files lie that a story imports."""

RECORDS = ("given", "entity", "document", "convert")
"""Words of the steps that leave a record behind."""


class Somebody(Declared):
    """Who does something: anybody who holds a role everywhere (`by`), or a seeded person as they are (`as`)."""

    by: Identifier | None = Field(default=None, description="Role: somebody who holds it everywhere, and no other")
    login: Identifier | None = Field(
        default=None, alias="as", description="Log-in: a seeded person with that person's own assignments"
    )

    must_be_named: ClassVar[bool] = True
    """Without `by` and `as` it is whoever may do all; where it matters who it is, one of them has to be there."""

    def check_who(self, cast: Cast) -> Iterator[Problem]:
        """PKG-311 unless it is said in one way who it is; PKG-310 for a role or a person that there is not."""
        said = [each for each in (self.by, self.login) if each is not None]
        if len(said) > 1 or (self.must_be_named and not said):
            yield Problem("PKG-311", {}, self.key_place("as") if len(said) > 1 else self.place)
        yield from cast.known("role", self.by, cast.app.roles, self.place_at("by"))
        yield from cast.known("log-in", self.login, sorted(cast.logins), self.place_at("as"))


class Act(Somebody):
    """One thing that happens. `word` is the key that tells the kind."""

    word: ClassVar[str]
    example: ClassVar[str]

    id: Identifier = Field(description="Name by which `then` and later steps speak of it")
    at: Clock | None = Field(default=None, description="When; default: as the step before")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Everything it names that is not there."""
        raise NotImplementedError

    def told(self, cast: Cast) -> Told:
        """What later steps know of it."""
        return Told(self.word)


class Enter(Act):
    """Somebody types a new record, and may take a transition with it at once."""

    word: ClassVar[str] = "entity"
    example: ClassVar[str] = "{id: enter, by: keeper, entity: order, values: {item: BREAD}, transition: post}"

    entity: Identifier = Field(description="Entity of the new record")
    values: dict[str, Any] = Field(default={}, description="What is typed; references as codes")
    transition: Identifier | None = Field(default=None, description="Transition taken; default: only saved")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the entity, its fields, the transition."""
        yield from self.check_who(cast)
        yield from cast.known("entity", self.entity, cast.app.entities, self.place_at("entity"))
        entity = self.entity if self.entity in cast.app.entities else None
        yield from cast.fields(entity, self, "values")
        yield from cast.transition(entity, self.transition, self.place_at("transition"))

    def told(self, cast: Cast) -> Told:
        """A record of the entity."""
        return Told(self.word, self.entity)


class GoOn(Act):
    """Somebody goes on with a record of an earlier step: changes it, moves it on, or decides about it."""

    word: ClassVar[str] = "document"
    example: ClassVar[str] = "{id: back, by: finance, document: enter, transition: reverse}"

    document: Identifier = Field(description="The earlier record, by its id in the story")
    values: dict[str, Any] = Field(default={}, description="What is changed; lines by their position")
    transition: Identifier | None = Field(default=None, description="Transition taken; default: only saved")
    decide: Literal["approve", "reject"] | None = Field(default=None, description="Or the answer to its open task")
    opinion: str = Field(default="", description="What is said about the decision")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the earlier record, its fields, the transition."""
        yield from self.check_who(cast)
        yield from cast.step(self.document, self.place_at("document"), RECORDS)
        entity = cast.entity_of(self.document)
        yield from cast.fields(entity, self, "values")
        yield from cast.transition(entity, self.transition, self.place_at("transition"))

    def told(self, cast: Cast) -> Told:
        """The same record."""
        return Told(self.word, cast.entity_of(self.document))


class Convert(Act):
    """Somebody begins a document from an earlier one by a conversion, as its button does, and may change it."""

    word: ClassVar[str] = "convert"
    example: ClassVar[str] = "{id: receipt, by: keeper, convert: receive, from: order, transition: post}"

    convert: Identifier = Field(description="Conversion by which it is begun")
    source: Identifier = Field(alias="from", description="The earlier record, by its id in the story")
    values: dict[str, Any] = Field(
        default={}, description="What is typed over what the conversion fills in; lines by their position"
    )
    transition: Identifier | None = Field(default=None, description="Transition taken; default: only saved")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the conversion, the earlier record, the fields and the transition of what is begun."""
        yield from self.check_who(cast)
        yield from cast.known("conversion", self.convert, cast.app.conversions, self.place_at("convert"))
        yield from cast.step(self.source, self.place_at("from"), RECORDS)
        yield from cast.fields(self._target(cast), self, "values")
        yield from cast.transition(self._target(cast), self.transition, self.place_at("transition"))

    def told(self, cast: Cast) -> Told:
        """A record of the entity that the conversion leads to."""
        return Told(self.word, self._target(cast))

    def _target(self, cast: Cast) -> str | None:
        found = cast.app.conversions.get(self.convert)
        return found.target if found is not None else None


class Wake(Act):
    """Everything that is due by then happens by itself: deadlines, schedules, alerts, messages."""

    word: ClassVar[str] = "wake"
    example: ClassVar[str] = '{id: morning, wake: true, at: "+1d 06:00"}'
    must_be_named: ClassVar[bool] = False

    wake: Literal[True] = Field(description="true: run everything that is due")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Nobody does it."""
        if self.by is not None or self.login is not None:
            yield Problem("PKG-313", {"key": "by" if self.by is not None else "as", "word": self.word}, self.place)


class SetSetting(Act):
    """Somebody gives a setting a value from a day on, everywhere or for one company, unit or place."""

    word: ClassVar[str] = "set"
    example: ClassVar[str] = "{id: earlier, by: manager, set: warn_days, to: 45, for: BKY}"
    must_be_named: ClassVar[bool] = False

    set: Identifier = Field(description="Setting that gets a value")
    to: Any = Field(default=None, description="The value, as people type it")
    start: Clock | None = Field(default=None, alias="from", description="Day from which it counts; default: that day")
    scope: str | None = Field(
        default=None, alias="for", description="Code of the company, unit or place; default: everywhere"
    )

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the setting, and that it may be given a value there."""
        yield from self.check_who(cast)
        yield from cast.known("setting", self.set, cast.app.settings, self.place_at("set"))
        declared = cast.app.settings.get(self.set)
        if self.scope is not None and declared is not None and declared.scope == "everywhere":
            yield Problem("PKG-316", {"name": self.set}, self.key_place("for"))


class Import(Act):
    """Somebody imports a file of the package through a mapping."""

    word: ClassVar[str] = "import"
    example: ClassVar[str] = "{id: bring, by: manager, import: goods, file: goods.csv}"
    must_be_named: ClassVar[bool] = False

    mapping: Identifier = Field(alias="import", description="Mapping through which the file is read")
    file: str = Field(description="File below scenarios/files or docs/samples of this package")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, the mapping, the file."""
        yield from self.check_who(cast)
        yield from cast.known("mapping", self.mapping, cast.app.mappings, self.place_at("import"))
        yield from cast.known("file", self.file, sorted(importable(cast.files)), self.place_at("file"))


class Repeat(Act):
    """The very same request once more, as after a double click: it must be answered again and do nothing."""

    word: ClassVar[str] = "repeat"
    example: ClassVar[str] = "{id: again, repeat: enter}"
    must_be_named: ClassVar[bool] = False

    repeat: Identifier = Field(description="The earlier step")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """The step was told before and is one that can be repeated; whoever did it repeats it."""
        if self.by is not None or self.login is not None:
            yield Problem("PKG-313", {"key": "by" if self.by is not None else "as", "word": self.word}, self.place)
        yield from cast.step(self.repeat, self.place_at("repeat"), ("entity", "document", "convert", "import"))

    def told(self, cast: Cast) -> Told:
        """The same as the step that is repeated."""
        return cast.steps.get(self.repeat, Told(self.word))


class Open(Act):
    """Somebody looks at the list of an entity, or opens one record of it."""

    word: ClassVar[str] = "open"
    example: ClassVar[str] = "{id: look, by: seller, open: item, record: FLOUR}"

    open: Identifier = Field(description="Entity that is looked at")
    record: str | None = Field(default=None, description="Record: an earlier step or a code; default: the list")

    def check(self, cast: Cast) -> Iterator[Problem]:
        """Who, and the entity."""
        yield from self.check_who(cast)
        yield from cast.known("entity", self.open, cast.app.entities, self.place_at("open"))

    def told(self, cast: Cast) -> Told:
        """Something of the entity was looked at."""
        return Told(self.word, self.open)


def importable(files: Iterable[str]) -> Mapping[str, str]:
    """The files that a story may import: the name it says → the path inside the package."""
    return {
        path.removeprefix(f"{folder}/"): path
        for folder in reversed(FILE_FOLDERS)
        for path in files
        if path.startswith(f"{folder}/")
    }


Acts = (
    Annotated[Enter, Tag("entity")]
    | Annotated[GoOn, Tag("document")]
    | Annotated[Convert, Tag("convert")]
    | Annotated[Wake, Tag("wake")]
    | Annotated[SetSetting, Tag("set")]
    | Annotated[Import, Tag("import")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[Open, Tag("open")]
)

WORDS: tuple[str, ...] = tuple(get_args(kind)[0].word for kind in get_args(Acts))


def word_of(value: object) -> str | None:
    """The word that tells the kind of an act; None when no key is one."""
    if isinstance(value, Act):
        return value.word
    return next((key for key in value if key in WORDS), None) if isinstance(value, Mapping) else None


AnyAct = Annotated[
    Acts,
    Discriminator(
        word_of,
        custom_error_type="step_word",
        custom_error_message="a step begins with one of the words {words}",
        custom_error_context={"words": ", ".join(WORDS)},
    ),
]
"""Anything that can happen."""

"""What a DMN file says (DMN 1.5, chapters 6 to 8), as far as decisions are made of it; not yet understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.language.problems import Place


@dataclass(frozen=True, slots=True)
class Written:
    """FEEL text and where it stands."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A named type: another one (`type`) or a structure, a collection or not, with allowed values or without."""

    name: str
    place: Place
    type: str | None = None
    components: tuple[ItemDefinition, ...] = ()
    is_collection: bool = False
    allowed: Written | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal expression."""

    text: Written


@dataclass(frozen=True, slots=True)
class InputClause:
    """A column of conditions."""

    expression: Written
    type: str | None
    allowed: Written | None
    label: str | None


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A column of results."""

    name: str | None
    type: str | None
    values: Written | None
    default: Written | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A rule of a decision table."""

    tests: tuple[Written, ...]
    results: tuple[Written, ...]
    place: Place
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table; `hit` is the letter of its hit policy, with the sign of its aggregation."""

    hit: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rows: tuple[Row, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a boxed context (without a name: its result), or a binding of an invocation."""

    name: str | None
    type: str | None
    expression: Boxed
    place: Place


@dataclass(frozen=True, slots=True)
class BoxedContext:
    """A boxed context."""

    entries: tuple[Entry, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Invocation:
    """A boxed invocation of a business knowledge model."""

    function: Written
    bindings: tuple[Entry, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class BoxedConditional:
    """A boxed conditional (DMN 1.4)."""

    condition: Boxed
    then: Boxed
    otherwise: Boxed
    place: Place


@dataclass(frozen=True, slots=True)
class BoxedList:
    """A boxed list."""

    items: tuple[Boxed, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Unread:
    """An expression of a sort that is not read, by the name of its element; or none at all."""

    element: str
    place: Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a business knowledge model."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class KnowledgeModel:
    """A business knowledge model, or a function in a context: parameters and logic."""

    id: str
    name: str
    type: str | None
    parameters: tuple[Parameter, ...]
    logic: Boxed
    place: Place


Boxed = Literal | DecisionTable | BoxedContext | Invocation | BoxedConditional | BoxedList | KnowledgeModel | Unread


@dataclass(frozen=True, slots=True)
class InputData:
    """What a decision is asked with."""

    id: str
    name: str
    type: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: the ids of what it needs, and its logic."""

    id: str
    name: str
    type: str | None
    needs: tuple[str, ...]
    logic: Boxed
    place: Place


@dataclass(frozen=True, slots=True)
class Definitions:
    """All of a file; `left_out` are elements that say something which is not read, each with its place."""

    name: str
    place: Place
    types: tuple[ItemDefinition, ...] = ()
    inputs: tuple[InputData, ...] = ()
    decisions: tuple[Decision, ...] = ()
    models: tuple[KnowledgeModel, ...] = ()
    left_out: tuple[Unread, ...] = field(default=())

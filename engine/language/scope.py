"""What a formula may see where it stands: names with their types, entities that paths run through, functions.

`Scope.resolve` follows a dotted path and says what is found there, or where it got lost. Units and currencies that a
field reads from its own record are rewritten to the place they were found at: the quantity of a line declared with
unit `item.unit` is, at `line.quantity`, a quantity in `line.item.unit`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.language.functions import FUNCTIONS
from engine.language.signature import Function
from engine.language.types import MoneyType, QuantityType, RecordType, ReferenceType, RowsType, TextType, Type, Wording

PathNames = tuple[str, ...]
ROW_NAME = "line"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path leads. `rows` is set when it runs through lines: the path up to them; `type` is then per line."""

    type: Type
    rows: PathNames | None = None
    record: RecordType | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """Where a path breaks off: `index` of the name that is not there, what it was looked up in, what is there."""

    index: int
    inside: Type | None
    offered: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """The names of one place that takes formulas.

    `names` are the roots; `entities` lets paths run through references; `functions` join the built-in table and may
    not replace it. `record` is the entity whose fields the names are: where a reference to it is asked for, `id` is
    the record itself.
    """

    names: Mapping[str, Type]
    entities: Mapping[str, RecordType] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    record: str | None = None

    def function(self, name: str) -> Function | None:
        """The function of that name: built in, or offered here."""
        return FUNCTIONS.get(name) or self.functions.get(name)

    @property
    def function_names(self) -> tuple[str, ...]:
        """Every function that can be called here."""
        return (*FUNCTIONS, *self.functions)

    def with_names(self, names: Mapping[str, Type]) -> Scope:
        """The same scope with further root names (those given win)."""
        return replace(self, names={**self.names, **names})

    def type_of(self, path: PathNames) -> Type | None:
        """The type at a path with units located, as a formula would see it; None where the path leads nowhere."""
        found = self.resolve(path)
        return found.type if isinstance(found, Found) else None

    def resolve(self, names: PathNames, row: RecordType | None = None) -> Found | Lost:
        """Follow a path. `row` is the record that the name `line` stands for inside an aggregate."""
        if row is not None and names[0] == ROW_NAME:
            current: Type = row
        elif names[0] in self.names:
            current = self.names[names[0]]
        else:
            return Lost(0, None, tuple(self.names) if row is None else (ROW_NAME, *self.names))
        rows: PathNames | None = None
        prefix: PathNames
        record: RecordType | None = None
        for index, name in enumerate(names[1:], start=1):
            if isinstance(current, RowsType):
                rows, record, prefix = names[:index], current.record, (ROW_NAME,)
                inside: RecordType | None = current.record
            else:
                inside = self.record_of(current)
                prefix = names[:index] if rows is None else (ROW_NAME, *names[len(rows) : index])
            if inside is None and name == "id" and isinstance(current, ReferenceType):
                current = TextType()
                continue
            if inside is None:
                return Lost(index, current, ())
            found = inside.fields.get(name) or (TextType() if name == "id" else None)
            if found is None:
                return Lost(index, current, tuple(inside.fields))
            current = located(found, prefix, inside)
        return Found(current, rows, record)

    def record_of(self, found: Type) -> RecordType | None:
        """The fields that can be read from a value of this type, None where it has none."""
        if isinstance(found, RecordType):
            return found
        return self.entities.get(found.entity) if isinstance(found, ReferenceType) else None


def located(found: Type, prefix: PathNames, record: RecordType) -> Type:
    """A field's type with the unit or currency it reads from its own record written from where the record stands."""
    if isinstance(found, QuantityType) and found.unit.partition(".")[0] in record.fields:
        return QuantityType(".".join((*prefix, found.unit)))
    if isinstance(found, MoneyType) and found.currency.partition(".")[0] in record.fields:
        return MoneyType(".".join((*prefix, found.currency)))
    return found


def suggestion(word: str, offered: Iterable[str]) -> Wording:
    """ "; did you mean x?" in both languages, empty where nothing is near."""
    near = difflib.get_close_matches(word, list(offered), n=1, cutoff=0.6)
    if not near:
        folded = {one.lower().replace("_", ""): one for one in offered}
        exact = folded.get(word.lower().replace("_", ""))
        near = [exact] if exact else []
    return {"zh": f"；是否想写 {near[0]}？", "en": f"; did you mean {near[0]}?"} if near else {"zh": "。", "en": "."}

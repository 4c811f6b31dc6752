"""What ledger and posting files may say: dimensions, measures, grains with limits, and movements of transitions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, StringConstraints

from engine.language.declared import Declared, Identifier, Label
from engine.language.formula import Formula

OrderKey = Annotated[str, StringConstraints(pattern=r"^-?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
"""A path; a leading `-` turns the order round."""


GrainName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")]
"""A grain of any ledger: `sales.promised`."""


class DimensionChoice(Declared):
    """One value a dimension with a closed list may have."""

    id: Identifier = Field(description="Id of the value")
    label: Label | None = Field(default=None, description="What people read")


class Dimension(Declared):
    """One coordinate of a ledger: a reference, a choice of a closed list, text or a date.

    A dimension with `when` exists only for cells where the condition holds (a batch only for items tracked by batch);
    elsewhere it stays unset, whatever a posting says. Where the dimension refers to the documents that post, `id` is
    the document itself.
    """

    id: Identifier = Field(description="Id of the dimension, the name formulas use")
    label: Label | None = Field(default=None, description="What people read")
    ref: Identifier | None = Field(default=None, description="Entity the dimension refers to")
    choices: tuple[Identifier | DimensionChoice, ...] | None = Field(default=None, description="Closed list of values")
    kind: Literal["text", "date"] | None = Field(default=None, description="A plain text or a date")
    when: Formula | None = Field(default=None, description="Condition on the other dimensions; unset where not true")
    default: str | None = Field(default=None, description="Value of a choice when a posting does not say one")
    optional: bool = Field(default=False, description="May stay unset even where it applies")

    @property
    def choice_ids(self) -> tuple[str, ...]:
        """The ids of the closed list; empty for other dimensions."""
        return tuple(choice if isinstance(choice, str) else choice.id for choice in self.choices or ())

    def is_document(self, formula: Formula, entity: str) -> bool:
        """Whether a posting of an entity's documents gives the document itself: `order: id` in a posting of orders."""
        return self.ref == entity and formula.text == "id"


class Measure(Declared):
    """One amount that a ledger keeps for each cell: a quantity in a unit, money in a currency, or a plain number."""

    id: Identifier = Field(description="Id of the measure")
    label: Label | None = Field(default=None, description="What people read")
    unit: str | None = Field(default=None, description="Unit: a code, or a path through a dimension such as item.unit")
    currency: str | None = Field(default=None, description="Currency: a code, or a path through a dimension")
    step: Formula | None = Field(default=None, description="Smallest amount, over the dimensions, such as item.step")
    conserve: tuple[Identifier, ...] = Field(
        default=(), description="For each value of these dimensions every document must sum to zero"
    )


class Grain(Declared):
    """A balance: amounts by some dimensions, for the cells where `where` holds, within limits.

    It is kept ready, so `where` may not look at the clock. With `of` it is not kept but counted whenever a limit is
    judged, from the balances of a finer grain: then `where` may (a batch past its last day is gone at that instant).
    `less` names a kept balance by the same dimensions, in this or another ledger, that is taken off: what is promised.
    """

    id: Identifier = Field(description="Id of the grain")
    label: Label | None = Field(default=None, description="What people read")
    by: tuple[Identifier, ...] = Field(description="Dimensions that keep balances apart", min_length=1)
    where: Formula | None = Field(default=None, description="Which cells count, over the dimensions; default: all")
    of: Identifier | None = Field(default=None, description="Finer grain that it is counted from when it is asked for")
    measure: Identifier | None = Field(default=None, description="Measure the limits are about; default: the first")
    less: GrainName | None = Field(
        default=None, description="With `of`: `ledger.grain` by the same dimensions, whose balance is taken off"
    )
    min: Decimal | None = Field(default=None, description="A decision that would go below is refused")
    max: Decimal | None = Field(default=None, description="A decision that would go above is refused")


class Draw(Declared):
    """From which cells an amount is taken when a document does not say: those where `where` holds, in `order`.

    FEFO, FIFO and LIFO are orders. What is taken is complete, or the document is refused with what is missing.
    """

    id: Identifier = Field(description="Id of the draw")
    label: Label | None = Field(default=None, description="What people read")
    grain: Identifier = Field(description="Grain whose balances are the candidates; it keeps all dimensions apart")
    where: Formula | None = Field(default=None, description="Which candidates may be taken; default: all")
    order: tuple[OrderKey, ...] = Field(
        default=(), description="Paths of the candidate, such as batch.last_day; `-` in front: largest first"
    )


class Ledger(Declared):
    """A declared ledger: append-only movements between cells, and balances that are the sum of their movements."""

    ledger: Identifier = Field(description="Id of the ledger")
    label: Label | None = Field(default=None, description="What people read")
    dimensions: tuple[Dimension, ...] = Field(description="Coordinates of a cell", min_length=1)
    measures: tuple[Measure, ...] = Field(description="Amounts of a cell", min_length=1)
    grains: tuple[Grain, ...] = Field(default=(), description="Balances kept ready, with their limits")
    draws: tuple[Draw, ...] = Field(default=(), description="Ways to choose what is taken")

    def dimension(self, name: str) -> Dimension | None:
        """The dimension with an id, or None."""
        return next((dimension for dimension in self.dimensions if dimension.id == name), None)

    def measure(self, name: str) -> Measure | None:
        """The measure with an id, or None."""
        return next((measure for measure in self.measures if measure.id == name), None)

    def grain(self, name: str) -> Grain | None:
        """The grain with an id, or None."""
        return next((grain for grain in self.grains if grain.id == name), None)

    def draw(self, name: str | None) -> Draw | None:
        """The draw with an id, or None."""
        return next((draw for draw in self.draws if draw.id == name), None)

    @property
    def kept(self) -> tuple[Grain, ...]:
        """The grains whose balances are kept ready."""
        return tuple(grain for grain in self.grains if grain.of is None)

    @property
    def counted(self) -> tuple[Grain, ...]:
        """The grains that are counted from a finer one when they are asked for."""
        return tuple(grain for grain in self.grains if grain.of is not None)

    def limited(self, grain: Grain) -> str:
        """The measure that the limits of a grain are about."""
        return grain.measure or self.measures[0].id


class PostingEntry(Declared):
    """A movement in one ledger: amounts from a cell to a cell. One side alone is for measures that nothing conserves.

    `at` holds dimensions that are the same on both sides. Amounts are positive from `from` to `to`.

    With `draw` the dimensions of `from` that are not stated (or have no value) are chosen, and are the same on the
    other side. With `becomes` the amount is what makes the balance of the `to` cell the stated one: a count.
    """

    id: Identifier = Field(description="Id of the entry")
    ledger: Identifier = Field(description="Ledger that is posted to")
    when: Formula | None = Field(default=None, description="Condition under which the entry is made")
    at: Mapping[Identifier, Formula] = Field(default={}, description="Dimensions of both sides")
    source: Mapping[Identifier, Formula] | None = Field(
        default=None, alias="from", description="Dimensions of the cell that the amounts leave"
    )
    target: Mapping[Identifier, Formula] | None = Field(
        default=None, alias="to", description="Dimensions of the cell that the amounts enter"
    )
    measures: Mapping[Identifier, Formula] = Field(default={}, description="Amount of each measure that moves")
    becomes: Mapping[Identifier, Formula] = Field(
        default={}, description="What the balance of the `to` cell is afterwards, by measure; instead of `measures`"
    )
    draw: Identifier | None = Field(default=None, description="Draw of the ledger that chooses what is taken")

    @property
    def amounts(self) -> Mapping[str, Formula]:
        """The formula of each measure, whichever way it is meant."""
        return self.becomes or self.measures

    @property
    def sides(self) -> tuple[tuple[int, Mapping[str, Formula]], ...]:
        """The sides that are given, with the sign of the amounts there."""
        both = ((-1, self.source), (1, self.target))
        return tuple((sign, {**self.at, **side}) for sign, side in both if side is not None)


class Posting(Declared):
    """The movements that a transition of a document makes.

    `decision`: may be refused by a limit. `fact`: has already happened (a count, breakage) and is never refused.
    With `reverses` it is the exact inverse of what the document posted before; with `moves_on` exactly the goods
    that arrived somewhere by an earlier posting go on, batch by batch.
    """

    posting: Identifier = Field(description="Id of the posting")
    label: Label | None = Field(default=None, description="What people read")
    entity: Identifier = Field(description="Entity of the documents that post it")
    each: Identifier | None = Field(default=None, description="Lines field: the entries are made for every line")
    kind: Literal["decision", "fact"] = Field(default="decision", description="May it be refused by a limit")
    when: Formula | None = Field(default=None, description="Condition for the document (or line) to post at all")
    reverses: Identifier | None = Field(
        default=None, description="Posting of this document whose movements are taken back, instead of `entries`"
    )
    moves_on: Identifier | None = Field(
        default=None, description="Posting of this document; what it brought somewhere goes on to `to`"
    )
    to: Mapping[Identifier, Formula] = Field(default={}, description="With `moves_on`: dimensions that change")
    entries: tuple[PostingEntry, ...] = Field(default=(), description="The movements")

    @property
    def earlier(self) -> str | None:
        """The posting of the same document that this one takes up."""
        return self.reverses or self.moves_on

    @property
    def looks(self) -> bool:
        """Whether its movements depend on what lies in the ledgers: a draw or a count."""
        return any(entry.draw is not None or entry.becomes for entry in self.entries)

    _plan: object = PrivateAttr(default=None)

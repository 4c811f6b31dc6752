"""Says in storage's words what an app keeps: its entities and ledgers as tables with typed columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.entities.columns import MONEY_SCALE, QUANTITY_SCALE, Column
from engine.entities.fields.base import FieldKind
from engine.entities.schema import Entity
from engine.ledgers.schema import Dimension, Ledger, Measure
from engine.packages.schema import App
from engine.storage.shape import ChildShape, ColumnShape, EntityShape, GrainShape, LedgerShape, Shape


def shape_of(app: App) -> Shape:
    """The tables an app needs besides the engine's own."""
    return Shape(
        entities=tuple(entity_shape(entity) for entity in app.entities.values()),
        ledgers=tuple(ledger_shape(ledger) for ledger in app.ledgers.values()),
    )


def entity_shape(entity: Entity) -> EntityShape:
    """The table of one entity, with one child table for each lines field."""
    return EntityShape(
        name=entity.entity,
        columns=tuple(column_shapes(entity.fields)),
        children=tuple(
            ChildShape(lines.id, tuple(column_shapes(lines.fields)), lines.renamed_from) for lines in entity.lines
        ),
        identity=tuple(entity.identity),
        renamed_from=entity.renamed_from,
    )


def column_shapes(fields: Iterable[FieldKind]) -> Iterator[ColumnShape]:
    """The columns of the fields that have one. References are indexed: every drill-down comes through them."""
    for field in fields:
        column = field.column()
        if column is not None:
            target = getattr(field, "to", None)
            yield ColumnShape(
                field.id,
                column,
                unique=field.unique,
                renamed_from=field.renamed_from,
                indexed=target is not None,
                to=target,
            )


def ledger_shape(ledger: Ledger) -> LedgerShape:
    """The cells, postings and balances of one ledger."""
    return LedgerShape(
        name=ledger.ledger,
        dimensions=tuple(
            ColumnShape(each.id, dimension_column(each), indexed=each.ref is not None, to=each.ref)
            for each in ledger.dimensions
        ),
        measures=tuple(ColumnShape(each.id, measure_column(each)) for each in ledger.measures),
        grains=tuple(GrainShape(each.id, each.by) for each in ledger.kept),
    )


def dimension_column(dimension: Dimension) -> Column:
    """How a coordinate is stored: a day as a day, everything else as text."""
    return Column("date") if dimension.kind == "date" else Column("text")


def measure_column(measure: Measure) -> Column:
    """How an amount is stored: money in 10^-4 of its currency, everything else in 10^-6 of its unit."""
    return Column("scaled", MONEY_SCALE if measure.currency is not None else QUANTITY_SCALE)

"""Decision tables for the benchmark, in three sorts, each as YAML of ours, as a loop by hand, and as zen reads it.

`mixed`: two columns of text (most cells one value, some three, some anything) and two of overlapping ranges. `range`:
only the two ranges tell rows apart. `sku`: a price list, one key and ten bands that lie side by side for each.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

Record = dict[str, object]
Span = tuple[Decimal, Decimal]
Cells = tuple[tuple[str, ...], tuple[str, ...], Span | None, Span | None]
"""What a row lets through: words (none: anything) and spans from the first end up to before the second."""

COLUMNS = ("group", "region", "amount", "weight")
SORTS = ("mixed", "range", "sku")


@dataclass(frozen=True)
class BenchTable:
    """Rows, and records to ask for; row `n` gives the number `n`, nothing gives -1."""

    sort: str
    rows: tuple[Cells, ...]
    records: tuple[Record, ...]

    def yaml(self) -> str:
        """As a rule of ours, its rows in `bench.csv`."""
        inputs = ", ".join(f"{{id: {name}, value: {name}}}" for name in COLUMNS)
        return (
            "rules: bench\nitems:\n  - id: t\n    kind: table\n"
            f"    inputs: [{inputs}]\n    outputs: [{{id: row}}]\n    default: [-1]\n    rows: bench.csv\n"
        )

    def csv(self) -> bytes:
        """The rows."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*COLUMNS, "row"])
        writer.writerows([*map(_cell, row), number] for number, row in enumerate(self.rows))
        return text.getvalue().encode()

    def zen(self) -> str:
        """As a decision of zen."""
        inputs = [{"id": name, "name": name, "type": "expression", "field": name} for name in COLUMNS]
        rules = [
            {
                "_id": str(number),
                **{
                    name: (
                        f"[{cell[0]}..{cell[1]})"
                        if isinstance(cell[0], Decimal)
                        else ", ".join(f'"{word}"' for word in cell)
                    )
                    if cell
                    else ""
                    for name, cell in zip(COLUMNS, row, strict=True)
                },
                "row": str(number),
            }
            for number, row in enumerate(self.rows)
        ]
        rules.append({"_id": "none", **dict.fromkeys(COLUMNS, ""), "row": "-1"})
        outputs = [{"id": "row", "name": "row", "type": "expression", "field": "row"}]
        content = {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}
        place = {"position": {"x": 0, "y": 0}}
        nodes = [
            {"id": "in", "type": "inputNode", "name": "in", **place},
            {"id": "t", "type": "decisionTableNode", "name": "t", **place, "content": content},
            {"id": "out", "type": "outputNode", "name": "out", **place},
        ]
        pairs = (("in", "t"), ("t", "out"))
        edges = [{"id": f"{a}{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in pairs]
        return json.dumps({"nodes": nodes, "edges": edges})

    def by_hand(self) -> Callable[[Mapping[str, object]], int]:
        """The loop that somebody would write for it."""
        rows = [(frozenset(row[0]), frozenset(row[1]), row[2], row[3]) for row in self.rows]

        def ask(record: Mapping[str, object]) -> int:
            group, region = record["group"], record["region"]
            amount, weight = record["amount"], record["weight"]
            for number, (groups, regions, amounts, weights) in enumerate(rows):
                if groups and group not in groups:
                    continue
                if regions and region not in regions:
                    continue
                if amounts and not amounts[0] <= amount < amounts[1]:  # type: ignore[operator]
                    continue
                if weights and not weights[0] <= weight < weights[1]:  # type: ignore[operator]
                    continue
                return number
            return -1

        return ask


def bench_table(sort: str, size: int, asked: int = 500) -> BenchTable:
    """A table of a sort and size; 95 in 100 records are made to hit a row that was picked at random."""
    random = Random(f"{sort} {size}")
    rows = tuple(_row(sort, number, size, random) for number in range(size))
    records = tuple(_record(random.choice(rows) if random.random() < 0.95 else None, random) for _ in range(asked))
    return BenchTable(sort, rows, records)


def _cell(cell: tuple[str, ...] | Span | None) -> str:
    if not cell:
        return "-"
    if isinstance(cell[0], Decimal):
        return f"[{cell[0]}..{cell[1]})"
    return ", ".join(f"'{word}'" for word in cell)


def _row(sort: str, number: int, size: int, random: Random) -> Cells:
    if sort == "sku":
        key, band = divmod(number, 10)
        return (f"k{key}",), (), (Decimal(band * 10), Decimal(band * 10 + 10)), None
    if sort == "range":
        return (), (), _span(random, size), _span(random, size)
    groups = [f"g{each}" for each in range(max(4, size // 20))]
    return (
        _words(groups, random),
        _words([f"r{each}" for each in range(12)], random),
        _span(random, 20),
        _span(random, 20),
    )


def _words(among: list[str], random: Random) -> tuple[str, ...]:
    chance = random.random()
    return tuple(random.sample(among, 1 if chance < 0.8 else 3)) if chance < 0.9 else ()


def _span(random: Random, size: int) -> Span:
    """A span with two decimals; the more rows there are the narrower, so that records meet a few of them."""
    low = random.randrange(1_000_000)
    width = random.randrange(1_000, 3_000_000 // min(size, 40))
    return Decimal(low) / 100, Decimal(low + width) / 100


def _record(row: Cells | None, random: Random) -> Record:
    """A record that hits the row (it may hit an earlier one first), or any."""
    values: list[object] = []
    for cell in row or ((), (), None, None):
        if not cell:
            values.append(Decimal(random.randrange(1_000_000)) / 100 if cell is None else f"{random.choice('gr')}1")
        elif isinstance(cell[0], Decimal):
            low, high = cell[0], Decimal(cell[1])
            values.append(low + (Decimal(random.randrange(int((high - low) * 100))) / 100))
        else:
            values.append(random.choice(cell))
    return dict(zip(COLUMNS, values, strict=True))

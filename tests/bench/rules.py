"""`make bench-rules`: formulas and decision tables beside other engines and a loop by hand, in one run.

Every engine is asked the same records, and whatever answers another way than the loop by hand ends the run. Times are
the best of several passes; what counts are the ratios. A peer that is not installed is left out and named.
"""

from __future__ import annotations

import importlib
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from engine.language.declared import validate
from engine.language.exact import exactly
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.source import read_source
from engine.language.types import DecimalType, TextType
from engine.packages.bodies import Bodies
from engine.rules.bound_table import BoundTable
from engine.rules.evaluate import bind
from engine.rules.index import profiles_of
from engine.rules.kinds.table import Table
from engine.rules.schema import RuleSet
from tests.bench.rule_tables import SORTS, BenchTable, Record, bench_table

EXPRESSION = "(qty * price - discount) * 1.13 > 1000 and stock - reserved >= qty"
NAMES = ("qty", "price", "discount", "stock", "reserved")
SIZES = (10, 100, 1_000, 10_000)
COLUMNS = Scope({"group": TextType(), "region": TextType(), "amount": DecimalType(), "weight": DecimalType()}, {})
Ask = Callable[[Record], object]


def micros(ask: Ask, records: Sequence[Record], *, seconds: float = 0.6, rounds: int = 5) -> float:
    """Microseconds for one record: the best of some passes, each long enough to be told from the clock."""
    best = float("inf")
    for _ in range(rounds):
        done, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds / rounds:
            for record in records:
                ask(record)
            done += len(records)
        best = min(best, spent / done)
    return best * 1e6


def peer(name: str) -> Any:
    """The module of another engine; None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name} is not installed and left out", file=sys.stderr)
        return None


def calibration() -> float:
    """Nanoseconds of one turn of an empty loop: how fast and how quiet the machine is."""
    begun = time.perf_counter()
    for _ in range(3_000_000):
        pass
    return (time.perf_counter() - begun) / 3_000_000 * 1e9


def expressions() -> None:
    """One formula with exact decimals."""
    records: list[Record] = [
        {
            "qty": Decimal(n % 40 + 1),
            "price": Decimal(n % 97) / 4 + Decimal("20.05"),
            "discount": Decimal(n % 13),
            "stock": Decimal(n % 61),
            "reserved": Decimal(n % 7),
        }
        for n in range(1_000)
    ]
    floats: list[Record] = [{name: float(value) for name, value in record.items()} for record in records]  # type: ignore[arg-type]
    rate, limit = Decimal("1.13"), Decimal(1000)

    def by_hand(r: Record) -> object:
        qty, price, discount, stock, reserved = r["qty"], r["price"], r["discount"], r["stock"], r["reserved"]
        if qty is None or price is None or discount is None or stock is None or reserved is None:
            return None
        return (qty * price - discount) * rate > limit and stock - reserved >= qty  # type: ignore[operator]

    formula = Formula(EXPRESSION)
    assert not formula.bind(Scope(dict.fromkeys(NAMES, DecimalType()), {}))
    formula.expression.evaluate(records[0])
    asked: list[tuple[str, Ask, list[Record]]] = [
        ("by hand, null-checked", by_hand, records),
        ("formwork", formula.expression.evaluate, records),
    ]
    if simpleeval := peer("simpleeval"):
        evaluator = simpleeval.SimpleEval()
        tree = simpleeval.SimpleEval.parse(EXPRESSION.replace("1.13", "rate"))

        def by_simpleeval(record: Record) -> object:
            evaluator.names = record
            return evaluator.eval("", previously_parsed=tree)

        with_rate: list[Record] = [{**record, "rate": rate} for record in records]
        asked.append(("simpleeval, parsed before", by_simpleeval, with_rate))
    if rule_engine := peer("rule_engine"):
        rule = rule_engine.Rule(EXPRESSION)
        asked.append(("rule-engine", rule.evaluate, records))
    if zen := peer("zen"):
        compiled = zen.compile_expression(EXPRESSION)
        asked.append(("zen, its own numbers", compiled.evaluate, floats))
    if json_logic := peer("json_logic"):
        net = {"*": [{"-": [{"*": [{"var": "qty"}, {"var": "price"}]}, {"var": "discount"}]}, 1.13]}
        free = {">=": [{"-": [{"var": "stock"}, {"var": "reserved"}]}, {"var": "qty"}]}
        logic = {"and": [{">": [net, 1000]}, free]}
        asked.append(("json-logic-qubit, floats", lambda record: json_logic.jsonLogic(logic, record), floats))
    print(f"\n### One formula\n\n`{EXPRESSION}`\n\n| engine | µs | × formwork |\n|---|--:|--:|")
    times = {}
    for name, ask, given in asked:
        for exact, record in zip(records, given, strict=True):
            if bool(ask(record)) != by_hand(exact):
                raise SystemExit(f"{name} disagrees about {exact}")
        times[name] = micros(ask, given)
    for name, spent in sorted(times.items(), key=lambda pair: pair[1]):
        print(f"| {name} | {spent:.3f} | {spent / times['formwork']:.2f} |")


def read_table(table: BenchTable) -> tuple[BoundTable, float, float]:
    """A table of ours from its CSV; the seconds to read it, and those to bind it with its index and all findings."""
    source, problems = read_source("rules/bench.yaml", table.yaml())
    assert source is not None, problems
    wrong: list[Problem] = []
    begun = time.perf_counter()
    whole = Bodies("bench", "rules", {"rules/bench.csv": table.csv()}).spread(source, wrong)
    rules, _ = validate(RuleSet, whole)
    assert rules is not None
    read = time.perf_counter()
    wrong += (problem for problem in bind(rules, COLUMNS) if problem.code not in ("RUL-530", "RUL-533"))
    spent = time.perf_counter() - read
    assert not wrong, wrong[:3]
    (bound,) = rules.items
    assert isinstance(bound, Table)
    return bound.bound, read - begun, spent


def explained(table: BoundTable) -> Ask:
    """The answer of a table with its reasons."""

    def ask(record: Record) -> object:
        return table.explained(record)[0].values[0]

    return ask


def tables() -> None:
    """Tables of every sort and size."""
    zen = peer("zen")
    for sort in SORTS:
        print(f"\n### Table: {sort}\n\n| µs | " + " | ".join(f"{size:,} rows" for size in SIZES) + " | growth |")
        print("|---|" + "--:|" * (len(SIZES) + 1))
        shown: dict[str, list[float]] = {}
        read_ms, bind_ms, megabytes = [], [], []
        for size in SIZES:
            table = bench_table(sort, size)
            loop = table.by_hand()
            bound, read, spent = read_table(table)
            read_ms.append(read * 1e3)
            bind_ms.append(spent * 1e3)
            megabytes.append(memory_of(bound))
            asked: list[tuple[str, Ask, Sequence[Record]]] = [
                ("loop by hand", loop, table.records),
                ("formwork", lambda record, bound=bound: bound.answer(record).values[0], table.records),  # type: ignore[misc]
                ("formwork, explained", explained(bound), table.records),
            ]
            if zen is not None:
                decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(table.zen()))
                natives = [{k: float(v) if isinstance(v, Decimal) else v for k, v in r.items()} for r in table.records]
                asked.append(("zen, precompiled", lambda r, d=decision: d.evaluate(r)["result"]["row"], natives))  # type: ignore[misc]
            for name, ask, records in asked:
                for record, given in zip(table.records, records, strict=True):
                    if int(ask(given)) != loop(record):  # type: ignore[call-overload]
                        raise SystemExit(f"{name}, {sort}, {size} rows: another row than by hand for {record}")
                shown.setdefault(name, []).append(micros(ask, records))
        for name, times in shown.items():
            print(f"| {name} | " + " | ".join(f"{each:.2f}" for each in times) + f" | ×{times[-1] / times[0]:.2f} |")
        print("| *read the CSV, ms* | " + " | ".join(f"{each:.0f}" for each in read_ms) + " | |")
        print("| *bind and judge, ms* | " + " | ".join(f"{each:.0f}" for each in bind_ms) + " | |")
        print("| *index, MB (widest column)* | " + " | ".join(f"{each:.2f}" for each in megabytes) + " | |")
        ours, why = shown["formwork"][-1], shown["formwork, explained"][-1]
        against = (
            f"; zen is {shown['zen, precompiled'][-1] / ours:.0f}× the answer and {shown['zen, precompiled'][-1] / why:.0f}× the explained one"
            if zen
            else ""
        )
        print(f"\nAt {SIZES[-1]:,} rows the reasons cost ×{why / ours:.1f}{against}.")


def memory_of(table: BoundTable) -> float:
    """Megabytes that the widest column of the index takes."""
    rows, widest = table.index.rows, 0
    for at, column in enumerate(table.index.columns):
        tests = [row.tests[at] for row in rows]
        tracemalloc.start()
        kept = type(column)(tests, profiles_of(tests, ordered=column.ordered), ordered=column.ordered)
        widest = max(widest, tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        del kept
    return widest / 1e6


def main() -> None:
    """Everything, as Markdown. Ours runs as rules do: in the exact context."""
    print(f"Python {sys.version.split()[0]}; an empty loop takes {calibration():.1f} ns a turn")
    with exactly():
        expressions()
        tables()
    print(f"\nAfterwards an empty loop takes {calibration():.1f} ns a turn")


if __name__ == "__main__":
    main()

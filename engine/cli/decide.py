"""`formwork decide`: takes one decision of an app on the values of a JSON file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.here import Here
from engine.cli.places import AppArgument, sound_app
from engine.cli.speak import DONE, PROBLEMS, LanguageOption, complain, language, refuse, stop
from engine.language.numbers import format_number
from engine.language.problems import Place
from engine.language.scope import suggestion
from engine.language.strict_json import read_json_text
from engine.rules.bound_table import TableSaid
from engine.rules.decide import Decided, plain
from engine.rules.decide import decide as taken
from engine.rules.frame import Step


def decide(
    app_path: AppArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Id of the decision", show_default=False)],
    given: Annotated[
        Path, typer.Option("--input", metavar="FILE", help="JSON object of inputs by id or label; - reads from a pipe")
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say of every item which row hit, what it saw, and where it stands")
    ] = False,
    chosen: LanguageOption = None,
) -> None:
    """Take a decision on the values of a JSON file; the answer is JSON. 按 JSON 里的值做一个决策。

    Example: formwork decide apps/shipping shipping --input docs/samples/shipping.json --explain
    """
    del chosen
    app = sound_app(app_path)
    decision = app.decisions.get(name)
    if decision is None:
        refuse("CLI-131", name=name, app=app.name, meant=suggestion(name, app.decisions), allowed=tuple(app.decisions))
    now = datetime.now(UTC)
    clock = {"now": now, "today": now.astimezone().date()}
    decided = taken(decision, _values(given), clock, explain=explain)
    answer: dict[str, object] = {"decision": name, "results": decided.results}
    if explain:
        answer["explain"] = _reasons(decided, Here(app_path))
    typer.echo(exact_json(answer))
    complain(decided.problems)
    stop(PROBLEMS if decided.refused else DONE)


def _values(given: Path) -> Mapping[str, Any]:
    """The inputs in a file; refused when it is not one JSON object."""
    text = sys.stdin.read() if str(given) == "-" else given.read_text(encoding="utf-8-sig", errors="replace")
    values = read_json_text(text)
    if not isinstance(values, Mapping):
        refuse("CLI-132", path=str(given))
    return values


def _reasons(decided: Decided, here: Here) -> list[Mapping[str, object]]:
    """One entry for each item that had a say, in the order judged."""
    return [_reason(step, here) for step in decided.steps]


def _reason(step: Step, here: Here) -> Mapping[str, object]:
    """What an item said: outcome, result, what it saw, where it stands; of a table the rows and the runner-up."""
    reason: dict[str, object] = {
        "item": step.rule.id,
        "outcome": step.outcome,
        "says": step.sentence(language()),
        "result": plain(step.result),
        "seen": {name: plain(value) for name, value in step.seen},
        "place": _written_at(step.place, here),
    }
    said = step.detail
    if isinstance(said, TableSaid):
        why_not = said.why_not()
        reason["seen"] = {name: plain(value) for name, value in said.inputs}
        reason["rows"] = [row for row, _ in said.rows]
        reason["rows_at"] = [_written_at(place, here) for _, place in said.rows]
        reason["runner_up"] = why_not[language()] if why_not else None
    return reason


def _written_at(place: Place | None, here: Here) -> str | None:
    """File and line, as seen from the present folder."""
    return f"{here.file(place.file)}:{place.line}" if place is not None else None


def exact_json(value: object, indent: int = 0) -> str:
    """JSON text in which numbers keep every digit; Python's own writer knows binary fractions only."""
    inside = " " * (indent + 2)
    match value:
        case bool() | None | str():
            return json.dumps(value, ensure_ascii=False)
        case int() | Decimal():
            return format_number(value)
        case Mapping() if value:
            pairs = (
                f"{inside}{json.dumps(str(k), ensure_ascii=False)}: {exact_json(v, indent + 2)}"
                for k, v in value.items()
            )
            return "{\n" + ",\n".join(pairs) + f"\n{' ' * indent}}}"
        case list() | tuple() if value:
            items = (f"{inside}{exact_json(item, indent + 2)}" for item in value)
            return "[\n" + ",\n".join(items) + f"\n{' ' * indent}]"
        case Mapping():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            return json.dumps(str(value), ensure_ascii=False)

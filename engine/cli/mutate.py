"""`formwork test --mutate`: what a scenario would notice if it were not there, and what nobody would."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import typer

from engine.cli.here import Here
from engine.cli.places import sound_app
from engine.cli.speak import DONE, PROBLEMS, language, refuse, say
from engine.language.problems import Refused
from engine.operations.mutation import Verdict, mutations
from engine.packages.mutate import Item

FATES = {
    "refused": {"zh": "检查发现", "en": "the check finds it"},
    "failed": {"zh": "场景发现", "en": "found by"},
    "survived": {"zh": "没有人发现", "en": "nobody notices"},
    "idle": {"zh": "没有场景用到", "en": "not exercised"},
}


def mutate_apps(
    folders: Iterable[Path], only: Sequence[str], covering: Sequence[str], jobs: int, *, as_json: bool
) -> int:
    """Judge the items of apps one after another and tell what became of each; gives the exit code."""
    told: list[dict[str, object]] = []
    counts: Counter[str] = Counter()
    for folder in folders:
        app, here = sound_app(folder), Here(folder)
        idle: list[Verdict] = []
        try:
            for verdict in mutations(app, chosen=chosen_by(only, here), covering=covering, jobs=jobs):
                counts[verdict.fate] += 1
                if as_json:
                    told.append(entry(verdict, here))
                elif verdict.fate == "idle":
                    idle.append(verdict)
                else:
                    typer.echo(line_of(verdict, here))
        except Refused as refused:
            raise Refused(here.problems(refused.problems)) from refused
        for verdict in idle:  # apart: about these the scenarios say nothing at all
            typer.echo(line_of(verdict, here))
    if not counts:
        refuse("CLI-141", what=" ".join((*only, *covering)) or "—")
    if as_json:
        typer.echo(json.dumps({"items": told, "counts": {fate: counts[fate] for fate in FATES}}, indent=2))
    else:
        numbers = [counts[fate] for fate in ("refused", "failed", "survived", "idle")]
        say(
            "检查发现 {} 项，场景发现 {} 项，没有人发现 {} 项，没有场景用到 {} 项".format(*numbers),
            "{} found by the check, {} by scenarios, {} by nobody; {} not exercised".format(*numbers),
        )
    return PROBLEMS if counts["survived"] else DONE


def chosen_by(only: Sequence[str], here: Here) -> Callable[[Item], bool]:
    """Which items are meant: below a path of ids (`rules.goods_issue`), or in a file or folder as seen from here."""

    def chosen(item: Item) -> bool:
        file = here.file(item.place.file)
        return not only or any(
            item.path == name
            or item.path.startswith(f"{name}.")
            or file == name
            or file.startswith(f"{name.rstrip('/')}/")
            for name in only
        )

    return chosen


def line_of(verdict: Verdict, here: Here) -> str:
    """`✗ apps/food/rules/goods_receipt.yaml:12  rules.goods_receipt.items.not_expired  nobody notices`."""
    mark = {"survived": "✗", "idle": "–"}.get(verdict.fate, "✓")
    said = " ".join((FATES[verdict.fate][language()], *verdict.by))
    return f"{mark} {here.file(verdict.place.file)}:{verdict.place.line}  {verdict.path}  {said}"


def entry(verdict: Verdict, here: Here) -> dict[str, object]:
    """A verdict for programs."""
    return {
        "path": verdict.path,
        "file": here.file(verdict.place.file),
        "line": verdict.place.line,
        "fate": verdict.fate,
        "by": list(verdict.by),
    }

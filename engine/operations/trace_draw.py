"""Why these batches: what a draw took, in which order, and what it passed over, for the journal and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.language.sentence import sentence
from engine.language.tree import Node
from engine.ledgers.draw import Drawn, PassedOver, Portion
from engine.ledgers.movements import shown
from engine.ledgers.plan import conjuncts
from engine.ledgers.schema import Draw, Ledger
from engine.operations.listing import worded
from engine.operations.names import Path, ledger_labels_of
from engine.operations.words import Words
from engine.packages.schema import App
from engine.rules.frame import bare

DRAW = "draw"
TOLD = 10
"""Candidates passed over that the journal names; the others it counts."""


def stored_draw(drawn: Drawn, ledger: str, posting: str) -> Mapping[str, Any]:
    """One choice in the form the journal keeps: ids and amounts; a reason is the number of a part of the condition."""
    plan, draw = drawn.plan, drawn.plan.draw
    parts = [part for _, part in plan.conditions]
    place = {"file": draw.place.file, "line": draw.place.line} if draw.place is not None else {}
    stated = {name for name, _ in drawn.wanted.fixed}
    chosen = [name for name in plan.grain.by if name not in stated]
    order = [(key.lstrip("-"), get) for key, (get, _) in zip(draw.order, plan.order, strict=True)]

    def portion(each: Portion | PassedOver) -> dict[str, Any]:
        """A candidate with its amount: the dimensions that were chosen and what the order looked at."""
        seen = each.candidate.seen
        cell = {name: bare(seen.get(name)) for name in chosen}
        return {"cell": cell, "order": {key: get(seen) for key, get in order}, "amount": shown(each.amount)}

    return {
        "rule": draw.id,
        "kind": DRAW,
        "ledger": ledger,
        "posting": posting,
        "outcome": "drawn",
        "result": [portion(each) for each in drawn.portions],
        "needed": shown(drawn.needed),
        "passed": [{**portion(each), "reason": parts.index(each.reason)} for each in drawn.passed[:TOLD]],
        "passed_over": len(drawn.passed),
        "path": list(drawn.path),
        **place,
    }


def draw_of(app: App, step: Mapping[str, Any]) -> tuple[Ledger, Draw] | None:
    """The draw that a stored step is about, where the package still has it."""
    ledger = app.ledgers.get(str(step.get("ledger")))
    draw = ledger.draw(str(step.get("rule"))) if ledger is not None else None
    return None if ledger is None or draw is None else (ledger, draw)


def mentioned_by_draw(app: App, step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The records that a choice names."""
    found = draw_of(app, step)
    for each in (*step.get("result", ()), *step.get("passed", ())) if found is not None else ():
        for name, value in each["cell"].items():
            dimension = found[0].dimension(name) if found is not None else None
            if dimension is not None and dimension.ref and isinstance(value, str):
                yield dimension.ref, value


def draw_sentence(words: Words, step: Mapping[str, Any]) -> str:
    """What the draw does: which candidates it takes, in which order."""
    found = draw_of(words.app, step)
    if found is None:
        return str(step.get("rule"))
    ledger, draw = found
    labels = ledger_labels_of(words.app, ledger.ledger)
    name = worded(draw.label, draw.id)[words.language]
    where = draw.where.expression.sentence(words.language, labels) if draw.where is not None else ""
    order = _and(words, [_key(words, ledger, key) for key in draw.order])
    if words.language == "zh":
        return "：".join((name, "；".join(part for part in (where, f"按{order}的顺序" if order else "") if part)))
    return ": ".join((name, "; ".join(part for part in (where, f"in order of {order}" if order else "") if part)))


def draw_result(words: Words, step: Mapping[str, Any]) -> tuple[str, str, str]:
    """What it gives (its name), what was taken, and what was passed over and why."""
    found = draw_of(words.app, step)
    if found is None:
        return str(step.get("rule")), "", ""
    ledger, draw = found
    taken = _list(words, [_told(words, ledger, each) for each in step.get("result", ())])
    labels = ledger_labels_of(words.app, ledger.ledger)
    parts = _parts(draw)
    passed = [
        f"{_told(words, ledger, each)} ({_reason(words, parts, each['reason'], labels)})"
        for each in step.get("passed", ())
    ]
    more = int(step.get("passed_over", 0)) - len(passed)
    passed += [{"zh": f"另有 {more} 个", "en": f"{more} more"}[words.language]] if more > 0 else []
    over = {"zh": "没有拿：", "en": "passed over: "}[words.language] + _list(words, passed) if passed else ""
    return worded(draw.label, draw.id)[words.language], taken, over


def _parts(draw: Draw) -> Sequence[Node]:
    """The parts of the condition that the reasons count."""
    return conjuncts(draw.where.expression.tree) if draw.where is not None else ()


def _reason(words: Words, parts: Sequence[Node], number: int, labels: Mapping[Path, object]) -> str:
    if number >= len(parts):
        return ""
    said = sentence(parts[number], words.language, labels)
    return {"zh": f"不满足：{said}", "en": f"not so: {said}"}[words.language]


def _told(words: Words, ledger: Ledger, each: Mapping[str, Any]) -> str:
    """A candidate in words: its dimensions, what the order looked at, its amount."""
    named = []
    for name, value in each["cell"].items():
        dimension = ledger.dimension(name)
        if value is None or dimension is None:
            continue
        choice = next(
            (one for one in dimension.choices or () if not isinstance(one, str) and one.id == value and one.label), None
        )
        if dimension.ref:
            named.append(words.titles.get((dimension.ref, str(value)), str(value)))
        elif dimension.default != value:
            named.append(choice.label.text(words.language) if choice and choice.label else words.plain(value))
    seen = [text for value in each["order"].values() if value is not None and (text := words.plain(value)) not in named]
    inside = f" ({', '.join(seen)})" if seen else ""
    return f"{' '.join(named) or '—'}{inside} {each['amount']}"


def _key(words: Words, ledger: Ledger, key: str) -> str:
    """An order key in words."""
    path = tuple(key.lstrip("-").split("."))
    labels = ledger_labels_of(words.app, ledger.ledger)
    try:
        said = labels[path][words.language]
    except KeyError:
        said = ".".join(path)
    if not key.startswith("-"):
        return said
    return {"zh": f"{said}（从大到小）", "en": f"{said} (largest first)"}[words.language]


def _and(words: Words, parts: Sequence[str]) -> str:
    return ("、" if words.language == "zh" else ", ").join(parts)


def _list(words: Words, parts: Sequence[str]) -> str:
    return ("；" if words.language == "zh" else "; ").join(parts)

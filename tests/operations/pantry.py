"""A small app over `food` whose ledger has everything that looks at what lies there: draws, counts, counted limits.

`lot` is what a batch is; `bring` puts lots in, `take` draws them, `promise` promises an item, `tally` counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage.filters import pushable
from tests.operations.conftest import APPS


def document(name: str, more: str = "", line: str = "") -> str:
    """A document with lines of items and quantities."""
    return f"""
entity: {name}
label: {{zh: {name}, en: {name}}}
kind: document
company: company
effective: day
fields:
  - {{id: company, kind: reference, to: company, required: true, default: actor.company, label: {{zh: 公司, en: Company}}}}
  - {{id: day, kind: date, required: true, default: today(), label: {{zh: 日期, en: Day}}}}
  - {{id: place, kind: reference, to: place, required: true, label: {{zh: 仓库, en: Store}}}}
  - {{id: other, kind: reference, to: place, required: true, label: {{zh: 另一头, en: Far end}}}}
{more}
  - id: lines
    kind: lines
    min: 1
    label: {{zh: 明细, en: Lines}}
    fields:
      - {{id: item, kind: reference, to: item, required: true, label: {{zh: 物料, en: Item}}}}
      - {{id: quantity, kind: quantity, unit: item.unit, step: item.step, min: 0, required: true, label: {{zh: 数量, en: Quantity}}}}
      - {{id: lot, kind: reference, to: lot, label: {{zh: 批次, en: Lot}}}}
      - {{id: status, kind: choice, default: "'ok'", choices: [{{id: ok, label: {{zh: 可用, en: Usable}}}}, {{id: frozen, label: {{zh: 冻结, en: Frozen}}}}], label: {{zh: 状态, en: Status}}}}
{line}
"""


def workflow(name: str, posts: str, undo: str = "") -> str:
    """Drafts are posted by whoever may; some can be taken back."""
    back = f"""
  - {{id: undo, label: {{zh: 冲销, en: Reverse}}, from: done, to: undone, posts: [{undo}]}}
"""
    return f"""
workflow: {name}
states:
  - {{id: draft, label: {{zh: 草稿, en: Draft}}, editable: true}}
  - {{id: done, label: {{zh: 已过账, en: Posted}}, final: {"false" if undo else "true"}}}
{"  - {id: undone, label: {zh: 已冲销, en: Reversed}, final: true}" if undo else ""}
transitions:
  - {{id: post, label: {{zh: 过账, en: Post}}, from: draft, to: done, posts: [{posts}]}}
{back if undo else ""}
"""


LEDGER = """
ledger: pantry
label: {zh: 仓账, en: Pantry}
dimensions:
  - {id: item, ref: item, label: {zh: 物料, en: Item}}
  - {id: place, ref: place, label: {zh: 仓库, en: Store}}
  - {id: lot, ref: lot, when: item.tracking == 'batch', optional: true, label: {zh: 批次, en: Lot}}
  - {id: status, choices: [ok, {id: frozen, label: {zh: 冻结, en: Frozen}}], default: ok, label: {zh: 状态, en: Status}}
measures:
  - {id: quantity, unit: item.unit, step: item.step, conserve: [item], label: {zh: 数量, en: Quantity}}
grains:
  - {id: cell, by: [item, place, lot, status], where: place.kind == 'store', min: 0, label: {zh: 结存, en: On hand}}
  - id: available
    of: cell
    by: [item, place]
    where: status == 'ok' and (lot is None or lot.last_day >= today())
    less: promises.item_place
    min: 0
    label: {zh: 可用量, en: Available}
draws:
  - id: fefo
    label: {zh: 临期先出, en: First expiring first}
    grain: cell
    where: status == 'ok' and (lot is None or lot.last_day >= today())
    order: [lot.last_day, lot.code]
  - {id: lifo, label: {zh: 后进先出, en: Last in first out}, grain: cell, where: status == 'ok', order: [-lot.code]}
"""

PROMISES = """
ledger: promises
label: {zh: 承诺, en: Promises}
dimensions:
  - {id: place, ref: place, label: {zh: 仓库, en: Store}}
  - {id: item, ref: item, label: {zh: 物料, en: Item}}
measures:
  - {id: open, unit: item.unit, label: {zh: 数量, en: Quantity}}
grains:
  - {id: item_place, by: [place, item], min: 0, label: {zh: 已承诺, en: Promised}}
"""

LOT = """
entity: lot
label: {zh: 批次, en: Lot}
kind: master
identity: [code]
title: "{code}"
fields:
  - {id: code, kind: text, required: true, label: {zh: 批号, en: Code}}
  - {id: last_day, kind: date, label: {zh: 最后可用日, en: Last day}}
"""


def moving(name: str, entity: str, source: str, target: str, more: str) -> str:
    """A posting of one entry."""
    return f"""
posting: {name}
entity: {entity}
each: lines
entries:
  - id: goods
    ledger: pantry
    from: {source}
    to: {target}
{more}
"""


TAKING = "    at: {item: line.item}\n    measures: {quantity: line.quantity}\n    draw: fefo"
PROMISING = """
posting: pledged
entity: promise
each: lines
entries:
  - {id: goods, ledger: promises, to: {item: line.item, place: place}, measures: {open: line.quantity}}
"""

LAYER: Mapping[str, str] = {
    "app.yaml": """
app: pantry
format: 1
version: 0.1.0
title: {zh: 仓库, en: Pantry}
extends: food
engine: ">=0.1"
menu:
  - {id: pantry, label: {zh: 仓库, en: Pantry}, items: [{entity: bring}, {entity: take}, {entity: promise}, {entity: tally}]}
""",
    "entities/lot.yaml": LOT,
    "entities/bring.yaml": document("bring"),
    "entities/take.yaml": document("take"),
    "entities/promise.yaml": document("promise"),
    "entities/tally.yaml": document("tally"),
    "ledgers/pantry.yaml": LEDGER,
    "ledgers/promises.yaml": PROMISES,
    "postings/brought.yaml": moving(
        "brought",
        "bring",
        "{place: other}",
        "{place: place}",
        "    at: {item: line.item, lot: line.lot, status: line.status}\n    measures: {quantity: line.quantity}",
    ),
    "postings/taken.yaml": moving("taken", "take", "{place: place, lot: line.lot}", "{place: other}", TAKING),
    "postings/untaken.yaml": "posting: untaken\nentity: take\neach: lines\nreverses: taken\n",
    "postings/pledged.yaml": PROMISING,
    "postings/unpledged.yaml": "posting: unpledged\nentity: promise\neach: lines\nreverses: pledged\n",
    "postings/tallied.yaml": moving(
        "tallied",
        "tally",
        "{place: other}",
        "{place: place}",
        "    at: {item: line.item, lot: line.lot, status: line.status}\n    becomes: {quantity: line.quantity}",
    ).replace("each: lines", "each: lines\nkind: fact"),
    "workflows/bring.yaml": workflow("bring", "brought"),
    "workflows/take.yaml": workflow("take", "taken", "untaken"),
    "workflows/promise.yaml": workflow("promise", "pledged", "unpledged"),
    "workflows/tally.yaml": workflow("tally", "tallied"),
    "roles/keeper.yaml": """
role: keeper
grants:
  - {id: lots, add: {entity: lot, actions: all}}
  - {id: brings, add: {entity: bring, actions: all}}
  - {id: takes, add: {entity: take, actions: all}}
  - {id: promises, add: {entity: promise, actions: all}}
  - {id: tallies, add: {entity: tally, actions: all}}
""",
}


def layers(changes: Mapping[str, str] | None = None) -> tuple[PackageFiles, ...]:
    """The layers of the pantry, with some files changed."""
    files = {path: text.encode() for path, text in {**LAYER, **(changes or {})}.items()}
    return (read_folder(APPS / "trade"), read_folder(APPS / "food"), PackageFiles("pantry", files))


def pantry(changes: Mapping[str, str] | None = None) -> App:
    """The app."""
    app, problems = load(layers(changes), pushable=pushable)
    assert app is not None, problems
    return app

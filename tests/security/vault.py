"""The app that the security tests attack: the food business and one layer with everything that may be hidden.

`dossier` is a document with hidden fields, hidden line fields, a file and two companies' rows; the roles hold the odd
mixtures of grants in which holes like to live. `shelf` is a master with an identity that is a number.
"""

from __future__ import annotations

from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage.filters import pushable
from tests.operations.conftest import APPS

MANIFEST = """
app: vault
format: 1
version: 0.1.0
title: {zh: 保险柜, en: Vault}
extends: food
engine: ">=0.1"
menu:
  - id: vault
    label: {zh: 保险柜, en: Vault}
    items:
      - {entity: dossier}
      - {report: dossiers}
"""

DOSSIER = """
entity: dossier
label: {zh: 档案, en: Dossier}
kind: document
title: "{subject}"
company: company
series: dossier
fields:
  - {id: company, kind: reference, to: company, required: true, default: actor.company, label: {zh: 公司, en: Company}}
  - {id: subject, kind: text, required: true, searchable: true, label: {zh: 主题, en: Subject}}
  - {id: story, kind: text, max: 5000, multiline: true, label: {zh: 经过, en: Story}}
  - {id: secret, kind: text, searchable: true, label: {zh: 秘密, en: Secret}}
  - {id: level, kind: choice, label: {zh: 级别, en: Level}, choices: [{id: low}, {id: high}]}
  - {id: pay, kind: money, currency: CNY, label: {zh: 工资, en: Pay}}
  - {id: count, kind: integer, label: {zh: 个数, en: Count}}
  - {id: share, kind: decimal, scale: 2, label: {zh: 比例, en: Share}}
  - {id: weight, kind: quantity, unit: kg, label: {zh: 重量, en: Weight}}
  - {id: day, kind: date, label: {zh: 日期, en: Day}}
  - {id: at, kind: instant, label: {zh: 时刻, en: Instant}}
  - {id: open_to_all, kind: flag, label: {zh: 公开, en: Open}}
  - {id: partner, kind: reference, to: partner, label: {zh: 往来单位, en: Partner}}
  - {id: paper, kind: attachment, label: {zh: 文件, en: Paper}}
  - {id: total, kind: money, currency: CNY, readonly: true, label: {zh: 合计, en: Total}}
  - id: lines
    kind: lines
    label: {zh: 明细, en: Lines}
    fields:
      - {id: what, kind: text, label: {zh: 内容, en: What}}
      - {id: item, kind: reference, to: item, label: {zh: 物料, en: Item}}
      - {id: cost, kind: money, currency: CNY, label: {zh: 成本, en: Cost}}
      - {id: twice, kind: money, currency: CNY, readonly: true, label: {zh: 两倍, en: Twice}}
"""

SHELF = """
entity: shelf
label: {zh: 货架, en: Shelf}
kind: master
identity: [code]
title: "{name}"
fields:
  - {id: code, kind: integer, required: true, label: {zh: 编码, en: Code}}
  - {id: name, kind: text, required: true, searchable: true, label: {zh: 名称, en: Name}}
  - {id: above, kind: reference, to: shelf, label: {zh: 上层, en: Above}}
"""

RULES = """
rules: dossier
items:
  - {id: twice, kind: derive, set: lines.twice, to: "line.cost * 2"}
  - {id: total, kind: derive, set: total, to: sum(lines.cost)}
  - id: dear
    kind: warn
    each: lines
    that: line.cost <= line.item.purchase_price
    at: lines.cost
    message: {zh: 太贵, en: Too dear}
  - id: paid
    kind: warn
    that: pay < 1000000
    message: {zh: 工资太高, en: Too much pay}
"""

WORKFLOW = """
workflow: dossier
start: draft
states:
  - {id: draft, label: {zh: 草稿, en: Draft}, editable: true}
  - {id: filed, label: {zh: 归档, en: Filed}, final: true}
transitions:
  - id: file
    label: {zh: 归档, en: File}
    from: draft
    to: filed
    numbers: true
    who: [role(clerk), role(thief), role(mixed)]
"""

SERIES = """
series: dossier
label: {zh: 档案号, en: Dossier numbers}
format: "DO-{company.code}-{number:05}"
per: [company]
"""

REPORT = """
report: dossiers
label: {zh: 档案明细, en: Dossiers}
source: {entity: dossier}
columns:
  - {id: subject, value: subject, label: {zh: 主题, en: Subject}}
  - {id: pay, value: pay, sum: true, label: {zh: 工资, en: Pay}}
  - {id: secret, value: secret, label: {zh: 秘密, en: Secret}}
  - {id: partner, value: partner.name, label: {zh: 往来单位, en: Partner}}
  - {id: phone, value: partner.phone, label: {zh: 电话, en: Telephone}}
order: [subject]
filters: [subject, pay, secret, partner, phone]
"""

MASTERS = """
  - {id: items, entity: item, actions: [list, open], fields: {hide: [purchase_price, barcode]}}
  - {id: places, entity: place, actions: [list, open]}
  - {id: companies, entity: company, actions: [list, open]}
  - {id: shelves, entity: shelf, actions: all}
"""

ROLES = {
    # Everything of one company.
    "clerk": f"""
role: clerk
label: {{zh: 文员, en: Clerk}}
grants:
  - {{id: dossiers, entity: dossier, actions: all, where: company == actor.company}}
  - {{id: partners, entity: partner, actions: [list, open]}}
  - {{id: dossier_list, report: dossiers}}
{MASTERS}
""",
    # Sees every dossier, but not what is in it.
    "reader": f"""
role: reader
label: {{zh: 读者, en: Reader}}
grants:
  - id: dossiers
    entity: dossier
    actions: [list, open]
    fields: {{hide: [secret, pay, total, paper, lines.cost, lines.twice]}}
  - {{id: partners, entity: partner, actions: [list, open], fields: {{hide: [phone]}}, where: level != 'A'}}
  - {{id: dossier_list, report: dossiers}}
{MASTERS}
""",
    # Sees the dossiers of the own company whole, those of others without the pay.
    "mixed": f"""
role: mixed
label: {{zh: 混合, en: Mixed}}
grants:
  - {{id: own, entity: dossier, actions: [list, open, create, edit, file], where: company == actor.company}}
  - id: others
    entity: dossier
    actions: [list, open]
    fields: {{hide: [secret, pay, total, paper, lines.cost, lines.twice]}}
    where: company != actor.company
  - {{id: partners, entity: partner, actions: [list, open]}}
  - {{id: dossier_list, report: dossiers}}
{MASTERS}
""",
    # May look at every dossier and change those of the own company: and would like to make others its own.
    "thief": f"""
role: thief
label: {{zh: 贼, en: Thief}}
grants:
  - {{id: see, entity: dossier, actions: [list, open]}}
  - {{id: own, entity: dossier, actions: [create, edit, file], where: company == actor.company}}
  - {{id: partners, entity: partner, actions: [list, open]}}
{MASTERS}
""",
    # Types dossiers without seeing what is secret in them.
    "blind": f"""
role: blind
label: {{zh: 盲打, en: Blind}}
grants:
  - id: dossiers
    entity: dossier
    actions: [list, open, create, edit]
    fields: {{hide: [secret, pay, total, paper, lines.cost, lines.twice]}}
  - {{id: partners, entity: partner, actions: [list, open]}}
{MASTERS}
""",
    # May write secrets into new dossiers, and may not read those of others.
    "copier": f"""
role: copier
label: {{zh: 复印, en: Copier}}
grants:
  - id: see
    entity: dossier
    actions: [list, open]
    fields: {{hide: [secret, pay, total, paper, lines.cost, lines.twice]}}
  - {{id: make, entity: dossier, actions: [create]}}
  - {{id: partners, entity: partner, actions: [list, open]}}
{MASTERS}
""",
}

LAYER = {
    "app.yaml": MANIFEST,
    "entities/dossier.yaml": DOSSIER,
    "entities/shelf.yaml": SHELF,
    "rules/dossier.yaml": RULES,
    "workflows/dossier.yaml": WORKFLOW,
    "series/dossier.yaml": SERIES,
    "reports/dossiers.yaml": REPORT,
    **{f"roles/{name}.yaml": text for name, text in ROLES.items()},
}

PEOPLE = {
    "clerk": ("clerk", "BKY"),
    "deli_clerk": ("clerk", "DELI"),
    "reader": ("reader", "BKY"),
    "mixed": ("mixed", "BKY"),
    "thief": ("thief", "BKY"),
    "blind": ("blind", "BKY"),
    "copier": ("copier", "BKY"),
    "nobody": (None, None),
}
"""Who is on the site beside the people of the food business: the role and the company it is held for."""

SEEDED = ("admin", "keeper", "buyer", "seller", "finance", "manager")


def vault(changes: dict[str, str] | None = None) -> App:
    """The app, with some files changed."""
    files = {path: text.encode() for path, text in {**LAYER, **(changes or {})}.items()}
    layers = (read_folder(APPS / "trade"), read_folder(APPS / "food"), PackageFiles("vault", files))
    app, problems = load(layers, pushable=pushable)
    assert app is not None, problems
    return app

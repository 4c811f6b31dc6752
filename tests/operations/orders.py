"""A small app of its own: purchase orders that managers approve, large ones finance too, with the people to do it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.access.actor import Actor
from engine.entities.record import Record
from engine.entities.task import Task
from engine.operations.people import actor_of, player
from engine.operations.set_setting import EVERYWHERE, set_setting
from engine.operations.site import Site
from engine.operations.submit import Submission, Submitted, submit
from engine.packages.files import PackageFiles
from engine.packages.load import load
from engine.packages.schema import App
from engine.storage import records, tasks
from engine.storage.filters import pushable

KEYS = itertools.count(1)

FLOW = """\
flows:
  - id: approval
    label: {zh: 采购审批, en: Order approval}
    steps:
      - {approve: lead, who: [role(manager)], label: {zh: 经理审批, en: Manager}, notice: asked}
      - route: by_amount
        label: {zh: 按金额, en: By amount}
        cases:
          - {when: total >= settings.second_approval_from, steps: [{approve: finance, who: role(finance)}]}
          - {else: []}
      - {notify: told, to: [applicant], notice: order_approved}
"""

FILES: Mapping[str, str] = {
    "app.yaml": """
app: shop
format: 1
version: 1.0.0
title: {zh: 小店, en: Shop}
engine: ">=0.1"
currency: CNY
zone: Asia/Shanghai
languages: [zh, en]
menu:
  - {id: buying, label: {zh: 采购, en: Buying}, items: [{entity: order}]}
""",
    "entities/order.yaml": """
entity: order
label: {zh: 采购单, en: Order}
kind: document
title: "{number} {note}"
series: orders
company: company
fields:
  - {id: company, kind: reference, to: company, required: true, default: actor.company, label: {zh: 公司, en: Company}}
  - {id: note, kind: text, max: 200, label: {zh: 说明, en: Note}}
  - {id: secret, kind: text, max: 200, label: {zh: 密, en: Secret}}
  - {id: checked_by, kind: reference, to: person, label: {zh: 复核人, en: Checked by}}
  - {id: approved_by, kind: reference, to: person, readonly: true, label: {zh: 批准人, en: Approved by}}
  - id: lines
    kind: lines
    label: {zh: 明细, en: Lines}
    fields:
      - {id: what, kind: text, max: 100, label: {zh: 品名, en: What}}
      - {id: amount, kind: money, currency: CNY, min: 0, required: true, label: {zh: 金额, en: Amount}}
  - {id: total, kind: money, currency: CNY, readonly: true, label: {zh: 合计, en: Total}}
""",
    "rules/order.yaml": """
rules: order
items:
  - {id: total, kind: derive, set: total, to: sum(lines.amount)}
  - {id: something, kind: require, that: note is not None, message: {zh: 请写明用途, en: Say what it is for}}
""",
    "series/orders.yaml": """
series: orders
format: "PO-{company.code}-{number:04}"
per: [company]
gap_free: true
""",
    "settings/second_approval_from.yaml": """
setting: second_approval_from
label: {zh: 二审金额, en: Second approval from}
kind: money
currency: CNY
scope: company
default: 10000
min: 0
""",
    "ledgers/orders.yaml": """
ledger: orders
label: {zh: 订货账, en: Orders}
dimensions:
  - {id: company, ref: company, label: {zh: 公司, en: Company}}
  - {id: side, choices: [nothing, ordered], label: {zh: 方向, en: Side}}
measures:
  - {id: amount, currency: CNY, conserve: [company], label: {zh: 金额, en: Amount}}
grains:
  - {id: open, by: [company, side], label: {zh: 在途, en: Open}}
""",
    "postings/ordered.yaml": """
posting: ordered
label: {zh: 订货, en: Ordered}
entity: order
kind: decision
entries:
  - id: amount
    ledger: orders
    at: {company: company}
    from: {side: "'nothing'"}
    to: {side: "'ordered'"}
    measures: {amount: total}
""",
    "notices/asked.yaml": """
notice: asked
label: {zh: 待审批, en: To approve}
entity: order
subject: {zh: "{created_by.name} 的采购单等您审批", en: "An order of {created_by.name} waits for you"}
text: {zh: "{note}，{total} 元", en: "{note}, {total} CNY"}
""",
    "notices/order_approved.yaml": """
notice: order_approved
label: {zh: 已批准, en: Approved}
entity: order
subject: {zh: "采购单 {number} 已批准", en: "Order {number} is approved"}
""",
    "roles/buyer.yaml": """
role: buyer
label: {zh: 采购, en: Buyer}
grants:
  - id: orders
    entity: order
    actions: [list, open, create, edit, submit, withdraw, approve, reject]
    where: created_by == actor.person
    fields: {hide: [secret]}
  - {id: companies, entity: company, actions: [list, open]}
  - {id: persons, entity: person, actions: [list, open]}
""",
    "roles/manager.yaml": """
role: manager
label: {zh: 经理, en: Manager}
grants:
  - {id: orders, entity: order, actions: [list, open, create, edit, submit, withdraw, approve, reject], where: company == actor.company}
  - {id: companies, entity: company, actions: [list, open]}
  - {id: persons, entity: person, actions: [list, open]}
""",
    "roles/finance.yaml": """
role: finance
label: {zh: 财务, en: Finance}
grants:
  - {id: orders, entity: order, actions: [list, open, approve, reject]}
""",
    "roles/reader.yaml": """
role: reader
label: {zh: 查阅, en: Reader}
grants:
  - {id: orders, entity: order, actions: [list, open], where: company == actor.company}
""",
    "roles/administrator.yaml": """
role: administrator
grants:
  - {id: orders, add: {entity: order, actions: [list, open, approve, reject]}}
  - {id: settings, add: {operation: settings}}
""",
}

LIFE = """
workflow: order
label: {zh: 采购单的一生, en: Life of an order}
states:
  - {id: draft, label: {zh: 草稿, en: Draft}, editable: true}
  - {id: review, label: {zh: 审批中, en: In review}}
  - {id: approved, label: {zh: 已批准, en: Approved}, final: true}
transitions:
  - {id: submit, label: {zh: 提交, en: Submit}, from: draft, to: review, who: [role(buyer), role(manager)], runs: approval}
  - id: accept
    label: {zh: 批准, en: Accept}
    from: review
    to: approved
    on: approval.approved
    numbers: true
    posts: [ordered]
    steps: [{assign: approved_by, to: actor.person}]
  - {id: refuse, label: {zh: 退回, en: Send back}, from: review, to: draft, on: approval.rejected}
  - {id: withdraw, label: {zh: 撤回, en: Withdraw}, from: review, to: draft, who: applicant}
"""

PEOPLE: Mapping[str, Sequence[tuple[str, str | None]]] = {
    "ann": [("buyer", "AAA")],
    "max": [("manager", "AAA")],
    "mia": [("manager", "AAA")],
    "fay": [("finance", None)],
    "moe": [("manager", "BBB")],
    "bob": [("buyer", "BBB")],
    "rea": [("reader", "AAA")],
    "adm": [("administrator", None)],
}
"""Who there is: log-in, and roles with the company they are held for."""


def order_app(flow: str = FLOW, life: str = LIFE, **files: str) -> App:
    """The app with some flow, some life of orders, and further or other files (`roles__buyer="…"`)."""
    named = {f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}
    whole = {**FILES, "workflows/order.yaml": life + flow, **named}
    layer = PackageFiles("shop", {path: text.encode() for path, text in whole.items()})
    app, problems = load((layer,), pushable=pushable)
    assert app is not None, problems
    return app


@dataclass
class Orders:
    """A site with such an app, and short ways to do what people do."""

    site: Site
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        """A person, with the roles held when first asked for."""
        if login not in self.actors:
            with self.site.reading() as (connection, running):
                found = actor_of(connection, running, self.id_of("person", login), self.site.clock())
            assert found is not None
            self.actors[login] = found
        return self.actors[login]

    def id_of(self, entity: str, code: str) -> str:
        """The id of a master by its code."""
        with self.site.reading() as (connection, running):
            return records.find(connection, running.tables, entity, ("code",), [(code,)])[code,]

    def put(self, entity: str, values: Mapping[str, Any], id: str | None = None) -> str:
        """A master, stored by whoever may do everything."""
        with self.site.reading() as (connection, running):
            boss = player(connection, running, "boss", running.app.roles, "en")
        return submit(self.site, boss, Submission(entity, id, None, values, None, self.key())).id

    def put_setting(self, setting: str, value: str) -> None:
        """A setting for everywhere, from today on."""
        with self.site.reading() as (connection, running):
            boss = player(connection, running, "boss", running.app.roles, "en")
        set_setting(self.site, boss, setting, EVERYWHERE, "", self.site.clock().date(), value)

    def key(self) -> str:
        """A fresh idempotency key."""
        return f"orders-key-{next(KEYS):08}"

    def enter(
        self, *amounts: str, login: str = "ann", transition: str | None = "submit", id: str | None = None, **more: Any
    ) -> Submitted:
        """An order with so many lines, submitted at once."""
        values = {"note": "Flour", "lines": [{"what": "x", "amount": amount} for amount in amounts or ("500",)], **more}
        return submit(self.site, self.actor(login), Submission("order", id, transition, values, None, self.key()))

    def take(self, transition: str, order: Submitted, login: str, opinion: str = "", **more: Any) -> Submitted:
        """A transition or a decision, about the order as it stands now."""
        more = {"version": self.record(order.id).version, "key": self.key(), **more}
        asked = Submission("order", order.id, transition, {}, more["version"], more["key"], opinion)
        return submit(self.site, self.actor(login), asked)

    def record(self, id: str) -> Record:
        """An order as stored."""
        with self.site.reading() as (connection, running):
            found = records.get_one(connection, running.tables, "order", id)
        assert found is not None
        return found

    def tasks(self, id: str) -> tuple[Task, ...]:
        """Every task of an order."""
        with self.site.reading() as (connection, _):
            return tasks.of_document(connection, "order", id)

    def trail(self, id: str) -> list[tuple[str, str]]:
        """Every task of an order as step and state."""
        return [(task.step, task.state) for task in self.tasks(id)]


def people(site: Site) -> Orders:
    """The companies and people of the app, brought into a site."""
    orders = Orders(site)
    for code in ("AAA", "BBB"):
        orders.put("company", {"code": code, "name": code, "zone": "Asia/Shanghai"})
    for login, roles in PEOPLE.items():
        orders.put("person", {"code": login, "name": login.title(), "language": "en" if login != "mia" else "zh"})
        for role, company in roles:
            where = {} if company is None else {"company": company}
            orders.put("assignment", {"code": f"{login}-{role}", "person": login, "role": role, **where})
    return orders

"""Operations that answer from memory, for tests that are about HTTP and pages and about nothing behind them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from engine.access.actor import Actor, RoleAt
from engine.access.schema import Grant, Role
from engine.entities.record import Record
from engine.forms.view import FieldView, FormView, LinesView, Option, RowView, SectionView
from engine.language.problems import Problem, Refused
from engine.operations.account import OpenSession
from engine.operations.case import Submission
from engine.operations.drill import Behind
from engine.operations.explain import Chapter, Explanation
from engine.operations.home import Document, Excerpt, Home, InState, Kind, MenuEntry, MenuSection, Pile
from engine.operations.inbox import Inbox, Waiting
from engine.operations.listing import Column, Filter, FilterOption, GroupHead, Listing, Query, Row, StateTab
from engine.operations.moves import Fact, Moved
from engine.operations.notices import NoticeLine, Notices
from engine.operations.open import NO_LINKS, Stage
from engine.operations.standing import Standing, StandingRow
from engine.operations.trace import Seen, TraceStep
from engine.web.doors import Doors
from engine.workflows.advance import Offer

TOKEN = "t" * 32
NEW_TOKEN = "n" * 32
SIGNED_IN_AT = tuple(datetime(2026, 2, 22 - days, 1, 40, tzinfo=UTC) for days in (0, 3))
CSRF = "c" * 32


ACTOR = Actor("p1", "王敏", frozenset({RoleAt("keeper")}))
NOBODY = Actor("p2", "李静", frozenset({RoleAt("guest")}))
ROLES = {
    "keeper": Role(
        role="keeper",
        grants=(Grant(id="documents", entity="all", actions="all"), Grant(id="reports", report="all")),
    ),
    "guest": Role(role="guest"),
}


@dataclass(frozen=True)
class Session:
    actor: Actor = ACTOR
    csrf: str = CSRF


class Site:
    """As much of a site as the web looks at."""

    def __init__(self) -> None:
        self.count = 0
        self.asked = 0

    def app(self) -> Any:
        self.asked += 1
        receipt = SimpleNamespace(entity="goods_receipt", label={"zh": "入库单", "en": "Goods receipt"})
        stock = SimpleNamespace(report="stock", label={"zh": "库存", "en": "Stock"}, help=None)
        return SimpleNamespace(
            roles=ROLES,
            workflows={},
            alerts={"near_expiry": None},
            units=None,
            zone="Asia/Shanghai",
            entities={"goods_receipt": receipt, "item": receipt, "partner": receipt},
            reports={"stock": stock},
            title={"zh": "烘焙进销存", "en": "Bakery"},
        )

    def new_id(self) -> str:
        self.count += 1
        return f"key-{self.count:08}"


@dataclass
class Kept:
    """What the fake operations were asked, and what they are to refuse."""

    submitted: list[Submission] = field(default_factory=list)
    reread: list[Submission] = field(default_factory=list)
    refuse: tuple[Problem, ...] = ()
    crash: bool = False
    signed_out: list[str] = field(default_factory=list)
    ended: list[str | None] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    slowness: float = 0.0


def labelled(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def a_field(name: str, widget: str, label: dict[str, str], text: str = "", **more: Any) -> FieldView:
    return FieldView(name.rpartition("-")[2], name, widget, widget, label, text, text, checked=text == "true", **more)


def receipt_view(raw: Mapping[str, Any], problems: tuple[Problem, ...] = (), readonly: bool = False) -> Any:
    """A goods receipt as the form room would show it."""
    wrong: dict[str, list[Problem]] = {}
    for problem in problems:
        wrong.setdefault("-".join(map(str, problem.path)), []).append(problem)

    def shown(name: str, widget: str, label: dict[str, str], text: str, **more: Any) -> Any:
        more.setdefault("readonly", readonly)
        return a_field(name, widget, label, text, problems=tuple(wrong.get(name, ())), **more)

    def line(index: Any, values: Mapping[str, Any]) -> Any:
        at = f"lines-{index}"
        return RowView(
            name=at,
            id=str(values.get("id", "")),
            fields=(
                shown(
                    f"{at}-item",
                    "reference",
                    labelled("物料", "Item"),
                    str(values.get("item", "")),
                    required=True,
                    to="item",
                ),
                shown(f"{at}-batch", "text", labelled("批次", "Batch"), str(values.get("batch", ""))),
                shown(f"{at}-expires", "date", labelled("到期日", "Use by"), str(values.get("expires", ""))),
                shown(
                    f"{at}-quantity",
                    "number",
                    labelled("数量", "Quantity"),
                    str(values.get("quantity", "")),
                    required=True,
                    unit="kg" if values.get("item") else "",
                ),
                shown(f"{at}-price", "number", labelled("单价", "Price"), str(values.get("price", "")), unit="¥"),
                a_field(
                    f"{at}-amount", "number", labelled("金额", "Amount"), str(values.get("amount", "")), readonly=True
                ),
            ),
        )

    rows = tuple(line(index, values) for index, values in enumerate(raw.get("lines") or ()))
    lines = LinesView(
        id="lines",
        name="lines",
        label=labelled("明细", "Lines"),
        readonly=readonly,
        rows=rows,
        problems=tuple(wrong.get("lines", ())),
        columns=line("x", {}).fields,
        template=line("__new__", {}),
        help=None,
    )
    head = (
        shown(
            "supplier",
            "reference",
            labelled("供应商", "Supplier"),
            str(raw.get("supplier", "")),
            required=True,
            to="partner",
        ),
        shown(
            "received_on", "date", labelled("收货日期", "Received on"), str(raw.get("received_on", "")), required=True
        ),
        shown(
            "place",
            "choice",
            labelled("收货仓", "Place"),
            str(raw.get("place", "")),
            required=True,
            options=(
                Option("main", labelled("中央工厂原料仓", "Main store")),
                Option("cold", labelled("冷库", "Cold store")),
            ),
        ),
        shown("checked", "flag", labelled("已质检", "Inspected"), str(raw.get("checked", ""))),
        shown(
            "note",
            "area",
            labelled("备注", "Note"),
            str(raw.get("note", "")),
            help=labelled("例如破损、少件、温度", "For example damage, shortage, temperature"),
        ),
    )
    sections = (
        SectionView(id="head", label=labelled("基本信息", "General"), fields=head, columns=3),
        SectionView(id="lines", label=None, fields=(lines,), columns=1),
    )
    return FormView(sections=sections, readonly=readonly, boxes=("checked",), uploads=False)


OFFERS = (
    Offer("post", labelled("过账", "Post"), None, "posted"),
    Offer("cancel", labelled("作废", "Cancel receipt"), labelled("作废这张单据？", "Cancel it?"), "cancelled"),
)
RECEIPT = {
    "supplier": "S002 河北面粉厂",
    "received_on": "2026-02-22",
    "place": "main",
    "checked": "true",
    "note": "两袋外包装受潮，已拍照",
    "lines": (
        {
            "id": "l1",
            "item": "10021 高筋面粉",
            "batch": "HF-0219",
            "expires": "2026-08-18",
            "quantity": "250.000",
            "price": "6.80",
            "amount": "1,700.00",
        },
        {
            "id": "l2",
            "item": "10034 无盐黄油",
            "batch": "AN-2201",
            "expires": "2026-05-30",
            "quantity": "42.600",
            "price": "58.00",
            "amount": "2,470.80",
        },
        {
            "id": "l3",
            "item": "10107 动物奶油",
            "batch": "QN-0117",
            "expires": "2026-03-29",
            "quantity": "18.000",
            "price": "43.50",
            "amount": "783.00",
        },
    ),
}
HISTORY = (
    SimpleNamespace(
        text=labelled("过账", "Posted"), by="王敏", at="2026-02-22T02:11:00Z", when="2026-02-22 10:11", note=""
    ),
    SimpleNamespace(
        text=labelled("修改 数量（第 2 行）", "Quantity changed (line 2)"),
        by="李静",
        at="2026-02-22T01:58:00Z",
        when="2026-02-22 09:58",
        note="",
    ),
    SimpleNamespace(
        text=labelled("新建", "Created"), by="李静", at="2026-02-22T01:40:00Z", when="2026-02-22 09:40", note=""
    ),
)


def opened(
    raw: Mapping[str, Any], problems: tuple[Problem, ...] = (), id: str | None = None, posted: bool = False
) -> Any:
    record = None
    if id is not None:
        record = Record(
            "goods_receipt",
            id,
            3,
            RECEIPT,
            "posted" if posted else "draft",
            "GR2026-00012" if posted else None,
            "d" * 64,
        )
    return SimpleNamespace(
        view=receipt_view(raw, problems, posted),
        record=record,
        offers=() if posted else OFFERS,
        history=HISTORY if id else (),
        title="GR2026-00012 河北面粉厂" if posted else "",
        values={},
        version=3 if id else None,
        state=(labelled("已过账", "Posted") if posted else labelled("草稿", "Draft")) if id else None,
        tone="success" if posted else "neutral",
        primary=None if posted else "post",
        way=(
            Stage(labelled("草稿", "Draft"), "behind" if posted else "here"),
            Stage(labelled("已过账", "Posted"), "here" if posted else "ahead"),
        ),
        runs=(),
        deciding=None,
        conversions=(),
        links=NO_LINKS,
    )


def listing(query: Query, *, states: bool = True) -> Listing:
    columns = tuple(
        Column(id, label, kind, align)
        for id, label, kind, align in (
            ("number", labelled("单号", "Number"), "text", "left"),
            ("supplier", labelled("供应商", "Supplier"), "reference", "left"),
            ("received_on", labelled("收货日期", "Received on"), "date", "left"),
            ("state", labelled("状态", "State"), "state", "left"),
            ("lines", labelled("行数", "Lines"), "integer", "right"),
            ("amount", labelled("金额", "Amount"), "money", "right"),
        )
    )
    suppliers = ("河北面粉厂", "安佳乳业（华北）", "青岛奶油有限公司", "保定包装材料")
    group = query.group if query.group not in ("", "-") else ""
    rows = tuple(
        Row(
            id=f"r{n}",
            values={"number": f"GR2026-{n:05}", "lines": n % 7 + 1, "amount": Decimal(n * 12345) / 10},
            tone=("success", "warning", "neutral", "danger")[n % 4],
            cells=(
                f"GR2026-{n:05}",
                suppliers[n % 4],
                f"2026-02-{22 - n % 20:02}",
                ("已过账", "待审批", "草稿", "已作废")[n % 4],
                str(n % 7 + 1),
                f"{n * 1234.5 + 0.25:,.2f}",
            ),
            group=suppliers[n % 4] if group else "",
            behind=None if states else f"/r/stock/movements?item=i{n}",
            tones={"lines": "warning"} if n % 5 == 0 else {},
        )
        for n in range(31, 3, -1)
    )
    sums, totals = {"amount": "604,812.75", "lines": "112"}, {"amount": Decimal("604812.75"), "lines": 112}
    asked = query.filters
    return Listing(
        columns=columns,
        rows=tuple(sorted(rows, key=lambda row: row.group)) if group else rows,
        total=128,
        sums=sums,
        totals=totals,
        page=query.page,
        size=len(rows),
        filters=(
            Filter("received_on", columns[2].label, (), asked.get("received_on_from"), "date"),
            Filter("supplier", columns[1].label, (), asked.get("supplier"), "reference", to="partner"),
        ),
        create=True,
        states=(
            StateTab("draft", labelled("草稿", "Draft"), 97, "neutral", asked.get("state") == "draft"),
            StateTab("posted", labelled("已过账", "Posted"), 31, "success", asked.get("state") == "posted"),
        )
        if states
        else (),
        group=group,
        groups={name: GroupHead(name, 7, sums, totals, "/r/stock/movements?item=i1") for name in suppliers}
        if group
        else {},
        groupings=() if states else (FilterOption("supplier", columns[1].label),),
    )


def behind(query: Query) -> Behind:
    """What a number is made of."""
    table = listing(query, states=False)
    columns = (Column("document", labelled("单据", "Document")), *table.columns[2:])
    rows = tuple(
        Row(row.id, (row.cells[0], *row.cells[2:]), row.values, "/d/goods_receipt/posted", row.tone)
        for row in table.rows
    )
    found = Listing(columns, rows, 28, {"amount": "1,204.00"}, 1, 50, totals={"amount": Decimal(1204)})
    return Behind(found, (Fact("物料", "10021 高筋面粉"),), {"amount": "204.00"}, {"amount": Decimal(204)})


TASKS = (
    Waiting(
        "t1",
        "goods_receipt",
        "r1",
        "GR2026-00012 河北面粉厂",
        labelled("入库单", "Goods receipt"),
        labelled("经理审批", "Manager"),
        "李静",
        "2026-02-22T02:11:00Z",
        "2026-02-22 10:11",
        "/d/goods_receipt/r1",
    ),
)
NOTICES = (
    NoticeLine(
        "请审批：河北面粉厂", "一张入库单等您审批。", "2026-02-22T02:11:00Z", "2026-02-22 10:11", "/d/goods_receipt/r1"
    ),
    NoticeLine("盘点已完成", "", "2026-02-21T02:11:00Z", "2026-02-21 10:11", ""),
)
STANDING = (
    Standing(
        "near_expiry",
        labelled("临期提醒", "Near expiry"),
        (
            Column("name", labelled("名称", "Name")),
            Column("place", labelled("仓库", "Store")),
            Column("days_left", labelled("剩余天数", "Days left"), "integer", "right"),
        ),
        (
            StandingRow(
                "last",
                labelled("最后提醒", "Last call"),
                SIGNED_IN_AT[0],
                ("黄油", "冷库", "5"),
                {},
                "/r/stock",
                "danger",
            ),
            StandingRow(
                "first", labelled("首次提醒", "First notice"), SIGNED_IN_AT[0], ("鸡蛋", "冷库", "18"), {}, "/r/stock"
            ),
        ),
        "/r/stock",
    ),
)
BEGIN = (
    ("goods_receipt", "入库单", "Goods receipt"),
    ("transfer", "调拨单", "Transfer"),
    ("stock_count", "盘点单", "Stock count"),
    ("purchase_order", "采购订单", "Purchase order"),
)


def home(site: Any, actor: Any) -> Home:
    def item(href: str, zh: str, en: str, create: bool = False) -> MenuEntry:
        return MenuEntry(labelled(zh, en), href, create, document=create)

    receipt, draft = labelled("入库单", "Goods receipt"), labelled("草稿", "Draft")
    documents = tuple(
        Document(
            f"GR2026-{n:05} 河北面粉厂", f"/d/goods_receipt/r{n}", "李静", "2026-02-22 10:11", "2026-02-22T02:11:00Z"
        )
        for n in range(5)
    )
    address = "/d/goods_receipt?state=draft"
    return Home(
        inbox=Inbox(TASKS, 1, 1, 5),
        menu=(
            MenuSection(
                label=labelled("采购", "Buying"),
                items=(
                    item("/d/purchase_order", "采购订单", "Purchase orders", True),
                    item("/d/goods_receipt", "入库单", "Goods receipts", True),
                    item("/d/partner", "供应商", "Suppliers"),
                ),
            ),
            MenuSection(
                label=labelled("仓库", "Store"),
                items=(
                    item("/r/stock", "库存", "Stock"),
                    item("/d/transfer", "调拨单", "Transfers", True),
                    item("/d/stock_count", "盘点单", "Stock counts", True),
                ),
            ),
            MenuSection(
                label=labelled("基础资料", "Master data"),
                items=(item("/d/item", "物料", "Items", True), item("/d/place", "仓位", "Places")),
            ),
        ),
        day="2026-02-22",
        begin=tuple(item(f"/d/{name}", zh, en, True) for name, zh, en in BEGIN),
        waiting=(Pile(receipt, draft, "neutral", 12, address, documents),),
        alerts=STANDING,
        drafts=(Pile(receipt, draft, "neutral", 2, address, documents[:2]),),
        excerpts=(
            Excerpt("stock", labelled("临期库存", "Expiring"), "/r/stock", listing(Query(group="-"), states=False)),
        ),
        kinds=(
            Kind(
                label=labelled("入库单", "Goods receipts"),
                href="/d/goods_receipt",
                states=(
                    InState(
                        label=labelled("草稿", "Draft"), count=2, href="/d/goods_receipt?state=draft", tone="neutral"
                    ),
                    InState(
                        label=labelled("已过账", "Posted"), count=31, href="/d/goods_receipt?state=posted", tone="info"
                    ),
                ),
            ),
        ),
    )


def doors(kept: Kept) -> Doors:
    """All operations, answering from memory."""

    def sign_in(site: Any, login: str, password: str, address: str) -> Any:
        if (login, password) != ("wang", "right horse"):
            raise Refused((Problem("ACC-101", {}),))
        return SimpleNamespace(token=TOKEN, csrf=CSRF, actor=ACTOR)

    def change_password(site: Any, session: Any, present: str, wanted: str, again: str) -> Any:
        if present != "right horse":
            raise Refused((Problem("ACC-106", {}, None, ("present",)),))
        if wanted != again:
            raise Refused((Problem("ACC-107", {}, None, ("again",)),))
        return SimpleNamespace(token=NEW_TOKEN, csrf=CSRF, actor=ACTOR)

    def submit(site: Any, actor: Any, submission: Submission) -> Any:
        if kept.crash:
            raise ZeroDivisionError("a secret of the inside")
        kept.submitted.append(submission)
        if kept.refuse:
            raise Refused(kept.refuse)
        return SimpleNamespace(id="r1", number="GR2026-00012", state="posted", version=1, replayed=False, warnings=())

    def reread(site: Any, actor: Any, submission: Submission, problems: tuple[Problem, ...]) -> Any:
        kept.reread.append(submission)
        time.sleep(kept.slowness)
        return opened(submission.raw, problems, submission.id)

    def open_document(
        site: Any,
        actor: Any,
        entity: str,
        id: str | None,
        language: str,
        copy_of: str | None = None,
        begun_from: tuple[str, str] | None = None,
    ) -> Any:
        if id == "hidden":
            raise Refused((Problem("WEB-107", {}),))
        if id is None:
            return opened(RECEIPT if copy_of else {"received_on": "2026-02-22", "place": "main"})
        return opened(RECEIPT, id=id, posted=id == "posted")

    def why(site: Any, actor: Any, entity: str, id: str) -> Any:
        step = TraceStep
        steps = (
            step(
                rule="line_amount",
                kind="derive",
                file="trade/rules/goods_receipt.yaml",
                line=14,
                text="金额 = 数量 × 单价",
                outcome="得出",
                result="2470.80",
                path=("lines", 1),
                values={"line.quantity": "42.600", "line.price": "58.00"},
                verdict="set",
                gives="金额",
                given="2,470.80 CNY",
                saw=(Seen("数量", "42.6 千克"), Seen("单价", "58.00 CNY")),
            ),
            step(
                rule="supplier_known",
                kind="require",
                file="trade/rules/goods_receipt.yaml",
                line=21,
                text="供应商的类型是供应商",
                outcome="不成立，被拒绝",
                result=False,
                verdict="refused",
            ),
            step(
                rule="shelf_life",
                kind="require",
                file="food/rules/goods_receipt.yaml",
                line=8,
                text="剩余保质期不少于三分之一",
                outcome="成立",
                result=True,
                path=(),
                values={"line.expires": "2026-05-30", "received_on": "2026-02-22"},
                verdict="holds",
            ),
        )
        moves = (
            Moved(
                "库存账",
                (Fact("物料", "10034 无盐黄油"), Fact("批次", "AN-2201")),
                "供应商处",
                "冷库",
                (Fact("数量", "42.6 千克"),),
                2,
            ),
        )
        at, package = datetime(2026, 2, 22, 2, 11, tzinfo=UTC), "sha256-0123456789abcdef"
        chapter = Chapter(at, "王敏", "post", None, "draft", "posted", package, steps, {}, "bakery 1.2.0", moves)
        return Explanation({}, (), steps, (), (chapter,), moves, "GR2026-00012")

    return Doors(
        sign_in=sign_in,
        actor_for=lambda site, token: Session() if token == TOKEN else None,
        sign_out=lambda site, token: kept.signed_out.append(token),
        change_password=change_password,
        sessions=lambda site, session: tuple(
            OpenSession(f"{n:016x}", at, at, at, n == 0) for n, at in enumerate(SIGNED_IN_AT)
        ),
        end_sessions=lambda site, session, id: kept.ended.append(id),
        home=lambda site, actor: home(site, actor),
        menu=lambda site, actor: home(site, actor).menu,
        inbox=lambda site, actor, page, size: Inbox(TASKS, 1, page, size),
        waiting=lambda site, actor: len(TASKS),
        notices=lambda site, actor, page, size: Notices(NOTICES, 2, page, size),
        open_document=open_document,
        submit=submit,
        reread=reread,
        browse=lambda site, actor, entity, query: (kept.queries.append(query), listing(query))[1],
        lookup=lambda site, actor, entity, text, limit: (
            SimpleNamespace(id="10021", text="10021 高筋面粉"),
            SimpleNamespace(id="10022", text="10022 低筋面粉"),
        ),
        run_report=lambda site, actor, report, query: (kept.queries.append(query), listing(query, states=False))[1],
        standing=lambda site, actor: STANDING,
        movements_behind=lambda site, actor, report, query: (kept.queries.append(query), behind(query))[1],
        explain=lambda site, actor, submission: why(site, actor, submission.entity, ""),
        why=why,
        attach=lambda site, actor, name, content: SimpleNamespace(
            id="a1", name=name, media_type="text/html", size=len(content)
        ),
        fetch=lambda site, actor, id: (
            SimpleNamespace(id=id, name="发票.html", media_type="text/html", size=5),
            b"<b>x",
        ),
    )

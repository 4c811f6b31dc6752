"""A role that sees the rows of one company, on a list of 100,000 rows of two: what it may not see does not exist.

The rows are written in bulk, past the operations; everything is then asked by the doors, as people and programs do.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from engine.cli.operator import operator
from engine.operations.attach import attach
from engine.operations.browse import browse
from engine.operations.case import Submission
from engine.operations.listing import Query
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.site import Site, open_site
from engine.operations.submit import submit
from engine.packages.schema import App
from engine.storage.columns import microseconds
from tests.doors.layer import app_over_food
from tests.doors.visitors import Grid, Person, Program, give_password
from tests.operations.conftest import NOW, copied, food_with_people
from tests.operations.world import World

ROWS = 100_000
EVERY = 50
"""One row in so many belongs to the first company, the others are hidden from its people."""
OWN = ROWS // EVERY
NOWHERE = "0197aaaa-0000-7000-8000-000000000000"
"""An id that no record has."""
HIDDEN = ("note", "total", "letter")
STATES = 6
"""How many states a goods receipt has."""
SECRET_NOTE = "nobody-may-read-this"
SECRET_CODE = "4006381333931"
RECEIVED = Decimal("1169.36")
"""The total of the receipts that were entered, not inserted: 1.5 × 777.77, rounded, and 3 × 0.90."""
PDF = b"%PDF-1.7\n"

LAYER = {
    "entities/goods_receipt.yaml": """
entity: goods_receipt
fields:
  - {id: scan, after: note, add: {kind: attachment, label: {zh: 扫描件, en: Scan}}}
  - {id: letter, after: scan, add: {kind: attachment, label: {zh: 函件, en: Letter}}}
""",
    "roles/watcher.yaml": """
role: watcher
label: {zh: 看守, en: Watcher}
grants:
  - {id: items, entity: item, actions: [list, open], fields: {hide: [purchase_price, barcode]}}
  - {id: batches, entity: batch, actions: [list, open]}
  - {id: partners, entity: partner, actions: [list, open]}
  - {id: places, entity: place, actions: [list, open], where: company is None or company == actor.company}
  - id: receipts
    entity: goods_receipt
    actions: [list, open, create, edit]
    where: company == actor.company
    fields: {hide: [note, total, letter, lines.price, lines.amount]}
  - {id: companies, entity: company, actions: [list, open]}
  - {id: stock, report: stock}
  - {id: received, report: receipt_lines}
  - {id: heads, report: heads}
""",
    "roles/inspector.yaml": """
role: inspector
label: {zh: 检查, en: Inspector}
grants:
  - {id: places, entity: place, actions: [list, open]}
  - {id: partners, entity: partner, actions: [list, open]}
  - {id: companies, entity: company, actions: [list, open]}
  - {id: receipts, entity: goods_receipt, actions: [list, open]}
  - {id: own, entity: goods_receipt, actions: [edit, cancel], where: company == actor.company}
  - {id: heads, report: heads}
""",
    "reports/heads.yaml": """
report: heads
label: {zh: 入库单一览, en: Receipts}
source: {entity: goods_receipt}
columns:
  - {id: number, value: number, label: {zh: 单号, en: Number}}
  - {id: delivery_note, value: delivery_note, label: {zh: 送货单, en: Delivery note}}
  - {id: supplier, value: supplier.name, label: {zh: 供应商, en: Supplier}}
  - {id: total, value: total, sum: true, label: {zh: 合计, en: Total}}
  - {id: remark, value: "coalesce(note, delivery_note)", label: {zh: 备注, en: Remark}}
order: [number]
filters: [number, delivery_note, remark]
""",
}


@pytest.fixture(scope="module")
def app() -> App:
    """The food app with a role that sees one company and not every field, and a report over receipts."""
    return app_over_food("grants", LAYER)


@dataclass
class Crowd:
    """A site with 100,000 receipts, its people at the doors, and the ids that tests speak about."""

    site: Site
    ids: dict[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    total: Decimal = Decimal(0)
    programs: dict[str, Program] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return World(self.site)

    def program(self, login: str) -> Program:
        if login not in self.programs:
            self.programs[login] = Program(self.site, login)
        return self.programs[login]

    def person(self, login: str) -> Person:
        if login not in self.people:
            self.people[login] = Person(self.site, login)
        return self.people[login]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowd(app: App, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """The furnished site, grown to 100,000 receipts of two companies."""
    with copied(request.param, food_with_people, request, tmp_path_factory.mktemp("crowd")) as url:
        site = open_site(url, clock=Clock(NOW))
        migrate(site, app, False)
        publish(site, app.layers, "test")
        yield fill(Crowd(site))
        site.close()


def fill(crowd: Crowd) -> Crowd:
    """A second company with its people, then the receipts of both."""
    site, world = crowd.site, crowd.world
    by = operator(site)

    def put(entity: str, **values: Any) -> str:
        return submit(site, by, Submission(entity, None, None, values, None, world.key())).id

    acme = put("company", code="ACME", name="隔壁", currency="CNY", zone="Asia/Shanghai", language="zh")
    crowd.ids["place"] = put("place", code="ACME-1", name="隔壁仓", kind="store", company=acme)
    for login, role, company in (
        ("watcher", "watcher", "BKY"),
        ("other", "keeper", "ACME"),
        ("inspector", "inspector", "BKY"),
        ("both", "watcher", "BKY"),
        ("both", "keeper", "ACME"),
    ):
        if login not in crowd.ids:
            crowd.ids[login] = put("person", code=login, name=login, language="zh")
        put("assignment", code=f"{login}-{role}", person=login, role=role, company=company)
    world.submit("item", {"barcode": SECRET_CODE}, id=world.id_of("item", "FLOUR"), login="manager")
    give_password(site, "watcher", "other", "keeper", "admin", "both", "inspector")
    insert(crowd, world.id_of("company", "BKY"), acme)
    for name, login, place in (("hidden", "other", "ACME-1"), ("seen", "keeper", "MAIN")):
        actor = world.actor(login)
        for kind in ("scan", "letter"):
            crowd.ids[f"{name}_{kind}"] = attach(site, actor, f"{kind}.pdf", PDF + name.encode() + kind.encode()).id
        raw = {"supplier": "MILL", "place": place, "note": SECRET_NOTE, "delivery_note": f"{name}-one"}
        raw |= {kind: crowd.ids[f"{name}_{kind}"] for kind in ("scan", "letter")}
        lines = [{"item": "FLOUR", "quantity": "1.5", "price": "777.77"}, {"item": "EGG", "quantity": "3"}]
        raw["lines"] = lines
        done = submit(site, actor, Submission("goods_receipt", None, "post", raw, None, world.key()))
        crowd.ids[name], crowd.ids[f"{name}_number"] = done.id, str(done.number)
        draft = submit(site, actor, Submission("goods_receipt", None, None, raw, None, world.key()))
        crowd.ids[f"{name}_draft"] = draft.id
        if name == "seen":
            crowd.own |= {done.id, draft.id}
    return crowd


def insert(crowd: Crowd, own: str, other: str) -> None:
    """The receipts in bulk, those of the first company with a line each."""
    site, world = crowd.site, crowd.world
    running = site.running()
    table = running.tables.entities["goods_receipt"]
    (child,) = table.children
    places = {own: world.id_of("place", "MAIN"), other: crowd.ids["place"]}
    supplier, flour, keeper = (
        world.id_of(*each) for each in (("partner", "MILL"), ("item", "FLOUR"), ("person", "keeper"))
    )
    encode, encode_line = dict(table.codec.encoders), dict(child.codec.encoders)
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    mine: set[str] = set()
    for at in range(ROWS):
        company = own if at % EVERY == 0 else other
        amount = at % 9973 * 10_000 + at % 100 * 100  # in 10^-4
        id = f"0197{at:08x}"[:8] + f"-{at % 65536:04x}-7000-8000-{at:012x}"
        made = microseconds(NOW - timedelta(seconds=at))
        rows.append(
            {
                **dict.fromkeys(table.insert.names),
                "id": id,
                "_version": 1,
                "_state": "posted" if at % 2 else "draft",
                "_package": running.app.digest,
                "_created_at": made,
                "_changed_at": made,
                "_created_by": keeper,
                "_changed_by": keeper,
                "_number": f"X-{at:06}" if at % 2 else None,
                "company": company,
                "supplier": supplier,
                "place": places[company],
                "check_level": "none",
                "received_on": encode["received_on"](date(2026, 3, 2) - timedelta(days=at % 700)),
                "delivery_note": f"D-{at:06}",
                "note": f"{SECRET_NOTE} {at}",
                "total": amount,
            }
        )
        if company != own:
            continue
        lines.append(
            {
                **dict.fromkeys(child.insert.names),
                "_record": id,
                "id": f"{at:012x}",
                "_position": 0,
                "item": flour,
                "batch": "B",
                "last_day": None,
                "quantity": encode_line["quantity"](Decimal(at) / 1000),
                "price": encode_line["price"](Decimal("777.77")),
                "amount": amount,
            }
        )
        mine.add(id)
        crowd.total += Decimal(amount).scaleb(-4)
    crowd.ids["bulk"] = rows[777]["id"]
    with site.database.write() as connection:
        table.insert.run(connection, rows)
        child.insert.run(connection, lines)
    crowd.own = frozenset(mine)


# --- the grant is in the SQL -------------------------------------------------------------------------------------


@dataclass
class Tape:
    """The statements that were sent to the database, with their values."""

    site: Site
    said: list[tuple[str, Any]] = field(default_factory=list)

    def about(self, table: str) -> list[tuple[str, Any]]:
        return [(text, values) for text, values in self.said if re.search(rf'\bFROM "?{table}"?\b', text)]

    def fetched(self, text: str, values: Any) -> int:
        """How many rows a statement gives: asked again, just as it was."""
        with self.site.database.engine.connect() as connection:
            return len(connection.exec_driver_sql(text, values).fetchall())


@contextmanager
def recording(site: Site) -> Iterator[Tape]:
    tape = Tape(site)

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        tape.said.append((text, values))

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield tape
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


def values_of(values: Any) -> list[Any]:
    return list(values.values()) if isinstance(values, Mapping) else list(values)


ASKED = (
    "",
    "?page=3&size=200",
    "?page=40",
    "?order=-delivery_note&size=25",
    "?order=received_on",
    "?state=draft",
    "?q=D-00",
    "?received_on_from=2026-01-01&received_on_to=2026-02-01",
    "?supplier=MILL",
    "?number=X-000777",
    "?page=5000",
)


@pytest.mark.parametrize("login", ["keeper", "watcher"])
def test_the_grant_of_a_list_is_in_its_sql(crowd: Crowd, login: str) -> None:
    """Every statement about receipts names the company in its WHERE, and none gives more than one page of rows."""
    company = crowd.world.id_of("company", "BKY")
    for address in ASKED:
        size = int((re.search(r"size=(\d+)", address) or re.match(r"()", ""))[1] or 50)
        for visitor in (crowd.program(login), crowd.person(login)):
            with recording(crowd.site) as tape:
                assert visitor.client.get(f"/d/goods_receipt{address}").status_code == 200
            said = tape.about("e_goods_receipt")
            assert said, address
            for text, values in said:
                where = text.partition("WHERE")[2]
                assert re.search(r"e_goods_receipt\.company = ", where), text
                assert company in values_of(values), text
                counted, by_state = re.search(r"SELECT (count|sum)\(", text), "GROUP BY e_goods_receipt._state" in text
                assert counted or by_state or " LIMIT " in text, text
                assert tape.fetched(text, values) <= (1 if counted else STATES if by_state else size), text
            assert not tape.about("e_goods_receipt__lines"), "a list needs no lines"


def test_lists_counts_and_sums_are_those_of_the_visible_rows(crowd: Crowd) -> None:
    """All pages together are exactly the rows of the company; count and sum are over them alone."""
    found: set[str] = set()
    for page in range(1, 13):
        listing = crowd.program("keeper").read(f"/d/goods_receipt?size=200&page={page}")
        assert listing["total"] == len(crowd.own) == OWN + 2
        found |= {row["id"] for row in listing["rows"]}
    assert found == crowd.own
    assert crowd.program("admin").read("/d/goods_receipt")["total"] == ROWS + 4
    drafts = crowd.program("keeper").read("/d/goods_receipt?q=D-&order=delivery_note&size=200")
    assert (drafts["total"], number(drafts["sums"]["total"])) == (OWN, crowd.total)
    page = crowd.person("keeper").open("/d/goods_receipt?q=D-&order=delivery_note&size=200")
    grid = Grid(page)
    assert number(grid.foot[grid.head.index("合计")]) == crowd.total
    assert "隔壁" not in page


def number(shown: str) -> Decimal:
    """A number as pages show it, with thousands apart."""
    return Decimal(shown.replace(",", ""))


def test_the_time_of_a_list_is_printed(crowd: Crowd, capsys: pytest.CaptureFixture[str]) -> None:
    """How long the restricted list takes against the whole one; told, not judged: machines differ."""
    times = {}
    for login in ("admin", "keeper"):
        actor, taken = crowd.world.actor(login), []
        for _ in range(7):
            began = time.perf_counter()
            browse(crowd.site, actor, "goods_receipt", Query())
            taken.append(time.perf_counter() - began)
        times[login] = sorted(taken)[3] * 1000
    with capsys.disabled():
        ratio = times["keeper"] / times["admin"]
        name = crowd.site.database.dialect
        print(
            f"\n{name}: list of {ROWS} rows, admin {times['admin']:.1f} ms, one company {times['keeper']:.1f} ms ({ratio:.2f})"
        )


# --- hidden rows -------------------------------------------------------------------------------------------------


def answer(response: Any, id: str) -> tuple[int, str]:
    """Status and body of an answer, without what differs anyway: the id asked for, the numbers of the request."""
    text = response.text.replace(id, "ID").replace(response.headers["X-Request-Id"], "N")
    return response.status_code, re.sub(r'name="(_key|_csrf)" value="[^"]*"', "", text)


READS: Mapping[str, str] = {
    "open": "/d/goods_receipt/{}",
    "why": "/d/goods_receipt/{}/why",
    "copy": "/d/goods_receipt/new?copy={}",
    "as an item": "/d/item/{}",
    "file": "/attachments/{}",
}


@pytest.mark.parametrize("login", ["keeper", "watcher"])
@pytest.mark.parametrize("row", ["hidden", "hidden_draft", "bulk"])
def test_a_hidden_row_answers_as_one_that_does_not_exist(crowd: Crowd, login: str, row: str) -> None:
    """Opened, explained, copied, written, moved on, tried: the same status and the same words, as page and as JSON."""
    hidden = crowd.ids[row]
    program, person = crowd.program(login), crowd.person(login)
    for what, address in READS.items():
        for visitor in (program, person):
            at_hidden, at_nothing = (answer(visitor.client.get(address.format(id)), id) for id in (hidden, NOWHERE))
            assert at_hidden == at_nothing, what
            assert at_hidden[0] == 404, what
    writes: tuple[Mapping[str, Any], ...] = (
        {"note": "x"},
        {"_transition": "cancel"},
        {"_transition": "post"},
        {"_version": "1"},
    )
    for body in writes:
        for query in ("", "?explain"):
            at_hidden, at_nothing = (
                answer(program.post(f"/d/goods_receipt/{id}{query}", body), id) for id in (hidden, NOWHERE)
            )
            assert at_hidden == at_nothing, (body, query)
            assert at_hidden[0] == 404
            person.open("/d/goods_receipt/new")
            forms = []
            for id in (hidden, NOWHERE):
                person.open("/d/goods_receipt/new")
                forms.append(
                    answer(person.send(f"/d/goods_receipt/{id}{query}", {k: str(v) for k, v in body.items()}), id)
                )
            assert forms[0] == forms[1], (body, query)
            assert forms[0][0] == 404
    assert crowd.program("other").read(f"/d/goods_receipt/{hidden}")["version"] == 1, "and nothing was written"


def test_a_hidden_row_cannot_be_found_by_any_value(crowd: Crowd) -> None:
    """Filters and searches answer for a value of a hidden row as for a value that nobody has."""
    program, person = crowd.program("watcher"), crowd.person("watcher")
    posted = crowd.ids["hidden_number"]
    for there, nowhere, address in (
        (posted, "GR-ACME-2026-77777", "/d/goods_receipt?number={}"),
        ("X-000777", "X-999999", "/d/goods_receipt?number={}"),
        ("X-000777", "X-999999", "/d/goods_receipt?q={}"),
        ("hidden-one", "nobody-one", "/d/goods_receipt?q={}"),
        ("hidden-one", "nobody-one", "/d/goods_receipt?delivery_note={}"),
        ("D-000777", "D-999999", "/lookup/goods_receipt?q={}"),
        (posted, "GR-ACME-2026-77777", "/r/receipt_lines?number={}"),
        ("hidden-one", "nobody-one", "/r/heads?delivery_note={}"),
    ):
        for visitor in (program, person):
            at_hidden, at_nothing = (
                answer(visitor.client.get(address.format(text)), text) for text in (there, nowhere)
            )
            assert at_hidden == at_nothing, address
            assert at_hidden[0] == 200, address
    for place, id in (("ACME-1", crowd.ids["place"]), ("MAIN", None)):
        listed = program.read(f"/lookup/place?q={place}")["options"]
        assert [option["id"] for option in listed] == ([] if id else ["MAIN"])
        assert program.read(f"/d/place?code={place}")["total"] == (0 if id else 1)
        assert program.read(f"/d/goods_receipt?place={place}")["total"] == (0 if id else OWN + 2)
    good = {"supplier": "MILL", "lines": [{"item": "FLOUR", "quantity": "1"}]}
    for name in ("ACME-1", crowd.ids["place"]):
        at_hidden, at_nothing = (
            answer(program.post("/d/goods_receipt", {**good, "place": text}), text) for text in (name, "NONE")
        )
        assert at_hidden == at_nothing, "a hidden place cannot be written into a document either"
        assert at_hidden[0] == 422


def test_reports_hold_the_visible_rows_only(crowd: Crowd) -> None:
    """A report over records and one over the ledger: rows, totals and pages of one company; the grant is in the SQL."""
    company = crowd.world.id_of("company", "BKY")
    with recording(crowd.site) as tape:
        heads = crowd.program("watcher").read("/r/heads?size=200")
    for text, values in tape.about("e_goods_receipt"):
        assert re.search(r"e_goods_receipt\.company = ", text.partition("WHERE")[2]), text
        assert company in values_of(values)
    assert heads["total"] == OWN + 2
    with recording(crowd.site) as tape:
        stock = crowd.program("watcher").read("/r/stock?size=200&group=-")
    places = {row["values"]["place"] for row in stock["rows"]}
    assert places == {"主仓"}
    assert any("SELECT e_place.id" in text for text, _ in tape.about("l_stock_balance")), (
        "hidden places are left out in SQL"
    )
    assert {row["values"]["place"] for row in crowd.program("admin").read("/r/stock?size=200&group=-")["rows"]} == {
        "主仓",
        "隔壁仓",
    }
    page = crowd.person("watcher").open("/r/stock?size=200&group=-")
    assert "隔壁仓" not in page
    assert "主仓" in page
    assert crowd.program("keeper").read("/r/receipt_lines")["total"] == 2


def test_a_report_never_leaves_rows_out_in_silence(crowd: Crowd) -> None:
    """Over all 100,000 rows the totals are those of all rows, or the report says that it cannot."""
    response = crowd.program("inspector").get("/r/heads?size=25")
    if response.status_code == 200:
        assert response.json()["total"] == ROWS + 4
    else:
        assert response.status_code in {404, 422}, response.text


def test_a_file_is_given_to_those_who_may_see_where_it_hangs(crowd: Crowd) -> None:
    """A file of a hidden row, and one in a hidden field of a visible row, answer as if there were none."""
    for login, seen in (
        ("keeper", {"seen_scan", "seen_letter"}),
        ("watcher", {"seen_scan"}),
        ("other", {"hidden_scan", "hidden_letter"}),
    ):
        program = crowd.program(login)
        nothing = answer(program.get(f"/attachments/{NOWHERE}"), NOWHERE)
        for name in ("seen_scan", "seen_letter", "hidden_scan", "hidden_letter"):
            response = program.get(f"/attachments/{crowd.ids[name]}")
            if name in seen:
                assert (response.status_code, response.content[:9]) == (200, PDF), (login, name)
            else:
                assert answer(response, crowd.ids[name]) == nothing, (login, name)


# --- hidden fields -----------------------------------------------------------------------------------------------


def test_hidden_fields_are_nowhere(crowd: Crowd) -> None:
    """In no list, document, reason, report, trial or lookup, as page or as JSON, is a value or a column of them."""
    id = crowd.ids["seen"]
    draft = crowd.ids["seen_draft"]
    program, person = crowd.program("watcher"), crowd.person("watcher")
    texts: dict[str, str] = {}
    for address in (
        "/d/goods_receipt?q=seen-one",
        f"/d/goods_receipt/{id}",
        f"/d/goods_receipt/{draft}",
        f"/d/goods_receipt/{id}/why",
        f"/d/goods_receipt/{draft}/why",
        f"/d/goods_receipt/new?copy={id}",
        "/r/heads?delivery_note=seen-one",
        "/r/receipt_lines",
        "/d/item?q=FLOUR",
        f"/d/item/{crowd.world.id_of('item', 'FLOUR')}",
        f"/d/item/{crowd.world.id_of('item', 'FLOUR')}/why",
    ):
        for name, visitor in (("json", program), ("page", person)):
            response = visitor.client.get(address)
            assert response.status_code == 200, (address, response.text)
            texts[f"{name} {address}"] = response.text
    tried = program.post(f"/d/goods_receipt/{draft}?explain", {"delivery_note": "seen-two"})
    assert tried.status_code == 200, tried.text
    texts["json trial"] = tried.text
    person.open(f"/d/goods_receipt/{draft}")
    texts["page trial"] = person.send(f"/d/goods_receipt/{draft}?explain", {"_explain": ""}).text
    for place, text in texts.items():
        for secret in (SECRET_NOTE, "777.77", "1166.655", "1166.66", SECRET_CODE, crowd.ids["seen_letter"]):
            assert secret not in text, f"{secret} in {place}"
        if place.startswith(("json /d/goods_receipt?", "json /d/item?", "json /r/")):
            text = re.sub(r'"total":\d+', "", text)  # how many rows there are
        own = ("note", "total") if "goods_receipt" in place else ()
        for name in (*own, "letter", "price", "amount", "purchase_price", "barcode"):
            quoted = (
                r'(?:name|id|for)="(?:lines-\w+-)?{}"' if place.startswith("page") else r'"(?:lines?\.)?(?:item\.)?{}"'
            )
            assert not re.search(quoted.format(name), text), f"{name} in {place}"
    listing = program.read("/d/goods_receipt")
    assert not {"note", "total", "letter"} & {column["id"] for column in listing["columns"]}
    assert listing["sums"] == {}
    opened = program.read(f"/d/goods_receipt/{id}")["values"]
    assert set(opened) == {
        "company",
        "supplier",
        "place",
        "received_on",
        "delivery_note",
        "scan",
        "lines",
        "check_level",
        "order",
        "waits",
    }
    assert set(opened["lines"][0]) == {
        "id",
        "item",
        "quantity",
        "batch",
        "batch_code",
        "last_day",
        "serial",
        "order_line",
    }
    heads = program.read("/r/heads")
    assert [column["id"] for column in heads["columns"]] == ["number", "delivery_note", "supplier"]


def test_nobody_asks_by_a_hidden_field(crowd: Crowd) -> None:
    """A filter, a range or an order by a hidden field is refused like one by a field that does not exist."""
    program, person = crowd.program("watcher"), crowd.person("watcher")
    for hidden, nothing in (
        ("?note=x", "?nothing=x"),
        ("?total=1", "?nothing=1"),
        ("?total_from=1", "?nothing_from=1"),
        ("?order=total", "?order=nothing"),
        ("?order=-note", "?order=-nothing"),
        ("?order=letter", "?order=nothing"),
    ):
        for visitor in (program, person):
            said = []
            for asked in (hidden, nothing):
                response = visitor.client.get(f"/d/goods_receipt{asked}")
                name = asked.lstrip("?").removeprefix("order=").lstrip("-").partition("=")[0]
                text = response.text.replace(f"“{name}”", "NAME").replace(response.headers["X-Request-Id"], "N")
                said.append((response.status_code, text.replace(asked, "")))
            assert said[0][0] == 400, hidden
            assert said[0] == said[1], hidden
    assert crowd.program("keeper").get("/d/goods_receipt?order=total").status_code == 200
    for address in ("/r/heads?remark=x", "/r/heads?order=total", "/r/heads?order=nothing", "/r/stock?nothing=1"):
        assert program.get(address).status_code == 400, address
    everybody = crowd.program("keeper").read(f"/lookup/item?q={SECRET_CODE}")["options"]
    assert [option["id"] for option in everybody] == ["FLOUR"]
    assert program.read(f"/lookup/item?q={SECRET_CODE}")["options"] == []
    assert program.read(f"/d/item?q={SECRET_CODE}")["total"] == 0
    assert program.read(f"/d/goods_receipt?q={SECRET_NOTE}")["total"] == 0


def test_a_hidden_field_cannot_be_written(crowd: Crowd) -> None:
    """A forbidden write is an error that names the field, never dropped in silence."""
    draft = crowd.ids["seen_draft"]
    for body in ({"note": "mine"}, {"letter": crowd.ids["seen_letter"] + "x"}):
        said = crowd.program("watcher").post(f"/d/goods_receipt/{draft}", body)
        assert said.status_code == 403, said.text
        assert [problem["code"] for problem in said.json()["problems"]] == ["ACC-111"]
    lines = [{"item": "FLOUR", "quantity": "1", "price": "2"}]
    said = crowd.program("watcher").post("/d/goods_receipt", {"supplier": "MILL", "place": "MAIN", "lines": lines})
    assert (said.status_code, [problem["code"] for problem in said.json()["problems"]]) == (403, ["ACC-111"])


# --- several roles -----------------------------------------------------------------------------------------------


def test_each_row_shows_the_fields_of_its_own_grant(crowd: Crowd) -> None:
    """Somebody who sees all of one company's receipts and less of another's: a list keeps the two apart."""
    program = crowd.program("both")
    listing = program.read("/d/goods_receipt?q=-one&size=200")
    rows = {row["id"]: row["values"] for row in listing["rows"]}
    assert rows.keys() == {crowd.ids[name] for name in ("seen", "seen_draft", "hidden", "hidden_draft")}
    assert Decimal(rows[crowd.ids["hidden"]]["total"]) == RECEIVED
    assert rows[crowd.ids["seen"]].get("total") is None, "hidden in this row, visible in that"
    page = Grid(crowd.person("both").open("/d/goods_receipt?q=-one&size=200"))
    assert sorted(row[page.head.index("合计")] for row in page.rows) == ["", "", *2 * [f"{RECEIVED:,}"]]
    assert program.read(f"/d/goods_receipt/{crowd.ids['hidden']}")["values"]["note"] == SECRET_NOTE
    assert "note" not in program.read(f"/d/goods_receipt/{crowd.ids['seen']}")["values"]
    why = program.get(f"/d/goods_receipt/{crowd.ids['seen']}/why").text
    assert SECRET_NOTE not in why
    assert SECRET_NOTE in program.get(f"/d/goods_receipt/{crowd.ids['hidden']}/why").text
    person, moving = crowd.person("both"), {"company": "ACME", "place": "ACME-1"}
    tried = program.post(f"/d/goods_receipt/{crowd.ids['seen_draft']}?explain", moving)
    person.open(f"/d/goods_receipt/{crowd.ids['seen_draft']}")
    page_tried = person.send(f"/d/goods_receipt/{crowd.ids['seen_draft']}", {**moving, "_explain": ""})
    page_added = person.send(f"/d/goods_receipt/{crowd.ids['seen_draft']}", {**moving, "_add": "lines"})
    for answer_ in (tried, page_tried, page_added):
        assert answer_.status_code == 200, answer_.text
        for secret in (SECRET_NOTE, "777.77", "1169.36", "1,169.36"):
            assert secret not in answer_.text, "it is the stored row that hides it, not the one it is turned into"
    for asked in (f"note={SECRET_NOTE}", f"total={RECEIVED}&q=-one"):
        own = program.read(f"/d/goods_receipt?{asked}")
        assert {row["id"] for row in own["rows"]} == {crowd.ids["hidden"], crowd.ids["hidden_draft"]}, asked
    assert program.read("/d/goods_receipt?total_from=0&q=D-")["total"] == ROWS - OWN


def test_a_row_is_not_taken_over_by_writing_oneself_into_it(crowd: Crowd) -> None:
    """Who may open all rows and edit those of one company cannot edit another's by changing its company on the way."""
    program = crowd.program("inspector")
    hidden = crowd.ids["hidden_draft"]
    assert program.read(f"/d/goods_receipt/{hidden}")["version"] == 1
    for body in ({"company": "BKY", "place": "MAIN"}, {"company": "BKY", "place": "MAIN", "_transition": "cancel"}):
        said = program.post(f"/d/goods_receipt/{hidden}", body)
        assert said.status_code == 403, said.text
        assert "OPS-105" in {problem["code"] for problem in said.json()["problems"]}
    assert program.read(f"/d/goods_receipt/{hidden}")["version"] == 1

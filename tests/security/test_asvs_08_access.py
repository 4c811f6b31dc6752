"""ASVS 5.0 chapter 8, 13.4, 15.3: routes, rows and fields; and the holes in access that nobody had listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.language.problems import Refused
from engine.operations.attach import attach
from engine.operations.listing import Query
from engine.operations.publish import migrate, publish
from engine.operations.report import run_report
from engine.operations.site import Site
from engine.storage import records
from engine.web.app import table
from engine.web.grants import On, Public, SignedIn
from tests.security.attacker import Attacker, actor, do, entries, id_of, new_key, written
from tests.security.crawl import FILLED, READS, ROUTES, Known, fill
from tests.security.vault import PEOPLE, ROLES, SEEDED, vault

ENTER = Callable[..., Attacker]
NOWHERE = "0197aaaa-0000-7000-8000-000000000000"
SECRETS = ("KANARI-SECRET", "5173.31", "5,173.31", "4711.19", "4,711.19", "9422.38", "9,422.38", "KANARI-PAPER")
"""What the roles `reader`, `blind`, `copier` and (in rows of others) `mixed` may never see."""


@pytest.fixture(scope="module")
def known(shared: Site) -> Known:
    """A dossier of the first company."""
    return fill(shared)


@pytest.fixture(scope="module")
def foreign(shared: Site) -> Known:
    """A dossier of the second company."""
    return fill(shared, "deli_clerk", subject="FOREIGN-SUBJECT")


@pytest.fixture(scope="module")
def visitors(shared: Site) -> Callable[..., Attacker]:
    """Somebody signed in, once."""
    there: dict[tuple[str, bool], Attacker] = {}

    def visit(login: str, program: bool = True) -> Attacker:
        if (login, program) not in there:
            there[login, program] = Attacker(shared, login, program=program)
        return there[login, program]

    return visit


def stripped(answer: Any, *words: str) -> tuple[int, str]:
    """An answer without what is its own each time, and without the words asked with."""
    text = re.sub(
        r'"number":"[0-9a-f]{12}"|[0-9a-f]{12}(?=<)|[0-9a-f-]{36}|name="_csrf" value="[^"]*"', "", answer.text
    )
    for word in words:
        text = text.replace(word, "")
    return answer.status_code, text


# --- routes (row 28) ---------------------------------------------------------------------------------------------

MAY: Mapping[str, frozenset[str]] = {
    "list": frozenset({"admin", "clerk", "deli_clerk", "reader", "mixed", "thief", "blind", "copier"}),
    "open": frozenset({"admin", "clerk", "deli_clerk", "reader", "mixed", "thief", "blind", "copier"}),
    "create": frozenset({"clerk", "deli_clerk", "mixed", "thief", "blind", "copier"}),
    "edit": frozenset({"clerk", "deli_clerk", "mixed", "thief", "blind"}),
    "report": frozenset({"clerk", "deli_clerk", "reader", "mixed"}),
}
"""Who may do what with dossiers, stated here once more and by hand."""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)[-1]} {route.path}")
def test_asvs_8_2_1_every_route_for_every_role(route: Any, known: Known, visitors: Callable[..., Attacker]) -> None:
    """The matrix of the router and the people: what is not granted is 403 or 404, whoever asks and however."""
    address = known.address(route)
    assert isinstance(route.grant, Public | SignedIn | On)
    for login in (*SEEDED, *PEOPLE):
        someone = visitors(login)
        if not isinstance(route.grant, On):
            continue
        action = "report" if route.grant.kind == "report" else route.grant.action
        reads = "GET" in route.methods
        answer = someone.get(address) if reads else someone.post(address, {"nonsense": 1})
        edits = route.path == "/d/{entity}/{id}" and not reads
        if login in MAY[action] and not (edits and login not in MAY["edit"]):
            assert answer.status_code in {200, 404, 422}, (login, answer.text)
        else:
            assert answer.status_code in {403, 404}, (login, answer.text)
            assert set(someone.codes(answer)) & {"ACC-110", "WEB-107", "ACC-112", "OPS-130"}, (login, answer.text)


TRICKS = [
    "/d/dossier?x=/sign-in",
    "/d/dossier?/static/",
    "/d/dossier?next=/healthz",
    "//d/dossier",
    "/./d/dossier",
    "/d/./dossier",
    "/d//dossier",
    "/d/dossier/",
    "/d/dossier/.",
    "/d/dossier/..",
    "/static/../d/dossier",
    "/static/..%2f..%2fd%2fdossier",
    "/healthz/../d/dossier",
    "/healthz/%2e%2e/d/dossier",
    "/%2e/d/dossier",
    "/%64/dossier",
    "/d/%64ossier",
    "/d/dossier;/healthz",
    "/healthz;/d/dossier",
    "/d/dossier.",
    "/d/dossier%20",
    "/d/dossier%00",
    "/d/dossier%0a",
    "/d/dossier%2f",
    "/d/dossier%5c",
    "/D/dossier",
    "/d/Dossier",
    "/d/DOSSIER",
    "/d/dossier%23/static/x",
    "/d/dossier.json",
    "/d/dossier.css",
    "/d\\dossier",
    "/d/d\u00f6ssier",
    "/d/ｄossier",
    "/sign-in/d/dossier",
    "/static/formwork.css/d/dossier",
]


@pytest.mark.parametrize("path", TRICKS)
def test_asvs_8_2_1_tricks_with_the_path(
    path: str, shared: Site, known: Known, visitors: Callable[..., Attacker]
) -> None:
    """Budibase CVE-2026-31816: nothing about the text of an address opens anything, to nobody and to strangers."""
    nobody = Attacker(shared)
    for someone in (nobody, visitors("nobody"), visitors("keeper")):
        answer = someone.client.get(f"https://shop.test{path}")
        assert answer.status_code in {401, 403, 404}, answer.text
        assert "KANARI" not in answer.text
    assert visitors("clerk").get("/d/dossier").status_code == 200


def test_asvs_8_2_1_public_routes_are_counted() -> None:
    """Whoever makes another one public changes this list, and says why."""
    public = {route.path: route.grant.why for route in table() if isinstance(route.grant, Public)}
    assert public.keys() == {"/sign-in", "/preferences", "/static/{name}", "/healthz", "/readyz"}
    assert all(len(why) > 10 for why in public.values())


# --- rows (row 29) -----------------------------------------------------------------------------------------------


def test_asvs_8_2_2_a_hidden_row_does_not_exist(
    shared: Site, known: Known, foreign: Known, visitors: Callable[..., Attacker]
) -> None:
    """Every address of another company's dossier and its file answers as for an id that nobody has."""
    before = written(shared)
    for program in (True, False):
        clerk = visitors("clerk", program)
        for route in READS:
            if "{id}" not in route.path:
                continue
            hidden = clerk.get(foreign.address(route))
            nothing = clerk.get(Known(NOWHERE, NOWHERE).address(route))
            assert stripped(hidden) == stripped(nothing), route.path
            assert hidden.status_code == 404
        for id in (foreign.dossier, NOWHERE):
            assert clerk.get(f"/d/dossier/new?copy={id}").status_code == 404
    clerk = visitors("clerk")
    writes = (
        {},
        {"subject": "x"},
        {"company": "BKY"},
        {"_transition": "file"},
        {"_version": 1, "subject": "x"},
        {"nonsense": 1},
        {"lines": []},
    )
    for body in writes:
        for more in ("", "?explain=1", "?transition=file"):
            answers = [clerk.post(f"/d/dossier/{id}{more}", body) for id in (foreign.dossier, NOWHERE)]
            assert stripped(answers[0]) == stripped(answers[1])
            assert answers[0].status_code == 404
    for control in ({"_add": "lines"}, {"_remove": "lines-0"}, {"_explain": "file"}, {"_transition": "file"}):
        answers = [clerk.form(f"/d/dossier/{id}", {**control, "subject": "x"}) for id in (foreign.dossier, NOWHERE)]
        assert stripped(answers[0]) == stripped(answers[1])
        assert answers[0].status_code == 404
    assert written(shared) == before


def test_asvs_8_2_2_counts_searches_filters_and_lookups_hold_no_hidden_row(
    foreign: Known, known: Known, visitors: Callable[..., Attacker]
) -> None:
    clerk = visitors("clerk")
    for address in (
        "/d/dossier?q=FOREIGN",
        "/d/dossier?company=DELI",
        "/d/dossier?subject=FOREIGN-SUBJECT",
        "/d/dossier?order=-created_at&size=200",
        "/d/dossier?pay_from=0",
        "/lookup/dossier?q=FOREIGN",
        "/lookup/dossier?q=",
        "/r/dossiers?subject=FOREIGN",
        "/r/dossiers?q=FOREIGN",
        "/d/dossier?format=csv",
        "/r/dossiers?format=csv",
        "/",
    ):
        for program in (True, False):
            answer = visitors("clerk", program).get(address)
            assert answer.status_code == 200
            shown = re.sub(r'(value="|[?&;]|%26|%3F)(q|subject)?(=|%3D)?FOREIGN[A-Z-]*', "", answer.text)
            assert "FOREIGN-SUBJECT" not in shown, address
            assert foreign.dossier not in answer.text, address
    assert clerk.get("/d/dossier?size=200").json()["total"] == len(clerk.get("/d/dossier?size=200").json()["rows"])


def test_asvs_8_2_2_a_hidden_record_cannot_be_named(site: Site, enter: ENTER) -> None:
    """By id or by code, in a field or a filter: the same words as for a record that is not there."""
    partner = id_of(site, "partner", "MILL")  # level A: hidden from readers
    do(site, "clerk", "dossier", FILLED)
    reader = enter("reader")
    assert reader.get(f"/d/partner/{partner}").status_code == 404
    for there, nowhere in (("MILL", "NONE"), (partner, NOWHERE), ("江南面粉厂", "江北面粉厂")):
        for address in ("/lookup/partner?q={}", "/d/dossier?partner={}", "/d/partner?code={}", "/d/partner?q={}"):
            hidden, nothing = (reader.get(address.format(text)) for text in (there, nowhere))
            assert stripped(hidden, there) == stripped(nothing, nowhere), address
    # `thief` may write dossiers; what it may not list it may not write into one
    role = ROLES["thief"].replace(
        "entity: partner, actions: [list, open]", "entity: partner, actions: [list, open], where: level != 'A'"
    )
    republish(site, {"roles/thief.yaml": role})
    thief = enter("thief")
    for there, nowhere in (
        ("MILL", "NONE"),
        (partner, NOWHERE),
        ({"code": "MILL"}, {"code": "NONE"}),
        ({"id": partner}, {"id": NOWHERE}),
    ):
        hidden, nothing = (thief.post("/d/dossier", {"subject": "x", "partner": named}) for named in (there, nowhere))
        words = [each if isinstance(each, str) else next(iter(each.values())) for each in (there, nowhere)]
        assert stripped(hidden, words[0]) == stripped(nothing, words[1])
        assert hidden.status_code == 422


def republish(site: Site, changes: dict[str, str]) -> None:
    """Publish the vault with some files changed."""
    app = vault(changes)
    migrate(site, app, False)
    publish(site, app.layers, "test")


# --- fields (row 30) ---------------------------------------------------------------------------------------------


def doors_of(known: Known) -> list[str]:
    """Every address at which something of the dossier could be seen."""
    return [
        "/d/dossier?size=200",
        "/d/dossier?q=KANARI-SUBJECT",
        "/d/dossier?format=csv",
        "/r/dossiers?format=csv",
        f"/d/dossier/{known.dossier}",
        f"/d/dossier/{known.dossier}/why",
        "/lookup/dossier?q=KANARI-SUBJECT",
        "/r/dossiers",
        "/",
    ]


@pytest.mark.parametrize("login", ["reader", "blind", "copier"])
def test_asvs_8_2_3_hidden_fields_are_at_no_door(login: str, known: Known, visitors: Callable[..., Attacker]) -> None:
    """List, page, reasons, lookup, report, home, trial and form: no value of a hidden field."""
    for program in (True, False):
        someone = visitors(login, program)
        answers = [someone.get(address) for address in doors_of(known)]
        answers += [someone.get(f"/d/dossier/new?copy={known.dossier}")] if login != "reader" else []
        answers += [
            someone.post(f"/d/dossier/{known.dossier}?explain=1", {}),
            someone.post(f"/d/dossier/{known.dossier}?explain=1", {"subject": "x"}),
            someone.form(f"/d/dossier/{known.dossier}", {"_explain": ""}),
            someone.form(f"/d/dossier/{known.dossier}", {"_add": "lines"}),
            someone.form(f"/d/dossier/{known.dossier}", {"_outputs": "1"}),
            someone.form(f"/d/dossier/{known.dossier}", {"_explain": "file", "subject": "x"}),
        ]
        for answer in answers:
            assert answer.status_code in {200, 403, 404}, (answer.url, answer.text)
            for secret in SECRETS:
                assert secret not in answer.text, (secret, str(answer.request.method), str(answer.url))
    assert visitors(login).get(f"/attachments/{known.paper}").status_code == 404


def test_asvs_8_2_3_a_price_nobody_may_see_is_in_no_trial(shared: Site, visitors: Callable[..., Attacker]) -> None:
    """The shipped roles: a seller opens items without their purchase price, also when asking what would happen."""
    seller, flour = visitors("seller"), id_of(shared, "item", "FLOUR")
    for answer in (
        seller.get(f"/d/item/{flour}"),
        seller.get(f"/d/item/{flour}/why"),
        seller.post(f"/d/item/{flour}?explain=1", {}),
        seller.get("/d/item?q=FLOUR"),
        seller.get("/lookup/item?q=FLOUR"),
        seller.get("/r/stock"),
    ):
        assert "purchase_price" not in answer.text, answer.url
        assert "5.6" not in answer.text, answer.url


def test_asvs_8_2_3_each_row_shows_the_fields_of_its_own_grant(
    known: Known, foreign: Known, visitors: Callable[..., Attacker]
) -> None:
    """`mixed` sees all of the own company's dossiers and less of the others': no door mixes the two."""
    mixed = visitors("mixed")
    rows = {row["id"]: row["values"] for row in mixed.get("/d/dossier?size=200").json()["rows"]}
    assert rows[known.dossier]["secret"] == "KANARI-SECRET"
    assert "secret" not in rows[foreign.dossier]
    assert "pay" not in rows[foreign.dossier]
    report = mixed.get("/r/dossiers?subject=FOREIGN-SUBJECT").json()
    assert [row["values"]["pay"] for row in report["rows"]] == [None]
    assert not report["sums"].get("pay")
    own = mixed.get("/r/dossiers?subject=KANARI-SUBJECT").json()
    assert own["rows"][0]["values"]["secret"] == "KANARI-SECRET"
    for program in (True, False):
        someone = visitors("mixed", program)
        for answer in (
            someone.get(f"/d/dossier/{foreign.dossier}"),
            someone.get(f"/d/dossier/{foreign.dossier}/why"),
            someone.get("/d/dossier?q=FOREIGN-SUBJECT"),
            someone.get("/d/dossier?q=FOREIGN-SUBJECT&format=csv"),
            someone.get("/r/dossiers?subject=FOREIGN-SUBJECT&format=csv"),
            someone.form(f"/d/dossier/{foreign.dossier}", {"_outputs": "1"}),
            someone.post(f"/d/dossier/{foreign.dossier}?explain=1", {}),
            someone.get(f"/d/dossier/new?copy={foreign.dossier}"),
        ):
            for secret in SECRETS:
                assert secret not in answer.text, (secret, answer.url)
        assert "KANARI-SECRET" in someone.get(f"/d/dossier/{known.dossier}").text
    assert mixed.get(f"/attachments/{foreign.paper}").status_code == 404
    assert mixed.get(f"/attachments/{known.paper}").status_code == 200


def test_asvs_8_2_3_writing_oneself_into_a_row_does_not_show_it(
    foreign: Known, visitors: Callable[..., Attacker], shared: Site
) -> None:
    """A trial or a page of a form judges who sees what by the row as it is, not by what was typed into it."""
    mixed, before = visitors("mixed"), written(shared)
    for answer in (
        mixed.post(f"/d/dossier/{foreign.dossier}?explain=1", {"company": "BKY"}),
        mixed.form(f"/d/dossier/{foreign.dossier}", {"company": "BKY", "_add": "lines"}),
        mixed.form(f"/d/dossier/{foreign.dossier}", {"company": "BKY", "_explain": ""}),
        mixed.form(f"/d/dossier/{foreign.dossier}", {"company": "BKY", "_outputs": "1"}),
        visitors("mixed", False).form(f"/d/dossier/{foreign.dossier}", {"company": "BKY", "_add": "lines"}),
        visitors("mixed", False).form(f"/d/dossier/{foreign.dossier}", {"company": "BKY", "_explain": ""}),
    ):
        for secret in SECRETS:
            assert secret not in answer.text, (secret, answer.request.content)
    assert written(shared) == before


def test_asvs_8_2_3_no_question_is_answered_by_a_hidden_field(
    known: Known, foreign: Known, visitors: Callable[..., Attacker]
) -> None:
    """Searching, filtering, ordering and summing by it: refused, or the same for a right and for a wrong guess."""
    for login in ("reader", "blind"):
        someone = visitors(login)
        for right, wrong in (
            ("/d/dossier?q=KANARI-SECRET", "/d/dossier?q=KANARI-NOTHING"),
            ("/lookup/dossier?q=KANARI-SECRET", "/lookup/dossier?q=KANARI-NOTHING"),
            ("/d/dossier?secret=KANARI-SECRET", "/d/dossier?secret=KANARI-NOTHING"),
            ("/d/dossier?pay=5173.31", "/d/dossier?pay=5173.32"),
            ("/d/dossier?pay_from=5000", "/d/dossier?pay_from=6000"),
            ("/d/dossier?total_to=5000", "/d/dossier?total_to=4000"),
            ("/d/dossier?order=pay", "/d/dossier?order=-pay"),
            ("/d/dossier?order=secret", "/d/dossier?order=-secret"),
            ("/r/dossiers?secret=KANARI-SECRET", "/r/dossiers?secret=KANARI-NOTHING"),
            ("/r/dossiers?pay=5173.31", "/r/dossiers?pay=9"),
            ("/r/dossiers?q=KANARI-SECRET", "/r/dossiers?q=KANARI-NOTHING"),
            ("/r/dossiers?order=pay", "/r/dossiers?order=-pay"),
            ("/r/dossiers?phone=1", "/r/dossiers?phone=2"),
            ("/d/item?barcode=1", "/d/item?barcode=2"),
            ("/d/item?purchase_price_from=5", "/d/item?purchase_price_from=50"),
            ("/d/item?order=purchase_price", "/d/item?order=-purchase_price"),
        ):
            at_right, at_wrong = someone.get(right), someone.get(wrong)
            words = ("KANARI-SECRET", "KANARI-NOTHING")
            assert stripped(at_right, *words) == stripped(at_wrong, *words), right
    mixed = visitors("mixed")
    for address in (
        "/d/dossier?pay=5173.31",
        "/d/dossier?secret=KANARI-SECRET",
        "/d/dossier?pay_from=0",
        "/d/dossier?total_to=9999999",
    ):
        found = {row["id"] for row in mixed.get(address).json()["rows"]}
        assert known.dossier in found, address
        assert foreign.dossier not in found, address
    assert "pay" not in mixed.get("/d/dossier").json()["sums"]
    orders = [[row["id"] for row in mixed.get(f"/d/dossier?order={name}").json()["rows"]] for name in ("pay", "-pay")]
    assert orders[0] == orders[1], "some rows hide it, so nothing is ordered by it"


def test_asvs_8_2_3_what_a_report_looks_at_behind_a_reference_is_cut_too(
    known: Known, visitors: Callable[..., Attacker]
) -> None:
    """`reader` may not list partners of level A and never sees a telephone number: the report has neither."""
    report = visitors("reader").get("/r/dossiers").json()
    assert [column["id"] for column in report["columns"]] == ["subject", "partner"]
    assert {row["values"]["partner"] for row in report["rows"]} == {None}
    whole = visitors("clerk").get("/r/dossiers").json()
    assert [column["id"] for column in whole["columns"]] == ["subject", "pay", "secret", "partner", "phone"]
    assert "江南面粉厂" in {row["values"]["partner"] for row in whole["rows"]}


def test_asvs_8_2_3_a_forged_write_is_an_error_and_not_silence(site: Site, enter: ENTER) -> None:
    """Every hidden field, of the document and of its lines, old and new: 403, and nothing of the rest is written."""
    known = fill(site)
    blind = enter("blind")
    before = written(site)
    for name, value in (("secret", "mine"), ("pay", "1"), ("paper", known.paper + "x"), ("secret", None), ("pay", "")):
        for address in ("/d/dossier", f"/d/dossier/{known.dossier}"):
            if address == "/d/dossier" and not value:
                continue
            answer = blind.post(address, {"subject": "changed", name: value})
            assert answer.status_code == 403, (name, address, answer.text)
            assert "ACC-111" in blind.codes(answer)
    lines = [{"what": "x", "cost": "1"}]
    for address in ("/d/dossier", f"/d/dossier/{known.dossier}"):
        answer = blind.post(address, {"subject": "changed", "lines": lines})
        assert answer.status_code == 403, answer.text
    assert written(site) == before


def test_asvs_8_2_3_guessing_a_hidden_value_tells_nothing(site: Site, enter: ENTER) -> None:
    """Handing in what is there already is refused like handing in anything else: otherwise each try is an answer."""
    known = fill(site)
    blind = enter("blind")
    for right, wrong in (
        ({"pay": "5173.31"}, {"pay": "5173.32"}),
        ({"secret": "KANARI-SECRET"}, {"secret": "KANARI-NOTHING"}),
        ({"total": "4711.19"}, {"total": "4711.20"}),
        ({"paper": known.paper}, {"paper": NOWHERE}),
    ):
        answers = [blind.post(f"/d/dossier/{known.dossier}", body) for body in (right, wrong)]
        assert stripped(answers[0]) == stripped(answers[1]), right
        assert answers[0].status_code in {403, 422}


# --- mass assignment (row 31) ------------------------------------------------------------------------------------

FORGED = {
    "id": NOWHERE,
    "state": "filed",
    "version": 9,
    "number": "DO-1",
    "created_by": "engine",
    "created_at": "2020-01-01",
    "changed_by": "engine",
    "changed_at": "2020-01-01",
    "package": "sha256-0",
    "owner": "me",
    "entity": "person",
    "key": "x",
    "_id": NOWHERE,
    "_state": "filed",
    "_package": "sha256-0",
    "_number": "DO-1",
    "_created_by": "engine",
    "journal_hash": "0",
    "hash": "0",
    "actor": "engine",
    "company.code": "X",
    "lines.cost": "1",
    "lines-0": "x",
    "lines-0-_record": NOWHERE,
    "lines-0-_position": "7",
    "__proto__": "x",
    "__class__": "x",
    "constructor": "x",
    "": "x",
}


def test_asvs_15_3_3_mass_assignment(site: Site, enter: ENTER) -> None:
    """Every name that the engine keeps for itself, each alone, by both doors, on a new and on a stored document."""
    clerk = enter("clerk")
    known = fill(site)
    with site.reading() as (connection, running):
        columns = {column.name for column in running.tables.entities["dossier"].table.columns}
        kept = records.get_one(connection, running.tables, "dossier", known.dossier)
    fields = {field.id for field in running.app.entities["dossier"].fields}
    forged = {**dict.fromkeys(columns - fields, "x"), **FORGED}
    before = written(site)
    for name, value in forged.items():
        for address in ("/d/dossier", f"/d/dossier/{known.dossier}"):
            answers = [
                clerk.post(address, {"subject": "x", name: value}),
                clerk.form(address, {"subject": "x", name: str(value)}),
            ]
            for answer in answers:
                assert answer.status_code in {400, 422}, (name, answer.status_code, answer.text)
            inner = clerk.post(address, {"subject": "x", "lines": [{"what": "x", name: value}]})
            assert inner.status_code in {403, 422}, (name, inner.text)
    assert written(site) == before
    with site.reading() as (connection, running):
        assert records.get_one(connection, running.tables, "dossier", known.dossier) == kept


def test_asvs_15_3_3_lines_of_another_document(site: Site, enter: ENTER) -> None:
    """A line's id belongs to its own document; nobody moves or overwrites a line of another."""
    clerk = enter("clerk")
    first, second, foreign = fill(site), fill(site), fill(site, "deli_clerk")
    with site.reading() as (connection, running):
        ids = [
            records.get_one(connection, running.tables, "dossier", each.dossier).lines("lines")[0]["id"]  # type: ignore[union-attr]
            for each in (second, foreign)
        ]
    before = written(site)
    for id in (*ids, NOWHERE, first.dossier):
        answer = clerk.post(f"/d/dossier/{first.dossier}", {"lines": [{"id": id, "what": "stolen"}]})
        assert answer.status_code == 422
    assert written(site) == before


# --- rows before and after; what nobody listed -------------------------------------------------------------------


def test_asvs_8_2_2_nobody_takes_a_row_over_by_writing_into_it(site: Site, enter: ENTER) -> None:
    """`thief` opens all dossiers and edits those of one company: not others by changing their company on the way."""
    foreign = fill(site, "deli_clerk")
    thief, before = enter("thief"), written(site)
    for body in (
        {"company": "BKY"},
        {"company": "BKY", "subject": "mine"},
        {"company": "BKY", "_transition": "file"},
        {"_transition": "file"},
        {"subject": "mine"},
    ):
        for answer in (
            thief.post(f"/d/dossier/{foreign.dossier}", body),
            thief.form(f"/d/dossier/{foreign.dossier}", body),
        ):
            assert answer.status_code == 403, (body, answer.text)
    assert written(site) == before


def test_asvs_8_2_2_nobody_gives_a_row_away(site: Site, enter: ENTER) -> None:
    """An own dossier does not go to another company, and none is made for one."""
    own = fill(site)
    before = written(site)
    for login in ("clerk", "thief", "mixed"):
        someone = enter(login)
        for address in (f"/d/dossier/{own.dossier}", "/d/dossier"):
            answer = someone.post(address, {"subject": "gift", "company": "DELI"})
            assert answer.status_code == 403, (login, answer.text)
            answer = someone.post(address, {"subject": "gift", "company": None})
            assert answer.status_code in {403, 422}, (login, answer.text)
    assert written(site) == before


def test_asvs_8_2_2_a_key_of_somebody_else_answers_nothing(site: Site, enter: ENTER) -> None:
    """An idempotency key belongs to its person: nobody reads another's answer by it, and it does not act again."""
    clerk, other, again = enter("clerk"), enter("deli_clerk"), enter("clerk")
    key = new_key()
    first = clerk.post("/d/dossier", {"subject": "mine"}, key=key)
    before = written(site)
    for someone in (other, enter("reader"), enter("mixed")):
        answer = someone.post("/d/dossier", {"subject": "mine"}, key=key)
        assert answer.status_code in {403, 409}, answer.text
        assert first.json()["id"] not in answer.text
    repeated = again.post("/d/dossier", {"subject": "mine"}, key=key).json()
    assert (repeated["id"], repeated["replayed"]) == (first.json()["id"], True)
    assert again.post("/d/dossier", {"subject": "other"}, key=key).status_code == 409
    assert again.post(f"/d/dossier/{first.json()['id']}", {"subject": "mine"}, key=key).status_code == 409
    assert written(site) == before


def test_asvs_8_2_2_a_file_is_not_opened_by_hanging_it_on_a_document(site: Site, enter: ENTER) -> None:
    """Whoever learns the id of a file cannot get it by writing the id into a document of their own."""
    foreign = fill(site, "deli_clerk")
    clerk = enter("clerk")
    answer = clerk.post("/d/dossier", {"subject": "trap", "paper": foreign.paper})
    assert answer.status_code == 422, answer.text
    assert clerk.post("/d/dossier", {"subject": "trap", "paper": NOWHERE}).status_code == 422
    page = enter("clerk", program=False).form(
        "/d/dossier", {"subject": "trap", "paper": foreign.paper, "_add": "lines"}
    )
    assert "KANARI-PAPER" not in page.text
    assert clerk.get(f"/attachments/{foreign.paper}").status_code == 404
    own = attach(site, actor(site, "clerk"), "own.pdf", b"%PDF-own").id
    assert clerk.post("/d/dossier", {"subject": "right", "paper": own}).status_code == 201


def test_asvs_8_2_1_a_grant_taken_away_by_publishing_counts_for_every_document(site: Site, enter: ENTER) -> None:
    """Documents keep their rules and states; who may see and do what is always what is published now."""
    known = fill(site)
    clerk = enter("clerk")
    assert clerk.get(f"/d/dossier/{known.dossier}").json()["values"]["secret"] == "KANARI-SECRET"
    role = ROLES["clerk"].replace(
        "{id: dossiers, entity: dossier, actions: all, where: company == actor.company}",
        "{id: dossiers, entity: dossier, fields: {hide: [secret, paper]}, where: company == actor.company}",
    )
    assert role != ROLES["clerk"]
    republish(site, {"roles/clerk.yaml": role})
    before = entries(site)
    opened = clerk.get(f"/d/dossier/{known.dossier}")
    assert opened.status_code == 200
    assert "KANARI-SECRET" not in opened.text
    assert "KANARI-SECRET" not in clerk.get(f"/d/dossier/{known.dossier}/why").text
    assert opened.json()["transitions"] == []
    assert clerk.post(f"/d/dossier/{known.dossier}", {"subject": "x"}).status_code == 403
    assert clerk.post(f"/d/dossier/{known.dossier}", {"_transition": "file"}).status_code == 403
    assert entries(site) == before


def test_asvs_8_2_1_a_transition_never_makes_what_may_not_be_created(site: Site) -> None:
    """A document that does not exist yet is created, whatever it is moved to at once."""
    role = ROLES["thief"].replace("actions: [create, edit, file]", "actions: [file]")
    republish(site, {"roles/thief.yaml": role})
    before = written(site)
    for raw in ({}, {"subject": "x"}, {"subject": "x", "company": "BKY"}):
        with pytest.raises(Refused) as refused:
            do(site, "thief", "dossier", raw, transition="file")
        assert "ACC-110" in {problem.code for problem in refused.value.problems}, raw
    assert written(site) == before


def test_asvs_8_3_1_a_program_that_asks_what_would_happen_changes_nothing(site: Site, enter: ENTER) -> None:
    """The button of the page is `_explain`; a program that says the same means the same."""
    known, clerk = fill(site), enter("clerk")
    before = written(site)
    for body in ({"_explain": "file"}, {"_explain": ""}, {"_explain": "file", "subject": "x"}):
        answer = clerk.post(f"/d/dossier/{known.dossier}", body)
        assert answer.status_code in {200, 400, 422}, answer.text
    assert written(site) == before


def test_asvs_8_2_2_settings_of_reports_are_the_actors_own(site: Site) -> None:
    """A report is asked as one person: nothing of an earlier reader stays in it."""
    fill(site)
    fill(site, "deli_clerk", subject="FOREIGN-SUBJECT")
    for login, company in (("clerk", "KANARI-SUBJECT"), ("deli_clerk", "FOREIGN-SUBJECT"), ("clerk", "KANARI-SUBJECT")):
        rows = run_report(site, actor(site, login), "dossiers", Query()).rows
        assert {row.values["subject"] for row in rows} == {company}

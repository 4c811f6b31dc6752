"""ASVS 5.0 chapter 1: what people type stays text, in pages, in SQL, in templates, in headers and in JSON."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

import pytest

from engine.cli.operator import operator
from engine.language.formula import Formula
from engine.language.problems import Problem
from engine.language.scope import Scope
from engine.language.types import DecimalType, FlagType, IntegerType, TextType
from engine.operations.attach import attach, safe_name
from engine.operations.case import Submission
from engine.operations.publish import migrate, publish
from engine.operations.site import Site
from engine.operations.submit import submit
from engine.packages.files import PackageFiles, read_folder
from engine.packages.load import load
from engine.storage.filters import pushable
from tests.operations.conftest import APPS
from tests.security.attacker import Attacker, actor, do, entries, id_of, new_key, written
from tests.security.crawl import FILLED, fill
from tests.security.vault import DOSSIER, LAYER, vault

ENTER = Callable[..., Attacker]
ENGINE = Path(__file__).parents[2] / "engine"

XSS = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.test/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    '<a href="&#106;avascript:alert(1)">x</a>',
    "<form action=javascript:alert(1)><button>x",
    "<button formaction=javascript:alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<style>@import '//evil.test/x.css';</style>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<base href=//evil.test/>",
    "<textarea></textarea><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</option></select><script>alert(1)</script>",
    "</template><img src=x onerror=alert(1)>",
    "<!--<img src=--><img src=x onerror=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "x onmouseover=alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\x3cscript\\x3ealert(1)\\x3c/script\\x3e",
    "\\u003cscript\\u003ealert(1)",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "＜script＞alert(1)＜/script＞",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "{{7*7}}<b>",
    "${7*7}<b>",
    "<%= 7*7 %>",
    "{% raw %}<b>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//</stYle/</titLe/</teXtarEa/</scRipt/--!>",
    '"\';!--"<XSS>=&{()}',
]


class Reading(HTMLParser):
    """What a browser would make of a page: its tags with the names of their attributes, and where it leads."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action", "formaction", "data"}]
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


KNOWN_TAGS = frozenset(
    """
    a aside body br button caption code dd details div dl dt fieldset footer form h1 h2 h3 h4 head header hr html input
    label legend li link main meta nav ol optgroup option p script section select small span strong summary svg table
    tbody td template textarea tfoot th thead time title tr ul use abbr em kbd figure figcaption output path circle
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def check_page(page: str, payloads: list[str]) -> None:
    """Nothing of a payload became a tag, an attribute or a place to go."""
    read = Reading(page)
    for tag, attributes in read.tags:
        assert tag in KNOWN_TAGS, tag
        assert not [name for name in attributes if name.startswith("on") or name in {"srcdoc", "style"}], attributes
    for link in read.links:
        assert re.match(r"(/(?![/\\])|#|\?|$)", link), link
    assert sum(tag == "script" for tag, _ in read.tags) == 1, "our own"
    for payload in payloads:
        if re.search(r"[<>\"']", payload):
            assert payload not in page, payload


def shows(page: str, payload: str) -> bool:
    """Whether people read the payload on the page, exactly as it was typed."""
    return any(payload in text for text in Reading(page).texts)


def test_the_corpus_is_large_enough() -> None:
    assert len(XSS) == len(set(XSS)) >= 40


def test_asvs_1_2_1_what_is_stored_is_shown_as_text(site: Site, enter: ENTER) -> None:
    """Row 36: every text field of documents, lines and masters, names of people and files, on every page."""
    boss = operator(site)

    def bring(entity: str, raw: Mapping[str, Any]) -> str:
        return submit(site, boss, Submission(entity, None, None, raw, None, new_key())).id

    ids = []
    for number in range(0, len(XSS), 4):
        part = XSS[number : number + 4]
        bring(
            "partner",
            {"code": f"X{number}", "name": part[0], "kind": "supplier", "place": "SUPPLIERS", "phone": part[-1][:40]},
        )
        bring("item", {"code": f"I{number}", "name": part[0], "barcode": part[-1][:60], "note": part[0]})
        lines = [{"what": text, "item": f"I{number}", "cost": "9"} for text in part]
        raw = {"subject": part[0], "story": part[-1], "secret": part[0], "partner": f"X{number}", "lines": lines}
        ids.append((do(site, "clerk", "dossier", raw).id, part))
    bring("person", {"code": "evil", "name": XSS[0], "language": "en"})
    clerk = enter("clerk", program=False)
    for id, part in ids:
        page = clerk.get(f"/d/dossier/{id}").text
        check_page(page, XSS)
        assert all(shows(page, text) for text in part)
        check_page(clerk.get(f"/d/dossier/{id}/why").text, XSS)
        check_page(clerk.get(f"/d/dossier/new?copy={id}").text, XSS)
    for address in ("/d/dossier?size=200", "/d/item?size=200", "/d/partner?size=200", "/r/dossiers?size=200", "/"):
        page = clerk.get(address).text
        check_page(page, XSS)
    assert all(shows(clerk.get("/d/dossier?size=200").text, part[0]) for _, part in ids)
    admin = enter("admin", program=False)
    check_page(admin.get("/d/person?size=200").text, XSS)
    answers = enter("clerk").get("/lookup/partner?q=X").text
    assert json.loads(answers)["options"]


def test_asvs_1_2_1_what_is_refused_is_shown_as_text(site: Site, enter: ENTER) -> None:
    """Typed into fields of every kind, lines, controls: the form comes back with it."""
    clerk = enter("clerk", program=False)
    fields = [name for name in FILLED if name not in {"lines"}]
    for number, payload in enumerate(XSS):
        typed = dict.fromkeys(fields, payload) | {"paper": payload, "company": payload, "total": payload}
        typed |= {f"lines-0-{name}": payload for name in ("id", "what", "item", "cost", "twice")}
        controls = ("_transition", "_explain", "_add", "_remove", payload)
        answer = clerk.form("/d/dossier", typed | {controls[number % 5]: payload, "_unchecked": payload})
        assert answer.status_code in {200, 422}, answer.text
        check_page(answer.text, [payload])
        assert shows(answer.text, payload)
        control = {"_version": payload} if number % 2 else {"_key": payload + "x" * 8}
        answer = clerk.form("/d/dossier", {"subject": "x"} | control)
        assert answer.status_code in {303, 400, 409, 422}
        if answer.text:
            check_page(answer.text, [payload])


def test_asvs_1_2_1_what_an_address_asks_is_shown_as_text(shared: Site) -> None:
    """Search, filters, order, page, names of parameters, path: of lists, reports and the sign-in page."""
    clerk, nobody = Attacker(shared, "clerk", program=False), Attacker(shared, program=False)
    for number, payload in enumerate(XSS):
        word = quote(payload, safe="")
        addresses = [
            f"/d/dossier?q={word}&subject={word}&level={word}&partner={word}",
            f"/d/dossier?q={word}&subject={word}&partner={word}",
            f"/r/dossiers?q={word}&subject={word}",
            f"/d/dossier?order={word}",
            f"/d/dossier?page={word}&size={word}",
            f"/d/dossier?{word}={word}",
            f"/d/{word}",
            f"/d/dossier/{word}",
            f"/d/dossier/new?copy={word}",
            f"/nowhere/{word}?{word}",
        ]
        for address in (*addresses[1:3], *(addresses if number < 4 else [addresses[number % len(addresses)]])):
            answer = clerk.get(address)
            assert answer.status_code in {200, 400, 404, 422}, (address, answer.status_code)
            check_page(answer.text, [payload])
        check_page(nobody.get(f"/sign-in?next=/{word}&login={word}").text, [payload])
    assert shows(clerk.get("/d/dossier?q=%3Cb%3Ex").text, "<b>x")


def test_asvs_1_2_1_labels_of_a_package_are_text(site: Site, enter: ENTER) -> None:
    """A label is data of whoever wrote the app, and no more trusted than a value: labels, help, messages, titles."""
    number = iter(range(10_000))

    def hostile(found: re.Match[str]) -> str:
        return f"{found[1]}{{zh: {json.dumps(XSS[next(number) % 45])}, en: {json.dumps(XSS[next(number) % 45])}}}"

    changes = {
        path: re.sub(r"((?:label|message|title): )\{zh: [^}]*\}", hostile, text)
        for path, text in LAYER.items()
        if path != "series/dossier.yaml"
    }
    changes["entities/dossier.yaml"] = changes["entities/dossier.yaml"].replace(
        'title: "{subject}"', 'title: "<img src=x onerror=alert(1)>{subject}"'
    )
    app = vault(changes)
    migrate(site, app, False)
    publish(site, app.layers, "test")
    known = fill(site, subject="<b>bold")
    for login in ("clerk", "reader", "keeper"):
        someone = enter(login, program=False)
        for address in (
            "/",
            "/d/dossier",
            f"/d/dossier/{known.dossier}",
            f"/d/dossier/{known.dossier}/why",
            "/r/dossiers",
            "/d/dossier/new",
        ):
            page = someone.get(address).text
            check_page(page, XSS)
            assert "<b>bold" not in page
    page = enter("clerk", program=False).form("/d/dossier", {"subject": "x", "pay": "9999999", "_explain": "file"}).text
    check_page(page, XSS)
    check_page(enter("reader", program=False).form("/d/dossier", {"subject": "x"}).text, XSS)
    check_page(enter(program=False).get("/sign-in").text, XSS)


def test_asvs_1_2_1_names_of_files_are_text(site: Site, enter: ENTER) -> None:
    clerk = enter("clerk", program=False)
    for payload in XSS:
        kept = attach(site, actor(site, "clerk"), f"{payload}.pdf", b"%PDF-1.7")
        assert "/" not in kept.name
        page = clerk.form("/d/dossier", {"subject": "x", "paper": kept.id, "_add": "lines"}).text
        check_page(page, [payload])
        given = clerk.get(f"/attachments/{kept.id}")
        assert given.status_code == 200
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9%._~-]+", given.headers["content-disposition"])


# --- SQL (row 37) ------------------------------------------------------------------------------------------------

SQL = [
    "'",
    "''",
    '"',
    "\\",
    "' or '1'='1",
    "' or 1=1 --",
    "') or ('1'='1",
    '" or ""="',
    "1; drop table e_dossier",
    "'; drop table e_dossier; --",
    "x' union select password_hash from s_credential --",
    "x%' or subject like '%",
    "%",
    "_",
    "%%%%%%%%",
    "\\%",
    ":subject",
    "%(subject)s",
    "%s",
    "?",
    "$1",
    "{}",
    "null",
    "NULL",
    "/**/",
    "--",
    "#",
    "0x27",
    "char(39)",
    "ｓｅｌｅｃｔ",
    "＇ or 1=1",
    "\u02bc or 1=1",
    "sleep(9)",
    "'||pg_sleep(9)||'",
    "1e9",
    "(select 1)",
    "id",
    "1,2",
    "subject desc; --",
    "-" * 50,
]


def test_asvs_1_2_4_filters_orders_and_ids(site: Site) -> None:
    """Hostile values, names of filters, orders and ids at every address: an answer, never an error, never more rows."""
    fill(site)
    fill(site, "deli_clerk", subject="FOREIGN-SUBJECT")
    clerk = Attacker(site, "clerk")
    before = written(site)
    for number, text in enumerate(SQL):
        word = quote(text, safe="")
        addresses = [
            f"/d/dossier?q={word}",
            f"/d/dossier?subject={word}",
            f"/d/dossier?number={word}&state={word}",
            f"/d/dossier?partner={word}",
            f"/d/dossier?company={word}",
            f"/d/dossier?order={word}",
            f"/d/dossier?order=-{word}",
            f"/d/dossier?{word}=1",
            f"/d/dossier?subject_from={word}&subject_to={word}",
            f"/d/dossier?pay={word}",
            f"/d/dossier/{word}",
            f"/d/dossier/{word}/why",
            f"/d/{word}",
            f"/d/dossier/new?copy={word}",
            f"/r/dossiers?subject={word}&q={word}",
            f"/r/dossiers?order={word}",
            f"/r/{word}",
            f"/lookup/dossier?q={word}",
            f"/attachments/{word}",
        ]
        for address in addresses if number < 6 else addresses[number % 3 :: 3]:
            answer = clerk.get(address)
            assert answer.status_code in {200, 400, 404, 422}, (address, answer.status_code, answer.text)
            assert "FOREIGN-SUBJECT" not in answer.text, address
            assert "argon2" not in answer.text
            assert not re.search(r"sqlite|psycopg|syntax error|SELECT|e_dossier", answer.text.replace(text, "")), (
                address
            )
    for text in SQL:
        answer = clerk.post(
            "/d/dossier", {"subject": text, "partner": text, "_transition": text, "lines": [{"id": text, "item": text}]}
        )
        assert answer.status_code == 422, (text, answer.text)
    assert written(site) == before


def test_asvs_1_2_4_values_come_back_as_they_were(site: Site, enter: ENTER) -> None:
    clerk = enter("clerk")
    for text in SQL:
        made = clerk.post("/d/dossier", {"subject": text, "story": text, "lines": [{"what": text}]}).json()
        values = clerk.get(f"/d/dossier/{made['id']}").json()["values"]
        assert (values["subject"], values["lines"][0]["what"]) == (text, text)
        found = clerk.get(f"/d/dossier?subject={quote(text, safe='')}").json()
        assert made["id"] in {row["id"] for row in found["rows"]}
        assert {row["values"]["subject"] for row in found["rows"]} == {text}


@pytest.mark.parametrize("text", ["a " * 1100, "a" * 60_000, "%" * 15_000, "' " * 3000, "\u0301 " * 2000])
def test_asvs_1_2_4_a_search_is_no_burden(text: str, shared: Site) -> None:
    """A thousand words are a condition that no database takes; a long pattern is another."""
    clerk = Attacker(shared, "clerk")
    for address in ("/d/dossier", "/lookup/dossier", "/r/dossiers"):
        began = perf_counter()
        assert clerk.client.get(address, params={"q": text}).status_code == 200, address
        assert perf_counter() - began < 2
    assert clerk.client.get("/d/dossier", params={"partner": text}).status_code == 200


HOSTILE_IDS = [
    'x"; drop table s_journal; --',
    "x'y",
    "A",
    "1a",
    "s_session",
    "x" * 70,
    "é",
    "x\ny",
    "../x",
    "",
    "_id",
    "select",
]


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_asvs_1_2_4_ids_of_a_package_are_names_or_nothing(name: str, tmp_path: Path) -> None:
    """An entity or a field with a hostile id is refused; one that is only a word of SQL is just a name."""
    said = json.dumps(name, ensure_ascii=False)
    entity = f"entity: {said}\nlabel: {{zh: x, en: x}}\nidentity: [code]\nfields:\n  - {{id: code, kind: text, required: true}}\n"
    field = DOSSIER.replace("{id: story,", f"{{id: {said},")
    for files in ({f"entities/{name}.yaml": entity}, {"entities/dossier.yaml": field}):
        layer = PackageFiles("vault", {path: text.encode() for path, text in {**LAYER, **files}.items()})
        app, problems = load((read_folder(APPS / "trade"), read_folder(APPS / "food"), layer), pushable=pushable)
        if app is None:
            assert problems
            continue
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name), name
        from engine.operations.site import open_site

        site = open_site(f"sqlite:///{tmp_path / 'ids.db'}")
        migrate(site, app, True)
        site.close()
        (tmp_path / "ids.db").unlink()


def called_name(call: ast.Call) -> str:
    """`a.b.c` of `a.b.c(...)`; what is not a plain name in front stays out."""
    parts, node = [], call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield called_name(node), node


@cache
def sources() -> Mapping[str, ast.Module]:
    """Every module of the engine, read once."""
    paths = sorted(ENGINE.rglob("*.py"))
    return {str(path.relative_to(ENGINE)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def test_asvs_1_2_4_no_sql_is_made_of_text() -> None:
    """`text()`, `exec_driver_sql`, `literal_column`, raw cursors: with a constant or not at all (see test_portable_sql)."""
    found = []
    for name, tree in sources().items():
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sqlalchemy")
            for alias in node.names
        }
        for called, call in calls(tree):
            last = called.rpartition(".")[2]
            suspect = last in {"exec_driver_sql", "executescript", "executemany"} or called in imported & {
                "text",
                "literal_column",
                "TextClause",
            }
            constant = call.args and isinstance(call.args[0], ast.Constant)
            if suspect and not constant:
                found.append(f"{name}:{call.lineno} {called}")
    assert found == []


FORBIDDEN_CALLS = frozenset(
    {"eval", "exec", "__import__", "compile", "execfile", "input", "globals", "locals", "vars", "breakpoint"}
)
FORBIDDEN_IMPORTS = frozenset(
    {
        "pickle",
        "cPickle",
        "dill",
        "shelve",
        "marshal",
        "subprocess",
        "pty",
        "code",
        "codeop",
        "ctypes",
        "telnetlib",
        "xmlrpc",
        "yaml",
        "imp",
    }
)
LICENSED: Mapping[str, frozenset[str]] = {"language/generate.py": frozenset({"exec", "compile"})}
"""The one place that turns the closed tree of formulas into Python (see `engine/language/generate.py`)."""


def test_asvs_1_3_2_nothing_runs_text() -> None:
    """Row 38: no eval, exec, pickle, shell or unsafe YAML outside the one licensed place."""
    found = []
    for name, tree in sources().items():
        allowed = LICENSED.get(name, frozenset())
        for called, call in calls(tree):
            last = called.rpartition(".")[2]
            if (
                called in FORBIDDEN_CALLS - allowed
                or (called == "builtins.exec")
                or last in {"system", "popen", "spawnl", "execv", "execve"}
            ):
                found.append(f"{name}:{call.lineno} {called}")
            if last == "YAML":
                words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert words.get("typ") in {"'safe'", "'rt'", None}, (name, words)
                assert words.get("typ") != "'unsafe'"
            if last == "Environment":
                words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert words.get("autoescape") == "True", name
            assert last != "from_string", f"{name}: a template made of text"
            assert last != "Markup", f"{name}: markup past the escaping"
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [str(node.module)]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [f"{name} imports {each}" for each in names if each.partition(".")[0] in FORBIDDEN_IMPORTS]
    assert found == []


def test_asvs_1_3_2_the_licensed_place_is_one_and_small() -> None:
    """`exec` stands once, over a tree that was built and never over text that was read."""
    tree = sources()["language/generate.py"]
    ran = [(called, call) for called, call in calls(tree) if called in {"exec", "compile", "eval"}]
    assert sorted(called for called, _ in ran) in (["compile", "exec"], ["compile", "eval"])
    templates = [
        path
        for path in (ENGINE / "web" / "templates").glob("*.html")
        if "| safe" in path.read_text(encoding="utf-8") or "autoescape" in path.read_text(encoding="utf-8")
    ]
    assert templates == [], "no template switches the escaping off"


# --- formulas end (row 39), templates from data (row 40) -----------------------------------------------------------

SCOPE = Scope({"a": IntegerType(), "b": DecimalType(), "t": TextType(), "f": FlagType()}, {})
VALUES = {"a": 7, "b": __import__("decimal").Decimal("1.5"), "t": "x" * 200, "f": True}
HEAVY = [
    "(" * 3000 + "a" + ")" * 3000,
    "-" * 5000 + "a",
    "not " * 3000 + "f",
    "a" + " + a" * 20_000,
    " and ".join(["f"] * 20_000),
    "if(f, " * 500 + "a" + ", a)" * 500,
    "9" * 100_000,
    "1e" + "9" * 20,
    "9 ** 9 ** 9 ** 9",
    "a ** 99999999",
    "(a ** 64) ** 64",
    "2 ** 999999999999",
    "concat(" + "t, " * 2000 + "t)",
    "concat(concat(t,t,t,t),concat(t,t,t,t),concat(t,t,t,t))",
    "round_half_up(b, 999999999)",
    "round_half_up(b, -999999999)",
    "[" * 2000,
    "'" + "x" * 1_000_000 + "'",
    "a if f else " * 1000 + "a",
    "t in [" + ", ".join(f"'{n}'" for n in range(50_000)) + "]",
    "__import__('os').system('x')",
    "().__class__.__bases__[0].__subclasses__()",
    "t.__class__",
    "a.real",
    "lambda: a",
    "[x for x in [1]]",
    "f'{a}'",
    "t.format(a)",
    "'%s' % t",
    "t[0]",
    "a := 3",
    "print(t)",
    "open('/etc/passwd')",
    "globals()",
    "exec('x')",
    "getattr(t, 'x')",
    "\x00",
    "a\u202e+ b",
    "ａ + ｂ",
    "a;b",
    "import os",
    "",
]


@pytest.mark.parametrize("text", HEAVY, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_asvs_15_2_2_formulas_end(text: str) -> None:
    """Read, judged and worked out in a moment; whatever is not a formula of ours is a problem, never an exception."""
    began = perf_counter()
    formula = Formula(text)
    problems = formula.bind(SCOPE)
    if not problems:
        value = formula.expression.evaluate(VALUES)
        assert len(str(value)) < 100_000
        assert "root:" not in str(value)
    else:
        assert all(isinstance(problem, Problem) for problem in problems)
    assert perf_counter() - began < 1.0
    if re.search(r"__|lambda|import|open\(|getattr|format|print|globals|exec|\[0\]|:=|;|f'", text):
        assert problems


TEMPLATES = [
    "{{7*7}}",
    "{% for x in y %}",
    "${7*7}",
    "#{7*7}",
    "%s%s%n",
    "{0.__class__}",
    "{subject.__class__}",
    "{actor}",
    "<%=7*7%>",
    "{number:05}",
    "{{config}}",
    "%(secret)s",
    "$secret",
    "{",
    "}",
    "{}",
    "{0}",
]


def test_asvs_1_3_7_templates_in_data_stay_text(site: Site, enter: ENTER) -> None:
    """In values, titles, messages, file names: nothing is filled in a second time."""
    clerk, pages = enter("clerk"), enter("clerk", program=False)
    for text in TEMPLATES:
        made = clerk.post("/d/dossier", {"subject": text, "story": text, "secret": "KANARI-SECRET", "level": text})
        assert made.status_code == 422
        assert any(text in problem["message"] for problem in made.json()["problems"]), made.text
        made = clerk.post("/d/dossier", {"subject": text, "story": text, "secret": "KANARI-SECRET"})
        opened = clerk.get(f"/d/dossier/{made.json()['id']}").json()
        assert (opened["title"], opened["values"]["subject"]) == (text, text)
        page = pages.get(f"/d/dossier/{made.json()['id']}").text
        assert shows(page, text)
        assert (
            "49" not in re.sub(r"[0-9a-f-]{12,}|\d{4}-\d\d-\d\d \d\d:\d\d|value=\"[^\"]*\"", "", page) or "49" in text
        )
        refused = pages.get(f"/d/dossier?{quote(text, safe='')}=1")
        assert refused.status_code == 400
        assert text in unescape(refused.text)
        kept = attach(site, actor(site, "clerk"), f"{text}.pdf", b"%PDF-")
        assert safe_name(f"{text}.pdf") == kept.name


def test_asvs_1_3_7_no_template_comes_with_a_package() -> None:
    for name in ("templates/x.html", "forms/x.j2", "forms/x.html", "static/x.js", "x.py", "rules/x.py"):
        layer = PackageFiles("vault", {**{path: text.encode() for path, text in LAYER.items()}, name: b"{{7*7}}"})
        app, problems = load((read_folder(APPS / "trade"), read_folder(APPS / "food"), layer), pushable=pushable)
        assert app is None, name
        assert problems


# --- one reading of a text (rows 43, 44, 51) -----------------------------------------------------------------------

TWISTED: list[tuple[bytes, set[int]]] = [
    (b'{"subject":"a","subject":"b"}', {400}),
    (b'{"subject":"a","lines":[{"what":"a","what":"b"}]}', {400}),
    (b'{"subject":"a","s\\u0075bject":"b"}', {400}),
    (b'{"pay":NaN}', {400}),
    (b'{"pay":Infinity}', {400}),
    (b'{"pay":-Infinity}', {400}),
    (b'{"pay":1e400}', {400, 422}),
    (b'{"pay":1e99999999999999999999}', {400, 422}),
    (b'{"pay":1E+9999999999999999999}', {400, 422}),
    (b'{"pay":-1e-99999999999999999999}', {400, 422}),
    (b'{"pay":' + b"9" * 5000 + b"}", {400, 422}),
    (b'{"pay":0.' + b"9" * 5000 + b"}", {400, 422}),
    (b'{"count":' + b"9" * 100_000 + b"}", {400, 422}),
    (b'{"pay":01}', {400}),
    (b'{"pay":.5}', {400}),
    (b'{"pay":+1}', {400}),
    (b'{"pay":0x10}', {400}),
    (b'{"subject":"\\ud800"}', {400, 422}),
    (b'{"subject":"\\udc00\\ud800"}', {400, 422}),
    (b'{"\\ud800":"x"}', {400, 422}),
    (b'{"subject":"a\\u0000b"}', {400, 422}),
    (b'{"subject":"a\x00b"}', {400, 422}),
    (b'{"subject":"a\nb"}', {400, 422}),
    (b'\xef\xbb\xbf{"subject":"a"}', {400}),
    ('{"subject":"a"}'.encode("utf-16"), {400}),
    ('{"subject":"a"}'.encode("utf-32"), {400}),
    (b'{"subject":"\xff"}', {400}),
    (b'{"subject":"\xed\xa0\x80"}', {400}),
    (b'{"subject":"\xc0\xaf"}', {400}),
    (b'{"subject":"a"}{"subject":"b"}', {400}),
    (b'{"subject":"a"} x', {400}),
    (b'{"subject":"a",}', {400}),
    (b"{'subject':'a'}", {400}),
    (b'/**/{"subject":"a"}', {400}),
    (b'["subject"]', {400, 422}),
    (b'"subject"', {400, 422}),
    (b"null", {400, 422}),
    (b"1", {400, 422}),
    (b"", {400, 415}),
    (b"[" * 100_000, {400}),
    (b'{"a":' * 50_000, {400}),
    (b'{"lines":"[{\\"what\\":\\"a\\",\\"what\\":\\"b\\"}]"}', {400, 422}),
    (b'{"lines":"[{\\"what\\":1e99999999999999999999}]"}', {400, 422}),
    (b'{"lines":"[{\\"cost\\":NaN}]"}', {400, 422}),
    (b'{"lines":"[{\\"\\\\ud800\\":\\"x\\"}]"}', {400, 422}),
    (b'{"lines":"[{\\"what\\":\\"\\\\ud800\\"}]"}', {400, 422}),
    (b'{"lines":"' + b"[" * 5000 + b'"}', {400, 422}),
]


@pytest.mark.parametrize(
    ("content", "statuses"), TWISTED, ids=lambda part: repr(part)[:50] if isinstance(part, bytes) else ""
)
def test_asvs_1_5_3_one_reading_of_json(content: bytes, statuses: set[int], shared: Site) -> None:
    """Refused at the JSON door of a document (as program and as page), and at the sign-in before anybody is known."""
    clerk, nobody = Attacker(shared, "clerk"), Attacker(shared)
    before = entries(shared)
    for headers in ({}, {"Accept": "text/html"}):
        answer = clerk.post("/d/dossier", content, headers=headers)
        assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert clerk.post("/d/dossier?explain=1", content).status_code in {*statuses, 200}
    answer = nobody.client.post("/sign-in", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 403, 415}, answer.text[:300]
    assert entries(shared) == before


@pytest.mark.parametrize(
    "content",
    [
        b"subject=a&subject=b",
        b"subject=a&%73ubject=b",
        b"subject=a&lines-0-what=x&lines-0-what=y",
        b"subject=%ff",
        b"subject=%ed%a0%80",
        b"subject=%c0%af",
        b"subject=a%00b",
        b"subject%00=a",
        "subject=é".encode(),
        b"subject=\xff",
        b"&".join(b"a%d=1" % number for number in range(20_001)),
    ],
    ids=lambda content: repr(content[:30]),
)
def test_asvs_15_3_7_one_reading_of_a_form(content: bytes, shared: Site) -> None:
    clerk = Attacker(shared, "clerk", program=False)
    before = entries(shared)
    whole = content + b"&_key=" + new_key().encode() + b"&_csrf=" + clerk.csrf.encode()
    answer = clerk.client.post(
        "/d/dossier", content=whole, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in {400, 422}, answer.text[:300]
    assert entries(shared) == before


def test_asvs_15_3_7_a_parameter_twice(shared: Site) -> None:
    """Row 51: in an address, in query and body, in header and body; an array where one value belongs."""
    clerk = Attacker(shared, "clerk")
    known = fill(shared)
    before = written(shared)
    for query in (
        "page=1&page=2",
        "q=a&q=b",
        "order=pay&order=-pay",
        "copy=1&copy=2",
        "a[]=1&a[]=2",
        "explain=1&explain=0",
        "q=a&%71=b",
    ):
        for address in ("/d/dossier", "/r/dossiers", "/lookup/dossier", f"/d/dossier/{known.dossier}"):
            assert clerk.get(f"{address}?{query}").status_code == 400, (address, query)
        assert clerk.post(f"/d/dossier/{known.dossier}?{query}", {"subject": "x"}).status_code == 400
    for body in (
        {"subject": ["a", "b"]},
        {"subject": {"$ne": None}},
        {"pay": ["1"]},
        {"level": ["low"]},
        {"partner": ["MILL"]},
        {"day": {"x": 1}},
    ):
        assert clerk.post(f"/d/dossier/{known.dossier}", body).status_code == 422, body
    for body in ({"_transition": ["file"]}, {"_version": [1]}, {"_version": {"x": 1}}, {"_transition": {"file": 1}}):
        assert clerk.post(f"/d/dossier/{known.dossier}", body).status_code in {400, 422}, body
    for login in (["clerk"], {"x": 1}, None, 1, True):
        nobody = Attacker(shared)
        token = {"X-CSRF-Token": nobody.get("/sign-in").json()["csrf"]}
        assert (
            nobody.client.post("/sign-in", json={"login": login, "password": login}, headers=token).status_code == 400
        )
    assert written(shared) == before


def test_asvs_15_3_7_query_and_body_do_not_contradict_each_other(site: Site, enter: ENTER) -> None:
    """The transition stands in one place; who says two different things is asked to say one."""
    known, clerk = fill(site), enter("clerk")
    before = written(site)
    answer = clerk.post(f"/d/dossier/{known.dossier}?transition=file", {"_transition": "nothing"})
    assert answer.status_code in {400, 422}
    answer = clerk.post(f"/d/dossier/{known.dossier}?transition=nothing", {"_transition": "file"})
    assert answer.status_code in {400, 422}
    assert written(site) == before


EDGES = [2**63, -(2**63), 2**63 - 1, -(2**63) - 1, 2**64, 10**38, 10**39, -(10**40)]


def test_asvs_1_4_2_no_silent_overflow(site: Site, enter: ENTER) -> None:
    """Row 44: ±2^63 into every kind of number, in every field, line, filter and page: a problem or the very number."""
    clerk = enter("clerk")
    kinds = ("count", "share", "pay", "weight")
    for edge in EDGES:
        for name in kinds:
            for value in (edge, str(edge)):
                answer = clerk.post("/d/dossier", {"subject": "x", name: value})
                assert answer.status_code in {201, 422}, (name, value, answer.text)
                if answer.status_code == 201:
                    kept = clerk.get(f"/d/dossier/{answer.json()['id']}").json()["values"][name]
                    assert str(kept).partition(".")[0] == str(edge), (name, value, kept)
            for end in ("", "_from", "_to"):
                assert clerk.get(f"/d/dossier?{name}{end}={edge}").status_code in {200, 422}, (name, end, edge)
        line = clerk.post("/d/dossier", {"subject": "x", "lines": [{"cost": str(edge)}]})
        assert line.status_code in {201, 422}
        assert clerk.get(f"/d/dossier?page={edge}").status_code == 400
        assert clerk.post("/d/dossier", {"subject": "x", "_version": edge}).status_code in {400, 201}
        shelf = clerk.post("/d/shelf", {"code": edge, "name": "x"})
        assert shelf.status_code in {201, 422}
        for named in (str(edge), {"code": str(edge)}, "abc", "1.5", "7 "):
            assert clerk.post("/d/shelf", {"code": 8, "name": "x", "above": named}).status_code in {201, 422}, named
        for named in (str(edge), "abc", "7", "é"):
            assert clerk.get(f"/d/shelf?above={named}").status_code in {200, 422}, named
            assert clerk.get(f"/lookup/shelf?q={named}").status_code == 200
    big = str((2**63 - 1) // 10_000)
    for _ in range(2):
        assert clerk.post("/d/dossier", {"subject": "sum", "pay": big}).status_code == 201
    listed = clerk.get("/d/dossier")
    assert listed.status_code in {200, 422}, listed.text
    if listed.status_code == 200:
        assert listed.json()["sums"].get("pay") in (None, str(2 * int(big)), f"{2 * int(big):,}")


def test_asvs_1_4_2_blank_and_odd_ends_of_ranges(shared: Site) -> None:
    clerk = Attacker(shared, "clerk")
    for name in (
        "pay",
        "count",
        "share",
        "weight",
        "day",
        "at",
        "subject",
        "level",
        "open_to_all",
        "partner",
        "paper",
        "total",
        "company",
    ):
        for end in ("", "_from", "_to", "_from_to"):
            for text in (
                "+",
                "%20",
                "%E3%80%80",
                "x",
                "0",
                "-",
                "1e5",
                "%C2%BD",
                "1/0",
                "2026-02-30",
                "null",
                "true",
                "１",
            ):
                answer = clerk.get(f"/d/dossier?{name}{end}={text}")
                assert answer.status_code in {200, 400, 422}, (name, end, text, answer.text)


# --- headers and mail (row 46) -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nSet-Cookie: x=1.pdf",
        "a\nContent-Type: text/html.pdf",
        'a"; filename="evil.html.pdf',
        "a\x00.html.pdf",
        "../../etc/passwd.pdf",
        "C:\\windows\\x.pdf",
        "送货单.pdf",
        "a\u202efdp.exe.pdf",
        "a\u2028b.pdf",
        "é\u0301.pdf",
        ".pdf",
        "x" * 5000 + ".pdf",
        "con.pdf",
        "a;b=c.pdf",
        "a%0d%0ab.pdf",
        "=?utf-8?q?x?=.pdf",
    ],
)
def test_asvs_1_3_11_file_names_break_no_header(name: str, site: Site, enter: ENTER) -> None:
    kept = (
        attach(site, actor(site, "clerk"), name if name.endswith(".pdf") else f"{name}.pdf", b"%PDF-")
        if len(name) < 300
        else None
    )
    label = kept.name if kept else safe_name(name)
    assert not re.search(r"[\x00-\x1f\x7f/\\\u202e\u2028]", label)
    assert 0 < len(label) <= 200
    if kept:
        headers = enter("clerk").get(f"/attachments/{kept.id}").headers
        assert len(headers.get_list("content-disposition")) == 1
        assert "set-cookie" not in headers
        assert headers["content-type"] == "application/pdf"


def test_asvs_1_3_11_values_break_no_header(site: Site, enter: ENTER) -> None:
    """What people name things by is in no header; the ids and the key that are, cannot hold a line end."""
    clerk = enter("clerk")
    made = clerk.post("/d/dossier", {"subject": "a\r\nX-Evil: 1"})
    assert made.status_code == 422
    for key in ("short", "x" * 201, "with blank in it", "tab\tin it", "é" * 10):
        answer = clerk.client.post(
            "/d/dossier", json={"subject": "x", "_key": key}, headers={"X-CSRF-Token": clerk.csrf}
        )
        assert answer.status_code == 400, key
    page = enter("clerk", program=False).form("/d/dossier", {"subject": "x", "story": "a\r\nSet-Cookie: evil=1"})
    assert page.status_code == 303
    assert "evil" not in str(page.headers)
    assert id_of(site, "person", "clerk") not in str(page.headers)


# --- spreadsheets (row 41) -----------------------------------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "-1",
    "-1.50",
    "=",
    '=HYPERLINK("http://evil.test","x")',
]


def test_asvs_1_2_10_no_cell_acts_as_a_formula(site: Site, enter: ENTER) -> None:
    """A file for spreadsheets: texts that begin like a formula stay texts, numbers stay numbers, and nothing is lost."""
    for text in FORMULAS:
        do(site, "clerk", "dossier", {"subject": text, "story": text, "pay": "-5.25", "secret": f'a"b,{text}'})
    clerk = enter("clerk")
    for address in ("/d/dossier?format=csv", "/r/dossiers?format=csv"):
        answer = clerk.get(address)
        assert answer.headers["content-disposition"].startswith("attachment;")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert len(rows) == len(FORMULAS) + 1
        cells = [cell for row in rows for cell in row]
        for cell in cells:
            assert not re.match(r"[=+@\t\r＝＋－＠]", cell), cell
            assert not cell.startswith("-") or re.fullmatch(r"-\d+(\.\d+)?", cell), cell
        for text in FORMULAS:
            assert text in cells or f"'{text}" in cells, text
        assert sum(bool(re.fullmatch(r"-5\.250*", cell)) for cell in cells) == len(FORMULAS)

"""ASVS 5.0 chapters 16, 13.3 and 11.5: what goes wrong writes nothing and tells nothing; what is secret is nowhere."""

from __future__ import annotations

import ast
import json
import logging
import re
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from engine.language.problems import Problem, Refused
from engine.operations import sign_in as door
from engine.operations.case import Submission
from engine.operations.explain import explain
from engine.operations.sign_in import set_password, sign_in
from engine.operations.site import Site
from engine.operations.verify import verify
from engine.web.app import build_app
from tests.security.attacker import Attacker, actor, do, entries, everything, id_of, new_key, written
from tests.security.crawl import FILLED, READS, WRITES, fill
from tests.security.test_asvs_01_injection import called_name, sources

ENTER = Callable[..., Attacker]
CANARY = "KANARI-PASSWORD-9f27"


class Strange(Exception):
    """Something that nobody has thought of."""


WRONG: dict[str, Callable[[], BaseException]] = {
    "ValueError": lambda: ValueError(CANARY),
    "KeyError": lambda: KeyError(CANARY),
    "AssertionError": lambda: AssertionError(CANARY),
    "RuntimeError": lambda: RuntimeError(CANARY),
    "RecursionError": lambda: RecursionError(CANARY),
    "MemoryError": lambda: MemoryError(CANARY),
    "OSError": lambda: OSError(28, CANARY),
    "UnicodeEncodeError": lambda: UnicodeEncodeError("utf-8", CANARY, 0, 1, "x"),
    "ArithmeticError": lambda: ArithmeticError(CANARY),
    "StopIteration": lambda: Strange(CANARY),
    "sqlite3": lambda: sqlite3.OperationalError(CANARY),
    "sqlalchemy": lambda: OperationalError(f"INSERT {CANARY}", {"x": CANARY}, sqlite3.OperationalError(CANARY)),
    "TimeoutError": lambda: TimeoutError(CANARY),
}
STAGES = (
    "gather",
    "read_form",
    "apply_rules",
    "ask_access",
    "move_on",
    "make_movements",
    "commit",
    "answer",
    "decide",
    "fingerprint",
    "reads_of",
)
"""Every step of the walk in `engine/operations/submit.py`, by the name it has there."""


def check_dull(answer: Any) -> None:
    """A number, and nothing of what went wrong."""
    assert answer.status_code in {500, 503}, (answer.status_code, answer.text[:300])
    number = answer.headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{12}", number)
    assert number in answer.text
    for word in (CANARY, "Traceback", 'File "', "engine/", "sqlite", "Error:</", "site-packages", "SELECT", "INSERT"):
        assert word not in answer.text, word


# --- failing in every stage (row 71) -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_asvs_16_5_3_a_failure_in_any_stage_writes_nothing(
    stage: str, site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every kind of exception in every step of the walk, by both doors: all or nothing, and a number in the log."""
    known = fill(site)
    clerk, page = enter("clerk"), enter("clerk", program=False)
    before, count = written(site), entries(site)
    for number, (name, wrong) in enumerate(WRONG.items()):
        caplog.clear()

        def fail(*_: object, **__: object) -> Any:
            raise wrong()  # noqa: B023 - called in this very round

        with monkeypatch.context() as patch:
            patch.setattr(f"engine.operations.submit.{stage}", fail)
            visitor = clerk if number % 2 else page
            if number % 2:
                answer = clerk.post(f"/d/dossier/{known.dossier}", {"subject": "x", "_transition": "file"})
            else:
                answer = page.form(f"/d/dossier/{known.dossier}", {"subject": "x", "_transition": "file"})
        assert visitor is not None
        check_dull(answer)
        if answer.status_code == 500:
            assert answer.headers["x-request-id"] in caplog.text, name
        if stage == "answer":  # after the commit: it is done, once, and whoever asks again with the key is told so
            assert entries(site) == count + 1
            break
        assert written(site) == before, name
    if stage != "answer":
        done = clerk.post(f"/d/dossier/{known.dossier}", {"subject": "x", "_transition": "file"})
        assert done.status_code == 200, done.text
    assert verify(site) == ()


INSIDE = (
    "engine.storage.work.load",
    "engine.storage.work.take",
    "engine.storage.work.canonical",
    "engine.storage.apply.journal.write",
    "engine.storage.apply.journal.chained",
    "engine.storage.apply.journal.read_heads",
    "engine.storage.work.requests.row",
)
"""Steps inside the unit of work."""


@pytest.mark.parametrize("step", INSIDE)
def test_asvs_16_5_3_a_failure_inside_the_unit_of_work_writes_nothing(
    step: str, site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = enter("clerk")
    before = written(site)
    for name, wrong in WRONG.items():

        def fail(*_: object, **__: object) -> Any:
            raise wrong()  # noqa: B023 - called in this very round

        key = new_key()
        with monkeypatch.context() as patch:
            patch.setattr(step, fail)
            check_dull(clerk.post("/d/dossier", FILLED, key=key))
        assert written(site) == before, name
    assert clerk.post("/d/dossier", FILLED).status_code == 201
    assert verify(site) == ()


@pytest.mark.parametrize("stage", ["begin", "locked", "commit"])
def test_asvs_16_5_3_the_database_fails(stage: str, site: Site, enter: ENTER) -> None:
    """Where tests of storage let the driver fail, seen from the web: 503 or 500, and all or nothing."""
    clerk = enter("clerk")
    before = written(site)

    def hook(reached: str) -> None:
        if reached == stage:
            raise sqlite3.OperationalError(CANARY)

    site.database.hook = hook
    try:
        check_dull(clerk.post("/d/dossier", FILLED))
    finally:
        site.database.hook = None
    assert written(site) == before


def test_asvs_16_5_1_even_the_page_of_a_failure_may_fail(
    site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The database is gone altogether: every address still answers with a number and its headers."""
    visitors = [enter("clerk"), enter("clerk", program=False), enter(program=False)]
    known = fill(site)

    def gone(*_: object, **__: object) -> Any:
        raise Strange(CANARY)

    monkeypatch.setattr("engine.storage.packages.published_digest", gone)
    monkeypatch.setattr("engine.operations.site.packages.published_digest", gone)
    for visitor in visitors:
        for route in READS:
            if route.path.startswith(("/static", "/healthz", "/readyz")):
                continue
            answer = visitor.get(known.address(route))
            if answer.status_code == 303:
                continue
            check_dull(answer)
            assert "content-security-policy" in answer.headers
        assert visitor.get("/nowhere").status_code in {404, 500}
    assert Attacker(site).get("/healthz").text == "ok"
    assert CANARY in caplog.text, "the log has what the page has not"


def test_asvs_16_5_2_readiness_says_no_without_reasons(
    site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "app", lambda self: (_ for _ in ()).throw(Refused((Problem("STO-104", {}),))))
    answer = Attacker(site).get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready")


def test_asvs_16_5_3_a_grant_that_cannot_be_judged_is_no_grant(
    site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The formula of a row grant fails, gives nothing or gives something odd: denied, and nothing is shown or written."""
    known = fill(site)
    clerk = enter("clerk")
    before = written(site)
    from engine.access import decide

    for odd in (None, "true", 1, [True], object(), {"x": True}):
        with monkeypatch.context() as patch:
            patch.setattr(decide.Permission, "holds", lambda self, scope, odd=odd: odd is True)
            assert clerk.post(f"/d/dossier/{known.dossier}", {"subject": "x"}).status_code == 403
            assert clerk.post("/d/dossier", {"subject": "x"}).status_code == 403

    def fail(*_: object, **__: object) -> Any:
        raise Strange(CANARY)

    for target in (
        "engine.access.decide.Permission.holds",
        "engine.operations.rows.to_sql",
        "engine.operations.rows.policy",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, fail)
            answer = clerk.post(f"/d/dossier/{known.dossier}", {"subject": "x"})
            check_dull(answer)
    for target in ("engine.operations.rows.to_sql",):
        with monkeypatch.context() as patch:
            patch.setattr(target, fail)
            for address in ("/d/dossier", f"/d/dossier/{known.dossier}", "/r/dossiers", "/lookup/dossier", "/"):
                check_dull(clerk.get(address))
    assert written(site) == before


def test_asvs_16_5_3_a_trial_rolls_back(site: Site) -> None:
    """The rehearsal goes through the whole unit of work and leaves nothing, not even a counter or a key."""
    known = fill(site)
    before = written(site)
    asked = Submission("dossier", known.dossier, "file", {"subject": "tried"}, None, "trial-key-0001")
    assert not [each for each in explain(site, actor(site, "clerk"), asked).problems if each.severity == "error"]
    assert written(site) == before
    done = do(site, "clerk", "dossier", {"subject": "tried"}, id=known.dossier, transition="file", key="trial-key-0001")
    assert not done.replayed


# --- secrets (rows 63, 67) -----------------------------------------------------------------------------------------

SECRET_NAMES = re.compile(r"token|csrf|secret|password|digest|signature|hmac|nonce", re.IGNORECASE)


def test_asvs_11_5_1_only_secrets_and_compared_in_constant_time() -> None:
    """Row 63: no `random`, `uuid1` or `uuid4` in the engine; no `==` on a token, a hash of one or a password."""
    found = []
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
                found += [f"{name} imports {each}" for each in modules if each in {"random", "uuid", "numpy.random"}]
            if isinstance(node, ast.Call) and called_name(node) in {
                "time.time",
                "os.urandom",
                "hashlib.md5",
                "hashlib.sha1",
            }:
                found.append(f"{name}:{node.lineno} {called_name(node)}")
            if isinstance(node, ast.Compare) and any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
                sides = [ast.unparse(each) for each in (node.left, *node.comparators)]
                secret = [side for side in sides if re.search(r"\b(csrf|token|password|secret)\b(?!\()", side)]
                constant = any(isinstance(each, ast.Constant) for each in (node.left, *node.comparators))
                column = any(re.search(r"\.c\.", side) for side in sides)
                if secret and not constant and not column:
                    found.append(f"{name}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def test_asvs_13_3_1_the_password_is_nowhere(
    site: Site,
    enter: ENTER,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Row 67: a canary goes through setting, signing in, failing, typing it as a name, and a crash; then all is searched."""
    caplog.set_level(logging.DEBUG)
    person = id_of(site, "person", "clerk")
    set_password(site, person, CANARY)
    sign_in(site, "clerk", CANARY, "192.0.2.1")
    answers = []
    for program in (True, False):
        nobody = enter(program=program)
        page = nobody.get("/sign-in")
        token = page.json()["csrf"] if program else re.search(r'name="_csrf" value="([^"]+)"', page.text)[1]  # type: ignore[index]
        for login, secret in (("clerk", CANARY), ("clerk", f"{CANARY}x"), (CANARY, CANARY), (f"clerk {CANARY}", "x")):
            body = {"login": login, "password": secret, "_csrf": token, "next": "/"}
            headers = {"X-CSRF-Token": token}
            sent: dict[str, Any] = {"json": body} if program else {"data": body}
            answers.append((login, nobody.client.post("/sign-in", headers=headers, **sent)))
        monkeypatch.setattr(door, "verified", lambda stored, given: 1 / 0)
        answers.append(("clerk", nobody.client.post("/sign-in", headers=headers, **sent)))
        monkeypatch.undo()
        nobody.client.get(f"/sign-in?password={CANARY}")
        nobody.client.get(f"/nowhere?password={CANARY}")
    for login, answer in answers:
        text = answer.text.replace(login, "") if CANARY in login else answer.text
        assert CANARY not in text
        assert CANARY not in str(answer.headers)
    for table, rows in everything(site).items():
        assert CANARY not in repr(rows), table
    engine_log = "\n".join(
        record.getMessage() + str(record.exc_text or "")
        for record in caplog.records
        if record.name.startswith("formwork")
    )
    assert engine_log
    assert CANARY not in engine_log
    captured = capfd.readouterr()
    assert CANARY not in captured.out + captured.err


def test_asvs_13_3_1_a_lost_session_keeps_what_was_typed_and_no_password(site: Site, enter: ENTER) -> None:
    """The sign-in page that holds a typed form never holds a password that came along."""
    nobody = enter(program=False)
    headers = {"Sec-Fetch-Site": "same-origin"}
    page = nobody.client.post("/d/dossier", data={"subject": "KANARI-TYPED", "_csrf": "x" * 30}, headers=headers)
    assert page.status_code == 401
    assert "KANARI-TYPED" in page.text
    page = nobody.client.post(
        "/account/password", data={"present": CANARY, "password": CANARY, "again": CANARY}, headers=headers
    )
    assert page.status_code in {401, 404}
    assert CANARY not in page.text
    foreign = nobody.client.post(
        "/d/dossier", data={"subject": "KANARI-TYPED"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert "KANARI-TYPED" not in foreign.text, "a page of somebody else fills nothing in"


# --- the log (row 70) ----------------------------------------------------------------------------------------------


def test_asvs_16_4_1_one_refusal_is_one_line(site: Site, enter: ENTER, caplog: pytest.LogCaptureFixture) -> None:
    """Names and addresses with line ends and escapes cannot write lines of their own, nor colours."""
    caplog.set_level(logging.INFO)
    twisted = "x\r\nWARNING forged line\x1b[31m\u2028\u0085"
    reader = enter("reader")
    quoted = "%0d%0aWARNING%20forged%20line%1b%5b31m"
    assert reader.post(f"/d/dossier/{quoted}", {"subject": twisted}).status_code == 404
    assert reader.get(f"/d/{quoted}").status_code == 404
    assert reader.post("/d/partner", {"name": twisted}).status_code == 403
    with pytest.raises(Refused):
        sign_in(site, twisted, twisted, twisted)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("formwork")]
    assert len(told) >= 3
    for line in told:
        assert line.isascii(), line
        assert line.isprintable(), line
        assert "\n" not in line


def test_asvs_16_3_2_refused_attempts_are_in_the_log(
    site: Site, enter: ENTER, caplog: pytest.LogCaptureFixture
) -> None:
    """Who, what, where from, for which reason; and the number that the person was shown."""
    foreign = fill(site, "deli_clerk")
    caplog.set_level(logging.INFO)
    clerk, reader = enter("clerk"), enter("reader")
    caplog.clear()
    for code, answer in (
        ("ACC-112", clerk.get(f"/d/dossier/{foreign.dossier}")),
        ("ACC-110", reader.post("/d/dossier", {"subject": "x"})),
        ("OPS-105", enter("thief").post(f"/d/dossier/{foreign.dossier}", {"subject": "x"})),
        ("ACC-111", enter("blind").post("/d/dossier", {"subject": "x", "secret": "x"})),
        ("WEB-101", clerk.client.post("/d/dossier", json={"subject": "x"})),
        ("WEB-102", clerk.post("/d/dossier", {}, headers={"Sec-Fetch-Site": "cross-site"})),
    ):
        (line,) = [
            json.loads(record.getMessage())
            for record in caplog.records
            if record.name == "formwork.refused" and answer.headers["x-request-id"] in record.getMessage()
        ]
        assert code in line["codes"], line
        assert line["client"] == "testclient"
        assert line["person"], line
    caplog.clear()
    for login in ("clerk", "nobody at all"):
        with pytest.raises(Refused):
            sign_in(site, login, "wrong", "192.0.2.77")
    lines = [record.getMessage() for record in caplog.records if record.name == "formwork.sign_in"]
    assert len(lines) == 2
    assert id_of(site, "person", "clerk") in lines[0]
    assert all("192.0.2.77" in line for line in lines)
    assert "nobody at all" not in lines[1]


def test_asvs_16_4_2_nobody_writes_into_the_journal(site: Site, enter: ENTER) -> None:
    """No address, name or field of the web reaches the engine's own tables."""
    clerk, admin = enter("clerk"), enter("admin")
    count = entries(site)
    for name in ("s_journal", "s_session", "s_credential", "journal", "setting", "operation", "package", "engine"):
        for visitor in (clerk, admin):
            for address in (f"/d/{name}", f"/d/{name}/x", f"/d/{name}/new", f"/r/{name}", f"/lookup/{name}"):
                assert visitor.get(address).status_code == 404, address
            assert visitor.post(f"/d/{name}", {"x": 1}).status_code == 404
    assert entries(site) == count
    assert WRITES
    assert build_app(site)

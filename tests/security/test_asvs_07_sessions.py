"""ASVS 5.0 chapters 7 and 3.3: a session is new at every sign-in, kept as a hash, and ends at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine.cli.operator import operator
from engine.language.problems import Refused
from engine.operations.case import Submission
from engine.operations.scenarios import Clock
from engine.operations.sign_in import IDLE, LONGEST, actor_for, set_password, sign_in
from engine.operations.site import Site
from engine.operations.submit import submit
from engine.storage import people, records
from tests.doors.visitors import SECRET
from tests.security.attacker import Attacker, entries, everything, id_of, new_key

ENTER = Callable[..., Attacker]


def by_web(visitor: Attacker, login: str = "clerk", **cookies: str) -> Any:
    """Sign in at the web with whatever cookies were planted before."""
    for name, value in cookies.items():
        visitor.client.cookies.set(f"__Host-{name}", value)
    token = visitor.get("/sign-in").json()["csrf"]
    body = {"login": login, "password": SECRET}
    return visitor.client.post("/sign-in", json=body, headers={"X-CSRF-Token": token})


def cookie(answer: Any, name: str) -> str:
    """The value that an answer sets."""
    found = re.search(rf"__Host-{name}=([^;]*)", ";".join(answer.headers.get_list("set-cookie")))
    assert found, answer.headers
    return found[1]


def as_operator(site: Site, entity: str, id: str, raw: Mapping[str, Any]) -> None:
    submit(site, operator(site), Submission(entity, id, None, raw, None, new_key()))


def assignment_of(site: Site, login: str) -> str:
    with site.reading() as (connection, running):
        where = (records.equals(running.tables, "assignment", ("person",), id_of(site, "person", login)),)
        (found,) = records.list_records(connection, running.tables, "assignment", where=where)
    return found.id


def test_asvs_7_2_4_no_fixation(site: Site, enter: ENTER) -> None:
    """Row 14: a token that was there before is never the one after, and means nothing."""
    planted = "p" * 43
    visitor = enter()
    answer = by_web(visitor, session=planted)
    assert answer.status_code == 200
    first = cookie(answer, "session")
    assert first != planted
    assert len(first) >= 43, "256 random bits"
    assert actor_for(site, planted) is None
    again = by_web(enter(), session=first)
    assert cookie(again, "session") not in {planted, first}
    assert again.json()["csrf"] not in {answer.json()["csrf"], cookie(again, "session")}


def test_asvs_7_2_3_tokens_do_not_repeat(site: Site) -> None:
    opened = [sign_in(site, "clerk", SECRET, "many") for _ in range(30)]
    assert len({each.token for each in opened} | {each.csrf for each in opened}) == 60


def test_asvs_7_2_4_only_the_hash_is_stored(site: Site, enter: ENTER) -> None:
    """No table holds the cookie, in any column."""
    visitor = enter()
    token = cookie(by_web(visitor), "session")
    visitor.client.cookies.set("__Host-session", token)
    assert visitor.get("/").status_code == 200
    for name, rows in everything(site).items():
        assert token not in repr(rows), name
        assert SECRET not in repr(rows), name


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "\x00", "a" * 4096, "None", "é" * 40, "%00", "../session"])
def test_asvs_7_2_1_a_made_up_token_is_nobody(shared: Site, token: str) -> None:
    assert actor_for(shared, token) is None


def test_asvs_7_3_1_idle_and_absolute_end(site: Site, clock: Clock) -> None:
    """Row 15: nobody stays for ever, whether busy or not."""
    began = clock.now
    idle, busy = sign_in(site, "clerk", SECRET, "x").token, sign_in(site, "clerk", SECRET, "x").token
    clock.now = began + IDLE - timedelta(seconds=1)
    assert actor_for(site, busy) is not None
    clock.now = began + IDLE
    assert actor_for(site, idle) is None
    while clock.now < began + LONGEST - timedelta(hours=11):
        assert actor_for(site, busy) is not None
        clock.now += timedelta(hours=11)
    clock.now = began + LONGEST
    assert actor_for(site, busy) is None
    sign_in(site, "clerk", SECRET, "x")
    assert len(everything(site)["s_session"]) == 1, "sessions that are over do not pile up"


def test_asvs_7_4_1_sign_out_acts_at_once(site: Site, enter: ENTER) -> None:
    """Row 16 and 27: in the database, not only in the browser; the browser forgets its copies."""
    clerk, other = enter("clerk"), enter("clerk")
    answer = clerk.post("/sign-out")
    assert answer.status_code == 200
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert 'session=""' in answer.headers["set-cookie"] or "Max-Age=0" in answer.headers["set-cookie"]
    clerk.take(clerk.token, clerk.csrf)
    assert clerk.get("/").status_code == 401
    assert clerk.post("/d/dossier", {"subject": "x"}).status_code == 401
    assert other.get("/").status_code == 200, "one session, not all of them"


WAYS_TO_END: Mapping[str, Callable[[Site], None]] = {
    "person switched off": lambda site: as_operator(site, "person", id_of(site, "person", "clerk"), {"active": False}),
    "credential disabled": lambda site: _disable(site),
    "password changed": lambda site: set_password(site, id_of(site, "person", "clerk"), "another good sentence"),
}


def _disable(site: Site) -> None:
    with site.database.write() as connection:
        people.disable(connection, id_of(site, "person", "clerk"), disabled=True)


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_asvs_7_4_2_whoever_is_out_is_out_at_the_next_request(way: str, site: Site, enter: ENTER) -> None:
    """Rows 16 and 17 (Directus GHSA-56p6-qw3c-fq2g, NocoDB GHSA-g72g-r7m4-9x4g): at every door of the web."""
    clerk = enter("clerk")
    assert clerk.get("/d/dossier").status_code == 200
    WAYS_TO_END[way](site)
    before = entries(site)
    assert clerk.get("/d/dossier").status_code == 401
    assert clerk.get("/").status_code == 401
    assert clerk.post("/d/dossier", {"subject": "x"}).status_code == 401
    assert clerk.client.post("/attachments", files={"file": ("a.pdf", b"%PDF-")}).status_code == 401
    assert entries(site) == before


def test_asvs_8_3_2_a_role_that_was_taken_away_is_gone_at_the_next_request(site: Site, enter: ENTER) -> None:
    """Row 16 (Budibase CVE-2026-46424 kept rights for an hour)."""
    clerk = enter("clerk")
    made = clerk.post("/d/dossier", {"subject": "mine"}).json()
    as_operator(site, "assignment", assignment_of(site, "clerk"), {"valid_to": "2026-03-01"})
    assert clerk.get("/d/dossier").status_code == 403
    assert clerk.get(f"/d/dossier/{made['id']}").status_code == 403
    assert clerk.post(f"/d/dossier/{made['id']}", {"subject": "still mine"}).status_code == 403
    assert clerk.get("/r/dossiers").status_code == 404
    assert clerk.get("/lookup/dossier").status_code == 403
    assert clerk.get("/").json()["menu"] == []


def test_asvs_8_3_2_a_role_that_changed_company_shows_the_new_one_only(site: Site, enter: ENTER) -> None:
    clerk = enter("clerk")
    made = clerk.post("/d/dossier", {"subject": "mine"}).json()
    as_operator(site, "assignment", assignment_of(site, "clerk"), {"company": "DELI"})
    assert clerk.get(f"/d/dossier/{made['id']}").status_code == 404
    assert clerk.get("/d/dossier").json()["total"] == 0


def test_asvs_3_3_1_cookies(site: Site, enter: ENTER) -> None:
    """Row 20: every cookie of a whole visit, over https and over http."""
    for base, prefix in (("https://shop.test", "__Host-"), ("http://shop.test", "")):
        visitor = enter()
        visitor.client.base_url = base
        token = visitor.get("/sign-in").json()["csrf"]
        said = visitor.client.post(
            "/sign-in", json={"login": "clerk", "password": SECRET}, headers={"X-CSRF-Token": token}
        )
        visitor.csrf = said.json()["csrf"]
        answers = [
            said,
            visitor.get("/sign-in"),
            visitor.client.post(
                "/d/dossier",
                data={"_csrf": visitor.csrf, "_key": new_key(), "subject": "x"},
                headers={"Accept": "text/html"},
            ),
            visitor.post("/preferences", {"language": "en"}),
            visitor.post("/sign-out"),
        ]
        cookies = [each for answer in answers for each in answer.headers.get_list("set-cookie")]
        names = {each.partition("=")[0] for each in cookies}
        assert {f"{prefix}session", f"{prefix}notice", "language"} <= names
        for each in cookies:
            lower = each.lower()
            assert "httponly" in lower, each
            assert "samesite=lax" in lower, each
            assert "path=/" in lower, each
            assert "domain" not in lower, each
            assert ("secure" in lower) == base.startswith("https"), each
            if not each.startswith("language="):
                assert each.startswith(prefix), each


# --- one's own account (rows 3, 17, 18) --------------------------------------------------------------------------


def change(visitor: Attacker, present: str, wanted: str, again: str | None = None) -> Any:
    body = {"present": present, "password": wanted, "again": wanted if again is None else again}
    return visitor.post("/account/password", body)


def test_asvs_6_2_3_the_present_password_is_asked_for(site: Site, enter: ENTER) -> None:
    """Row 3: without it nothing changes; whoever finds an open screen may not try them all."""
    clerk = enter("clerk")
    before = everything(site)["s_credential"]
    for present in ("", "wrong", SECRET.upper(), f"{SECRET} "):
        assert change(clerk, present, "another good sentence").status_code in {403, 422}
    assert change(clerk, SECRET, "another good sentence", "another bad sentence").status_code == 422
    assert change(clerk, SECRET, SECRET).status_code == 422
    assert change(clerk, SECRET, "short").status_code == 422
    answers = [change(clerk, f"guess {number}", "another good sentence") for number in range(12)]
    assert answers[-1].status_code == 429
    assert change(clerk, SECRET, "another good sentence").status_code == 429
    assert everything(site)["s_credential"] == before
    assert clerk.get("/").status_code == 200


def test_asvs_7_4_3_another_password_ends_the_other_sessions(site: Site, enter: ENTER) -> None:
    """Row 17: this session goes on under a new token; all others are over, and so is the old password."""
    clerk, elsewhere, colleague = enter("clerk"), enter("clerk"), enter("deli_clerk")
    answer = change(clerk, SECRET, "another good sentence")
    assert answer.status_code == 200, answer.text
    token = cookie(answer, "session")
    assert token not in {clerk.token, elsewhere.token}
    assert answer.json()["csrf"] != clerk.csrf
    assert (actor_for(site, clerk.token), actor_for(site, elsewhere.token)) == (None, None)
    assert actor_for(site, token) is not None
    assert elsewhere.get("/").status_code == 401
    assert colleague.get("/").status_code == 200
    with pytest.raises(Refused):
        sign_in(site, "clerk", SECRET, "old")
    assert sign_in(site, "clerk", "another good sentence", "new").csrf


def test_asvs_7_5_2_sessions_are_ended_by_their_own_person_only(site: Site, enter: ENTER) -> None:
    """Row 18: the own ones are listed without their tokens; those of others cannot be named."""
    clerk, elsewhere, other = enter("clerk"), enter("clerk"), enter("deli_clerk")
    listed = clerk.get("/account").json()["sessions"]
    assert len(listed) == 2
    assert [each["mine"] for each in listed].count(True) == 1
    for token in (clerk.token, elsewhere.token, clerk.csrf):
        assert token not in clerk.get("/account").text
    foreign = other.get("/account").json()["sessions"][0]["id"]
    for id in (foreign, "0" * 16, "", "*", "others ", "' or 1=1 --"):
        clerk.post("/account/sessions", {"session": id})
        assert other.get("/").status_code == 200
        assert elsewhere.get("/").status_code == 200
    mine = next(each["id"] for each in listed if each["mine"])
    clerk.post("/account/sessions", {"session": mine})
    assert clerk.get("/").status_code == 200
    theirs = next(each["id"] for each in listed if not each["mine"])
    assert clerk.post("/account/sessions", {"session": theirs}).status_code == 200
    assert elsewhere.get("/").status_code == 401
    third = enter("clerk")
    assert clerk.post("/account/sessions", {"session": "others"}).status_code == 200
    assert third.get("/").status_code == 401
    assert clerk.get("/").status_code == 200

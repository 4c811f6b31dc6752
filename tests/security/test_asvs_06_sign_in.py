"""ASVS 5.0 chapter 6, and 2.4.1, 11.4.2: passwords, guessing, and whom the door tells what."""

from __future__ import annotations

import ast
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cli.database import opened
from engine.cli.demo import MARK
from engine.cli.main import run
from engine.language.problems import Refused
from engine.operations import sign_in as door
from engine.operations.scenarios import Clock
from engine.operations.sign_in import (
    COMMON,
    TRIES_PER_ADDRESS,
    TRIES_PER_LOGIN,
    WINDOW,
    network_of,
    set_password,
    sign_in,
)
from engine.operations.site import Site
from engine.storage import people, records
from tests.doors.visitors import SECRET
from tests.operations.conftest import APPS
from tests.security.attacker import Attacker, everything, id_of

ENTER = Callable[..., Attacker]


def refusal(call: Callable[[], object]) -> str:
    """The code for which something is refused."""
    with pytest.raises(Refused) as refused:
        call()
    (problem,) = refused.value.problems
    return problem.code


def wrong(site: Site, login: str, address: str, password: str = "wrong guess") -> str:
    return refusal(lambda: sign_in(site, login, password, address))


# --- passwords (rows 1, 2, 62) -----------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=8, max_size=200
    ).filter(lambda text: len(set(text)) >= 3 and text.lower() not in COMMON),
    other=st.sampled_from("xX 密🔑"),
)
def test_asvs_6_2_1_6_2_9_any_characters_none_dropped(shared: Site, text: str, other: str) -> None:
    """Rows 1: the whole password counts, to the last character, in its case, with its blanks."""
    person = id_of(shared, "person", "nobody")
    set_password(shared, person, text)
    assert sign_in(shared, "nobody", text, "a").actor.person == person
    changed = [text[:-1] + other, text + other, text[:-1], text.swapcase(), f" {text}", f"{text} "]
    for each in changed:
        if each != text:
            assert wrong(shared, "nobody", f"b{len(each)}{hash(each)}", each) == "ACC-101"


@pytest.mark.parametrize("length", [8, 15, 64, 200, 1000])
def test_asvs_6_2_1_6_2_9_lengths(shared: Site, length: int) -> None:
    secret = ("correct 马 battery 🔋 staple " * 60)[:length]
    set_password(shared, id_of(shared, "person", "nobody"), secret)
    assert sign_in(shared, "nobody", secret, f"length-{length}").csrf
    assert wrong(shared, "nobody", f"length-{length}", secret[:-1] + "~") == "ACC-101"


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("short12", "ACC-103"),
        ("", "ACC-103"),
        ("x" * 1001, "ACC-104"),
        ("password", "ACC-105"),
        ("PassWord123", "ACC-105"),
        ("12345678", "ACC-105"),
        ("aaaaaaaaaaaa", "ACC-105"),
        ("ababababab", "ACC-105"),
        ("Formwork", "ACC-105"),
        ("deli_clerk", "ACC-105"),
        ("deli_clerk 人", "ACC-105"),
    ],
)
def test_asvs_6_2_4_common_words_and_names_are_refused(shared: Site, secret: str, code: str) -> None:
    person = id_of(shared, "person", "deli_clerk")
    assert refusal(lambda: set_password(shared, person, secret)) == code


def test_asvs_11_4_2_hashes_are_argon2id_with_their_parameters(shared: Site) -> None:
    """Row 62: at least what OWASP asks for (19 MiB, two passes); a weaker hash is replaced at the next sign-in."""
    real = PasswordHasher()
    assert (real.type.name, real.memory_cost >= 19 * 1024, real.time_cost >= 2) == ("ID", True, True)
    tree = ast.parse(Path(door.__file__).read_text(encoding="utf-8"))
    made = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PasswordHasher"
    ]
    assert [(node.args, node.keywords) for node in made] == [([], [])], "the library's own parameters, nothing weaker"
    person = id_of(shared, "person", "blind")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16)
    with shared.database.write() as connection:
        people.rehash(connection, person, weak.hash(SECRET))
    sign_in(shared, "blind", SECRET, "rehash")
    with shared.database.read() as connection:
        kept = people.credential_for(connection, person)
    assert kept is not None
    assert re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$", kept.password_hash)
    assert not door._HASHER.check_needs_rehash(kept.password_hash)


# --- guessing (row 4) --------------------------------------------------------------------------------------------


def test_asvs_6_3_1_guessing_ends_in_429_and_locks_nobody_out(site: Site, enter: ENTER) -> None:
    nobody = enter()
    csrf = nobody.get("/sign-in").json()["csrf"]

    def try_it(password: str, client: Any = nobody.client, token: str = csrf) -> Any:
        return client.post("/sign-in", json={"login": "clerk", "password": password}, headers={"X-CSRF-Token": token})

    answers = [try_it(f"guess-{number}") for number in range(30)]
    assert [answer.status_code for answer in answers] == [401] * TRIES_PER_LOGIN + [429] * (30 - TRIES_PER_LOGIN)
    assert 0 < int(answers[-1].headers["retry-after"]) <= WINDOW.total_seconds()
    assert try_it(SECRET).status_code == 429, "from there not even the right one"
    elsewhere = enter(address="192.0.2.7")
    token = elsewhere.get("/sign-in").json()["csrf"]
    assert try_it(SECRET, elsewhere.client, token).status_code == 200
    assert len({answer.text for answer in answers[:2]}) == 2, "each answer has its own number"


def test_asvs_6_3_1_counters_live_in_the_database_and_end(site: Site, clock: Clock) -> None:
    other = Site(site.database, clock, site.new_id)
    for number in range(TRIES_PER_LOGIN):
        assert wrong(site if number % 2 else other, "clerk", "192.0.2.1") == "ACC-101"
    assert wrong(other, "clerk", "192.0.2.1", SECRET) == "ACC-102"
    clock.now += WINDOW
    assert sign_in(other, "clerk", SECRET, "192.0.2.1").csrf


def test_asvs_6_3_1_one_address_cannot_try_everybody(site: Site) -> None:
    codes = [wrong(site, f"somebody-{number}", "192.0.2.2") for number in range(TRIES_PER_ADDRESS + 5)]
    assert codes == ["ACC-101"] * TRIES_PER_ADDRESS + ["ACC-102"] * 5
    assert wrong(site, "clerk", "192.0.2.2", SECRET) == "ACC-102"


def test_asvs_6_3_1_a_whole_office_signs_in_behind_one_address(site: Site) -> None:
    """What is right counts for nothing against the others: there would be a queue every morning."""
    for _ in range(TRIES_PER_ADDRESS + 10):
        sign_in(site, "clerk", SECRET, "192.0.2.3")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1%eth0", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("testclient", "testclient"),
    ],
)
def test_asvs_6_3_1_an_ipv6_house_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_asvs_2_4_1_nobody_can_fill_the_database(site: Site) -> None:
    """A blocked address leaves no further rows, and no row is longer for a longer name."""

    def rows() -> list[tuple[Any, ...]]:
        return everything(site)["s_limit"]

    for number in range(TRIES_PER_ADDRESS + 20):
        wrong(site, f"{number}" + "x" * 100_000, "192.0.2.4")
    assert len(rows()) <= TRIES_PER_ADDRESS + 1
    assert max(len(row[0]) for row in rows()) < 100


def test_asvs_2_4_1_a_crowd_at_the_hashes_is_sent_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six wait, the seventh is told to come back: guesses cannot hold every thread that serves people at work."""
    free, told = threading.Event(), []
    here = threading.Semaphore(0)

    def slow(stored: str, password: str) -> bool:
        here.release()
        free.wait(10)
        return False

    monkeypatch.setattr(door, "verified", slow)
    crowd = [
        threading.Thread(target=lambda n=n: told.append(wrong(site, f"c{n}", f"198.51.100.{n}"))) for n in range(6)
    ]
    for thread in crowd:
        thread.start()
    for _ in crowd:
        assert here.acquire(timeout=10)
    assert wrong(site, "clerk", "198.51.100.99", SECRET) == "ACC-102"
    free.set()
    for thread in crowd:
        thread.join(10)
    assert told == ["ACC-101"] * 6


# --- known and unknown (row 8) -----------------------------------------------------------------------------------


def test_asvs_6_3_8_known_and_unknown_are_told_the_same(
    site: Site, enter: ENTER, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same status, the same words, the same number of hashes: also for somebody who was switched off."""
    with site.database.write() as connection:
        people.disable(connection, id_of(site, "person", "blind"), disabled=True)
    hashes: list[str] = []
    verify = door._HASHER.verify
    monkeypatch.setattr(
        door,
        "_HASHER",
        type("Counted", (), {"verify": lambda self, stored, given: hashes.append(stored) or verify(stored, given)})(),
    )
    nobody = enter()
    csrf = nobody.get("/sign-in").json()["csrf"]
    seen = {}
    for login in ("clerk", "no such person", "blind", "", "clerk ", "CLERK", "clerk\u200b"):
        hashes.clear()
        answer = nobody.client.post(
            "/sign-in", json={"login": login, "password": "wrong"}, headers={"X-CSRF-Token": csrf}
        )
        body = answer.json()
        del body["number"]
        headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
        seen[login] = (answer.status_code, str(body), str(headers), len(hashes))
    assert len(set(seen.values())) == 1, seen
    assert seen["clerk"][0] == 401
    assert seen["clerk"][3] == 1


def test_asvs_6_3_8_a_page_shows_again_what_was_typed_but_the_password(enter: ENTER) -> None:
    nobody = enter(program=False)
    csrf = re.search(r'name="_csrf" value="([^"]+)"', nobody.get("/sign-in").text)
    assert csrf
    page = nobody.client.post("/sign-in", data={"_csrf": csrf[1], "login": "clerk<", "password": "KANARI-PASSWORD"})
    assert page.status_code == 401
    assert "clerk&lt;" in page.text
    assert "KANARI-PASSWORD" not in page.text


# --- no default account (row 5) ----------------------------------------------------------------------------------


def test_asvs_6_3_2_a_fresh_site_has_nobody(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert run(["publish", str(APPS / "food"), "--database", database]) == 0
    with opened(database) as site:
        with site.reading() as (connection, running):
            assert not people.any_credential(connection)
            assert not records.list_records(connection, running.tables, "person")
        for login in ("admin", "administrator", "root", "operator", "engine", ""):
            for secret in ("", "admin", "password", "demo-formwork"):
                assert wrong(site, login, f"{login}-{secret}", secret) == "ACC-101"


def test_asvs_6_3_2_the_demonstration_goes_over_no_real_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Odoo CVE-2021-45111. Whoever lives in the database, with or without the mark beside it, is left alone."""
    database = f"sqlite:///{tmp_path / 'demo.db'}"
    assert run(["publish", str(APPS / "food"), "--database", database]) == 0
    assert run(["password", "anna", "--database", database, "--password", SECRET]) == 0
    for marked in (False, True):
        if marked:
            (tmp_path / MARK).write_text("", encoding="utf-8")
        assert run(["demo", str(APPS / "food"), "--folder", str(tmp_path), "--no-serve"]) != 0
        assert "CLI-106" in capsys.readouterr().err
        with opened(database) as site:
            assert sign_in(site, "anna", SECRET, "here").csrf

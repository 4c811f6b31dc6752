"""The demonstration, publishing and verifying: the commands on a real SQLite file."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from engine.cli.database import opened
from engine.cli.demo import MARK, WELL_KNOWN, build, log_ins
from engine.cli.main import run
from engine.cli.operator import operator, person
from engine.operations.browse import Query
from engine.operations.case import Submission
from engine.operations.inbox import count
from engine.operations.report import run_report
from engine.operations.sign_in import set_password, sign_in
from engine.operations.submit import submit
from engine.packages.files import read_folder
from engine.packages.scenario import read_seeds
from engine.storage import records
from engine.storage.database import hold_server_lock
from tests.cli.broken import broken_app

APPS = Path(__file__).parents[2] / "apps"


@pytest.fixture(scope="module")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demonstration for all tests that do not change it for good."""
    folder = tmp_path_factory.mktemp("demo") / "site"
    assert run(["demo", str(APPS / "food"), "--folder", str(folder), "--no-serve", "--language", "en"]) == 0
    return folder


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'demo.db'}"


def test_everybody_printed_can_sign_in(site_folder: Path) -> None:
    """With the password that was printed, and with the roles of the seed."""
    seeds, _ = read_seeds(read_folder(APPS / "food"))
    with opened(address(site_folder)) as site:
        for login in log_ins(seeds):
            signed_in = sign_in(site, login, WELL_KNOWN, "127.0.0.1")
            assert signed_in.actor.roles


def test_ninety_days_of_documents_and_work_that_waits(site_folder: Path) -> None:
    """Every week has its orders, receipts and sales; a manager finds decisions to take, and goods are near their end."""
    with opened(address(site_folder)) as site:
        with site.reading() as (connection, running):
            made = [
                record.created_at
                for entity in ("purchase_order", "goods_receipt", "assembly", "sales_order", "delivery", "goods_issue")
                for record in records.list_records(connection, running.tables, entity, lines=False)
            ]
        days = {(site.clock() - at).days for at in made if at is not None}
        assert len(made) > 150
        assert max(days) >= 90
        assert all(days & set(range(first, first + 7)) for first in range(0, 91, 7)), "a week in which nothing was done"
        assert count(site, person(site, "manager")) >= 3
        assert count(site, person(site, "finance")) >= 1
        assert run_report(site, person(site, "keeper"), "expiring", Query()).total >= 3


def test_the_demonstration_verifies_clean(site_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the command made, the command finds in order."""
    assert run(["verify", "--database", address(site_folder), "--language", "en"]) == 0
    assert "no problems found" in capsys.readouterr().out


def test_publishing_again_changes_nothing_in_the_tables(site_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan of an unchanged app is empty; publishing it again is allowed."""
    assert run(["migrate", str(APPS / "food"), "--plan", "--database", address(site_folder), "--language", "en"]) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert run(["publish", str(APPS / "food"), "--database", address(site_folder), "--language", "en"]) == 0
    assert "food published: sha256-" in capsys.readouterr().out


def test_publishing_never_loses_data_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan is shown and nothing is done; agreed to, it is."""
    for name in ("trade", "food"):
        shutil.copytree(APPS / name, tmp_path / name)
    command = ["publish", str(tmp_path / "food"), "--database", f"sqlite:///{tmp_path / 'x.db'}", "--language", "en"]
    assert run(command) == 0
    item = tmp_path / "food" / "entities" / "item.yaml"
    item.write_text(item.read_text(encoding="utf-8") + "  - {id: barcode, remove: true}\n", encoding="utf-8")
    capsys.readouterr()
    assert run(command) == 2
    captured = capsys.readouterr()
    assert "barcode" in captured.out
    assert "[CLI-110]" in captured.err
    assert run([*command, "--allow-destructive"]) == 0


def test_a_demonstration_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as wanted, as long as only the seeded people are in it."""
    monkeypatch.setattr("engine.cli.demo.build", lambda folder, database, secret: [])
    folder = tmp_path / "site"
    for _ in range(2):
        assert run(["demo", str(APPS / "food"), "--folder", str(folder), "--no-serve"]) == 0
        (folder / "demo.db").write_bytes(b"")


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the mark of this command nothing is touched."""
    (tmp_path / "demo.db").write_bytes(b"precious")
    assert run(["demo", str(APPS / "food"), "--folder", str(tmp_path), "--no-serve"]) == 2
    assert (tmp_path / "demo.db").read_bytes() == b"precious"
    assert "[CLI-106]" in capsys.readouterr().err


def test_a_demonstration_with_real_users_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever added a person uses it for real."""
    app = str(APPS / "food")
    database = address(tmp_path)
    build(Path(app), database, WELL_KNOWN)
    (tmp_path / MARK).write_text("", encoding="utf-8")
    with opened(database) as site:
        submit(site, operator(site), Submission("person", None, None, {"code": "anna", "name": "Anna"}, None, "k-anna"))
    assert run(["demo", app, "--folder", str(tmp_path), "--no-serve"]) == 2
    assert "[CLI-106]" in capsys.readouterr().err
    with opened(database) as site:
        assert person(site, "anna").name == "Anna"


def test_the_first_person_becomes_administrator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one has to be brought in by the first."""
    database = f"sqlite:///{tmp_path / 'new' / 'real.db'}"
    assert run(["publish", str(APPS / "food"), "--database", database]) == 0
    assert run(["password", "anna", "--database", database, "--password", "correct horse battery"]) == 0
    with opened(database) as site:
        assert {held.role for held in sign_in(site, "anna", "correct horse battery", "::1").actor.roles} == {
            "administrator"
        }
    assert run(["password", "bob", "--database", database, "--password", "correct horse battery"]) == 2
    assert "[CLI-108]" in capsys.readouterr().err


def test_a_weak_password_makes_no_administrator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Or a slip of the finger would be the first person of the site."""
    database = f"sqlite:///{tmp_path / 'real.db'}"
    assert run(["publish", str(APPS / "food"), "--database", database]) == 0
    assert run(["password", "ana", "--database", database, "--password", "short"]) == 1
    assert run(["password", "anna", "--database", database, "--password", "correct horse battery"]) == 0
    assert "administrator" in capsys.readouterr().out


def test_a_password_may_be_piped_in(
    site_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line; nothing at all is told."""
    command = ["password", "buyer", "--database", address(site_folder), "--language", "en"]
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert run(command) == 0
    with opened(address(site_folder)) as site:
        assert sign_in(site, "buyer", "correct horse battery", "127.0.0.1")
        set_password(site, person(site, "buyer").person, WELL_KNOWN)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(command) == 2
    assert "[CLI-119]" in capsys.readouterr().err


def test_stock_of_another_company_is_not_shown(site_folder: Path) -> None:
    """The stores of the other company may not be listed, so what lies in them is not in the report either."""
    with opened(address(site_folder)) as site:
        stores = {
            login: {row.values["place"] for row in run_report(site, person(site, login), "stock", Query(size=100)).rows}
            for login in ("keeper", "manager", "seller", "deli_keeper", "admin")
        }
    assert stores["keeper"] == stores["manager"] == stores["seller"] == {"主仓", "冷库", "门店"}
    assert stores["deli_keeper"] == {"熟食仓"}
    assert stores["admin"] == {"主仓", "冷库", "门店", "熟食仓"}


def test_a_demonstration_is_kept_when_the_app_is_broken(tmp_path: Path) -> None:
    """The old one goes only when the new one can be made."""
    (tmp_path / "demo.db").write_bytes(b"")
    (tmp_path / MARK).write_text("", encoding="utf-8")
    assert run(["demo", str(broken_app(tmp_path)), "--folder", str(tmp_path), "--no-serve"]) == 1
    assert (tmp_path / "demo.db").exists()


def test_a_demonstration_that_is_served_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever is signed in there would lose the ground under their feet."""
    file = tmp_path / "demo.db"
    file.write_bytes(b"")
    (tmp_path / MARK).write_text("", encoding="utf-8")
    with opened(f"sqlite:///{file}") as site:
        lock = hold_server_lock(site.database)
        assert lock is not None
        assert run(["demo", str(APPS / "food"), "--folder", str(tmp_path), "--no-serve"]) == 2
        lock.release()
    assert file.exists()
    assert "[STO-112]" in capsys.readouterr().err

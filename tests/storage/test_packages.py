"""Packages, files and settings: kept by content and by date, published by an appended row."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from engine.entities.changes import Publish, SetSetting
from engine.storage import attachments, journal, packages, settings
from engine.storage.database import Database
from engine.storage.system_tables import BLOB
from engine.storage.work import Work
from tests.storage import samples as s


def put(work: Work, now: datetime, key: str, *changes) -> None:
    work.run([s.intent(key, lambda _: s.decision(*changes))], now)[0].result()


def test_the_last_published_package_counts_and_all_stay_loadable(work: Work, database: Database, now: datetime) -> None:
    with database.read() as connection:
        assert packages.published_digest(connection) is None
    first = Publish("d1", "food", "1", {"food/app.yaml": b"app: food", "trade/app.yaml": b"app: trade"})
    second = Publish("d2", "food", "2", {"food/app.yaml": b"app: food\n", "trade/app.yaml": b"app: trade"})
    put(work, now, "k1", first)
    put(work, now, "k2", second)
    put(work, now + timedelta(days=1), "k3", first)
    with database.read() as connection:
        assert packages.published_digest(connection) == "d1"
        loaded = packages.load(connection, "d2")
        assert loaded is not None
        assert (loaded.version, loaded.files) == ("2", dict(second.files))
        assert packages.load(connection, "none") is None
        assert [each.digest for each in packages.history(connection)] == ["d1", "d2", "d1"]
        assert connection.execute(select(func.count()).select_from(BLOB)).scalar_one() == 3
        assert len(journal.history(connection, "package", "food")) == 3


def test_equal_content_is_attached_once(database: Database, now: datetime) -> None:
    with database.write() as connection:
        attachments.put(connection, "a1", "一.pdf", "application/pdf", b"same", "ann", now)
        attachments.put(connection, "a2", "two.pdf", "application/pdf", b"same", "bob", now)
    with database.read() as connection:
        found = attachments.get(connection, "a1")
        assert found is not None
        assert (found[0].name, found[0].size, found[1]) == ("一.pdf", 4, b"same")
        assert attachments.get(connection, "a3") is None
        assert {key: each.stored_by for key, each in attachments.describe(connection, ["a1", "a2", "a3"]).items()} == {
            "a1": "ann",
            "a2": "bob",
        }
        assert connection.execute(select(func.count()).select_from(BLOB)).scalar_one() == 1


def test_the_narrowest_scope_with_the_latest_start_counts(work: Work, database: Database, now: datetime) -> None:
    day = date(2026, 3, 1)
    put(
        work,
        now,
        "k1",
        SetSetting("limit", "everywhere", "", date(2026, 1, 1), "10"),
        SetSetting("limit", "everywhere", "", date(2026, 4, 1), "20"),
        SetSetting("limit", "company", "c1", date(2026, 2, 1), "15"),
        SetSetting("limit", "company", "c1", date(2026, 5, 1), None),
    )
    put(work, now, "k2", SetSetting("limit", "everywhere", "", date(2026, 1, 1), "11"))
    with database.read() as connection:
        rows = settings.read(connection)
        assert len(journal.history(connection, "setting", "limit")) == 2
    company = [("place", "p1"), ("company", "c1")]
    assert settings.effective(rows, "limit", day) == "11"
    assert settings.effective(rows, "limit", day, company) == "15"
    assert settings.effective(rows, "limit", date(2026, 5, 2), company) == "20"
    assert settings.effective(rows, "limit", date(2025, 1, 1)) is None
    assert rows[0].changed_by == "ann"

"""Alerts: each crossing is told once, to whom it concerns, whatever restarts and whoever else judges."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.operations import alerts
from engine.operations.notices import received
from engine.operations.people import player
from engine.operations.publish import migrate, publish
from engine.operations.scenarios import Clock
from engine.operations.set_setting import set_setting
from engine.operations.sign_in import set_password, sign_in
from engine.operations.site import open_site
from engine.operations.standing import standing
from engine.operations.submit import Submission, submit
from engine.packages.schema import App
from engine.storage import due, journal
from engine.storage.alerts import reached
from engine.web.app import build_app
from tests.operations.conftest import NOW
from tests.operations.shop import Shop, furnished
from tests.postgres import PostgresServer
from tests.sample_apps.load import changed, loaded
from tests.web.client import TestClient

SIX = datetime(2026, 3, 2, 22, tzinfo=UTC)  # six in the morning of the 3rd in Shanghai
DAY = timedelta(days=1)


def make(url: str, app: App) -> None:
    site = open_site(url, clock=Clock(NOW))
    migrate(site, app, False)
    publish(site, app.layers, "test")
    furnished(site)
    site.close()


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The furnished shop as a SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "shop.db"
    make(f"sqlite:///{path}", loaded("shop"))
    return path


@pytest.fixture(scope="session")
def shop_name(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with the furnished shop."""
    make(postgres_server.create_database("shop"), loaded("shop"))
    return "shop"


@pytest.fixture
def shop(dialect: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Shop]:
    """A furnished shop of the test's own."""
    server: PostgresServer | None = None
    if dialect == "sqlite":
        shutil.copyfile(request.getfixturevalue("shop_file"), tmp_path / "shop.db")
        url = f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        name = request.getfixturevalue("shop_name")
        server = request.getfixturevalue("postgres_server")
        assert server is not None
        url = server.create_database(template=name)
    site = open_site(url, clock=clock)
    site.know(loaded("shop"))
    yield Shop(site, clock)
    site.close()
    if server is not None:
        server.drop_database(url)


def goods(item: str = "MILK", quantity: object = 20, last_day: str = "2026-03-20") -> Mapping[str, Any]:
    return {"item": item, "quantity": str(quantity), "last_day": last_day}


def levels(shop: Shop, alert: str = "near_expiry") -> list[str]:
    with shop.site.reading() as (connection, _):
        return sorted(each.level for each in reached(connection, alert).values())


def test_a_crossing_is_told_once_at_its_time_and_not_before(shop: Shop) -> None:
    shop.move([goods()])
    shop.wake(SIX - timedelta(seconds=1))
    assert shop.told("near_expiry") == []
    shop.wake(SIX)
    (message,) = shop.told("near_expiry")
    assert shop.people([message]) == ["ann"]
    assert (message.channel, message.subject) == ("local", "Milk expires on 2026-03-20 (17 days left)")
    again = shop.restarted()
    for days in range(1, 4):
        again.wake(SIX + days * DAY)
    again.site.close()
    assert len(shop.told("near_expiry")) == 1
    assert levels(shop) == ["first"]


def test_a_narrower_level_is_told_when_it_is_reached_and_to_more_people(shop: Shop) -> None:
    shop.move([goods(last_day="2026-03-20")])
    shop.wake(SIX)
    shop.wake(SIX + 10 * DAY)  # the 13th: seven days left
    told = shop.told("near_expiry")
    assert shop.people(told) == ["ann", "ann", "meg"]
    assert told[-1].body == "20 of MILK in North store: please act"
    assert levels(shop) == ["last"]


def test_a_row_that_jumps_two_levels_is_told_of_the_narrowest_only(shop: Shop) -> None:
    shop.move([goods(last_day="2026-03-05")])
    shop.wake(SIX)
    assert [message.subject for message in shop.told("near_expiry")] == ["Milk expires on 2026-03-05 (2 days left)"] * 2
    assert sorted(shop.people(shop.told("near_expiry"))) == ["ann", "meg"]


def test_a_row_that_has_left_all_levels_is_told_again_when_it_comes_back(shop: Shop) -> None:
    shop.move([goods()])
    shop.wake(SIX)
    shop.move([goods()], "N1", "OUT")
    shop.wake(SIX + DAY)
    assert levels(shop) == []
    shop.move([goods()])
    shop.wake(SIX + 2 * DAY)
    assert [message.subject for message in shop.told("near_expiry")] == [
        "Milk expires on 2026-03-20 (17 days left)",
        "Milk expires on 2026-03-20 (15 days left)",
    ]


def test_a_row_that_goes_back_to_a_wider_level_is_not_told_but_is_when_it_returns(shop: Shop) -> None:
    shop.move([goods(last_day="2026-03-05")])
    shop.wake(SIX)
    first = len(shop.told("near_expiry"))
    shop.move([goods(last_day="2026-03-05")], "N1", "OUT")
    shop.move([goods(last_day="2026-03-20")])
    shop.wake(SIX + DAY)
    assert len(shop.told("near_expiry")) == first + 1  # another row, at the wider level
    assert levels(shop) == ["first"]


def test_many_rows_make_one_message_for_each_person_in_their_language(shop: Shop) -> None:
    """Each keeper is told of the rows of their own company, the manager of all that concern managers."""
    days = [f"2026-03-{day:02}" for day in range(4, 29)]
    shop.move([goods("BREAD", 20, day) for day in days])
    shop.move([goods("MILK", 20, "2026-03-05"), goods("BREAD", 20, "2026-03-25")], target="S1", company="SOUTH")
    shop.wake(SIX)
    told = dict(zip(shop.people(shop.told("near_expiry")), shop.told("near_expiry"), strict=True))
    assert sorted(told) == ["ann", "bo", "meg"]
    assert told["ann"].subject == "Near expiry: 25"
    lines = told["ann"].body.split("\n")
    assert (len(lines), lines[0]) == (25, "- Bread expires on 2026-03-04 (1 days left)")
    assert told["bo"].subject == "临期提醒：2 项"
    assert told["bo"].body == "- Milk 2026-03-05 到期（还有 2 天）\n- Bread 2026-03-25 到期（还有 22 天）"
    assert told["meg"].subject == "Near expiry: 8"  # seven of the north within a week, one of the south


def test_a_list_names_only_so_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "MOST_LINES", 2)
    shop.move([goods("BREAD", 20, f"2026-03-{day}") for day in range(20, 25)])
    shop.wake(SIX)
    (message,) = shop.told("near_expiry")
    assert message.body.split("\n")[2:] == ["… and 3 more"]


def test_the_settings_and_the_day_are_those_of_the_rows_company(shop: Shop) -> None:
    set_setting(shop.site, shop.actor("meg"), "warn_days", "company", shop.id_of("company", "SOUTH"), NOW.date(), "3")
    shop.move([goods()])
    shop.move([goods()], target="S1", company="SOUTH")
    shop.wake(SIX)
    assert shop.people(shop.told("near_expiry")) == ["ann"]


def test_today_is_that_of_the_rows_company(shop: Shop) -> None:
    """At six in Shanghai it is still the day before in New York: there are eight days left, not seven."""
    with shop.site.reading() as (connection, running):
        everybody = player(connection, running, "test", running.app.roles, "en")
    change = Submission("company", shop.id_of("company", "SOUTH"), None, {"zone": "America/New_York"}, None, "zone-key")
    submit(shop.site, everybody, change)
    shop.move([goods(last_day="2026-03-10")])
    shop.move([goods(last_day="2026-03-10")], target="S1", company="SOUTH")
    shop.wake(SIX)
    assert levels(shop) == ["first", "last"]


def test_another_process_that_was_faster_leaves_nothing_to_tell(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It judges between the reading and the writing of the first."""
    shop.move([goods()])
    shop.clock.now = SIX
    other, compare, judged = shop.restarted(), alerts._compare, []

    def interrupted(*asked: Any) -> Any:
        found = compare(*asked)
        if not judged:
            judged.append(True)
            alerts.judge_alert(other.site, "near_expiry", "the other")
        return found

    monkeypatch.setattr(alerts, "_compare", interrupted)
    alerts.judge_alert(shop.site, "near_expiry", "the first")
    other.site.close()
    assert len(shop.told("near_expiry")) == 1


def test_a_process_that_dies_after_its_commit_tells_nothing_twice(shop: Shop) -> None:
    shop.move([goods()])
    shop.clock.now = SIX
    alerts.judge_alert(shop.site, "near_expiry", "due:alert:near_expiry:six")
    shop.move([goods(last_day="2026-03-21")])
    alerts.judge_alert(shop.site, "near_expiry", "due:alert:near_expiry:six")  # claimed again: answered as before
    assert len(shop.told("near_expiry")) == 1


def test_a_posting_asks_for_the_alerts_on_its_ledger_and_they_are_judged_once_soon_after(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        shop.move([goods(quantity=1)])
    assert shop.told("low_stock") == []
    judged: list[str] = []
    compare = alerts._compare
    monkeypatch.setattr(alerts, "_compare", lambda *asked: (judged.append(asked[-1].alert), compare(*asked))[1])
    shop.wake(shop.clock.now)
    assert judged == ["low_stock"]
    (message,) = shop.told("low_stock")
    assert (shop.people([message]), message.subject) == (["ann"], "Only 3 of Milk left")
    shop.move([goods(quantity=10)])
    shop.wake(shop.clock.now)
    assert levels(shop, "low_stock") == []
    with shop.site.reading() as (connection, _):
        assert [row for row in due.waiting(connection) if row.body.get("once")] == []


def test_records_are_watched_too_and_whoever_made_one_is_told(shop: Shop) -> None:
    shop.do("meg", "item", {"code": "TEA", "name": "Tea"})
    shop.do("meg", "item", {"code": "JAM", "name": "Jam", "cost": "3"})
    monday = datetime(2026, 3, 8, 23, tzinfo=UTC)  # seven in the morning of Monday the 9th
    shop.wake(monday - timedelta(seconds=1))
    assert shop.told("no_cost") == []
    shop.wake(monday)
    (message,) = shop.told("no_cost")
    assert (shop.people([message]), message.subject) == (["meg"], "TEA has no cost")
    (notice,) = received(shop.site, shop.actor("meg"), 1, 10).rows
    assert notice.href == f"/d/item/{shop.id_of('item', 'TEA')}"
    (found,) = [each for each in standing(shop.site, shop.actor("sue")) if each.alert == "no_cost"]
    assert [(row.cells, row.href) for row in found.rows] == [(("Tea",), f"/d/item/{shop.id_of('item', 'TEA')}")]


def test_who_sees_what_stands_at_a_level(shop: Shop) -> None:
    """The rows and columns of the report as its reader sees them; nothing for whoever may not run it."""
    shop.move([goods("BREAD", 20, "2026-03-20"), goods("MILK", 20, "2026-03-05"), goods("MILK", 20, "2026-06-01")])
    shop.wake(SIX)
    (seen,) = standing(shop.site, shop.actor("ann"))
    assert (seen.alert, seen.href) == ("near_expiry", "/r/stock")
    assert [(row.level, row.values["name"], row.values["days_left"]) for row in seen.rows] == [
        ("last", "Milk", 2),
        ("first", "Bread", 17),
    ]
    assert seen.rows[0].level_label == {"zh": "最后一次", "en": "Last"}
    assert seen.rows[0].since == SIX
    (of_seller,) = standing(shop.site, shop.actor("sue"))
    assert "cost" in {column.id for column in seen.columns}
    assert "cost" not in {column.id for column in of_seller.columns}
    assert standing(shop.site, shop.actor("bo")) == ()
    shop.move([goods("MILK", 20, "2026-03-05")], "N1", "OUT")
    assert [row.level for row in standing(shop.site, shop.actor("ann"))[0].rows] == ["first"]


def test_the_page_and_the_json_of_alerts(shop: Shop) -> None:
    shop.move([goods("MILK", 20, "2026-03-05")])
    shop.wake(SIX)
    set_password(shop.site, shop.id_of("person", "ann"), "correct horse battery")
    client = TestClient(build_app(shop.site), base_url="http://shop.test", follow_redirects=False)
    assert client.get("/alerts", headers={"Accept": "application/json"}).status_code == 401
    client.cookies.set("session", sign_in(shop.site, "ann", "correct horse battery", "test").token)
    answer = client.get("/alerts", headers={"Accept": "application/json"}).json()
    assert answer["alerts"][0]["rows"][0]["values"]["quantity"] == "20.000000"
    assert answer["alerts"][0]["rows"][0]["since"] == "2026-03-02T22:00:00Z"
    for address in ("/alerts", "/"):
        page = client.get(address, headers={"Accept": "text/html", "Accept-Language": "zh"}).text
        assert "临期提醒" in page
        assert "最后一次" in page


def test_the_journal_keeps_each_round(shop: Shop) -> None:
    shop.move([goods()])
    shop.wake(SIX)
    with shop.site.reading() as (connection, _):
        entries = journal.history(connection, "alert", "near_expiry")
    (entry,) = [each for each in entries if each.body.get("round")]
    assert (entry.actor, entry.body["round"], entry.body["messages"]) == ("engine", 1, 1)
    assert list(entry.body["levels"].values()) == ["first"]


def test_an_alert_that_is_gone_is_not_judged_any_more(shop: Shop, clock: Clock) -> None:
    shop.move([goods()])
    without = changed("shop", {"alerts/near_expiry.yaml": None, "notices/expires_first.yaml": None})
    publish(shop.site, without.layers, "test")
    with shop.site.reading() as (connection, _):
        assert {row.key for row in due.waiting(connection) if row.kind == "alert" and not row.body.get("once")} == {
            "alert:no_cost"
        }
    shop.wake(SIX + DAY)
    assert shop.told("near_expiry") == []


def test_an_alert_that_comes_back_begins_anew(shop: Shop) -> None:
    shop.move([goods()])
    shop.wake(SIX)
    publish(shop.site, changed("shop", {"alerts/near_expiry.yaml": None}).layers, "test")
    assert levels(shop) == []
    publish(shop.site, loaded("shop").layers, "test")
    shop.wake(SIX + DAY)
    assert len(shop.told("near_expiry")) == 2

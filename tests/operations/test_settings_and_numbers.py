"""Numbers of documents run without gaps for each company and year; settings count from their day on, by company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.entities.fields.base import Raw
from engine.language.problems import Problem, Refused
from engine.operations.scenarios import Clock
from engine.operations.set_setting import EVERYWHERE, set_setting
from engine.operations.submit import Submitted
from engine.operations.verify import verify
from engine.storage import journal
from engine.storage.settings import SettingRow
from engine.storage.settings import read as read_settings
from tests.operations.world import World

FLOUR = {"item": "FLOUR", "quantity": "1"}
HEAD = {"supplier": "MILL", "place": "MAIN"}
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def two_companies(world: World) -> World:
    """The food company and a second one, each with its own keeper and manager."""
    world.submit("company", {"code": "DELI", "name": "熟食"}, login="admin")
    for role in ("keeper", "manager"):
        world.submit("person", {"code": f"deli_{role}", "name": f"DELI {role}"}, login="admin")
        held = {"code": f"deli_{role}", "person": f"deli_{role}", "role": role, "company": "DELI"}
        world.submit("assignment", held, login="admin")
    world.submit("place", {"code": "DELI", "name": "熟食仓", "kind": "store", "company": "DELI"}, login="manager")
    return world


def refusal(does: Callable[[], object]) -> tuple[Problem, ...]:
    """Why something is refused; it has to be."""
    with pytest.raises(Refused) as refused:
        does()
    return refused.value.problems


def codes(does: Callable[[], object]) -> set[str]:
    """The codes of the errors that something is refused for."""
    return {problem.code for problem in refusal(does) if problem.severity == "error"}


def test_numbers_run_by_company_and_year_without_gaps(two_companies: World) -> None:
    world = two_companies

    def receive(day: str, login: str = "keeper", place: str = "MAIN", **more: Any) -> Submitted:
        raw = {**HEAD, "place": place, "received_on": day, "lines": [FLOUR], **more}
        return world.submit("goods_receipt", raw, transition="post", login=login)

    def issue(quantity: str) -> Submitted:
        line = {**FLOUR, "quantity": quantity, "batch": "FLOUR-20251231"}
        return world.issue([line])

    numbers = [receive("2025-12-31").number]
    for _ in range(3):
        assert codes(lambda: receive("2025-12-31", supplier="")) == {"VAL-101"}  # the form
        assert codes(lambda: receive("2025-12-31", supplier="CAFE")) == {"RUL-501"}  # the rules
        assert codes(lambda: receive("2025-12-31", login="buyer")) == {"ACC-110", "WFL-102"}  # access and workflow
        assert codes(lambda: issue("1.001")) == {"LED-130"}  # under lock, behind the locked counter
        numbers += [receive("2025-12-31").number, receive("2026-01-01").number]
        numbers += [receive("2026-01-01", "deli_keeper", "DELI").number, issue("1").number]
        draft = world.receive([FLOUR], transition=None)
        world.submit("goods_receipt", {}, transition="cancel", id=draft.id)
    expected = ["GR-BKY-2025-00001"]
    for number in range(1, 4):
        expected += [f"GR-BKY-2025-{number + 1:05}", f"GR-BKY-2026-{number:05}"]
        expected += [f"GR-DELI-2026-{number:05}", f"GI-BKY-2026-{number:05}"]
    assert numbers == expected
    assert verify(world.site) == ()


def test_a_number_stays_when_the_document_goes_on(world: World) -> None:
    done = world.receive([FLOUR])
    back = world.submit("goods_receipt", {}, transition="reverse", id=done.id, login="finance")
    assert (back.state, back.number) == ("reversed", done.number)
    assert world.receive([FLOUR]).number == "GR-BKY-2026-00002"


def warned(world: World, received_on: date, days: int, **who: Any) -> bool:
    """Whether a receipt of milk that keeps so many days more is warned about; nothing is posted."""
    line = {"item": "MILK", "quantity": "1", "last_day": (received_on + days * DAY).isoformat()}
    raw = {**HEAD, "received_on": received_on.isoformat(), "lines": [line], **who.pop("values", {})}
    done = world.submit("goods_receipt", raw, **who)
    return any(problem.code == "RUL-503" for problem in done.warnings)


def stored(world: World) -> list[SettingRow]:
    """Every value ever given."""
    with world.site.reading() as (connection, _):
        return list(read_settings(connection))


def test_a_setting_counts_from_its_day_on_and_for_its_company(two_companies: World) -> None:
    world, start = two_companies, TODAY + 10 * DAY
    bakery, deli = world.id_of("company", "BKY"), world.id_of("company", "DELI")
    there: dict[str, Any] = {"login": "deli_keeper", "values": {"place": "DELI"}}
    assert warned(world, start, 7)  # the default of the package: seven days
    assert not warned(world, start, 8)

    value = set_setting(world.site, world.actor("manager"), "warn_days_last", "company", bakery, start, "20")
    assert value == 20
    assert not warned(world, start - DAY, 8)
    assert [warned(world, start, days) for days in (20, 21)] == [True, False]
    assert [warned(world, start + 500 * DAY, days) for days in (20, 21)] == [True, False]
    assert not warned(world, start, 8, **there)

    everywhere = (world.site, world.actor("admin"), "warn_days_last", EVERYWHERE, "", start + DAY)
    set_setting(*everywhere, 3)
    assert [warned(world, start, days, **there) for days in (7, 8)] == [True, False]
    assert [warned(world, start + DAY, days, **there) for days in (3, 4)] == [True, False]
    assert warned(world, start + DAY, 20)  # the company's own value is the narrower one

    set_setting(world.site, world.actor("deli_manager"), "warn_days_last", "company", deli, start + DAY, 5)
    assert [warned(world, start + DAY, days, **there) for days in (5, 6)] == [True, False]
    set_setting(world.site, world.actor("manager"), "warn_days_last", "company", bakery, start + 2 * DAY, "")
    assert [warned(world, start + DAY, days) for days in (20, 21)] == [True, False]
    assert [warned(world, start + 2 * DAY, days) for days in (3, 4)] == [True, False]
    assert len(stored(world)) == 4


def test_a_setting_of_money_decides_about_a_posting(world: World, clock: Clock) -> None:
    line = {**FLOUR, "price": "100.00"}
    assert world.receive([line]).state == "posted"
    bakery = world.id_of("company", "BKY")
    value = set_setting(
        world.site, world.actor("manager"), "receipt_note_required_above", "company", bakery, TODAY, "99.99"
    )
    assert value == Decimal("99.99")
    (problem,) = refusal(lambda: world.receive([line]))
    assert (problem.code, problem.path) == ("RUL-501", ("note",))
    clock.now -= DAY  # the same document, typed a day earlier
    assert world.receive([line]).state == "posted"


def test_a_change_is_in_the_journal_with_who_and_when(world: World, clock: Clock) -> None:
    bakery, manager = world.id_of("company", "BKY"), world.actor("manager")
    set_setting(world.site, manager, "warn_days_last", "company", bakery, TODAY, 10)
    clock.now += timedelta(hours=1)
    set_setting(world.site, manager, "warn_days_last", "company", bakery, TODAY, "１１", key="the-key-of-the-second")
    set_setting(world.site, manager, "warn_days_last", "company", bakery, TODAY, "１１", key="the-key-of-the-second")
    with world.site.reading() as (connection, running):
        first, second = journal.history(connection, "setting", "warn_days_last")
    said = {"scope": "company", "scope_id": bakery, "start": TODAY.isoformat()}
    assert first.body == {**said, "value": "10"}
    assert second.body == {**said, "value": "11"}
    assert (second.actor, second.operation, second.package) == (manager.person, "settings", running.app.digest)
    assert (second.recorded_at, second.request) == (clock.now, "the-key-of-the-second")
    (row,) = stored(world)
    assert (row.value, row.changed_by, row.changed_at, row.start) == ("11", manager.person, clock.now, TODAY)
    assert verify(world.site) == ()


def test_who_may_not_and_what_does_not_fit_is_refused_and_nothing_is_kept(two_companies: World) -> None:
    world = two_companies
    bakery, deli = world.id_of("company", "BKY"), world.id_of("company", "DELI")

    def attempt(
        login: str, setting: str = "warn_days_last", scope: str = "company", scope_id: str = bakery, raw: Raw = 5
    ) -> Callable[[], object]:
        return lambda: set_setting(world.site, world.actor(login), setting, scope, scope_id, TODAY, raw)

    for login in ("keeper", "buyer", "seller", "finance", "deli_manager"):
        (problem,) = refusal(attempt(login))
        assert problem.code == "ACC-110"
        assert problem.parameters["roles"]["zh"] == "系统管理员、经理"  # type: ignore[index]
    assert codes(attempt("manager", scope_id=deli)) == {"ACC-110"}
    assert codes(attempt("manager", scope=EVERYWHERE, scope_id="")) == {"ACC-110"}
    assert codes(attempt("manager", scope_id="nobody")) == {"ACC-112"}
    assert codes(attempt("manager", scope_id="")) == {"ACC-112"}
    assert codes(attempt("admin", setting="warn_days")) == {"OPS-160"}
    assert codes(attempt("admin", scope="place", scope_id=world.id_of("place", "MAIN"))) == {"OPS-161"}
    assert codes(attempt("admin", scope=EVERYWHERE, scope_id=bakery)) == {"OPS-161"}
    for raw, code in (("x", "VAL-201"), (-1, "VAL-114"), (3651, "VAL-115"), ("1.5", "VAL-112"), (2**63, "VAL-113")):
        (problem,) = refusal(attempt("manager", raw=raw))
        assert (problem.code, problem.path) == (code, ("warn_days_last",))
    assert codes(attempt("manager", "receipt_note_required_above", raw="USD 5")) == {"VAL-124"}
    assert stored(world) == []
    with world.site.reading() as (connection, _):
        assert journal.recent(connection, 1, "settings") == ()

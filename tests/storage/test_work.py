"""The unit of work, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from engine.entities.changes import CounterKey, GrainKey, Remove, Save
from engine.entities.record import Record
from engine.language.problems import Problem, Refused
from engine.storage import balances, journal, records
from engine.storage.database import Database
from engine.storage.state import ReadSet, State
from engine.storage.tables import Tables
from engine.storage.verify import verify
from engine.storage.work import Beside, Decision, Work
from tests.storage import samples as s


def test_a_document_is_written_and_read_back_with_every_kind_of_value(
    work: Work, database: Database, tables: Tables, now: datetime
) -> None:
    record = s.receipt(
        "r1", [s.line(1, "0.35"), s.line(2, "12")], arrived_at=now, urgent=True, pallets=3, total=Decimal("9.99")
    )
    [outcome] = work.run([s.intent("k1", s.saving(record))], now)
    assert outcome.result() == {"id": "r1"}
    with database.read() as connection:
        found = records.get_one(connection, tables, "receipt", "r1")
    assert found is not None
    assert found.values == {**record.values}
    assert (found.version, found.state, found.created_by, found.changed_at) == (1, "draft", "ann", now)


def test_a_posting_moves_balances_counts_numbers_and_writes_one_journal_entry(
    work: Work, database: Database, tables: Tables, now: datetime
) -> None:
    for number in (1, 2):
        record = s.receipt(f"r{number}", [s.line(1, "2.5"), s.line(2, "1")])
        [outcome] = work.run([s.intent(f"k{number}", s.posting(record), reads=s.posting_reads(record))], now)
        assert outcome.result()["number"] == f"GR-{number:05}"
    with database.read() as connection:
        assert balances.balance(connection, tables, s.grain("i1")).amount("quantity") == 5
        assert balances.balance(connection, tables, s.whole("i2")).amount("quantity") == 2
        assert balances.balance(connection, tables, s.grain("i1", "supplier")).amount("quantity") == 0
        found = balances.movements(connection, tables, "stock", "receipt", "r1")
        assert [each.deltas["quantity"] for each in found] == [Decimal("-2.5"), Decimal("2.5"), -1, 1]
        [entry] = journal.history(connection, "receipt", "r2")
    assert (entry.actor, entry.operation, entry.body) == ("ann", "test", {"posted": {"i1": "2.5", "i2": "1"}})


def test_what_is_written_beside_a_document_begins_a_chain_of_its_own(
    work: Work, database: Database, tables: Tables, now: datetime
) -> None:
    record = s.receipt("r1", [s.line(1, "2.5")])

    def judge(state: State) -> Decision:
        posted = s.posting(record)(state)
        entry = Beside(("item", "a"), "create", {"made_by": "r1"})
        return replace(posted, changes=(*posted.changes, Save(s.item("a"), None)), beside=(entry,))

    [outcome] = work.run([s.intent("k1", judge, reads=s.posting_reads(record))], now)
    assert outcome.answer is not None
    with database.read() as connection:
        [own] = journal.history(connection, "receipt", "r1")
        [other] = journal.history(connection, "item", "a")
        movements = balances.movements(connection, tables, "stock", "receipt", "r1")
    assert (other.entry, other.actor, other.operation, other.body) == (1, "ann", "create", {"made_by": "r1"})
    assert (other.request, own.request) == ("k1", "k1")
    assert {each.entry for each in movements} == {own.entry}
    assert verify(database, tables) == ()


def test_a_repeated_key_gets_the_stored_answer_and_writes_nothing(
    work: Work, database: Database, now: datetime
) -> None:
    record = s.receipt("r1", [s.line(1)])
    intent = s.intent("k1", s.posting(record), reads=s.posting_reads(record))
    [first] = work.run([intent], now)
    [again] = work.run([intent], now)
    assert again.result() == first.result()
    assert (first.replayed, again.replayed) == (False, True)
    with database.read() as connection:
        assert journal.length(connection) == 1


@pytest.mark.parametrize("changed", [{"fingerprint": "other"}, {"actor": "bob"}])
def test_a_key_used_for_something_else_is_refused(work: Work, now: datetime, changed: dict[str, str]) -> None:
    work.run([s.intent("k1", s.saving(s.item("a")))], now)
    [other] = work.run([s.intent("k1", s.saving(s.item("b")), **changed)], now)
    assert [problem.code for problem in other.problems] == ["STO-126"]


def test_an_old_version_is_refused_and_says_who_was_faster(work: Work, now: datetime) -> None:
    work.run([s.intent("k1", s.saving(s.item("a")))], now)
    work.run([s.intent("k2", s.saving(s.item("a", name="new"), 1), actor="bob")], now)
    [late] = work.run([s.intent("k3", s.saving(s.item("a", name="late"), 1))], now)
    [problem] = late.problems
    assert problem.code == "STO-120"
    assert (problem.parameters["by"], problem.parameters["at"]) == ("bob", now)


def test_saving_what_is_gone_and_making_what_is_there_are_problems(work: Work, now: datetime) -> None:
    work.run([s.intent("k1", s.saving(s.item("a")))], now)
    [gone] = work.run([s.intent("k2", s.saving(s.item("z"), 1))], now)
    [there] = work.run([s.intent("k3", s.saving(s.item("a", "other")), reads=ReadSet(frozenset({("item", "a")})))], now)
    [unseen] = work.run([s.intent("k4", s.saving(s.item("a", "another")))], now)
    assert [each.problems[0].code for each in (gone, there, unseen)] == ["STO-121", "STO-122", "STO-122"]


def test_a_draft_is_removed_with_its_lines(work: Work, database: Database, tables: Tables, now: datetime) -> None:
    work.run([s.intent("k1", s.saving(s.receipt("r1", [s.line(1)])))], now)
    work.run([s.intent("k2", lambda _: s.decision(Remove("receipt", "r1", 1)))], now)
    with database.read() as connection:
        assert records.get_one(connection, tables, "receipt", "r1") is None
        assert connection.execute(select(tables.entities["receipt"].children[0].table)).all() == []


def test_lines_are_replaced_in_their_order(work: Work, database: Database, tables: Tables, now: datetime) -> None:
    work.run([s.intent("k1", s.saving(s.receipt("r1", [s.line(1), s.line(2)])))], now)
    changed = s.receipt("r1", [s.line(2, "7"), s.line(3), s.line(1)])
    work.run([s.intent("k2", s.saving(changed, 1))], now)
    with database.read() as connection:
        found = records.get_one(connection, tables, "receipt", "r1")
    assert found is not None
    assert found.values["lines"] == changed.values["lines"]


@pytest.mark.parametrize("taken", [{"code": "A"}, {"code": "B", "barcode": "42"}])
def test_a_unique_value_names_who_holds_it(work: Work, now: datetime, taken: dict[str, str]) -> None:
    work.run([s.intent("k1", s.saving(s.item("a", "A", barcode="42")))], now)
    [second] = work.run([s.intent("k2", s.saving(s.item("b", **taken)))], now)
    [problem] = second.problems
    assert (problem.code, problem.parameters["holder"]) == ("STO-123", "a")


def test_a_unique_value_is_given_to_the_first_of_a_batch_and_may_be_kept(work: Work, now: datetime) -> None:
    first, second = work.run(
        [s.intent("k1", s.saving(s.item("a", "A"))), s.intent("k2", s.saving(s.item("b", "A")))], now
    )
    assert first.answer is not None
    assert [problem.code for problem in second.problems] == ["STO-123"]
    [kept] = work.run([s.intent("k3", s.saving(s.item("a", "A", name="x"), 1))], now)
    assert kept.answer is not None


def test_a_race_for_a_unique_value_ends_in_a_problem(database: Database, tables: Tables, now: datetime) -> None:
    outcomes = _together(
        database, tables, [s.intent(f"k{n}", s.saving(s.item(f"id{n}", "SAME"))) for n in range(8)], now
    )
    assert sorted(outcome.answer is not None for outcome in outcomes) == [False] * 7 + [True]
    assert {problem.code for outcome in outcomes for problem in outcome.problems} == {"STO-123"}


def test_one_refused_intent_does_not_spoil_its_batch(work: Work, database: Database, now: datetime) -> None:
    good, bad, also = work.run(
        [
            s.intent("k1", s.saving(s.item("a"))),
            s.intent("k2", s.refusing("STO-120")),
            s.intent("k3", s.saving(s.item("b"))),
        ],
        now,
    )
    assert (good.answer is not None, bad.answer, also.answer is not None) == (True, None, True)
    with database.read() as connection:
        assert journal.length(connection) == 2


def test_a_later_intent_of_a_batch_sees_what_the_earlier_did(work: Work, now: datetime) -> None:
    limit = Decimal(10)

    def take(state: State) -> Decision:
        left = state.balance(s.grain("i1")).amount("quantity")
        if left >= limit:
            raise Refused((Problem("STO-120", {"left": left}),))
        return s.decision(s.moved("r1", {"i1": "1"}), left=str(left))

    intents = [
        s.intent(f"k{n}", take, reads=ReadSet(balances=frozenset({s.grain("i1"), s.whole("i1")}))) for n in range(20)
    ]
    outcomes = work.run(intents, now)
    assert [outcome.answer is not None for outcome in outcomes] == [True] * 10 + [False] * 10


def test_a_judge_may_ask_for_more_than_it_declared(work: Work, now: datetime) -> None:
    record = s.receipt("r1", [s.line(1), s.line(2)])
    [outcome] = work.run([s.intent("k1", s.posting(record))], now)
    assert outcome.answer is not None


def test_a_number_beyond_64_bits_is_a_problem_at_its_field(work: Work, now: datetime) -> None:
    for key, record, path in (
        ("k1", s.receipt("r1", pallets=2**63), ("pallets",)),
        ("k2", s.receipt("r2", total=Decimal("922337203685478")), ("total",)),
        ("k3", s.receipt("r3", [s.line(1, "-9223372036855")]), ("lines", 0, "quantity")),
    ):
        [outcome] = work.run([s.intent(key, s.saving(record))], now)
        assert [(problem.code, problem.path) for problem in outcome.problems] == [("STO-124", path)]
    [fits] = work.run([s.intent("k4", s.saving(s.receipt("r4", pallets=2**63 - 1)))], now)
    assert fits.answer is not None


def test_a_balance_beyond_64_bits_is_a_problem(work: Work, now: datetime) -> None:
    def receive(state: State) -> Decision:
        state.balance(s.grain("i1"))
        return s.decision(s.moved("r1", {"i1": "9000000000000"}))

    first, second = work.run([s.intent("k1", receive), s.intent("k2", receive)], now)
    assert first.answer is not None
    assert {problem.code for problem in second.problems} == {"STO-125"}


def test_a_rehearsal_writes_nothing(work: Work, database: Database, now: datetime) -> None:
    [outcome] = work.run([s.intent("k1", s.saving(s.item("a")))], now, rehearse=True)
    assert outcome.answer is not None
    with database.read() as connection:
        assert journal.length(connection) == 0


def test_eight_clients_make_the_same_transition_and_one_succeeds(
    database: Database, tables: Tables, now: datetime
) -> None:
    work = Work(database, tables, jitter=lambda: 0.5)
    rows = 30
    work.run([s.intent(f"new{n}", s.saving(s.receipt(f"r{n}"))) for n in range(rows)], now)

    def close(id: str, client: int) -> Decision:
        raise NotImplementedError

    def judge_for(id: str, client: int):
        def judge(state: State) -> Decision:
            record = state.record("receipt", id)
            assert record is not None
            if record.state != "draft":
                raise Refused((Problem("WFL-101", {"by": record.changed_by}),))
            closed = Record("receipt", id, record.version, record.values, "closed")
            return s.decision(Save(closed, record.version), by=client)

        return judge

    for n in range(rows):
        reads = ReadSet(records=frozenset({("receipt", f"r{n}")}))
        outcomes = _together(
            database,
            tables,
            [s.intent(f"c{n}-{c}", judge_for(f"r{n}", c), reads=reads, actor=f"client{c}") for c in range(8)],
            now,
        )
        won = [outcome.answer for outcome in outcomes if outcome.answer is not None]
        assert len(won) == 1
        told = {problem.parameters["by"] for outcome in outcomes for problem in outcome.problems}
        assert told == {f"client{won[0]['by']}"}


def test_twenty_take_from_ten_and_ten_are_refused(database: Database, tables: Tables, now: datetime) -> None:
    work = Work(database, tables, jitter=lambda: 0.5)
    stocked = s.receipt("r0", [s.line(1, "10")])
    work.run([s.intent("k", s.posting(stocked), reads=s.posting_reads(stocked))], now)

    def take(state: State) -> Decision:
        left = state.balance(s.grain("i1")).amount("quantity")
        if left < 1:
            raise Refused((Problem("LED-101", {"left": left}),))
        return s.decision(s.moved("r1", {"i1": "-1"}))

    reads = ReadSet(balances=frozenset({s.grain("i1"), s.whole("i1")}))
    outcomes = _together(database, tables, [s.intent(f"t{n}", take, reads=reads) for n in range(20)], now)
    assert sum(outcome.answer is not None for outcome in outcomes) == 10
    with database.read() as connection:
        assert balances.balance(connection, tables, s.grain("i1")).amount("quantity") == 0


@pytest.fixture
def counted(database: Database) -> list[str]:
    """Every statement sent from now on; what is sent for many rows at once counts once."""
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    return statements


def post(work: Work, now: datetime, *records: Record) -> None:
    """Post some receipts in one transaction."""
    intents = [s.intent(f"k-{each.id}", s.posting(each), reads=s.posting_reads(each)) for each in records]
    for outcome in work.run(intents, now):
        outcome.result()


def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(
    work: Work, counted: list[str], now: datetime
) -> None:
    sizes: list[int] = []
    for number, lines in enumerate((1, 1, 100)):  # the first one makes the counter
        counted.clear()
        post(work, now, s.receipt(f"r{number}", [s.line(number * 1000 + n) for n in range(lines)]))
        sizes.append(len(counted))
    assert sizes[1] == sizes[2] <= 16, counted


def test_the_number_of_statements_does_not_depend_on_the_number_of_documents(
    work: Work, counted: list[str], now: datetime
) -> None:
    sizes: list[int] = []
    for number, documents in enumerate((1, 1, 40)):
        counted.clear()
        post(work, now, *(s.receipt(f"r{number}-{n}", [s.line(number * 100 + n)]) for n in range(documents)))
        sizes.append(len(counted))
    assert sizes[1] == sizes[2], counted


def test_changing_a_document_takes_as_many_statements_for_a_hundred_lines(
    work: Work, counted: list[str], now: datetime
) -> None:
    sizes: list[int] = []
    for lines in (1, 100):
        record = s.receipt(f"r{lines}", [s.line(n) for n in range(lines)])
        work.run([s.intent(f"new{lines}", s.saving(record))], now)
        changed = s.receipt(f"r{lines}", [s.line(n, "9") for n in range(lines)])
        counted.clear()
        reads = ReadSet(records=frozenset({("receipt", record.id)}))
        work.run([s.intent(f"change{lines}", s.saving(changed, 1), reads=reads)], now)[0].result()
        sizes.append(len(counted))
    assert sizes[0] == sizes[1] <= 13, counted


def test_unchanged_lines_are_not_written_again(work: Work, counted: list[str], now: datetime) -> None:
    record = s.receipt("r1", [s.line(1)])
    work.run([s.intent("k1", s.saving(record))], now)
    counted.clear()
    work.run([s.intent("k2", s.saving(s.receipt("r1", [s.line(1)], pallets=2), 1))], now)[0].result()
    assert not [each for each in counted if "e_receipt__lines" in each and not each.startswith("SELECT")]


def test_clients_that_meet_on_the_same_rows_in_any_order_lose_nothing(
    database: Database, tables: Tables, now: datetime
) -> None:
    clients, rounds = 6, 5
    orders = [[s.line(n, "1") for n in ((1, 2, 3), (3, 2, 1), (2, 3, 1))[client % 3]] for client in range(clients)]
    for turn in range(rounds):
        receipts = [s.receipt(f"r{turn}-{client}", lines) for client, lines in enumerate(orders)]
        outcomes = _together(
            database,
            tables,
            [s.intent(f"k-{each.id}", s.posting(each), reads=s.posting_reads(each)) for each in receipts],
            now,
        )
        assert all(outcome.answer for outcome in outcomes)
    with database.read() as connection:
        for number in (1, 2, 3):
            assert balances.balance(connection, tables, s.whole(f"i{number}")).amount("quantity") == clients * rounds
        numbers = sorted(str(each.number) for each in records.list_records(connection, tables, "receipt"))
    assert numbers == [f"GR-{n:05}" for n in range(1, clients * rounds + 1)]
    assert verify(database, tables) == ()


def test_counters_count_apart(work: Work, now: datetime) -> None:
    def judge(year: str):
        key = CounterKey("receipt", (year,))
        return lambda state: s.decision(s.Issue(key, state.counter(key) + 1), number=state.counter(key) + 1)

    outcomes = work.run([s.intent(f"k{n}", judge(year)) for n, year in enumerate(("2025", "2026", "2025"))], now)
    assert [outcome.result()["number"] for outcome in outcomes] == [1, 1, 2]


def _together(database: Database, tables: Tables, intents, now: datetime):
    """Run each intent in a thread of its own, all at once, as separate processes would (each with its own Work)."""
    barrier = threading.Barrier(len(intents))
    outcomes = []

    def run(intent) -> None:
        work = Work(database, tables, jitter=lambda: 0.5)
        barrier.wait()
        outcomes.extend(work.run([intent], now))

    threads = [threading.Thread(target=run, args=(intent,)) for intent in intents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(intents)
    return outcomes


def test_unknown_grain_keys_are_apart(work: Work, database: Database, tables: Tables, now: datetime) -> None:
    record = s.receipt("r1", [s.line(1, "3")])
    work.run([s.intent("k", s.posting(record), reads=s.posting_reads(record))], now)
    with database.read() as connection:
        other = GrainKey("stock", "cell", ("i1", "store", now.date()))
        assert balances.balance(connection, tables, other).amount("quantity") == 0

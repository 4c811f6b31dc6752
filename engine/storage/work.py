"""The unit of work: the only way anything is written. A batch of intents, one transaction, each answered on its own.

The walk: lock and read every declared row in one sorted order, look up the idempotency keys, let each intent judge the
state that the ones before it left, write everything as one statement per table, commit. What the database refuses for
reasons of its own (a serialization failure, a deadlock, a lost connection) is tried again from the beginning; what was
unknown at a lost connection is answered by re-reading the key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.entities.changes import Change, Post, Publish, Remove, Save, SetSetting
from engine.language.problems import Problem, Refused
from engine.storage import requests
from engine.storage.apply import Batch
from engine.storage.canonical import canonical
from engine.storage.columns import microseconds
from engine.storage.database import Database
from engine.storage.decide import Effects, take
from engine.storage.faults import RETRIED, Fault, Faulted
from engine.storage.journal import chain_name
from engine.storage.load import holders, load
from engine.storage.state import NeedMore, ReadSet, RecordKey, Stale, State, UniqueKey
from engine.storage.tables import Tables

TRIES = 8
GROWTHS = 32
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.64

Subject = tuple[str, str]
"""The entity and the id that a journal entry is about."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A further entry of the journal: it goes to the chain of another record that the same decision writes."""

    subject: Subject
    operation: str
    journal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a judge decided: what to write, what to answer (JSON-able, kept for repeats) and what the journal says.

    `subject` is the document whose chain the journal entry goes to; by default that of the first change. `beside` are
    the entries of the records that come into being with it.
    """

    changes: tuple[Change, ...]
    answer: Mapping[str, Any]
    journal: Mapping[str, Any] = field(default_factory=dict)
    subject: Subject | None = None
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """One request to write.

    `key` makes a repeat recognisable and `fingerprint` says what was asked, so that a key used for something else is
    noticed. `judge` is a pure function of the state: it may run several times and must not do anything else.
    """

    key: str
    fingerprint: str
    operation: str
    actor: str
    judge: Callable[[State], Decision]
    on_behalf: str | None = None
    package: str = ""
    reads: ReadSet = field(default_factory=ReadSet)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an intent: an answer, or the problems it was refused for.

    A `stale` one was neither carried out nor refused: what it was prepared on has changed; prepare it anew.
    """

    key: str
    answer: Mapping[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    replayed: bool = False
    stale: bool = False

    def result(self) -> Mapping[str, Any]:
        """The answer; raises `Refused` with the problems when there is none."""
        if self.answer is None:
            raise Refused(self.problems)
        return self.answer


_Before = tuple[str, str, Outcome]
"""The fingerprint and the actor of a request that was carried out, and the outcome to repeat."""


@dataclass(slots=True)
class _Attempts:
    """What one run has learned from the attempts before."""

    reads: ReadSet
    uncertain: bool = False
    made: set[RecordKey] = field(default_factory=set)


class Work:
    """Runs intents against one database. `jitter` gives numbers from 0 to 1 to spread repeated tries; `pause` waits."""

    def __init__(
        self,
        database: Database,
        tables: Tables,
        *,
        jitter: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.database = database
        self.tables = tables
        self._jitter = jitter
        self._pause = pause
        self._known: set[str] = set()

    def run(self, intents: Sequence[Intent], now: datetime, *, rehearse: bool = False) -> list[Outcome]:
        """Decide and write all intents in one transaction; the outcomes are in the order of the intents.

        `rehearse` does everything and rolls back. Raises `Refused` only when the database cannot be used at all.
        """
        attempts = _Attempts(ReadSet.union(intent.reads for intent in intents))
        tries = growths = 0
        while True:
            try:
                return self._attempt(intents, attempts, now, rehearse)
            except NeedMore as more:
                growths += 1
                assert growths <= GROWTHS, "a judge asks for more and more"
                attempts.reads |= more.reads
            except Faulted as faulted:
                tries += 1
                self._learn(attempts, faulted)
                if tries >= TRIES or faulted.fault not in RETRIED:
                    raise Refused((self._last_word(attempts, faulted),)) from faulted
                self._pause(self._jitter() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries))

    def _learn(self, attempts: _Attempts, faulted: Faulted) -> None:
        """A lost commit makes the outcome uncertain; after a duplicate the new records are looked for as well."""
        attempts.uncertain = attempts.uncertain or faulted.unknown
        if faulted.fault is Fault.DUPLICATE:
            attempts.reads |= ReadSet(records=frozenset(attempts.made))

    @staticmethod
    def _last_word(attempts: _Attempts, faulted: Faulted) -> Problem:
        """What is told when no try succeeded: an uncertain outcome is never called a failure."""
        return Problem(Fault.UNKNOWN_OUTCOME.value) if attempts.uncertain else faulted.problem()

    def _attempt(self, intents: Sequence[Intent], attempts: _Attempts, now: datetime, rehearse: bool) -> list[Outcome]:
        """One transaction from the first lock to the commit."""
        with self.database.transaction(keep=not rehearse) as connection:
            loaded, made = load(connection, self.tables, attempts.reads, self._known)
            self.database.reach("locked")
            answered = {} if rehearse else self._answered(connection, intents, attempts)
            while True:
                state = State(loaded, now)
                batch = Batch(loaded, now)
                outcomes, claims = self._judge_all(intents, answered, state, batch)
                unread = claims - loaded.holders.keys()
                if not unread:
                    break
                loaded.holders.update(holders(connection, self.tables, unread))
                if not any(loaded.holders[key] for key in unread):
                    break
            if batch.journal:
                attempts.made = set(batch.rows)
                made |= batch.write(connection, self.tables, self._known)
                requests.INSERT_REQUESTS.run(connection, batch.requests)
        if not rehearse:
            self._known |= made
        return outcomes

    @staticmethod
    def _answered(connection: Connection, intents: Sequence[Intent], attempts: _Attempts) -> dict[str, _Before]:
        """Keys that were carried out before. Found after a lost commit it is our own answer, and no repetition."""
        found = requests.read(connection, (intent.key for intent in intents))
        replayed = not attempts.uncertain
        return {
            key: (each.fingerprint, each.actor, Outcome(key, each.answer, replayed=replayed))
            for key, each in found.items()
        }

    def _judge_all(
        self, intents: Sequence[Intent], answered: Mapping[str, _Before], state: State, batch: Batch
    ) -> tuple[list[Outcome], set[UniqueKey]]:
        """Judge every intent in order; gives back the outcomes and the unique values claimed."""
        seen = dict(answered)
        outcomes: list[Outcome] = []
        claims: set[UniqueKey] = set()
        more: ReadSet | None = None
        for intent in intents:
            before = seen.get(intent.key)
            if before is not None:
                outcomes.append(_repeated(intent, *before))
                continue
            try:
                outcome, effects = self._judge(intent, state, batch)
            except NeedMore as need:
                more = need.reads if more is None else more | need.reads
                continue
            outcomes.append(outcome)
            if effects is not None:
                claims.update(effects.claims)
                again = Outcome(intent.key, outcome.answer, replayed=True)
                seen[intent.key] = (intent.fingerprint, intent.actor, again)
        if more is not None:
            raise NeedMore(more)
        return outcomes, claims

    def _judge(self, intent: Intent, state: State, batch: Batch) -> tuple[Outcome, Effects | None]:
        """One decision, taken into the batch whole or refused whole."""
        try:
            decision = intent.judge(state)
        except Refused as refused:
            return Outcome(intent.key, problems=refused.problems), None
        except Stale:
            return Outcome(intent.key, stale=True), None
        effects = take(state, self.tables, decision.changes, intent.actor, intent.package)
        if effects.problems:
            return Outcome(intent.key, problems=tuple(effects.problems)), None
        state.put(effects.records, effects.balances, effects.counters, effects.claims)
        batch.add(effects, decision.changes, intent.actor, _journal_rows(intent, decision, state.now))
        told = (intent.key, intent.fingerprint, intent.operation, intent.actor)
        batch.requests.append(requests.row(*told, decision.answer, state.now))
        return Outcome(intent.key, decision.answer), effects


def _repeated(intent: Intent, fingerprint: str, actor: str, outcome: Outcome) -> Outcome:
    """The stored answer, if the same person asked for the same thing."""
    if (fingerprint, actor) == (intent.fingerprint, intent.actor):
        return outcome
    return Outcome(intent.key, problems=(Problem("STO-126", {"key": intent.key}),))


def _journal_rows(intent: Intent, decision: Decision, now: datetime) -> list[dict[str, Any]]:
    """The journal's rows of a decision, its own first, still without their places in the chains."""
    subject = decision.subject or _subject(decision.changes) or ("operation", intent.operation)
    own = Beside(subject, intent.operation, decision.journal)
    return [_journal_row(intent, entry, now) for entry in (own, *decision.beside)]


def _journal_row(intent: Intent, entry: Beside, now: datetime) -> dict[str, Any]:
    """One row of the journal."""
    entity, document = entry.subject
    return {
        "chain": chain_name(entity, document),
        "entity": entity,
        "document": document,
        "recorded_at": microseconds(now),
        "actor": intent.actor,
        "on_behalf": intent.on_behalf,
        "operation": entry.operation,
        "package": intent.package,
        "request": intent.key,
        "body": canonical(entry.journal),
    }


def _subject(changes: Sequence[Change]) -> Subject | None:
    """What a list of changes is mainly about: the first that names a thing."""
    for change in changes:
        match change:
            case Save():
                return change.record.entity, change.record.id
            case Remove():
                return change.entity, change.id
            case Post():
                return change.entity, change.document
            case SetSetting():
                return "setting", change.setting
            case Publish():
                return "package", change.name
            case _:
                continue
    return None

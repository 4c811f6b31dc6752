"""The engine's own tables: packages, journal, idempotency, counters, deadlines, outbox, tasks, people, files, settings.

Instants are microseconds since 1970 UTC, days are days since 1970, JSON is canonical text. Keys that consist of
several values are kept as one canonical text, so that every table is locked and compared by a single column.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Table

from engine.storage.columns import BYTES, TEXT, WHOLE

SYSTEM = MetaData()


def _text(name: str, *, key: bool = False, empty: bool = False) -> Column[Any]:
    """A text column; `key` makes it (part of) the primary key."""
    return Column(name, TEXT, primary_key=key, nullable=empty)


def _whole(name: str, *, key: bool = False, empty: bool = False) -> Column[Any]:
    """A 64-bit integer column; never numbered by the database."""
    return Column(name, WHOLE, primary_key=key, nullable=empty, autoincrement=False)


def _table(name: str, *parts: Column[Any] | Index) -> Table:
    """One system table, STRICT on SQLite."""
    return Table(name, SYSTEM, *parts, sqlite_strict=True)


BLOB = _table("s_blob", _text("digest", key=True), _whole("size"), Column("content", BYTES, nullable=False))

PACKAGE = _table(
    "s_package", _text("digest", key=True), _text("name"), _text("version"), _whole("stored_at"), _text("stored_by")
)
PACKAGE_FILE = _table("s_package_file", _text("package", key=True), _text("path", key=True), _text("blob"))
PUBLISHED = _table(
    "s_published", _whole("number", key=True), _text("package"), _whole("published_at"), _text("published_by")
)

REQUEST = _table(
    "s_request",
    _text("key", key=True),
    _text("fingerprint"),
    _text("operation"),
    _text("actor"),
    _whole("answered_at"),
    _text("answer"),
)

JOURNAL = _table(
    "s_journal",
    _text("chain", key=True),
    _whole("entry", key=True),
    _text("entity"),
    _text("document"),
    _whole("recorded_at"),
    _text("actor"),
    _text("on_behalf", empty=True),
    _text("operation"),
    _text("package"),
    _text("request"),
    _text("body"),
    _text("previous"),
    _text("hash"),
    Index("ix_s_journal_recorded_at", "recorded_at"),
)
CHAIN = _table(
    "s_chain",
    _text("chain", key=True),
    _whole("entry"),
    _text("hash"),
    _whole("unsealed"),
    Index("ix_s_chain_unsealed", "unsealed"),
)
SEAL = _table(
    "s_seal", _whole("epoch", key=True), _whole("sealed_at"), _whole("heads"), _text("previous"), _text("hash")
)
SEAL_HEAD = _table("s_seal_head", _whole("epoch", key=True), _text("chain", key=True), _whole("entry"), _text("hash"))

COUNTER = _table("s_counter", _text("id", key=True), _text("series"), _whole("value"))

DUE = _table(
    "s_due",
    _text("key", key=True),
    _text("kind"),
    _whole("due"),
    _text("body"),
    _whole("attempts"),
    _whole("leased_until"),
    _text("problem", empty=True),
    _whole("dead"),
    Index("ix_s_due_due", "dead", "due"),
)
OUTBOX = _table(
    "s_outbox",
    _text("key", key=True),
    _text("channel"),
    _text("recipients"),
    _text("subject"),
    _text("body"),
    _whole("written_at"),
    _whole("due"),
    _whole("attempts"),
    _whole("leased_until"),
    _whole("sent_at", empty=True),
    _text("problem", empty=True),
    _whole("dead"),
    Index("ix_s_outbox_due", "dead", "due"),
)

NOTICE = _table(
    "s_notice",
    _text("person", key=True),
    _text("key", key=True),
    _whole("written_at"),
    _text("entity", empty=True),
    _text("document", empty=True),
    Index("ix_s_notice_person", "person", "written_at"),
)

TASK = _table(
    "s_task",
    _text("id", key=True),
    _text("entity"),
    _text("document"),
    _text("flow"),
    _text("step"),
    _whole("round"),
    _text("state"),
    _whole("opened_at"),
    _text("barred", empty=True),
    _whole("decided_at", empty=True),
    _text("decided_by", empty=True),
    _text("on_behalf", empty=True),
    _text("opinion", empty=True),
    _text("reason", empty=True),
    _whole("version", empty=True),
    Index("ix_s_task_document", "entity", "document"),
)
MAY_ACT = _table(
    "s_may_act",
    _text("task", key=True),
    _whole("number", key=True),
    _text("role", empty=True),
    _text("company", empty=True),
    _text("unit", empty=True),
    _text("person", empty=True),
    Index("ix_s_may_act_role", "role", "company"),
    Index("ix_s_may_act_person", "person"),
)

CREDENTIAL = _table(
    "s_credential",
    _text("person", key=True),
    _text("login"),
    _text("password_hash"),
    _whole("changed_at"),
    _whole("disabled"),
    Index("ux_s_credential_login", "login", unique=True),
)
SESSION = _table(
    "s_session",
    _text("token_hash", key=True),
    _text("person"),
    _text("csrf"),
    _whole("began_at"),
    _whole("seen_at"),
    _whole("ends_at"),
    Index("ix_s_session_person", "person"),
)
LIMIT = _table("s_limit", _text("key", key=True), _whole("window_began"), _whole("attempts"))

ATTACHMENT = _table(
    "s_attachment",
    _text("id", key=True),
    _text("name"),
    _text("media_type"),
    _whole("size"),
    _text("blob"),
    _whole("stored_at"),
    _text("stored_by"),
)

SETTING = _table(
    "s_setting",
    _text("setting", key=True),
    _text("scope", key=True),
    _text("scope_id", key=True),
    _whole("start", key=True),
    _text("value", empty=True),
    _whole("changed_at"),
    _text("changed_by"),
)

ALERT_STATE = _table(
    "s_alert_state", _text("alert", key=True), _text("row", key=True), _text("level"), _whole("since"), _text("package")
)

STATE = _table("s_state", _text("name", key=True), _text("value"))
SCHEMA_COLUMN = _table(
    "s_schema_column", _text("table_name", key=True), _text("column_name", key=True), _text("kind"), _whole("scale")
)
SCHEMA_STEP = _table(
    "s_schema_step",
    _whole("number", key=True),
    _text("kind"),
    _text("table_name"),
    _text("column_name", empty=True),
    _text("renamed_to", empty=True),
    _whole("rows_touched"),
    _whole("done_at"),
    _text("shape"),
)

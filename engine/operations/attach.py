"""Files that people attach: looked at before they are kept, kept once by content, given back as a download."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.access.actor import Actor
from engine.access.decide import policy
from engine.entities.schema import Entity
from engine.language.problems import Problem, Refused
from engine.operations.rows import visible_where, where_open
from engine.operations.site import Running, Site
from engine.storage import attachments, records

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 200

MAGIC: Mapping[str, tuple[tuple[bytes, ...], str]] = {
    "pdf": ((b"%PDF-",), "application/pdf"),
    "png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    "jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "jpeg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "gif": ((b"GIF87a", b"GIF89a"), "image/gif"),
    "webp": ((b"RIFF",), "image/webp"),
    "zip": ((b"PK\x03\x04", b"PK\x05\x06"), "application/zip"),
    "xlsx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
"""Endings that may be attached, with what such a file begins with."""

TEXTS = {"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True, slots=True)
class Attached:
    """A kept file."""

    id: str
    name: str
    media_type: str
    size: int


def attach(site: Site, actor: Actor, name: str, content: bytes) -> Attached:
    """Keep a file. Raises `Refused`: OPS-120 too large, OPS-121 an ending or content that may not be kept."""
    if len(content) > LARGEST:
        raise Refused((Problem("OPS-120", {"limit": LARGEST // 1024 // 1024}),))
    label = safe_name(name)
    media_type = sniffed(label, content)
    id = site.new_id()
    with site.database.write() as connection:
        attachments.put(connection, id, label, media_type, content, actor.person, site.clock())
    return Attached(id, label, media_type, len(content))


def fetch(site: Site, actor: Actor, id: str) -> tuple[Attached, bytes]:
    """A kept file with its content, for whoever stored it or may open a record it hangs on; else ACC-112."""
    with site.reading() as (connection, running):
        found = attachments.get(connection, id)
        if found is None or not may_have(connection, running, actor, found[0], site.clock()):
            raise Refused((Problem("ACC-112", {}),))
    kept, content = found
    return Attached(kept.id, kept.name, kept.media_type, kept.size), content


def obtainable(
    connection: Connection, running: Running, actor: Actor, ids: Collection[str], now: datetime
) -> frozenset[str]:
    """Of some ids, those of files that the actor could download: only such may be hung on another record."""
    found = attachments.describe(connection, sorted(ids)) if ids else {}
    return frozenset(id for id, kept in found.items() if may_have(connection, running, actor, kept, now))


def may_have(
    connection: Connection, running: Running, actor: Actor, kept: attachments.StoredAttachment, now: datetime
) -> bool:
    """Whether a file is the actor's own or hangs on a record that the actor may open."""
    return kept.stored_by == actor.person or any(
        hangs_on(connection, running, actor, entity, path, kept.id, now)
        for entity in running.app.entities.values()
        for path, field in entity.every_field()
        if field.kind == "attachment"
    )


def hangs_on(
    connection: Connection, running: Running, actor: Actor, entity: Entity, path: str, id: str, now: datetime
) -> bool:
    """Whether a field of some record holds the file, where the actor may open the record and see that field."""
    where = visible_where(connection, running, actor, entity.entity, "open", now)
    if where is None:
        return False
    found = policy(running.app.roles, actor, entity.entity, "open")
    where += where_open(connection, running, found, path, actor, now)
    held = records.holds(running.tables, entity.entity, path, id)
    return records.count(connection, running.tables, entity.entity, (held, *where)) > 0


def safe_name(name: str) -> str:
    """The last part of a name without anything that a header or a file system could misread; a label, never a path."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in unicodedata.normalize("NFC", last) if not is_unseen(each))
    stem, dot, ending = kept.strip(" ").rpartition(".")
    tail = f".{ending}" if dot and ending else ""
    return ((stem if dot else ending).strip(" .")[: LONGEST_NAME - len(tail)] or "file") + tail[:LONGEST_NAME]


def is_unseen(character: str) -> bool:
    """Whether a character is none that people see: a control, a direction, a line or paragraph end."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def sniffed(name: str, content: bytes) -> str:
    """The media type of a file whose content is what its ending says. Raises `Refused` (OPS-121) otherwise."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in MAGIC:
        beginnings, media_type = MAGIC[ending]
        if content.startswith(beginnings):
            return media_type
    elif ending in TEXTS and b"\x00" not in content:
        return TEXTS[ending]
    raise Refused((Problem("OPS-121", {"name": name, "allowed": (*MAGIC, *TEXTS)}),))

"""Files that people attach: content kept once under its digest, names and owners in rows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.storage.bulk import Insert
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.packages import digest_of
from engine.storage.system_tables import ATTACHMENT, BLOB

INSERT_BLOBS = Insert(BLOB, "keep")
INSERT_ATTACHMENTS = Insert(ATTACHMENT)
BY_ID = select(ATTACHMENT).where(ATTACHMENT.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """What is known of an attached file besides its content. `digest` is the SHA-256 of the content."""

    id: str
    name: str
    media_type: str
    size: int
    digest: str
    stored_at: datetime
    stored_by: str


def put(
    connection: Connection, id: str, name: str, media_type: str, content: bytes, actor: str, now: datetime
) -> StoredAttachment:
    """Store a file under a new id; the same content is kept once however often it is attached."""
    digest = digest_of(content)
    INSERT_BLOBS.run(connection, [{"digest": digest, "size": len(content), "content": content}])
    row = {"id": id, "name": name, "media_type": media_type, "size": len(content), "blob": digest, "stored_by": actor}
    INSERT_ATTACHMENTS.run(connection, [{**row, "stored_at": microseconds(now)}])
    return StoredAttachment(id, name, media_type, len(content), digest, now, actor)


def describe(connection: Connection, ids: list[str]) -> dict[str, StoredAttachment]:
    """What is known of some attachments, by id; ids that do not exist are left out."""
    return {row.id: _attachment(row) for row in connection.execute(BY_ID, {"ids": ids})}


def get(connection: Connection, id: str) -> tuple[StoredAttachment, bytes] | None:
    """An attachment and its content."""
    row = connection.execute(
        select(ATTACHMENT, BLOB.c.content).join(BLOB, BLOB.c.digest == ATTACHMENT.c.blob).where(ATTACHMENT.c.id == id)
    ).first()
    return None if row is None else (_attachment(row), bytes(row.content))


def _attachment(row: Any) -> StoredAttachment:
    """A row as an attachment."""
    return StoredAttachment(
        row.id, row.name, row.media_type, row.size, row.blob, from_microseconds(row.stored_at), row.stored_by
    )

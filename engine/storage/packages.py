"""Packages by content: files as blobs, a package as the list of its files, publishing as an appended row.

Every digest that was ever published stays loadable; the one that counts is the last row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from engine.entities.changes import Publish
from engine.storage.bulk import Insert
from engine.storage.columns import from_microseconds, microseconds
from engine.storage.system_tables import BLOB, PACKAGE, PACKAGE_FILE, PUBLISHED

INSERT_BLOBS = Insert(BLOB, "keep")
INSERT_PACKAGES = Insert(PACKAGE, "keep")
INSERT_FILES = Insert(PACKAGE_FILE, "keep")
INSERT_PUBLISHED = Insert(PUBLISHED)
LATEST = select(PUBLISHED.c.number, PUBLISHED.c.package).order_by(PUBLISHED.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package as it was published: `files` maps "layer/path" to bytes."""

    digest: str
    name: str
    version: str
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Publication:
    """One act of publishing."""

    number: int
    digest: str
    name: str
    version: str
    published_at: datetime
    published_by: str


def published_digest(connection: Connection) -> str | None:
    """The digest of the package that new work uses: one indexed row, cheap enough for every request."""
    row = connection.execute(LATEST).first()
    return None if row is None else str(row.package)


def load(connection: Connection, digest: str) -> StoredPackage | None:
    """A package by its digest; None when it was never stored here."""
    head = connection.execute(select(PACKAGE).where(PACKAGE.c.digest == digest)).first()
    if head is None:
        return None
    files = (
        select(PACKAGE_FILE.c.path, BLOB.c.content)
        .join(BLOB, BLOB.c.digest == PACKAGE_FILE.c.blob)
        .where(PACKAGE_FILE.c.package == digest)
        .order_by(PACKAGE_FILE.c.path)
    )
    return StoredPackage(
        digest, head.name, head.version, {path: bytes(each) for path, each in connection.execute(files)}
    )


def history(connection: Connection) -> tuple[Publication, ...]:
    """Every act of publishing, oldest first."""
    joined = (
        select(PUBLISHED, PACKAGE.c.name, PACKAGE.c.version)
        .join(PACKAGE, PACKAGE.c.digest == PUBLISHED.c.package)
        .order_by(PUBLISHED.c.number)
    )
    return tuple(
        Publication(
            row.number, row.package, row.name, row.version, from_microseconds(row.published_at), row.published_by
        )
        for row in connection.execute(joined)
    )


def write(connection: Connection, changes: Sequence[tuple[Publish, str]], now: datetime) -> None:
    """Store packages and make the last of them the published one."""
    moment = microseconds(now)
    last = connection.execute(LATEST).first()
    number = 0 if last is None else last.number
    for offset, (change, actor) in enumerate(changes, 1):
        blobs = {digest_of(content): content for content in change.files.values()}
        INSERT_BLOBS.run(
            connection, [{"digest": key, "size": len(blobs[key]), "content": blobs[key]} for key in sorted(blobs)]
        )
        head = {"digest": change.digest, "name": change.name, "version": change.version}
        INSERT_PACKAGES.run(connection, [{**head, "stored_at": moment, "stored_by": actor}])
        INSERT_FILES.run(
            connection,
            [
                {"package": change.digest, "path": path, "blob": digest_of(content)}
                for path, content in sorted(change.files.items())
            ],
        )
        row = {"number": number + offset, "package": change.digest, "published_at": moment, "published_by": actor}
        INSERT_PUBLISHED.run(connection, [row])


def digest_of(content: bytes) -> str:
    """The SHA-256 of some content, in hexadecimal: the name it is stored under."""
    return hashlib.sha256(content).hexdigest()

"""The shelf of documents in PostgreSQL (see the `Documents` port for what each call promises)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from collab.access.actors import Actor
from collab.access.gate import can_own
from collab.access.reach import Reach
from collab.access.roles import Action, least_role
from collab.errors import Conflict, NotFound
from collab.room.records import Claim, Document, DocumentPage, LogEntry, Snapshot, StoredDocument
from collab.sharing.records import Deed
from collab.store.audit import note_deed
from collab.store.cursors import invalid_cursor, read_cursor, write_cursor
from collab.store.locking import locked_document
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.texts import refuse_unstorable
from collab.store.update_log import append_seed

if TYPE_CHECKING:
    from asyncpg import Record

__all__ = ["PostgresDocuments"]

_SQL: Final = load_queries("documents")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ILIKE_SPECIAL: Final = re.compile(r"[\\%_]")


class PostgresDocuments:
    """Documents, their snapshots, and what it takes to open a room."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(
        self,
        document: str,
        *,
        title: str,
        author: str,
        seed: LogEntry | None,
        by: Actor | None = None,
    ) -> Document:
        """Create a document, its owner, seed and audit entry in the same transaction.

        Raises `Conflict`, `Unavailable`.
        """
        refuse_unstorable(title, author)
        async with self._pool.connection() as connection, connection.transaction():
            row = await connection.fetchrow(
                _SQL["create_document"], document, title, author, *_made_by(by)
            )
            if row is None:
                message = f"There is already a document {document}; choose another id."
                raise Conflict(message)
            if seed is not None:
                await append_seed(connection, row["key"], seed)
            made = await connection.fetchrow(_SQL["get_document"], document)
            assert made is not None
            return _document(made)

    async def load(
        self, document: str, *, create_for: str | None, creator: Actor | None = None
    ) -> StoredDocument:
        """Return a document with its content. Raises `NotFound`, `Unavailable`."""
        is_new = False
        async with self._pool.connection() as connection:
            if create_for is not None:
                refuse_unstorable(create_for)
                query = _SQL["create_document"]
                by = creator or Actor(create_for, create_for, "")
                done = await connection.execute(query, document, "", create_for, *_made_by(by))
                is_new = done.endswith(" 1")  # how many rows were inserted
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                row = await connection.fetchrow(_SQL["get_document"], document)
                found = _present(row, document)
                kept = await connection.fetchrow(_SQL["newest_snapshot"], found.key)
                after = kept["sequence"] if kept is not None else 0
                tail = await connection.fetch(_SQL["updates_after"], found.key, after)
                claims = await connection.fetch(_SQL["claims_of"], found.key)
                versioned = await connection.fetchval(_SQL["newest_version"], found.key)
        snapshot = None
        if kept is not None:
            snapshot = Snapshot(kept["sequence"], kept["state"], tuple(kept["parked"]))
        return StoredDocument(
            document=found,
            snapshot=snapshot,
            tail=tuple((row["sequence"], row["update"]) for row in tail),
            claims=tuple(Claim(*row.values()) for row in claims),
            versioned=versioned,
            is_new=is_new,
        )

    async def get(self, document: str, *, deleted: bool = False) -> Document:
        """Return the document's record. Raises `NotFound`, `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["get_document"], document)
        return _present(row, document, deleted=deleted)

    async def list(
        self,
        *,
        search: str | None,
        cursor: str | None,
        limit: int,
        deleted: bool = False,
        reach: Reach | None = None,
        person: str | None = None,
    ) -> DocumentPage:
        """Return a page, newest activity first; of deleted ones those that the caller owns.

        Raises `InvalidRequest`, `Unavailable`.
        """
        after, key = _read_cursor(cursor) if cursor is not None else (None, None)
        pattern = None
        if search:
            refuse_unstorable(search)
            pattern = "%" + _ILIKE_SPECIAL.sub(r"\\\g<0>", search) + "%"
        ids, starts = None, None
        if reach is not None:
            # Who could bring a deleted one back may know of it.
            reach = reach.at_least(least_role(Action.DELETE if deleted else Action.READ))
        if reach is not None and not reach.is_everywhere:
            ids, starts = list(reach.exact), list(reach.prefixes)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                _SQL["list_documents"],
                *(deleted, pattern, after, key, limit + 1),
                *(ids, starts, person),
            )
        page = tuple(_document(row) for row in rows[:limit])
        more = len(rows) > limit
        return DocumentPage(page, _write_cursor(page[-1]) if more else None)

    async def rename(self, document: str, title: str) -> Document:
        """Change the title. Raises `NotFound`, `Unavailable`."""
        refuse_unstorable(title)
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["rename_document"], document, title)
        return _present(row, document)

    async def delete(self, document: str, *, by: Actor | None = None) -> Document:
        """Mark the document deleted. Raises `NotFound`, `Unavailable`."""
        async with self._pool.connection() as connection, connection.transaction():
            row = await connection.fetchrow(_SQL["delete_document"], document)
            if row is not None and by is not None:
                await note_deed(connection, row["key"], by, Deed.DOCUMENT_DELETED)
        return _present(row, document, deleted=True)

    async def undelete(self, document: str, *, by: Actor | None = None) -> Document:
        """Bring a deleted document back. Raises `NotFound`, `Conflict`, `Unavailable`."""
        async with self._pool.connection() as connection, connection.transaction():
            row = await connection.fetchrow(_SQL["undelete_document"], document)
            if row is None:
                there = await connection.fetchrow(_SQL["get_document"], document)
                _present(there, document)
                message = f"The document {document} is not deleted."
                raise Conflict(message)
            if by is not None:
                await note_deed(connection, row["key"], by, Deed.DOCUMENT_UNDELETED)
        return _document(row)

    async def save_snapshot(self, document: int, snapshot: Snapshot) -> None:
        """Keep `snapshot`, and of the older ones what history needs. Raises `NotFound`, `Unavailable`.

        One from before a moment whose history was dropped or erased is not kept.
        """
        async with locked_document(self._pool, document) as connection:
            await connection.execute(
                _SQL["save_snapshot"],
                document,
                snapshot.sequence,
                snapshot.state,
                list(snapshot.parked),
            )
            await connection.execute(_SQL["drop_old_snapshots"], document)
            await connection.execute(_SQL["note_size"], document)


def _made_by(by: Actor | None) -> tuple[str | None, str | None, str | None, str | None]:
    """Return the owner, and who the audit log says made it, from where; None: it says nothing."""
    if by is None:
        return None, None, None, None
    return by.id if can_own(by.id) else None, by.id, by.name, by.address


def _present(row: Record | None, document: str, *, deleted: bool = False) -> Document:
    if row is None:
        message = f"There is no document {document}."
        raise NotFound(message)
    if row["deleted_at"] is not None and not deleted:
        message = f"The document {document} was deleted; an owner can bring it back."
        raise NotFound(message)
    return _document(row)


def _document(row: Record) -> Document:
    return Document(
        id=row["id"],
        key=row["key"],
        title=row["title"],
        epoch=row["epoch"],
        sequence=row["sequence"],
        size=row["size"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        deleted_at=row["deleted_at"],
    )


def _write_cursor(last: Document) -> str:
    return write_cursor((last.updated_at - _EPOCH) // _MICROSECOND, last.key)


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    microseconds, key = read_cursor(cursor, 2)
    try:
        return _EPOCH + microseconds * _MICROSECOND, key
    except OverflowError:
        raise invalid_cursor() from None

"""The audit log in PostgreSQL: who changed rights, deleted, erased; never a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from collab.access.actors import Actor
from collab.errors import NotFound
from collab.sharing.records import AuditEntry, Page
from collab.store.cursors import read_cursor, write_cursor
from collab.store.pool import Pool
from collab.store.queries import load_queries

if TYPE_CHECKING:
    from collab.store.pool import ProxiedConnection

__all__ = ["PostgresAudit", "document_key", "note_deed"]

_SQL: Final = load_queries("audit")


async def note_deed(
    connection: ProxiedConnection,
    document: int | None,
    by: Actor,
    action: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Keep an entry about a document (its key) inside the caller's transaction."""
    said = json.dumps(dict(details or {}), ensure_ascii=False)
    await connection.execute(_SQL["note_deed"], document, by.id, by.name, by.address, action, said)


async def document_key(connection: ProxiedConnection, document: str) -> int:
    """Return the key of a document that was not deleted. Raises `NotFound`."""
    row = await connection.fetchrow(_SQL["find_document"], document)
    if row is None or row["deleted_at"] is not None:
        message = f"There is no document {document}."
        raise NotFound(message)
    key: int = row["key"]
    return key


class PostgresAudit:
    """The log of who changed what (see the `Audit` port)."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[AuditEntry]:
        """Return entries, newest first; those of a deleted document, too.

        Raises `NotFound`, `InvalidRequest`, `Unavailable`.
        """
        (before,) = read_cursor(cursor, 1) if cursor is not None else (None,)
        async with self._pool.connection() as connection:
            there = await connection.fetchrow(_SQL["find_document"], document)
            if there is None:
                message = f"There is no document {document}."
                raise NotFound(message)
            rows = await connection.fetch(
                _SQL["deeds_of_document"], there["key"], before, limit + 1
            )
        entries = tuple(
            AuditEntry(
                id=row["key"],
                at=row["at"],
                actor=row["actor"],
                actor_name=row["actor_name"],
                address=row["address"],
                action=row["action"],
                details=json.loads(row["details"]),
            )
            for row in rows[:limit]
        )
        return Page(entries, write_cursor(entries[-1].id) if len(rows) > limit else None)

    async def note(self, by: Actor, action: str, details: Mapping[str, Any]) -> None:
        """Keep an entry that is about no document. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            await note_deed(connection, None, by, action, details)

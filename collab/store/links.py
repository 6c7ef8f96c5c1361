"""The table of share links in PostgreSQL (see the `Links` port for what each call promises)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.roles import role_of
from collab.access.standing import HeldLink
from collab.errors import Conflict, NotFound
from collab.sharing.records import Deed, NewLink, Page, ShareLink
from collab.store.audit import document_key, note_deed
from collab.store.cursors import read_cursor, write_cursor
from collab.store.members import changing_rights
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.texts import refuse_unstorable

if TYPE_CHECKING:
    from asyncpg import Record

__all__ = ["PostgresLinks"]

_SQL: Final = load_queries("links")
_MOST: Final = 200
"""Links of one document that can be in force at the same time."""


class PostgresLinks:
    """Share links; of their secrets only digests are kept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, digest: bytes) -> HeldLink | None:
        """Return the link with that digest, if it was not revoked. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["find_link"], digest)
        return None if row is None else HeldLink(row["id"], role_of(row["role"]), row["expires_at"])

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[ShareLink]:
        """Return links in the order they were made. Raises `NotFound`, `InvalidRequest`, `Unavailable`."""
        (after,) = read_cursor(cursor, 1) if cursor is not None else (None,)
        async with self._pool.connection() as connection:
            key = await document_key(connection, document)
            rows = await connection.fetch(_SQL["links_of"], key, after, limit + 1)
        page = tuple(_link(row) for row in rows[:limit])
        return Page(page, write_cursor(rows[limit - 1]["key"]) if len(rows) > limit else None)

    async def make(self, by: Actor, grant: Grant, link: NewLink) -> ShareLink:
        """Keep a new link. Raises `Forbidden`, `NotFound`, `Conflict`, `Unavailable`."""
        refuse_unstorable(link.name)
        async with changing_rights(self._pool, grant) as (connection, key):
            if await connection.fetchval(_SQL["count_links"], key) >= _MOST:
                message = f"A document has at most {_MOST} share links; revoke some first."
                raise Conflict(message)
            row = await connection.fetchrow(
                _SQL["make_link"],
                *(key, link.id, link.digest, link.role.label, link.name, link.expires_at),
                *(by.id, by.name),
            )
            assert row is not None
            ends = None if link.expires_at is None else link.expires_at.isoformat()
            said = {"link": link.id, "name": link.name, "role": link.role.label, "expiresAt": ends}
            await note_deed(connection, key, by, Deed.LINK_CREATED, said)
        return _link(row)

    async def revoke(self, by: Actor, grant: Grant, link: str) -> None:
        """Have a link count no more. Raises `Forbidden`, `NotFound`, `Unavailable`."""
        refuse_unstorable(link)
        async with changing_rights(self._pool, grant) as (connection, key):
            gone = await connection.fetchrow(_SQL["revoke_link"], key, link)
            if gone is None:
                message = "There is no such share link; perhaps it was revoked already."
                raise NotFound(message)
            said = {"link": link, "name": gone["name"], "role": gone["role"]}
            await note_deed(connection, key, by, Deed.LINK_REVOKED, said)


def _link(row: Record) -> ShareLink:
    return ShareLink(
        id=row["id"],
        role=role_of(row["role"]),
        name=row["name"],
        created_by=row["created_by"],
        created_by_name=row["created_by_name"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )

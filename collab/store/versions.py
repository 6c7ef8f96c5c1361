"""Versions in PostgreSQL: the moments of a document that people see and name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from collab.errors import Conflict, NotFound
from collab.history.records import Author, Contribution, Version, VersionKind, VersionPage
from collab.store.bounds import MERGED_AT_MOST
from collab.store.cursors import read_cursor, write_cursor
from collab.store.locking import locked_document
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.texts import refuse_unstorable

if TYPE_CHECKING:
    from asyncpg import Record

    from collab.store.pool import ProxiedConnection

__all__ = [
    "PostgresVersions",
    "as_version",
    "count_again",
    "read_authors",
    "together",
    "write_authors",
]

_SQL: Final = load_queries("versions")


class PostgresVersions:
    """The part of the `HistoryStore` port that is about versions."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add_version(
        self,
        document: int,
        *,
        sequence: int,
        kind: VersionKind,
        name: str | None,
        by: Author,
        digest: bytes,
    ) -> Version:
        """Keep a version of a moment, unless it would be an automatic one that says nothing new.

        Raises `Conflict` when the moment has another name or cannot be read any more,
        `InvalidRequest`, `NotFound`, `Unavailable`.
        """
        refuse_unstorable(name or "", by.id, by.name)
        async with locked_document(self._pool, document) as connection:
            there = await connection.fetchrow(_SQL["version_at"], document, sequence)
            if there is not None:
                return await _named(connection, there, name)
            await _require_moment(connection, document, sequence)
            before = await connection.fetchrow(_SQL["version_before"], document, sequence)
            if name is None and before is not None and before["digest"] == digest:
                return as_version(before)
            after = before["sequence"] if before is not None else 0
            authors = await _contributions(connection, document, after, sequence)
            made = await connection.fetchrow(
                _SQL["add_version"],
                *(document, sequence, kind, name, by.id, by.name, write_authors(authors), digest),
            )
            await count_again(connection, document, sequence)
        return as_version(made)

    async def versions(self, document: int, *, cursor: str | None, limit: int) -> VersionPage:
        """Return a page, highest sequence first. Raises `InvalidRequest`, `Unavailable`."""
        (below,) = read_cursor(cursor, 1) if cursor is not None else (None,)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SQL["list_versions"], document, below, limit + 1)
        page = [as_version(row) for row in rows[:limit]]
        more = len(rows) > limit
        return VersionPage(page, write_cursor(page[-1].sequence) if more else None)

    async def version(self, document: int, key: int) -> Version:
        """Return one version of the document. Raises `NotFound`, `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["get_version"], document, key)
        return _present(row, key)

    async def name_version(self, document: int, key: int, name: str | None) -> Version:
        """Give a name or take it away. Raises `InvalidRequest`, `NotFound`, `Unavailable`."""
        refuse_unstorable(name or "")
        async with locked_document(self._pool, document) as connection:
            row = await connection.fetchrow(_SQL["name_version"], document, key, name)
        return _present(row, key)

    async def remove_version(self, document: int, key: int) -> None:
        """Take a version off the list. Raises `NotFound`, `Unavailable`."""
        async with locked_document(self._pool, document) as connection:
            gone = await connection.fetchrow(_SQL["remove_version"], document, key)
            sequence = _present(gone, key).sequence
            after = await connection.fetchrow(_SQL["version_after"], document, sequence)
            if gone is not None and after is not None:
                # Who wrote up to the one that goes wrote up to the one after it.
                authors = together((*read_authors(gone), *read_authors(after)))
                await connection.execute(_SQL["set_authors"], after["key"], write_authors(authors))


async def _named(connection: ProxiedConnection, there: Record, name: str | None) -> Version:
    """Return the version that is there, named `name` if it had no name. Raises `Conflict`."""
    if name is None or name == there["name"]:
        return as_version(there)
    if there["name"] is not None:
        message = "This moment has a name already; give the version that is there another one."
        raise Conflict(message)
    named = await connection.fetchrow(_SQL["name_version"], there["document"], there["key"], name)
    return as_version(named)


async def _require_moment(connection: ProxiedConnection, document: int, sequence: int) -> None:
    """Raise `Conflict` unless the moment can be read: it may have been read before it was forgotten."""
    moment = await connection.fetchrow(_SQL["moment_there"], document, sequence, MERGED_AT_MOST)
    assert moment is not None
    if moment["is_stored"]:
        return
    if moment["is_dropped"]:
        message = "The history was erased meanwhile; try again."
        raise Conflict(message)
    if not moment["is_end_of_rows"]:
        message = "This moment cannot be read any more, its edits were merged; try again."
        raise Conflict(message)


async def count_again(connection: ProxiedConnection, document: int, sequence: int) -> None:
    """Count who wrote between `sequence` and the version after it, if the log still knows."""
    after = await connection.fetchrow(_SQL["version_after"], document, sequence)
    if after is None or await connection.fetchval(_SQL["dropped_through"], document) > sequence:
        return
    authors = await _contributions(connection, document, sequence, after["sequence"])
    await connection.execute(_SQL["set_authors"], after["key"], write_authors(authors))


async def _contributions(
    connection: ProxiedConnection, document: int, after: int, through: int
) -> list[Contribution]:
    rows = await connection.fetch(_SQL["contributions"], document, after, through)
    return [Contribution(Author(row["id"], row["name"]), row["updates"]) for row in rows]


def together(contributions: Iterable[Contribution]) -> Sequence[Contribution]:
    """Return `contributions`, older ones first, added up by author: the busiest first."""
    authors: dict[str, Author] = {}
    updates: dict[str, int] = {}
    for one in contributions:
        authors[one.author.id] = one.author
        updates[one.author.id] = updates.get(one.author.id, 0) + one.updates
    ranked = sorted(updates, key=lambda author: -updates[author])
    return [Contribution(authors[author], updates[author]) for author in ranked]


def write_authors(authors: Iterable[Contribution]) -> str:
    """Return `authors` as their column keeps them."""
    return json.dumps(
        [{"id": one.author.id, "name": one.author.name, "updates": one.updates} for one in authors]
    )


def read_authors(row: Record) -> Sequence[Contribution]:
    """Return the authors of a version's row."""
    return [
        Contribution(Author(one["id"], one["name"]), one["updates"])
        for one in json.loads(row["authors"])
    ]


def as_version(row: Record | None) -> Version:
    """Return the version of a row that is there."""
    assert row is not None
    return Version(
        key=row["key"],
        sequence=row["sequence"],
        kind=VersionKind(row["kind"]),
        name=row["name"],
        at=row["at"],
        created_by=Author(row["created_by"], row["created_by_name"]),
        authors=read_authors(row),
    )


def _present(row: Record | None, key: int) -> Version:
    if row is None:
        message = f"This document has no version v{key}."
        raise NotFound(message)
    return as_version(row)

"""The durable history of documents (see the `HistoryStore` port for what each call promises)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from collab.history.records import Author, LogRow, Owners, Stretch
from collab.room.records import Snapshot
from collab.store.bounds import MERGED_AT_MOST
from collab.store.locking import locked_document
from collab.store.queries import load_queries
from collab.store.retention import PostgresRetention, log_row
from collab.store.versions import PostgresVersions

if TYPE_CHECKING:
    from asyncpg import Record

__all__ = ["PostgresHistory"]

_SQL: Final = load_queries("history")
_DOCUMENTS: Final = load_queries("documents")
_VERSIONS: Final = load_queries("versions")


class PostgresHistory(PostgresVersions, PostgresRetention):
    """The `HistoryStore` port on PostgreSQL: moments here, versions and retention in its bases."""

    async def moment_at(self, document: int, sequence: int) -> int:
        """Return the last readable moment at or before `sequence`; 0 if none. Raises `Unavailable`.

        A moment a snapshot stands at is always readable, whatever was merged or dropped around it.
        """
        async with self._pool.connection() as connection:
            found: int = await connection.fetchval(
                _SQL["moment_at"], document, sequence, MERGED_AT_MOST
            )
        return found

    async def beginning(self, document: int) -> int:
        """Return up to where the log's rows were dropped or erased. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            through: int = await connection.fetchval(_VERSIONS["dropped_through"], document)
        return through

    async def snapshot_before(self, document: int, sequence: int) -> Snapshot | None:
        """Return the newest snapshot at or before `sequence`. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["snapshot_before"], document, sequence)
        if row is None:
            return None
        return Snapshot(row["sequence"], row["state"], tuple(row["parked"]))

    async def rows(self, document: int, after: int, through: int) -> Sequence[LogRow]:
        """Return the log's rows with `after` < sequence ≤ `through`. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SQL["rows"], document, after, through)
        return [log_row(row) for row in rows]

    async def keep_snapshot(self, document: int, snapshot: Snapshot) -> None:
        """Keep `snapshot` unless there is one. Raises `NotFound`, `Unavailable`.

        One from before a moment whose history was dropped or erased is not kept.
        """
        async with locked_document(self._pool, document) as connection:
            await connection.execute(
                _SQL["keep_snapshot"],
                document,
                snapshot.sequence,
                snapshot.state,
                list(snapshot.parked),
            )
            await connection.execute(_DOCUMENTS["note_size"], document)

    async def owners(self, document: int) -> Owners:
        """Return who owns which clocks of which Yjs client. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_DOCUMENTS["claims_of"], document)
        owners: dict[int, list[tuple[int, Author]]] = {}
        for row in rows:
            owner = (row["first"], Author(row["author"], row["author_name"]))
            owners.setdefault(row["client"], []).append(owner)
        return owners

    async def stretches(
        self, document: int, *, first: int, last: int, limit: int
    ) -> Sequence[Stretch]:
        """Return the newest stretches that end in `first` to `last`. Raises `Unavailable`."""
        async with (
            self._pool.connection() as connection,
            connection.transaction(readonly=True),
        ):
            await connection.execute(_SQL["spend_memory"])
            rows = await connection.fetch(_SQL["stretches"], document, first, last, limit)
        return [_stretch(row) for row in rows]


def _stretch(row: Record) -> Stretch:
    return Stretch(
        author=Author(row["author"], row["author_name"]),
        first=row["first"],
        last=row["last"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        updates=row["updates"],
        size=row["size"],
        carrier=row["carrier"],
    )

"""Forgetting in PostgreSQL: old rows merged, older ones dropped, history erased."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from collab.access.actors import Actor
from collab.errors import Conflict
from collab.history.records import Author, Contribution, LogRow, Version
from collab.room.records import Snapshot
from collab.sharing.records import Deed
from collab.store.audit import note_deed
from collab.store.bounds import MERGED_AT_MOST
from collab.store.locking import locked_document
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.versions import as_version, count_again, read_authors, together, write_authors

if TYPE_CHECKING:
    from asyncpg import Record

    from collab.store.pool import ProxiedConnection

__all__ = ["PostgresRetention", "log_row"]

_SQL: Final = load_queries("retention")
_DOCUMENTS: Final = load_queries("documents")
_VERSIONS: Final = load_queries("versions")
_BREATH: Final = 0.02
"""Seconds between two transactions of a long piece of work."""


class PostgresRetention:
    """The part of the `HistoryStore` port that is about forgetting."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # --- merging ---

    async def documents_older_than(self, moment: datetime, *, limit: int) -> Sequence[int]:
        """Return documents with unmerged rows from before `moment`. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SQL["documents_older_than"], moment, limit)
        return [row["key"] for row in rows]

    async def unmerged_rows(
        self, document: int, *, before: datetime, limit: int
    ) -> Sequence[LogRow]:
        """Return the oldest unmerged rows, in order and without a gap. Raises `Unavailable`.

        A version stands at the last of them at most: so it stays readable when they are merged.
        """
        async with (
            self._pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_SQL["unmerged_rows"], document, before, limit)
            if not rows:
                return []
            until = await connection.fetchval(_SQL["next_version"], document, rows[0]["sequence"])
        return _unbroken([log_row(row) for row in rows], until)

    async def replace_rows(
        self, document: int, *, first: int, last: int, merged: Sequence[LogRow]
    ) -> None:
        """Put `merged` in the place of all rows from `first` to `last`.

        Does nothing when they are not all there and unmerged, or a version stands between them by
        now. Raises `NotFound`, `Unavailable`, and `ValueError` when `merged` leaves some of them out
        or they are more than `MERGED_AT_MOST`.
        """
        if last - first >= MERGED_AT_MOST:
            message = f"Of the log's rows, at most {MERGED_AT_MOST} are merged at once."
            raise ValueError(message)
        async with locked_document(self._pool, document) as connection:
            if not await connection.fetchval(_SQL["can_be_replaced"], document, first, last):
                return
            taken = await connection.fetch(_SQL["take_rows"], document, first, last)
            columns = zip(*_merged_columns(merged, taken), strict=True)
            await connection.execute(_SQL["put_rows"], document, *map(list, columns))
            await connection.execute(_SQL["note_merged"], document)

    # --- dropping ---

    async def documents_with_rows_before(self, moment: datetime, *, limit: int) -> Sequence[int]:
        """Return documents with rows that `drop_rows` would drop. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SQL["documents_with_rows_before"], moment, limit)
        return [row["key"] for row in rows]

    async def newest_version_before(self, document: int, moment: datetime) -> Version | None:
        """Return the version with the highest sequence of those older. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["newest_version_before"], document, moment)
        return as_version(row) if row is not None else None

    async def versions_without_snapshot(
        self, document: int, *, through: int, limit: int
    ) -> Sequence[Version]:
        """Return versions whose own state is not stored yet, in order. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                _SQL["versions_without_snapshot"], document, through, limit
            )
        return [as_version(row) for row in rows]

    async def drop_rows(self, document: int, *, through: int) -> int:
        """Drop rows up to `through`, and what else no version needs; return how many rows.

        Many rows go in several transactions, the oldest first: nobody waits long. Raises `Conflict`
        when a version that stays, or the moment itself, has no snapshot; `NotFound`, `Unavailable`.
        """
        async with locked_document(self._pool, document) as connection:
            await _thin_versions(connection, document, through)
            await connection.execute(_SQL["drop_snapshots"], document, through)
            await connection.execute(_SQL["note_dropped"], document, through)
        dropped = 0
        while True:
            async with locked_document(self._pool, document) as connection:
                status = await connection.execute(_SQL["drop_rows"], document, through)
            count = int(status.rpartition(" ")[2])
            if count == 0:
                return dropped
            dropped += count
            # The lock goes to whoever asks first, not to who has waited: let the others ask.
            await asyncio.sleep(_BREATH)

    # --- erasing ---

    async def erase(
        self,
        document: int,
        *,
        base: Snapshot,
        rewritten: Sequence[tuple[int, bytes]],
        by: Actor | None = None,
    ) -> None:
        """Erase the history before the moment of `base`. Raises `NotFound`, `Unavailable`.

        Raises `Conflict`, and changes nothing, when a row to be rewritten was merged or dropped, or
        more was erased meanwhile: what `base` holds would come back.
        """
        moment = base.sequence
        async with locked_document(self._pool, document) as connection:
            beginning = await connection.fetchval(_VERSIONS["dropped_through"], document)
            is_there = await connection.fetchval(_SQL["has_snapshot"], document, moment)
            if beginning > moment and not is_there:
                message = "More of the history was erased meanwhile; choose a later moment."
                raise Conflict(message)
            await connection.execute(_SQL["erase_rows"], document, moment)
            await connection.execute(_SQL["erase_versions"], document, moment)
            await connection.execute(_SQL["erase_snapshots"], document, moment)
            await connection.execute(_SQL["cut_rows"], document, moment)
            await connection.execute(
                _SQL["put_snapshot"], document, moment, base.state, list(base.parked)
            )
            found = await connection.fetch(
                _SQL["rewrite_rows"],
                *(document, moment),
                *([sequence for sequence, _ in rewritten], [update for _, update in rewritten]),
            )
            if len(found) != len(rewritten):
                message = "The history was changed at the same time; try again in a moment."
                raise Conflict(message)
            await connection.execute(_SQL["note_dropped"], document, moment)
            await count_again(connection, document, moment)
            await connection.execute(_DOCUMENTS["note_size"], document)
            if by is not None:
                said = {"before": moment}
                await note_deed(connection, document, by, Deed.HISTORY_ERASED, said)


async def _thin_versions(connection: ProxiedConnection, document: int, through: int) -> None:
    """Drop automatic versions up to `through` but each day's last; what stays has its state."""
    versions = await connection.fetch(_SQL["versions_through"], document, through)
    is_stored = await connection.fetchval(_SQL["has_snapshot"], document, through)
    if not is_stored or any(not (row["goes"] or row["is_stored"]) for row in versions):
        message = "A version's own state is not stored yet; its history is kept."
        raise Conflict(message)
    after = await connection.fetchrow(_VERSIONS["version_after"], document, through)
    gone: list[Contribution] = []
    for row in (*versions, *((after,) if after is not None else ())):
        if row is not after and row["goes"]:
            gone += read_authors(row)
        elif gone:
            # Who wrote up to a version that goes wrote up to the next one that stays.
            authors = write_authors(together((*gone, *read_authors(row))))
            await connection.execute(_VERSIONS["set_authors"], row["key"], authors)
            gone = []
    goes = [row["key"] for row in versions if row["goes"]]
    await connection.execute(_SQL["drop_versions"], document, goes)


def _unbroken(rows: Sequence[LogRow], until: int | None) -> Sequence[LogRow]:
    """Return the first of `rows` up to a gap, and up to the sequence number `until`."""
    run: list[LogRow] = []
    for row in rows:
        if run and (row.sequence != run[-1].sequence + 1 or run[-1].sequence == until):
            break
        run.append(row)
    return run


def _merged_columns(
    merged: Iterable[LogRow], taken: Sequence[Record]
) -> Sequence[tuple[object, ...]]:
    """Return what is stored of `merged` rows that take the place of `taken` ones."""
    by_author: dict[str, list[Record]] = {}
    for part in sorted(taken, key=lambda part: part["sequence"]):
        by_author.setdefault(part["author"], []).append(part)
    rows = []
    left = len(taken)
    for row in merged:
        own = by_author.get(row.author.id, ())
        parts = [part for part in own if row.first <= part["sequence"] <= row.sequence]
        left -= len(parts)
        clients = sorted({client for part in parts for client in part["client_ids"]})
        # Of several, the first: nobody would say that the author brought what somebody else did.
        # What the author brought in between then counts as brought by that one, too.
        carriers = (part["carrier"] for part in parts if part["carrier"] is not None)
        rows.append(
            (
                *(row.sequence, row.first, len(parts)),
                *(min((part["at"] for part in parts), default=row.at), row.at),
                *(row.author.id, row.author.name),
                next(carriers, None),
                *("{" + ",".join(map(str, clients)) + "}", uuid4(), row.update),
            )
        )
    if left:
        message = f"{left} rows of the log would be lost in merging."
        raise ValueError(message)
    return rows


def log_row(row: Record) -> LogRow:
    """Return a row of the log."""
    author = Author(row["author"], row["author_name"])
    return LogRow(row["sequence"], row["first"], author, row["at"], row["update"])

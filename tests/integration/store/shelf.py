"""What the store's tests put in and look up: entries, documents, and the log as it lies in the table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby
from typing import Final
from uuid import uuid4

from collab.limits import Limits
from collab.room.records import LogEntry
from collab.store.documents import PostgresDocuments
from collab.store.pool import ConnectionTarget, Pool, connect
from collab.store.update_log import PostgresUpdateLog

__all__ = [
    "AT",
    "empty_tables",
    "entry",
    "lay_rows",
    "place_documents",
    "started_log",
    "stored",
    "word",
]

_COLUMNS: Final = (
    *("document", "sequence", "at", "author", "author_name"),
    *("client_ids", "entry", "update"),
)
AT: Final = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)


def word(number: int) -> bytes:
    """Return the update a test can recognise by its number."""
    return b"update %d" % number


def entry(document: int, update: bytes = b"update", *, author: str = "ada") -> LogEntry:
    """Return a log entry of `document` (its key)."""
    return LogEntry(document, update, author, "Ada Lovelace", (7, 2**53 - 1), AT)


async def place_documents(documents: PostgresDocuments, count: int) -> list[int]:
    """Create `count` documents and return their keys."""
    return [
        (await documents.create(f"doc-{number}", title="", author="ada", seed=None)).key
        for number in range(count)
    ]


async def lay_rows(pool: Pool, document: int, rows: Iterable[tuple[str, datetime, bytes]]) -> int:
    """Put (author, time, update) of many rows into a document's log; return its sequence."""
    async with pool.connection() as connection, connection.transaction():
        before: int = await connection.fetchval(
            "SELECT sequence FROM documents WHERE key = $1 FOR UPDATE", document
        )
        records = [
            (document, sequence, at, author, author.title(), [7], uuid4(), update)
            for sequence, (author, at, update) in enumerate(rows, before + 1)
        ]
        await connection.copy_records_to_table("updates", records=records, columns=_COLUMNS)
        sequence = before + len(records)
        await connection.execute(
            "UPDATE documents SET sequence = $2 WHERE key = $1", document, sequence
        )
    return sequence


async def empty_tables(target: ConnectionTarget) -> None:
    """Throw away every document and all that belongs to one."""
    connection = await connect(target)
    await connection.execute("TRUNCATE documents CASCADE")
    await connection.close()


@asynccontextmanager
async def started_log(
    target: ConnectionTarget, limits: Limits | None = None
) -> AsyncIterator[PostgresUpdateLog]:
    """Start an update log and close it at the end, whatever still waits."""
    log = PostgresUpdateLog(target, limits or Limits())
    await log.start()
    try:
        yield log
    finally:
        await log.close(0)


async def stored(target: ConnectionTarget) -> dict[int, list[tuple[int, bytes]]]:
    """Return (sequence, update) of everything in the update log, by document, in order."""
    connection = await connect(target)
    try:
        rows: Iterable[tuple[int, int, bytes]] = [
            (row["document"], row["sequence"], row["update"])
            for row in await connection.fetch(
                "SELECT document, sequence, update FROM updates ORDER BY document, sequence"
            )
        ]
    finally:
        await connection.close()
    return {
        document: [(sequence, update) for _, sequence, update in found]
        for document, found in groupby(rows, key=lambda row: row[0])
    }

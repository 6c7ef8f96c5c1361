"""What the tests of history put in and look up: typing of two people, versions, snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from collab.history.records import Author, LogRow, Version, VersionKind
from collab.store.history import PostgresHistory
from collab.store.pool import Pool
from tests.integration.store.shelf import AT

__all__ = ["ADA", "BOB", "END", "SECOND", "add", "listed", "merged", "standing", "typing"]

ADA, BOB = Author("ada", "Ada"), Author("bob", "Bob")
SECOND: Final = timedelta(seconds=1)
END: Final = 2**62
"""A sequence number beyond all."""


def typing(authors: str, since: datetime = AT) -> list[tuple[str, datetime, bytes]]:
    """Return a row a second for each letter of `authors`: a is Ada, b is Bob."""
    names = {"a": "ada", "b": "bob"}
    return [(names[one], since + n * SECOND, b"<%d>" % (n + 1)) for n, one in enumerate(authors)]


def merged(rows: Sequence[LogRow]) -> list[LogRow]:
    """Return one row for each author."""
    authors = dict.fromkeys(row.author for row in rows)
    parts = [[row for row in rows if row.author == author] for author in authors]
    return [
        replace(part[-1], first=part[0].first, update=b"".join(row.update for row in part))
        for part in parts
    ]


async def add(history: PostgresHistory, document: int, sequence: int, name: str = "") -> Version:
    """Keep a version, an automatic one unless it has a name."""
    return await history.add_version(
        document,
        sequence=sequence,
        kind=VersionKind.NAMED if name else VersionKind.SESSION,
        name=name or None,
        by=ADA,
        digest=b"%d" % sequence,
    )


async def listed(history: PostgresHistory, document: int) -> list[int]:
    """Return the versions' sequence numbers."""
    page = await history.versions(document, cursor=None, limit=1_000)
    return [version.sequence for version in page.versions]


async def standing(pool: Pool, document: int) -> list[int]:
    """Return where the document's snapshots stand."""
    async with pool.connection() as connection:
        rows = await connection.fetch(
            "SELECT sequence FROM snapshots WHERE document = $1 ORDER BY sequence", document
        )
    return [row["sequence"] for row in rows]

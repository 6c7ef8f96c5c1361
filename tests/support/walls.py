"""The room's outer walls as recordings: what was appended, kept and told can be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from collab.access.actors import Actor
from collab.access.reach import Reach
from collab.errors import Conflict, NotFound, Unavailable
from collab.room.records import (
    Claim,
    Document,
    DocumentPage,
    LogEntry,
    RoomEvent,
    Snapshot,
    StoredDocument,
)

__all__ = ["MemoryDocuments", "MemoryLog", "RecordingChronicle", "RecordingOutlet"]

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryLog:
    """A log that commits when told to: the disk's speed is in the test's hands."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []
        self._waiting: list[tuple[LogEntry, asyncio.Future[int]]] = []
        self.is_full = False

    def append(self, entry: LogEntry) -> asyncio.Future[int]:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        return future

    def has_space(self, size: int) -> bool:
        del size
        return not self.is_full

    def commit(self, count: int | None = None) -> None:
        """Make the first `count` waiting entries (all unless told) durable."""
        for entry, future in self._waiting[:count]:
            self.entries.append(entry)
            future.set_result(len(self.entries))
        del self._waiting[:count]


@dataclass
class MemoryDocuments:
    """A shelf in memory; `is_away` makes it behave like a lost database."""

    log: MemoryLog
    shelf: dict[str, Document] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)
    loads: int = 0
    is_away: bool = False
    gate: asyncio.Event | None = None

    async def create(
        self,
        document: str,
        *,
        title: str,
        author: str,
        seed: LogEntry | None,
        by: Actor | None = None,
    ) -> Document:
        del author, seed, by
        if document in self.shelf:
            raise Conflict(document)
        made = Document(document, len(self.shelf) + 1, title, 1, 0, 0, _BEGINNING, _BEGINNING, None)
        self.shelf[document] = made
        return made

    async def load(
        self, document: str, *, create_for: str | None, creator: Actor | None = None
    ) -> StoredDocument:
        del creator
        self._check()
        self.loads += 1
        if self.gate is not None:
            await self.gate.wait()
        if document not in self.shelf:
            if create_for is None:
                raise NotFound(document)
            await self.create(document, title="", author=create_for, seed=None)
        record = await self.get(document)
        snapshot = self.snapshots[-1] if self.snapshots else None
        after = snapshot.sequence if snapshot else 0
        tail = tuple(
            (number, entry.update)
            for number, entry in enumerate(self.log.entries, 1)
            if number > after and entry.document == record.key
        )
        own = (entry for entry in self.log.entries if entry.document == record.key)
        known: dict[tuple[int, int], Claim] = {}
        for claim in (claim for entry in own for claim in entry.claims):
            known.setdefault((claim.client, claim.first), claim)
        return StoredDocument(
            replace(record, sequence=len(self.log.entries)), snapshot, tail, tuple(known.values())
        )

    async def get(self, document: str, *, deleted: bool = False) -> Document:
        found = self.shelf.get(document)
        if found is None or (found.deleted_at is not None and not deleted):
            raise NotFound(document)
        return found

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
        del search, cursor, limit, deleted, reach, person
        return DocumentPage(tuple(self.shelf.values()), None)

    async def rename(self, document: str, title: str) -> Document:
        self.shelf[document] = replace(await self.get(document), title=title)
        return self.shelf[document]

    async def delete(self, document: str, *, by: Actor | None = None) -> Document:
        del by
        self.shelf[document] = replace(await self.get(document), deleted_at=_BEGINNING)
        return self.shelf[document]

    async def undelete(self, document: str, *, by: Actor | None = None) -> Document:
        del by
        self.shelf[document] = replace(await self.get(document, deleted=True), deleted_at=None)
        return self.shelf[document]

    async def save_snapshot(self, document: int, snapshot: Snapshot) -> None:
        del document
        self._check()
        self.snapshots.append(snapshot)

    def _check(self) -> None:
        if self.is_away:
            message = "The database is away; try again in a moment."
            raise Unavailable(message)


@dataclass
class RecordingOutlet:
    """Keeps everything said, per connection, in order."""

    told: list[tuple[str, RoomEvent]] = field(default_factory=list)

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        self.told.extend((connection, event) for connection in connections)

    def to(self, connection: str, name: str) -> list[RoomEvent]:
        """Return the events called `name` that `connection` was told."""
        return [event for who, event in self.told if who == connection and event.name == name]


class RecordingChronicle:
    """Keeps the versions it was asked for: (sequence, whether the last person had left)."""

    def __init__(self) -> None:
        self.noted: list[tuple[int, bool]] = []

    async def note(self, document: Document, moment: Snapshot, *, is_over: bool) -> str | None:
        del document
        self.noted.append((moment.sequence, is_over))
        return f"v{len(self.noted)}"

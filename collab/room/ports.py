"""What a room needs of the outer walls: a log, a shelf of documents, and an outlet per kind of client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = [
    "Document",
    "DocumentPage",
    "Documents",
    "LogEntry",
    "Outlet",
    "RoomEvent",
    "Snapshot",
    "StoredDocument",
    "UpdateLog",
]


@dataclass(frozen=True, slots=True)
class Document:
    """The durable thing people write in, without its content."""

    id: str
    key: int
    """The database's short name for the document; never shown to people."""
    title: str
    epoch: int
    """Counts resets: clients of an older epoch must not merge what they kept."""
    sequence: int
    """Sequence number of the newest committed update; 0 when there is none."""
    size: int
    """Bytes of the newest snapshot."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The full state of a document at a sequence number."""

    sequence: int
    """Every committed update up to and including this one is in `state` or in `parked`."""
    state: bytes
    """One Yjs v1 update, compacted with gc."""
    parked: tuple[bytes, ...] = ()
    """Updates up to `sequence` that still wait for what they depend on, in order."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with all that is needed to open its room."""

    document: Document
    snapshot: Snapshot | None
    tail: tuple[tuple[int, bytes], ...]
    """(sequence, update) of every committed update after the snapshot, in order."""


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One page of a listing, newest activity first; `cursor` fetches the next page, None at the end."""

    documents: tuple[Document, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One accepted update on its way into the log."""

    document: int
    """The document's key."""
    update: bytes
    author: str
    """The authenticated user's id; never what the client claims."""
    author_name: str
    client_ids: tuple[int, ...]
    """Yjs client ids whose structs the update holds."""
    at: datetime


class UpdateLog(Protocol):
    """The ordered, durable sequence of updates, committed in groups over all documents."""

    def append(self, entry: LogEntry) -> asyncio.Future[int]:
        """Queue `entry`; the future yields its sequence number once it is committed.

        Entries of one document commit in the order appended. While the database is away the
        future waits; it never fails for that reason. Raises `Overloaded` when the queue is full
        (nothing was queued) and `Unavailable` after `close`.
        """
        ...

    def has_space(self, size: int) -> bool:
        """Return whether an entry of `size` bytes would be queued rather than refused."""
        ...


class Documents(Protocol):
    """The shelf of documents. Every call raises `Unavailable` while the database is away."""

    async def create(
        self, document: str, *, title: str, author: str, seed: LogEntry | None
    ) -> Document:
        """Create a document, with its first update in the same transaction when `seed` is given.

        `seed.document` is ignored. Raises `Conflict` when the id is in use (also by a deleted one).
        """
        ...

    async def load(self, document: str, *, create_for: str | None) -> StoredDocument:
        """Return a document with its content; creates an empty one for author `create_for` if given.

        Raises `NotFound` when it does not exist and may not be created, or was deleted.
        """
        ...

    async def get(self, document: str, *, deleted: bool = False) -> Document:
        """Return the document's record. Raises `NotFound`; finds deleted ones only with `deleted`."""
        ...

    async def list(
        self, *, search: str | None, cursor: str | None, limit: int, deleted: bool = False
    ) -> DocumentPage:
        """Return a page of documents, newest activity first. Raises `InvalidRequest` for a bad cursor."""
        ...

    async def rename(self, document: str, title: str) -> Document:
        """Change the title and return the document. Raises `NotFound`."""
        ...

    async def delete(self, document: str) -> Document:
        """Mark the document deleted (recoverable) and return it. Raises `NotFound`."""
        ...

    async def undelete(self, document: str) -> Document:
        """Bring a deleted document back and return it. Raises `NotFound`, `Conflict` if not deleted."""
        ...

    async def save_snapshot(self, document: int, snapshot: Snapshot) -> None:
        """Keep `snapshot` as the newest, unless one with a higher sequence is already there."""
        ...


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something to tell clients: the event's name and its payload (values may hold bytes)."""

    name: str
    payload: Mapping[str, object]


class Outlet(Protocol):
    """How one kind of client is spoken to; one outlet per door."""

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to `connections`, encoding it once. Never blocks, never raises for a dead client."""
        ...

"""What a room needs of the outer walls: a log, a shelf of documents, and an outlet per kind of client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.reach import Reach
from collab.counts import Counts
from collab.room.records import (
    Document,
    DocumentPage,
    LogEntry,
    RoomEvent,
    Snapshot,
    StoredDocument,
)

__all__ = ["Chronicle", "Documents", "Outlet", "Rights", "UpdateLog", "Walls"]


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
        self,
        document: str,
        *,
        title: str,
        author: str,
        seed: LogEntry | None,
        by: Actor | None = None,
    ) -> Document:
        """Create a document, with its owner and first update (if given) in the same transaction.

        Whom `by` names owns it, unless that is a guest or an API key, and stands in the audit log.
        `seed.document` is ignored. Raises `Conflict` when the id is in use (also by a deleted one).
        """
        ...

    async def load(
        self, document: str, *, create_for: str | None, creator: Actor | None = None
    ) -> StoredDocument:
        """Return a document with its content; creates an empty one for author `create_for` if given.

        Whoever it is created for owns it, unless that is a guest. `creator` is how the audit log
        names them.

        Raises `NotFound` when it does not exist and may not be created, or was deleted.
        """
        ...

    async def get(self, document: str, *, deleted: bool = False) -> Document:
        """Return the document's record. Raises `NotFound`; finds deleted ones only with `deleted`."""
        ...

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
        """Return a page of the documents within `reach` (None: all), newest activity first.

        With them are those that `person` is a member of. Of the deleted ones only those are returned
        that `reach` or `person` owns: who may bring them back.

        Raises `InvalidRequest` for a bad cursor.
        """
        ...

    async def rename(self, document: str, title: str) -> Document:
        """Change the title and return the document. Raises `NotFound`."""
        ...

    async def delete(self, document: str, *, by: Actor | None = None) -> Document:
        """Mark the document deleted (recoverable) and return it. Raises `NotFound`."""
        ...

    async def undelete(self, document: str, *, by: Actor | None = None) -> Document:
        """Bring a deleted document back and return it. Raises `NotFound`, `Conflict` if not deleted."""
        ...

    async def save_snapshot(self, document: int, snapshot: Snapshot) -> None:
        """Keep `snapshot` as the newest, unless one with a higher sequence is already there."""
        ...


class Chronicle(Protocol):
    """Keeps the automatic versions of a document."""

    async def note(self, document: Document, moment: Snapshot, *, is_over: bool) -> str | None:
        """Keep a version of `moment` and return its id; None if an identical one is there.

        `is_over` says that the last person has left. Raises `CollabError`; the room goes on.
        """
        ...


class Outlet(Protocol):
    """How one kind of client is spoken to; one outlet per door."""

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to `connections`, encoding it once. Never blocks, never raises for a dead client."""
        ...


class Rights(Protocol):
    """Whether what somebody was granted is still true."""

    def is_current(self, grant: Grant) -> bool:
        """Return whether no rights were changed since `grant` was made."""
        ...

    async def renewed(self, grant: Grant) -> Grant:
        """Return the same person's grant as it is now. Raises `Forbidden`, `Unavailable`."""
        ...

    async def confirmed(self, grant: Grant) -> Grant:
        """Return the grant as it is now, whatever it came from: token, key, member or link.

        Raises `TokenExpired`, `Unauthenticated`, `Forbidden`, `Unavailable`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Walls:
    """The outer walls a room leans on."""

    log: UpdateLog
    documents: Documents
    outlet: Outlet
    chronicle: Chronicle
    counts: Counts = field(default_factory=Counts)
    """Where rooms count what they do."""
    rights: Rights | None = None
    """Asked before an edit that did not come through a session; None: grants stay true."""

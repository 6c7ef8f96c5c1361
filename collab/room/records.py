"""The values rooms and their outer walls exchange: documents, snapshots, log entries, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "Claim",
    "Document",
    "DocumentPage",
    "LogEntry",
    "RoomEvent",
    "Snapshot",
    "StoredDocument",
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
class Claim:
    """From clock `first` on, and until the next claim of the same client, `author` wrote as `client`."""

    client: int
    first: int
    author: str
    author_name: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with all that is needed to open its room."""

    document: Document
    snapshot: Snapshot | None
    tail: tuple[tuple[int, bytes], ...]
    """(sequence, update) of every committed update after the snapshot, in order."""
    claims: tuple[Claim, ...] = ()
    """Who owns which clocks of which Yjs client."""
    versioned: int = 0
    """The newest moment that a version stands at; 0 if there is none."""
    is_new: bool = False
    """Whether loading it created it."""


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
    """The user who wrote it, as the authenticated connections know; never what the client claims."""
    author_name: str
    client_ids: tuple[int, ...]
    """Yjs client ids whose structs the update holds."""
    at: datetime
    carrier: str | None = None
    """The authenticated user who brought it, where that is somebody else than the author."""
    claims: tuple[Claim, ...] = ()
    """What the entry makes known of whose its Yjs clients are; kept in the same commit."""


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something to tell clients: the event's name and its payload (values may hold bytes)."""

    name: str
    payload: Mapping[str, object]

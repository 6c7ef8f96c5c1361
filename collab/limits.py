"""Every bound of the server in one frozen value; settings may change the numbers, nothing else may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MAX_CLIENT_ID", "MAX_CLOCK", "Limits"]

MAX_CLIENT_ID: Final = 2**53 - 1
"""Client ids are JavaScript safe integers (Yjs draws 32 random bits)."""

MAX_CLOCK: Final = 2**31 - 1
"""Largest clock + length; beyond it both engines misbehave (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of everything one client, document or server may use. Sizes are bytes, times seconds."""

    document_bytes: int = 32 * 1024 * 1024
    """Largest stored document, and so the largest single update and frame."""
    title_characters: int = 200
    awareness_bytes: int = 16 * 1024
    """Largest awareness state of one client."""
    awareness_depth: int = 8
    awareness_message_bytes: int = 1024 * 1024
    clients_per_awareness: int = 10_000
    """Stock clients echo the states of everybody in the room."""
    stateless_bytes: int = 64 * 1024
    """Largest message that is relayed to the room and kept nowhere."""
    presence_clients_per_session: int = 4
    sessions_per_document: int = 2_000
    documents_per_connection: int = 100
    events_per_second: int = 10_000
    """Sustained client events per connection, with a burst of `event_burst`: far above what people
    do, so that a client that comes back with a day of work is not punished."""
    event_burst: int = 100_000
    parked_updates: int = 1_000
    parked_bytes: int = 4 * 1024 * 1024
    """Updates that wait for what they depend on, per document."""
    log_queue_entries: int = 200_000
    log_queue_bytes: int = 128 * 1024 * 1024
    """Updates accepted but not yet committed, over all documents (the database is away)."""
    send_buffer_bytes: int = 4 * 1024 * 1024
    """Unsent bytes per connection beyond one join answer, before a slow reader is dropped."""
    value_depth: int = 64
    """Nesting of values inside one update."""

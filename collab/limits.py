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
    """How much of everything one client, document or server may use. Sizes are bytes, times seconds.

    Rates are per second, each with a burst: so much at once after a quiet while.
    """

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
    connections: int = 20_000
    """Open connections of everybody: about what a process with 4 GB can hold."""
    connections_per_address: int = 2_000
    """A whole school may sit behind one address."""
    connections_per_user: int = 500
    """With a client that opens one connection a document, each of them counts."""
    events_per_second: int = 10_000
    """Sustained client events per connection, with a burst of `event_burst`: far above what people
    do, so that a client that comes back with a day of work is not punished."""
    event_burst: int = 100_000
    bytes_per_second: int = 2 * 1024 * 1024
    """What one connection may send on and on, with a burst of `byte_burst`: four of the largest
    documents, so that a client that comes back with all of one is not punished."""
    byte_burst: int = 128 * 1024 * 1024
    joins_per_second: int = 50
    """Documents one user may open."""
    join_burst: int = 1_000
    requests_per_second: int = 100
    """Plain HTTP requests of one user; one that makes the server think costs `request_weight`."""
    request_burst: int = 3_000
    request_weight: int = 5
    address_factor: int = 10
    """How much more than one user all users of one address together may ask for and join."""
    documents_per_hour: int = 1_000
    """Documents one user may create; `documents_per_day` bounds the day."""
    documents_per_day: int = 5_000
    guesses_per_minute: int = 60
    """Share links that do not exist, and the like, one address may try."""
    remembered: int = 50_000
    """Addresses, and users, whose rates are remembered at a time; the idle are forgotten first."""
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

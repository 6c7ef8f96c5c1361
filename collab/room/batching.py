"""What waits to be told to a room, and how long: nothing when calm, a short window under load.

The kernel's write is most of a delivery's cost (measured), so under load the only way to be cheaper
is to write less often: all that happens within a window leaves as one merged update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

__all__ = ["Batch", "Parcel", "flush_window"]

Item = TypeVar("Item")

_SECONDS_PER_RECEIVER: Final = 50e-6
_LONGEST_WINDOW: Final = 0.02

Parcel = tuple[tuple[str, ...], list[bytes]]
"""Receivers and what they get: updates to merge, in order."""


def flush_window(receivers: int) -> float:
    """Return the seconds between two flushes of a room with `receivers` connections.

    Grows with the cost of one flush, so a room never spends more than a fraction of its time
    writing; 0.2 ms for four people, 20 ms at most (below what the eye notices).
    """
    return min(_LONGEST_WINDOW, receivers * _SECONDS_PER_RECEIVER)


class Batch:
    """Updates and presence changes gathered since the last flush, each with who sent it."""

    __slots__ = ("_last_flush", "_presence", "_updates")

    def __init__(self) -> None:
        self._updates: list[tuple[bytes, str | None]] = []
        self._presence: dict[int, str | None] = {}
        self._last_flush = float("-inf")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._updates and not self._presence

    def add_update(self, update: bytes, sender: str | None) -> None:
        """Gather one merged-in update; `sender` will not be told it."""
        self._updates.append((update, sender))

    def add_presence(self, clients: Iterable[int], sender: str | None) -> None:
        """Gather awareness clients that changed; only their newest states leave."""
        for client in clients:
            self._presence[client] = sender

    def due(self, now: float, receivers: int) -> float:
        """Return when to flush: `now` (monotonic seconds) if the room was calm for a window."""
        return max(now, self._last_flush + flush_window(receivers))

    def take(
        self, now: float, connections: Sequence[str], encode: Callable[[list[int]], bytes]
    ) -> tuple[list[Parcel], list[Parcel]]:
        """Empty the batch and return its updates and presence as parcels, everyone but the sender.

        `encode` makes one awareness update of the given clients' present states.
        """
        updates, self._updates = self._updates, []
        presence, self._presence = self._presence, {}
        self._last_flush = now
        told = _parcels(updates, connections)
        seen = [
            (receivers, [encode(clients)])
            for receivers, clients in _parcels(list(presence.items()), connections)
        ]
        return told, seen


def _parcels(
    items: Sequence[tuple[Item, str | None]], connections: Sequence[str]
) -> list[tuple[tuple[str, ...], list[Item]]]:
    """Return who gets which items: one parcel for all who sent nothing, one for each who did."""
    if not items:
        return []
    senders = {sender for _, sender in items if sender is not None}
    others = tuple(c for c in connections if c not in senders)
    parcels = [(others, [item for item, _ in items])] if others else []
    for sender in senders.intersection(connections):
        rest = [item for item, author in items if author != sender]
        if rest:
            parcels.append(((sender,), rest))
    return parcels

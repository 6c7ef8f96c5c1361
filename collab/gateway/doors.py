"""All doors of the house as one outlet: each delivers to the connections it knows."""

from __future__ import annotations

from collections.abc import Sequence

from collab.counts import Counts
from collab.room.ports import Outlet
from collab.room.records import RoomEvent

__all__ = ["Doors"]


class Doors:
    """The outlet rooms speak through; doors are opened once the house stands."""

    def __init__(self, counts: Counts | None = None) -> None:
        self._outlets: list[Outlet] = []
        self._counts = counts or Counts()

    def open(self, outlet: Outlet) -> None:
        """Have `outlet` deliver to its connections from now on."""
        self._outlets.append(outlet)

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to `connections`, whichever door they came in by."""
        # Counted once for all of them: one delivery costs nothing more.
        self._counts.deliveries[event.name] += len(connections)
        update = event.payload.get("update")
        if isinstance(update, bytes):
            self._counts.delivered_bytes += len(update) * len(connections)
        for outlet in self._outlets:
            outlet.deliver(connections, event)

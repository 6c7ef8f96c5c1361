"""Updates that wait for what they depend on: engines would drop them, so they are kept here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collab.crdt.update import UpdateInfo
from collab.errors import Conflict

__all__ = ["Parking"]


class Parking:
    """The updates of one document that came before what they depend on, in order of arrival."""

    __slots__ = ("_bytes", "_max_bytes", "_max_updates", "_updates")

    def __init__(self, *, max_updates: int, max_bytes: int) -> None:
        self._updates: dict[bytes, UpdateInfo] = {}
        self._bytes = 0
        self._max_updates = max_updates
        self._max_bytes = max_bytes

    def __len__(self) -> int:
        return len(self._updates)

    def __contains__(self, update: object) -> bool:
        return update in self._updates

    def items(self) -> Iterator[bytes]:
        """Return the waiting updates in order of arrival."""
        return iter(self._updates)

    def park(self, update: bytes, info: UpdateInfo) -> bool:
        """Keep `update` until it is ready; return False when the same bytes wait already.

        Raises `Conflict` when the parking is full; nothing has changed then.
        """
        if update in self._updates:
            return False
        is_full = len(self._updates) >= self._max_updates
        if is_full or self._bytes + len(update) > self._max_bytes:
            message = (
                "Too many updates wait for others that never arrived;"
                " sync this document before you send more."
            )
            raise Conflict(message)
        self._updates[update] = info
        self._bytes += len(update)
        return True

    def release(self, state_vector: Mapping[int, int]) -> list[tuple[bytes, UpdateInfo]]:
        """Take out and return every update that is ready at `state_vector`, in order of arrival.

        Each of them can be applied at once, in any order. Having applied them, ask again with the
        new state vector until the answer is empty: they may be what others wait for.
        """
        ready = [entry for entry in self._updates.items() if entry[1].is_ready(state_vector)]
        for update, _ in ready:
            del self._updates[update]
            self._bytes -= len(update)
        return ready

    # Last, because within the class body the name hides the type from here on.
    @property
    def bytes(self) -> int:
        """How many bytes are waiting."""
        return self._bytes

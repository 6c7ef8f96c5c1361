"""What both adapters keep beside their engine: the state vector, and where text must not be cut."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from collab.crdt.update import UpdateInfo
from collab.errors import UnsupportedContent

__all__ = ["Clocks"]


class Clocks:
    """The state vector of a replica, kept from `UpdateInfo` so that nothing is encoded anew.

    It also knows the middle of every surrogate pair: Yjs turns a pair that is cut there into two
    replacement characters, both engines into empty strings that break the document (measured).
    """

    __slots__ = ("_clocks", "_pairs", "view")

    def __init__(self) -> None:
        self._clocks: dict[int, int] = {}
        self._pairs: dict[int, set[int]] = {}
        self.view: Mapping[int, int] = MappingProxyType(self._clocks)

    def refuse_cut(self, info: UpdateInfo) -> None:
        """Raise `UnsupportedContent` when the update would cut a surrogate pair in two."""
        if not self._pairs and not info.pairs:
            return
        starts = ((client, first) for client, (first, _) in info.clocks.items())
        edges = (
            (client, edge)
            for client, ranges in info.deletions.items()
            for span in ranges
            for edge in span
        )
        behind = ((client, clock + 1) for client, clock in info.lefts)
        for seams in (behind, info.rights, edges, starts):
            for client, clock in seams:
                if clock in self._pairs.get(client, ()) or clock in info.pairs.get(client, ()):
                    message = (
                        "The update cuts a character outside the basic plane (an emoji) in two;"
                        " insert and delete whole characters."
                    )
                    raise UnsupportedContent(message)

    def advance(self, info: UpdateInfo) -> None:
        """Take in what an applied update brought."""
        clocks = self._clocks
        for client, (_, end) in info.clocks.items():
            if end > clocks.get(client, 0):
                clocks[client] = end
        for client, pairs in info.pairs.items():
            self._pairs.setdefault(client, set()).update(pairs)

    def known(self, state_vector: Mapping[int, int]) -> dict[int, int]:
        """Return the part of another's `state_vector` that an engine can compare itself with.

        Engines encode a client twice when asked with a zero, and cut pairs when asked from within.
        """
        known: dict[int, int] = {}
        for client, clock in self._clocks.items():
            theirs = min(state_vector.get(client, 0), clock)
            if theirs in self._pairs.get(client, ()):
                theirs -= 1
            if theirs:
                known[client] = theirs
        return known

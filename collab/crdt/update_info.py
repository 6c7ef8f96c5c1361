"""What an update holds and needs, as `inspect_update` finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from collab.crdt.deletions import Deletions

__all__ = ["NOTHING", "RootKind", "UpdateInfo"]

NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
"""The empty mapping that most fields of most updates share."""


class RootKind(StrEnum):
    """What an update's structs say a root type is; `UNKNOWN` when they do not tell."""

    TEXT = "text"
    MAP = "map"
    ARRAY = "array"
    XML = "xml"
    UNKNOWN = "unknown"


class UpdateInfo(NamedTuple):
    """What an update holds and needs, read without running an engine.

    A tuple rather than a frozen dataclass, because one is made for every keystroke.
    """

    clocks: Mapping[int, tuple[int, int]]
    """Per client: first clock and end clock (exclusive) of the structs in the update."""
    needs: Mapping[int, int]
    """Per client: the clock the receiver must have reached (exclusive end) for every struct, origin,
    parent and deletion in this update to be known. Excludes what the update itself brings."""
    deletions: Mapping[int, tuple[tuple[int, int], ...]]
    """Per client: deleted ranges (start, exclusive end), sorted and joined."""
    roots: Mapping[str, RootKind]
    """Root names this update touches, with the kind its structs show."""
    has_subdocuments: bool
    size: int
    pairs: Mapping[int, Sequence[int]] = NOTHING
    """Per client: clocks in the middle of a surrogate pair of the text this update brings."""
    lefts: tuple[tuple[int, int], ...] = ()
    """(client, clock) of origins: what structs were put after. Text is split behind that clock.
    Left out where a struct simply goes on after the one before it."""
    rights: tuple[tuple[int, int], ...] = ()
    """(client, clock) of right origins: what structs were put before. Text is split before it."""
    parents: tuple[tuple[int, int], ...] = ()
    """(client, clock) of the types that structs were put into."""
    collected: Mapping[int, Sequence[tuple[int, int]]] = NOTHING
    """Per client: ranges of garbage collected structs, of which nothing but the length is left."""
    tombstones: Mapping[int, Sequence[tuple[int, int]]] = NOTHING
    """Per client: ranges of deleted content, which keeps its place."""

    def is_ready(self, state_vector: Mapping[int, int]) -> bool:
        """Return whether a replica at `state_vector` can apply this update completely."""
        return all(state_vector.get(client, 0) >= clock for client, clock in self.needs.items())

    def is_news(self, state_vector: Mapping[int, int], deletions: Deletions) -> bool:
        """Return whether a replica at `state_vector` with `deletions` lacks anything in here."""
        for client, (_, end) in self.clocks.items():
            if state_vector.get(client, 0) < end:
                return True
        return bool(self.deletions) and not deletions.covers(self.deletions)

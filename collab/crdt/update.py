"""The structural check of a Yjs v1 update: nothing reaches an engine that did not pass here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["RootKind", "UpdateInfo", "inspect_update"]


class RootKind(StrEnum):
    """What an update's structs say a root type is; `UNKNOWN` when they do not tell."""

    TEXT = "text"
    MAP = "map"
    ARRAY = "array"
    XML = "xml"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UpdateInfo:
    """What an update holds and needs, read without running an engine."""

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

    def is_ready(self, state_vector: Mapping[int, int]) -> bool:
        """Return whether a replica at `state_vector` can apply this update completely."""
        return all(state_vector.get(client, 0) >= clock for client, clock in self.needs.items())


def inspect_update(update: bytes, *, value_depth: int = 64) -> UpdateInfo:
    """Return what `update` holds. Raises `InvalidUpdate` for anything malformed or out of bounds."""
    raise NotImplementedError

"""The values of a document's history: versions, stretches, rows of the log, who made what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Author",
    "Contribution",
    "LogRow",
    "Owners",
    "Stretch",
    "Version",
    "VersionKind",
    "VersionPage",
]


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who wrote, as the authenticated connection named them then."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person did between a version and the one before it."""

    author: Author
    updates: int


class VersionKind(StrEnum):
    """Why there is a version."""

    NAMED = "named"
    """Somebody gave the moment a name."""
    SESSION = "session"
    """The last person left."""
    ACTIVITY = "activity"
    """People had been writing for minutes."""
    BEFORE_RESTORE = "beforeRestore"
    """Made just before a restore or a revert, as the way back."""


@dataclass(frozen=True, slots=True)
class Version:
    """A moment people see, name, compare and restore."""

    key: int
    """The store's number of it; people see `id`."""
    sequence: int
    kind: VersionKind
    name: str | None
    at: datetime
    created_by: Author
    authors: Sequence[Contribution]
    """Who wrote between the version before and this one, the busiest first."""

    @property
    def id(self) -> str:
        """The version's name in addresses: `v` and a number."""
        return f"v{self.key}"


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of versions, newest first; `cursor` fetches the next page, None at the end."""

    versions: Sequence[Version]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person's editing without a longer pause. Stretches of different people may overlap.

    What somebody else brought makes stretches of its own, which may overlap the author's others.
    """

    author: Author
    first: int
    """Sequence number of its first update."""
    last: int
    started_at: datetime
    ended_at: datetime
    updates: int
    """Updates it was typed in, also where the log keeps them merged by now."""
    size: int
    """Bytes of its updates."""
    carrier: str | None = None
    """The id of the user who brought the edits, where that was somebody else than the author."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the update log: one update, or older ones of one author merged into one."""

    sequence: int
    first: int
    """Sequence number of the first update in it; equals `sequence` unless it was merged."""
    author: Author
    at: datetime
    update: bytes


Owners = Mapping[int, Sequence[tuple[int, Author]]]
"""Per Yjs client id: (first clock, author) in rising order; each holds until the next one's clock."""

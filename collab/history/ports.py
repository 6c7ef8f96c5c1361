"""What history needs of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collab.access.actors import Actor
from collab.history.records import (
    Author,
    LogRow,
    Owners,
    Stretch,
    Version,
    VersionKind,
    VersionPage,
)
from collab.room.records import Snapshot

__all__ = ["HistoryStore"]


class HistoryStore(Protocol):
    """The durable history of all documents, which are named by their keys.

    Every call raises `Unavailable` while the database is away.
    """

    # --- moments ---

    async def moment_at(self, document: int, sequence: int) -> int:
        """Return the last moment at or before `sequence` that can still be read; 0 if none.

        That is `sequence` itself while the log keeps every update, or where a snapshot stands. Where
        it was merged, it is the last sequence that no merged row spans; where rows were dropped,
        that of the newest snapshot at or before it. Beyond the document's end it is its last one.
        """
        ...

    async def beginning(self, document: int) -> int:
        """Return the sequence up to which rows were dropped or erased; 0 if none were.

        Before it only the moments can be read at which snapshots stand.
        """
        ...

    async def snapshot_before(self, document: int, sequence: int) -> Snapshot | None:
        """Return the newest snapshot at or before `sequence`."""
        ...

    async def rows(self, document: int, after: int, through: int) -> Sequence[LogRow]:
        """Return the log's rows with `after` < sequence ≤ `through`, in order."""
        ...

    async def keep_snapshot(self, document: int, snapshot: Snapshot) -> None:
        """Keep a snapshot so that moments after it are quick to read.

        Does nothing if it is there, or in what was dropped or erased. Raises `NotFound`.
        """
        ...

    async def owners(self, document: int) -> Owners:
        """Return who owns which clocks of which Yjs client."""
        ...

    async def stretches(
        self, document: int, *, first: int, last: int, limit: int
    ) -> Sequence[Stretch]:
        """Return the newest `limit` stretches whose end lies in `first` to `last`, newest end first.

        A pause of the author of five minutes ends a stretch; what somebody else brought is apart from
        what the author brought. Counted are all updates of a stretch, also those before `first`. No
        two end at the same sequence: pages whose `last` is the end of the first stretch that did not
        fit in the page before hold each stretch once.
        """
        ...

    # --- versions ---

    async def add_version(
        self,
        document: int,
        *,
        sequence: int,
        kind: VersionKind,
        name: str | None,
        by: Author,
        digest: bytes,
    ) -> Version:
        """Keep a version of the moment `sequence` and return it.

        An automatic one (`name` is None) that would be identical to an existing one is not made:
        the version at the same sequence, or else the newest one at a lower sequence if its digest is
        `digest`, is returned as it is. A name given to a moment that has an automatic version names that
        one. Raises `Conflict` when the moment has another name already, and when it cannot be read any
        more: it was dropped, erased or merged, and neither a version nor a snapshot stands at it.
        """
        ...

    async def versions(self, document: int, *, cursor: str | None, limit: int) -> VersionPage:
        """Return a page of versions, highest sequence first. Raises `InvalidRequest` for a bad cursor."""
        ...

    async def version(self, document: int, key: int) -> Version:
        """Return one version. Raises `NotFound`, also for a version of another document."""
        ...

    async def name_version(self, document: int, key: int, name: str | None) -> Version:
        """Give a version a name, or take it away; return it. Raises `NotFound`."""
        ...

    async def remove_version(self, document: int, key: int) -> None:
        """Take a version off the list. Raises `NotFound`."""
        ...

    # --- retention ---

    async def documents_older_than(self, moment: datetime, *, limit: int) -> Sequence[int]:
        """Return up to `limit` documents with rows from before `moment` that were never merged."""
        ...

    async def unmerged_rows(
        self, document: int, *, before: datetime, limit: int
    ) -> Sequence[LogRow]:
        """Return up to `limit` of the oldest rows from before `before` that are not merged yet, in order.

        Only rows that the document's newest snapshot covers: rooms open from the others. A run
        without gaps that ends at the next version: no merged row may reach over one.
        """
        ...

    async def replace_rows(
        self, document: int, *, first: int, last: int, merged: Sequence[LogRow]
    ) -> None:
        """Put `merged` in the place of all rows with `first` ≤ sequence ≤ `last`, in one transaction.

        Does nothing when rows there were merged or dropped, or a version was kept, meanwhile. A row
        put in its own place counts as merged. Raises `NotFound`.
        """
        ...

    async def documents_with_rows_before(self, moment: datetime, *, limit: int) -> Sequence[int]:
        """Return up to `limit` documents that `drop_rows` would find something in.

        They have a version older than `moment`, and rows up to its sequence.
        """
        ...

    async def newest_version_before(self, document: int, moment: datetime) -> Version | None:
        """Return the version with the highest sequence whose moment is older than `moment`."""
        ...

    async def versions_without_snapshot(
        self, document: int, *, through: int, limit: int
    ) -> Sequence[Version]:
        """Return up to `limit` versions up to sequence `through` whose own state is not stored yet."""
        ...

    async def drop_rows(self, document: int, *, through: int) -> int:
        """Drop the log's rows up to `through`, and what else no version needs; return how many rows.

        Dropped, too, are the snapshots before `through` that are no version's, and of the automatic
        versions before it all but each day's (UTC) last, with their snapshots. The versions that stay
        and the moment `through` itself must have their snapshots by now, else `Conflict` is raised.
        """
        ...

    async def erase(
        self,
        document: int,
        *,
        base: Snapshot,
        rewritten: Sequence[tuple[int, bytes]],
        by: Actor | None = None,
    ) -> None:
        """Erase the history before the moment `base.sequence`, in one transaction.

        `base` becomes the document's first snapshot; rows up to it, and versions and
        snapshots before it are gone for good; rows after it get the update `rewritten` gives them.
        Raises `Conflict`, with nothing changed, when one of those is not there any more.
        """
        ...

"""The history of all documents, as the outer walls use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from collab.history.changes import Changes
from collab.history.comparing import Comparing
from collab.history.moments import LiveDocuments, Moments
from collab.history.ports import HistoryStore
from collab.history.retention import Retention, RetentionPolicy
from collab.history.versions import Versions
from collab.limits import Limits

__all__ = ["History"]


@dataclass(frozen=True, slots=True)
class History:
    """Its rooms, joined."""

    store: HistoryStore
    moments: Moments
    versions: Versions
    comparing: Comparing
    changes: Changes
    retention: Retention

    @classmethod
    def over(
        cls, store: HistoryStore, live: LiveDocuments, limits: Limits, policy: RetentionPolicy
    ) -> Self:
        """Return the history kept in `store`, of documents that live in `live`."""
        moments = Moments(store, live, limits)
        versions = Versions(store, moments)
        return cls(
            store=store,
            moments=moments,
            versions=versions,
            comparing=Comparing(store, moments),
            changes=Changes(store, live, moments, versions),
            retention=Retention(store, live, moments, policy),
        )

    async def close(self) -> None:
        """Finish what restores have left to do. Call it while documents can still be edited."""
        await self.changes.close()
        await self.moments.close()

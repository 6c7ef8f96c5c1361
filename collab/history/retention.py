"""How long history is kept, and how it is forgotten: in small steps, while people go on typing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.roles import Action
from collab.crdt.compaction import beyond
from collab.crdt.state_vector import encode_state_vector
from collab.crdt.update import inspect_update
from collab.errors import CollabError
from collab.history.merging import merged_rows, passages
from collab.history.moments import LiveDocuments, Moments
from collab.history.ports import HistoryStore
from collab.history.records import LogRow

__all__ = ["Retention", "RetentionPolicy"]

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE: Final = 2_000
_VERSIONS_AT_ONCE: Final = 20
_NEWEST: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long detail is kept; None keeps it for ever."""

    keystrokes: timedelta | None = timedelta(days=30)
    """Then what one person typed in one go becomes one moment."""
    stretches: timedelta | None = timedelta(days=365)
    """Then only versions are left: the named ones, and of the automatic ones the last of each day."""


class Retention:
    """Forgets what is old, step by step, and what an owner wants forgotten, at once."""

    def __init__(
        self, store: HistoryStore, live: LiveDocuments, moments: Moments, policy: RetentionPolicy
    ) -> None:
        self._store = store
        self._live = live
        self._moments = moments
        self._policy = policy
        self._failed: set[int] = set()
        # What is being erased must not be merged at the same time.
        self._turn = asyncio.Lock()

    async def step(self, now: datetime) -> bool:
        """Do a bounded piece of what is due at `now`; return whether there may be more.

        Raises `Unavailable`.
        """
        policy = self._policy
        if policy.stretches is not None and await self._drop(now - policy.stretches):
            return True
        if policy.keystrokes is not None and await self._merge(now - policy.keystrokes):
            return True
        self._failed.clear()
        return False

    async def erase(self, grant: Grant, before: str, by: Actor | None = None) -> int:
        """Erase a document's history before a moment for good; return the moment's sequence.

        What had been deleted by then is in no table afterwards, and in nothing that clients get.
        Raises `Forbidden`, `NotFound`, `InvalidRequest`, `Unavailable`.
        """
        grant.require(Action.ERASE_HISTORY)
        async with self._moments.turn(grant.document), self._turn:
            moment = await self._moments.find(grant.document, before)
            key = moment.document.key
            base = await self._moments.snapshot(key, moment.sequence)
            rows = await self._store.rows(key, base.sequence, _NEWEST)
            rewritten = await self._moments.work(_trimmed, rows, base.state)
            # All of this took a while: somebody may have lost the right to it meanwhile.
            (await self._live.confirmed(grant)).require(Action.ERASE_HISTORY)
            await self._store.erase(key, base=base, rewritten=rewritten, by=by)
            self._live.forget_deleted(grant.document)
        return base.sequence

    # --- private ---

    async def _drop(self, horizon: datetime) -> bool:
        """Leave only versions of what is older than `horizon`, in one document."""
        for document in await self._store.documents_with_rows_before(horizon, limit=self._limit()):
            if document not in self._failed:
                await self._tried(document, self._drop_of(document, horizon))
                return True
        return False

    async def _drop_of(self, document: int, horizon: datetime) -> None:
        version = await self._store.newest_version_before(document, horizon)
        if version is None:
            return
        bare = await self._store.versions_without_snapshot(
            document, through=version.sequence, limit=_VERSIONS_AT_ONCE
        )
        for one in bare:
            moment = await self._moments.snapshot(document, one.sequence)
            await self._store.keep_snapshot(document, moment)
        if len(bare) < _VERSIONS_AT_ONCE:
            await self._store.drop_rows(document, through=version.sequence)

    async def _merge(self, horizon: datetime) -> bool:
        """Merge keystrokes older than `horizon`, of one document."""
        for document in await self._store.documents_older_than(horizon, limit=self._limit()):
            if document not in self._failed:
                await self._tried(document, self._merge_of(document, horizon))
                return True
        return False

    async def _merge_of(self, document: int, horizon: datetime) -> None:
        rows = await self._store.unmerged_rows(document, before=horizon, limit=_ROWS_AT_ONCE)
        if not rows:
            # Nothing stands on a snapshot yet: make one, so that the next step finds rows.
            present = await self._moments.snapshot(document, _NEWEST)
            await self._store.keep_snapshot(document, present)
        for passage in passages(rows):
            merged = await self._moments.work(merged_rows, passage)
            await self._store.replace_rows(
                document, first=passage[0].first, last=passage[-1].sequence, merged=merged
            )

    def _limit(self) -> int:
        return len(self._failed) + 1

    async def _tried(self, document: int, work: Coroutine[None, None, None]) -> None:
        """Do `work`; a document it fails with is left alone until the next round."""
        try:
            async with self._turn:
                await work
        except CollabError as error:
            self._failed.add(document)
            _log.warning(
                "history not compacted",
                extra={"action": "compact", "document": document, "reason": str(error)},
            )
        except Exception:  # noqa: BLE001 - one document's trouble must not become the others'
            self._failed.add(document)
            _log.exception(
                "history not compacted", extra={"action": "compact", "document": document}
            )


def _trimmed(rows: Sequence[LogRow], base: bytes) -> list[tuple[int, bytes]]:
    """Return the rows that repeat what `base` holds (and may have deleted), without that."""
    known = {client: end for client, (_, end) in inspect_update(base).clocks.items()}
    vector = encode_state_vector(known)
    trimmed = []
    for row in rows:
        clocks = inspect_update(row.update).clocks
        if any(start < known.get(client, 0) for client, (start, _) in clocks.items()):
            trimmed.append((row.sequence, beyond(row.update, vector)))
    return trimmed

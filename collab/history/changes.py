"""The ways back: restore a moment, or take edits back, as ordinary edits in the live document."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from collab.access.gate import Grant
from collab.access.roles import Action
from collab.crdt.compaction import compact
from collab.crdt.deletions import Deletions
from collab.crdt.undoing import NOTHING_TO_DO
from collab.crdt.update import inspect_update
from collab.errors import CollabError, InvalidRequest
from collab.history.attribution import authors_of
from collab.history.comparing import Comparing, Difference
from collab.history.moments import LiveDocuments, Moment, Moments, in_time
from collab.history.ports import HistoryStore
from collab.history.records import Author, LogRow, Owners, Version, VersionKind
from collab.history.rescuing import rescue_from
from collab.history.restoring import Restoring, is_nothing, work_out
from collab.history.reverting import Chosen, put_back_by, reverting_update
from collab.history.versions import Versions, author_of

__all__ = ["Changes", "Reverted"]

_log = logging.getLogger(__name__)

_NEWEST: Final = 2**62
_CLIENT_IDS: Final = 2**32
"""Yjs draws client ids of 32 bits; y-py keeps no larger ones."""

_LOOKS: Final = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Seconds between looks at what arrives from those who have not heard of a restore yet."""


@dataclass(frozen=True, slots=True)
class Reverted:
    """What a revert did, or would do: `before` and `sequence` are None when it only looked."""

    difference: Difference
    before: Version | None
    sequence: int | None


class Changes:
    """Restores and reverts."""

    def __init__(
        self, store: HistoryStore, live: LiveDocuments, moments: Moments, versions: Versions
    ) -> None:
        self._store = store
        self._live = live
        self._moments = moments
        self._versions = versions
        self._comparing = Comparing(store, moments)
        self._watches: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def close(self) -> None:
        """Look a last time after what people typed during a restore, and stop."""
        self._closing.set()
        await asyncio.gather(*self._watches, return_exceptions=True)

    async def restore(self, grant: Grant, named: str) -> tuple[Version, int]:
        """Make the document say what it said at a moment, by an edit of the grant's person.

        Returns the version made just before and the sequence just after. What others type
        meanwhile merges with it. Raises `Forbidden`, `NotFound`, `InvalidRequest`, `Unavailable`.
        """
        grant.require(Action.RESTORE)
        async with self._moments.turn(grant.document):
            past = await self._moments.find(grant.document, named)
            present = await self._moments.find(grant.document, "now")
            owners = await self._store.owners(present.document.key)
            edit = await self._moments.work(_restoring, past.state, present.state, owners)
            before, sequence = await self._apply(grant, present, edit)
        restored = past.version.id if past.version is not None else str(past.sequence)
        if sequence != present.sequence:
            self._live.tell(grant.document, "versionRestored", version=restored, sequence=sequence)
        return before, sequence

    async def revert(
        self, grant: Grant, *, author: str | None, first: int | None, last: int | None, look: bool
    ) -> Reverted:
        """Take back the edits of `author`, those from `first` to `last`, or both.

        With `look` nothing is changed. Raises `Forbidden`, `NotFound`, `InvalidRequest`,
        `Unavailable`.
        """
        grant.require(Action.RESTORE)
        if author is None and first is None and last is None:
            message = "Say whose edits to take back (author), or which (from, to)."
            raise InvalidRequest(message)
        chosen = Chosen(author, first or 1, last or _NEWEST)
        async with self._moments.turn(grant.document):
            present = await self._moments.find(grant.document, "now")
            if chosen.first > min(chosen.last, present.sequence):
                message = "from must not be later than to, nor than the present."
                raise InvalidRequest(message)
            owners = await self._store.owners(present.document.key)
            edit = await self._take_back(present, chosen, owners)
            after = await self._moments.work(compact, [present.state, edit.update])
            by = author_of(grant)
            known = _with_new(owners, edit, by)
            difference = await self._comparing.foresee(present, after, by, known)
            if look:
                return Reverted(difference, None, None)
            before, sequence = await self._apply(grant, present, edit)
            return Reverted(difference, before, sequence)

    # --- private ---

    async def _take_back(self, present: Moment, chosen: Chosen, owners: Owners) -> Restoring:
        key = present.document.key
        start = await self._moments.snapshot(key, chosen.first - 1)
        rows = await self._store.rows(key, start.sequence, present.sequence)
        return await self._moments.work(
            _reverting, start.state, rows, chosen, owners, present.state
        )

    async def _apply(self, grant: Grant, present: Moment, edit: Restoring) -> tuple[Version, int]:
        """Keep the version before, then make the edit; return that version and the sequence after."""
        # Working it out took a while: somebody may have lost the right to it meanwhile.
        (await self._live.confirmed(grant)).require(Action.RESTORE)
        by = author_of(grant)
        before = await self._versions.keep(present, VersionKind.BEFORE_RESTORE, by)
        self._live.tell(grant.document, "versionCreated", version=before.id)
        if edit.update == NOTHING_TO_DO:
            return before, present.sequence
        async with in_time():
            sequence = await self._live.submit(grant.document, edit.update, grant, edit.inherited)
        watch = asyncio.create_task(self._watch(grant, present, edit.update))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return before, sequence

    async def _watch(self, grant: Grant, present: Moment, update: bytes) -> None:
        """For some seconds, show again what people still type into what has just been taken away."""
        done, seen = Deletions(), present.sequence
        try:
            for pause in _LOOKS:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closing.wait()
                rows = await self._store.rows(present.document.key, present.sequence, _NEWEST)
                if rows and rows[-1].sequence > seen:
                    seen = rows[-1].sequence
                    late = [row.update for row in rows if row.update != update]
                    await self._rescue(grant, present, late, update, done)
                if self._closing.is_set():
                    break
        except CollabError as error:
            _log.warning(
                "what was typed during a restore may not show",
                extra={"action": "rescue", "document": grant.document, "reason": str(error)},
            )

    async def _rescue(
        self, grant: Grant, present: Moment, late: list[bytes], update: bytes, done: Deletions
    ) -> None:
        async with self._moments.turn(grant.document):
            rescue = await self._moments.work(rescue_from, present.state, late, update, done=done)
            if rescue is None:
                return
            owners = await self._store.owners(present.document.key)
            edit = await self._moments.work(_restoring, rescue.shown, rescue.hidden, owners)
            done.add(rescue.typed.ranges())
            async with in_time():
                await self._live.submit(grant.document, edit.update, grant, edit.inherited)


def _with_new(owners: Owners, edit: Restoring, by: Author) -> Owners:
    """Return `owners` as they are once `edit`, made by `by`, is in the log."""
    new: dict[int, list[tuple[int, Author]]] = {}
    for claim in edit.inherited:
        author = Author(claim.author, claim.author_name)
        new.setdefault(claim.client, []).append((claim.first, author))
    for client in inspect_update(edit.update).clocks:
        if client not in owners:
            new.setdefault(client, [(0, by)])
    return {**owners, **new}


def _restoring(past: bytes, present: bytes, owners: Owners) -> Restoring:
    return work_out(past, present, authors_of(owners), secrets.randbelow(_CLIENT_IDS))


def _reverting(
    base: bytes, rows: Sequence[LogRow], chosen: Chosen, owners: Owners, present: bytes
) -> Restoring:
    client, written = secrets.randbelow(_CLIENT_IDS), authors_of(owners)
    update = reverting_update(base, rows, chosen, written, present, client)
    if is_nothing(update, present):
        return Restoring(NOTHING_TO_DO)
    return Restoring(update, put_back_by(base, rows, chosen, written, update, client))

"""Moments: what a document was at a sequence number, and the names people give to one."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary

from collab.access.gate import Grant
from collab.crdt.compaction import compact
from collab.crdt.replica import Engine, EngineFailure
from collab.errors import CollabError, InvalidRequest, NotFound, Overloaded, Unavailable
from collab.history.merging import unbraided
from collab.history.ports import HistoryStore
from collab.history.records import LogRow, Version
from collab.limits import Limits
from collab.room.content import Content
from collab.room.records import Claim, Document, Snapshot

__all__ = ["LiveDocuments", "Moment", "Moments", "in_time"]

_NAMED: Final = re.compile(r"v([0-9]{1,18})")
_NUMBERED: Final = re.compile(r"[0-9]{1,18}")
_EMPTY: Final = b"\x00\x00"
_log = logging.getLogger(__name__)

_MOST_KEPT_AT_ONCE: Final = 4
_MOST_WAITING: Final = 64
"""Readings that wait for a thread."""
_DEADLINE: Final = 30.0
"""Seconds that anything here waits for the database to come back."""
_LONG_TAIL: Final = 4_000
"""Rows after a snapshot beyond which the moment that was read becomes a snapshot itself."""

P = ParamSpec("P")
Result = TypeVar("Result")


class LiveDocuments(Protocol):
    """Documents as they are now, whether people are in them or not."""

    async def present(self, document: str) -> tuple[Document, int]:
        """Return the document, and the sequence of what is committed of it."""
        ...

    async def moment(self, document: str) -> tuple[Document, bytes, int]:
        """Return the document, its whole state, and the committed sequence of exactly that state."""
        ...

    async def confirmed(self, grant: Grant) -> Grant:
        """Return the grant as it is now; asked right before a write.

        Raises `TokenExpired`, `Unauthenticated`, `Forbidden`, `Unavailable`.
        """
        ...

    async def submit(
        self, document: str, update: bytes, grant: Grant, inherited: Sequence[Claim] = ()
    ) -> int:
        """Merge an update through the room's ordinary path; return its sequence after commit.

        What it puts back keeps the authors it `inherited`.
        """
        ...

    def tell(self, document: str, name: str, **fields: object) -> None:
        """Tell everyone in the document's room of an event."""
        ...

    def forget_deleted(self, document: str) -> None:
        """Let go of what was deleted from the document, should it be loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A document as it was (or is) at one sequence number."""

    document: Document
    sequence: int
    state: bytes
    """The whole document as one compacted update."""
    version: Version | None = None
    """The version people asked for, if they asked for one."""


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Raise `Unavailable` if what is inside waits for the database for too long."""
    try:
        async with asyncio.timeout(_DEADLINE):
            yield
    except TimeoutError:
        message = "The database is away; look at the document again when it is back."
        raise Unavailable(message) from None


class Moments:
    """Finds moments and reads them: from the snapshot before, and the log's rows since."""

    def __init__(self, store: HistoryStore, live: LiveDocuments, limits: Limits) -> None:
        self._store = store
        self._live = live
        self._limits = limits
        # Reading a large document takes processor time: two threads at most.
        self._threads = asyncio.Semaphore(2)
        self._waiting = 0
        self._keeping: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def close(self) -> None:
        """Return when nothing is being kept any more."""
        await asyncio.gather(*self._keeping, return_exceptions=True)

    def turn(self, document: str) -> asyncio.Lock:
        """Return the lock of what works out an edit from the present: one at a time per document.

        Two restores that both start from the same present would both put the same words back.
        """
        return self._turns.setdefault(document, asyncio.Lock())

    async def confirmed(self, grant: Grant) -> Grant:
        """Return the grant as it is now; asked right before a write. See `LiveDocuments`."""
        return await self._live.confirmed(grant)

    async def find(self, document: str, named: str) -> Moment:
        """Return the moment `named`: `now`, a version's id, or a sequence number.

        Where keystrokes are not kept any more it is the nearest moment before. Raises
        `InvalidRequest`, `NotFound`, `Unavailable`.
        """
        version_key, number = _NAMED.fullmatch(named), _NUMBERED.fullmatch(named)
        if version_key is None and number is None and named != "now":
            message = "A moment is now, a version's id (v12) or a sequence number."
            raise InvalidRequest(message)
        if named == "now":
            async with in_time():
                record, state, present = await self._live.moment(document)
            return Moment(record, present, await self.work(compact, [state]))
        record, present = await self._live.present(document)
        version = None
        if version_key is not None:
            version = await self._store.version(record.key, int(version_key[1]))
        sequence = int(named) if version is None else version.sequence
        if sequence > present:
            message = f"The document {document} has {present} updates; there is no {sequence} yet."
            raise InvalidRequest(message)
        kept, state = await self._past(record.key, sequence)
        return Moment(record, kept, state, version)

    async def snapshot(self, document: int, sequence: int) -> Snapshot:
        """Return the snapshot of the document with this key at `sequence`, or the moment before.

        With all that a room needs to open from it: also the updates that waited then.
        """
        base, rows, kept = await self._found(document, sequence)
        if base is not None and not rows:
            return base
        return await self.work(_replayed, base, rows, kept, self._limits)

    async def work(
        self, function: Callable[P, Result], /, *args: P.args, **options: P.kwargs
    ) -> Result:
        """Run `function` in a thread, when it is this one's turn, and return what it returns.

        Raises `Overloaded` when too many wait, and `Unavailable` when the engine fails.
        """
        if self._waiting >= _MOST_WAITING:
            message = "Too many ask for documents' history at the moment; try again shortly."
            raise Overloaded(message)
        self._waiting += 1
        try:
            async with self._threads:
                return await asyncio.to_thread(function, *args, **options)
        except EngineFailure as failure:
            message = "This history cannot be read at the moment; nothing was changed."
            raise Unavailable(message) from failure
        finally:
            self._waiting -= 1

    # --- private ---

    async def _past(self, document: int, sequence: int) -> tuple[int, bytes]:
        """Return which moment there is at `sequence` or before it, and the state of that."""
        base, rows, kept = await self._found(document, sequence)
        state = await self.work(_read, base, rows, kept, self._limits)
        if len(rows) > _LONG_TAIL and len(self._keeping) < _MOST_KEPT_AT_ONCE:
            keeping = asyncio.create_task(self._keep(document, base, rows, kept))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)
        return kept, state

    async def _keep(
        self, document: int, base: Snapshot | None, rows: Sequence[LogRow], kept: int
    ) -> None:
        """Keep a moment that took long to read, so that those after it do not."""
        try:
            snapshot = await self.work(_replayed, base, rows, kept, self._limits)
            await self._store.keep_snapshot(document, snapshot)
        except CollabError as error:
            _log.warning("moment not kept", extra={"action": "keep", "reason": str(error)})

    async def _found(
        self, document: int, sequence: int
    ) -> tuple[Snapshot | None, Sequence[LogRow], int]:
        kept = await self._store.moment_at(document, sequence)
        base = await self._store.snapshot_before(document, kept)
        if base is None and await self._store.beginning(document) > 0:
            message = f"What the document was at {sequence} is not kept any more."
            raise NotFound(message)
        after = base.sequence if base is not None else 0
        rows = await self._store.rows(document, after, kept) if kept > after else ()
        return base, rows, kept


def _read(base: Snapshot | None, rows: Sequence[LogRow], sequence: int, limits: Limits) -> bytes:
    """Return the compacted state after `rows`: by the engine at once, or else as the room does it."""
    updates = [] if base is None else [base.state, *base.parked]
    updates += [row.update for row in rows]
    if not updates:
        return _EMPTY
    try:
        return compact(updates)
    except EngineFailure:
        # The room leaves out what was found unfit after it had waited; the engine does not.
        return _replayed(base, rows, sequence, limits).state


def _replayed(
    base: Snapshot | None, rows: Sequence[LogRow], sequence: int, limits: Limits
) -> Snapshot:
    """Return the compacted state after `rows`, merged as the room merged them, and what waits."""
    content = Content.replay(base, unbraided(rows), Engine.PYCRDT, limits)
    state, parked, _ = content.begin_fold()
    sequence = rows[-1].sequence if rows else sequence
    return Snapshot(sequence, compact([state]), parked)

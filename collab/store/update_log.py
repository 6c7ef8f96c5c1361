"""The update log: ordered group commit over all documents, each entry acknowledged after its commit.

Everything queued while one commit is under way goes into the next: the busier, the larger the
groups, so one connection carries them all. While the database is away the queue waits, bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg

from collab.errors import CollabError, NotFound, Overloaded, Unavailable
from collab.limits import Limits
from collab.room.records import Claim, LogEntry
from collab.store.pool import ConnectionTarget, connect
from collab.store.queries import load_queries

if TYPE_CHECKING:
    from collab.store.pool import Connection, ProxiedConnection

__all__ = ["PostgresUpdateLog", "append_seed", "claim_columns"]

_log = logging.getLogger(__name__)

_SQL: Final = load_queries("update_log")
_APPEND: Final = "\n".join((_SQL["append_group"], _SQL["appended_before"]))
_APPEND_WITH_CLAIMS: Final = "\n".join(
    (_SQL["append_group"], _SQL["append_claims"], _SQL["appended_before"])
)
_GROUP_ENTRIES: Final = 2_000
_GROUP_BYTES: Final = 4 * 1024 * 1024
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_ENTRY_OVERHEAD: Final = 256
"""What a waiting entry costs in memory besides its bytes, roughly."""
_BAD_ENTRY: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.InternalServerError,
    ValueError,
)
"""What an entry itself can be guilty of. After anything else (a lock not got, a right taken away, a
full disk) the same entry may well be stored later: it waits."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An entry on its way to the log, recognisable (`id`) should a commit's outcome stay unknown."""

    entry: LogEntry
    id: UUID
    committed: asyncio.Future[int]

    @property
    def cost(self) -> int:
        """What it takes of the queue's bytes."""
        return len(self.entry.update) + _ENTRY_OVERHEAD


class PostgresUpdateLog:
    """The `UpdateLog` port on PostgreSQL: one writer, one connection, one statement per group."""

    def __init__(self, target: ConnectionTarget, limits: Limits) -> None:
        self._target = target
        self._limits = limits
        self._queue: deque[_Waiting] = deque()
        self._queued_bytes = 0
        self._ids = _fresh_ids()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._connection: Connection | None = None
        self._writer: asyncio.Task[None] | None = None
        self._is_closed = False
        self._listeners: list[Callable[[bool], None]] = []
        self.available = True

    # --- the port ---

    def append(self, entry: LogEntry) -> asyncio.Future[int]:
        """Queue `entry`; see `UpdateLog.append`. Raises `Overloaded`, `Unavailable`."""
        if self._is_closed:
            message = "The server is shutting down; reconnect in a moment."
            raise Unavailable(message)
        if not self.has_space(len(entry.update)):
            message = "Too many edits wait for the database; keep yours and send them again."
            raise Overloaded(message)
        waiting = _Waiting(entry, next(self._ids), asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued_bytes += waiting.cost
        self._idle.clear()
        self._wake.set()
        return waiting.committed

    def has_space(self, size: int) -> bool:
        """Return whether an entry of `size` bytes would be queued."""
        limits = self._limits
        return (
            len(self._queue) < limits.log_queue_entries
            and self._queued_bytes + size + _ENTRY_OVERHEAD <= limits.log_queue_bytes
        )

    @property
    def backlog(self) -> tuple[int, int]:
        """How many entries, and how many bytes, wait to be committed."""
        return len(self._queue), self._queued_bytes

    # --- its life ---

    def on_availability(self, listener: Callable[[bool], None]) -> None:
        """Have `listener` called with whether entries are being stored, whenever that changes."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Start the writer."""
        self._writer = asyncio.create_task(self._write_groups())

    async def drained(self) -> None:
        """Return when everything appended so far has been committed or has failed."""
        await self._idle.wait()

    async def close(self, deadline: float) -> None:
        """Write what is queued, for `deadline` seconds at most; then refuse the rest."""
        self._is_closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline):
                await self.drained()
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        if self._connection is not None:
            self._connection.terminate()
        if self._queue:
            _log.error(
                "edits that were not acknowledged could not be stored",
                extra={"action": "close_log", "entries": len(self._queue)},
            )
        message = "The server stopped before this edit was stored; it is still with its author."
        while self._queue:
            _refuse(self._queue.popleft(), Unavailable(message))
        self._queued_bytes = 0
        self._idle.set()

    # --- the writer ---

    async def _write_groups(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                group = self._next_group()
                await self._write(group)
                # Taken off only now: what is being written still counts against the bound.
                for _ in group:
                    self._queued_bytes -= self._queue.popleft().cost
            self._idle.set()

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        size = 0
        for waiting in self._queue:
            size += waiting.cost
            if group and (size > _GROUP_BYTES or len(group) >= _GROUP_ENTRIES):
                break
            group.append(waiting)
        return group

    async def _write(self, group: Sequence[_Waiting], *, is_retry: bool = False) -> None:
        """Write `group` however often the database goes away; a bad entry fails alone.

        With `is_retry` some of it may be in the log already.
        """
        pause = _FIRST_PAUSE
        while True:
            connection = None
            try:
                connection = await self._connected()
                if is_retry:
                    await self._write_missing(connection, group)
                else:
                    await self._append(connection, group)
            except Exception as error:  # noqa: BLE001 - the one writer must outlive any surprise
                if connection is not None and isinstance(error, _BAD_ENTRY):
                    await self._write_apart(group, error, is_retry=is_retry)
                    return
                self._lose_connection(error)
                is_retry = True
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
            else:
                self._set_available(available=True)
                return

    async def _write_missing(self, connection: Connection, group: Sequence[_Waiting]) -> None:
        """Write what of `group` is not there yet: the commit before may have gone through.

        Its documents are locked first, which waits for a backend that is still committing. One that
        has not even begun, and does later, is stopped by the ids, which are unique.
        """
        documents = sorted({waiting.entry.document for waiting in group})
        async with connection.transaction(isolation="read_committed"):
            await connection.fetch(_SQL["lock_documents"], documents)
            ids = [waiting.id for waiting in group]
            rows = await connection.fetch(_SQL["find_entries"], ids)
            there = {row["entry"]: row["sequence"] for row in rows}
            missing = [waiting for waiting in group if waiting.id not in there]
            before = await _insert(connection, missing) if missing else {}
        for waiting in group:
            if waiting.id in there:
                _acknowledge(waiting, there[waiting.id])
        _acknowledge_all(missing, before)

    async def _append(self, connection: Connection, group: Sequence[_Waiting]) -> None:
        _acknowledge_all(group, await _insert(connection, group))

    async def _write_apart(
        self, group: Sequence[_Waiting], error: Exception, *, is_retry: bool
    ) -> None:
        """Halve a group the database refuses, until the entry it refuses stands alone."""
        if len(group) > 1:
            middle = len(group) // 2
            await self._write(group[:middle], is_retry=is_retry)
            await self._write(group[middle:], is_retry=is_retry)
            return
        _log.error(
            "an edit cannot be stored",
            extra={"action": "append", "reason": type(error).__name__},
        )
        message = "The database refuses this edit; undo it and tell the operator."
        _refuse(group[0], CollabError(message))
        self._set_available(available=True)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._target)
        return self._connection

    def _lose_connection(self, error: BaseException) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        if self.available:
            _log.warning(
                "the database is away; edits wait",
                extra={"action": "append", "reason": type(error).__name__},
            )
        self._set_available(available=False)

    def _set_available(self, *, available: bool) -> None:
        if available == self.available:
            return
        self.available = available
        if available:
            _log.info("the database is back; edits are stored", extra={"action": "append"})
        for listener in self._listeners:
            try:
                listener(available)
            except Exception:  # noqa: BLE001 - whoever listens, the writer goes on
                _log.exception("a listener failed", extra={"action": "tell_availability"})


def _fresh_ids() -> Iterator[UUID]:
    """Yield ids no other log ever gives out; they ascend, which is what their index likes best."""
    prefix = os.urandom(8)
    return (UUID(bytes=prefix + number.to_bytes(8, "big")) for number in count())


async def append_seed(connection: ProxiedConnection, document: int, seed: LogEntry) -> None:
    """Append a new document's first update inside the caller's transaction."""
    waiting = _Waiting(seed, UUID(bytes=os.urandom(16)), asyncio.Future())
    await _insert(connection, [waiting], document)


async def _insert(
    connection: Connection | ProxiedConnection,
    group: Sequence[_Waiting],
    document: int | None = None,
) -> dict[int, int]:
    """Append `group` in one statement; return each document's sequence before its first entry."""
    keys = [waiting.entry.document if document is None else document for waiting in group]
    counted: Counter[int] = Counter()
    places = []
    for key in keys:
        counted[key] += 1
        places.append(counted[key])
    entries = [waiting.entry for waiting in group]
    claims = claim_columns(
        (key, claim) for key, entry in zip(keys, entries, strict=True) for claim in entry.claims
    )
    rows = await connection.fetch(
        _APPEND_WITH_CLAIMS if claims else _APPEND,
        list(counted.keys()),
        list(counted.values()),
        keys,
        places,
        [entry.at for entry in entries],
        [entry.author for entry in entries],
        [entry.author_name for entry in entries],
        [entry.carrier for entry in entries],
        ["{" + ",".join(map(str, entry.client_ids)) + "}" for entry in entries],
        [waiting.id for waiting in group],
        [entry.update for entry in entries],
        *claims,
    )
    return {row["key"]: row["before"] for row in rows}


def claim_columns(claims: Iterable[tuple[int, Claim]]) -> Sequence[Sequence[int | str]]:
    """Return `claims`, each with its document's key, as the columns of their table; empty if none."""
    rows = [
        (document, claim.client, claim.first, claim.author, claim.author_name)
        for document, claim in claims
    ]
    return list(zip(*rows, strict=True))


def _acknowledge_all(group: Sequence[_Waiting], before: dict[int, int]) -> None:
    place: Counter[int] = Counter()
    for waiting in group:
        document = waiting.entry.document
        if document not in before:
            _refuse(waiting, NotFound("The document of this edit does not exist any more."))
            continue
        place[document] += 1
        _acknowledge(waiting, before[document] + place[document])


def _acknowledge(waiting: _Waiting, sequence: int) -> None:
    if not waiting.committed.done():
        waiting.committed.set_result(sequence)


def _refuse(waiting: _Waiting, error: CollabError) -> None:
    if not waiting.committed.done():
        waiting.committed.set_exception(error)

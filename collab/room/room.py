"""A room: makes what its still core decides happen, in order, on the event loop.

Every call that changes the document is synchronous, so the loop itself is the room's one ordered
path: no await stands between an update's arrival and its merge. Only loading, committing and
snapshotting await, and none of them is waited for by the people in the room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from collab.access.gate import Grant
from collab.crdt.compaction import compact
from collab.crdt.state_vector import decode_state_vector
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import CollabError, Overloaded, UpdateTooLarge
from collab.limits import Limits
from collab.room.content import Content
from collab.room.core import Effect, Joined, RoomCore, Visitor
from collab.room.inbox import Committed, Inbox, Judge, Letter
from collab.room.ownership import Attributed
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.room.records import Claim, LogEntry, Snapshot, StoredDocument

__all__ = ["Committed", "Judge", "Room"]

_log = logging.getLogger(__name__)

_INSPECTED_AT_ONCE: Final = 256 * 1024
"""Larger updates are checked in a thread (some 5 ms of work at this size)."""
_LOST: Final = "The server could not store this update; reload the document and try again."


class Room:
    """A loaded document and the people in it. One per document and process."""

    def __init__(
        self,
        stored: StoredDocument,
        content: Content,
        walls: Walls,
        limits: Limits,
        policy: RoomPolicy,
    ) -> None:
        self.document = stored.document
        self.sequence = stored.document.sequence
        self._core = RoomCore(stored.document.id, content, limits, stored.claims)
        self._walls = walls
        self._limits = limits
        self._policy = policy
        self._loop = asyncio.get_running_loop()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._pending: asyncio.Future[int] | None = None
        self._unsaved_updates = 0
        self._unsaved_bytes = 0
        self._snapshot_task: asyncio.Task[None] | None = None
        self._snapshot_wanted = False
        self._version_due = self._loop.time() + policy.version_every
        self._versioned = stored.versioned
        self._inbox = Inbox(limits, walls.counts)

    # --- people ---

    def join(self, visitor: Visitor, state_vector: bytes | None, awareness: bytes | None) -> Joined:
        """Let a connection in and return what it lacks. See `RoomCore.join` for what is raised."""
        vector = decode_state_vector(state_vector) if state_vector else {}
        joined = self._core.join(visitor, vector, awareness, self._loop.time())
        self._perform(joined.effects)
        self._schedule_flush()
        return joined

    def leave(self, connection: str) -> None:
        """Take a connection out; persists a snapshot when it is time (see `RoomPolicy`)."""
        self._perform(self._core.leave(connection, self._loop.time()))
        policy = self._policy
        is_much = (
            self._unsaved_updates >= policy.snapshot_after_updates
            or self._unsaved_bytes >= policy.snapshot_after_bytes
        )
        is_over = not self._core.connections and self.sequence > self._versioned
        if is_over or (self._unsaved_updates and (is_much or not self._core.connections)):
            self.persist()

    def expel(self, connection: str, reason: CollabError) -> None:
        """Put a connection out, telling it why: its door ends what it had. See `RoomCore.expel`."""
        self._perform(self._core.expel(connection, reason, self._loop.time()))

    def visitor(self, connection: str) -> Visitor:
        """Return the visitor behind a connection. Raises `NotJoined`."""
        return self._core.visitor(connection)

    def visitors(self) -> Sequence[Visitor]:
        """Return everyone in the room, one entry per connection."""
        return self._core.visitors()

    def presence_of(self, connection: str) -> list[tuple[int, str]]:
        """Return (client id, awareness state as JSON) of what `connection` shows."""
        return self._core.presence_of(connection)

    def hear(self, connection: str, awareness: bytes) -> None:
        """Relay an awareness update. Raises `NotJoined`, `InvalidUpdate`."""
        self._core.hear(connection, awareness)
        self._schedule_flush()

    def regrant(self, connection: str, grant: Grant) -> None:
        """Let a connection go on with another grant. See `RoomCore.regrant`."""
        self._perform(self._core.regrant(connection, grant))
        self._inbox.regrant(connection, grant)

    def reconsider(self, judge: Judge) -> None:
        """Have `judge` say anew what everyone may do, those included whose updates still wait.

        It is in force when this returns: who may do more or less is told so, who may do nothing
        any more is put out.
        """
        self._inbox.reconsider(judge)
        for visitor in self._core.visitors():
            verdict = judge(visitor.grant)
            if isinstance(verdict, CollabError):
                self.expel(visitor.connection, verdict)
            elif verdict is not visitor.grant:
                self.regrant(visitor.connection, verdict)

    def answered(self, connection: str) -> None:
        """Take note that a connection answered a sync. See `Presence.answered`."""
        self._core.answered(connection)

    def presence(self) -> bytes:
        """Return one awareness update with everybody present."""
        return self._core.presence()

    def relay(self, connection: str, name: str, **fields: object) -> None:
        """Tell everyone but `connection` of an event from it. Raises `NotJoined`."""
        self._perform(self._core.relay(connection, name, **fields))

    def announce(self, name: str, **fields: object) -> None:
        """Tell everyone in the room of an event."""
        self._perform(self._core.flush(self._loop.time()))
        self._perform(self._core.announce(name, **fields))

    # --- content ---

    def sync(self, connection: str, state_vector: bytes) -> tuple[bytes, bytes]:
        """Return what a holder of `state_vector` lacks, and the server's own state vector."""
        self._core.visitor(connection)
        content = self._core.content
        return content.lacking(decode_state_vector(state_vector)), content.encoded_state_vector()

    def submit(self, connection: str, update: bytes, committed: Committed) -> None:
        """Receive an update from a connection in the room; see `receive`."""
        self.receive(self._core.visitor(connection).grant, connection, update, committed)

    def receive(
        self,
        grant: Grant,
        sender: str | None,
        update: bytes,
        committed: Committed,
        inherited: Sequence[Claim] = (),
    ) -> None:
        """Check, merge and append `update`, and tell the others; `committed` is called after commit.

        What the server puts back keeps the authors it `inherited`.

        A refusal changes nothing: it is raised as `CollabError`, or given to `committed` when a large
        update is being checked and others have to wait behind it.
        """
        counts = self._walls.counts
        counts.updates_received += 1
        counts.update_bytes += len(update)
        try:
            self._receive(Letter(grant, sender, update, committed, inherited))
        except CollabError as error:
            counts.updates_refused[error.code.value] += 1
            raise

    def _receive(self, letter: Letter) -> None:
        update, most = letter.update, self._limits.document_bytes
        if len(update) > most:
            message = f"This update has {len(update)} bytes; one update may have {most}."
            raise UpdateTooLarge(message)
        if self._inbox.is_empty and len(update) <= _INSPECTED_AT_ONCE:
            self._take_in(letter, inspect_update(update, value_depth=self._limits.value_depth))
        else:
            self._inbox.put(letter, self._take_in)

    def whole(self) -> bytes:
        """Return the whole document as one update."""
        return self._core.content.whole()

    async def moment(self) -> tuple[bytes, int]:
        """Return the whole document as it is, and its sequence once all of it is committed.

        Raises `CollabError` when what was received last could not be stored.
        """
        state, pending, sequence = self.whole(), self._pending, self.sequence
        return state, sequence if pending is None else await asyncio.shield(pending)

    def forget_deleted(self) -> None:
        """Let go of deleted content: neither memory nor any answer holds it from now on."""
        self._core.content.forget_deleted()

    def encoded_state_vector(self) -> bytes:
        """Return the document's state vector as clients exchange it."""
        return self._core.content.encoded_state_vector()

    # --- rest ---

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody is here and nothing waits to be written: the room may be forgotten."""
        return (
            not self._core.connections
            and self._pending is None
            and self._inbox.is_empty
            and self._snapshot_task is None
            and self._unsaved_updates == 0
        )

    def persist(self) -> None:
        """Start writing a snapshot, or have the one being written followed by another."""
        self._snapshot_wanted = True
        if self._snapshot_task is None:
            self._snapshot_task = self._loop.create_task(self._write_snapshots())

    async def settle(self) -> None:
        """Tell what is gathered, wait until all is committed, and write a last snapshot if needed."""
        await self._inbox.read()
        self._perform(self._core.flush(self._loop.time()))
        if self._pending is not None:
            await asyncio.wait([self._pending])
        if self._unsaved_updates:
            self.persist()
        if self._snapshot_task is not None:
            await self._snapshot_task

    # --- private ---

    def _take_in(self, letter: Letter, info: UpdateInfo) -> None:
        if not self._walls.log.has_space(len(letter.update)):
            # Asked before merging: what is merged must be appended.
            message = (
                "The database is away and the waiting room is full; keep your edits, try later."
            )
            raise Overloaded(message)
        reception = self._core.receive(
            letter.grant, letter.sender, letter.update, info, letter.inherited
        )
        if reception.appended is not None:
            self._append(reception.appended, reception.update, tuple(info.clocks))
        self._answer(letter.committed)
        self._perform(reception.effects)
        self._schedule_flush()

    def _append(self, by: Attributed, update: bytes, clients: tuple[int, ...]) -> None:
        entry = LogEntry(
            document=self.document.key,
            update=update,
            author=by.author,
            author_name=by.author_name,
            client_ids=clients,
            at=datetime.now(UTC),
            carrier=by.carrier,
            claims=by.claims,
        )
        self._pending = self._walls.log.append(entry)
        self._pending.add_done_callback(partial(self._on_commit, self._loop.time()))
        self._unsaved_updates += 1
        self._unsaved_bytes += len(update)
        is_much = self._unsaved_updates >= self._policy.snapshot_always_after_updates
        if is_much or self._loop.time() >= self._version_due:
            self.persist()

    def _on_commit(self, appended: float, commit: asyncio.Future[int]) -> None:
        if commit is self._pending:
            self._pending = None
        counts = self._walls.counts
        if commit.cancelled():
            return
        failure = commit.exception()
        if failure is None:
            self.sequence = max(self.sequence, commit.result())
            counts.updates_committed += 1
            counts.commit_seconds.observe(self._loop.time() - appended)
        else:
            code = failure.code if isinstance(failure, CollabError) else CollabError.code
            counts.updates_refused[code.value] += 1

    def _answer(self, committed: Committed) -> None:
        """Have `committed` called once everything received so far is durable."""
        if self._pending is None:
            committed(self.sequence)
            return

        def answer(commit: asyncio.Future[int]) -> None:
            failure = None if commit.cancelled() else commit.exception()
            if commit.cancelled() or failure is not None:
                refused = failure if isinstance(failure, CollabError) else CollabError(_LOST)
                committed(refused)
            else:
                committed(commit.result())

        self._pending.add_done_callback(answer)

    def _perform(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._walls.outlet.deliver(effect.connections, effect.event)

    def _schedule_flush(self) -> None:
        if self._flush_timer is not None:
            return
        due = self._core.flush_at(self._loop.time())
        if due is not None:
            self._flush_timer = self._loop.call_at(due, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        self._perform(self._core.flush(self._loop.time()))

    async def _write_snapshots(self) -> None:
        """Write snapshots until none is wanted; while the database is away, keep trying."""
        try:
            while self._snapshot_wanted:
                # Cleared before the await: a wish made meanwhile is not lost.
                self._snapshot_wanted = False
                updates, size = self._unsaved_updates, self._unsaved_bytes
                try:
                    await self._write_snapshot()
                except CollabError as error:
                    _log.warning(
                        "snapshot not written", extra={"action": "snapshot", "reason": str(error)}
                    )
                    self._snapshot_wanted = True
                    await asyncio.sleep(self._policy.snapshot_retry)
                else:
                    self._unsaved_updates -= updates
                    self._unsaved_bytes -= size
        finally:
            self._snapshot_task = None

    async def _write_snapshot(self) -> None:
        content = self._core.content
        state, parked, mark = content.begin_fold()
        pending, sequence = self._pending, self.sequence
        compacted = await asyncio.to_thread(compact, [state])
        content.end_fold(compacted, mark)
        if pending is not None:
            # The snapshot may hold only what the log holds: wait for the last update in it.
            sequence = max(sequence, await asyncio.shield(pending))
        snapshot = Snapshot(sequence=sequence, state=compacted, parked=parked)
        await self._walls.documents.save_snapshot(self.document.key, snapshot)
        self._walls.counts.snapshots += 1
        await self._keep_version(snapshot)

    async def _keep_version(self, moment: Snapshot) -> None:
        """Have a version kept if the last person has left, or people have written for long."""
        is_over = not self._core.connections
        is_due = is_over or self._loop.time() >= self._version_due
        if not is_due or moment.sequence == self._versioned:
            return
        self._version_due = self._loop.time() + self._policy.version_every
        self._versioned = moment.sequence
        try:
            kept = await self._walls.chronicle.note(self.document, moment, is_over=is_over)
        except CollabError as error:
            # The moment can be read all the same: the log has it.
            _log.warning("version not kept", extra={"action": "version", "reason": str(error)})
        else:
            if kept is not None:
                self.announce("versionCreated", version=kept)

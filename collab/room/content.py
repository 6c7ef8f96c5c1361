"""What a document says while people live in it: the replica, and the bytes a newcomer is given.

Beside the replica it keeps `base` (the whole document as one update, compacted now and then) and the
short `tail` of updates since. Together they answer newcomers without asking the engine, make
snapshots, and rebuild the replica should its engine fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Final

from collab.crdt.compaction import compact, merge
from collab.crdt.deletions import Deletions
from collab.crdt.parking import Parking
from collab.crdt.replica import Engine, EngineFailure, open_replica, refuse_unsupported
from collab.crdt.state_vector import encode_state_vector
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import DocumentTooLarge, InvalidUpdate, UnsupportedContent
from collab.limits import Limits
from collab.room.records import Snapshot, StoredDocument

__all__ = ["Content", "Merged"]

EMPTY_UPDATE: Final = b"\x00\x00"
_TAIL_BYTES: Final = 256 * 1024
_YPY_CLIENT_ID: Final = 2**32 - 1
"""The largest client id y-py keeps whole; a document with a larger one is merged by pycrdt."""


class Merged(Enum):
    """What became of an update that was not merged."""

    KNOWN = "known"
    PARKED = "parked"


class Content:
    """The merged content of one document. Not thread-safe; used by one `RoomCore`."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._replica = open_replica(engine)
        self._deletions = Deletions()
        self._parking = Parking(max_updates=limits.parked_updates, max_bytes=limits.parked_bytes)
        self._parked_by: dict[bytes, str] = {}
        self._base = EMPTY_UPDATE
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._folded = 0
        self._size = 0

    @classmethod
    def load(cls, stored: StoredDocument, engine: Engine, limits: Limits) -> Content:
        """Return the content of a stored document. Raises as `replay` does."""
        tail = (update for _, update in stored.tail)
        return cls.replay(stored.snapshot, tail, engine, limits)

    @classmethod
    def replay(
        cls, snapshot: Snapshot | None, tail: Iterable[bytes], engine: Engine, limits: Limits
    ) -> Content:
        """Return the content of a snapshot, then the log's updates since, in order.

        Raises `InvalidUpdate` when a stored row is not a well-formed update.
        """
        content = cls(engine, limits)
        if snapshot is not None:
            info = inspect_update(snapshot.state, value_depth=limits.value_depth)
            content._merge(snapshot.state, info)
            content._base, content._tail, content._tail_bytes = snapshot.state, [], 0
            content._size = len(snapshot.state)
        parked = snapshot.parked if snapshot is not None else ()
        for update in (*parked, *tail):
            info = inspect_update(update, value_depth=limits.value_depth)
            content.receive(update, info, None)
        return content

    def receive(
        self, update: bytes, info: UpdateInfo, sender: str | None
    ) -> Merged | list[tuple[bytes, str | None]]:
        """Merge `update` and whatever was parked for want of it; return these with their senders.

        Returns `KNOWN` when it holds nothing new, `PARKED` when it waits for what it depends on.
        Raises `UnsupportedContent`, `DocumentTooLarge`, `InvalidUpdate`,
        `Conflict`; nothing has changed then.
        """
        if not self.would_change(info):
            return Merged.KNOWN
        vector = self._replica.state_vector()
        refuse_unsupported(self._engine, info)
        self._check_size(update)
        if not info.is_ready(vector):
            if not self._parking.park(update, info):
                return Merged.KNOWN
            if sender is not None:
                self._parked_by[update] = sender
            return Merged.PARKED
        merged: list[tuple[bytes, str | None]] = [(self._merge(update, info), sender)]
        while len(self._parking):
            released = self._parking.release(self._replica.state_vector())
            if not released:
                break
            for waiting, waiting_info in released:
                author = self._parked_by.pop(waiting, None)
                # One that turns out unfit now is in the log, and stays out of the document.
                with suppress(InvalidUpdate, UnsupportedContent):
                    merged.append((self._merge(waiting, waiting_info), author))
        return merged

    def would_change(self, info: UpdateInfo) -> bool:
        """Return whether the update `info` tells of holds anything new."""
        return info.is_news(self._replica.state_vector(), self._deletions)

    def state_vector(self) -> Mapping[int, int]:
        """Return the next expected clock of every client."""
        return self._replica.state_vector()

    def encoded_state_vector(self) -> bytes:
        """Return the state vector as clients exchange it."""
        return encode_state_vector(self._replica.state_vector())

    def lacking(self, state_vector: Mapping[int, int]) -> bytes:
        """Return one update with what a holder of `state_vector` lacks.

        A newcomer (empty vector) gets prepared bytes, from which deleted text is already gone.
        """
        return self._diff(state_vector) if state_vector else self.whole()

    def whole(self) -> bytes:
        """Return the whole document as one update; kept until the next edit."""
        if self._tail:
            self._rebase(merge([self._base, *self._tail]))
        return self._base

    def forget_deleted(self) -> None:
        """Make the replica anew from the compacted content. Raises `EngineFailure`."""
        self._rebase(compact([self._diff({})]))
        self._size = len(self._base)
        self._rebuild()

    # --- snapshots ---

    def begin_fold(self) -> tuple[bytes, tuple[bytes, ...], int]:
        """Return the whole state to be compacted, the parked updates, and a mark for `end_fold`."""
        return self._diff({}), tuple(self._parking.items()), self._folded + len(self._tail)

    def end_fold(self, compacted: bytes, mark: int) -> None:
        """Make `compacted`, made of the state at `mark`, the base; edits since stay in the tail."""
        if mark < self._folded:
            return
        self._tail = self._tail[mark - self._folded :]
        self._folded = mark
        self._tail_bytes = sum(map(len, self._tail))
        self._base = compacted
        self._size = len(compacted) + self._tail_bytes

    # --- private ---

    def _merge(self, update: bytes, info: UpdateInfo) -> bytes:
        """Apply `update`; return what to tell the others of it."""
        if self._replica.engine is Engine.YPY and max(info.clocks, default=0) > _YPY_CLIENT_ID:
            # y-py would cut the id to 32 bits and with it the update off from its author.
            self._engine = Engine.PYCRDT
            self._rebuild()
        before = self._replica.state_vector()
        overlaps = any(start < before.get(client, 0) for client, (start, _) in info.clocks.items())
        known = dict(before) if overlaps else None
        try:
            self._replica.apply(update, info)
        except EngineFailure as failure:
            self._rebuild()
            message = (
                "The merge engine cannot apply this update; reload the document and try again."
            )
            raise InvalidUpdate(message) from failure
        if known is not None:
            # It repeats clocks we know. Should it tell them differently, only our word counts.
            update = self._diff(known)
        self._deletions.add(info.deletions)
        self._tail.append(update)
        self._tail_bytes += len(update)
        self._size += len(update)
        # Doubling keeps the cost of compaction linear in what was written.
        if self._tail_bytes > max(_TAIL_BYTES, len(self._base)):
            self._rebase(self._compacted())
        return update

    def _diff(self, state_vector: Mapping[int, int]) -> bytes:
        try:
            return self._replica.diff(state_vector)
        except EngineFailure:
            self._rebuild()
            return self._replica.diff(state_vector)

    def _compacted(self) -> bytes:
        """Return the whole state, compacted; as it is if that fails (deleted text stays in it)."""
        state = self._diff({})
        try:
            return compact([state])
        except EngineFailure:
            return state

    def _rebase(self, base: bytes) -> None:
        self._folded += len(self._tail)
        self._base, self._tail, self._tail_bytes = base, [], 0

    def _rebuild(self) -> None:
        """Make a new replica of the same content: a failed engine's is not to be trusted."""
        updates: Sequence[bytes] = (self._base, *self._tail)
        depth = self._limits.value_depth
        self._replica = open_replica(
            self._engine, [(u, inspect_update(u, value_depth=depth)) for u in updates]
        )

    def _check_size(self, update: bytes) -> None:
        cap = self._limits.document_bytes
        if self._size + len(update) <= cap:
            return
        # The running size counts raw updates, many times what they compact to: look before refusing.
        if self._tail:
            self._rebase(self._compacted())
            self._size = len(self._base)
        if self._size + len(update) > cap:
            message = f"The document has reached {cap} bytes, the most this server keeps."
            raise DocumentTooLarge(message)

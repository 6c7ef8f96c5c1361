"""The y-py adapter (Yrs 0.12). The only module that imports `y_py`.

Documents never collect garbage: y-py's collector corrupts them (measured: 148 of 150 sessions);
`compaction` collects through pycrdt instead. Everything is called inside `except BaseException`,
because a Rust panic is not an `Exception`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from y_py import YDoc, apply_update, encode_state_as_update

from collab.crdt.clocks import Clocks
from collab.crdt.collected import Collected
from collab.crdt.replica import Engine, EngineFailure
from collab.crdt.state_vector import encode_state_vector
from collab.crdt.update import UpdateInfo

__all__ = ["YpyReplica"]

_LARGEST_CLIENT: Final = 2**32 - 1


class YpyReplica:
    """A `Replica` merged by y-py."""

    __slots__ = ("_clocks", "_collected", "_document")

    def __init__(self) -> None:
        self._document = YDoc(skip_gc=True)
        self._clocks = Clocks()
        self._collected = Collected()

    @property
    def engine(self) -> Engine:
        """Which engine merges here."""
        return Engine.YPY

    def apply(self, update: bytes, info: UpdateInfo) -> None:
        """Merge `update`; see `Replica.apply`."""
        self._clocks.refuse_cut(info)
        if info.clocks and max(info.clocks) > _LARGEST_CLIENT:
            message = "y-py cuts client ids to 32 bits"
            raise EngineFailure(message)
        known = self._collected.translate(update, info)
        try:
            apply_update(self._document, known)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as failure:
            message = "y-py could not apply an update"
            raise EngineFailure(message) from failure
        self._clocks.advance(info)

    def state_vector(self) -> Mapping[int, int]:
        """Return a live view of the next expected clock of every client seen."""
        return self._clocks.view

    def diff(self, state_vector: Mapping[int, int]) -> bytes:
        """Return what a holder of `state_vector` lacks. Raises `EngineFailure`."""
        vector = encode_state_vector(self._clocks.known(state_vector))
        try:
            encoded: bytes = encode_state_as_update(self._document, vector)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as failure:
            message = "y-py could not encode its document"
            raise EngineFailure(message) from failure
        return encoded

    def state(self) -> bytes:
        """Return the whole document as one update. Raises `EngineFailure`."""
        return self.diff({})

"""The pycrdt adapter (a maintained Yrs): the engine where y-py has no wheel, selectable elsewhere.

Everything is called inside `except BaseException`, because a Rust panic is not an `Exception`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycrdt import Doc

from collab.crdt.clocks import Clocks
from collab.crdt.replica import Engine, EngineFailure
from collab.crdt.state_vector import encode_state_vector
from collab.crdt.update import UpdateInfo

__all__ = ["YrsReplica"]


class YrsReplica:
    """A `Replica` merged by pycrdt."""

    __slots__ = ("_clocks", "_document")

    def __init__(self) -> None:
        self._document: Doc[Any] = Doc()
        self._clocks = Clocks()

    @property
    def engine(self) -> Engine:
        """Which engine merges here."""
        return Engine.PYCRDT

    def apply(self, update: bytes, info: UpdateInfo) -> None:
        """Merge `update`; see `Replica.apply`."""
        self._clocks.refuse_cut(info)
        try:
            self._document.apply_update(update)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as failure:
            message = "pycrdt could not apply an update"
            raise EngineFailure(message) from failure
        self._clocks.advance(info)

    def state_vector(self) -> Mapping[int, int]:
        """Return a live view of the next expected clock of every client seen."""
        return self._clocks.view

    def diff(self, state_vector: Mapping[int, int]) -> bytes:
        """Return what a holder of `state_vector` lacks. Raises `EngineFailure`."""
        vector = encode_state_vector(self._clocks.known(state_vector))
        try:
            return self._document.get_update(vector)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as failure:
            message = "pycrdt could not encode its document"
            raise EngineFailure(message) from failure

    def state(self) -> bytes:
        """Return the whole document as one update. Raises `EngineFailure`."""
        return self.diff({})

"""A replica: one in-memory copy of a document that merges updates, whatever engine does the merging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

from collab.crdt.update import UpdateInfo
from collab.errors import UnsupportedContent

__all__ = [
    "Engine",
    "EngineFailure",
    "Replica",
    "default_engine",
    "open_replica",
    "refuse_unsupported",
]


class Engine(StrEnum):
    """The merge engines the server can run on."""

    YPY = "y-py"
    PYCRDT = "pycrdt"


class EngineFailure(Exception):
    """The engine refused or panicked: this replica must be thrown away and rebuilt."""


class Replica(Protocol):
    """One copy of a document. Not thread-safe: use it on the thread that opened it."""

    @property
    def engine(self) -> Engine:
        """Which engine merges here."""
        ...

    def apply(self, update: bytes, info: UpdateInfo) -> None:
        """Merge `update`, which `inspect_update` passed as `info` and which has nothing missing.

        Raises `EngineFailure` when the engine fails (also on panics, which are `BaseException`s),
        and `UnsupportedContent` before anything has changed when the update would cut a surrogate
        pair in two, which engines and browsers do differently.
        """
        ...

    def state_vector(self) -> Mapping[int, int]:
        """Return a live, read-only view of the next expected clock of every client seen (cheap)."""
        ...

    def diff(self, state_vector: Mapping[int, int]) -> bytes:
        """Return the v1 update holding what a holder of `state_vector` lacks, deletions included."""
        ...

    def state(self) -> bytes:
        """Return the whole document as one v1 update (`diff` of nothing)."""
        ...


def default_engine() -> Engine:
    """Return y-py where it is installed, else pycrdt."""
    return Engine.PYCRDT if find_spec("y_py") is None else Engine.YPY


def open_replica(engine: Engine, updates: Iterable[tuple[bytes, UpdateInfo]] = ()) -> Replica:
    """Return a replica of `engine` holding `updates`, applied in order. Raises `EngineFailure`."""
    replica: Replica
    if engine is Engine.YPY:
        # y-py has no wheel for CPython 3.13 and later, so it is imported only when asked for.
        from collab.crdt.ypy import YpyReplica

        replica = YpyReplica()
    else:
        from collab.crdt.yrs import YrsReplica

        replica = YrsReplica()
    for update, info in updates:
        replica.apply(update, info)
    return replica


def refuse_unsupported(engine: Engine, info: UpdateInfo) -> None:
    """Raise `UnsupportedContent` when `engine` cannot keep what the update holds.

    Call it before `Replica.apply`: y-py crashes the process on sub-documents.
    """
    if engine is Engine.YPY and info.has_subdocuments:
        message = (
            "This server's merge engine cannot keep sub-documents;"
            " run it with the pycrdt engine or store a reference instead."
        )
        raise UnsupportedContent(message)

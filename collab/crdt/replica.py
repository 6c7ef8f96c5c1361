"""A replica: one in-memory copy of a document that merges updates, whatever engine does the merging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from collab.crdt.update import UpdateInfo

__all__ = ["Engine", "EngineFailure", "Replica", "default_engine", "open_replica"]


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

        Raises `EngineFailure` when the engine fails (also on panics, which are `BaseException`s).
        """
        ...

    def state_vector(self) -> Mapping[int, int]:
        """Return the next expected clock of every client seen (cheap: kept, not encoded anew)."""
        ...

    def diff(self, state_vector: Mapping[int, int]) -> bytes:
        """Return the v1 update holding what a holder of `state_vector` lacks, deletions included."""
        ...

    def state(self) -> bytes:
        """Return the whole document as one v1 update (`diff` of nothing)."""
        ...


def default_engine() -> Engine:
    """Return y-py where it is installed, else pycrdt."""
    raise NotImplementedError


def open_replica(engine: Engine, updates: Iterable[tuple[bytes, UpdateInfo]] = ()) -> Replica:
    """Return a replica of `engine` holding `updates`, applied in order. Raises `EngineFailure`."""
    raise NotImplementedError

"""What every reader of other servers' stores gives, and how it says that a store cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from collab.errors import CollabError

__all__ = ["Foreign", "Kind", "Source", "UnreadableStore", "empty", "reason_of", "too_large"]


class Kind(StrEnum):
    """The stores that can be read; the values are what `--from` takes."""

    Y_LEVELDB = "y-leveldb"
    HOCUSPOCUS = "hocuspocus-sqlite"
    PYCRDT = "pycrdt-sqlite"
    YPY = "ypy-sqlite"
    YSTORE_FILE = "ystore-file"
    YJS = "yjs"


class UnreadableStore(CollabError):
    """A store, or one document in it, cannot be read; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """One document of a foreign store."""

    name: str
    """What the other server calls it; not always what may be an id here."""
    updates: tuple[bytes, ...] = ()
    """Its stored Yjs updates, oldest first; not checked yet."""
    damage: str = ""
    """Why it could not be read, as one sentence; empty if it could."""


@dataclass(frozen=True, slots=True)
class Source:
    """A store that was recognised; `documents` reads as it is iterated and may raise `UnreadableStore`."""

    kind: Kind
    path: Path
    documents: Iterator[Foreign]
    left_out: tuple[tuple[Path, str], ...] = ()
    """What of a directory is not taken, each with a sentence that says why."""


def empty(what: str) -> str:
    """Return the sentence for `what`, which should be an update and has no bytes."""
    return f"{what} is empty; an empty document is an update of two zero bytes."


def reason_of(error: OSError) -> str:
    """Return what the system says of `error`, without its number."""
    return error.strerror or type(error).__name__


def too_large(size: int, limit: int) -> str:
    """Return the sentence for one stored update of `size` bytes that is larger than `limit`."""
    return (
        f"It holds an update of {size} bytes, more than the {limit} this server keeps of a document;"
        " raise COLLAB_DOCUMENT_BYTES."
    )

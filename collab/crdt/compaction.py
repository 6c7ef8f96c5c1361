"""Making many updates one: `compact` through a document with gc, `merge` without a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pycrdt import Doc, get_update, merge_updates

from collab.crdt.replica import EngineFailure

__all__ = ["beyond", "compact", "joined", "merge"]

_EMPTY: Final = b"\x00\x00"
_GROUP: Final = 32


def compact(updates: Sequence[bytes]) -> bytes:
    """Return the document that `updates` (inspected, in order, without gaps) make, as one update.

    Deleted content is gone from it; only that it was there remains. Runs on any thread: the
    document it uses lives no longer than the call. Raises `EngineFailure`.
    """
    try:
        document: Doc[Any] = Doc()
        for update in updates:
            document.apply_update(update)
        return document.get_update()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not compact a document"
        raise EngineFailure(message) from failure


def joined(updates: Sequence[bytes]) -> bytes:
    """Return the document that `updates` make, as `compact` does, with all that was deleted in it.

    Raises `EngineFailure`.
    """
    try:
        document: Doc[Any] = Doc(skip_gc=True)
        for update in updates:
            document.apply_update(update)
        return document.get_update()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not join updates"
        raise EngineFailure(message) from failure


def merge(updates: Sequence[bytes]) -> bytes:
    """Return `updates` (inspected, in order) as one update, without building the document.

    Text typed piece by piece stays in pieces; only `compact` joins them. Raises `EngineFailure`.
    """
    if len(updates) < 2:
        return updates[0] if updates else _EMPTY
    first, rest = updates[0], list(updates[1:])
    try:
        # pycrdt compares every update with every other: in small groups the cost stays linear.
        while len(rest) > _GROUP:
            rest = [merge_updates(*rest[i : i + _GROUP]) for i in range(0, len(rest), _GROUP)]
        return merge_updates(first, *rest)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not merge updates"
        raise EngineFailure(message) from failure


def beyond(update: bytes, state_vector: bytes) -> bytes:
    """Return what of `update` (inspected) a holder of `state_vector` lacks, and all its deletions.

    Raises `EngineFailure`.
    """
    try:
        return get_update(update, state_vector)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not trim an update"
        raise EngineFailure(message) from failure

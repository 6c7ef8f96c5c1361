"""The edits that undo other edits, made by an undo manager on documents nobody is in.

A past is never put back by replacing bytes, which doubles content: what happened since is undone,
and the undoing is an update like any other, which merges with whatever people type meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pycrdt import Array, Doc, Map, Text, UndoManager, XmlFragment

from collab.crdt.replica import EngineFailure
from collab.crdt.roots import root_kinds
from collab.crdt.update import RootKind

__all__ = ["NOTHING_TO_DO", "restoring_update", "undoing_update"]

NOTHING_TO_DO: Final = b"\x00\x00"
"""The update that changes nothing."""

_UNDONE: Final = "undone"
_KEPT: Final = "kept"
_TYPES: Final[Mapping[RootKind, Any]] = {
    RootKind.TEXT: Text,
    RootKind.MAP: Map,
    RootKind.ARRAY: Array,
    RootKind.XML: XmlFragment,
}


def restoring_update(past: bytes, present: bytes, *, client_id: int) -> bytes:
    """Return the update that makes a document at state `present` say what it said at `past`.

    Both are whole states of one document, `past` with all it showed then. `client_id` becomes the
    author of what is put back. What already says the same keeps its identity. Returns
    `NOTHING_TO_DO` when nothing differs. Raises `EngineFailure`. Runs on any thread.
    """
    roots = (root_kinds(past), root_kinds(present))
    try:
        now: Doc[Any] = Doc()
        now.apply_update(present)
        since = now.get_update(_vector_of(past))
        document: Doc[Any] = Doc(client_id=client_id)
        document.apply_update(past)
        undo = _undo_manager(document, *roots)
        with document.transaction(origin=_UNDONE):
            document.apply_update(since)
        return _undone(document, undo, now)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not work out a restore"
        raise EngineFailure(message) from failure


def undoing_update(
    base: bytes, edits: Iterable[tuple[bytes, bool]], present: bytes, raw: bytes, *, client_id: int
) -> bytes:
    """Return the update that takes back those of `edits` that are marked, and leaves the others.

    `edits` are all updates from the state `base` to the state `present`, in order; `raw` is
    `present` with all that was deleted on the way. What others put into something that is taken back
    goes with it: see `collab.history.reverting`. `client_id` becomes the author of what is put
    back. Raises `EngineFailure`. Runs on any thread.
    """
    roots = (root_kinds(base), root_kinds(raw))
    try:
        now: Doc[Any] = Doc()
        now.apply_update(present)
        document: Doc[Any] = Doc(client_id=client_id)
        document.apply_update(base)
        undo = _undo_manager(document, *roots)
        for update, is_taken_back in edits:
            with document.transaction(origin=_UNDONE if is_taken_back else _KEPT):
                document.apply_update(update)
        return _undone(document, undo, now)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not work out what to take back"
        raise EngineFailure(message) from failure


def _undo_manager(document: Doc[Any], *known: Mapping[str, RootKind]) -> UndoManager:
    """Return a manager that undoes everything of the origin `_UNDONE` at once."""
    kinds = {name: kind for roots in known for name, kind in roots.items() if kind in _TYPES}
    scopes = [document.get(name, type=_TYPES[kind]) for name, kind in kinds.items()]
    # One step for all: with a clock that stands still every change is part of the same one.
    undo = UndoManager(scopes=scopes, capture_timeout_millis=1, timestamp=lambda: 0)
    undo.include_origin(_UNDONE)
    return undo


def _undone(document: Doc[Any], undo: UndoManager, now: Doc[Any]) -> bytes:
    """Undo all, and return what that adds to the document `now`."""
    known = document.get_state()
    while undo.can_undo():
        undo.undo()
    if document.get_state() == known and document.get_update() == now.get_update():
        return NOTHING_TO_DO
    return document.get_update(now.get_state())


def _vector_of(state: bytes) -> bytes:
    document: Doc[Any] = Doc()
    document.apply_update(state)
    return document.get_state()

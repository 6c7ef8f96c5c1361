"""Parting updates that cannot be applied whole: what can be taken in now, and what has to wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pycrdt import Doc

from collab.crdt.clocks import Clocks
from collab.crdt.compaction import beyond
from collab.crdt.replica import EngineFailure
from collab.crdt.state_vector import encode_state_vector
from collab.crdt.update import UpdateInfo, inspect_update

__all__ = ["part"]


def part(
    applied: Sequence[bytes], stuck: Sequence[tuple[bytes, UpdateInfo]]
) -> tuple[bytes, list[bytes]]:
    """Return what of `stuck` goes on top of `applied`, as one update, and what is left of each.

    A server that stores whole documents stores what waits in them in the same update: without this
    the whole document would wait. Raises `EngineFailure`, and `UnsupportedContent` for an update
    that cuts a surrogate pair in two.
    """
    clocks = Clocks()
    for info in (*map(inspect_update, applied), *(info for _, info in stuck)):
        clocks.refuse_cut(info)
        clocks.advance(info)
    try:
        document: Doc[Any] = Doc(skip_gc=True)
        for update in applied:
            document.apply_update(update)
        before = document.get_state()
        for update, _ in stuck:
            document.apply_update(update)
        gained, reached = document.get_update(before), document.get_state()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not part updates"
        raise EngineFailure(message) from failure
    nothing = encode_state_vector({}) + b"\x00"
    left = (beyond(update, reached) for update, _ in stuck)
    return gained, [update for update in left if update != nothing]

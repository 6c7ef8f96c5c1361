"""The structural check of a Yjs v1 update: nothing reaches an engine that did not pass here.

An update is: the number of clients; per client its number of structs, its id, the clock of the
first struct, and the structs; then the delete set. A struct is an info byte (low five bits the
kind of content, 0x80 has an origin, 0x40 has a right origin, 0x20 sits under a key), what those
bits announce, and the content. Source: https://github.com/yjs/yjs (utils/encoding.js, structs/).
"""

from __future__ import annotations

from collab.crdt.inspection import Inspection
from collab.crdt.keystroke import inspect_keystroke
from collab.crdt.update_info import RootKind, UpdateInfo

__all__ = ["RootKind", "UpdateInfo", "inspect_update"]


def inspect_update(update: bytes, *, value_depth: int = 64) -> UpdateInfo:
    """Return what `update` holds.

    Raises `InvalidUpdate` for anything malformed or out of bounds, `UnsupportedContent` for the
    little that browsers can write and the engines cannot keep (BigInts). Values may nest
    `value_depth` deep. Time and memory are linear in the size of `update`.
    """
    return inspect_keystroke(update) or Inspection(update, value_depth).run()

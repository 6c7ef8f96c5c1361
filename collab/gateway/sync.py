"""The y-protocols messages that y-websocket and Hocuspocus put into their frames, as bytes.

Source: https://github.com/yjs/y-protocols (sync.js): a sub-type, then a state vector or an update
with its length in front.
"""

from __future__ import annotations

from typing import Final

from collab.crdt.lib0 import read_bytes, read_var_uint, write_bytes, write_var_uint
from collab.errors import InvalidUpdate

__all__ = ["STEP_1", "STEP_2", "UPDATE", "expect_end", "read_sync", "write_sync"]

STEP_1: Final = 0
"""A state vector: send me what I lack."""
STEP_2: Final = 1
"""What was lacking, as one update."""
UPDATE: Final = 2


def read_sync(message: bytes, position: int) -> tuple[int, bytes]:
    """Return the sub-type and the payload of the sync message at `position`, the last one there.

    Raises `InvalidUpdate` for anything cut off, unknown or too long.
    """
    kind, position = read_var_uint(message, position)
    if kind not in (STEP_1, STEP_2, UPDATE):
        text = f"There is no sync message of type {kind}; send a step 1, a step 2 or an update."
        raise InvalidUpdate(text)
    payload, position = read_bytes(message, position)
    expect_end(message, position)
    return kind, payload


def write_sync(kind: int, payload: bytes) -> bytes:
    """Return a sync message."""
    return write_var_uint(kind) + write_bytes(payload)


def expect_end(message: bytes, position: int) -> None:
    """Raise `InvalidUpdate` if there are bytes at `position`."""
    if position != len(message):
        text = "The message has bytes after its end; send one message a frame."
        raise InvalidUpdate(text)

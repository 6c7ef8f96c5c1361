"""How far a reader on a WebSocket may fall behind: one rule for every door."""

from __future__ import annotations

import asyncio

__all__ = ["FrameWriter"]


class FrameWriter:
    """Writes ready-made frames to one client's connection, in the order of the calls.

    A reader may fall behind by `budget` bytes, not counting the largest frame under way (a join
    answer may be larger than that). Beyond, it is to be dropped: it reconnects and asks for what it
    lacks, while a queue would only grow.
    """

    __slots__ = ("_budget", "_largest", "_transport")

    def __init__(self, transport: asyncio.Transport, budget: int) -> None:
        self._transport = transport
        self._budget = budget
        self._largest = 0

    def write(self, frames: bytes) -> bool:
        """Write `frames`; return False, having written nothing, if the reader is too far behind."""
        size, unsent = len(frames), self._transport.get_write_buffer_size()
        if size > self._largest or not unsent:
            self._largest = size
        if unsent + size > self._budget + self._largest:
            return False
        if not self._transport.is_closing():
            self._transport.write(frames)
        return True

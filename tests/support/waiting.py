"""Waiting for a condition instead of a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["eventually"]


async def eventually(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Return as soon as `condition()` is true; raise `AssertionError` if it never is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = 0.0
    while not condition():
        if loop.time() > deadline:
            message = f"still not true after {seconds} s"
            raise AssertionError(message)
        await asyncio.sleep(pause)
        pause = min(0.02, pause + 0.0005)

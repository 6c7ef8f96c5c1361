"""Waiting for a condition instead of a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["eventually", "eventually_asked"]


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


async def eventually_asked(
    question: Callable[[], Awaitable[object]], *, seconds: float = 20.0
) -> None:
    """Return as soon as `await question()` is true; raise `TimeoutError` if it never is."""
    async with asyncio.timeout(seconds):
        while not await question():  # noqa: ASYNC110 - there is no event: the answer is elsewhere
            await asyncio.sleep(0.01)

"""Node programs that play people: one order in, JSON lines out."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from tests.support.node import PEER, node_path

__all__ = ["Program", "run_program"]

_LINE_LIMIT = 64 * 1024 * 1024


class Program:
    """A running Node program: `say` commands, read what it says line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, name: str, order: dict[str, Any]) -> Self:
        """Start `web/packages/peer/src/<name>` with `order`."""
        process = await asyncio.create_subprocess_exec(
            *(node_path(), str(PEER / name)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        program = cls(process)
        program.say(json.dumps(order))
        return program

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def say(self, line: str) -> None:
        """Send one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what it says until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            yield json.loads(line)

    async def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read lines until one meets `condition`; return it."""
        async for line in self.lines():
            if condition(line):
                return line
        message = "the program ended before it said what was expected"
        raise AssertionError(message)

    async def close(self) -> None:
        """End the program if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def run_program(name: str, order: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """Run a program that answers its order with one JSON object; return that."""
    program = await Program.start(name, order)
    assert program._process.stdin is not None
    program._process.stdin.close()
    try:
        async with asyncio.timeout(seconds):
            return await program.until(lambda _: True)
    finally:
        await program.close()

"""A real collab server as a child process, started, killed and started again."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.support.forks import ROOT, Forked

__all__ = ["ROOT", "RunningServer", "free_port"]

_READY: Final = "collab is ready: "


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningServer:
    """`collab serve` with fixed arguments: `start` it, `kill` it, `start` it again."""

    def __init__(
        self, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments
        self._log = log
        self._environment = dict(environment or {})
        self._process: Forked | None = None

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """Return everything the server wrote to its log so far."""
        return self._log.read_text()

    async def start(self) -> None:
        """Start the server and return once it accepts connections."""
        arguments = ("serve", "--port", str(self.port), *self._arguments)
        with self._log.open("ab") as log:
            self._process = await Forked.start(arguments, self._environment, log)
        async with asyncio.timeout(60):
            line = (await self._process.stdout.readline()).decode()
        assert line == f"{_READY}{self.url}\n", f"{line!r}, log: {self.log()[-3000:]}"

    async def kill(self) -> None:
        """Kill -9: no chance to write anything."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask the server to stop (SIGTERM) and return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(60):
            return await process.wait()

    async def ensure_ended(self) -> None:
        """Kill the server if it still runs; for the end of a test."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

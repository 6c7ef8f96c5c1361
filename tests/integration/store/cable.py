"""A cable between us and PostgreSQL that can be cut at an exact moment: before or after a commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import rmtree
from typing import Final
from urllib.parse import parse_qs, urlsplit

from collab.store.pool import ConnectionTarget
from tests.support.postgres import open_folder

__all__ = ["Cable", "cable_to"]

_SOCKET: Final = ".s.PGSQL.5432"
_EXECUTE: Final = b"E\x00\x00\x00"
"""How the message that executes a prepared statement begins."""
_COMMITTED: Final = b"Z\x00\x00\x00\x05I"
"""ReadyForQuery outside of any transaction: what ran before it is committed."""


class Cable:
    """Forwards both ways until a cut is due; each cut ends the connection it falls on."""

    def __init__(self, target: ConnectionTarget, server: Path, folder: Path) -> None:
        self.target = ConnectionTarget(
            f"postgresql://postgres@{urlsplit(target.url).path}?host={folder}"
        )
        self.cuts_before_commit = 0
        """How many of the next statements never reach the server."""
        self.cuts_after_commit = 0
        """How many of the next answers to a commit never reach us."""
        self.connections = 0
        self.statements = 0
        """How many statements were passed on to the server."""
        self._server = server
        self._lines: set[asyncio.Task[None]] = set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; for `asyncio.start_unix_server`."""
        self.connections += 1
        there_reader, there_writer = await asyncio.open_unix_connection(str(self._server / _SOCKET))
        ends = (writer, there_writer)
        for line in (self._ask(reader, there_writer), self._answer(there_reader, writer)):
            task = asyncio.create_task(_until_either_end_closes(line, ends))
            self._lines.add(task)
            task.add_done_callback(self._lines.discard)

    async def _ask(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if self.cuts_before_commit and _EXECUTE in data:
                    self.cuts_before_commit -= 1
                    return
                server.write(data)
                self.statements += _EXECUTE in data

    async def _answer(self, server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await server.read(1 << 16):
                done = b"SELECT" in data or b"COMMIT" in data
                if self.cuts_after_commit and done and data.endswith(_COMMITTED):
                    self.cuts_after_commit -= 1
                    return
                writer.write(data)

    async def unplug(self) -> None:
        """End every connection."""
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)


async def _until_either_end_closes(
    line: Awaitable[None], ends: Iterable[asyncio.StreamWriter]
) -> None:
    try:
        await line
    finally:
        for end in ends:
            end.close()


@asynccontextmanager
async def cable_to(target: ConnectionTarget) -> AsyncIterator[Cable]:
    """Lay a cable to the server of `target`, which listens on a Unix socket."""
    folder = open_folder()
    server = Path(parse_qs(urlsplit(target.url).query)["host"][0])
    cable = Cable(target, server, folder)
    listening = await asyncio.start_unix_server(cable.carry, str(folder / _SOCKET))
    try:
        yield cable
    finally:
        listening.close()
        await cable.unplug()
        rmtree(folder, ignore_errors=True)

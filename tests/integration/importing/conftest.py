"""A Yjs that writes and reads stores, and a house to import into."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from collab.store.pool import ConnectionTarget
from tests.support.forks import run_collab
from tests.support.node import PEER, NodeChild
from tests.support.server import RunningServer
from tests.support.traces import TRACES

__all__ = ["CONTENT", "House", "Outcome", "Stores"]

CONTENT: Final = {
    "alpha": {"trace": str(TRACES["friendsforever"]), "transactions": 700, "note": "first"},
    "beta/two": {"trace": str(TRACES["friendsforever"]), "transactions": 40, "note": "second"},
}
"""What the real servers are given to store; the second name cannot be an id here."""


class Outcome:
    """What became of a run of `collab import`."""

    def __init__(self, code: int, out: str, error: str) -> None:
        self.code = code
        self.lines = out.splitlines()
        self.complaints = error.splitlines()
        assert "Traceback" not in error, error


class Stores:
    """A Node with the real servers and Yjs."""

    def __init__(self, child: NodeChild) -> None:
        self._child = child

    async def ask(self, do: str, **request: object) -> Any:
        """Have `web/packages/peer/src/stores.mjs` do something; see there."""
        return await asyncio.to_thread(self._child.ask, {"do": do, **request})


class House:
    """A database of its own: import into it, then look at what a server on it says."""

    def __init__(
        self,
        database: ConnectionTarget,
        make_server: Callable[..., Awaitable[RunningServer]],
        stores: Stores,
    ) -> None:
        self.database = database
        self._make_server = make_server
        self._stores = stores

    async def take_in(self, *arguments: object, **environment: str) -> Outcome:
        """Run `collab import` on this house's database, or on what `arguments` say."""
        words = [str(argument) for argument in arguments]
        if not {"--data-dir", "--database-url"} & set(words):
            words += ["--database-url", self.database.url]
        return Outcome(*await run_collab("import", *words, **environment))

    async def serve(self) -> RunningServer:
        """Start a server on the database."""
        return await self._make_server()

    async def delete(self, server: RunningServer, document: str) -> None:
        """Delete a document of a running server."""
        async with aiohttp.ClientSession() as session:
            address = f"{server.url}/api/v1/documents/{document}"
            async with session.delete(address) as got:
                assert got.status == 200

    async def says(self, *documents: str) -> list[str | None]:
        """Return what a real client shows of each document; None for one that is not there."""
        server = await self._make_server()
        try:
            async with aiohttp.ClientSession() as session:
                return [await self._shown(server, session, document) for document in documents]
        finally:
            await server.stop()

    async def asks(self, *paths: str) -> list[Any]:
        """Return the JSON that a server on the database answers to `paths` below `/api/v1`."""
        server = await self._make_server()
        try:
            async with aiohttp.ClientSession() as session:
                answers = []
                for path in paths:
                    async with session.get(f"{server.url}/api/v1{path}") as got:
                        answers.append(await got.json(content_type=None))
                return answers
        finally:
            await server.stop()

    async def _shown(
        self, server: RunningServer, session: aiohttp.ClientSession, document: str
    ) -> str | None:
        async with session.get(f"{server.url}/api/v1/documents/{document}/state") as got:
            if got.status == 404:
                return None
            state = await got.read()
        said: str = await self._stores.ask("shown", updates=[encoded(state)])
        return said


def encoded(data: bytes) -> str:
    """Return `data` as the Node program takes it."""
    return base64.b64encode(data).decode()


@pytest.fixture
def stores() -> Iterator[Stores]:
    """Start a Node of its own: the servers in it can be had once a process."""
    with NodeChild(PEER / "stores.mjs") as child:
        yield Stores(child)


@pytest.fixture
def house(
    database: ConnectionTarget,
    make_server: Callable[..., Awaitable[RunningServer]],
    stores: Stores,
) -> House:
    """Give an empty, migrated database to import into."""
    return House(database, make_server, stores)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return where a store may be written."""
    return tmp_path / "store"

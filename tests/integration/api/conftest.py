"""One HTTP client on a fresh server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.support.server import RunningServer


@dataclass(slots=True)
class Answer:
    """What the server said."""

    status: int
    media_type: str
    body: bytes
    json: Any


@dataclass(slots=True)
class Http:
    """Asks the API of one server."""

    server: RunningServer
    session: aiohttp.ClientSession

    async def __call__(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request to `path` below `/api/v1`, or anywhere if it starts with two slashes."""
        address = path[1:] if path.startswith("//") else f"/api/v1{path}"
        async with self.session.request(method, f"{self.server.url}{address}", **options) as got:
            body = await got.read()
            told = await got.json(content_type=None) if "json" in got.content_type else None
            return Answer(got.status, got.content_type, body, told)

    async def refused(self, method: str, path: str, **options: Any) -> str:
        """Send a request that must be refused; return the code of the problem."""
        answer = await self(method, path, **options)
        assert 400 <= answer.status < 500, (method, path, options, answer)
        assert answer.media_type == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert answer.json["title"]
        assert answer.json["detail"].endswith(".")
        code: str = answer.json["code"]
        return code


@pytest.fixture
async def http(make_server: Callable[..., Awaitable[RunningServer]]) -> AsyncIterator[Http]:
    """Start a server and an HTTP client."""
    server = await make_server()
    async with aiohttp.ClientSession() as session:
        yield Http(server, session)
    assert "Traceback" not in server.log()

"""Requests whose body takes its time: what counts is who may ask once all of it is there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collab.api.requests import has_whole_body
from collab.store.pool import ConnectionTarget
from tests.integration.api.sharing import Shared
from tests.integration.api.test_api_keys import ask, make_key
from tests.support.forks import run_collab
from tests.support.raw import RawConnection
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token
from tests.support.waiting import eventually_asked

MakeServer = Callable[..., Awaitable[RunningServer]]

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shared(make_server: MakeServer) -> AsyncIterator[Shared]:
    """Start a server that asks for tokens, with ann's document."""
    server = await make_server(COLLAB_JWT_SECRET=SECRET)
    async with Shared.on(server) as shared:
        yield shared
    assert "Traceback" not in server.log()


class Late:
    """A request of which all but the last byte has been sent."""

    def __init__(self, raw: RawConnection, last: bytes) -> None:
        self._raw = raw
        self._last = last

    @classmethod
    async def begin(cls, port: int, request: str, headers: Mapping[str, str], said: object) -> Late:
        """Send the head and the body but its last byte; return once the server waits for that."""
        body = json.dumps(said).encode() if not isinstance(said, bytes) else said
        kind = "application/octet-stream" if isinstance(said, bytes) else "application/json"
        method, path = request.split(" ")
        lines = [
            f"{method} /api/v1{path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Expect: 100-continue",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        raw = await RawConnection.open(port)
        raw.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        # The server says this when it begins with the request.
        told = await raw.reader.readuntil(b"\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 100 "), told
        raw.writer.write(body[:-1])
        await raw.writer.drain()
        return cls(raw, body[-1:])

    async def end(self) -> tuple[int, str]:
        """Send the last byte; return the status and the code of the refusal."""
        self._raw.writer.write(self._last)
        status, told = await self._raw.response()
        self._raw.reset()
        return status, json.loads(told).get("code", told)


DEEDS = [
    ("PATCH /documents/notes", "editor", {"title": "taken over"}),
    ("POST /documents/notes/versions", "editor", {"name": "mine"}),
    ("POST /documents/notes/revert", "editor", {"author": "ann", "preview": False}),
    ("POST /documents/notes/updates", "editor", b"\0\0"),
    ("POST /documents/notes/history/erase", "owner", {"before": "now"}),
    ("PUT /documents/notes/members/mallory", "owner", {"role": "owner"}),
    ("POST /documents/notes/links", "owner", {"role": "editor"}),
    ("POST /documents/notes/transfer", "owner", {"to": "mallory"}),
]


@pytest.mark.parametrize(("request_line", "role", "said"), DEEDS)
async def test_a_member_who_is_none_any_more(
    shared: Shared, request_line: str, role: str, said: object
) -> None:
    """Whose role went while the body came is refused; nothing was changed."""
    await shared.let_in("ben", role)
    headers = {"Authorization": f"Bearer {token('ben', {})}"}
    late = await Late.begin(shared.http.server.port, request_line, headers, said)
    await shared.done("ann", "DELETE", "/members/ben")
    assert await late.end() == (403, "forbidden")
    assert await shared.members() == {"ann": "owner"}
    assert (await shared.done("ann", "GET"))["title"] == ""
    assert (await shared.done("ann", "GET", "/links"))["links"] == []
    assert (await shared.done("ann", "GET", "/versions"))["versions"] == []
    entries = (await shared.done("ann", "GET", "/audit"))["entries"]
    assert {entry["actor"] for entry in entries} == {"ann"}


async def test_a_role_that_is_lower_now(shared: Shared) -> None:
    """Who was an owner when the request came, and is an editor when it counts, gives no role away."""
    await shared.let_in("ben", "owner")
    headers = {"Authorization": f"Bearer {token('ben', {})}"}
    line = "PUT /documents/notes/members/mallory"
    late = await Late.begin(shared.http.server.port, line, headers, {"role": "owner"})
    await shared.let_in("ben", "editor")
    assert await late.end() == (403, "forbidden")


@pytest.mark.parametrize(("request_line", "said"), [(line, said) for line, _, said in DEEDS])
async def test_a_token_that_has_ended(shared: Shared, request_line: str, said: object) -> None:
    """A token counts until its end, not until the end of the request that it began."""
    short = {"Authorization": f"Bearer {token('carl', {'notes': 'owner'}, seconds=3)}"}
    late = await Late.begin(shared.http.server.port, request_line, short, said)

    async def has_ended() -> bool:
        answer = await shared.http("GET", "/documents/notes", headers=short)
        return answer.status == 401

    await eventually_asked(has_ended)
    assert await late.end() == (401, "token_expired")
    assert await shared.members() == {"ann": "owner"}


async def test_a_link_that_was_revoked(shared: Shared) -> None:
    """A guest with a link that was revoked while the body came renames nothing."""
    link = await shared.link()
    late = await Late.begin(
        shared.http.server.port,
        "PATCH /documents/notes",
        {"Collab-Link": link["secret"]},
        {"title": "x"},
    )
    await shared.done("ann", "DELETE", f"/links/{link['id']}")
    assert await late.end() == (401, "unauthenticated")


async def test_a_link_that_has_expired(shared: Shared) -> None:
    """The same when it came to its end."""
    ends = datetime.now(UTC) + timedelta(seconds=2)
    link = {"Collab-Link": (await shared.link(expiresAt=ends.isoformat()))["secret"]}
    late = await Late.begin(shared.http.server.port, "PATCH /documents/notes", link, {"title": "x"})

    async def has_ended() -> bool:
        return (await shared.http("GET", "/documents/notes", headers=link)).status == 401

    await eventually_asked(has_ended)
    assert await late.end() == (401, "unauthenticated")


async def test_a_key_that_was_revoked(shared: Shared, database: ConnectionTarget) -> None:
    """It neither renames nor signs, although it was good when the request came."""
    key, port = await make_key(database), shared.http.server.port
    headers = {"Authorization": f"Bearer {key}"}
    said = {"sub": "root", "roles": {"*": "owner"}}
    lates = [
        await Late.begin(port, "POST /tokens", headers, said),
        await Late.begin(port, "PATCH /documents/notes", headers, {"title": "x"}),
        await Late.begin(port, "POST /documents", headers, {"id": "more"}),
    ]
    assert (await ask(shared.http.server, key, "GET", "/documents/notes")).status == 200
    assert (await run_collab("key", "revoke", key[7:19], DATABASE_URL=database.url))[0] == 0
    for late in lates:
        assert await late.end() == (401, "unauthenticated")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nothing"}])
async def test_a_stranger_s_body_is_not_waited_for(
    shared: Shared, headers: Mapping[str, str]
) -> None:
    """Who proves nothing is refused before their body has come."""
    async with asyncio.timeout(10):
        raw = await RawConnection.open(shared.http.server.port)
        lines = [
            "POST /api/v1/documents HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            "Content-Length: 50",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        raw.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n{")
        status, told = await raw.response()
    assert (status, json.loads(told)["code"]) == (401, "unauthenticated")
    raw.reset()


async def test_a_body_in_no_hurry() -> None:
    """A body that does not come in time is not waited for; one that does is there to be read."""

    async def told(request: web.Request) -> web.Response:
        is_whole = await has_whole_body(request, seconds=0.5)
        return web.Response(text=(await request.text()) if is_whole else "too slow")

    app = web.Application()
    app.router.add_post("/", told)
    async with TestServer(app) as server, asyncio.timeout(10):
        assert server.port is not None
        raw = await RawConnection.open(server.port)
        raw.writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhell")
        assert await raw.response() == (200, "too slow")
        raw.reset()
        async with (
            aiohttp.ClientSession() as session,
            session.post(server.make_url("/"), data=b"hello") as answer,
        ):
            assert await answer.text() == "hello"

"""What each door says to who is over a limit; and that nothing is done for them first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import socketio

from collab.crdt.lib0 import write_string
from tests.support.guest import Guest, guests
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token
from tests.support.waiting import eventually, eventually_asked

pytestmark = pytest.mark.timeout(180)

MakeServer = Callable[..., Awaitable[RunningServer]]

DOORS = {
    "socket.io": "/socket.io/?EIO=4&transport=websocket",
    "polling": "/socket.io/?EIO=4&transport=polling",
    "y-websocket": "/yjs/notes",
    "hocuspocus": "/hocuspocus",
}
"""An address of each door where a connection begins; y-socket.io begins like Socket.IO."""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def knock(
    http: aiohttp.ClientSession, server: RunningServer, door: str, **headers: str
) -> aiohttp.ClientResponse:
    """Ask for a connection as a browser does, and return the answer, which must be a refusal."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if door != "polling":
        named |= {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
    return await http.get(server.url + DOORS[door], headers=named)


async def refused(response: aiohttp.ClientResponse, status: int, code: str) -> None:
    """Check that an answer is a problem that says when to come back."""
    async with response:
        assert response.status == status
        assert response.content_type == "application/problem+json"
        assert int(response.headers["Retry-After"]) >= 1
        told = await response.json(content_type=None)
        assert told["code"] == code
        assert told["detail"].endswith(".")


async def metric(http: aiohttp.ClientSession, server: RunningServer, sample: str) -> float:
    """Return the value of one sample of the server's metrics."""
    async with http.get(f"{server.url}/metrics") as response:
        for line in (await response.text()).splitlines():
            if line.startswith(f"{sample} "):
                return float(line.removeprefix(sample))
    message = f"there is no {sample}"
    raise AssertionError(message)


class TestConnections:
    async def test_an_address_has_only_so_many(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Over all doors together; refused before the handshake, and let in once one has left."""
        server = await make_server(COLLAB_CONNECTIONS_PER_ADDRESS="3")
        held = [
            await http.ws_connect(server.url + DOORS[door])
            for door in ("socket.io", "y-websocket", "hocuspocus")
        ]
        for door in DOORS:
            await refused(await knock(http, server, door), 429, "rate_limited")
        hits = 'collab_limit_hits_total{limit="connections_per_address"}'
        assert await metric(http, server, hits) == len(DOORS)
        await held.pop().close()

        async def is_let_in() -> bool:
            async with await knock(http, server, "polling") as response:
                return response.status == 200

        await eventually_asked(is_let_in)
        for socket in held:
            await socket.close()

    async def test_the_house_holds_only_so_many(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Whoever they are: 503, come back later."""
        server = await make_server(COLLAB_CONNECTIONS="1")
        async with http.ws_connect(server.url + DOORS["y-websocket"]):
            for door in DOORS:
                await refused(await knock(http, server, door), 503, "overloaded")
        assert await metric(http, server, 'collab_limit_hits_total{limit="connections"}') == 4

    async def test_clients_of_a_trusted_proxy_are_told_apart(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """By what the proxy says, at every door."""
        server = await make_server(
            COLLAB_CONNECTIONS_PER_ADDRESS="1", COLLAB_TRUSTED_PROXIES="127.0.0.0/8"
        )
        held = []  # a socket nobody holds is closed
        for number, door in enumerate(DOORS):
            mine, other = f"203.0.113.{number}", f"198.51.100.{number}"
            if door == "polling":
                async with await knock(http, server, door, X_Forwarded_For=mine) as response:
                    assert response.status == 200
            else:
                url, headers = server.url + DOORS[door], {"X-Forwarded-For": mine}
                held.append(await http.ws_connect(url, headers=headers))
            answer = await knock(http, server, door, X_Forwarded_For=mine)
            await refused(answer, 429, "rate_limited")
            answer = await knock(http, server, door, X_Forwarded_For=f"{other}, {mine}")
            await refused(answer, 429, "rate_limited")
            # What such a proxy does not write, it passes on as a client made it up.
            answer = await knock(
                http, server, door, X_Forwarded_For=mine, Forwarded="for=192.0.2.1"
            )
            await refused(answer, 429, "rate_limited")
            async with await knock(http, server, door, X_Forwarded_For=other) as response:
                assert response.status in {101, 200}
        for socket in held:
            await socket.close()

    async def test_nobody_else_is_believed(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Another address in a header is no way around the limit; the log says what to set."""
        server = await make_server(COLLAB_CONNECTIONS_PER_ADDRESS="1")
        async with http.ws_connect(server.url + DOORS["hocuspocus"]):
            for door in DOORS:
                answer = await knock(
                    http, server, door, X_Forwarded_For="203.0.113.1", Forwarded="for=203.0.113.2"
                )
                await refused(answer, 429, "rate_limited")
        assert server.log().count("COLLAB_TRUSTED_PROXIES") == 1


class TestUsers:
    async def test_a_user_has_only_so_many(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """The next one is put off in the words of each door; another user is let in."""
        server = await make_server(COLLAB_JWT_SECRET=SECRET, COLLAB_CONNECTIONS_PER_USER="1")
        ann, ben = (token(name, {"*": "editor"}) for name in ("ann", "ben"))
        first = await Guest.connect(server.url, auth={"token": ann})
        assert await _connect_error(server, ann) == "rate_limited"
        assert await _put_off_by_y_socketio(http, server, ann)
        assert await _close_code_of_y_websocket(http, server, ann) == 1013
        assert await _close_code_of_hocuspocus(http, server, ann) == 1013
        other = await Guest.connect(server.url, auth={"token": ben})
        await other.close()
        await first.close()

        async def is_let_in() -> bool:
            again = socketio.AsyncClient(reconnection=False)
            try:
                await again.connect(server.url, auth={"token": ann}, transports=["websocket"])
            except socketio.exceptions.ConnectionError:
                return False
            await again.disconnect()
            return True

        await eventually_asked(is_let_in)

    async def test_joins(self, make_server: MakeServer, http: aiohttp.ClientSession) -> None:
        """Too many documents at once: a refusal with its code, and later all is well."""
        server = await make_server(COLLAB_JOIN_BURST="2", COLLAB_JOINS_PER_SECOND="1")
        async with guests(server.url, "ann") as (ann,):
            answers = [
                await ann.ask("joinDocument", {"document": f"d{number}"}) for number in range(3)
            ]
            assert [answer["ok"] for answer in answers] == [True, True, False]
            assert answers[2]["error"]["code"] == "rate_limited"

            async def is_let_in() -> bool:
                return bool((await ann.ask("joinDocument", {"document": "d2"}))["ok"])

            await eventually_asked(is_let_in)
            assert await _close_code_of_y_websocket(http, server, None, times=30) == 1013

    async def test_documents(self, make_server: MakeServer, http: aiohttp.ClientSession) -> None:
        """Created by plain HTTP or by joining: both count; what is there can still be opened."""
        server = await make_server(COLLAB_DOCUMENTS_PER_HOUR="2")
        async with guests(server.url, "ann") as (ann,):
            await ann.join("one")
            headers = {"Collab-Guest-Id": "guest-ann-0000"}
            url = f"{server.url}/api/v1/documents"
            async with http.post(url, json={"id": "two"}, headers=headers) as response:
                assert response.status == 201
            answer = await http.post(url, json={"id": "three"}, headers=headers)
            await refused(answer, 429, "rate_limited")
            assert await ann.refusal("joinDocument", {"document": "four"}) == "rate_limited"
            await ann.join("two")
            async with guests(server.url, "ben") as (ben,):
                await ben.join("four")
            async with http.get(f"{url}/three") as response:
                assert response.status == 404

    async def test_requests(self, make_server: MakeServer, http: aiohttp.ClientSession) -> None:
        """Plain HTTP: so many at once; what makes the server think counts five times."""
        server = await make_server(COLLAB_REQUEST_BURST="12", COLLAB_REQUESTS_PER_SECOND="1")
        url = f"{server.url}/api/v1/documents"
        async with http.post(url, json={"id": "one"}) as response:
            assert response.status == 201
        for _ in range(2):
            async with http.get(f"{url}/one/content") as response:
                assert response.status == 200
        await refused(await http.get(f"{url}/one/content"), 429, "rate_limited")
        hits = 'collab_limit_hits_total{limit="requests_per_second"}'
        assert await metric(http, server, hits) == 1


class TestEvents:
    async def test_events(self, make_server: MakeServer, http: aiohttp.ClientSession) -> None:
        """Our own client is told event by event and goes on; the others are closed, come back."""
        server = await make_server(COLLAB_EVENT_BURST="5", COLLAB_EVENTS_PER_SECOND="1")
        async with guests(server.url, "ann") as (ann,):
            await ann.join("notes")
            answers = [await ann.type("notes", "x") for _ in range(8)]
            codes = [answer.get("error", {}).get("code") for answer in answers]
            assert codes[:3] == [None] * 3
            assert codes[-1] == "rate_limited"

            async def is_heard() -> bool:
                return bool((await ann.type("notes", "y"))["ok"])

            await eventually_asked(is_heard)
        async with http.ws_connect(server.url + DOORS["y-websocket"]) as socket:
            for _ in range(8):
                await socket.send_bytes(b"\x03")
            assert await _close_code(socket) == 1013

    async def test_bytes(self, make_server: MakeServer, http: aiohttp.ClientSession) -> None:
        """The same for what is large rather than often."""
        server = await make_server(COLLAB_BYTE_BURST="100000", COLLAB_BYTES_PER_SECOND="10")
        async with guests(server.url, "ann") as (ann,):
            await ann.join("notes")
            assert (await ann.type("notes", "x" * 60_000))["ok"]
            answer = await ann.type("notes", "x" * 60_000)
            assert answer["error"]["code"] == "rate_limited"
        hits = 'collab_limit_hits_total{limit="bytes_per_second"}'
        assert await metric(http, server, hits) == 1
        async with http.ws_connect(server.url + DOORS["y-websocket"]) as socket:
            for _ in range(3):
                await socket.send_bytes(b"\x01" + b"\xd0\x86\x03" + bytes(50_000))
            assert await _close_code(socket) == 1013

    async def test_an_hour_of_offline_work(
        self, server: RunningServer, http: aiohttp.ClientSession
    ) -> None:
        """20,000 updates in one go, then one of 20 MB: all kept, no limit touched."""
        writer = Person()
        for number in range(20_000):
            writer.type(f"{number} ")
        answers: list[dict[str, Any]] = []
        async with guests(server.url, "ann") as (ann,):
            await ann.join("notes")
            for update in writer.updates:
                payload = {"document": "notes", "update": update}
                await ann.socket.emit("update", payload, callback=answers.append)
            await eventually(lambda: len(answers) == 20_000, seconds=120)
            assert all(answer["ok"] for answer in answers)
            assert (await ann.type("notes", "x" * 20_000_000))["ok"]
        async with http.get(f"{server.url}/metrics") as response:
            hits = [line for line in (await response.text()).splitlines() if "limit_hits" in line]
        assert len(hits) > 2
        assert [
            line for line in hits if not line.startswith("#") and not line.endswith(" 0.0")
        ] == []


async def _connect_error(server: RunningServer, presented: str) -> str:
    client = socketio.AsyncClient(reconnection=False)
    told: list[dict[str, Any]] = []

    async def refuse(error: dict[str, Any]) -> None:
        told.append(error)

    client.on("connect_error", refuse)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(server.url, auth={"token": presented}, transports=["websocket"])
    code: str = told[0]["data"]["code"]
    return code


async def _put_off_by_y_socketio(
    http: aiohttp.ClientSession, server: RunningServer, presented: str
) -> bool:
    """Return whether the transport is closed, which is what makes that client come back."""
    async with http.ws_connect(server.url + DOORS["socket.io"]) as socket:
        await socket.receive()
        await socket.send_str(f'40/yjs|notes,{{"token":"{presented}"}}')
        return (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def _close_code_of_y_websocket(
    http: aiohttp.ClientSession, server: RunningServer, presented: str | None, *, times: int = 1
) -> int | None:
    """Return how the last of so many connections, each to a document of its own, is closed."""
    query = "" if presented is None else f"?token={presented}"
    for number in range(times - 1):
        await http.ws_connect(f"{server.url}/yjs/y{number}{query}")
    async with http.ws_connect(f"{server.url}/yjs/last{query}") as socket:
        return await _close_code(socket)


async def _close_code_of_hocuspocus(
    http: aiohttp.ClientSession, server: RunningServer, presented: str
) -> int | None:
    async with http.ws_connect(server.url + DOORS["hocuspocus"]) as socket:
        await socket.send_bytes(write_string("notes") + b"\x02\x00" + write_string(presented))
        return await _close_code(socket)


async def _close_code(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(20):
        while (await socket.receive()).type not in {
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
        }:
            pass
    return socket.close_code

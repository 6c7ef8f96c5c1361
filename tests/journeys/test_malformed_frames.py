"""What no client of the other doors sends: refused, logged once, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import pytest

from collab.crdt.lib0 import write_bytes, write_string, write_var_uint
from tests.support.guest import Guest, guests
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)

_MakeServer = Callable[..., Awaitable[RunningServer]]
_Frame = bytes | str

_HUGE: Final = b"\xff\xff\xff\xff\xff\xff\xff\x0f"
"""A length of 2^53-1."""
_KILLER: Final = bytes.fromhex("010107002901016d0173057375622d31760000")
"""A sub-document: it ends the process when y-py is given it."""
_BAD_UPDATES: Final = (b"", b"\x01", b"\xff" * 20, b"\x00\x00\x00", _KILLER)


def _sync(kind: int, payload: bytes) -> bytes:
    return b"\x00" + bytes((kind,)) + write_bytes(payload)


_UNREADABLE: Final[tuple[_Frame, ...]] = (
    b"",
    b"\xff",
    b"\x00",
    b"\x00\x03\x00",
    b"\x00\x00\x05\x00",
    b"\x00\x02" + _HUGE,
    b"\x01" + _HUGE + b"\x00",
    b"\x01\x02\x00",
    b"\x80" * 30,
    b"\x00\x00\x01\x00\x00",
    "text",
    "",
    *(_sync(kind, update) for kind in (1, 2) for update in _BAD_UPDATES),
    _sync(0, b"\xff\xff\xff\xff\x0f\x01"),
)
"""What y-websocket cannot send; after it the connection ends."""


@pytest.fixture
async def server(make_server: _MakeServer) -> RunningServer:
    return await make_server()


@asynccontextmanager
async def neighbours(server: RunningServer) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Two guests in the document `d`; yields a check that they still write to each other."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        for client, guest in enumerate((ann, ben), start=1_001):
            # Small ids, as browsers have them: for larger ones the server changes its engine.
            guest.person = Person(client)
            await guest.join("d")

        async def are_well() -> None:
            answer = await ann.type("d", "x")
            assert answer["ok"]
            await ben.reads(str(ann.person))

        await are_well()
        yield are_well
        await are_well()


async def _ended(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Read until the server closes; return the close code."""
    async with asyncio.timeout(20):
        while True:
            message = await socket.receive()
            if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
                return socket.close_code
            assert message.type is aiohttp.WSMsgType.BINARY, message


def _warnings(server: RunningServer) -> list[str]:
    """Return the warnings since the server listens (that it needs no tokens is one)."""
    lines = server.log().splitlines()
    return [line for line in lines if " warning " in line and "action=listen" not in line]


async def _is_one_line(server: RunningServer, before: int, frame: _Frame) -> None:
    """Return once the log has one warning more than `before`; fail if it has more."""
    await eventually(lambda: len(_warnings(server)) > before)
    assert len(_warnings(server)) == before + 1, (frame, _warnings(server)[before:])


class TestYWebsocket:
    async def test_what_cannot_be_read(self, server: RunningServer) -> None:
        """Each unreadable message ends its own connection for good, and is logged in one line."""
        async with neighbours(server), aiohttp.ClientSession() as http:
            for frame in _UNREADABLE:
                before = len(_warnings(server))
                async with http.ws_connect(f"{server.url}/yjs/d") as socket:
                    await _send(socket, frame)
                    code = await _ended(socket)
                assert code is not None, frame
                assert 4400 <= code < 4500, (frame, code)
                await _is_one_line(server, before, frame)
        assert "Traceback" not in server.log()

    async def test_a_type_of_the_future(self, server: RunningServer) -> None:
        """An unknown type is answered with one warning, and the client goes on."""
        async with (
            neighbours(server),
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{server.url}/yjs/d") as socket,
        ):
            for _ in range(3):
                await socket.send_bytes(b"\x66\x01\x02")
            await socket.send_bytes(b"\x03")
            assert b"type 102" in await _next(socket, (1, 2))
            assert await _next(socket, (1, 2)) == b"\x01\x01\x00"

    async def test_no_document(self, server: RunningServer) -> None:
        """A name no document has is refused in words, for good, in one log line."""
        names = (".x", "a%20b", "a/b", "%00", "x" * 129, "..%2f..%2fetc", "")
        async with aiohttp.ClientSession() as http:
            for name in names:
                async with http.ws_connect(f"{server.url}/yjs/{name}") as socket:
                    message = await socket.receive_bytes()
                    assert message.startswith(b"\x02\x00")
                    assert b"document id" in message
                    assert await _ended(socket) == 4400
        assert len(_warnings(server)) == len(names)

    async def test_no_websocket(self, server: RunningServer) -> None:
        """A browser that opens the address as a page is told what it is."""
        async with aiohttp.ClientSession() as http:
            for path in ("/yjs/d", "/hocuspocus"):
                async with http.get(server.url + path) as response:
                    assert response.status == 400
                    assert "WebSocket" in (await response.json())["detail"]


class TestHocuspocus:
    async def test_what_cannot_be_read(self, server: RunningServer) -> None:
        """Each unreadable frame ends its own socket, and is logged in one line."""
        head = write_string("d")
        frames: list[_Frame] = [
            b"", b"\x05", b"\xff\xff", _HUGE + b"d", b"\x01\xff\x00", head, head + b"\x80" * 9,
            head + b"\x00", head + b"\x00\x07\x00", head + b"\x00\x02" + _HUGE,
            head + b"\x01" + _HUGE, head + b"\x02\x07", head + b"\x02\x00" + _HUGE,
            head + b"\x05" + _HUGE, head + b"\x05\x01\xff", head + b"\x00\x00\x05\x01",
            write_string("n" * 1000) + b"\x00\x00\x01\x00", "text", "",
        ]  # fmt: skip
        async with neighbours(server), aiohttp.ClientSession() as http:
            for frame in frames:
                before = len(_warnings(server))
                async with http.ws_connect(f"{server.url}/hocuspocus") as socket:
                    await _come_in(socket, "d")
                    await _send(socket, frame)
                    code = await _ended(socket)
                assert code is not None, frame
                assert code >= 4400, (frame, code)
                await _is_one_line(server, before, frame)
        assert "Traceback" not in server.log()

    async def test_bad_updates(self, server: RunningServer) -> None:
        """An update that cannot be kept is answered `not applied`; the socket and others go on."""
        async with (
            neighbours(server) as are_well,
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{server.url}/hocuspocus") as socket,
        ):
            await _come_in(socket, "d")
            for update in _BAD_UPDATES:
                await socket.send_bytes(write_string("d") + _sync(2, update))
                assert await _status(socket) == 0, update
                await are_well()
            person = Person(1_003)
            await socket.send_bytes(write_string("d") + _sync(2, person.type("good")))
            assert await _status(socket) == 1
        assert "Traceback" not in server.log()

    async def test_no_document(self, server: RunningServer) -> None:
        """A name no document has is denied in words, under exactly that name; others go on."""
        names = ("", " ", ".x", "a b", "a/b", "\0", "\0s", "x" * 129, "ä")
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{server.url}/hocuspocus") as socket,
        ):
            for name in names:
                head = write_string(name)
                await socket.send_bytes(head + b"\x02\x00" + write_string("token"))
                answer = await socket.receive_bytes()
                assert answer.startswith(head + b"\x02\x01")
                assert b"document id" in answer
            await _come_in(socket, "d")
        assert len(_warnings(server)) == len(names)

    async def test_too_many_documents(self, server: RunningServer) -> None:
        """One socket joins a hundred documents and no more."""
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{server.url}/hocuspocus") as socket,
        ):
            for number in range(100):
                await _come_in(socket, f"d{number}")
            await socket.send_bytes(write_string("d100") + b"\x02\x00\x00")
            assert await _ended(socket) == 4400


class TestYSocketIo:
    @pytest.mark.parametrize("event", ["sync-step-1", "sync-update"])
    async def test_what_is_no_update(self, server: RunningServer, event: str) -> None:
        """Anything but bytes that can be kept sends the client away for good, in one log line."""
        wrong: Iterable[object] = ["text", 7, None, {"a": 1}, [1], *_BAD_UPDATES[:3]]
        async with neighbours(server):
            for payload in wrong:
                before = len(_warnings(server))
                guest = Guest()
                away: asyncio.Future[str] = asyncio.get_running_loop().create_future()
                guest.socket.on("disconnect", away.set_result, namespace="/yjs|d")
                await guest.socket.connect(
                    server.url, namespaces=["/yjs|d"], transports=["websocket"]
                )
                await guest.socket.emit(event, payload, namespace="/yjs|d")
                async with asyncio.timeout(20):
                    assert await away == guest.socket.reason.SERVER_DISCONNECT
                await guest.close()
                assert len(_warnings(server)) == before + 1, payload
        assert "Traceback" not in server.log()


async def _send(socket: aiohttp.ClientWebSocketResponse, frame: _Frame) -> None:
    await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))


async def _next(socket: aiohttp.ClientWebSocketResponse, types: tuple[int, ...]) -> bytes:
    """Return the next message of one of the types."""
    while True:
        message = await socket.receive_bytes(timeout=20)
        if message[0] in types:
            return message


async def _come_in(socket: aiohttp.ClientWebSocketResponse, document: str) -> None:
    """Authenticate in a document and return once that is answered."""
    head = write_string(document)
    await socket.send_bytes(head + b"\x02\x00" + write_string("token"))
    granted = head + b"\x02\x02" + write_string("read-write")
    while await socket.receive_bytes(timeout=20) != granted:
        pass


async def _status(socket: aiohttp.ClientWebSocketResponse) -> int:
    """Return the next sync status of the document `d`."""
    head = write_string("d") + write_var_uint(8)
    while True:
        message = await socket.receive_bytes(timeout=20)
        if message.startswith(head):
            return message[len(head)]

"""A reader that falls behind is dropped; it costs a bounded amount, and nobody else anything."""

from __future__ import annotations

import asyncio
import logging
import socket as sockets

import pytest

from collab.gateway.fanout import encode_event
from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.test_abuse import _UPGRADE, _masked
from tests.integration.gateway.wire import Door, RawConnection, open_door, texts
from tests.support.waiting import eventually

_OPTIONS = TransportOptions(send_buffer_bytes=200_000)


async def _stalled(door: Door) -> RawConnection:
    """Join and never read again, with as little room in the kernel as it allows."""
    raw = await RawConnection.open(door.port)
    raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
    sock: sockets.socket = raw.writer.get_extra_info("socket")
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    before = len(door.echo.connections)
    await raw.segments([_UPGRADE, _masked(1, b"40")])
    await eventually(lambda: len(door.echo.connections) > before)
    return raw


async def test_stalled_websocket(caplog: pytest.LogCaptureFixture) -> None:
    """A stalled reader is dropped when its unsent bytes pass the limit; the others lose nothing."""
    async with open_door(options=_OPTIONS) as door:
        stalled = await _stalled(door)
        reader = await door.join()
        everyone = tuple(door.echo.connections)
        message = encode_event("/", "n", {"bytes": bytes(10_000)})
        sent = 0
        seen = asyncio.create_task(_count(reader))
        while not door.echo.gone:
            for connection in everyone:
                connection.send(message)
            sent += 1
            await asyncio.sleep(0)
            assert sent < 5_000
        assert door.echo.gone == [(everyone[0].id, "slow reader")]
        door.echo.connections[1].emit("last", {})
        assert await seen == sent
        lines = [line for line in caplog.records if line.levelno == logging.WARNING]
        assert len(lines) == 1
        stalled.reset()


async def _count(reader: object) -> int:
    found = 0
    while await texts(reader, 1) != ['42["last",{}]']:  # type: ignore[arg-type]
        assert await texts(reader, 1) == [bytes(10_000)]  # type: ignore[arg-type]
        found += 1
    return found


async def test_client_that_never_polls() -> None:
    """A polling client that stays away is dropped at the same limit."""
    async with open_door(options=_OPTIONS) as door:
        client = await (await door.poller()).join()
        connection = door.echo.connections[0]
        for _ in range(20):
            connection.emit("n", {"bytes": bytes(10_000)})
        await asyncio.sleep(0)
        assert door.echo.gone == []
        connection.emit("n", {"bytes": bytes(10_000)})
        await asyncio.sleep(0)
        assert door.echo.gone == [(connection.id, "slow reader")]
        assert (await client.get())[0] == 400


async def test_one_large_message_is_no_reason() -> None:
    """A message far larger than the limit is delivered: a join answer may be that large."""
    async with open_door(options=_OPTIONS) as door:
        client = await door.join()
        poller = await (await door.poller()).join()
        for connection in door.echo.connections:
            connection.emit("large", {"bytes": bytes(8_000_000)})
            connection.emit("small", {"bytes": bytes(1_000)})
        assert [len(part) for part in await texts(client, 4)][1::2] == [8_000_000, 1_000]
        status, body = await poller.get()
        assert status == 200
        assert len(body) > 10_000_000


async def test_answered_polls_do_not_add_up() -> None:
    """A polling client that keeps up may be sent any amount."""
    async with open_door(options=_OPTIONS) as door:
        client = await (await door.poller()).join()
        for _ in range(30):
            for _ in range(15):
                door.echo.connections[0].emit("n", {"bytes": bytes(10_000)})
            assert (await client.get())[0] == 200
        assert door.echo.gone == []


async def test_unread_answer_is_bounded() -> None:
    """A polling client that asks but does not read counts what it was answered."""
    async with open_door(options=_OPTIONS) as door:
        client = await (await door.poller()).join()
        raw = await RawConnection.open(door.port)
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        connection = door.echo.connections[0]
        connection.emit("n", {"bytes": bytes(16_000_000)})
        before = len(asyncio.all_tasks())
        target = client.url.split("/", 3)[3]
        await raw.segments([f"GET /{target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()])
        socket = door.server._server.eio.sockets[client.sid]
        await eventually(lambda: not socket._outbox)
        for _ in range(21):
            connection.emit("n", {"bytes": bytes(10_000)})
        await eventually(lambda: door.echo.gone)
        assert door.echo.gone == [(connection.id, "slow reader")]
        # The request that waits for its reader is given up, too, though the client holds on.
        await eventually(lambda: len(asyncio.all_tasks()) <= before)
        raw.reset()

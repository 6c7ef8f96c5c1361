"""Whatever a client does, its session ends at once and leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import cycle, islice

import pytest
from aiohttp import WSServerHandshakeError

from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.wire import Door, RawConnection, open_door
from tests.support.waiting import eventually

_LOGGERS = ("collab", "aiohttp", "asyncio", "engineio", "socketio")
_UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _masked(opcode: int, payload: bytes) -> bytes:
    """Return a client's frame; the mask is zero, which leaves the payload as it is."""
    assert len(payload) < 126
    return bytes((0x80 | opcode, 0x80 | len(payload))) + b"\0\0\0\0" + payload


async def _raw_member(door: Door) -> RawConnection:
    raw = await RawConnection.open(door.port)
    await raw.segments([_UPGRADE, _masked(1, b"40")])
    before = len(door.echo.connections)
    await eventually(lambda: len(door.echo.connections) > before)
    return raw


async def _reset(door: Door) -> None:
    (await _raw_member(door)).reset()


async def _bad_opcode(door: Door) -> None:
    raw = await _raw_member(door)
    await raw.segments([_masked(7, b"?")])
    await raw.reader.read()
    raw.reset()


async def _bad_text(door: Door) -> None:
    raw = await _raw_member(door)
    await raw.segments([_masked(1, b"4\xff\xfe")])
    raw.reset()


async def _half_frame(door: Door) -> None:
    raw = await _raw_member(door)
    await raw.segments([_masked(1, b'42["message"]')[:9]])
    raw.reset()


async def _bad_packet(door: Door) -> None:
    client = await door.join()
    await client.send_str("4abc")
    await client.close()


async def _half_event(door: Door) -> None:
    client = await door.join()
    await client.send_str('452-["message",{"_placeholder":true,"num":0}]')
    await client.send_bytes(b"x")
    await client.close()


async def _vanish_in_upgrade(door: Door) -> None:
    poller = await (await door.poller()).join()
    client = await poller.upgrade()
    await client.send_str("2probe")
    await client.close()
    assert await poller.post("1") == (200, "ok")


async def _bad_body(door: Door) -> None:
    assert (await (await (await door.poller()).join()).post("2"))[0] == 400


async def _large_body(door: Door) -> None:
    poller = await (await door.poller()).join()
    raw = await RawConnection.open(door.port)
    target = poller.url.split("/", 3)[3]
    head = f"POST /{target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"
    await raw.segments([head.encode()])
    assert (await raw.response())[0] == 413
    raw.reset()


async def _half_body(door: Door) -> None:
    poller = await (await door.poller()).join()
    raw = await RawConnection.open(door.port)
    target = poller.url.split("/", 3)[3]
    head = f"POST /{target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n42["
    await raw.segments([head.encode()])
    socket = door.server._server.eio.sockets[poller.sid]
    await eventually(lambda: socket._is_posting)
    raw.reset()


async def _hang_up_on_poll(door: Door) -> None:
    poller = await (await door.poller()).join()
    poll = asyncio.create_task(poller.get())
    socket = door.server._server.eio.sockets[poller.sid]
    await eventually(lambda: socket._poll is not None)
    poll.cancel()


async def _no_connect(door: Door) -> None:
    client = await door.websocket()
    await client.send_str('42["message"]')
    await client.close()


async def _bad_handshake(door: Door) -> None:
    raw = await RawConnection.open(door.port)
    await raw.segments([_UPGRADE.replace(b"Version: 13", b"Version: 99")])
    assert (await raw.response())[0] == 400
    raw.reset()


_MEMBERS: list[Callable[[Door], Awaitable[None]]] = [
    _reset,
    _bad_opcode,
    _bad_text,
    _half_frame,
    _bad_packet,
    _half_event,
    _vanish_in_upgrade,
    _bad_body,
    _large_body,
    _half_body,
    _hang_up_on_poll,
]


@pytest.mark.parametrize("abuse", _MEMBERS, ids=lambda abuse: abuse.__name__.strip("_"))
async def test_no_ghost(door: Door, abuse: Callable[[Door], Awaitable[None]]) -> None:
    """The handlers hear of the end at once (the heartbeat is 45 s away), and exactly once."""
    await abuse(door)
    async with asyncio.timeout(5):
        await eventually(lambda: door.echo.gone)
    await eventually(lambda: not door.server._sessions)
    assert len(door.echo.gone) == len(door.echo.connections) == 1
    assert not door.server._connections
    assert not door.server._server.eio.sockets


async def test_hung_up_without_cancellation() -> None:
    """A client that hangs up on its poll is noticed even where handlers are not cancelled."""
    async with open_door(cancellation=False) as door:
        await _hang_up_on_poll(door)
        async with asyncio.timeout(5):
            await eventually(lambda: door.echo.gone)
        assert not door.server._sessions


async def test_nothing_is_left(caplog: pytest.LogCaptureFixture) -> None:
    """After 500 abuses there are as many tasks as before, and no traceback was logged."""
    async with open_door() as door:
        before = len(asyncio.all_tasks())
        for abuse in islice(cycle([*_MEMBERS, _no_connect, _bad_handshake]), 500):
            await abuse(door)
        await eventually(lambda: not door.server._sessions)
        await door.http.close()
        await eventually(lambda: len(asyncio.all_tasks()) <= before)
        assert len(door.echo.gone) == len(door.echo.connections)
        assert not door.server._admissions
        assert not door.server._server.eio.sockets
        assert not door.server._server.environ
    ours = [line for line in caplog.records if line.name.startswith(_LOGGERS)]
    assert [line for line in ours if line.exc_info or line.levelno > logging.WARNING] == []


async def test_slow_body_ends_with_its_session() -> None:
    """A body that trickles in for ever ends when its session does."""
    options = TransportOptions(ping_interval=0.1, ping_timeout=0.1)
    async with open_door(options=options) as door:
        poller = await (await door.poller()).join()
        raw = await RawConnection.open(door.port)
        target = poller.url.split("/", 3)[3]
        head = f"POST /{target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n4"
        await raw.segments([head.encode()])
        assert (await raw.response())[0] == 400
        assert [reason for _, reason in door.echo.gone] == ["ping timeout"]
        raw.reset()


async def test_message_over_the_limit() -> None:
    """A WebSocket message over the limit ends the session with 1009, at once."""
    async with open_door(options=TransportOptions(max_frame_bytes=10_000)) as door:
        client = await door.join()
        await client.send_str('42["message","' + "a" * 20_000 + '"]')
        message = await client.receive()
        assert message.data == 1009
        await eventually(lambda: door.echo.gone)


async def test_flood_does_not_starve(door: Door) -> None:
    """While one client floods, another is answered between its messages."""
    flood, other = await door.join(), await door.join()
    await asyncio.gather(
        *(flood.send_str(f'42["keep",{number}]') for number in range(20_000)),
        other.send_str('421["any"]'),
    )
    assert await other.receive_str() == '431[{"args":[]}]'
    await eventually(lambda: len(door.echo.events) == 20_001)
    kept = [args[0] for event, args in door.echo.events if event == "keep"]
    assert kept == list(range(20_000))


async def test_session_ids_are_not_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """No log line holds a session id, ours or one a client made up."""
    caplog.set_level(logging.DEBUG)
    poller = await (await door.poller()).join()
    await poller.post("2")
    await poller.get()
    with pytest.raises(WSServerHandshakeError):
        await door.websocket("EIO=4&transport=websocket&sid=madeup")
    sids = [poller.sid, "madeup", *(connection.id for connection in door.echo.connections)]
    ours = [
        line
        for line in caplog.records
        if line.name.startswith(_LOGGERS) and "access" not in line.name
    ]
    assert ours
    for line in ours:
        assert not any(sid in f"{line.getMessage()} {line.__dict__}" for sid in sids)

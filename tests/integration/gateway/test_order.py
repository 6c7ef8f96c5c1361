"""Nothing overtakes, nothing is lost, nothing comes twice: both ways, over every transport."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientWebSocketResponse

from collab.gateway.fanout import encode_event
from tests.integration.gateway.wire import Door, Poller, open_door, texts
from tests.support.waiting import eventually


def _number(header: str) -> int:
    """Return the number an event `n` carries, and check that it announces one attachment."""
    assert header.startswith("451-")
    number: int = json.loads(header[4:])[1]["n"]
    return number


async def _numbers(client: ClientWebSocketResponse, count: int) -> list[int]:
    found = []
    for _ in range(count):
        header, attachment = await texts(client, 2)
        assert isinstance(header, str)
        assert attachment == str(_number(header)).encode()
        found.append(_number(header))
    return found


def _send(door: Door, numbers: range) -> None:
    """Send numbers to every client, by `emit` and encoded once, in turn."""
    for number in numbers:
        payload = {"n": number, "bytes": str(number).encode()}
        if number % 2:
            message = encode_event("/", "n", payload)
            for connection in door.echo.connections:
                connection.send(message)
        else:
            for connection in door.echo.connections:
                connection.emit("n", payload)


async def test_to_the_server(door: Door) -> None:
    """200 rapid events with attachments reach the handlers in order."""
    client = await door.join()
    for number in range(200):
        await client.send_str(f'451-{number}["keep",{number},{{"_placeholder":true,"num":0}}]')
        await client.send_bytes(str(number).encode())
    answers = await texts(client, 400)
    assert door.echo.events == [("keep", (n, str(n).encode())) for n in range(200)]
    assert [header for header in answers[::2] if isinstance(header, str)] == [
        f'461-{n}[{{"args":[{n},{{"_placeholder":true,"num":0}}]}}]' for n in range(200)
    ]


async def test_to_websockets(door: Door) -> None:
    """200 rapid events with attachments reach every client in order, never interleaved."""
    clients = [await door.join() for _ in range(5)]
    _send(door, range(200))
    for client in clients:
        assert await _numbers(client, 200) == list(range(200))


async def test_to_pollers(door: Door) -> None:
    """A polling client gets the same events in the same order, over as many polls as it takes."""
    client = await (await door.poller()).join()

    async def say() -> None:
        for start in range(0, 200, 5):
            _send(door, range(start, start + 5))
            await asyncio.sleep(0)

    saying = asyncio.create_task(say())
    assert await _polled(client, 200) == list(range(200))
    await saying


async def _polled(client: Poller, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        status, body = await client.get()
        assert status == 200
        found += [_number(packet) for packet in body.split("\x1e") if packet.startswith("4")]
    return found


@pytest.mark.parametrize("_round", range(20))
async def test_upgrade_under_traffic(door: Door, _round: int) -> None:
    """A client that upgrades while events pour in, both ways, misses none and sees none twice."""
    client = await (await door.poller()).join()
    sent = 0
    is_over = False

    async def pour() -> None:
        nonlocal sent
        while not is_over:
            _send(door, range(sent, sent + 3))
            sent += 3
            await asyncio.sleep(0.0005)

    async def poll() -> list[int]:
        seen: list[int] = []
        while not paused.is_set():
            status, body = await client.get()
            assert status == 200
            seen += [_number(packet) for packet in body.split("\x1e") if packet.startswith("4")]
        return seen

    paused = asyncio.Event()
    pouring, polling = asyncio.create_task(pour()), asyncio.create_task(poll())
    for number in range(10):
        assert await client.post(f'42["keep",{number}]') == (200, "ok")
    socket = await client.upgrade()
    await socket.send_str("2probe")
    assert await socket.receive_str() == "3probe"
    # As the real client does: no new poll, the one under way answered, then UPGRADE.
    paused.set()
    seen = await polling
    await socket.send_str("5")
    for number in range(10, 20):
        await socket.send_str(f'42["keep",{number}]')
    await eventually(lambda: len(door.echo.events) == 20)
    is_over = True
    await pouring
    seen += await _numbers(socket, sent - len(seen))
    assert seen == list(range(sent))
    assert [args for _, args in door.echo.events] == [(number,) for number in range(20)]


async def test_large_and_small() -> None:
    """Small messages wait for the large one before them; its parts stay together."""
    async with open_door() as door:
        client = await door.join()
        connection = door.echo.connections[0]
        large = bytes(range(256)) * 16_384
        for number in range(20):
            connection.emit("n", {"n": number, "bytes": str(number).encode()})
        connection.emit("large", {"bytes": large})
        connection.emit("n", {"n": 20, "bytes": b"20"})
        assert await _numbers(client, 20) == list(range(20))
        header, attachment = await texts(client, 2)
        assert header == '451-["large",{"bytes":{"_placeholder":true,"num":0}}]'
        assert attachment == large
        assert await _numbers(client, 1) == [20]

"""Polling bodies arrive whole, however the network cuts them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.wire import Door, Poller, RawConnection, open_door


def _cut(body: bytes, pieces: int, chance: random.Random) -> list[bytes]:
    marks = sorted(chance.sample(range(1, len(body)), pieces - 1))
    return [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]


def _head(client: Poller, *headers: str) -> bytes:
    target = client.url.split("/", 3)[3]
    return "\r\n".join([f"POST /{target} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


async def _post(client: Poller, parts: Sequence[bytes]) -> tuple[int, str]:
    raw = await RawConnection.open(client.door.port)
    length = sum(map(len, parts))
    await raw.segments([_head(client, f"Content-Length: {length}"), *parts])
    answer = await raw.response()
    raw.writer.close()
    await raw.writer.wait_closed()
    return answer


@pytest.mark.parametrize("size", [200, 4_000, 70_000, 900_000, 8_000_000])
@pytest.mark.parametrize("pieces", [1, 2, 7, 50])
async def test_segmented(door: Door, size: int, pieces: int) -> None:
    """Bodies from 200 bytes to 8 MB, cut into 1 to 50 segments, arrive whole."""
    chance = random.Random(size * pieces)
    client = await (await door.poller()).join()
    for _ in range(1 if size > 1_000_000 else 3):
        text = "".join(chance.choices("abcäöü€😀", k=size // 4))
        parts = _cut(f'42["keep","{text}"]'.encode(), pieces, chance)
        assert await _post(client, parts) == (200, "ok")
        assert door.echo.events.pop() == ("keep", (text,))


async def test_cut_at_every_byte(door: Door) -> None:
    """A body cut at any one byte arrives whole, in the middle of a character too."""
    client = await (await door.poller()).join()
    body = '42["keep","ä€😀"]\x1e451-["keep",{"_placeholder":true,"num":0}]\x1ebAQID'.encode()
    for mark in range(1, len(body)):
        assert await _post(client, [body[:mark], body[mark:]]) == (200, "ok")
    assert door.echo.events == [("keep", ("ä€😀",)), ("keep", (b"\x01\x02\x03",))] * (len(body) - 1)


async def test_chunked(door: Door) -> None:
    """A body without a length (a proxy may send one) arrives whole."""
    client = await (await door.poller()).join()
    raw = await RawConnection.open(door.port)
    body = b'42["keep","abc"]'
    chunks = [b"1\r\n" + body[i : i + 1] + b"\r\n" for i in range(len(body))]
    await raw.segments([_head(client, "Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n"])
    assert await raw.response() == (200, "ok")
    assert door.echo.events == [("keep", ("abc",))]
    raw.writer.close()


async def test_many_packets(door: Door) -> None:
    """A backlog of thousands of packets in one body is handled whole and in order."""
    client = await (await door.poller()).join()
    body = "\x1e".join(f'42["keep",{number}]' for number in range(5_000))
    assert await client.post(body) == (200, "ok")
    assert [args for _, args in door.echo.events] == [(number,) for number in range(5_000)]


async def test_too_many_packets() -> None:
    """A body with more packets than the limit is refused whole."""
    async with open_door(options=TransportOptions(packets_per_post=10)) as door:
        client = await (await door.poller()).join()
        body = "\x1e".join(['42["keep"]'] * 11)
        assert (await client.post(body))[0] == 400
        assert door.echo.events == []


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_too_large(is_chunked: bool) -> None:
    """A body over the limit is answered 413 and ends the session, announced or not."""
    options = TransportOptions(max_frame_bytes=10_000)
    async with open_door(options=options) as door:
        client = await (await door.poller()).join()
        raw = await RawConnection.open(door.port)
        if is_chunked:
            chunk = b"2710\r\n" + b"4" * 10_000 + b"\r\n"
            await raw.segments([_head(client, "Transfer-Encoding: chunked"), chunk, chunk])
        else:
            await raw.segments([_head(client, f"Content-Length: {options.max_body_bytes + 1}")])
        assert (await raw.response())[0] == 413
        assert (await client.get())[0] == 400
        assert [reason for _, reason in door.echo.gone] == ["transport error"]
        raw.reset()


async def test_limit_is_met_exactly() -> None:
    """An event of exactly the limit is taken."""
    async with open_door(options=TransportOptions(max_frame_bytes=10_000)) as door:
        client = await (await door.poller()).join()
        text = "a" * (10_000 - len('42["keep",""]'))
        assert await client.post(f'42["keep","{text}"]') == (200, "ok")
        assert door.echo.events == [("keep", (text,))]

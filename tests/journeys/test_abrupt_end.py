"""A client that writes and is gone: whatever reached the machine before its end is kept."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from collab.crdt.lib0 import write_bytes
from tests.support.people import Person
from tests.support.raw import RawConnection, masked
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

_TEXT, _BINARY, _CLOSE = 0x1, 0x2, 0x8
_EDITS = 1_000


async def _upgraded(server: RunningServer, path: str) -> RawConnection:
    raw = await RawConnection.open(server.port)
    raw.writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    async with asyncio.timeout(20):
        await raw.reader.readuntil(b"\r\n\r\n")
    return raw


async def _y_websocket(server: RunningServer, edits: list[bytes]) -> tuple[RawConnection, bytes]:
    raw = await _upgraded(server, "/yjs/d")
    return raw, b"".join(masked(_BINARY, b"\0\2" + write_bytes(edit)) for edit in edits)


async def _y_socket_io(server: RunningServer, edits: list[bytes]) -> tuple[RawConnection, bytes]:
    raw = await _upgraded(server, "/socket.io/?EIO=4&transport=websocket")
    raw.writer.write(masked(_TEXT, b"40/yjs|d,{}"))
    async with asyncio.timeout(20):
        await raw.reader.readuntil(b"sync-step-1")
    said = '["sync-update",' + json.dumps({"_placeholder": True, "num": 0}) + "]"
    header = masked(_TEXT, f"451-/yjs|d,{said}".encode())
    return raw, b"".join(header + masked(_BINARY, edit) for edit in edits)


@pytest.mark.parametrize("door", [_y_websocket, _y_socket_io])
@pytest.mark.parametrize("end", ["close", "goodbye and close"])
async def test_nothing_that_arrived_is_lost(server: RunningServer, door: object, end: str) -> None:
    """A thousand edits in one breath, then the end of the connection: all of them are there."""
    assert callable(door)
    person = Person(1_001)
    edits = [person.type("x") for _ in range(_EDITS)]
    raw, data = await door(server, edits)
    raw.writer.write(data + (masked(_CLOSE, b"\x03\xe9") if end != "close" else b""))
    # What it is sent is left unread no longer than its own words take: unread bytes make an end a
    # reset, which takes what is under way along.
    raw.writer.write_eof()
    async with asyncio.timeout(20):
        await raw.reader.read()
    raw.writer.close()
    async with aiohttp.ClientSession() as http:

        async def is_all_there() -> bool:
            async with http.get(f"{server.url}/api/v1/documents/d/content?format=yjs") as answer:
                if answer.status != 200:
                    return False
                reader = Person()
                reader.hear(await answer.read())
                return len(str(reader)) == _EDITS

        await eventually_asked(is_all_there)

"""A long-polling client written out, so that its bodies can be cut as a test likes."""

from __future__ import annotations

import asyncio
import base64
import random

import aiohttp

__all__ = ["Poller", "attached", "post_in_pieces"]


async def post_in_pieces(url: str, body: bytes, pieces: int) -> tuple[int, bytes]:
    """POST `body` over a plain socket, in `pieces` TCP segments; return status and answer."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    target = "/" + url.split("/", 3)[3]
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode())
    marks = sorted(random.Random(pieces).sample(range(1, len(body)), pieces - 1))
    for start, end in zip([0, *marks], [*marks, len(body)], strict=True):
        writer.write(body[start:end])
        await writer.drain()
        # One turn of the loop a segment, or the kernel would join them again.
        await asyncio.sleep(0.002)
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := (await reader.readline()).strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    answer = await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()
    return status, answer


class Poller:
    """A long-polling client written out, so that its bodies can be cut as one likes."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._address = f"{url}/socket.io/?EIO=4&transport=polling"
        self._session = session
        self._packets: list[str] = []

    async def open(self, document: str) -> None:
        """Connect and join `document`."""
        handshake = (await self._get())[0]
        sid = handshake.split('"sid":"')[1].split('"')[0]
        self._address += f"&sid={sid}"
        await self.post(b"40", 1)
        await self.post(f'420["joinDocument",{{"document":"{document}"}}]'.encode(), 1)
        await self.until("463-0[")

    async def _get(self) -> list[str]:
        async with self._session.get(self._address) as answer:
            assert answer.status == 200
            return (await answer.text()).split("\x1e")

    async def post(self, body: bytes, pieces: int) -> None:
        """Send a body in `pieces` segments."""
        assert await post_in_pieces(self._address, body, pieces) == (200, b"ok")

    async def until(self, start: str) -> str:
        """Poll until a packet begins with `start`; return it."""
        while True:
            for number, packet in enumerate(self._packets):
                if packet.startswith(start):
                    del self._packets[: number + 1]
                    return packet
            self._packets += await self._get()
            if "2" in self._packets:
                self._packets.remove("2")
                await self.post(b"3", 1)


def attached(update: bytes, number: int) -> bytes:
    """Return a polling body that carries an `update` event for document `d`."""
    head = f'451-{number}["update",{{"document":"d","update":{{"_placeholder":true,"num":0}}}}]'
    return head.encode() + b"\x1eb" + base64.b64encode(update)

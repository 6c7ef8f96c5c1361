"""A long-polling client written out, so that its bodies can be cut as a test likes."""

from __future__ import annotations

import base64
import random

import aiohttp
from yarl import URL

from tests.support.raw import RawConnection

__all__ = ["Poller", "attached"]


def _cut(body: bytes, pieces: int) -> list[bytes]:
    marks = sorted(random.Random(pieces).sample(range(1, len(body)), pieces - 1))
    return [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]


async def _post(address: URL, body: bytes, pieces: int) -> tuple[int, str]:
    assert address.port is not None
    raw = await RawConnection.open(address.port)
    head = (
        f"POST {address.raw_path_qs} HTTP/1.1\r\nHost: {address.authority}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    await raw.segments([head.encode(), *_cut(body, pieces)])
    answer = await raw.response()
    raw.writer.close()
    await raw.writer.wait_closed()
    return answer


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
        assert await _post(URL(self._address), body, pieces) == (200, "ok")

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

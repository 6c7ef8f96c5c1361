"""A TCP connection in the test's hands, for what no well-behaved client would do."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

__all__ = ["RawConnection", "masked"]


class RawConnection:
    """A TCP connection whose every byte and whose end are in the test's hands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> RawConnection:
        """Connect to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def segments(self, parts: Sequence[bytes]) -> None:
        """Send each part as a segment of its own, once the one before has left."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            # Two turns: the server's reader, in this same loop, takes what has arrived.
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    async def response(self) -> tuple[int, str]:
        """Read one HTTP response with a Content-Length; return status and body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split(" ", 2)[1])
        lengths = [
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length")
        ]
        return status, (await self.reader.readexactly(lengths[0])).decode()

    def reset(self) -> None:
        """End with RST: no goodbye, nothing flushed."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def masked(opcode: int, payload: bytes) -> bytes:
    """Return one WebSocket frame as clients send it (RFC 6455 §5.3); its mask changes nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, 0xFE)) + struct.pack("!H", size)
    else:
        head = bytes((0x80 | opcode, 0xFF)) + struct.pack("!Q", size)
    return head + bytes(4) + payload

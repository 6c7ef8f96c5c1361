"""What Engine.IO needs of aiohttp's WebSockets: opening, probing, reading and closing one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import pack
from typing import Final

from aiohttp import WSMsgType, web

from collab.gateway.fanout import websocket_frame

__all__ = [
    "accept_and_close",
    "close_transport",
    "is_websocket",
    "open_websocket",
    "probe",
    "read_messages",
    "transport_of",
]

_CLOSE_WAIT: Final = 2.0
"""Seconds a client has to answer a close frame."""
_SLICE: Final = 64
"""Messages handled before other clients get a turn; aiohttp's reader does not yield by itself."""
_CLOSE_FRAME: Final = websocket_frame(0x8, pack("!H", 1000))


def is_websocket(request: web.Request) -> bool:
    """Return whether the client asks for a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def open_websocket(request: web.Request, max_bytes: int) -> web.WebSocketResponse:
    """Return the WebSocket the client asked for, ready to use. Raises `web.HTTPBadRequest`.

    Compression is off: it would cost memory per client, and frames could not be shared.
    """
    websocket = web.WebSocketResponse(timeout=_CLOSE_WAIT, max_msg_size=max_bytes, compress=False)
    await websocket.prepare(request)
    return websocket


def transport_of(request: web.Request) -> asyncio.Transport:
    """Return the connection under a WebSocket just opened, to write ready-made frames to.

    `request.transport` is aiohttp's public way to it. Without compression aiohttp's own writer
    keeps nothing back and writes whole frames to this same object, so ours and its (pong, close)
    keep the order of the calls. Raises `ConnectionResetError` if the client is gone already.
    """
    transport = request.transport
    if transport is None:
        message = "the client is gone"
        raise ConnectionResetError(message)
    return transport


def close_transport(transport: asyncio.Transport, *, linger: float) -> None:
    """Say goodbye and close; cut off after `linger` seconds what is not sent by then, 0 for now."""
    if linger <= 0:
        transport.abort()
        return
    if not transport.is_closing():
        transport.write(_CLOSE_FRAME)
        transport.close()
    if transport.get_write_buffer_size():
        asyncio.get_running_loop().call_later(linger, transport.abort)


async def accept_and_close(request: web.Request) -> web.WebSocketResponse:
    """Accept a WebSocket that may not be and close it, so that no client library trips over it."""
    websocket = await open_websocket(request, 1024)
    await websocket.close()
    return websocket


async def probe(websocket: web.WebSocketResponse, on_probe: Callable[[], None]) -> bool:
    """Return whether the client completed the upgrade: PING probe, PONG probe, UPGRADE.

    `on_probe` is called in between; it ends the poll that waits, which the client waits for.
    """
    if await _next_text(websocket) != "2probe":
        return False
    await websocket.send_str("3probe")
    on_probe()
    return await _next_text(websocket) == "5"


async def _next_text(websocket: web.WebSocketResponse) -> str | None:
    message = await websocket.receive()
    return message.data if message.type is WSMsgType.TEXT else None


async def read_messages(
    websocket: web.WebSocketResponse, take: Callable[[str | bytes], bool]
) -> None:
    """Hand each message to `take`, in order, until it says no more or the client is gone."""
    count = 0
    while True:
        message = await websocket.receive()
        if message.type is not WSMsgType.TEXT and message.type is not WSMsgType.BINARY:
            return
        if not take(message.data):
            return
        count += 1
        if count == _SLICE:
            count = 0
            await asyncio.sleep(0)

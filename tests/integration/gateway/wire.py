"""A real server on a free port, and clients that speak the wire protocol by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSMsgType, web

from collab.errors import Unauthenticated
from collab.gateway.socket_io import Ack, Connection, SocketIoServer, TransportOptions
from tests.support.raw import RawConnection

__all__ = ["Door", "Echo", "Poller", "RawConnection", "open_door", "texts"]

SEPARATOR = "\x1e"


@dataclass
class Echo:
    """Handlers that write down what happens and answer like the protocol's own test server."""

    events: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    turn: asyncio.Event | None = None

    async def connected(self, connection: Connection, auth: object) -> None:
        if auth == {"token": "wrong"}:
            message = "The token is wrong."
            raise Unauthenticated(message)
        if auth == {"token": "broken"}:
            raise ZeroDivisionError
        connection.emit("auth", {"auth": auth})
        if self.turn is not None:
            await self.turn.wait()
        self.connections.append(connection)

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        self.events.append((event, args))
        if event == "fail":
            raise ZeroDivisionError
        if event == "later" and ack is not None:
            self.acks.append(ack)
        elif ack is not None:
            ack({"args": args})
        elif event == "message":
            connection.emit("message-back", {"args": args})

    def disconnected(self, connection: Connection, reason: str) -> None:
        self.gone.append((connection.id, reason))


@dataclass
class Door:
    """A server that listens: its handlers, its address, and a session to talk to it with."""

    echo: Echo
    server: SocketIoServer
    http: ClientSession
    port: int

    @property
    def path(self) -> str:
        return f"http://127.0.0.1:{self.port}/socket.io/"

    async def websocket(self, query: str = "EIO=4&transport=websocket") -> ClientWebSocketResponse:
        """Open a WebSocket; nothing is read from it yet."""
        return await self.http.ws_connect(f"{self.path}?{query}", max_msg_size=0)

    async def join(self, namespace: str = "") -> ClientWebSocketResponse:
        """Open a WebSocket, join a namespace, read what comes with that."""
        client = await self.websocket()
        assert (await client.receive_str()).startswith("0{")
        await client.send_str(f"40{namespace}")
        assert (await client.receive_str()).startswith("40")
        assert "auth" in await client.receive_str()
        return client

    async def poller(self) -> Poller:
        """Open a polling session; no namespace is joined yet."""
        async with self.http.get(f"{self.path}?EIO=4&transport=polling") as response:
            assert response.status == 200
            opening = await response.text()
        return Poller(self, json.loads(opening[1:])["sid"])


@dataclass
class Poller:
    """A client on long-polling."""

    door: Door
    sid: str

    @property
    def url(self) -> str:
        return f"{self.door.path}?EIO=4&transport=polling&sid={self.sid}"

    async def get(self) -> tuple[int, str]:
        """Poll once; return status and body."""
        async with self.door.http.get(self.url) as response:
            return response.status, await response.text()

    async def post(self, body: str | bytes) -> tuple[int, str]:
        """Send a body; return status and answer."""
        async with self.door.http.post(self.url, data=body) as response:
            return response.status, await response.text()

    async def join(self) -> Self:
        assert await self.post("40") == (200, "ok")
        seen = ""
        while "auth" not in seen:
            status, body = await self.get()
            assert status == 200
            seen += body
        return self

    async def upgrade(self) -> ClientWebSocketResponse:
        """Open the WebSocket an upgrade starts with; the probe is not sent yet."""
        return await self.door.websocket(f"EIO=4&transport=websocket&sid={self.sid}")


@asynccontextmanager
async def open_door(
    echo: Echo | None = None,
    options: TransportOptions | None = None,
    *,
    cancellation: bool = True,
) -> AsyncIterator[Door]:
    """Run a server as the application does, on a free port."""
    handlers = echo or Echo()
    server = SocketIoServer(handlers, options or TransportOptions())
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, handler_cancellation=cancellation, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    try:
        async with ClientSession() as http:
            yield Door(handlers, server, http, port)
    finally:
        await server.shutdown()
        await runner.cleanup()


async def texts(client: ClientWebSocketResponse, count: int) -> list[str | bytes]:
    """Return the next `count` messages that are not heartbeats."""
    found: list[str | bytes] = []
    while len(found) < count:
        message = await client.receive()
        assert message.type in {WSMsgType.TEXT, WSMsgType.BINARY}, message
        if message.data == "2":
            await client.send_str("3")
        else:
            found.append(message.data)
    return found


async def status_of(response: ClientResponse) -> int:
    """Return the status and let the connection go."""
    async with response:
        return response.status

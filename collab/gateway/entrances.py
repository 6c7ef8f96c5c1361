"""All doors of the house, opened and closed together: Socket.IO, y-socket.io, y-websocket, Hocuspocus."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from collab.access.quotas import Quotas
from collab.gateway.admission import Admission
from collab.gateway.doors import Doors
from collab.gateway.hocuspocus import HocuspocusDoor
from collab.gateway.native import NativeDoor
from collab.gateway.socket_io import SocketIoServer, TransportOptions
from collab.gateway.websocket import WebSocketServer
from collab.gateway.y_socketio import YSocketIoDoor
from collab.gateway.y_websocket import YWebsocketDoor

__all__ = ["Entrances", "open_doors"]


@dataclass(frozen=True, slots=True)
class Entrances:
    """The two ways to be connected that all doors share."""

    socket_io: SocketIoServer
    websockets: WebSocketServer
    native: NativeDoor
    y_socketio: YSocketIoDoor

    def census(self) -> Mapping[str, int]:
        """Return how many connections are open, by door."""
        return {
            "socket.io": len(self.native),
            "y-socket.io": len(self.y_socketio),
            "y-websocket": 0,
            "hocuspocus": 0,
            **self.websockets.census(),
        }

    def refuse_newcomers(self) -> None:
        """Take no new clients; those who are here stay."""
        self.socket_io.refuse_newcomers()
        self.websockets.refuse_newcomers()

    async def shutdown(self) -> None:
        """Take no new clients, close every client's connection, return once the doors know."""
        await asyncio.gather(self.socket_io.shutdown(), self.websockets.shutdown())


def open_doors(
    app: web.Application,
    doors: Doors,
    admission: Admission,
    quotas: Quotas,
    options: TransportOptions,
) -> Entrances:
    """Serve every kind of client in `app`, have `doors` reach them all, and return the entrances."""
    native, y_socketio = NativeDoor(admission, quotas), YSocketIoDoor(admission, quotas)
    socket_io = SocketIoServer(native, options, quotas)
    socket_io.add_namespaces(YSocketIoDoor.owns, y_socketio)
    socket_io.attach(app)
    websockets = WebSocketServer(options, quotas)
    y_websocket = YWebsocketDoor(admission, websockets)
    y_websocket.attach(app)
    hocuspocus = HocuspocusDoor(admission, websockets, quotas.limits)
    hocuspocus.attach(app)
    for door in (native, y_socketio, y_websocket, hocuspocus):
        doors.open(door)
    return Entrances(socket_io, websockets, native, y_socketio)

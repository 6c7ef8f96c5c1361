"""All doors of the house, opened and closed together: Socket.IO, y-socket.io, y-websocket, Hocuspocus."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from collab.gateway.admission import Admission
from collab.gateway.doors import Doors
from collab.gateway.hocuspocus import HocuspocusDoor
from collab.gateway.native import NativeDoor
from collab.gateway.socket_io import SocketIoServer, TransportOptions
from collab.gateway.websocket import WebSocketServer
from collab.gateway.y_socketio import YSocketIoDoor
from collab.gateway.y_websocket import YWebsocketDoor
from collab.limits import Limits

__all__ = ["Entrances", "open_doors"]


@dataclass(frozen=True, slots=True)
class Entrances:
    """The two ways to be connected that all doors share."""

    socket_io: SocketIoServer
    websockets: WebSocketServer

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
    limits: Limits,
    options: TransportOptions,
) -> Entrances:
    """Serve every kind of client in `app`, have `doors` reach them all, and return the entrances."""
    native, y_socketio = NativeDoor(admission, limits), YSocketIoDoor(admission, limits)
    socket_io = SocketIoServer(native, options)
    socket_io.add_namespaces(YSocketIoDoor.owns, y_socketio)
    socket_io.attach(app)
    websockets = WebSocketServer(options, limits)
    y_websocket = YWebsocketDoor(admission, websockets)
    y_websocket.attach(app)
    hocuspocus = HocuspocusDoor(admission, websockets, limits)
    hocuspocus.attach(app)
    for door in (native, y_socketio, y_websocket, hocuspocus):
        doors.open(door)
    return Entrances(socket_io, websockets)

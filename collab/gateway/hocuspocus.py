"""The door for Hocuspocus clients, versions 2 to 4: many documents on one WebSocket.

A sync status of 1 means *committed* here, so `unsyncedChanges === 0` in the stock client says that
all is saved. Its arithmetic (+1 for each update, set to 1 by a step 1, -1 for each status 1) wants one
status for each update and for each step 2 that answers the step 1 we send after the client's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from aiohttp import web

from collab.crdt.awareness import EMPTY_AWARENESS
from collab.crdt.lib0 import write_string
from collab.errors import CollabError, InvalidRequest
from collab.gateway import hocuspocus_messages as wire
from collab.gateway.admission import Admission
from collab.gateway.closing import IDLE, ending_of
from collab.gateway.fanout import binary_frame
from collab.gateway.hocuspocus_messages import Kind
from collab.gateway.hocuspocus_seat import Hall, Seat
from collab.gateway.sync import STEP_1, UPDATE
from collab.gateway.websocket import ClientSocket, WebSocketServer, offered_protocols, send_away
from collab.limits import Limits
from collab.room.records import RoomEvent

__all__ = ["HocuspocusDoor"]

_LONGEST_ADDRESS: Final = 512
_PATIENCE: Final = 30.0
"""Seconds within which a socket must have come into a document."""


class HocuspocusDoor:
    """Serves `/hocuspocus`."""

    def __init__(self, admission: Admission, sockets: WebSocketServer, limits: Limits) -> None:
        self._sockets = sockets
        self._seats: dict[str, Seat] = {}
        self._hall = Hall(admission, limits, self._seats)

    def attach(self, app: web.Application) -> None:
        """Serve the door's address of `app`; clients may add a slash."""
        app.router.add_get("/hocuspocus", self._serve)
        app.router.add_get("/hocuspocus/", self._serve)

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to those of `connections` that are ours, encoded once for each address."""
        frames: dict[str, bytes] = {}
        body = None
        for connection in connections:
            seat = self._seats.get(connection)
            if seat is None or _is_told_alone(seat, event):
                continue
            body = body or _body(event)
            if body is None:
                return
            frame = frames.get(seat.address)
            if frame is None:
                frame = frames[seat.address] = binary_frame(write_string(seat.address) + body)
            seat.socket.write(frame)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        made = partial(_Client, self._hall)
        offered = next(iter(offered_protocols(request)), None)
        return await self._sockets.serve(request, "hocuspocus", made, offered)


class _Client:
    """One WebSocket with its documents (see `websocket.Client`)."""

    def __init__(self, hall: Hall, socket: ClientSocket) -> None:
        self._hall = hall
        self._socket = socket
        self._seats: dict[str, Seat] = {}
        self._seated = 0
        self._knows_ping = False
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_PATIENCE, self._lose_patience)

    async def opened(self) -> None:
        """Wait for the first document's authentication."""

    def _lose_patience(self) -> None:
        """Close a socket that came into no document: it is a place that others may need."""
        if not any(seat.is_taken for seat in self._seats.values()):
            self._socket.close(IDLE)

    def received(self, message: bytes) -> None:
        """Handle one frame. Raises `CollabError` for what must end the socket."""
        if message == wire.PONG:
            return
        if message == wire.PING:
            self._socket.send(wire.PONG)
            return
        address, kind, position = wire.read_head(message)
        if kind == Kind.CLOSE:
            seat = self._seats.pop(address, None)
            if seat is not None:
                seat.close()
            return
        seat = self._seat(address)
        seat.take(kind, message, position)
        self._knows_ping = self._knows_ping or bool(seat.version)

    def sent_away(self, error: CollabError) -> None:
        """Say nothing more: the close frame's reason is what clients pass on."""

    def closed(self) -> None:
        """Leave all documents."""
        self._timer.cancel()
        for seat in self._seats.values():
            seat.close()

    def filler(self) -> bytes | None:
        """Return a ping where the client knows it, else awareness of nobody."""
        if self._knows_ping:
            return wire.PING
        for address in self._seats:
            return write_string(address) + wire.awareness(EMPTY_AWARENESS)
        return None

    def _seat(self, address: str) -> Seat:
        seat = self._seats.get(address)
        if seat is None:
            most = self._hall.limits.documents_per_connection
            if len(self._seats) >= most or len(address) > _LONGEST_ADDRESS:
                message = f"One connection may join {most} documents, each by a name of its own."
                raise InvalidRequest(message)
            self._seated += 1
            leave = partial(send_away, self, self._socket)
            seat = Seat(self._hall, self._socket, address, self._seated, leave)
            self._seats[address] = seat
        return seat


def _is_told_alone(seat: Seat, event: RoomEvent) -> bool:
    """Tell `seat` an event that is not the same for all; return whether it was one."""
    ending = ending_of(event)
    if ending is not None:
        seat.end(ending)
    elif event.name == "syncRequired":
        vector = event.payload["stateVector"]
        assert isinstance(vector, bytes)
        seat.ask_to_sync(wire.sync(STEP_1, vector))
    elif event.name == "roleChanged":
        seat.show_scope()
    else:
        return False
    return True


def _body(event: RoomEvent) -> bytes | None:
    """Return the frame's type and body that tell `event`; None where there are no words for it."""
    payload = event.payload
    if event.name == "update" and isinstance(payload["update"], bytes):
        return wire.sync(UPDATE, payload["update"])
    if event.name == "awareness" and isinstance(payload["update"], bytes):
        return wire.awareness(payload["update"])
    if event.name == "stateless":
        return wire.stateless(str(payload["payload"]))
    return None

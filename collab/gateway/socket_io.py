"""The Socket.IO server: namespaces, events and acks over the hardened Engine.IO sessions.

Built on python-socketio, of which it keeps the wiring and the decoder. Events reach the handlers
synchronously and in the order they arrived: no task per event, so nothing can overtake. Rooms are
not python-socketio's: `deliver` takes the connections a room of ours knows, and nobody else's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import socketio
from aiohttp import web
from socketio.packet import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT

from collab.access.quotas import Lease, Quotas
from collab.errors import CollabError, InvalidRequest
from collab.gateway.engine_io import EngineServer
from collab.gateway.engine_options import Reason, TransportOptions
from collab.gateway.engine_socket import EngineSocket
from collab.gateway.fanout import OutgoingMessage, encode_ack, encode_event, encode_packet
from collab.gateway.handlers import Ack, Handlers
from collab.gateway.messages import about, refusal
from collab.gateway.packets import (
    IncomingPacket,
    PacketAssembler,
    ProtocolError,
    UnreadableConnect,
)
from collab.limits import Limits

__all__ = ["Ack", "Connection", "Handlers", "SocketIoServer", "TransportOptions"]

_log = logging.getLogger(__name__)

_upstream = logging.getLogger(f"{__name__}.upstream")
_upstream.setLevel(logging.CRITICAL)

_INTERNAL: Final = "Something went wrong on the server; try again."
_NO_COMMAS: Final = "A namespace cannot hold a comma, so no document's name may; choose another."
_MOST_HELD: Final = 1_000
"""Messages for a connection the handlers are still deciding about."""
_CLIENT_LEFT: Final = "client namespace disconnect"
_SERVER_LEFT: Final = "server namespace disconnect"

_MOST_ASKED: Final = 16
"""Answers awaited of one connection; the oldest is given up for a newer one."""


class Connection:
    """One client in one namespace. `id` is a secret the client shares; never log it."""

    __slots__ = (
        "_answers",
        "_asked",
        "_held",
        "_session",
        "handlers",
        "id",
        "is_open",
        "namespace",
        "remote",
        "task",
    )

    def __init__(self, session: _Session, sid: str, namespace: str, handlers: Handlers) -> None:
        self._session = session
        self._held: list[OutgoingMessage] | None = []
        self._asked = 0
        self._answers: dict[int, Callable[[list[object]], None]] = {}
        self.id = sid
        self.namespace = namespace
        self.remote = session.remote
        """The client's address."""
        self.handlers = handlers
        self.is_open = True
        self.task: asyncio.Task[None] | None = None

    @property
    def is_admitted(self) -> bool:
        """Whether the handlers have let it in."""
        return self._held is None

    def weigh(self) -> int:
        """Return how many bytes the client's transport brought since this was asked last."""
        weight, self._session.weight = self._session.weight, 0
        return weight

    def emit(self, event: str, payload: object) -> None:
        """Send an event after all that was sent before; does nothing once the client is gone."""
        self.send(encode_event(self.namespace, event, payload))

    def ask(self, event: str, payload: object, answered: Callable[[list[object]], None]) -> None:
        """Send an event that the client is to acknowledge; `answered` gets its ack's arguments."""
        if len(self._answers) >= _MOST_ASKED:
            del self._answers[next(iter(self._answers))]
        self._answers[self._asked] = answered
        self.send(encode_event(self.namespace, event, payload, self._asked))
        self._asked += 1

    def answered(self, number: int, arguments: list[object]) -> None:
        """Take in the client's ack; one that nobody awaits is ignored."""
        answered = self._answers.pop(number, None)
        if answered is not None:
            answered(arguments)

    def send(self, message: OutgoingMessage) -> None:
        """Send a message already encoded for this connection's namespace."""
        if not self.is_open:
            return
        if self._held is None:
            self._session.socket.write(message)
        elif len(self._held) < _MOST_HELD:
            self._held.append(message)
        else:
            self.close()

    def admit(self) -> None:
        """Tell the client that it is connected, then what was meant for it meanwhile."""
        held, self._held = self._held or [], None
        self.send(encode_packet(CONNECT, self.namespace, {"sid": self.id}))
        for message in held:
            self.send(message)

    def close(self) -> None:
        """Close the transport, with all its namespaces; the client reconnects by itself."""
        self._session.socket.dismiss(Reason.TRANSPORT_CLOSE)

    def refuse(self) -> None:
        """Send the client away from this namespace; it does not come back by itself."""
        if self.is_open:
            self._session.socket.write(encode_packet(DISCONNECT, self.namespace))
            self._session.leave(self, _SERVER_LEFT)


class _Session:
    """One Engine.IO session and the namespaces it has joined."""

    __slots__ = ("assembler", "connections", "hub", "lease", "remote", "socket", "timer", "weight")

    def __init__(self, hub: SocketIoServer, socket: EngineSocket, remote: str) -> None:
        self.hub = hub
        self.socket = socket
        self.remote = remote
        self.lease: Lease = hub.quotas.connected(remote)
        self.weight = 0
        """Bytes heard and not yet weighed."""
        self.connections: dict[str, Connection] = {}
        self.assembler = PacketAssembler(hub.options.max_frame_bytes, self._is_admitted)
        self.timer: asyncio.TimerHandle | None = None
        self.expect_join()

    def _is_admitted(self, namespace: str) -> bool:
        connection = self.connections.get(namespace)
        return connection is not None and connection.is_admitted

    def expect_join(self) -> None:
        """End the session unless it joins a namespace in time."""
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(
            self.hub.options.connect_timeout, self.socket.end, Reason.CONNECT_TIMEOUT
        )

    def joined(self) -> None:
        """Take note that a namespace was joined."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def leave(self, connection: Connection, reason: str) -> None:
        """Take a connection out of the tables and tell its handlers in the loop's next turn.

        Not at once: the room may be in the middle of telling everyone something.
        """
        if not connection.is_open:
            return
        connection.is_open = False
        del self.connections[connection.namespace]
        self.hub.forget(connection, reason)
        if not self.connections and not self.socket.closed and self.timer is None:
            self.expect_join()

    def over(self, reason: str) -> None:
        """Leave everything: the Engine.IO session has ended."""
        self.lease.end()
        self.joined()
        for connection in tuple(self.connections.values()):
            self.leave(connection, reason)


class SocketIoServer:
    """Serves Socket.IO clients; namespace `/` is handled by the given handlers."""

    def __init__(
        self, handlers: Handlers, options: TransportOptions, quotas: Quotas | None = None
    ) -> None:
        self.options = options
        self.quotas = quotas or Quotas(Limits())
        self._server = _Protocol(self)
        self._sessions: dict[str, _Session] = {}
        self._connections: dict[str, Connection] = {}
        self._admissions: set[asyncio.Task[None]] = set()
        self._doors: list[tuple[Callable[[str], bool], Handlers]] = [("/".__eq__, handlers)]

    # --- for the application ---

    def add_namespaces(self, owns: Callable[[str], bool], handlers: Handlers) -> None:
        """Let `handlers` serve each namespace for which `owns` is true; all others are refused."""
        self._doors.append((owns, handlers))

    def attach(self, app: web.Application) -> None:
        """Serve `/socket.io/` of `app`.

        A client that hangs up on a poll is noticed within a second, or at once if the runner has
        `handler_cancellation=True`. Access logs must be off: the addresses hold session ids.
        """
        app.router.add_route("*", "/socket.io/", self._server.eio.handle_request)

    def refuse_newcomers(self) -> None:
        """Take no new clients; those who are here stay."""
        self._server.eio.is_leaving = True

    async def shutdown(self) -> None:
        """Take no new clients, close every client's transport, return once the handlers know."""
        self.refuse_newcomers()
        for session in tuple(self._sessions.values()):
            session.socket.dismiss(Reason.SERVER_SHUTDOWN)
        await asyncio.gather(*self._admissions, return_exceptions=True)
        # One turn of the loop for the `disconnected` calls.
        await asyncio.sleep(0)

    # --- what the sessions tell ---

    def opened(self, sid: str, environ: Mapping[str, Any]) -> None:
        """Start to keep an Engine.IO session."""
        socket: EngineSocket = self._server.eio.sockets[sid]
        self._sessions[sid] = _Session(self, socket, environ["REMOTE_ADDR"])

    def ended(self, sid: str, reason: str) -> None:
        """Forget an Engine.IO session and all it had joined."""
        session = self._sessions.pop(sid, None)
        if session is not None:
            session.over(reason)

    def heard(self, sid: str, data: str | bytes) -> None:
        """Handle one message of a session. Raises `ProtocolError`."""
        session = self._sessions.get(sid)
        if session is None:
            return
        session.weight += len(data)
        try:
            packet = session.assembler.feed(data)
        except UnreadableConnect as error:
            told = {"message": _NO_COMMAS, "data": about(InvalidRequest(_NO_COMMAS))}
            session.socket.write(encode_packet(CONNECT_ERROR, error.namespace, told))
            raise
        if packet is None:
            return
        connection = session.connections.get(packet.namespace)
        if packet.kind == CONNECT:
            self._connect(session, connection, packet)
        elif connection is None or not connection.is_admitted:
            # Said before it knew that it had been sent away, or too early: not for us.
            return
        elif packet.kind == EVENT:
            self._receive(connection, packet)
        elif packet.kind == ACK:
            self._hear_ack(connection, packet)
        elif packet.kind == DISCONNECT:
            session.leave(connection, _CLIENT_LEFT)

    def forget(self, connection: Connection, reason: str) -> None:
        """Take a connection out of the table; its handlers hear of it if they had admitted it."""
        self._connections.pop(connection.id, None)
        if connection.is_admitted:
            asyncio.get_running_loop().call_soon(self._tell, connection, reason)
        elif connection.task is not None:
            connection.task.cancel()

    # --- private ---

    def _connect(
        self, session: _Session, present: Connection | None, packet: IncomingPacket
    ) -> None:
        if present is not None:
            message = "a namespace joined twice"
            raise ProtocolError(message)
        namespace = packet.namespace
        handlers = next((handlers for owns, handlers in self._doors if owns(namespace)), None)
        if handlers is None:
            told = {"message": "Invalid namespace"}
            session.socket.write(encode_packet(CONNECT_ERROR, namespace, told))
            return
        if len(session.connections) >= self.options.namespaces_per_client:
            message = "too many namespaces"
            raise ProtocolError(message)
        connection = Connection(session, self._server.eio.generate_id(), namespace, handlers)
        session.connections[namespace] = connection
        self._connections[connection.id] = connection
        connection.task = asyncio.create_task(self._admit(session, connection, packet.data))
        self._admissions.add(connection.task)
        connection.task.add_done_callback(self._admissions.discard)

    async def _admit(self, session: _Session, connection: Connection, auth: object) -> None:
        """Ask the handlers; they may take their time, others are served meanwhile."""
        try:
            await connection.handlers.connected(connection, auth)
        except CollabError as error:
            self._turn_away(session, connection, error)
        except Exception:  # noqa: BLE001 - one client's trouble must not become another's
            _log.exception("connect failed", extra={"action": "connect"})
            self._turn_away(session, connection, CollabError(_INTERNAL))
        else:
            connection.task = None
            if connection.is_open:
                session.joined()
            connection.admit()
            if not connection.is_open:
                # It left in the very moment it was let in.
                self._tell(connection, Reason.TRANSPORT_CLOSE)

    def _turn_away(self, session: _Session, connection: Connection, error: CollabError) -> None:
        connection.task = None
        if not connection.is_open:
            return
        told = {"message": str(error), "data": about(error)}
        session.socket.write(encode_packet(CONNECT_ERROR, connection.namespace, told))
        session.leave(connection, _SERVER_LEFT)

    def _receive(self, connection: Connection, packet: IncomingPacket) -> None:
        assert isinstance(packet.data, list)
        event, *args = packet.data
        ack = None if packet.number is None else _ack(connection, packet.number)
        try:
            connection.handlers.received(connection, event, tuple(args), ack)
        except Exception:  # noqa: BLE001 - one client's trouble must not become another's
            _log.exception("event failed", extra={"action": "event"})
            if ack is not None:
                ack(refusal(CollabError(_INTERNAL)))

    def _hear_ack(self, connection: Connection, packet: IncomingPacket) -> None:
        assert isinstance(packet.data, list)
        try:
            connection.answered(-1 if packet.number is None else packet.number, packet.data)
        except Exception:  # noqa: BLE001 - one client's trouble must not become another's
            _log.exception("ack failed", extra={"action": "ack"})

    def _tell(self, connection: Connection, reason: str) -> None:
        try:
            connection.handlers.disconnected(connection, reason)
        except Exception:  # noqa: BLE001 - one client's trouble must not become another's
            _log.exception("disconnect failed", extra={"action": "disconnect"})


def _ack(connection: Connection, number: int) -> Ack:
    is_due = True

    def answer(payload: object) -> None:
        nonlocal is_due
        if is_due:
            is_due = False
            if connection.is_open:
                connection.send(encode_ack(connection.namespace, number, payload))

    return answer


class _Protocol(socketio.AsyncServer):  # type: ignore[misc] # python-socketio has no types
    """python-socketio's wiring, with plain functions where it has coroutines and tasks."""

    def __init__(self, hub: SocketIoServer) -> None:
        self._hub = hub
        super().__init__(
            logger=_upstream, async_handlers=False, options=hub.options, quotas=hub.quotas
        )

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    def _handle_eio_connect(self, eio_sid: str, environ: Mapping[str, Any]) -> None:
        self._hub.opened(eio_sid, environ)

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        self._hub.heard(eio_sid, data)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._hub.ended(eio_sid, reason)

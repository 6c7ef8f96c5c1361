"""The door for clients of `y-websocket`: one WebSocket for each document, `/yjs/<document>`.

Every binary message is a type and its body: 0 sync, 1 awareness, 2 permission denied (which the
client only logs), 3 a question for everybody's awareness. There is no acknowledgement, so an edit
that cannot be kept ends the connection for good rather than let the writer believe it was saved; a
reader's edits are dropped with a warning. Source: https://github.com/yjs/y-websocket.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from collab.access.gate import Credentials
from collab.access.quotas import Lease
from collab.crdt.awareness import EMPTY_AWARENESS
from collab.crdt.lib0 import read_bytes, read_var_uint, write_bytes, write_string
from collab.errors import CollabError, Forbidden, InvalidRequest, InvalidUpdate
from collab.gateway.admission import Admission, Expiry, Session
from collab.gateway.closing import TOKEN_ENDED, closing_for, ending_of
from collab.gateway.fanout import binary_frame
from collab.gateway.sync import STEP_1, STEP_2, UPDATE, expect_end, read_sync, write_sync
from collab.gateway.websocket import ClientSocket, WebSocketServer, offered_protocols
from collab.room.records import RoomEvent

__all__ = ["YWebsocketDoor"]

_log = logging.getLogger(__name__)

_SYNC: Final = b"\x00"
_AWARENESS: Final = b"\x01"
_DENIED: Final = b"\x02\x00"
_BEARER: Final = "token."
"""Before a token that is sent as a WebSocket subprotocol."""


class YWebsocketDoor:
    """Serves `/yjs/<document>`."""

    def __init__(self, admission: Admission, sockets: WebSocketServer) -> None:
        self._admission = admission
        self._sockets = sockets
        self._clients: dict[str, _Client] = {}

    def attach(self, app: web.Application) -> None:
        """Serve the door's addresses of `app`."""
        # Whatever follows is a name: one that cannot be a document's is refused in words.
        app.router.add_get("/yjs/{document:.*}", self._serve)

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to those of `connections` that are ours, encoded once."""
        frame = None
        for connection in connections:
            client = self._clients.get(connection)
            if client is None:
                continue
            ending = ending_of(event)
            if ending is not None:
                client.end(ending)
                continue
            frame = frame or _frame(event)
            if frame is None:
                return
            client.socket.write(frame)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        document, credentials = request.match_info["document"], _credentials(request)

        def made(socket: ClientSocket) -> _Client:
            about = _Visit(document, credentials)
            return _Client(self._admission, self._clients, socket, about)

        protocol = _echoed_protocol(request)
        return await self._sockets.serve(request, "y-websocket", made, protocol)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What a client asked for when it came, and what it may use up."""

    document: str
    credentials: Credentials


class _Client:
    """One WebSocket (see `websocket.Client`)."""

    def __init__(
        self,
        admission: Admission,
        register: dict[str, _Client],
        socket: ClientSocket,
        visit: _Visit,
    ) -> None:
        self._admission = admission
        self._register = register
        self._visit = visit
        self._lease = Lease()
        self._session: Session | None = None
        self._expiry = Expiry(lambda _at: None, lambda: socket.close(TOKEN_ENDED))
        self._is_warned = False
        self.socket = socket

    async def opened(self) -> None:
        """Let the client into its document, ask for what it has, and show who is there."""
        visit = self._visit
        identity = await self._admission.identify(
            visit.credentials, self.socket.id, self.socket.remote
        )
        # Given back when the socket is closed, which a refusal brings about as well.
        self._lease = self._admission.seat(identity)
        session = await self._admission.open(identity, visit.document, self.socket.id)
        if self.socket.is_leaving:
            return
        session.join()
        self._session = session
        self._register[self.socket.id] = self
        self.socket.send(_SYNC + write_sync(STEP_1, session.room.encoded_state_vector()))
        self._show(session.presence())
        self._expiry.watch(identity.expires_at)

    def received(self, message: bytes) -> None:
        """Handle one message. Raises `CollabError` where the client cannot go on."""
        assert self._session is not None
        kind, position = read_var_uint(message, 0)
        if kind == 0:
            self._sync(self._session, *read_sync(message, position))
        elif kind == 1:
            awareness, position = read_bytes(message, position)
            expect_end(message, position)
            self._hear(self._session, awareness)
        elif kind == 3:
            self._show(self._session.presence() or EMPTY_AWARENESS)
        else:
            self._warn(InvalidRequest(f"This server does not know messages of type {kind}."))

    def sent_away(self, error: CollabError) -> None:
        """Tell the reason where the client shows it: in its page's console."""
        self.socket.send(_DENIED + write_string(str(error)))

    def end(self, error: CollabError) -> None:
        """Send the client away because of something that happened to its document."""
        self.sent_away(error)
        self.socket.close(closing_for(error))

    def closed(self) -> None:
        """Leave the document."""
        self._expiry.stop()
        self._lease.end()
        self._register.pop(self.socket.id, None)
        if self._session is not None:
            self._session.leave()

    def filler(self) -> bytes:
        """Return awareness of nobody."""
        return _AWARENESS + write_bytes(EMPTY_AWARENESS)

    def _sync(self, session: Session, kind: int, payload: bytes) -> None:
        if kind == STEP_1:
            update, _ = session.sync(payload)
            self.socket.send(_SYNC + write_sync(STEP_2, update))
            return
        try:
            (session.answer if kind == STEP_2 else session.submit)(payload, self._committed)
        except Forbidden as error:
            self._warn(error)

    def _committed(self, result: int | CollabError) -> None:
        if isinstance(result, Forbidden):
            self._warn(result)
        elif isinstance(result, CollabError) and self.socket.is_open:
            _log.warning(
                "client sent away: %s", result, extra={"action": "refuse", "code": result.code}
            )
            self.end(result)

    def _hear(self, session: Session, awareness: bytes) -> None:
        try:
            session.hear(awareness)
        except InvalidUpdate as error:
            # Not worth a session: nothing is lost but a cursor.
            self._warn(error)

    def _show(self, states: bytes | None) -> None:
        if states is not None:
            self.socket.send(_AWARENESS + write_bytes(states))

    def _warn(self, error: CollabError) -> None:
        if not self._is_warned:
            self._is_warned = True
            _log.info("refused: %s", error, extra={"action": "refuse", "code": error.code})
            self.sent_away(error)


def _frame(event: RoomEvent) -> bytes | None:
    """Return the frame that tells `event`; None for what these clients have no word for."""
    payload = event.payload
    if event.name == "update":
        return binary_frame(_SYNC + write_sync(UPDATE, _bytes(payload["update"])))
    if event.name == "awareness":
        return binary_frame(_AWARENESS + write_bytes(_bytes(payload["update"])))
    if event.name == "syncRequired":
        return binary_frame(_SYNC + write_sync(STEP_1, _bytes(payload["stateVector"])))
    return None


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _credentials(request: web.Request) -> Credentials:
    """Return what the query, a subprotocol or a header says; a browser can send the first two."""
    query, token = request.query, request.query.get("token")
    for offered in offered_protocols(request):
        token = token or (offered.removeprefix(_BEARER) if _is_token(offered) else None)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if not token and scheme.lower() == "bearer":
        token = bearer.strip()
    said = (query.get(field) for field in ("id", "name", "color", "link"))
    return Credentials(token or None, *said)


def _echoed_protocol(request: web.Request) -> str | None:
    """Return the subprotocol to agree to: browsers insist on one of theirs, best not the token."""
    offered = offered_protocols(request)
    plain = [name for name in offered if not _is_token(name)]
    return next(iter(plain or offered), None)


def _is_token(protocol: str) -> bool:
    return protocol.startswith(_BEARER)

"""Our own door: the Socket.IO events of the public interface on namespace `/`.

It parses, asks the gate and the room, and answers; it decides nothing. Every event but a join is
handled before the call returns, so one connection's events keep their order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from collab.access.gate import Credentials, Grant, Identity
from collab.access.quotas import Lease, Meter, Quotas
from collab.crdt.state_vector import encode_state_vector
from collab.errors import (
    CollabError,
    ErrorCode,
    Forbidden,
    InvalidDocumentId,
    InvalidRequest,
    NotJoined,
    Overloaded,
    Unauthenticated,
)
from collab.gateway.admission import Admission, Expiry, Session
from collab.gateway.fanout import encode_event
from collab.gateway.messages import credentials, refusal, validated
from collab.gateway.socket_io import Ack, Connection
from collab.room.records import RoomEvent
from schemas.identifiers import DOCUMENT_ID_RULE, is_document_id
from schemas.realtime import (
    AwarenessMessage,
    DocumentMessage,
    JoinDocument,
    LeaveDocument,
    RefreshToken,
    SyncDocument,
    UpdateMessage,
)

__all__ = ["NativeDoor"]

_log = logging.getLogger(__name__)

_WAITING_EVENTS: Final = 256
_INTERNAL: Final = "Something went wrong on the server; try again."

Answer = Mapping[str, object] | None
"""What a handler answers at once; None when it answers later."""
Addressed = TypeVar("Addressed", bound=DocumentMessage)


@dataclass(slots=True)
class _Client:
    connection: Connection
    identity: Identity
    expiry: Expiry
    meter: Meter
    lease: Lease
    sessions: dict[str, Session] = field(default_factory=dict)
    joining: dict[str, deque[tuple[Handler, object, Ack]]] = field(default_factory=dict)
    """Documents being joined, each with the events that arrived before the join was answered."""
    refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)


Handler = Callable[[_Client, object, Ack], None]


class NativeDoor:
    """Handles the connections of namespace `/` (see `collab.gateway.socket_io.Handlers`)."""

    def __init__(self, admission: Admission, quotas: Quotas) -> None:
        self._admission = admission
        self._quotas = quotas
        self._limits = quotas.limits
        self._clients: dict[str, _Client] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: dict[str, Handler] = {
            "joinDocument": self._join,
            "leaveDocument": self._leave,
            "update": self._update,
            "syncDocument": self._sync,
            "awareness": self._awareness,
            "refreshToken": self._refresh_token,
        }

    def __len__(self) -> int:
        return len(self._clients)

    # --- Handlers ---

    async def connected(self, connection: Connection, auth: object) -> None:
        """Admit a connection. Raises `InvalidRequest`, `Unauthenticated`, `RateLimited`."""
        identity = await self._admission.identify(
            credentials(auth), connection.id, connection.remote
        )
        lease, meter = self._admission.seat(identity), self._quotas.meter("socket.io", _now())
        expiry = Expiry(partial(_warn, connection), partial(_end, connection))
        self._clients[connection.id] = _Client(connection, identity, expiry, meter, lease)
        expiry.watch(identity.expires_at)

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        """Handle one event; whatever is wrong with it is answered, never raised."""
        size, client = connection.weigh(), self._clients.get(connection.id)
        answer = ack or _nobody
        handler = self._events.get(event)
        payload = args[0] if args else None
        if client is None:
            answer(refusal(Unauthenticated("Connect before you send events.")))
        elif not self._is_within_limits(client, size, answer):
            return
        elif handler is None:
            message = f"There is no event {event[:64]!r}; see the protocol for those there are."
            answer(refusal(InvalidRequest(message)))
        else:
            self._handle(client, handler, payload, answer)

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Take a vanished connection out of its rooms, at once."""
        client = self._clients.pop(connection.id, None)
        if client is None:
            return
        _log.debug("disconnected", extra={"action": "disconnect", "reason": reason})
        client.expiry.stop()
        client.lease.end()
        client.joining.clear()
        for session in client.sessions.values():
            session.leave()

    # --- Outlet ---

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to those of `connections` that are ours, encoded once."""
        message = None
        for sid in connections:
            client = self._clients.get(sid)
            if client is not None:
                message = message or encode_event("/", event.name, event.payload)
                client.connection.send(message)

    # --- events ---

    def _join(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(JoinDocument, payload)
        if len(client.sessions) + len(client.joining) >= self._limits.documents_per_connection:
            told = f"One connection may join {self._limits.documents_per_connection} documents."
            raise Overloaded(told)
        client.joining[message.document] = deque()
        self._start(self._come_in(client, message, ack))

    async def _come_in(self, client: _Client, message: JoinDocument, ack: Ack) -> None:
        try:
            ack(await self._admit(client, message))
        except CollabError as error:
            ack(refusal(error))
        except Exception:  # noqa: BLE001 - the last line of defence: answer, log, stay up
            _log.exception("join failed", extra={"action": "join", "document": message.document})
            ack(refusal(CollabError(_INTERNAL)))
        finally:
            for handler, payload, later in client.joining.pop(message.document, ()):
                self._handle(client, handler, payload, later)

    async def _admit(self, client: _Client, message: JoinDocument) -> Mapping[str, object]:
        document, connection = message.document, client.connection.id
        identity = client.identity
        session = await self._admission.open(identity, document, connection)
        while identity is not client.identity:
            # A newer token that came meanwhile is the one that counts.
            identity = client.identity
            session = await self._admission.open(identity, document, connection)
        if connection not in self._clients:
            told = "The connection closed before the document was open."
            raise NotJoined(told)
        joined = session.join(message.client_id, message.state_vector, message.awareness)
        client.sessions[document] = session
        person, role = session.grant.principal, session.grant.role.label
        return {
            "ok": True,
            "role": role,
            "user": {
                "id": person.id,
                "name": person.name,
                "color": person.color,
                "role": role,
            },
            "update": joined.update,
            "stateVector": encode_state_vector(joined.state_vector),
            "awareness": joined.awareness,
            "users": joined.users,
            "sequence": session.room.sequence,
            "epoch": session.room.document.epoch,
        }

    def _leave(self, client: _Client, payload: object, ack: Ack) -> None:
        document = _addressed(LeaveDocument, payload).document
        _session(client, document).leave()
        del client.sessions[document]
        ack({"ok": True})

    def _update(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(UpdateMessage, payload)

        def committed(result: int | CollabError) -> None:
            if isinstance(result, CollabError):
                ack(refusal(result))
            else:
                ack({"ok": True, "sequence": result})

        _session(client, message.document).submit(message.update, committed)

    def _sync(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(SyncDocument, payload)
        update, vector = _session(client, message.document).sync(message.state_vector)
        ack({"ok": True, "update": update, "stateVector": vector})

    def _awareness(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(AwarenessMessage, payload)
        _session(client, message.document).hear(message.update)
        ack({"ok": True})

    def _refresh_token(self, client: _Client, payload: object, ack: Ack) -> None:
        said = validated(RefreshToken, payload)
        self._start(self._refresh(client, said.token, ack))

    async def _refresh(self, client: _Client, token: str, ack: Ack) -> None:
        try:
            identity = await self._admission.identify(
                Credentials(token=token), client.connection.id, client.connection.remote
            )
            async with client.refreshing:
                # The share link it came with goes on counting beside the newer token.
                await self._go_on(client, replace(identity, link=client.identity.link))
        except CollabError as error:
            ack(refusal(error))
        else:
            at = identity.expires_at
            ack({"ok": True, "expiresAt": None if at is None else at.isoformat()})

    async def _go_on(self, client: _Client, identity: Identity) -> None:
        """Believe a newer token from now on, in every document the client is in."""
        if self._admission.asks_for_tokens and identity.person.id != client.identity.person.id:
            message = "This token is somebody else's; connect anew to be that person."
            raise InvalidRequest(message)
        if not self._admission.asks_for_tokens:
            return
        grants: dict[str, Grant | None] = {}
        while missing := [d for d in client.sessions if not self._is_current(grants, d)]:
            document = missing[0]
            try:
                grants[document] = await self._admission.grant(identity, document)
            except Forbidden:
                grants[document] = None
        # From here on nothing is awaited: the identity and its grants change together.
        if client.connection.id not in self._clients:
            return
        client.identity = identity
        client.expiry.watch(identity.expires_at)
        for document, grant in grants.items():
            _regrant(client, document, grant)

    def _is_current(self, grants: Mapping[str, Grant | None], document: str) -> bool:
        grant = grants.get(document)
        return document in grants and (grant is None or self._admission.is_current(grant))

    # --- private ---

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_within_limits(self, client: _Client, size: int, ack: Ack) -> bool:
        try:
            client.meter.take(size, _now())
        except CollabError as error:
            ack(refusal(error))
            return False
        return True

    def _handle(self, client: _Client, handler: Handler, payload: object, ack: Ack) -> None:
        try:
            if not self._wait_for_join(client, handler, payload, ack):
                handler(client, payload, ack)
        except CollabError as error:
            ack(refusal(error))
        except Exception:  # noqa: BLE001 - the last line of defence: answer, log, stay up
            _log.exception("event failed", extra={"action": "event"})
            ack(refusal(CollabError(_INTERNAL)))

    def _wait_for_join(self, client: _Client, handler: Handler, payload: object, ack: Ack) -> bool:
        """Keep an event that speaks of a document whose join is under way; return whether it is."""
        document = payload.get("document") if isinstance(payload, dict) else None
        waiting = client.joining.get(document) if isinstance(document, str) else None
        if waiting is None:
            return False
        if len(waiting) >= _WAITING_EVENTS:
            message = "Wait for the answer to joinDocument before you send more."
            raise Overloaded(message)
        waiting.append((handler, payload, ack))
        return True


def _regrant(client: _Client, document: str, grant: Grant | None) -> None:
    """Go on in a document with a newer grant, or leave it where there is none any more."""
    session = client.sessions.get(document)
    if session is None:
        return
    if grant is not None:
        with suppress(NotJoined):
            session.regrant(grant)
        return
    session.leave()
    del client.sessions[document]
    client.connection.emit("roleChanged", {"document": document, "role": None})


def _session(client: _Client, document: str) -> Session:
    """Return the client's session; its membership is looked up, never believed."""
    session = client.sessions.get(document)
    if session is None or not session.is_present:
        client.sessions.pop(document, None)
        message = f"Join the document {document} before you send it anything."
        raise NotJoined(message)
    return session


def _warn(connection: Connection, expires_at: datetime) -> None:
    connection.emit("tokenExpiring", {"expiresAt": expires_at.isoformat()})


def _end(connection: Connection) -> None:
    """End the session of an expired token; the client comes back, with a newer one if it has one."""
    message = "The token has expired; connect again with a new one."
    connection.emit("sessionEnded", {"code": ErrorCode.TOKEN_EXPIRED.value, "message": message})
    connection.close()


def _addressed(model: type[Addressed], payload: object) -> Addressed:
    """Return the payload as `model`, its document id checked first. Raises `InvalidDocumentId`."""
    if isinstance(payload, dict):
        document = payload.get("document")
        if isinstance(document, str) and not is_document_id(document):
            raise InvalidDocumentId(DOCUMENT_ID_RULE)
    return validated(model, payload)


def _nobody(_answer: object) -> None:
    """Answer a client that asked for no ack."""


def _now() -> float:
    return asyncio.get_running_loop().time()

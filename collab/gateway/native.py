"""Our own door: the Socket.IO events of the public interface on namespace `/`.

It parses, asks the gate and the room, and answers; it decides nothing. Every event but a join is
handled before the call returns, so one connection's events keep their order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from collab.access.gate import Credentials, Gate, Principal
from collab.crdt.state_vector import encode_state_vector
from collab.errors import (
    CollabError,
    ErrorCode,
    InvalidDocumentId,
    InvalidRequest,
    NotJoined,
    Overloaded,
    RateLimited,
    Unauthenticated,
)
from collab.gateway.rates import TokenBucket
from collab.gateway.socket_io import Ack, Connection
from collab.limits import Limits
from collab.room.core import Visitor
from collab.room.directory import RoomDirectory
from collab.room.room import Room
from schemas.identifiers import DOCUMENT_ID_RULE, is_document_id
from schemas.realtime import (
    AwarenessMessage,
    ConnectAuth,
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
    principal: Principal
    bucket: TokenBucket
    rooms: dict[str, Room] = field(default_factory=dict)
    joining: dict[str, deque[tuple[Handler, object, Ack]]] = field(default_factory=dict)
    """Documents being joined, each with the events that arrived before the join was answered."""


Handler = Callable[[_Client, object, Ack], None]


class NativeDoor:
    """Handles the connections of namespace `/` (see `collab.gateway.socket_io.Handlers`)."""

    def __init__(self, directory: RoomDirectory, gate: Gate, limits: Limits) -> None:
        self._directory = directory
        self._gate = gate
        self._limits = limits
        self._clients: dict[str, _Client] = {}
        self._joins: set[asyncio.Task[None]] = set()
        self._events: dict[str, Handler] = {
            "joinDocument": self._join,
            "leaveDocument": self._leave,
            "update": self._update,
            "syncDocument": self._sync,
            "awareness": self._awareness,
            "refreshToken": self._refresh_token,
        }

    # --- Handlers ---

    async def connected(self, connection: Connection, auth: object) -> None:
        """Admit a connection. Raises `InvalidRequest`, `Unauthenticated`."""
        said = _validated(ConnectAuth, {} if auth is None else auth)
        credentials = Credentials(said.token, said.id, said.name, said.color)
        principal = self._gate.identify(credentials, connection=connection.id)
        bucket = TokenBucket(
            rate=self._limits.events_per_second, burst=self._limits.event_burst, now=_now()
        )
        self._clients[connection.id] = _Client(connection, principal, bucket)

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        """Handle one event; whatever is wrong with it is answered, never raised."""
        client = self._clients.get(connection.id)
        answer = ack or _nobody
        handler = self._events.get(event)
        payload = args[0] if args else None
        if client is None:
            answer(_refusal(Unauthenticated("Connect before you send events.")))
        elif not client.bucket.take(_now()):
            message = "Too many events from this connection; slow down and send it again."
            answer(_refusal(RateLimited(message)))
        elif handler is None:
            message = f"There is no event {event[:64]!r}; see the protocol for those there are."
            answer(_refusal(InvalidRequest(message)))
        else:
            self._handle(client, handler, payload, answer)

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Take a vanished connection out of its rooms, at once."""
        client = self._clients.pop(connection.id, None)
        if client is None:
            return
        _log.debug("disconnected", extra={"action": "disconnect", "reason": reason})
        client.joining.clear()
        for document in tuple(client.rooms):
            self._depart(client, document)

    # --- events ---

    def _join(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(JoinDocument, payload)
        if len(client.rooms) + len(client.joining) >= self._limits.documents_per_connection:
            told = f"One connection may join {self._limits.documents_per_connection} documents."
            raise Overloaded(told)
        client.joining[message.document] = deque()
        task = asyncio.create_task(self._come_in(client, message, ack))
        self._joins.add(task)
        task.add_done_callback(self._joins.discard)

    async def _come_in(self, client: _Client, message: JoinDocument, ack: Ack) -> None:
        try:
            ack(await self._admit(client, message))
        except CollabError as error:
            ack(_refusal(error))
        except Exception:  # noqa: BLE001 - the last line of defence: answer, log, stay up
            _log.exception("join failed", extra={"action": "join", "document": message.document})
            ack(_refusal(CollabError(_INTERNAL)))
        finally:
            for handler, payload, later in client.joining.pop(message.document, ()):
                self._handle(client, handler, payload, later)

    async def _admit(self, client: _Client, message: JoinDocument) -> Mapping[str, object]:
        document, connection = message.document, client.connection.id
        grant = self._gate.grant(client.principal, document)
        room = await self._directory.open(grant)
        if connection not in self._clients:
            told = "The connection closed before the document was open."
            raise NotJoined(told)
        visitor = Visitor(connection, grant, message.client_id)
        joined = room.join(visitor, message.state_vector, message.awareness)
        client.rooms[document] = room
        person = client.principal
        return {
            "ok": True,
            "role": grant.role.label,
            "user": {
                "id": person.id,
                "name": person.name,
                "color": person.color,
                "role": grant.role.label,
            },
            "update": joined.update,
            "stateVector": encode_state_vector(joined.state_vector),
            "awareness": joined.awareness,
            "users": joined.users,
            "sequence": room.sequence,
            "epoch": room.document.epoch,
        }

    def _leave(self, client: _Client, payload: object, ack: Ack) -> None:
        document = _addressed(LeaveDocument, payload).document
        self._room(client, document)
        self._depart(client, document)
        ack({"ok": True})

    def _update(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(UpdateMessage, payload)

        def committed(result: int | CollabError) -> None:
            if isinstance(result, CollabError):
                ack(_refusal(result))
            else:
                ack({"ok": True, "sequence": result})

        room = self._room(client, message.document)
        room.submit(client.connection.id, message.update, committed)

    def _sync(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(SyncDocument, payload)
        room = self._room(client, message.document)
        update, vector = room.sync(client.connection.id, message.state_vector)
        ack({"ok": True, "update": update, "stateVector": vector})

    def _awareness(self, client: _Client, payload: object, ack: Ack) -> None:
        message = _addressed(AwarenessMessage, payload)
        self._room(client, message.document).hear(client.connection.id, message.update)
        ack({"ok": True})

    def _refresh_token(self, client: _Client, payload: object, ack: Ack) -> None:
        said = _validated(RefreshToken, payload)
        self._gate.identify(Credentials(token=said.token), connection=client.connection.id)
        ack({"ok": True, "expiresAt": None})

    # --- private ---

    def _room(self, client: _Client, document: str) -> Room:
        """Return the room the client is in; its membership is looked up, never believed."""
        room = client.rooms.get(document)
        if room is None or self._directory.find(document) is not room:
            client.rooms.pop(document, None)
            message = f"Join the document {document} before you send it anything."
            raise NotJoined(message)
        return room

    def _depart(self, client: _Client, document: str) -> None:
        room = client.rooms.pop(document)
        room.leave(client.connection.id)
        if not room.visitors():
            self._directory.expect_unload(document)

    def _handle(self, client: _Client, handler: Handler, payload: object, ack: Ack) -> None:
        try:
            if not self._wait_for_join(client, handler, payload, ack):
                handler(client, payload, ack)
        except CollabError as error:
            ack(_refusal(error))
        except Exception:  # noqa: BLE001 - the last line of defence: answer, log, stay up
            _log.exception("event failed", extra={"action": "event"})
            ack(_refusal(CollabError(_INTERNAL)))

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


def _addressed(model: type[Addressed], payload: object) -> Addressed:
    """Return the payload as `model`, its document id checked first. Raises `InvalidDocumentId`."""
    if isinstance(payload, dict):
        document = payload.get("document")
        if isinstance(document, str) and not is_document_id(document):
            raise InvalidDocumentId(DOCUMENT_ID_RULE)
    return _validated(model, payload)


Model = TypeVar("Model", bound=BaseModel)


def _validated(model: type[Model], payload: object) -> Model:
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        message = f"{where}: {first['msg']}."
        raise InvalidRequest(message) from None


def _refusal(error: CollabError) -> Mapping[str, object]:
    return {"ok": False, "error": {"code": ErrorCode(error.code).value, "message": str(error)}}


def _nobody(_answer: Mapping[str, object]) -> None:
    """Answer a client that asked for no ack."""


def _now() -> float:
    return asyncio.get_running_loop().time()

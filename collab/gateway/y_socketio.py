"""The door for clients of `y-socket.io`: one dynamic namespace `/yjs|<document>` for each document.

Its three events carry bare Yjs bytes: `sync-step-1` (a state vector; the ack is what it lacks),
`sync-update` and `awareness-update`. Whatever else a room says is sent under its own name, which the
stock client ignores. The client takes a refusal (CONNECT_ERROR) and a DISCONNECT as final and comes
back after a closed transport.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from collab.access.quotas import Lease, Meter, Quotas
from collab.errors import CollabError, Forbidden, InvalidRequest, InvalidUpdate
from collab.gateway.admission import Admission, Expiry, Session
from collab.gateway.closing import is_passing
from collab.gateway.fanout import OutgoingMessage, encode_event
from collab.gateway.messages import about, credentials, refusal
from collab.gateway.socket_io import Ack, Connection
from collab.room.records import RoomEvent

__all__ = ["YSocketIoDoor"]

_log = logging.getLogger(__name__)

_PREFIX: Final = "/yjs|"
_STEP_1: Final = "sync-step-1"
_UPDATE: Final = "sync-update"
_AWARENESS: Final = "awareness-update"


@dataclass(slots=True)
class _Client:
    connection: Connection
    session: Session
    expiry: Expiry
    meter: Meter
    lease: Lease
    is_told: bool = False
    """Whether it was told already that its edits do not count."""


class YSocketIoDoor:
    """Handles the connections of the namespaces it `owns` (see `socket_io.Handlers`)."""

    def __init__(self, admission: Admission, quotas: Quotas) -> None:
        self._admission = admission
        self._quotas = quotas
        self._clients: dict[str, _Client] = {}

    @staticmethod
    def owns(namespace: str) -> bool:
        """Return whether a namespace is of this door."""
        return namespace.startswith(_PREFIX)

    def __len__(self) -> int:
        return len(self._clients)

    # --- Handlers ---

    async def connected(self, connection: Connection, auth: object) -> None:
        """Let a client into its document. Raises a `CollabError` where that is final."""
        try:
            await self._let_in(connection, auth)
        except CollabError as error:
            if not is_passing(error):
                raise
            # A refusal would keep the client away for good.
            _log.warning("client put off: %s", error, extra={"action": "connect"})
            connection.close()

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        """Handle one event."""
        size, client = connection.weigh(), self._clients.get(connection.id)
        if client is None:
            return
        try:
            client.meter.take(size, _now())
            self._handle(client, event, args, ack)
        except CollabError as error:
            self._refuse(client, error, ack)

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Take a vanished client out of its room."""
        client = self._clients.pop(connection.id, None)
        if client is not None:
            _log.debug("disconnected", extra={"action": "disconnect", "reason": reason})
            client.expiry.stop()
            client.lease.end()
            client.session.leave()

    # --- Outlet ---

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        """Send `event` to those of `connections` that are ours, encoded once."""
        message = None
        for sid in connections:
            client = self._clients.get(sid)
            if client is None:
                continue
            if event.name == "syncRequired":
                self._ask_to_sync(client)
                continue
            message = message or _encoded(client.connection.namespace, event)
            client.connection.send(message)
            if event.name in ("documentDeleted", "accessRevoked"):
                client.connection.refuse()

    # --- private ---

    async def _let_in(self, connection: Connection, auth: object) -> None:
        document = connection.namespace.removeprefix(_PREFIX)
        identity = await self._admission.identify(
            credentials(auth), connection.id, connection.remote
        )
        with ExitStack() as undo:
            lease = self._admission.seat(identity)
            undo.callback(lease.end)
            session = await self._admission.open(identity, document, connection.id)
            if not connection.is_open:
                return
            session.join()
            undo.pop_all()
        expiry = Expiry(partial(_warn, connection), connection.close)
        meter = self._quotas.meter("y-socket.io", _now())
        client = _Client(connection, session, expiry, meter, lease)
        self._clients[connection.id] = client
        # The client is synced once it is asked this; its own step 1 comes by itself.
        self._ask_to_sync(client)
        states = session.presence()
        if states is not None:
            connection.emit(_AWARENESS, states)
        connection.emit("roleChanged", {"document": document, "role": session.grant.role.label})
        expiry.watch(identity.expires_at)

    def _handle(
        self, client: _Client, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        if event == _STEP_1:
            update, _ = client.session.sync(_bytes(args))
            if ack is not None:
                ack(update)
        elif event == _UPDATE:
            self._submit(client, _bytes(args), ack)
        elif event == _AWARENESS:
            self._hear(client, _bytes(args))
        else:
            error = InvalidRequest(f"There is no event {event[:64]!r} in this namespace.")
            self._warn_once(client, error)
            if ack is not None:
                ack(refusal(error))

    def _submit(
        self, client: _Client, update: bytes, ack: Ack | None, *, is_answer: bool = False
    ) -> None:
        def committed(result: int | CollabError) -> None:
            if isinstance(result, CollabError):
                self._refuse(client, result, ack)
            elif ack is not None:
                ack({"ok": True, "sequence": result})

        session = client.session
        (session.answer if is_answer else session.submit)(update, committed)

    def _hear(self, client: _Client, awareness: bytes) -> None:
        try:
            client.session.hear(awareness)
        except InvalidUpdate as error:
            # Not worth a session: nothing is lost but a cursor.
            self._warn_once(client, error)

    def _ask_to_sync(self, client: _Client) -> None:
        def answered(arguments: list[object]) -> None:
            try:
                self._submit(client, _bytes(tuple(arguments)), None, is_answer=True)
            except CollabError as error:
                self._refuse(client, error, None)

        client.connection.ask(_STEP_1, client.session.room.encoded_state_vector(), answered)

    def _refuse(self, client: _Client, error: CollabError, ack: Ack | None) -> None:
        """Say what is wrong; end what cannot go on, for good unless a later try may succeed."""
        if ack is not None:
            ack(refusal(error))
        if not client.connection.is_open:
            return
        if isinstance(error, Forbidden):
            self._warn_once(client, error)
            return
        _log.warning("client sent away: %s", error, extra={"action": "refuse", "code": error.code})
        client.connection.emit("refused", about(error))
        if is_passing(error):
            client.connection.close()
        else:
            client.connection.refuse()

    def _warn_once(self, client: _Client, error: CollabError) -> None:
        if not client.is_told:
            client.is_told = True
            _log.info("refused: %s", error, extra={"action": "refuse", "code": error.code})
            client.connection.emit("refused", about(error))


def _encoded(namespace: str, event: RoomEvent) -> OutgoingMessage:
    if event.name == "update":
        return encode_event(namespace, _UPDATE, event.payload["update"])
    if event.name == "awareness":
        return encode_event(namespace, _AWARENESS, event.payload["update"])
    return encode_event(namespace, event.name, event.payload)


def _bytes(arguments: tuple[object, ...]) -> bytes:
    if not arguments or not isinstance(arguments[0], bytes):
        message = "Send the bytes as a binary attachment, as y-socket.io does."
        raise InvalidRequest(message)
    return arguments[0]


def _warn(connection: Connection, expires_at: datetime) -> None:
    connection.emit("tokenExpiring", {"expiresAt": expires_at.isoformat()})


def _now() -> float:
    return asyncio.get_running_loop().time()

"""One document on a Hocuspocus socket: waits for its authentication, then is a session in the room."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from collab.access.gate import Credentials, Grant
from collab.access.quotas import Lease
from collab.access.roles import Action, allows
from collab.crdt.awareness import EMPTY_AWARENESS
from collab.crdt.lib0 import read_bytes, write_string
from collab.errors import (
    CollabError,
    InvalidRequest,
    InvalidUpdate,
    Overloaded,
    Unauthenticated,
)
from collab.gateway import hocuspocus_messages as wire
from collab.gateway.admission import Admission, Expiry, Session
from collab.gateway.closing import TOKEN_ENDED, is_passing
from collab.gateway.hocuspocus_messages import Kind
from collab.gateway.sync import STEP_1, STEP_2, expect_end, read_sync
from collab.gateway.websocket import ClientSocket
from collab.limits import Limits

__all__ = ["Hall", "Seat"]

_log = logging.getLogger(__name__)

_PATIENCE: Final = 10.0
"""Seconds a document may be spoken of before its token comes."""
_MOST_WAITING: Final = 1_000
_MOST_WAITING_BYTES: Final = 256 * 1024
"""What a client may say in a document before it is let in: what it types while its token is fetched."""
_MOST_DUE: Final = 1_000
_INTERNAL: Final = "Something went wrong on the server; try again."


@dataclass(frozen=True, slots=True)
class Hall:
    """What all seats share: where to ask, and the register of those who sit."""

    admission: Admission
    limits: Limits
    register: dict[str, Seat]


class Seat:
    """What happens under one address of one socket. `id` is the connection the room knows."""

    def __init__(
        self,
        hall: Hall,
        socket: ClientSocket,
        address: str,
        number: int,
        send_away: Callable[[CollabError], None],
    ) -> None:
        self.id = f"{socket.id}/{number}"
        self.address = address
        self.socket = socket
        self.version = ""
        """What the client calls itself; version 4 and newer do."""
        self._hall = hall
        self._head = write_string(address)
        self._send_away = send_away
        self._session: Session | None = None
        self._lease = Lease()
        self._waiting: deque[tuple[int, bytes, int]] = deque()
        self._waiting_bytes = 0
        self._is_closed = False
        self._is_denied = False
        self._is_warned = False
        self._is_introduced = False
        self._due: deque[bool] = deque()
        self._tokens: list[str | None] = []
        self._task: asyncio.Task[None] | None = None
        self._expiry = Expiry(self._ask_for_token, partial(socket.close, TOKEN_ENDED))
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_PATIENCE, self._lose_patience)

    @property
    def is_taken(self) -> bool:
        """Whether the client is in the document, or about to be told."""
        return self._session is not None or self._task is not None

    # --- in ---

    def take(self, kind: int, message: bytes, position: int) -> None:
        """Handle a frame, or keep it until the client is let in.

        Raises `CollabError` for what must end the socket.
        """
        if kind == Kind.AUTH:
            token, self.version = wire.read_token(message, position)
            self._authenticate(token or None)
        elif self._session is not None:
            self._handle(self._session, kind, message, position)
        elif not self._is_denied:
            self._wait(kind, message, position)

    def close(self) -> None:
        """Leave the document; nothing is sent."""
        self._is_closed = True
        self._timer.cancel()
        self._tokens.clear()
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
        self._leave()

    # --- out ---

    def send(self, body: bytes) -> None:
        """Send a frame under this seat's address."""
        self.socket.send(self._head + body)

    def ask_to_sync(self, body: bytes) -> None:
        """Send a step 1 that the client did not bring about: its answer is not counted."""
        self._expect(is_counted=False)
        self.send(body)

    def show_scope(self) -> None:
        """Tell the client whether it may write."""
        if self._session is not None:
            self.send(wire.granted(_scope(self._session.grant)))

    def end(self, error: CollabError) -> None:
        """End the session for good; the socket and its other documents stay."""
        self.send(wire.denied(str(error)))
        self.send(wire.closed(str(error)))
        self._is_denied = True
        self._leave()

    # --- coming in ---

    def _authenticate(self, token: str | None) -> None:
        """Come in, or go on, with `token`: one at a time, the newest that waits next."""
        self._tokens = [token]
        if self._task is None:
            self._task = asyncio.create_task(self._use_tokens())

    async def _use_tokens(self) -> None:
        try:
            while self._tokens:
                token = self._tokens.pop()
                if self._session is None:
                    self._is_denied = False
                    await self._come_in(token)
                else:
                    await self._renew(self._session, token)
        finally:
            self._task = None

    def _wait(self, kind: int, message: bytes, position: int) -> None:
        self._waiting_bytes += len(message)
        if len(self._waiting) >= _MOST_WAITING or self._waiting_bytes > _MOST_WAITING_BYTES:
            text = "Wait until you are authenticated before you send so much."
            raise Overloaded(text)
        self._waiting.append((kind, message, position))
        if self._task is None and not self._hall.admission.asks_for_tokens:
            # Version 2 authenticates only if it has a token.
            self._authenticate(None)

    async def _come_in(self, token: str | None) -> None:
        self._timer.cancel()
        admission, document = self._hall.admission, wire.document_of(self.address)
        try:
            identity = await admission.identify(
                Credentials(token), self.socket.id, self.socket.remote
            )
            self._lease.end()
            self._lease = admission.seat(identity)
            session = await admission.open(identity, document, self.id)
            session.join()
        except CollabError as error:
            self._deny(error)
        except Exception:  # noqa: BLE001 - one client's trouble must not become another's
            _log.exception("connect failed", extra={"action": "connect"})
            self._deny(CollabError(_INTERNAL))
        else:
            self._sit_down(session, identity.expires_at)

    def _sit_down(self, session: Session, expires_at: datetime | None) -> None:
        self._session = session
        self._hall.register[self.id] = self
        self.show_scope()
        self._expiry.watch(expires_at)
        waiting, self._waiting, self._waiting_bytes = self._waiting, deque(), 0
        try:
            for kind, message, position in waiting:
                self._handle(session, kind, message, position)
        except CollabError as error:
            self._send_away(error)
        except Exception:  # noqa: BLE001 - what waited is lost: the client is to come back
            _log.exception("message failed", extra={"action": "message"})
            self._send_away(CollabError(_INTERNAL))

    def _deny(self, error: CollabError) -> None:
        _log.warning("client denied: %s", error, extra={"action": "refuse", "code": error.code})
        self._is_denied = True
        self._lease.end()
        self._waiting.clear()
        self._waiting_bytes = 0
        if is_passing(error):
            self._send_away(error)
        else:
            self.send(wire.denied(str(error)))

    def _lose_patience(self) -> None:
        if self._session is None and self._task is None and not self._is_denied:
            self._deny(Unauthenticated("Authenticate before you speak of a document."))

    async def _renew(self, session: Session, token: str | None) -> None:
        """Go on with a newer token; a bad one changes nothing, the old one counts while it lasts."""
        admission = self._hall.admission
        try:
            identity = await admission.identify(
                Credentials(token), self.socket.id, self.socket.remote
            )
            grant = await admission.grant(identity, session.document)
            if grant.principal.id != session.grant.principal.id:
                session = await admission.open(identity, session.document, self.id)
                lease = admission.seat(identity)
                # Nothing is awaited between: no edit passes the connection by.
                session.join()
                self._lease.end()
                self._session, self._lease = session, lease
                self._hall.register[self.id] = self
            else:
                session.regrant(grant)
        except CollabError as error:
            self._warn(error)
        else:
            self._expiry.watch(identity.expires_at)
            self.show_scope()

    def _ask_for_token(self, _expires_at: datetime) -> None:
        self.send(wire.TOKEN_WANTED)

    def _leave(self) -> None:
        self._hall.register.pop(self.id, None)
        self._lease.end()
        self._expiry.stop()
        session, self._session = self._session, None
        self._is_introduced = False
        self._due.clear()
        if session is not None:
            session.leave()

    # --- once seated ---

    def _handle(self, session: Session, kind: int, message: bytes, position: int) -> None:
        if kind == Kind.SYNC:
            self._sync(session, *read_sync(message, position))
        elif kind == Kind.AWARENESS:
            states, position = read_bytes(message, position)
            expect_end(message, position)
            self._hear(session, states)
        elif kind == Kind.QUERY_AWARENESS:
            self.send(wire.awareness(session.presence() or EMPTY_AWARENESS))
        elif kind == Kind.STATELESS:
            self._relay(session, wire.read_text(message, position))
        else:
            self._warn(InvalidRequest(f"This server takes no frames of type {kind} from clients."))

    def _sync(self, session: Session, kind: int, payload: bytes) -> None:
        if kind == STEP_1:
            update, vector = session.sync(payload)
            self.send(wire.sync(STEP_2, update))
            self.send(wire.sync(STEP_1, vector))
            self._expect(is_counted=True)
            self._introduce(session)
            return
        is_due = True
        if kind == STEP_2 and self._due:
            is_due = self._due.popleft()
        answer = partial(self._answer, is_due)
        try:
            (session.answer if kind == STEP_2 else session.submit)(payload, answer)
        except CollabError as error:
            answer(error)

    def _expect(self, *, is_counted: bool) -> None:
        """Take note of a step 1 that the client will answer."""
        if len(self._due) >= _MOST_DUE:
            self._due.popleft()
        self._due.append(is_counted)

    def _introduce(self, session: Session) -> None:
        """Show the client who is here, once, and only now: what it echoes follows its answer."""
        states = None if self._is_introduced else session.presence()
        self._is_introduced = True
        if states is not None:
            self.send(wire.awareness(states))

    def _answer(self, is_due: bool, result: int | CollabError) -> None:  # noqa: FBT001 - bound by `partial`
        """Tell the client what became of an edit."""
        if self._is_closed:
            # Who speaks under the address now is another provider, whose edits these were not.
            return
        if not isinstance(result, CollabError):
            if is_due:
                self.send(wire.status(is_kept=True))
            return
        if is_passing(result):
            # It comes back, and the sync tells what is still missing.
            if self.socket.is_open:
                self._send_away(result)
            return
        self._warn(result)
        self.send(wire.status(is_kept=False))

    def _hear(self, session: Session, states: bytes) -> None:
        try:
            session.hear(states)
        except InvalidUpdate as error:
            # Not worth a session: nothing is lost but a cursor.
            self._warn(error)

    def _relay(self, session: Session, text: str) -> None:
        most = self._hall.limits.stateless_bytes
        if len(text.encode()) > most:
            self._warn(InvalidRequest(f"A stateless message may have {most} bytes."))
            return
        session.relay("stateless", payload=text)

    def _warn(self, error: CollabError) -> None:
        if not self._is_warned:
            self._is_warned = True
            _log.info("refused: %s", error, extra={"action": "refuse", "code": error.code})


def _scope(grant: Grant) -> str:
    return wire.READ_WRITE if allows(grant.role, Action.EDIT) else wire.READ_ONLY

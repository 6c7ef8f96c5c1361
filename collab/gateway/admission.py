"""Coming in, the same for all doors: from credentials to an identity, a grant, and a place in a room.

A door translates; what it translates to is a `Session`. Whoever wants to read, edit or be seen does
it through one, so no rule is written twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from collab.access.gate import Credentials, Grant, Identity
from collab.access.quotas import Lease, Quotas
from collab.access.roles import Action, Role, allows
from collab.crdt.awareness import EMPTY_AWARENESS
from collab.errors import NotJoined
from collab.room.core import Joined, Visitor
from collab.room.directory import RoomDirectory
from collab.room.room import Committed, Room
from collab.sharing.rights import Rights

__all__ = ["Admission", "Expiry", "Session"]

_WARNING: Final = timedelta(minutes=1)
"""How long before its token ends a client is asked for a newer one."""


class Session:
    """One connected client in one room, with its grant; made by `Admission.open`."""

    __slots__ = ("_admitted", "_directory", "_room", "connection")

    def __init__(self, directory: RoomDirectory, room: Room, grant: Grant, connection: str) -> None:
        self._directory = directory
        self._room = room
        self._admitted = grant
        self.connection = connection

    @property
    def document(self) -> str:
        """The document's id."""
        return self._admitted.document

    @property
    def grant(self) -> Grant:
        """What the client may do now. Raises `NotJoined` once it is not in the room."""
        return self.room.visitor(self.connection).grant

    @property
    def is_present(self) -> bool:
        """Whether the room is still the document's: it is not once the document was deleted."""
        return self._directory.find(self.document) is self._room

    @property
    def room(self) -> Room:
        """The room. Raises `NotJoined` when it is not the document's any more."""
        if not self.is_present:
            message = f"Join the document {self.document} before you send it anything."
            raise NotJoined(message)
        return self._room

    def join(
        self,
        client: int | None = None,
        state_vector: bytes | None = None,
        awareness: bytes | None = None,
    ) -> Joined:
        """Enter the room and return what the client lacks. See `RoomCore.join` for what is raised."""
        visitor = Visitor(self.connection, self._admitted, client)
        return self.room.join(visitor, state_vector, awareness)

    def sync(self, state_vector: bytes) -> tuple[bytes, bytes]:
        """Return what a holder of `state_vector` lacks, and the server's own state vector."""
        return self.room.sync(self.connection, state_vector)

    def submit(self, update: bytes, committed: Committed) -> None:
        """Hand in an edit; see `Room.receive`."""
        self.room.submit(self.connection, update, committed)

    def answer(self, update: bytes, committed: Committed) -> None:
        """Hand in the answer to a step 1 of ours; an echo of what it is shown next is not its own."""
        self.room.answered(self.connection)
        self.submit(update, committed)

    def hear(self, awareness: bytes) -> None:
        """Relay an awareness update. Raises `NotJoined`, `InvalidUpdate`."""
        self.room.hear(self.connection, awareness)

    def relay(self, name: str, **fields: object) -> None:
        """Tell everyone else in the room of an event. Raises `NotJoined`."""
        self.room.relay(self.connection, name, **fields)

    def presence(self) -> bytes | None:
        """Return one awareness update with everybody present; None if nobody shows anything."""
        states = self.room.presence()
        return None if states == EMPTY_AWARENESS else states

    def regrant(self, grant: Grant) -> None:
        """Go on with another grant of the same person: a newer token, or a changed role.

        Raises `NotJoined`, and `Forbidden` when it does not even allow to read.
        """
        self.room.regrant(self.connection, grant)

    def leave(self) -> None:
        """Leave the room; does nothing for who has left."""
        if not self.is_present:
            return
        self._room.leave(self.connection)
        if not self._room.visitors():
            self._directory.expect_unload(self.document)


class Admission:
    """Lets clients in, whichever door they come by."""

    def __init__(self, directory: RoomDirectory, rights: Rights, quotas: Quotas) -> None:
        self._directory = directory
        self._rights = rights
        self._quotas = quotas

    @property
    def asks_for_tokens(self) -> bool:
        """Whether people prove who they are; otherwise they are guests."""
        return self._rights.asks_for_tokens

    async def identify(self, credentials: Credentials, connection: str, address: str) -> Identity:
        """Return who the caller at `address` is.

        Raises `Unauthenticated`, `TokenExpired`, `RateLimited`, `Unavailable`.
        """
        return await self._rights.identify(credentials, connection=connection, address=address)

    def seat(self, identity: Identity) -> Lease:
        """Count one more connection of a person, until the lease ends. Raises `RateLimited`."""
        return self._quotas.seat(identity.person.id)

    async def grant(self, identity: Identity, document: str) -> Grant:
        """Return the identity's grant for a document, to be used before anything else is awaited.

        Raises `InvalidDocumentId`, `Forbidden`, `Unavailable`.
        """
        return await self._rights.grant(identity, document)

    def is_current(self, grant: Grant) -> bool:
        """Return whether no rights were changed since `grant` was made."""
        return self._rights.is_current(grant)

    async def open(self, identity: Identity, document: str, connection: str) -> Session:
        """Return a session that has yet to join, before anything else is awaited; its room is loaded.

        Raises `InvalidDocumentId`, `Forbidden`, `NotFound`, `Unavailable`, `RateLimited`.
        """
        now = asyncio.get_running_loop().time()
        self._quotas.join(identity.person.id, identity.address, now)
        grant = await self.grant(identity, document)
        room = await self._directory.open(grant)
        if room.sequence == 0 and _may_have_created(grant):
            grant = await self.grant(identity, document)
        while not self._rights.is_current(grant) or self._directory.find(document) is not room:
            # Rights were changed while the room was loaded, or it was closed: all of it again.
            grant = await self.grant(identity, document)
            room = await self._directory.open(grant)
        return Session(self._directory, room, grant, connection)


def _may_have_created(grant: Grant) -> bool:
    """Return whether the document may have been created just now, and so be the principal's own."""
    standing = grant.standing
    is_member = standing is not None and standing.member is not None
    return not is_member and grant.role is not Role.OWNER and allows(grant.role, Action.CREATE)


class Expiry:
    """Watches over the end of a token: `warn` is called a minute before, `end` when it is there."""

    __slots__ = ("_at", "_end", "_is_warned", "_timer", "_warn", "_warning")

    def __init__(self, warn: Callable[[datetime], None], end: Callable[[], None]) -> None:
        self._warn = warn
        self._end = end
        self._at: datetime | None = None
        self._is_warned = False
        self._warning = _WARNING
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, expires_at: datetime | None) -> None:
        """Watch for this moment instead of the one before; None ends no session.

        Who was warned is warned again only of a later end, and of a near one halfway to it.
        """
        self.stop()
        is_later = expires_at is not None and (self._at is None or expires_at > self._at)
        self._at = expires_at
        if expires_at is not None and is_later:
            self._is_warned = False
            self._warning = min(_WARNING, (expires_at - datetime.now(UTC)) / 2)
        self._look()

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        # The clock may have been set meanwhile: what is due is asked of it, not of the timer.
        if self._at is None:
            return
        left = self._at - datetime.now(UTC)
        if left <= timedelta(0):
            self._end()
            return
        if left <= self._warning and not self._is_warned:
            self._is_warned = True
            self._warn(self._at)
        wait = left if self._is_warned else left - self._warning
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(wait.total_seconds(), 3600.0) + 0.001, self._look)

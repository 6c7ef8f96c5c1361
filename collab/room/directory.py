"""The directory of rooms: opens each once however many join at once, forgets the idle, drains all."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.quotas import Quotas
from collab.access.roles import Action, allows
from collab.crdt.replica import Engine
from collab.errors import CollabError, NotFound, RateLimited
from collab.limits import Limits
from collab.room.content import Content
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.room.records import Claim, Document, RoomEvent, StoredDocument
from collab.room.room import Judge, Room

__all__ = ["PresentPerson", "RoomDirectory"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PresentPerson:
    """A person in a room now: how many connections they have, and what their clients show."""

    id: str
    name: str
    color: str
    role: str
    connections: int
    states: Sequence[tuple[int, dict[str, Any]]]
    """(Yjs client id, awareness state) of each of the person's clients."""


@dataclass(frozen=True, slots=True)
class _Opening:
    task: asyncio.Task[Room]
    creator: str | None
    """For whom the document is created if there is none."""


class RoomDirectory:
    """All loaded rooms of this process."""

    def __init__(
        self,
        walls: Walls,
        engine: Engine,
        limits: Limits,
        policy: RoomPolicy,
        quotas: Quotas | None = None,
    ) -> None:
        self._walls = walls
        self._engine = engine
        self._limits = limits
        self._policy = policy
        self._quotas = quotas or Quotas(limits)
        self._rooms: dict[str, Room] = {}
        self._opening: dict[str, _Opening] = {}
        self._settling: dict[str, asyncio.Task[None]] = {}
        self._unload_timers: dict[str, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def sessions(self) -> int:
        """How many connections are in rooms, each as often as it has joined one."""
        return sum(len(room.visitors()) for room in self._rooms.values())

    # --- rooms ---

    def find(self, document: str) -> Room | None:
        """Return the document's room if it is loaded."""
        return self._rooms.get(document)

    async def open(self, grant: Grant) -> Room:
        """Return the room of the grant's document, loading (and, if allowed, creating) it first.

        Raises `NotFound`, `Forbidden`, `Unavailable`, and `RateLimited` for who has created too
        many. A load once begun goes on for the others when the one who began it goes away.
        """
        grant.require(Action.READ)
        document = grant.document
        creator = grant.principal.id if allows(grant.role, Action.CREATE) else None
        while (room := self._rooms.get(document)) is None:
            opening = self._opening.get(document)
            if opening is None:
                task = asyncio.create_task(self._load(document, creator, _actor(grant)))
                opening = self._opening[document] = _Opening(task, creator)
                task.add_done_callback(lambda _: self._opening.pop(document, None))
            try:
                # Not its result: the room may have been closed before this turn of the loop came.
                await asyncio.shield(opening.task)
            except NotFound:
                # A viewer's load creates nothing; that is no answer to somebody who may create.
                if creator is None or opening.creator is not None:
                    raise
            except RateLimited:
                # The one who began the load had created too many; others have not.
                if creator == opening.creator:
                    raise
        self.expect_unload(document)
        return room

    def expect_unload(self, document: str) -> None:
        """(Re)start the grace period after which a room at rest is forgotten."""
        timer = self._unload_timers.pop(document, None)
        if timer is not None:
            timer.cancel()
        if document in self._rooms:
            loop = asyncio.get_running_loop()
            self._unload_timers[document] = loop.call_later(
                self._policy.grace, self._unload, document
            )

    # --- what plain HTTP asks ---

    async def state(self, document: str) -> tuple[bytes, int]:
        """Return the document as one update, and the sequence it stands at. Raises `NotFound`."""
        room = self._rooms.get(document)
        if room is None:
            stored = await self._walls.documents.load(document, create_for=None)
            state = await asyncio.to_thread(_state_of, stored, self._limits)
            return state, stored.document.sequence
        return room.whole(), room.sequence

    async def present(self, document: str) -> tuple[Document, int]:
        """Return the document, and the sequence of what is committed of it.

        Raises `NotFound`, `Unavailable`.
        """
        room = self._rooms.get(document)
        if room is not None:
            return room.document, room.sequence
        found = await self._walls.documents.get(document)
        return found, found.sequence

    async def moment(self, document: str) -> tuple[Document, bytes, int]:
        """Return the document, its whole state, and the committed sequence of exactly that state.

        Raises `NotFound`, `Unavailable`.
        """
        room = self._rooms.get(document)
        if room is not None:
            return room.document, *await room.moment()
        stored = await self._walls.documents.load(document, create_for=None)
        state = await asyncio.to_thread(_state_of, stored, self._limits)
        return stored.document, state, stored.document.sequence

    def forget_deleted(self, document: str) -> None:
        """Let go of what was deleted from the document, should it be loaded."""
        room = self._rooms.get(document)
        if room is not None:
            room.forget_deleted()

    def tell(self, document: str, name: str, **fields: object) -> None:
        """Tell everyone in the document's room of an event."""
        room = self._rooms.get(document)
        if room is not None:
            room.announce(name, **fields)

    async def confirmed(self, grant: Grant) -> Grant:
        """Return the grant as it is now; asked right before a write. See `Rights.confirmed`."""
        rights = self._walls.rights
        return grant if rights is None else await rights.confirmed(grant)

    async def submit(
        self, document: str, update: bytes, grant: Grant, inherited: Sequence[Claim] = ()
    ) -> int:
        """Merge `update` through the room's ordinary path; return its sequence after commit.

        What it puts back keeps the authors it `inherited`.
        """
        if document not in self._rooms:
            await self._walls.documents.get(document)
        rights = self._walls.rights
        room = await self.open(grant)
        # Rights may have changed since the request came: what it may do is asked again.
        grant = await self.confirmed(grant)
        while (rights is not None and not rights.is_current(grant)) or self.find(
            document
        ) is not room:
            room = await self.open(grant)
            grant = await self.confirmed(grant)
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def committed(result: int | CollabError) -> None:
            if done.done():
                return
            if isinstance(result, CollabError):
                done.set_exception(result)
            else:
                done.set_result(result)

        room.receive(grant, None, update, committed, inherited)
        self.expect_unload(document)
        return await done

    def presence(self, document: str) -> Sequence[PresentPerson]:
        """Return the people in the room now; nobody when it is not loaded."""
        room = self._rooms.get(document)
        if room is None:
            return ()
        people: dict[str, PresentPerson] = {}
        for visitor in room.visitors():
            states = [(c, json.loads(s)) for c, s in room.presence_of(visitor.connection)]
            person, known = visitor.person, people.get(visitor.person.id)
            people[person.id] = PresentPerson(
                id=person.id,
                name=person.name,
                color=person.color,
                role=visitor.grant.role.label,
                connections=1 + (known.connections if known else 0),
                states=[*(known.states if known else ()), *states],
            )
        return tuple(people.values())

    def reconsider(self, document: str, judge: Judge) -> None:
        """Have `judge` say anew what everyone in the document's room may do (`Room.reconsider`)."""
        room = self._rooms.get(document)
        if room is not None:
            room.reconsider(judge)
            if not room.visitors():
                self.expect_unload(document)

    async def closed(self, document: str) -> None:
        """Put everyone out of a deleted document's room, telling them so, and forget the room."""
        opening = self._opening.get(document)
        if opening is not None:
            await asyncio.wait([opening.task])
        room = self._rooms.get(document)
        if room is None:
            return
        self._forget(document)
        room.announce("documentDeleted", epoch=room.document.epoch)
        for visitor in tuple(room.visitors()):
            room.leave(visitor.connection)
        settling = asyncio.create_task(room.settle())
        self._settling[document] = settling
        settling.add_done_callback(lambda _: self._settling.pop(document, None))
        await asyncio.shield(settling)

    # --- the whole house ---

    def announce_storage(self, *, available: bool) -> None:
        """Tell every room whether edits are being stored at the moment."""
        for room in self._rooms.values():
            room.announce("storage", available=available)

    def announce(self, event: RoomEvent) -> None:
        """Tell everyone in every room of `event`."""
        for room in self._rooms.values():
            room.announce(event.name, **event.payload)

    async def drain(self) -> None:
        """Settle every room: all that was received by now is told, committed and snapshotted."""
        for timer in self._unload_timers.values():
            timer.cancel()
        await asyncio.gather(
            *(opening.task for opening in self._opening.values()),
            *self._settling.values(),
            *(room.settle() for room in self._rooms.values()),
            return_exceptions=True,
        )

    # --- private ---

    async def _load(self, document: str, create_for: str | None, actor: Actor) -> Room:
        settling = self._settling.get(document)
        if settling is not None:
            # What the closed room still writes must be in what is loaded.
            await asyncio.wait([settling])
        stored = await self._stored(document, create_for, actor)
        content = Content.load(stored, self._engine, self._limits)
        room = Room(stored, content, self._walls, self._limits, self._policy)
        self._rooms[document] = room
        return room

    async def _stored(self, document: str, creator: str | None, actor: Actor) -> StoredDocument:
        """Return the document, created for `creator` if need be and they may; see `open`."""
        documents, now = self._walls.documents, asyncio.get_running_loop().time()
        if creator is None:
            return await documents.load(document, create_for=None)
        is_allowed = self._quotas.may_create(creator, now)
        try:
            create_for = creator if is_allowed else None
            stored = await documents.load(document, create_for=create_for, creator=actor)
        except NotFound:
            if not is_allowed:
                self._quotas.create(creator, now)
            raise
        if stored.is_new:
            # Counted, although another load may have been quicker: it is there now.
            with suppress(RateLimited):
                self._quotas.create(creator, now)
        return stored

    def _unload(self, document: str) -> None:
        room = self._rooms.get(document)
        if room is None:
            return
        if room.is_at_rest:
            self._forget(document)
            return
        if not room.visitors():
            room.persist()
        self.expect_unload(document)

    def _forget(self, document: str) -> None:
        self._rooms.pop(document, None)
        timer = self._unload_timers.pop(document, None)
        if timer is not None:
            timer.cancel()


def _actor(grant: Grant) -> Actor:
    return Actor(grant.principal.id, grant.principal.name, grant.address)


def _state_of(stored: StoredDocument, limits: Limits) -> bytes:
    """Return the whole state of a document nobody has open; runs on any thread."""
    return Content.load(stored, Engine.PYCRDT, limits).whole()

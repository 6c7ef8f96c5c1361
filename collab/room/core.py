"""The still heart of a room: join, leave, receive and tick become effects. It never awaits.

It takes bytes and `now` and returns what should happen, in order; `room.room` makes it happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collab.access.gate import Grant, Principal, is_guest
from collab.access.roles import Action, allows
from collab.crdt.awareness import AwarenessEntry, decode_awareness
from collab.crdt.compaction import merge
from collab.crdt.update import UpdateInfo
from collab.errors import CollabError, NotJoined, Overloaded
from collab.limits import Limits
from collab.room.batching import Batch
from collab.room.content import Content, Merged
from collab.room.ownership import Attributed, Ownership
from collab.room.presence import Presence
from collab.room.records import Claim, RoomEvent

__all__ = ["Effect", "Joined", "Reception", "RoomCore", "Tell", "Visitor"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """One connection's standing in the room: its grant, and the Yjs client id it announced."""

    connection: str
    grant: Grant
    client: int | None = None
    """The Yjs client id it speaks for; None when it did not say. Others' states are echoes."""

    @property
    def person(self) -> Principal:
        """Who is behind the connection."""
        return self.grant.principal


@dataclass(frozen=True, slots=True)
class Tell:
    """Effect: send `event` to `connections`."""

    connections: tuple[str, ...]
    event: RoomEvent


Effect = Tell
"""What a room can be asked to do besides appending (which `Reception.appended` says)."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer to a join: what the client lacks, and what was told to the others."""

    update: bytes
    state_vector: Mapping[int, int]
    awareness: bytes
    users: Sequence[Mapping[str, str]]
    effects: list[Effect]


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of an update: whose it is if it must be appended, and what to tell whom at once."""

    appended: Attributed | None
    """None when it held nothing new."""
    effects: list[Effect]
    update: bytes = b""
    """What to append: without what was known already, should the sender tell it differently."""


class RoomCore:
    """One document's people, presence and content. Used on one thread, by one `Room`."""

    def __init__(
        self, document: str, content: Content, limits: Limits, claims: Iterable[Claim] = ()
    ) -> None:
        self.document = document
        self.content = content
        self._ownership = Ownership(claims)
        self._limits = limits
        self._visitors: dict[str, Visitor] = {}
        self._presence = Presence(clients_per_connection=limits.presence_clients_per_session)
        self._batch = Batch()

    # --- people ---

    @property
    def connections(self) -> Sequence[str]:
        """The connections in the room, in order of arrival."""
        return tuple(self._visitors)

    def visitor(self, connection: str) -> Visitor:
        """Return the visitor behind `connection`. Raises `NotJoined`."""
        found = self._visitors.get(connection)
        if found is None:
            message = f"Join the document {self.document} before you send it anything."
            raise NotJoined(message)
        return found

    def visitors(self) -> Sequence[Visitor]:
        """Return everyone in the room, one entry per connection."""
        return tuple(self._visitors.values())

    def presence_of(self, connection: str) -> list[tuple[int, str]]:
        """Return (client id, awareness state as JSON) of what `connection` shows."""
        return self._presence.states(connection)

    def join(
        self, visitor: Visitor, state_vector: Mapping[int, int], awareness: bytes | None, now: float
    ) -> Joined:
        """Let `visitor` in (or answer a second join of the same connection anew).

        Raises `Overloaded` when the room is full, `InvalidUpdate` for a bad awareness update;
        nothing has changed then.
        """
        visitor.grant.require(Action.READ)
        entries = self._decode(awareness, visitor) if awareness else ()
        if self._is_full_for(visitor):
            message = f"The document {self.document} has as many people as it can hold; try later."
            raise Overloaded(message)
        effects = self.flush(now)
        is_new_person = visitor.person.id not in self._people()
        others = tuple(c for c in self._visitors if c != visitor.connection)
        self._visitors[visitor.connection] = visitor
        knows = 0 if visitor.client is None else state_vector.get(visitor.client, 0)
        writer = visitor.client if allows(visitor.grant.role, Action.EDIT) else None
        self._ownership.enter(visitor.connection, visitor.person, writer, knows)
        self._show(visitor, entries)
        if is_new_person and others:
            effects.append(Tell(others, self._event("userJoined", user=_user(visitor))))
        return Joined(
            update=self.content.lacking(state_vector),
            state_vector=self.content.state_vector(),
            awareness=self._presence.encode_all(),
            users=self.users(),
            effects=effects,
        )

    def regrant(self, connection: str, grant: Grant) -> list[Effect]:
        """Let `connection` go on with another grant of the same person; it is told a changed role.

        Raises `NotJoined`, and `Forbidden` when the grant does not even allow to read.
        """
        grant.require(Action.READ)
        visitor = self.visitor(connection)
        assert grant.principal.id == visitor.person.id
        self._visitors[connection] = replace(visitor, grant=grant)
        if grant.role is visitor.grant.role:
            return []
        return [Tell((connection,), self._event("roleChanged", role=grant.role.label))]

    def expel(self, connection: str, reason: CollabError, now: float) -> list[Effect]:
        """Put `connection` out of the room, telling it why; does nothing for who has left."""
        if connection not in self._visitors:
            return []
        told = self._event("accessRevoked", code=reason.code.value, message=str(reason))
        return [Tell((connection,), told), *self.leave(connection, now)]

    def answered(self, connection: str) -> None:
        """Take note that `connection` answered a sync. See `Presence.answered`."""
        self._presence.answered(connection)

    def presence(self) -> bytes:
        """Return one awareness update with everybody present."""
        return self._presence.encode_all()

    def leave(self, connection: str, now: float) -> list[Effect]:
        """Take `connection` out: its cursors vanish for the others at once."""
        visitor = self._visitors.pop(connection, None)
        if visitor is None:
            return []
        self._ownership.leave(connection)
        self._batch.add_presence(self._presence.leave(connection), None)
        effects = self.flush(now)
        if self._visitors and visitor.person.id not in self._people():
            told = self._event("userLeft", user=_user(visitor))
            effects.append(Tell(tuple(self._visitors), told))
        return effects

    def users(self) -> Sequence[Mapping[str, str]]:
        """Return the people in the room, each once with their highest role."""
        best: dict[str, Visitor] = {}
        for visitor in self._visitors.values():
            known = best.get(visitor.person.id)
            if known is None or visitor.grant.role > known.grant.role:
                best[visitor.person.id] = visitor
        return [_user(visitor) for visitor in best.values()]

    # --- edits and cursors ---

    def receive(
        self,
        grant: Grant,
        sender: str | None,
        update: bytes,
        info: UpdateInfo,
        inherited: Sequence[Claim] = (),
    ) -> Reception:
        """Merge `update`, which `inspect_update` passed as `info`.

        An update whose dependencies are missing is parked and its sender asked to sync.
        Raises `Forbidden`, `InvalidUpdate`, `UnsupportedContent`, `DocumentTooLarge`, `Conflict`;
        the content is unchanged then.
        """
        if not allows(grant.role, Action.EDIT) and not self.content.would_change(info):
            # Readers answer a sync with what is known already: nothing to refuse.
            return Reception(appended=None, effects=[])
        grant.require(Action.EDIT)
        vector = self.content.state_vector()
        before = {client: vector.get(client, 0) for client in info.clocks}
        merged = self.content.receive(update, info, sender)
        if merged is Merged.KNOWN:
            return Reception(appended=None, effects=[])
        attributed = self._ownership.attribute(info, before, grant.principal, sender, inherited)
        self._ownership.settle(attributed.claims)
        if merged is Merged.PARKED:
            return Reception(attributed, self._ask_to_sync(sender), update)
        for released, author in merged:
            self._batch.add_update(released, author)
        return Reception(attributed, [], merged[0][0])

    def hear(self, connection: str, awareness: bytes) -> None:
        """Take in an awareness update of `connection`. Raises `NotJoined`, `InvalidUpdate`."""
        visitor = self.visitor(connection)
        visitor.grant.require(Action.APPEAR)
        entries = self._decode(awareness, visitor)
        self._show(visitor, entries)

    # --- telling ---

    def flush_at(self, now: float) -> float | None:
        """Return when the gathered changes should leave (monotonic seconds); None if there are none."""
        if self._batch.is_empty:
            return None
        return self._batch.due(now, len(self._visitors))

    def flush(self, now: float) -> list[Effect]:
        """Return the gathered updates and presence, merged, for everyone but their senders."""
        if self._batch.is_empty:
            return []
        told, seen = self._batch.take(now, self.connections, self._presence.encode)
        effects = [self._tell("update", receivers, updates) for receivers, updates in told]
        effects += [self._tell("awareness", receivers, states) for receivers, states in seen]
        return effects

    def announce(self, name: str, **fields: object) -> list[Effect]:
        """Return the telling of event `name` with `fields` to everyone in the room."""
        if not self._visitors:
            return []
        return [Tell(tuple(self._visitors), self._event(name, **fields))]

    def relay(self, connection: str, name: str, **fields: object) -> list[Effect]:
        """Return the telling of event `name` from `connection` to everyone else. Raises `NotJoined`."""
        self.visitor(connection).grant.require(Action.APPEAR)
        others = tuple(c for c in self._visitors if c != connection)
        return [Tell(others, self._event(name, **fields))] if others else []

    # --- private ---

    def _tell(self, name: str, receivers: tuple[str, ...], updates: list[bytes]) -> Tell:
        update = updates[0] if len(updates) == 1 else merge(updates)
        return Tell(receivers, self._event(name, update=update))

    def _ask_to_sync(self, sender: str | None) -> list[Effect]:
        if sender is None:
            return []
        vector = self.content.encoded_state_vector()
        return [Tell((sender,), self._event("syncRequired", stateVector=vector))]

    def _event(self, name: str, **fields: object) -> RoomEvent:
        return RoomEvent(name, {"document": self.document, **fields})

    def _show(self, visitor: Visitor, entries: Iterable[AwarenessEntry]) -> None:
        connection, person = visitor.connection, visitor.person.id
        changed, returned = self._presence.receive(connection, person, entries)
        self._batch.add_presence(changed, connection)
        self._batch.add_presence(returned, None)

    def _decode(self, awareness: bytes, visitor: Visitor) -> Iterable[AwarenessEntry]:
        connection, person, own = visitor.connection, visitor.person.id, visitor.client

        def is_wanted(client: int, clock: int, gone: bool) -> bool:  # noqa: FBT001 - as `Wanted` has it
            is_own = own is None or client == own
            return is_own and self._presence.expects(connection, person, client, clock, gone)

        return decode_awareness(awareness, self._limits, is_wanted, _stamp(visitor.person))

    def _people(self) -> set[str]:
        return {visitor.person.id for visitor in self._visitors.values()}

    def _is_full_for(self, visitor: Visitor) -> bool:
        room_left = self._limits.sessions_per_document - len(self._visitors)
        return room_left <= 0 and visitor.connection not in self._visitors


def _stamp(person: Principal) -> Mapping[str, str] | None:
    """Return what the server knows of who shows a state; guests may call themselves what they like."""
    if is_guest(person.id):
        return None
    return {"id": person.id, "name": person.name, "color": person.color}


def _user(visitor: Visitor) -> Mapping[str, str]:
    person = visitor.person
    return {
        "id": person.id,
        "name": person.name,
        "color": person.color,
        "role": visitor.grant.role.label,
    }

"""The still core: who is let in, what they get, and what the others are told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from collab.access.roles import Role
from collab.crdt.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab.crdt.replica import Engine
from collab.crdt.update import inspect_update
from collab.errors import Forbidden, InvalidUpdate, NotJoined, Overloaded
from collab.limits import Limits
from collab.room.content import Content
from collab.room.core import RoomCore, Tell, Visitor
from tests.support.people import Person, grant

LIMITS = Limits()


@pytest.fixture
def core() -> RoomCore:
    return RoomCore("d", Content(Engine.PYCRDT, LIMITS), LIMITS)


def enter(core: RoomCore, connection: str, name: str, role: Role = Role.EDITOR) -> list[Tell]:
    return core.join(Visitor(connection, grant(name, role)), {}, None, 0.0).effects


def names(effects: list[Tell]) -> list[tuple[tuple[str, ...], str]]:
    return [(effect.connections, effect.event.name) for effect in effects]


def cursor(client: int, clock: int = 1) -> bytes:
    return encode_awareness([AwarenessEntry(client, clock, '{"cursor":1}')])


class TestPeople:
    def test_people_not_tabs(self, core: RoomCore) -> None:
        """A second tab of the same person is not announced, nor is closing one of two."""
        enter(core, "a1", "ann")
        assert names(enter(core, "b1", "bob")) == [(("a1",), "userJoined")]
        assert enter(core, "b2", "bob") == []
        assert core.leave("b1", 1.0) == []
        assert names(core.leave("b2", 1.0)) == [(("a1",), "userLeft")]

    def test_users_are_listed_once(self, core: RoomCore) -> None:
        """Two tabs are one user, shown with the higher role."""
        enter(core, "b1", "bob", Role.VIEWER)
        enter(core, "b2", "bob", Role.OWNER)
        assert [(u["id"], u["role"]) for u in core.users()] == [("bob", "owner")]

    def test_a_full_room_says_so(self) -> None:
        """Past the cap a newcomer is refused; who is inside may join again."""
        core = RoomCore(
            "d", Content(Engine.PYCRDT, LIMITS), replace(LIMITS, sessions_per_document=1)
        )
        enter(core, "a", "ann")
        with pytest.raises(Overloaded):
            enter(core, "b", "bob")
        assert enter(core, "a", "ann") == []

    def test_leaving_twice_is_quiet(self, core: RoomCore) -> None:
        """A connection that is not here leaves without effect."""
        assert core.leave("nobody", 0.0) == []


class TestEdits:
    def test_everyone_but_the_sender(self, core: RoomCore) -> None:
        """An edit is told to all others once the window closes."""
        for connection, name in (("a", "ann"), ("b", "bob"), ("c", "cid")):
            enter(core, connection, name)
        update = Person().type("x")
        assert core.receive(grant(), "a", update, inspect_update(update)).appended
        told = core.flush(1.0)
        assert names(told) == [(("b", "c"), "update")]
        assert told[0].event.payload == {"document": "d", "update": update}

    def test_a_viewer_cannot_edit(self, core: RoomCore) -> None:
        """The role table is asked before anything is merged."""
        update = Person().type("x")
        with pytest.raises(Forbidden):
            core.receive(grant(role=Role.VIEWER), "a", update, inspect_update(update))
        assert core.content.state_vector() == {}

    def test_a_gap_asks_the_sender_to_sync(self, core: RoomCore) -> None:
        """Who sent an update that builds on missing ones is told what the server has."""
        enter(core, "a", "ann")
        ann = Person()
        ann.type("1")
        second = ann.type("2")
        reception = core.receive(grant(), "a", second, inspect_update(second))
        assert reception.appended
        assert names(reception.effects) == [(("a",), "syncRequired")]
        assert reception.effects[0].event.payload["stateVector"] == b"\x00"

    def test_a_newcomer_is_told_nothing_twice(self, core: RoomCore) -> None:
        """What waited to be told leaves before the newcomer is in the room."""
        enter(core, "a", "ann")
        enter(core, "b", "bob")
        update = Person().type("x")
        core.receive(grant(), "a", update, inspect_update(update))
        joined = core.join(Visitor("c", grant("cid")), {}, None, 1.0)
        assert names(joined.effects) == [(("b",), "update"), (("a", "b"), "userJoined")]
        assert core.flush(2.0) == []


class TestRights:
    def test_what_a_viewer_says_of_what_is_known(self, core: RoomCore) -> None:
        """Readers answer a sync with what everybody has: that is no edit; anything else is."""
        update = Person().type("x")
        core.receive(grant(), None, update, inspect_update(update))
        viewer = grant("vic", Role.VIEWER)
        assert core.receive(viewer, "v", update, inspect_update(update)).appended is None
        news = Person().type("y")
        with pytest.raises(Forbidden):
            core.receive(viewer, "v", news, inspect_update(news))

    def test_a_changed_role_counts_at_once(self, core: RoomCore) -> None:
        """The person is told their new role, and only if it is another one."""
        enter(core, "a", "ann")
        assert core.regrant("a", grant("ann")) == []
        told = core.regrant("a", grant("ann", Role.VIEWER))
        assert names(told) == [(("a",), "roleChanged")]
        assert told[0].event.payload == {"document": "d", "role": "viewer"}
        assert core.visitor("a").grant.role is Role.VIEWER

    def test_expelling(self, core: RoomCore) -> None:
        """Who is put out is told why, the others that they left; what they say is not heard."""
        enter(core, "a", "ann")
        enter(core, "b", "bob")
        told = core.expel("a", Forbidden("No more."), 0.0)
        assert names(told) == [(("a",), "accessRevoked"), (("b",), "userLeft")]
        assert told[0].event.payload == {
            "document": "d",
            "code": "forbidden",
            "message": "No more.",
        }
        with pytest.raises(NotJoined):
            core.visitor("a")
        assert core.expel("a", Forbidden("No more."), 0.0) == []

    def test_relaying(self, core: RoomCore) -> None:
        """An application's own message reaches everyone but its sender; strangers send none."""
        enter(core, "a", "ann")
        assert core.relay("a", "stateless", payload="hi") == []
        enter(core, "b", "bob")
        assert names(core.relay("a", "stateless", payload="hi")) == [(("b",), "stateless")]
        with pytest.raises(NotJoined):
            core.relay("z", "stateless", payload="hi")


class TestCursors:
    def test_a_newcomer_sees_every_cursor(self, core: RoomCore) -> None:
        """The join answer holds all awareness states at once."""
        core.join(Visitor("a", grant("ann")), {}, cursor(1), 0.0)
        core.join(Visitor("b", grant("bob")), {}, cursor(2), 0.0)
        joined = core.join(Visitor("c", grant("cid")), {}, None, 0.0)
        seen = decode_awareness(joined.awareness, LIMITS)
        assert {entry.client for entry in seen} == {1, 2}

    def test_nobody_appears_as_somebody_else(self, core: RoomCore) -> None:
        """The server stamps id, name and colour of known people; guests choose their own name."""
        said = '{"cursor":1,"user":{"id":"olga","name":"Olga","color":"#ffffff","mood":"fine"}}'
        for client, name in ((1, "ben"), (2, "guest:0000")):
            shown = encode_awareness([AwarenessEntry(client, 1, said)])
            core.join(Visitor(name, grant(name)), {}, shown, 0.0)
        core.join(Visitor("a", grant("ann")), {}, cursor(3), 0.0)
        seen = decode_awareness(core.presence(), LIMITS)
        stamped, free, fresh = (json.loads(entry.state or "")["user"] for entry in seen)
        assert stamped == {"id": "ben", "name": "Ben", "color": "#123456", "mood": "fine"}
        assert free["name"] == "Olga"
        assert fresh == {"id": "ann", "name": "Ann", "color": "#123456"}

    def test_cursors_vanish_with_their_connection(self, core: RoomCore) -> None:
        """Leaving tells the others at once that the state is gone."""
        core.join(Visitor("a", grant("ann")), {}, cursor(1), 0.0)
        enter(core, "b", "bob")
        core.flush(0.0)
        told = core.leave("a", 1.0)
        assert names(told) == [(("b",), "awareness"), (("b",), "userLeft")]
        update = told[0].event.payload["update"]
        assert isinstance(update, bytes)
        assert decode_awareness(update, LIMITS) == (AwarenessEntry(1, 1, None),)

    def test_a_client_speaks_for_itself(self, core: RoomCore) -> None:
        """With an announced client id, states of other clients are echoes and ignored."""
        core.join(Visitor("a", grant("ann"), client=1), {}, None, 0.0)
        core.hear("a", cursor(99))
        assert core.flush_at(0.0) is None
        core.hear("a", cursor(1))
        assert core.flush_at(0.0) is not None

    def test_bad_bytes_change_nothing(self, core: RoomCore) -> None:
        """A malformed awareness update at the door keeps the newcomer out, and only them."""
        with pytest.raises(InvalidUpdate):
            core.join(Visitor("a", grant("ann")), {}, b"\xff\xff", 0.0)
        assert core.connections == ()

    def test_strangers_are_not_heard(self, core: RoomCore) -> None:
        """Presence from a connection that did not join is refused."""
        with pytest.raises(NotJoined):
            core.hear("stranger", cursor(1))

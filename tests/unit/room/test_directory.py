"""The directory: one room per document, opened once, forgotten when nobody needs it."""

from __future__ import annotations

import asyncio
import json

import pytest

from collab.access.roles import Role
from collab.crdt.awareness import AwarenessEntry, encode_awareness
from collab.crdt.replica import Engine
from collab.errors import NotFound, Unavailable
from collab.limits import Limits
from collab.room.core import Visitor
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from tests.support.people import Person, grant
from tests.support.waiting import eventually
from tests.support.walls import MemoryDocuments, MemoryLog, RecordingChronicle, RecordingOutlet


class Stage:
    def __init__(self, grace: float = 30.0) -> None:
        self.log, self.outlet = MemoryLog(), RecordingOutlet()
        self.documents = MemoryDocuments(self.log)
        self.directory = RoomDirectory(
            Walls(self.log, self.documents, self.outlet, RecordingChronicle()),
            Engine.PYCRDT,
            Limits(),
            RoomPolicy(grace=grace),
        )


class TestOpening:
    async def test_once_however_many(self) -> None:
        """A hundred joins of an unloaded document load it once and wait until it is loaded."""
        stage = Stage()
        stage.documents.gate = asyncio.Event()
        opening = [asyncio.create_task(stage.directory.open(grant())) for _ in range(100)]
        await eventually(lambda: stage.documents.loads == 1)
        assert not any(task.done() for task in opening)
        stage.documents.gate.set()
        rooms = await asyncio.gather(*opening)
        assert len({id(room) for room in rooms}) == 1
        assert stage.documents.loads == 1

    async def test_one_who_goes_away_takes_nobody_along(self) -> None:
        """Cancelling the first join leaves the load to the others."""
        stage = Stage()
        stage.documents.gate = asyncio.Event()
        first = asyncio.create_task(stage.directory.open(grant()))
        second = asyncio.create_task(stage.directory.open(grant()))
        await eventually(lambda: stage.documents.loads == 1)
        first.cancel()
        stage.documents.gate.set()
        assert await second is stage.directory.find("d")

    async def test_a_failed_load_is_tried_again(self) -> None:
        """While the database is away joins are refused; afterwards they work."""
        stage = Stage()
        stage.documents.is_away = True
        with pytest.raises(Unavailable):
            await stage.directory.open(grant())
        stage.documents.is_away = False
        await stage.directory.open(grant())

    async def test_a_viewer_creates_nothing(self) -> None:
        """Joining an id that does not exist creates it for editors only."""
        with pytest.raises(NotFound):
            await Stage().directory.open(grant(role=Role.VIEWER))

    async def test_an_editor_creates_beside_a_viewer(self) -> None:
        """An editor who joins while a viewer's load finds nothing is let in all the same."""
        stage = Stage()
        stage.documents.gate = asyncio.Event()
        viewing = asyncio.create_task(stage.directory.open(grant(role=Role.VIEWER)))
        await eventually(lambda: stage.documents.loads == 1)
        editing = [asyncio.create_task(stage.directory.open(grant())) for _ in range(10)]
        # A turn for each to join the load that is under way.
        await asyncio.sleep(0)
        stage.documents.gate.set()
        with pytest.raises(NotFound):
            await viewing
        rooms = await asyncio.gather(*editing)
        assert {id(room) for room in rooms} == {id(stage.directory.find("d"))}
        assert stage.documents.loads == 2


class TestForgetting:
    async def test_after_the_grace_period(self) -> None:
        """An empty room is unloaded and comes back from snapshot and log."""
        stage = Stage(grace=0.01)
        room = await stage.directory.open(grant())
        room.join(Visitor("a", grant()), None, None)
        room.submit("a", Person().type("kept"), lambda _: None)
        stage.log.commit()
        room.leave("a")
        stage.directory.expect_unload("d")
        await eventually(lambda: len(stage.directory) == 0)
        again = await stage.directory.open(grant())
        assert again is not room
        reader = Person()
        reader.hear(again.whole())
        assert str(reader) == "kept"

    async def test_not_while_people_are_in(self) -> None:
        """A room with somebody in it outlives any number of grace periods."""
        stage = Stage(grace=0.001)
        room = await stage.directory.open(grant())
        room.join(Visitor("a", grant()), None, None)
        for _ in range(30):
            await asyncio.sleep(0.001)
        assert stage.directory.find("d") is room

    async def test_not_before_everything_is_written(self) -> None:
        """A room whose edits wait for the database stays."""
        stage = Stage(grace=0.001)
        room = await stage.directory.open(grant())
        room.receive(grant(), None, Person().type("x"), lambda _: None)
        for _ in range(30):
            await asyncio.sleep(0.001)
        assert stage.directory.find("d") is room
        stage.log.commit()
        await eventually(lambda: len(stage.directory) == 0)


class TestPlainHttp:
    async def test_state_of_an_unloaded_document(self) -> None:
        """Reading does not open a room."""
        stage = Stage()
        await stage.documents.create("d", title="", author="ann", seed=None)
        assert await stage.directory.state("d") == (b"\x00\x00", 0)
        assert len(stage.directory) == 0

    async def test_submitting_reaches_the_people_in_the_room(self) -> None:
        """An update by HTTP takes the room's ordinary path and returns its sequence."""
        stage = Stage()
        room = await stage.directory.open(grant())
        room.join(Visitor("a", grant()), None, None)
        submitting = asyncio.create_task(stage.directory.submit("d", Person().type("x"), grant()))
        await eventually(lambda: len(stage.outlet.to("a", "update")) == 1)
        stage.log.commit()
        assert await submitting == 1

    async def test_presence_counts_people(self) -> None:
        """Two tabs are one person with two connections and their cursors."""
        stage = Stage()
        room = await stage.directory.open(grant())
        for number in (1, 2):
            state = encode_awareness([AwarenessEntry(number, 1, json.dumps({"n": number}))])
            room.join(Visitor(f"a{number}", grant("ann")), None, state)
        (person,) = stage.directory.presence("d")
        assert (person.id, person.connections) == ("ann", 2)
        assert [(client, state["n"]) for client, state in person.states] == [(1, 1), (2, 2)]

    async def test_closing_puts_everyone_out(self) -> None:
        """Deleting tells the people, takes them out, and keeps what they wrote."""
        stage = Stage()
        room = await stage.directory.open(grant())
        room.join(Visitor("a", grant()), None, None)
        room.submit("a", Person().type("x"), lambda _: None)
        closing = asyncio.create_task(stage.directory.closed("d"))
        await eventually(lambda: len(stage.outlet.to("a", "documentDeleted")) == 1)
        assert stage.directory.find("d") is None
        stage.log.commit()
        await closing
        assert len(stage.documents.snapshots) == 1

    async def test_reopening_waits_for_what_is_being_closed(self) -> None:
        """A document opened again while its old room still writes sees what that room wrote."""
        stage = Stage()
        room = await stage.directory.open(grant())
        room.receive(grant(), None, Person().type("late"), lambda _: None)
        closing = asyncio.create_task(stage.directory.closed("d"))
        await asyncio.sleep(0)
        opening = asyncio.create_task(stage.directory.open(grant()))
        await asyncio.sleep(0)
        assert not opening.done()
        stage.log.commit()
        await closing
        reader = Person()
        reader.hear((await opening).whole())
        assert str(reader) == "late"

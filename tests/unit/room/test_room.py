"""The moving shell: acks after commit, order, snapshots, and rest."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from dataclasses import dataclass, field

import pytest

from collab.crdt.replica import Engine
from collab.errors import CollabError, Overloaded, UpdateTooLarge
from collab.limits import Limits
from collab.room.content import Content
from collab.room.core import Visitor
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.room.room import Room
from tests.support.people import Person, grant
from tests.support.waiting import eventually
from tests.support.walls import MemoryDocuments, MemoryLog, RecordingChronicle, RecordingOutlet

LIMITS = Limits()


@dataclass
class Stage:
    """A room with walls that record, and the answers its people got."""

    room: Room
    log: MemoryLog
    documents: MemoryDocuments
    outlet: RecordingOutlet
    chronicle: RecordingChronicle
    answers: list[int | CollabError] = field(default_factory=list)

    def enter(self, connection: str, name: str) -> None:
        self.room.join(Visitor(connection, grant(name)), None, None)

    def send(self, connection: str, update: bytes) -> None:
        self.room.submit(connection, update, self.answers.append)


async def open_stage(engine: Engine = Engine.PYCRDT, policy: RoomPolicy | None = None) -> Stage:
    log, outlet, chronicle = MemoryLog(), RecordingOutlet(), RecordingChronicle()
    documents = MemoryDocuments(log)
    stored = await documents.load("d", create_for="ann")
    walls = Walls(log, documents, outlet, chronicle)
    content = Content.load(stored, engine, LIMITS)
    room = Room(stored, content, walls, LIMITS, policy or RoomPolicy(snapshot_retry=0.001))
    return Stage(room, log, documents, outlet, chronicle)


class TestAcknowledgement:
    async def test_only_after_commit(self) -> None:
        """No ack before the log has committed; then the sequence number."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("x"))
        await asyncio.sleep(0)
        assert stage.answers == []
        stage.log.commit()
        await eventually(lambda: stage.answers == [1])

    async def test_a_known_update_waits_for_what_is_pending(self) -> None:
        """A re-sent update is acknowledged no earlier than its first copy is durable."""
        stage = await open_stage()
        stage.enter("a", "ann")
        update = Person().type("x")
        stage.send("a", update)
        stage.send("a", update)
        await asyncio.sleep(0)
        assert stage.answers == []
        stage.log.commit()
        await eventually(lambda: stage.answers == [1, 1])
        assert len(stage.log.entries) == 1

    async def test_others_see_it_before_the_commit(self) -> None:
        """While the database is slow, people in the room go on seeing each other type."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.enter("b", "bob")
        stage.send("a", Person().type("x"))
        await eventually(lambda: len(stage.outlet.to("b", "update")) == 1)
        assert stage.outlet.to("a", "update") == []
        assert stage.answers == []

    async def test_the_author_is_the_connections(self) -> None:
        """The log names the authenticated person and the client ids of the update."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person(client_id=77).type("x"))
        stage.log.commit()
        entry = stage.log.entries[0]
        assert (entry.author, entry.author_name, entry.client_ids) == ("ann", "Ann", (77,))

    async def test_a_full_log_refuses_before_merging(self) -> None:
        """What cannot be appended is not merged either."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.log.is_full = True
        with pytest.raises(Overloaded):
            stage.send("a", Person().type("x"))
        assert stage.room.encoded_state_vector() == b"\x00"


class TestOrder:
    @pytest.mark.parametrize("engine", list(Engine))
    @pytest.mark.parametrize("seed", range(5))
    async def test_rapid_keystrokes_with_a_slow_store(self, engine: Engine, seed: int) -> None:
        """200 keystrokes over random commit delays: in order, all merged, no ack early."""
        chance = random.Random(seed)
        stage = await open_stage(engine)
        stage.enter("a", "ann")
        ann = Person()
        for number in range(200):
            stage.send("a", ann.type(chr(97 + number % 26)))
            if chance.random() < 0.3:
                stage.log.commit(chance.randint(1, 9))
            if chance.random() < 0.3:
                await asyncio.sleep(0)
            assert len(stage.answers) <= len(stage.log.entries)
        stage.log.commit()
        await eventually(lambda: len(stage.answers) == 200)
        assert stage.answers == list(range(1, 201))
        reader = Person()
        for entry in stage.log.entries:
            reader.hear(entry.update)
        assert str(reader) == str(ann)
        copy = Person()
        copy.hear(stage.room.whole())
        assert str(copy) == str(ann)

    async def test_small_edits_wait_behind_a_large_one(self) -> None:
        """An update checked in a thread keeps its place: what came after it is merged after it."""
        stage = await open_stage()
        stage.enter("a", "ann")
        ann = Person()
        stage.send("a", ann.type("x" * 400_000))
        stage.send("a", ann.type("y"))
        await eventually(lambda: stage.room.is_at_rest or len(stage.log._waiting) == 2)
        stage.log.commit()
        await eventually(lambda: stage.answers == [1, 2])
        assert stage.outlet.to("a", "syncRequired") == []

    async def test_a_bad_large_update_is_answered(self) -> None:
        """A large malformed update is refused through its answer, and the next one goes on."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", b"\x01" * 400_000)
        stage.send("a", Person().type("fine"))
        await eventually(lambda: len(stage.answers) == 1)
        assert isinstance(stage.answers[0], CollabError)
        await eventually(lambda: len(stage.log._waiting) == 1)
        stage.log.commit()
        await eventually(lambda: stage.answers[1:] == [1])

    async def test_larger_than_a_document_is_refused_at_once(self) -> None:
        """Nobody waits for the check of an update that cannot be accepted."""
        stage = await open_stage()
        stage.enter("a", "ann")
        with pytest.raises(UpdateTooLarge):
            stage.send("a", bytes(LIMITS.document_bytes + 1))


class TestSnapshots:
    async def test_the_last_leave_persists(self) -> None:
        """When nobody is left, what was written is in a snapshot at its sequence."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("kept"))
        stage.room.leave("a")
        stage.log.commit()
        await eventually(lambda: stage.room.is_at_rest)
        assert [snapshot.sequence for snapshot in stage.documents.snapshots] == [1]
        reader = Person()
        reader.hear(stage.documents.snapshots[0].state)
        assert str(reader) == "kept"

    async def test_a_snapshot_waits_for_the_log(self) -> None:
        """A snapshot never holds what the log does not hold yet."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("x"))
        stage.room.leave("a")
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert stage.documents.snapshots == []
        stage.log.commit()
        await eventually(lambda: len(stage.documents.snapshots) == 1)

    async def test_a_leave_with_little_news_does_not(self) -> None:
        """While others stay, a disconnect snapshots only when enough has changed."""
        stage = await open_stage(policy=RoomPolicy(snapshot_after_updates=3))
        for connection, name in (("a", "ann"), ("b", "bob"), ("c", "cid")):
            stage.enter(connection, name)
        ann = Person()
        stage.send("a", ann.type("1"))
        stage.log.commit()
        stage.room.leave("b")
        assert stage.room._snapshot_task is None
        stage.send("a", ann.type("2"))
        stage.send("a", ann.type("3"))
        stage.log.commit()
        stage.room.leave("c")
        await eventually(lambda: [s.sequence for s in stage.documents.snapshots] == [3])

    async def test_a_reader_leaves_no_snapshot(self) -> None:
        """A visit without edits writes nothing."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.room.leave("a")
        assert stage.room.is_at_rest

    async def test_a_lost_database_is_waited_for(self) -> None:
        """A snapshot that cannot be written is written when the database is back."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("x"))
        stage.log.commit()
        stage.documents.is_away = True
        stage.room.leave("a")
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not stage.room.is_at_rest
        stage.documents.is_away = False
        await eventually(lambda: stage.room.is_at_rest)
        assert len(stage.documents.snapshots) == 1

    async def test_settling_writes_everything(self) -> None:
        """A draining server waits for the log, then leaves a snapshot behind."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("x"))
        settling = asyncio.create_task(stage.room.settle())
        await asyncio.sleep(0)
        stage.log.commit()
        await settling
        assert [snapshot.sequence for snapshot in stage.documents.snapshots] == [1]


class TestVersions:
    async def test_the_last_leave_keeps_one(self) -> None:
        """At the end of a session, once; who only reads makes none."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.enter("b", "ben")
        stage.send("a", Person().type("x"))
        stage.log.commit()
        stage.room.leave("a")
        await stage.room.settle()
        assert stage.chronicle.noted == []
        stage.room.leave("b")
        await stage.room.settle()
        assert stage.chronicle.noted == [(1, True)]
        stage.enter("a", "ann")
        stage.room.leave("a")
        await stage.room.settle()
        assert stage.chronicle.noted == [(1, True)]

    async def test_a_stop_keeps_one(self) -> None:
        """Settled while people are here, then left: what was written already gets its version."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.send("a", Person().type("x"))
        stage.log.commit()
        await stage.room.settle()
        assert stage.chronicle.noted == []
        stage.room.leave("a")
        await stage.room.settle()
        assert stage.chronicle.noted == [(1, True)]

    async def test_long_writing_keeps_some(self) -> None:
        """While people write, now and then."""
        stage = await open_stage(policy=RoomPolicy(version_every=0.0))
        stage.enter("a", "ann")
        ann = Person()
        for word in ("x", "y"):
            stage.send("a", ann.type(word))
            stage.log.commit()
            await stage.room.settle()
        assert stage.chronicle.noted == [(1, False), (2, False)]
        told = [event for _, event in stage.outlet.told if event.name == "versionCreated"]
        assert [event.payload["version"] for event in told] == ["v1", "v2"]

    async def test_a_moment_is_a_state_and_its_sequence(self) -> None:
        """What is not committed yet is waited for."""
        stage = await open_stage()
        stage.enter("a", "ann")
        ann = Person()
        stage.send("a", ann.type("x"))
        asked = asyncio.create_task(stage.room.moment())
        await asyncio.sleep(0)
        assert not asked.done()
        stage.send("a", ann.type("y"))
        stage.log.commit()
        state, sequence = await asked
        reader = Person()
        reader.hear(state)
        assert (str(reader), sequence) == ("x", 1)

    async def test_deleted_words_are_forgotten(self) -> None:
        """Neither a newcomer nor one who knew a little is told of them any more."""
        stage = await open_stage(Engine.YPY)
        stage.enter("a", "ann")
        ann = Person()
        stage.send("a", ann.type("open "))
        early = ann.vector
        stage.send("a", ann.type("secret"))
        stage.send("a", ann.delete(5, 11))
        assert b"secret" in stage.room.whole()
        stage.room.forget_deleted()
        assert b"secret" not in stage.room.sync("a", early)[0]
        assert b"secret" not in stage.room.whole()
        stage.send("a", ann.type("end"))
        reader = Person()
        reader.hear(stage.room.whole())
        assert str(reader) == "open end"


async def _lived_in() -> weakref.ref[Room]:
    """Return a reference to a room in which people were, and which nobody holds any more."""
    stage = await open_stage(Engine.YPY)
    stage.enter("a", "ann")
    person = Person(7)
    # The first is large enough to be checked in a thread; the second waits behind it.
    stage.send("a", person.type("x" * 300_000))
    stage.send("a", person.type("y"))

    def is_answered() -> bool:
        stage.log.commit()
        return len(stage.answers) == 2

    await eventually(is_answered)
    stage.room.leave("a")
    await eventually(lambda: stage.room.is_at_rest)
    return weakref.ref(stage.room)


async def test_a_forgotten_room_is_let_go_of_at_once() -> None:
    """No circle keeps it for a collector, which might run on a thread where its replica may not die."""
    gc.disable()
    try:
        known = await _lived_in()
        await eventually(lambda: known() is None, seconds=5)
    finally:
        gc.enable()

"""Content: what is merged, what waits, and what a newcomer is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from collab.crdt.compaction import compact
from collab.crdt.replica import Engine, EngineFailure, Replica, open_replica
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import Conflict, DocumentTooLarge, InvalidUpdate
from collab.limits import Limits
from collab.room.content import Content, Merged
from collab.room.records import Document, Snapshot, StoredDocument
from tests.support.people import Person
from tests.support.walls import _BEGINNING

LIMITS = Limits()
RECORD = Document("d", 1, "", 1, 0, 0, _BEGINNING, _BEGINNING, None)


@pytest.fixture(params=list(Engine))
def content(request: pytest.FixtureRequest) -> Content:
    return Content(request.param, LIMITS)


def receive(content: Content, update: bytes, sender: str | None = "a") -> object:
    return content.receive(update, inspect_update(update), sender)


def read(update: bytes) -> str:
    reader = Person()
    reader.hear(update)
    return str(reader)


class TestMerging:
    def test_a_newcomer_gets_everything(self, content: Content) -> None:
        """What was typed comes out as one update."""
        ann = Person()
        for word in ("Hello", " ", "world"):
            receive(content, ann.type(word))
        assert read(content.whole()) == "Hello world"
        assert read(content.lacking({})) == "Hello world"

    def test_the_same_update_twice_is_known(self, content: Content) -> None:
        """A re-sent update is recognised and not merged again."""
        update = Person().type("x")
        assert receive(content, update) == [(update, "a")]
        assert receive(content, update) is Merged.KNOWN

    def test_a_known_deletion_is_known(self, content: Content) -> None:
        """Yjs sends its whole delete set with every sync; that alone is no news."""
        ann = Person()
        receive(content, ann.type("abc"))
        receive(content, ann.delete(0, 1))
        assert receive(content, ann.state) is Merged.KNOWN

    def test_holders_get_what_they_lack(self, content: Content) -> None:
        """A client with a state vector gets the difference only."""
        ann, bob = Person(), Person()
        receive(content, ann.type("one"))
        bob.hear(content.whole())
        vector = dict(content.state_vector())
        receive(content, ann.type(" two"))
        missing = content.lacking(vector)
        bob.hear(missing)
        assert str(bob) == "one two"
        assert b"one" not in missing


class TestParking:
    def test_late_dependencies_release_what_waited(self, content: Content) -> None:
        """Updates in the order 3, 1, 2 are all there in the end, each with its own sender."""
        ann = Person()
        one, two, three = ann.type("1"), ann.type("2"), ann.type("3")
        assert receive(content, three, "c") is Merged.PARKED
        assert receive(content, three, "c") is Merged.KNOWN
        assert receive(content, one, "a") == [(one, "a")]
        assert receive(content, two, "b") == [(two, "b"), (three, "c")]
        assert read(content.whole()) == "123"

    def test_parking_survives_a_restart(self, content: Content) -> None:
        """A snapshot carries what is parked; after loading, the missing part releases it."""
        ann = Person()
        one, two = ann.type("1"), ann.type("2")
        receive(content, two)
        state, parked, _ = content.begin_fold()
        stored = StoredDocument(RECORD, Snapshot(1, compact([state]), parked), ())
        again = Content.load(stored, Engine.PYCRDT, LIMITS)
        receive(again, one)
        assert read(again.whole()) == "12"

    def test_parking_is_bounded(self) -> None:
        """Beyond the cap an update is refused, and asked for again later it is welcome."""
        content = Content(Engine.PYCRDT, replace(LIMITS, parked_updates=2))
        ann = Person()
        updates = [ann.type(str(n)) for n in range(4)]
        receive(content, updates[1])
        receive(content, updates[2])
        with pytest.raises(Conflict):
            receive(content, updates[3])
        receive(content, updates[0])
        receive(content, updates[3])
        assert read(content.whole()) == "0123"


class TestBounds:
    def test_a_full_document_refuses_and_stays_whole(self) -> None:
        """Past the size cap edits are refused; what is there stays readable."""
        content = Content(Engine.PYCRDT, replace(LIMITS, document_bytes=2_000))
        ann = Person()
        receive(content, ann.type("x" * 1_500))
        with pytest.raises(DocumentTooLarge):
            receive(content, ann.type("y" * 1_500))
        assert read(content.whole()) == "x" * 1_500

    def test_keystrokes_count_as_what_they_compact_to(self) -> None:
        """A thousand raw keystrokes (20 KB) fit a document that may have 4 KB."""
        content = Content(Engine.PYCRDT, replace(LIMITS, document_bytes=4_000))
        ann = Person()
        for _ in range(1_000):
            receive(content, ann.type("k"))
        assert read(content.whole()) == "k" * 1_000


class TestFolding:
    def test_edits_during_a_fold_stay(self, content: Content) -> None:
        """What arrives while a snapshot is compacted is in the tail afterwards."""
        ann = Person()
        receive(content, ann.type("before"))
        state, _, mark = content.begin_fold()
        receive(content, ann.type(" during"))
        content.end_fold(compact([state]), mark)
        assert read(content.whole()) == "before during"

    def test_deleted_text_does_not_travel(self, content: Content) -> None:
        """After compaction a newcomer's bytes hold nothing of what was deleted."""
        ann = Person()
        receive(content, ann.type("a secret"))
        receive(content, ann.delete(2, 8))
        state, _, mark = content.begin_fold()
        content.end_fold(compact([state]), mark)
        assert b"secret" not in content.whole()
        assert read(content.whole()) == "a "


class TestFailure:
    def test_a_failed_engine_is_replaced(
        self, content: Content, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a panic the replica is rebuilt: the sender is refused, everybody else goes on."""
        ann = Person()
        receive(content, ann.type("safe"))
        broken = content._replica

        def panic(*_: object) -> None:
            raise EngineFailure

        def reopen(engine: Engine, updates: Sequence[tuple[bytes, UpdateInfo]]) -> Replica:
            monkeypatch.undo()
            return open_replica(engine, updates)

        monkeypatch.setattr(type(broken), "apply", panic)
        monkeypatch.setattr("collab.room.content.open_replica", reopen)
        bad = Person().type("bad")
        with pytest.raises(InvalidUpdate):
            receive(content, bad)
        receive(content, ann.type(" and sound"))
        assert content._replica is not broken
        assert read(content.whole()) == "safe and sound"

    def test_a_bad_stored_row_is_named(self) -> None:
        """A damaged log row does not load as something else."""
        stored = StoredDocument(RECORD, None, ((1, b"\xff\xff"),))
        with pytest.raises(InvalidUpdate):
            Content.load(stored, Engine.PYCRDT, LIMITS)

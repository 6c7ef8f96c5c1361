"""Snapshots: a cache of the log. What is loaded is the newest one and every update after it."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from collab.crdt.compaction import compact
from collab.errors import NotFound
from collab.history.records import Author, VersionKind
from collab.room.records import Snapshot, StoredDocument
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import ConnectionTarget, Pool
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.past import standing
from tests.integration.store.shelf import AT, entry, lay_rows, place_documents, stored, word
from tests.support.people import Person


def content(loaded: StoredDocument) -> list[bytes]:
    """Return the updates that make the document: the snapshot's, what it parked, the tail's."""
    kept = loaded.snapshot
    before = [] if kept is None else [kept.state, *kept.parked]
    return [*before, *(update for _, update in loaded.tail)]


class TestSnapshots:
    async def test_after_compaction_snapshot_and_tail_are_the_document(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Real typing, compacted again and again: what is loaded reads as what was typed."""
        (key,) = await place_documents(documents, 1)
        random, person = Random(8), Person(5)
        sequence = 0
        for turn in range(300):
            length = len(str(person))
            if length > 20 and turn % 3 == 0:
                start = random.randrange(length - 5)
                update = person.delete(start, start + 5)
            else:
                update = person.type(f"word{turn} ", random.randint(0, length))
            sequence = await log.append(entry(key, update))
            if turn % 40 == 20:
                loaded = await documents.load("doc-0", create_for=None)
                await documents.save_snapshot(key, Snapshot(sequence, compact(content(loaded))))
        loaded = await documents.load("doc-0", create_for=None)
        assert loaded.snapshot is not None
        assert [number for number, _ in loaded.tail] == [
            *range(loaded.snapshot.sequence + 1, sequence + 1)
        ]
        assert loaded.document.sequence == sequence == 300
        assert loaded.document.size == len(loaded.snapshot.state)
        reader = Person(6)
        reader.hear(compact(content(loaded)))
        assert str(reader) == str(person)

    async def test_the_log_keeps_what_a_snapshot_holds(
        self, database: ConnectionTarget, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Raw entries stay, with their authors, after they went into a snapshot."""
        (key,) = await place_documents(documents, 1)
        await asyncio.gather(*(log.append(entry(key, word(n))) for n in range(10)))
        await documents.save_snapshot(key, Snapshot(10, b"state"))
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(10)]
        assert (await documents.load("doc-0", create_for=None)).tail == ()

    async def test_parked_updates_come_back_in_order(self, documents: PostgresDocuments) -> None:
        """Bytes of every kind, and none at all."""
        (key,) = await place_documents(documents, 1)
        for number, parked in enumerate([(), (b"\x00\xff", b"", b"\x00\xff")], 1):
            kept = Snapshot(number, bytes(range(256)), parked)
            await documents.save_snapshot(key, kept)
            assert (await documents.load("doc-0", create_for=None)).snapshot == kept

    async def test_a_late_older_snapshot_is_not_the_newest(
        self, documents: PostgresDocuments
    ) -> None:
        """Whoever is slow does not take anything back, neither the state nor the size."""
        (key,) = await place_documents(documents, 1)
        await documents.save_snapshot(key, Snapshot(8, b"x" * 80))
        await documents.save_snapshot(key, Snapshot(3, b"old"))
        loaded = await documents.load("doc-0", create_for=None)
        assert loaded.snapshot == Snapshot(8, b"x" * 80)
        assert loaded.document.size == 80

    async def test_the_same_number_again_replaces(self, documents: PostgresDocuments) -> None:
        """A snapshot at a sequence number that has one takes its place."""
        (key,) = await place_documents(documents, 1)
        await documents.save_snapshot(key, Snapshot(4, b"one", (b"parked",)))
        await documents.save_snapshot(key, Snapshot(4, b"two"))
        assert (await documents.load("doc-0", create_for=None)).snapshot == Snapshot(4, b"two")

    async def test_the_newest_two_stay(self, pool: Pool, documents: PostgresDocuments) -> None:
        """Of each document; others' are not touched."""
        one, other = await place_documents(documents, 2)
        await documents.save_snapshot(other, Snapshot(1, b"other"))
        for number in (5, 1, 9, 7, 12):
            await documents.save_snapshot(one, Snapshot(number, b"state"))
        async with pool.connection() as connection:
            rows = await connection.fetch("SELECT document, sequence FROM snapshots ORDER BY 1, 2")
        assert [tuple(row) for row in rows] == [(one, 9), (one, 12), (other, 1)]

    async def test_large_states_come_back_whole(self, documents: PostgresDocuments) -> None:
        """32 MiB, the largest document there is."""
        (key,) = await place_documents(documents, 1)
        state = Random(1).randbytes(1 << 20) * 32
        await documents.save_snapshot(key, Snapshot(1, state))
        loaded = await documents.load("doc-0", create_for=None)
        assert loaded.snapshot is not None
        assert loaded.snapshot.state == state
        assert loaded.document.size == 32 << 20


class TestKeyframes:
    async def test_over_a_long_life_no_moment_is_far_from_a_snapshot(
        self, pool: Pool, documents: PostgresDocuments
    ) -> None:
        """Twenty thousand updates, snapshots at random: few stay, at most 3,000 and a bit apart."""
        (key,) = await place_documents(documents, 1)
        random, sequence, saved = Random(6), 0, []
        while sequence < 20_000:
            sequence += random.randint(1, 400)
            saved.append(sequence)
            await documents.save_snapshot(key, Snapshot(sequence, b"state"))
            found = await standing(pool, key)
            assert found[-2:] == saved[-2:]
            gaps = [after - before for before, after in zip([0, *found], found, strict=False)]
            assert max(gaps) <= 3_000
            # Two gaps next to each other are more than 3,000, or one of them would not be there.
            assert len(found) <= 2 * (sequence // 3_000 + 1) + 2

    async def test_near_enough(self, pool: Pool, documents: PostgresDocuments) -> None:
        """Exactly 3,000 apart one between is not needed, 3,001 it is; the empty document counts."""
        (key,) = await place_documents(documents, 1)
        for sequence in (2_000, 3_000, 5_001, 5_002, 6_000, 6_001):
            await documents.save_snapshot(key, Snapshot(sequence, b"state"))
        assert await standing(pool, key) == [3_000, 6_000, 6_001]
        for sequence in (6_002, 6_003):
            await documents.save_snapshot(key, Snapshot(sequence, b"state"))
        assert await standing(pool, key) == [3_000, 6_000, 6_002, 6_003]

    async def test_what_a_version_stands_at_stays(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """As long as the version does; then it is as good as any other."""
        one, other = await place_documents(documents, 2)
        keys = []
        for sequence in range(10, 100, 10):
            await documents.save_snapshot(one, Snapshot(sequence, b"state"))
            await documents.save_snapshot(other, Snapshot(sequence, b"state"))
            if sequence in {20, 50}:
                version = await history.add_version(
                    one,
                    sequence=sequence,
                    kind=VersionKind.SESSION,
                    name=None,
                    by=Author("ada", "Ada"),
                    digest=b"%d" % sequence,
                )
                keys.append(version.key)
        assert await standing(pool, one) == [20, 50, 80, 90]
        assert await standing(pool, other) == [80, 90]
        for version_key in keys:
            await history.remove_version(one, version_key)
        for sequence in (100, 110, 120):
            await documents.save_snapshot(one, Snapshot(sequence, b"state"))
        assert len(await standing(pool, one)) <= 4

    async def test_what_nothing_else_can_rebuild_stays(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """The snapshot in the place of erased rows; and who is late brings nothing back."""
        (key,) = await place_documents(documents, 1)
        await lay_rows(pool, key, [("ada", AT, word(n)) for n in range(30)])
        await history.erase(key, base=Snapshot(10, b"base"), rewritten=[])
        for sequence in (8, 10, 12, 14, 16, 18):
            await documents.save_snapshot(key, Snapshot(sequence, b"state"))
        await history.keep_snapshot(key, Snapshot(9, b"state"))
        assert await standing(pool, key) == [10, 16, 18]
        assert await history.snapshot_before(key, 11) == Snapshot(10, b"base")
        assert [await history.moment_at(key, n) for n in (9, 10, 11, 30)] == [0, 10, 11, 30]

    async def test_a_document_that_is_gone(self, documents: PostgresDocuments) -> None:
        """There is nothing to keep a snapshot of."""
        with pytest.raises(NotFound):
            await documents.save_snapshot(12_345, Snapshot(1, b"state"))


class TestLoadingWhileOthersWrite:
    async def test_what_is_loaded_belongs_together(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Record, snapshot and tail are of one moment, while entries and snapshots are written."""
        (key,) = await place_documents(documents, 1)

        async def write() -> None:
            for number in range(1, 401):
                sequence = await log.append(entry(key, word(number)))
                if number % 10 == 0:
                    await documents.save_snapshot(key, Snapshot(sequence, word(number)))

        writing = asyncio.create_task(write())
        seen = set()
        while not writing.done():
            loaded = await documents.load("doc-0", create_for="ada")
            start = loaded.snapshot.sequence if loaded.snapshot else 0
            numbers = range(start + 1, loaded.document.sequence + 1)
            assert loaded.tail == tuple((number, word(number)) for number in numbers)
            seen.add(start)
        await writing
        assert len(seen) > 2

    async def test_two_servers_keep_snapshots_while_a_third_writes(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Snapshots of one document saved at once, in the middle of appends: nobody is refused."""
        (key,) = await place_documents(documents, 1)

        async def keep() -> None:
            for number in range(60):
                await documents.save_snapshot(key, Snapshot(number // 2, b"state"))

        async def write() -> None:
            for _ in range(120):
                await log.append(entry(key))

        await asyncio.gather(keep(), keep(), keep(), write())
        loaded = await documents.load("doc-0", create_for=None)
        assert loaded.snapshot is not None
        assert (loaded.snapshot.sequence, loaded.document.sequence) == (29, 120)

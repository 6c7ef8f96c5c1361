"""Snapshots: a cache of the log. What is loaded is the newest one and every update after it."""

from __future__ import annotations

import asyncio
from random import Random

from collab.crdt.compaction import compact
from collab.room.records import Snapshot, StoredDocument
from collab.store.documents import PostgresDocuments
from collab.store.pool import ConnectionTarget, Pool
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import entry, place_documents, stored, word
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

"""The update log: order, group commit, bounds, and what happens to entries nobody can store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from collab.errors import CollabError, ErrorCode, NotFound, Overloaded, Unavailable
from collab.limits import Limits
from collab.room.records import LogEntry
from collab.store.documents import PostgresDocuments
from collab.store.pool import ConnectionTarget, connect
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import AT, entry, place_documents, started_log, stored, word
from tests.support.waiting import eventually_asked

if TYPE_CHECKING:
    from collab.store.pool import Connection


@pytest.fixture
async def onlooker(database: ConnectionTarget) -> AsyncIterator[Connection]:
    """Connect a session of our own, to look at the tables or to stand in the way."""
    connection = await connect(database)
    yield connection
    await connection.close()


class TestOrder:
    async def test_sequence_numbers_follow_the_order_of_appending(
        self, database: ConnectionTarget, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """A document's entries are numbered 1, 2, 3 … as they were appended, without a gap."""
        (key,) = await place_documents(documents, 1)
        numbers = await asyncio.gather(*(log.append(entry(key, word(n))) for n in range(5_000)))
        assert numbers == list(range(1, 5_001))
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(5_000)]
        assert (await documents.get("doc-0")).sequence == 5_000

    async def test_many_rooms_at_once_keep_each_documents_order(
        self, database: ConnectionTarget, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Entries of a hundred documents, mixed and in bursts, are each in their own order."""
        keys = await place_documents(documents, 100)
        random, futures = Random(4), []
        told: dict[int, list[bytes]] = {key: [] for key in keys}
        for number in range(6_000):
            key = random.choice(keys)
            told[key].append(word(number))
            futures.append((key, log.append(entry(key, word(number)))))
            if random.random() < 0.01:
                await asyncio.sleep(0)
        numbers: dict[int, list[int]] = {key: [] for key in keys}
        for key, future in futures:
            numbers[key].append(await future)
        expected = {key: list(enumerate(updates, 1)) for key, updates in told.items()}
        assert await stored(database) == expected
        assert numbers == {key: [n for n, _ in expected[key]] for key in keys}

    async def test_two_servers_share_documents_without_waiting_for_each_other_for_ever(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """Two logs append to the same documents in opposite order: no deadlock, no number twice."""
        keys = await place_documents(documents, 20)
        async with started_log(database) as one, started_log(database) as other:
            rounds = []
            for number in range(60):
                rounds += [one.append(entry(key, word(number))) for key in keys]
                rounds += [other.append(entry(key, word(1_000 + number))) for key in keys[::-1]]
                await asyncio.sleep(0)
            await asyncio.gather(*rounds)
        for updates in (await stored(database)).values():
            assert [sequence for sequence, _ in updates] == list(range(1, 121))
            ours = [update for _, update in updates if update in {word(n) for n in range(60)}]
            assert ours == [word(n) for n in range(60)]
            assert len({update for _, update in updates}) == 120

    async def test_an_entry_is_kept_with_all_it_says(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Author, name, time to the microsecond, client ids and bytes come back as they were."""
        (key,) = await place_documents(documents, 1)
        kept = replace(entry(key, bytes(range(256))), author_name="Zoë 🦉 {,}\\\"'", client_ids=())
        await asyncio.gather(log.append(kept), log.append(entry(key)))
        first, second = await onlooker.fetch("SELECT * FROM updates ORDER BY sequence")
        assert (first["author"], first["author_name"]) == ("ada", "Zoë 🦉 {,}\\\"'")
        assert (first["at"], first["update"], first["client_ids"]) == (AT, bytes(range(256)), [])
        assert second["client_ids"] == [7, 2**53 - 1]


class TestGroupCommit:
    async def test_nothing_is_acknowledged_before_its_commit(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """While the commit waits for a lock, no entry of it is acknowledged; then all are there."""
        keys = await place_documents(documents, 2)
        async with onlooker.transaction():
            await onlooker.execute("SELECT 1 FROM documents WHERE key = $1 FOR UPDATE", keys[1])
            futures = [log.append(entry(key)) for key in keys]
            await eventually_asked(lambda: _is_somebody_waiting(onlooker))
            assert not any(future.done() for future in futures)
            assert await onlooker.fetchval("SELECT count(*) FROM updates") == 0
        await asyncio.gather(*futures)
        assert await onlooker.fetchval("SELECT count(*) FROM updates") == 2

    async def test_every_acknowledged_entry_is_visible_to_others_at_once(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Whoever looks right after an acknowledgement finds the entry."""
        (key,) = await place_documents(documents, 1)
        for number in range(50):
            sequence = await log.append(entry(key, word(number)))
            found = await onlooker.fetchval(
                "SELECT update FROM updates WHERE document = $1 AND sequence = $2", key, sequence
            )
            assert found == word(number)

    async def test_all_rooms_that_wait_share_one_commit(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """What is queued during one commit goes into one transaction, whatever the document."""
        keys = await place_documents(documents, 40)
        async with onlooker.transaction():
            await onlooker.execute("SELECT 1 FROM documents WHERE key = $1 FOR UPDATE", keys[0])
            futures = [log.append(entry(keys[0]))]
            await eventually_asked(lambda: _is_somebody_waiting(onlooker))
            futures += [log.append(entry(key)) for key in keys * 5]
        await asyncio.gather(*futures)
        sizes = await onlooker.fetch(
            "SELECT count(*) AS n FROM updates GROUP BY xmin::text ORDER BY n"
        )
        assert [row["n"] for row in sizes] == [1, 200]

    async def test_a_group_has_a_bound(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Large updates do not pile up in one statement; one larger than a group goes alone."""
        (key,) = await place_documents(documents, 1)
        sizes = [3_000_000, 3_000_000, 9_000_000, 10, 10]
        futures = [log.append(entry(key, b"x" * size)) for size in sizes]
        assert await asyncio.gather(*futures) == [1, 2, 3, 4, 5]
        groups = await onlooker.fetch(
            "SELECT array_agg(length(update) ORDER BY sequence) AS sizes"
            " FROM updates GROUP BY xmin::text ORDER BY min(sequence)"
        )
        assert [row["sizes"] for row in groups] == [[3_000_000], [3_000_000], [9_000_000], [10, 10]]

    async def test_who_stops_waiting_loses_nothing(
        self, database: ConnectionTarget, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """An author who goes away (the future is cancelled) has written all the same."""
        (key,) = await place_documents(documents, 1)
        gone, stays = log.append(entry(key, word(1))), log.append(entry(key, word(2)))
        gone.cancel()
        assert await stays == 2
        assert (await stored(database))[key] == [(1, word(1)), (2, word(2))]


class TestRefusals:
    @pytest.mark.parametrize(
        "bad",
        [
            replace(entry(0), author="nul \x00"),
            replace(entry(0), author_name="half a pair \ud83e"),
            replace(entry(0), client_ids=(2**63,)),
        ],
        ids=["NUL", "lone surrogate", "client id too large"],
    )
    async def test_an_entry_that_cannot_be_stored_fails_alone(
        self,
        database: ConnectionTarget,
        documents: PostgresDocuments,
        log: PostgresUpdateLog,
        bad: LogEntry,
    ) -> None:
        """The others of its group are stored, in order and without a gap in the numbers."""
        keys = await place_documents(documents, 2)
        futures = [log.append(entry(keys[n % 2], word(n))) for n in range(20)]
        spoilt = log.append(replace(bad, document=keys[0]))
        futures += [log.append(entry(keys[n % 2], word(n))) for n in range(20, 40)]
        with pytest.raises(CollabError) as caught:
            await spoilt
        assert caught.value.code is ErrorCode.INTERNAL
        await asyncio.gather(*futures)
        found = await stored(database)
        for side in (0, 1):
            expected = [word(n) for n in range(40) if n % 2 == side]
            assert found[keys[side]] == list(enumerate(expected, 1))
        assert log.available

    async def test_an_unknown_document_is_not_found(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """An entry of a document that is not there is refused; its neighbours are stored."""
        (key,) = await place_documents(documents, 1)
        before, lost, after = (log.append(entry(number)) for number in (key, key + 999, key))
        with pytest.raises(NotFound):
            await lost
        assert (await before, await after) == (1, 2)

    async def test_too_many_entries_are_refused_at_once(self, database: ConnectionTarget) -> None:
        """Beyond the bound `append` raises `overloaded` and queues nothing."""
        log = PostgresUpdateLog(database, Limits(log_queue_entries=3))
        futures = [log.append(entry(1)) for _ in range(3)]
        assert not log.has_space(0)
        with pytest.raises(Overloaded) as caught:
            await log.append(entry(1))
        assert caught.value.code is ErrorCode.OVERLOADED
        await _ends_unavailable(log, futures)

    async def test_too_many_bytes_are_refused_at_once(self, database: ConnectionTarget) -> None:
        """The bound on bytes counts every entry's own cost, so tiny ones are bounded, too."""
        log = PostgresUpdateLog(database, Limits(log_queue_bytes=10_000))
        futures = [log.append(entry(1, b"x" * 9_000))]
        assert (log.has_space(400), log.has_space(1_000)) == (True, False)
        with pytest.raises(Overloaded):
            await log.append(entry(1, b"x" * 1_000))
        futures += [log.append(entry(1, b"")) for _ in range(2)]
        with pytest.raises(Overloaded):
            await log.append(entry(1, b""))
        await _ends_unavailable(log, futures)

    async def test_space_comes_back_with_the_commit(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """What is committed counts no more; what is being committed still does."""
        (key,) = await place_documents(documents, 1)
        async with started_log(database, Limits(log_queue_entries=4)) as log:
            for _ in range(5):
                futures = [log.append(entry(key)) for _ in range(4)]
                with pytest.raises(Overloaded):
                    await log.append(entry(key))
                await asyncio.gather(*futures)
                await log.drained()
        assert len((await stored(database))[key]) == 20


class TestClosing:
    async def test_close_writes_what_is_queued(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """Everything appended before `close` is stored by it and acknowledged."""
        (key,) = await place_documents(documents, 1)
        log = PostgresUpdateLog(database, Limits())
        await log.start()
        futures = [log.append(entry(key, word(n))) for n in range(3_000)]
        await log.close(30)
        assert [future.result() for future in futures] == list(range(1, 3_001))
        assert len((await stored(database))[key]) == 3_000

    async def test_after_close_nothing_is_taken(self, log: PostgresUpdateLog) -> None:
        """A closed log refuses with `unavailable`."""
        await log.close(0)
        with pytest.raises(Unavailable) as caught:
            await log.append(entry(1))
        assert caught.value.code is ErrorCode.UNAVAILABLE

    async def test_what_is_not_written_in_time_is_refused_not_forgotten(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """At the deadline those who wait are told, and nobody waits for ever."""
        (key,) = await place_documents(documents, 1)
        async with onlooker.transaction():
            await onlooker.execute("SELECT 1 FROM documents WHERE key = $1 FOR UPDATE", key)
            futures = [log.append(entry(key)) for _ in range(3)]
            await eventually_asked(lambda: _is_somebody_waiting(onlooker))
            await log.close(0)
            for future in futures:
                with pytest.raises(Unavailable):
                    await future
            await asyncio.wait_for(log.drained(), 5)

    async def test_drained_waits_for_all_that_was_appended(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """When `drained` returns every entry so far has its answer."""
        (key,) = await place_documents(documents, 1)
        await log.drained()
        futures = [log.append(entry(key)) for _ in range(500)]
        await log.drained()
        assert [future.result() for future in futures] == list(range(1, 501))


async def _is_somebody_waiting(connection: Connection) -> bool:
    """Whether a statement waits for a lock."""
    waiting: int = await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return waiting > 0


async def _ends_unavailable(log: PostgresUpdateLog, futures: list[asyncio.Future[int]]) -> None:
    """Close a log that never started; those who waited are told."""
    await log.close(0)
    for future in futures:
        with pytest.raises(Unavailable):
            await future

"""When the connection ends between a commit and its answer: every entry is in the log exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from random import Random
from typing import TYPE_CHECKING

import pytest

from collab.errors import CollabError
from collab.store.documents import PostgresDocuments
from collab.store.pool import ConnectionTarget, connect
from tests.integration.store.cable import Cable, cable_to
from tests.integration.store.shelf import entry, place_documents, started_log, stored, word
from tests.support.postgres import database
from tests.support.waiting import eventually, eventually_asked

if TYPE_CHECKING:
    from collab.store.pool import Connection

__all__ = ["database"]  # of the test's own: it is altered


@pytest.fixture
async def admin(database: ConnectionTarget) -> AsyncIterator[Connection]:
    """Connect a session of our own."""
    connection = await connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def cable(database: ConnectionTarget) -> AsyncIterator[Cable]:
    """Lay a cable to the test's database."""
    async with cable_to(database) as laid:
        yield laid


class TestCable:
    async def test_a_lost_answer_stores_nothing_twice(
        self, database: ConnectionTarget, documents: PostgresDocuments, cable: Cable
    ) -> None:
        """Committed, but the answer is lost: the entries are found and acknowledged as they are."""
        keys = await place_documents(documents, 3)
        async with started_log(cable.target) as log:
            for turn in range(10):
                cable.cuts_after_commit = 1
                futures = [log.append(entry(key, word(turn))) for key in keys]
                assert await asyncio.gather(*futures) == [turn + 1] * 3
        assert cable.cuts_after_commit == 0
        assert cable.connections == 11
        expected = [(turn + 1, word(turn)) for turn in range(10)]
        assert await stored(database) == dict.fromkeys(keys, expected)

    async def test_a_lost_statement_is_sent_again(
        self, database: ConnectionTarget, documents: PostgresDocuments, cable: Cable
    ) -> None:
        """Never arrived: the entries are written by the next connection."""
        (key,) = await place_documents(documents, 1)
        async with started_log(cable.target) as log:
            for turn in range(10):
                cable.cuts_before_commit = 1
                assert await log.append(entry(key, word(turn))) == turn + 1
        assert cable.connections == 11
        assert (await stored(database))[key] == [(turn + 1, word(turn)) for turn in range(10)]

    async def test_losing_the_answer_to_the_second_attempt_changes_nothing(
        self, database: ConnectionTarget, documents: PostgresDocuments, cable: Cable
    ) -> None:
        """Statement lost, then the answer to the retry's commit, then both again: still once."""
        (key,) = await place_documents(documents, 1)
        async with started_log(cable.target) as log:
            for turn in range(2):
                cable.cuts_before_commit, cable.cuts_after_commit = 1 + turn, 2
                futures = [log.append(entry(key, word(10 * turn + n))) for n in range(10)]
                assert await asyncio.gather(*futures) == [10 * turn + n + 1 for n in range(10)]
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(20)]

    async def test_entries_of_another_server_are_not_taken_for_ours(
        self, database: ConnectionTarget, documents: PostgresDocuments, cable: Cable
    ) -> None:
        """Ids differ between logs: a retry never acknowledges what somebody else wrote."""
        (key,) = await place_documents(documents, 1)
        async with started_log(database) as other:
            assert await other.append(entry(key, b"theirs")) == 1
        async with started_log(cable.target) as log:
            cable.cuts_before_commit = 1
            assert await log.append(entry(key, b"ours")) == 2
        assert (await stored(database))[key] == [(1, b"theirs"), (2, b"ours")]

    async def test_a_bad_entry_beside_lost_ones_doubles_nobody(
        self,
        database: ConnectionTarget,
        documents: PostgresDocuments,
        cable: Cable,
        admin: Connection,
    ) -> None:
        """Refused at the second attempt, the group is halved; the good entries are stored once."""
        (key,) = await place_documents(documents, 1)
        await admin.execute(
            "ALTER TABLE updates ADD CONSTRAINT lawful CHECK (update <> 'forbidden'::bytea)"
        )
        async with started_log(cable.target) as log:
            cable.cuts_before_commit, cable.cuts_after_commit = 1, 1
            futures = [log.append(entry(key, word(n))) for n in range(5)]
            refused = log.append(entry(key, b"forbidden"))
            futures += [log.append(entry(key, word(n))) for n in range(5, 10)]
            with pytest.raises(CollabError):
                await refused
            assert await asyncio.gather(*futures) == list(range(1, 11))
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(10)]


class TestPassingRefusals:
    @pytest.mark.parametrize(
        ("forbid", "allow"),
        [
            ("ALTER TABLE updates RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO updates"),
            (
                "ALTER DATABASE {} SET default_transaction_read_only = on",
                "ALTER DATABASE {} RESET default_transaction_read_only",
            ),
            ("ALTER DATABASE {} CONNECTION LIMIT 0", "ALTER DATABASE {} CONNECTION LIMIT -1"),
        ],
        ids=["table away", "read-only", "no connection free"],
    )
    async def test_what_is_not_the_entrys_fault_waits(
        self,
        database: ConnectionTarget,
        documents: PostgresDocuments,
        admin: Connection,
        forbid: str,
        allow: str,
    ) -> None:
        """Refused for a reason that passes, entries are not lost: they are stored once it has."""
        (key,) = await place_documents(documents, 1)
        name = await admin.fetchval("SELECT quote_ident(current_database())")
        # Superusers know no connection limit, and own everything: the log runs as a lesser role.
        await admin.execute("DROP ROLE IF EXISTS clerk")
        await admin.execute("CREATE ROLE clerk LOGIN")
        await admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")
        await admin.execute(forbid.format(name))
        clerk = ConnectionTarget(database.url.replace("postgres@", "clerk@"))
        async with started_log(clerk) as log:
            futures = [log.append(entry(key, word(n))) for n in range(30)]
            await eventually(lambda: not log.available)
            assert not any(future.done() for future in futures)
            await admin.execute("SET default_transaction_read_only = off")
            await admin.execute(allow.format(name))
            assert await asyncio.gather(*futures) == list(range(1, 31))
            assert log.available
        await admin.execute("DROP OWNED BY clerk")
        await admin.execute("DROP ROLE clerk")
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(30)]

    async def test_a_lock_not_got_in_time_is_tried_again(
        self, database: ConnectionTarget, documents: PostgresDocuments, admin: Connection
    ) -> None:
        """With the operator's `lock_timeout`, entries wait for the lock all the same."""
        (key,) = await place_documents(documents, 1)
        name = await admin.fetchval("SELECT quote_ident(current_database())")
        await admin.execute(f"ALTER DATABASE {name} SET lock_timeout = '10ms'")
        async with started_log(database) as log:
            async with admin.transaction():
                await admin.execute("SELECT 1 FROM documents FOR UPDATE")
                futures = [log.append(entry(key, word(n))) for n in range(3)]
                await eventually(lambda: not log.available)
            assert await asyncio.gather(*futures) == [1, 2, 3]
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(3)]


class TestEndedBackends:
    async def test_many_rounds_of_cut_connections(
        self, database: ConnectionTarget, documents: PostgresDocuments, admin: Connection
    ) -> None:
        """Backends are ended again and again while many rooms write: all once, all in order."""
        keys = await place_documents(documents, 10)
        random, cuts = Random(11), 0
        told: dict[int, list[bytes]] = {key: [] for key in keys}
        futures: dict[int, list[asyncio.Future[int]]] = {key: [] for key in keys}
        async with started_log(database) as log:
            while cuts < 30:
                for _ in range(random.randrange(1, 60)):
                    key = random.choice(keys)
                    told[key].append(word(len(told[key])))
                    futures[key].append(log.append(entry(key, told[key][-1])))
                for _ in range(random.randrange(6)):
                    await asyncio.sleep(0)
                cuts += await admin.fetchval(_END_BACKENDS)
                await eventually(lambda: log.available)
            for key in keys:
                assert await asyncio.gather(*futures[key]) == list(range(1, len(told[key]) + 1))
        assert await stored(database) == {key: list(enumerate(told[key], 1)) for key in keys}

    async def test_a_backend_that_wakes_up_late_stores_nothing_twice(
        self,
        database: ConnectionTarget,
        documents: PostgresDocuments,
        admin: Connection,
        cable: Cable,
    ) -> None:
        """It received the entries, froze, and goes on after another connection has stored them."""
        (key,) = await place_documents(documents, 1)
        async with started_log(cable.target) as log:
            await log.append(entry(key, word(0)))
            frozen = await admin.fetchval(_BACKEND_OF_THE_LOG)
            os.kill(frozen, signal.SIGSTOP)
            try:
                before = cable.statements
                late = log.append(entry(key, word(1)))
                await eventually(lambda: cable.statements > before)
                await cable.unplug()
                assert await late == 2
            finally:
                os.kill(frozen, signal.SIGCONT)
            await eventually_asked(lambda: _is_gone(admin, frozen))
            assert await log.append(entry(key, word(2))) == 3
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(3)]


_OTHERS = """
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_END_BACKENDS = f"SELECT count(pg_terminate_backend(pid)) {_OTHERS}"
_BACKEND_OF_THE_LOG = f"SELECT pid {_OTHERS} AND query LIKE '%WITH given%'"


async def _is_gone(connection: Connection, backend: int) -> bool:
    found = await connection.fetchval(f"SELECT count(*) {_OTHERS} AND pid = $1", backend)
    return bool(found == 0)

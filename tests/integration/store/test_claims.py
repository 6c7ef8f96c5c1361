"""Whose the Yjs clients are: kept with the entry that makes it known, once, and never taken over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from collab.errors import CollabError, NotFound
from collab.history.records import Author
from collab.room.records import Claim
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import ConnectionTarget, Pool, connect
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.cable import cable_to
from tests.integration.store.shelf import entry, place_documents, started_log, stored, word

if TYPE_CHECKING:
    from collab.store.pool import Connection

ADA = Claim(7, 0, "ada", "Ada Lovelace")
EVE = Claim(2**53 - 1, 2**31 - 1, "eve", "Zoë 🦉 {,}\\\"'")


@pytest.fixture
async def onlooker(database: ConnectionTarget) -> AsyncIterator[Connection]:
    """Connect a session of our own, to look at the tables."""
    connection = await connect(database)
    yield connection
    await connection.close()


async def claims_of(documents: PostgresDocuments, number: int = 0) -> tuple[Claim, ...]:
    """Return the claims a room that opens is given."""
    return (await documents.load(f"doc-{number}", create_for=None)).claims


class TestWithEntries:
    async def test_an_entrys_claims_are_kept_with_it(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Every value comes back as it was; entry and claims are of one transaction."""
        (key,) = await place_documents(documents, 1)
        await log.append(replace(entry(key), claims=(EVE, ADA)))
        assert await claims_of(documents) == (ADA, EVE)
        commits = await onlooker.fetch(
            "SELECT xmin::text FROM updates UNION SELECT xmin::text FROM claims"
        )
        assert len(commits) == 1

    async def test_the_first_claim_stays(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """The same client from the same clock is claimed once, also within one group."""
        (key,) = await place_documents(documents, 1)
        late, later = replace(ADA, author="eve"), replace(ADA, first=5, author="eve")
        futures = [log.append(replace(entry(key), claims=(c,))) for c in (ADA, late, later)]
        assert await asyncio.gather(*futures) == [1, 2, 3]
        assert await log.append(replace(entry(key), claims=(late,))) == 4
        assert await claims_of(documents) == (ADA, later)

    async def test_claims_go_to_their_own_documents(
        self,
        documents: PostgresDocuments,
        log: PostgresUpdateLog,
        history: PostgresHistory,
        onlooker: Connection,
    ) -> None:
        """In a mixed group each document gets its own; one that is gone gets none."""
        one, other = await place_documents(documents, 2)
        await asyncio.gather(
            log.append(replace(entry(one), claims=(ADA,))),
            log.append(entry(one)),
            log.append(replace(entry(other), claims=(EVE,))),
        )
        kept, lost = (log.append(replace(entry(key), claims=(EVE,))) for key in (one, other + 99))
        assert await kept == 3
        with pytest.raises(NotFound):
            await lost
        assert await claims_of(documents, 0) == (ADA, EVE)
        assert await claims_of(documents, 1) == (EVE,)
        assert await onlooker.fetchval("SELECT count(*) FROM claims") == 3
        assert await history.owners(other) == {
            EVE.client: [(EVE.first, Author("eve", EVE.author_name))]
        }

    async def test_a_seeds_claims_belong_to_the_new_document(
        self, documents: PostgresDocuments
    ) -> None:
        """Whatever key the seed names."""
        seed = replace(entry(999), claims=(ADA,))
        await documents.create("doc-0", title="", author="ada", seed=seed)
        assert await claims_of(documents) == (ADA,)

    async def test_the_carrier_is_kept(
        self, onlooker: Connection, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Who brought somebody else's edit stands beside the author; otherwise there is none."""
        (key,) = await place_documents(documents, 1)
        await asyncio.gather(log.append(replace(entry(key), carrier="bob")), log.append(entry(key)))
        rows = await onlooker.fetch("SELECT author, carrier FROM updates ORDER BY sequence")
        assert [tuple(row) for row in rows] == [("ada", "bob"), ("ada", None)]

    async def test_a_claim_that_cannot_be_stored_fails_its_entry_alone(
        self, database: ConnectionTarget, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """Neighbours are stored, claims and all."""
        (key,) = await place_documents(documents, 1)
        before = log.append(replace(entry(key, word(1)), claims=(ADA,)))
        spoilt = log.append(replace(entry(key), claims=(replace(EVE, author="\x00"),)))
        after = log.append(replace(entry(key, word(2)), claims=(EVE,)))
        with pytest.raises(CollabError):
            await spoilt
        assert (await before, await after) == (1, 2)
        assert await claims_of(documents) == (ADA, EVE)
        assert (await stored(database))[key] == [(1, word(1)), (2, word(2))]

    async def test_claims_survive_an_unknown_outcome(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """The connection is cut before or after the commit: entries and claims are there once."""
        (key,) = await place_documents(documents, 1)
        async with cable_to(database) as cable, started_log(cable.target) as log:
            cable.cuts_before_commit, cable.cuts_after_commit = 1, 1
            futures = [
                log.append(replace(entry(key, word(n)), claims=(ADA, EVE))) for n in range(5)
            ]
            assert await asyncio.gather(*futures) == [1, 2, 3, 4, 5]
        assert await claims_of(documents) == (ADA, EVE)
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(5)]


class TestOwners:
    async def test_owners_are_in_rising_order(
        self, documents: PostgresDocuments, history: PostgresHistory, log: PostgresUpdateLog
    ) -> None:
        """Of each client, from which clock on it is whose; of no client when nobody claimed."""
        (key,) = await place_documents(documents, 1)
        assert await history.owners(key) == {}
        claims = tuple(Claim(7, first, f"a{first}", "A") for first in (900, 0, 20))
        await log.append(replace(entry(key), claims=claims))
        assert await history.owners(key) == {
            7: [(first, Author(f"a{first}", "A")) for first in (0, 20, 900)]
        }

    async def test_nobody_waits_in_a_circle(
        self, database: ConnectionTarget, pool: Pool, documents: PostgresDocuments
    ) -> None:
        """Two logs claim the same clients of the same documents in opposite order."""
        keys = await place_documents(documents, 6)
        claims = [Claim(client, 0, "ada", "Ada") for client in range(40)]
        async with started_log(database) as one, started_log(database) as other:
            work: list[asyncio.Future[int]] = []
            for turn in range(30):
                claimed = claims[turn:] + claims[:turn]
                work += [one.append(replace(entry(key), claims=tuple(claimed))) for key in keys]
                work += [
                    other.append(replace(entry(key), claims=tuple(claimed[::-1])))
                    for key in keys[::-1]
                ]
                await asyncio.sleep(0)
            await asyncio.gather(*work)
        for number in range(6):
            assert await claims_of(documents, number) == tuple(claims)

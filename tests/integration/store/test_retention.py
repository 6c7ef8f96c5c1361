"""Forgetting step by step: old rows merged, older ones dropped; no version loses its moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from collab.errors import Conflict, NotFound
from collab.history.records import Version
from collab.room.records import Snapshot
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import Pool
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.past import (
    ADA,
    BOB,
    END,
    SECOND,
    add,
    listed,
    merged,
    standing,
    typing,
)
from tests.integration.store.shelf import AT, entry, lay_rows, place_documents, word

LATER: Final = AT + timedelta(days=1)


async def date(pool: Pool, times: Iterable[tuple[Version, datetime]]) -> None:
    """Say when versions were made."""
    async with pool.connection() as connection:
        await connection.executemany(
            "UPDATE versions SET at = $2 WHERE key = $1",
            [(version.key, at) for version, at in times],
        )


class TestMerging:
    async def test_old_rows_are_found_until_they_are_merged(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Only documents with unmerged rows from before, as many as asked for."""
        keys = await place_documents(documents, 4)
        for key in keys[:3]:
            await lay_rows(pool, key, typing("aab"))
        await lay_rows(pool, keys[3], typing("aab", LATER))
        assert await history.documents_older_than(AT, limit=9) == []
        assert await history.documents_older_than(LATER, limit=9) == keys[:3]
        assert await history.documents_older_than(LATER, limit=2) == keys[:2]
        for first, last in ((1, 2), (3, 3)):
            assert keys[0] in await history.documents_older_than(LATER, limit=9)
            rows = await history.rows(keys[0], first - 1, last)
            await history.replace_rows(keys[0], first=first, last=last, merged=merged(rows))
        assert await history.documents_older_than(LATER, limit=9) == keys[1:3]
        await lay_rows(pool, keys[0], typing("a"))
        assert await history.documents_older_than(LATER, limit=9) == keys[:3]

    async def test_only_rows_under_the_newest_snapshot_are_offered(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """Rooms open from the others; the oldest come first, the newer ones another time."""
        await lay_rows(pool, key, typing("ab" * 10))
        assert await history.unmerged_rows(key, before=LATER, limit=99) == []
        for sequence in (7, 12):
            await history.keep_snapshot(key, Snapshot(sequence, b"state"))

        async def offered(before: datetime, limit: int = 99) -> list[int]:
            rows = await history.unmerged_rows(key, before=before, limit=limit)
            assert rows == await history.rows(key, rows[0].sequence - 1, rows[-1].sequence)
            return [row.sequence for row in rows]

        assert await offered(LATER) == [*range(1, 13)]
        assert await offered(AT + 5 * SECOND) == [*range(1, 6)]
        assert await offered(LATER, limit=4) == [1, 2, 3, 4]
        rows = await history.rows(key, 0, 4)
        await history.replace_rows(key, first=1, last=4, merged=merged(rows))
        assert await offered(LATER) == [*range(5, 13)]
        rows = await history.rows(key, 7, 9)
        await history.replace_rows(key, first=8, last=9, merged=merged(rows))
        assert await offered(LATER) == [5, 6, 7]

    async def test_rows_are_offered_up_to_a_version(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """So that its moment is not merged away; step by step all are merged."""
        await lay_rows(pool, key, typing("ab" * 10))
        await history.keep_snapshot(key, Snapshot(20, b"state"))
        for sequence in (1, 8, 13):
            await add(history, key, sequence)
        offered = []
        while rows := await history.unmerged_rows(key, before=LATER, limit=99):
            first, last = rows[0].first, rows[-1].sequence
            offered.append((first, last))
            await history.replace_rows(key, first=first, last=last, merged=merged(rows))
        assert offered == [(1, 1), (2, 8), (9, 13), (14, 20)]
        assert await history.documents_older_than(LATER, limit=9) == []
        for sequence in (1, 8, 13):
            assert await history.moment_at(key, sequence) == sequence
        assert await history.moment_at(key, 12) == 8

    async def test_merged_rows_say_what_they_were_merged_from(
        self, pool: Pool, key: int, history: PostgresHistory, log: PostgresUpdateLog
    ) -> None:
        """How many, since when, which clients, by whom brought; each with an entry of its own."""
        for number, (author, clients, carrier) in enumerate(
            [
                ("ada", (7, 1), None),
                ("bob", (9,), "eve"),
                ("ada", (7, 3), None),
                ("bob", (9,), "eve"),
            ]
        ):
            at = AT + number * SECOND
            made = entry(key, word(number), author=author)
            await log.append(replace(made, client_ids=clients, carrier=carrier, at=at))
        rows = await history.rows(key, 0, 4)
        await history.replace_rows(key, first=1, last=4, merged=merged(rows))
        async with pool.connection() as connection:
            found = await connection.fetch("SELECT * FROM updates ORDER BY sequence")
        ada, bob = found
        for row, sequence, first in ((ada, 3, 1), (bob, 4, 2)):
            assert (row["sequence"], row["first_sequence"]) == (sequence, first)
            assert (row["merged_updates"], row["first_at"]) == (2, AT + (first - 1) * SECOND)
            assert (row["at"], row["author_name"]) == (AT + (sequence - 1) * SECOND, "Ada Lovelace")
            assert row["update"] == word(first - 1) + word(sequence - 1)
        assert (ada["client_ids"], ada["carrier"]) == ([1, 3, 7], None)
        assert (bob["client_ids"], bob["carrier"]) == ([9], "eve")
        assert ada["entry"] != bob["entry"]

    async def test_a_merged_row_does_not_lose_who_brought_it(
        self, pool: Pool, key: int, history: PostgresHistory, log: PostgresUpdateLog
    ) -> None:
        """Of several, the first of them, also where the author brought some; each author's own."""
        brought = [None, "bob", None, "eve", "eve", "ivy"]
        for number, carrier in enumerate(brought):
            made = entry(key, word(number), author="ada" if number < 4 else "bob")
            await log.append(replace(made, carrier=carrier))
        rows = await history.rows(key, 0, 6)
        await history.replace_rows(key, first=1, last=6, merged=merged(rows))
        async with pool.connection() as connection:
            found = await connection.fetch("SELECT author, carrier FROM updates ORDER BY sequence")
        assert [tuple(row) for row in found] == [("ada", "bob"), ("bob", "eve")]

    async def test_what_changed_meanwhile_is_left_alone(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """Rows merged or dropped, or not there yet, or a version between: nothing happens."""
        await lay_rows(pool, key, typing("a" * 20))
        rows = await history.rows(key, 0, 20)
        await history.replace_rows(key, first=3, last=5, merged=merged(rows[2:5]))
        await history.keep_snapshot(key, Snapshot(1, b"state"))
        assert await history.drop_rows(key, through=1) == 1
        await add(history, key, 12)
        before = await history.rows(key, 0, END)
        for first, last in ((1, 2), (2, 4), (5, 7), (3, 5), (19, 21), (12, 13), (10, 14), (9, 8)):
            part = [replace(row, update=b"wrong") for row in rows[first - 1 : last]]
            await history.replace_rows(key, first=first, last=last, merged=merged(part))
        assert await history.rows(key, 0, END) == before
        await history.replace_rows(key, first=10, last=12, merged=merged(rows[9:12]))
        assert await history.moment_at(key, 11) == 9

    async def test_merging_never_loses_a_row(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """Rows that do not stand for all that they replace are refused, whole."""
        await lay_rows(pool, key, typing("abab"))
        before = await history.rows(key, 0, END)
        whole = merged(before)
        for wrong in (
            [],
            whole[:1],
            [replace(whole[0], first=3), whole[1]],
            [replace(whole[0], author=BOB), whole[1]],
        ):
            with pytest.raises(ValueError, match="would be lost"):
                await history.replace_rows(key, first=1, last=4, merged=wrong)
        with pytest.raises(ValueError, match="at most 5000"):
            await history.replace_rows(key, first=1, last=5_001, merged=whole)
        assert await history.rows(key, 0, END) == before

    async def test_a_moment_in_the_longest_of_merged_rows(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """It leads to the moment before, wherever in it; those around it are read as ever."""
        await lay_rows(pool, key, typing("ab" * 6_000))
        for first in (1_001, 6_001):
            rows = await history.rows(key, first - 1, first + 4_999)
            await history.replace_rows(key, first=first, last=first + 4_999, merged=merged(rows))
        asked = (999, 1_000, 1_001, 4_000, 5_999, 6_000, 6_001, 10_999, 11_000, 11_001, END)
        found = [await history.moment_at(key, moment) for moment in asked]
        assert found == [999, *[1_000] * 4, *[6_000] * 3, 11_000, 11_001, 12_000]

    async def test_of_two_who_merge_at_once_one_does(
        self, pool: Pool, key: int, history: PostgresHistory, log: PostgresUpdateLog
    ) -> None:
        """While people go on typing; nothing is lost and nothing doubled."""
        await lay_rows(pool, key, typing("ab" * 50))
        rows = await history.rows(key, 0, 100)
        await asyncio.gather(
            *(history.replace_rows(key, first=1, last=100, merged=merged(rows)) for _ in range(5)),
            *(log.append(entry(key)) for _ in range(50)),
            *(
                history.replace_rows(key, first=40, last=60, merged=merged(rows[39:60]))
                for _ in "ab"
            ),
        )
        found = await history.rows(key, 0, END)
        said = b"".join(row.update for row in found if row.sequence <= 100)
        assert sorted(said.split(b">")) == sorted(b"".join(r.update for r in rows).split(b">"))
        assert [row.sequence for row in found if row.sequence > 100] == [*range(101, 151)]

    async def test_a_document_that_is_gone(self, history: PostgresHistory) -> None:
        """Who writes to it is told; who reads finds nothing."""
        assert await history.unmerged_rows(12_345, before=LATER, limit=1) == []
        assert await history.moment_at(12_345, 3) == 0
        with pytest.raises(NotFound):
            await history.replace_rows(12_345, first=1, last=1, merged=[])
        with pytest.raises(NotFound):
            await history.drop_rows(12_345, through=1)
        with pytest.raises(NotFound):
            await history.erase(12_345, base=Snapshot(1, b""), rewritten=[])


class TestDropping:
    async def test_documents_with_something_to_drop(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """They have an old version, and rows up to it."""
        keys = await place_documents(documents, 4)
        for key in keys[:3]:
            await lay_rows(pool, key, typing("aaaa"))
        made = [await add(history, key, sequence) for key in keys[:2] for sequence in (1, 2, 3)]
        await date(pool, [(version, LATER + n * SECOND) for n, version in enumerate(made)])
        # A version of the empty document, to which no rows lead.
        await date(pool, [(await add(history, keys[3], 0), AT)])
        assert await history.documents_with_rows_before(LATER, limit=9) == []
        assert await history.documents_with_rows_before(LATER + SECOND, limit=9) == keys[:1]
        assert await history.documents_with_rows_before(LATER + 9 * SECOND, limit=9) == keys[:2]
        assert await history.documents_with_rows_before(LATER + 9 * SECOND, limit=1) == keys[:1]
        assert await history.newest_version_before(keys[0], LATER) is None
        found = await history.newest_version_before(keys[0], LATER + 2 * SECOND)
        assert found is not None
        assert found.sequence == 2
        await history.keep_snapshot(keys[0], Snapshot(1, b"state"))
        await history.keep_snapshot(keys[0], Snapshot(2, b"state"))
        await history.keep_snapshot(keys[0], Snapshot(3, b"state"))
        assert await history.drop_rows(keys[0], through=3) == 3
        assert await history.documents_with_rows_before(LATER + 9 * SECOND, limit=9) == keys[1:2]

    async def test_versions_whose_state_is_not_stored(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """In order, up to the bound, as many as asked for; of this document only."""
        one, other = await place_documents(documents, 2)
        await lay_rows(pool, one, typing("a" * 9))
        for sequence in (8, 2, 4, 6):
            await add(history, one, sequence)
        for document, sequence in ((one, 4), (other, 2)):
            await history.keep_snapshot(document, Snapshot(sequence, b"state"))

        async def bare(through: int, limit: int = 9) -> list[int]:
            found = await history.versions_without_snapshot(one, through=through, limit=limit)
            return [version.sequence for version in found]

        assert (await bare(8), await bare(6), await bare(8, 2)) == ([2, 6, 8], [2, 6], [2, 6])

    async def test_only_versions_are_left(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """Rows and snapshots before the moment go; of automatic versions each day's last stays."""
        await lay_rows(pool, key, typing("aaaaaaaabb" * 2))
        midnight = AT.replace(hour=0, minute=0, second=0, microsecond=0)
        hour = timedelta(hours=1)
        hours = (-2, -1, 0, 0, 1, 2, 23, 23, 25, 26, 26, 27)
        sequences = (1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15)
        times = {one: ago * hour for one, ago in zip(sequences, hours, strict=True)}
        times |= {4: -SECOND, 10: 24 * hour - SECOND}
        for sequence, ago in times.items():
            version = await add(history, key, sequence, "named" if sequence in {3, 6, 10} else "")
            await date(pool, [(version, midnight + ago)])
        for sequence in (*range(2, 17), 19):
            await history.keep_snapshot(key, Snapshot(sequence, b"%d" % sequence))
        with pytest.raises(Conflict):
            await history.drop_rows(key, through=17)
        assert await history.drop_rows(key, through=13) == 13
        assert await listed(history, key) == [15, 13, 12, 10, 8, 6, 4, 3]
        assert await standing(pool, key) == [3, 4, 6, 8, 10, 12, 13, 14, 15, 16, 19]
        assert [row.sequence for row in await history.rows(key, 0, END)] == [*range(14, 21)]
        readable = [await history.moment_at(key, n) for n in range(21)]
        assert readable == [0, 0, 0, 3, 4, 4, 6, 6, 8, 8, 10, 10, *range(12, 21)]
        # Nobody's work is forgotten with the version that went.
        page = await history.versions(key, cursor=None, limit=99)
        counts = {v.sequence: {c.author.id: c.updates for c in v.authors} for v in page.versions}
        assert counts[3] == {"ada": 3}
        assert counts[8] == {"ada": 2}
        assert counts[12] == {"ada": 2}
        assert await history.drop_rows(key, through=13) == 0

    async def test_nothing_is_dropped_that_a_version_needs(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """A version that stays without its state, or the moment itself: refused, nothing is gone."""
        await lay_rows(pool, key, typing("a" * 10))
        await add(history, key, 3, "named")
        await history.keep_snapshot(key, Snapshot(5, b"state"))
        for through in (5, 6):
            with pytest.raises(Conflict):
                await history.drop_rows(key, through=through)
        assert len(await history.rows(key, 0, END)) == 10
        await history.keep_snapshot(key, Snapshot(3, b"state"))
        assert await history.drop_rows(key, through=5) == 5
        assert await history.moment_at(key, 4) == 3

    async def test_a_long_log_goes_step_by_step_while_people_type(
        self, pool: Pool, key: int, history: PostgresHistory, log: PostgresUpdateLog
    ) -> None:
        """Nobody waits for all of it; what is typed meanwhile is not touched."""
        await lay_rows(pool, key, typing("ab" * 11_000))
        await history.keep_snapshot(key, Snapshot(20_123, b"state"))
        dropping = asyncio.create_task(history.drop_rows(key, through=20_123))
        typed = 0
        while not dropping.done():
            await log.append(entry(key))
            typed += 1
        assert await dropping == 20_123
        assert typed > 3
        found = [row.sequence for row in await history.rows(key, 0, END)]
        assert found == [*range(20_124, 22_001 + typed)]

    async def test_a_version_removed_after_dropping_leaves_its_authors_to_the_next(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """Though the log does not know them any more; a version between takes nothing away."""
        await lay_rows(pool, key, typing("aaabbb"))
        first, last = await add(history, key, 2, "x"), await add(history, key, 5, "y")
        for sequence in (2, 4, 5):
            await history.keep_snapshot(key, Snapshot(sequence, b"state"))
        assert (await history.version(key, last.key)).authors[0].author == BOB
        await history.keep_snapshot(key, Snapshot(6, b"state"))
        await history.drop_rows(key, through=5)
        await history.remove_version(key, first.key)
        authors = (await history.version(key, last.key)).authors
        assert {one.author: one.updates for one in authors} == {ADA: 3, BOB: 2}
        assert (await add(history, key, 2)).authors == []
        assert (await history.version(key, last.key)).authors == authors

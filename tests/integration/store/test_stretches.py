"""Stretches: who wrote when, page by page, also where the log keeps merged rows by now."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, Final

from collab.history.records import Author, Stretch
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import Pool
from tests.integration.store.past import ADA, END, merged
from tests.integration.store.shelf import AT, lay_rows, place_documents

MINUTE: Final = timedelta(minutes=1)


class TestStretches:
    async def test_a_pause_of_the_author_ends_a_stretch(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Five minutes do not, a second more does; what others write meanwhile changes nothing."""
        (key,) = await place_documents(documents, 1)
        times = [("ada", 0), ("bob", 10), ("ada", 300), ("bob", 310), ("ada", 601), ("bob", 611)]
        rows = [(author, AT + timedelta(seconds=at), b"xy") for author, at in times]
        await lay_rows(pool, key, rows)
        found = await history.stretches(key, first=1, last=6, limit=9)
        assert [(one.author.id, one.first, one.last, one.updates) for one in found] == [
            ("bob", 6, 6, 1),
            ("ada", 5, 5, 1),
            ("bob", 2, 4, 2),
            ("ada", 1, 3, 2),
        ]
        assert (found[3].author, found[3].size) == (ADA, 4)
        assert (found[3].started_at, found[3].ended_at) == (AT, AT + 5 * MINUTE)

    async def test_those_that_end_within_the_bounds_are_found_and_whole(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """One that began before counts as a whole; one of another document not at all."""
        one, other = await place_documents(documents, 2)
        rows = [("ada", AT + n * MINUTE, b"x") for n in (0, 1, 2, 10, 11, 12, 30)]
        await lay_rows(pool, one, rows)
        await lay_rows(pool, other, rows)

        async def found(first: int, last: int, limit: int = 9) -> list[tuple[int, int]]:
            stretches = await history.stretches(one, first=first, last=last, limit=limit)
            assert sum(s.updates for s in stretches) == sum(s.last - s.first + 1 for s in stretches)
            return [(s.first, s.last) for s in stretches]

        assert await found(1, 7) == [(7, 7), (4, 6), (1, 3)]
        assert await found(4, 5) == []
        assert await found(6, 6) == [(4, 6)]
        assert await found(3, 5) == [(1, 3)]
        assert await found(3, 6) == [(4, 6), (1, 3)]
        assert await found(4, 7) == [(7, 7), (4, 6)]
        assert await found(1, 7, limit=2) == [(7, 7), (4, 6)]
        assert await found(8, 99) == []

    async def test_pages_add_up_to_the_whole(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Whatever the size of a page, however stretches overlap: each of them once, then an end."""
        (key,) = await place_documents(documents, 1)
        random = Random(7)
        rows, at = [], AT
        for _ in range(200):
            at += timedelta(seconds=random.choice([20, 60, 150]))
            rows.append((random.choice(["ada", "bob", "eve"]), at, b"x"))
        await lay_rows(pool, key, rows)
        whole = await history.stretches(key, first=20, last=190, limit=999)
        assert len(whole) > 20
        for limit in (1, 2, 7, len(whole) - 1, len(whole)):
            paged: list[Stretch] = []
            to: int | None = 190
            while to is not None:
                page = await history.stretches(key, first=20, last=to, limit=limit + 1)
                paged += page[:limit]
                assert len(paged) <= len(whole)
                to = page[limit].last if len(page) > limit else None
            assert paged == whole

    async def test_what_somebody_else_brought_is_apart(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """By who brought it, each with pauses of its own; also after merging."""
        (key,) = await place_documents(documents, 1)
        carriers = [None, "bob", None, "eve", "bob", None, "bob", None]
        minutes = [0, 1, 2, 3, 4, 5, 10, 11]
        await lay_rows(pool, key, [("ada", AT + n * MINUTE, b"x") for n in minutes])
        async with pool.connection() as connection:
            await connection.executemany(
                "UPDATE updates SET carrier = $2 WHERE sequence = $1",
                list(enumerate(carriers, 1)),
            )

        async def found() -> list[tuple[str, str | None, int, int, int]]:
            stretches = await history.stretches(key, first=1, last=8, limit=9)
            return [(s.author.id, s.carrier, s.first, s.last, s.updates) for s in stretches]

        assert await found() == [
            ("ada", None, 8, 8, 1),
            ("ada", "bob", 7, 7, 1),
            ("ada", None, 1, 6, 3),
            ("ada", "bob", 2, 5, 2),
            ("ada", "eve", 4, 4, 1),
        ]
        rows = await history.rows(key, 0, 8)
        await history.replace_rows(key, first=4, last=5, merged=merged(rows[3:5]))
        assert ("ada", "eve", 4, 5, 2) in await found()

    async def test_an_author_is_named_as_in_the_newest_row(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """People change their names."""
        (key,) = await place_documents(documents, 1)
        await lay_rows(pool, key, [("ada", AT, b"x")] * 3)
        async with pool.connection() as connection:
            await connection.execute(
                "UPDATE updates SET author_name = 'Countess' WHERE sequence = 3"
            )
        (stretch,) = await history.stretches(key, first=1, last=3, limit=1)
        assert stretch.author == Author("ada", "Countess")

    async def test_stretches_stay_as_they_were_when_rows_are_merged(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Ten minutes in one row are still ten minutes, next to what comes before and after."""
        (key,) = await place_documents(documents, 1)
        random = Random(3)
        rows, at = [], AT
        for _ in range(400):
            at += timedelta(seconds=random.choice([20, 40, 60, 500]))
            rows.append((random.choice(["ada", "bob"]), at, b"1"))
        await lay_rows(pool, key, rows)
        before = await history.stretches(key, first=1, last=400, limit=400)
        for first in range(1, 391, 10):
            part = await history.rows(key, first - 1, first + 9)
            # As it is cut: not over a pause that ends a stretch.
            cuts = [n for n in range(1, 10) if part[n].at - part[n - 1].at > 5 * MINUTE]
            for start, end in zip([0, *cuts], [*cuts, 10], strict=True):
                passage = part[start:end]
                first_there, last_there = passage[0].first, passage[-1].sequence
                await history.replace_rows(
                    key, first=first_there, last=last_there, merged=merged(passage)
                )
        after = await history.stretches(key, first=1, last=400, limit=400)
        assert len(await history.rows(key, 0, END)) < 250
        assert [(one.author, one.first, one.last) for one in after] == [
            (one.author, one.first, one.last) for one in before
        ]
        assert [(one.started_at, one.ended_at, one.updates) for one in after] == [
            (one.started_at, one.ended_at, one.updates) for one in before
        ]

    async def test_stretches_of_a_long_log_agree_with_a_plain_count(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Twenty thousand rows, counted one by one in Python."""
        (key,) = await place_documents(documents, 1)
        random = Random(5)
        rows, at = [], AT
        for _ in range(20_000):
            at += timedelta(seconds=random.choice([0.1, 0.3, 2]))
            if random.random() < 0.002:
                at += timedelta(seconds=random.randrange(600))
            rows.append(
                (random.choice(["ada", "ada", "bob", "eve"]), at, b"x" * random.randrange(9))
            )
        await lay_rows(pool, key, rows)
        open_now: dict[str, list[Any]] = {}
        counted: list[list[Any]] = []
        for sequence, (author, when, update) in enumerate(rows, 1):
            one = open_now.get(author)
            if one is None or when - one[4] > 5 * MINUTE:
                open_now[author] = one = [author, sequence, 0, when, when, 0, 0]
                counted.append(one)
            one[2], one[4], one[5], one[6] = sequence, when, one[5] + 1, one[6] + len(update)
        counted.sort(key=lambda one: -one[2])
        found = await history.stretches(key, first=1, last=20_000, limit=99)
        assert [
            [s.author.id, s.first, s.last, s.started_at, s.ended_at, s.updates, s.size]
            for s in found
        ] == counted[:99]

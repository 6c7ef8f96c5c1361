"""Moments: what can still be read after much was forgotten, and what can be kept a version of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from collab.errors import Conflict, NotFound, Unavailable
from collab.history.records import Author, LogRow, VersionKind
from collab.room.records import Snapshot
from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.history import PostgresHistory
from collab.store.pool import Pool
from tests.integration.store.past import add, standing
from tests.integration.store.shelf import AT, lay_rows, place_documents, word

ADA: Final = Author("ada", "Ada")
MINUTE: Final = timedelta(minutes=1)
END: Final = 2**62


def telling(numbers: Iterable[int]) -> bytes:
    """Return an update (or a state) that says which updates are in it."""
    return b" ".join(b"%d" % number for number in sorted(numbers))


def told(update: bytes) -> set[int]:
    """Return which updates are in an update or a state."""
    return {int(number) for number in update.split()}


class Model:
    """A document whose updates are numbers: what was read can be compared with what was written."""

    def __init__(self, pool: Pool, history: PostgresHistory, key: int, random: Random) -> None:
        self.pool = pool
        self.history = history
        self.key = key
        self.random = random
        self.sequence = 0

    async def write(self) -> None:
        """Append some updates of three people."""
        count = self.random.randint(1, 12)
        rows = [
            (self.random.choice("abc"), AT + number * MINUTE, telling([number]))
            for number in range(self.sequence + 1, self.sequence + count + 1)
        ]
        self.sequence = await lay_rows(self.pool, self.key, rows)

    async def snapshot(self) -> None:
        """Keep a snapshot of some moment that can be read."""
        wanted = self.random.randint(0, self.sequence)
        await self.keep(await self.history.moment_at(self.key, wanted))

    async def keep(self, moment: int) -> None:
        """Keep a snapshot of `moment`."""
        state = telling(range(1, moment + 1))
        await self.history.keep_snapshot(self.key, Snapshot(moment, state))

    async def merge(self) -> None:
        """Merge some rows next to each other, each author's into one or two."""
        first = self.random.randint(1, max(1, self.sequence))
        last = min(self.sequence, first + self.random.randint(0, 9))
        rows = await self.history.rows(self.key, first - 1, last)
        merged = []
        for author in {row.author for row in rows}:
            own = [row for row in rows if row.author == author]
            middle = self.random.randint(0, len(own))
            merged += [merged_row(part) for part in (own[:middle], own[middle:]) if part]
        await self.history.replace_rows(self.key, first=first, last=last, merged=merged)

    async def drop(self) -> None:
        """Drop the rows up to some moment that can be read."""
        wanted = self.random.randint(0, self.sequence // 2)
        through = await self.history.moment_at(self.key, wanted)
        await self.keep(through)
        if through:
            await self.history.drop_rows(self.key, through=through)

    async def erase(self) -> None:
        """Erase what was before some moment that can be read."""
        wanted = self.random.randint(0, self.sequence // 2)
        moment = await self.history.moment_at(self.key, wanted)
        base = Snapshot(moment, telling(range(1, moment + 1)))
        rows = await self.history.rows(self.key, moment, END)
        trimmed = [
            (row.sequence, telling(n for n in told(row.update) if n > moment)) for row in rows
        ]
        is_there = moment in await standing(self.pool, self.key)
        if moment >= await self.history.beginning(self.key) or is_there:
            await self.history.erase(self.key, base=base, rewritten=trimmed)
        else:
            with pytest.raises(Conflict):
                await self.history.erase(self.key, base=base, rewritten=trimmed)

    async def check(self) -> set[int]:
        """Compare every moment with what was written; return those that can be read."""
        rows = await self.history.rows(self.key, 0, END)
        states: dict[int, set[int]] = {}
        async with self.pool.connection() as connection:
            for row in await connection.fetch("SELECT sequence, state FROM snapshots"):
                states[row["sequence"]] = told(row["state"])
        readable = {
            moment
            for moment in range(self.sequence + 1)
            if moment in states
            or (
                not any(row.first <= moment < row.sequence for row in rows)
                and read(states, rows, moment) == set(range(1, moment + 1))
            )
        }
        for moment in range(self.sequence + 3):
            kept = await self.history.moment_at(self.key, moment)
            assert kept == max((one for one in readable if one <= moment), default=0)
            found = await self.history.snapshot_before(self.key, kept)
            assert (found.sequence if found else 0) == max(
                (n for n in states if n <= kept), default=0
            )
            assert not kept or read(states, rows, kept) == set(range(1, kept + 1))
        return readable

    async def check_versions(self, readable: set[int]) -> None:
        """Try to keep a version of every moment: it must be one of those that can be read.

        But for the empty document, which can be read even where all before a moment was erased.
        """
        kept = {0}
        for moment in range(1, self.sequence + 3):
            with suppress(Conflict):
                version = await add(self.history, self.key, moment, "kept")
                await self.history.remove_version(self.key, version.key)
                kept.add(moment)
        assert kept == readable


def merged_row(rows: Sequence[LogRow]) -> LogRow:
    """Return one row for `rows` of one author."""
    said = {number for row in rows for number in told(row.update)}
    return LogRow(rows[-1].sequence, rows[0].first, rows[-1].author, rows[-1].at, telling(said))


def read(states: dict[int, set[int]], rows: Sequence[LogRow], moment: int) -> set[int]:
    """Return which updates are in `moment`, read as history reads it."""
    base = max((sequence for sequence in states if sequence <= moment), default=0)
    tail = (told(row.update) for row in rows if base < row.sequence <= moment)
    return set().union(states.get(base, set()), *tail)


class TestMoments:
    @pytest.mark.parametrize("seed", range(8))
    async def test_every_moment_that_is_found_reads_as_it_was(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory, seed: int
    ) -> None:
        """Whatever was snapshot, merged, dropped and erased in whatever order; and none is missed.

        And a version can be kept of those, and of no other.
        """
        (key,) = await place_documents(documents, 1)
        random = Random(seed)
        model = Model(pool, history, key, random)
        steps = (model.write, model.snapshot, model.merge, model.merge, model.drop, model.erase)
        readable = await model.check()
        for _ in range(14):
            await random.choices(steps, weights=(4, 3, 4, 4, 1, 1))[0]()
            readable = await model.check()
        await model.check_versions(readable)

    async def test_a_whole_log_keeps_every_moment(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Also the empty document, and of those to come the last there is."""
        (key,) = await place_documents(documents, 1)
        assert await history.moment_at(key, 5) == 0
        await lay_rows(pool, key, [("ada", AT, word(n)) for n in range(9)])
        assert [await history.moment_at(key, n) for n in range(12)] == [*range(10), 9, 9]

    async def test_the_beginning_is_where_rows_were_dropped_or_erased(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """0 until then, whatever was merged; then the later of the two; each document's own."""
        key, other = await place_documents(documents, 2)
        await lay_rows(pool, key, [("ada", AT, b"%d" % n) for n in range(9)])
        rows = await history.rows(key, 0, 2)
        await history.replace_rows(key, first=1, last=2, merged=[merged_row(rows)])
        assert await history.beginning(key) == 0
        await history.keep_snapshot(key, Snapshot(4, b"state"))
        await history.drop_rows(key, through=4)
        assert await history.beginning(key) == 4
        await history.erase(key, base=Snapshot(7, b"base"), rewritten=[])
        assert await history.beginning(key) == 7
        assert [await history.beginning(one) for one in (other, other + 1)] == [0, 0]

    async def test_rows_come_in_order_with_all_they_say(
        self, pool: Pool, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Without the first bound, with the last; of this document only."""
        one, other = await place_documents(documents, 2)
        await lay_rows(pool, one, [("ada", AT + n * MINUTE, word(n)) for n in range(5)])
        await lay_rows(pool, other, [("eve", AT, b"other")])
        assert await history.rows(one, 1, 3) == [
            LogRow(n + 1, n + 1, ADA, AT + n * MINUTE, word(n)) for n in (1, 2)
        ]
        assert await history.rows(one, 5, END) == []

    async def test_a_snapshot_is_kept_once_and_found(
        self, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """What is there stays; the document's size is that of the newest, however it came there."""
        (key,) = await place_documents(documents, 1)
        first = Snapshot(4, b"four", (b"parked", b""))
        await history.keep_snapshot(key, first)
        await history.keep_snapshot(key, Snapshot(4, b"other"))
        await history.keep_snapshot(key, Snapshot(9, b"nine bytes"))
        await history.keep_snapshot(key, Snapshot(2, b"two"))
        assert await history.snapshot_before(key, 1) is None
        assert await history.snapshot_before(key, 3) == Snapshot(2, b"two")
        assert await history.snapshot_before(key, 8) == first
        assert (await documents.get("doc-0")).size == 10
        with pytest.raises(NotFound):
            await history.keep_snapshot(key + 1, first)


Call = Callable[[PostgresHistory, PostgresDocuments], Coroutine[Any, Any, object]]
_CALLS: Final[dict[str, Call]] = {
    "moment_at": lambda h, _: h.moment_at(1, 1),
    "beginning": lambda h, _: h.beginning(1),
    "snapshot_before": lambda h, _: h.snapshot_before(1, 1),
    "rows": lambda h, _: h.rows(1, 0, 1),
    "keep_snapshot": lambda h, _: h.keep_snapshot(1, Snapshot(1, b"")),
    "owners": lambda h, _: h.owners(1),
    "stretches": lambda h, _: h.stretches(1, first=1, last=1, limit=1),
    "add_version": lambda h, _: h.add_version(
        1, sequence=1, kind=VersionKind.NAMED, name="n", by=ADA, digest=b""
    ),
    "versions": lambda h, _: h.versions(1, cursor=None, limit=1),
    "version": lambda h, _: h.version(1, 1),
    "name_version": lambda h, _: h.name_version(1, 1, "n"),
    "remove_version": lambda h, _: h.remove_version(1, 1),
    "documents_older_than": lambda h, _: h.documents_older_than(AT, limit=1),
    "unmerged_rows": lambda h, _: h.unmerged_rows(1, before=AT, limit=1),
    "replace_rows": lambda h, _: h.replace_rows(1, first=1, last=1, merged=[]),
    "documents_with_rows_before": lambda h, _: h.documents_with_rows_before(AT, limit=1),
    "newest_version_before": lambda h, _: h.newest_version_before(1, AT),
    "versions_without_snapshot": lambda h, _: h.versions_without_snapshot(1, through=1, limit=1),
    "drop_rows": lambda h, _: h.drop_rows(1, through=1),
    "erase": lambda h, _: h.erase(1, base=Snapshot(1, b""), rewritten=[]),
    "save_snapshot": lambda _, d: d.save_snapshot(1, Snapshot(1, b"")),
}


class TestAway:
    @pytest.fixture
    async def stopped(self, lived_in: Path) -> AsyncIterator[Pool]:
        """Open a pool on a server that has stopped since."""
        async with EmbeddedPostgres(lived_in) as server:
            pool = await Pool.open(server.target)
        yield pool
        await pool.close()

    async def test_every_call_says_that_the_database_is_away(self, stopped: Pool) -> None:
        """None of them hangs, and none raises anything else."""
        history, documents = PostgresHistory(stopped), PostgresDocuments(stopped)
        for call in _CALLS.values():
            with pytest.raises(Unavailable):
                await call(history, documents)

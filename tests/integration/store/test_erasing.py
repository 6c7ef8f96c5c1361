"""Erasing: what was before a moment is in no table any more, and who is late brings nothing back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from collab.errors import Conflict
from collab.room.records import Claim, Snapshot
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import ConnectionTarget, Pool
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
from tests.integration.store.shelf import AT, entry, lay_rows, place_documents, stored, word


class TestErasing:
    async def test_nothing_is_left_in_any_table(
        self,
        database: ConnectionTarget,
        pool: Pool,
        documents: PostgresDocuments,
        history: PostgresHistory,
    ) -> None:
        """The erased bytes are in no column of any table; what is after them stays."""
        key, other = await place_documents(documents, 2)
        secret = b"SECRET"
        rows = [("ada", AT + n * SECOND, secret + word(n)) for n in range(10)]
        rows += [
            ("bob", AT + n * SECOND, word(n) + secret * (n in {12, 15})) for n in range(10, 20)
        ]
        await lay_rows(pool, key, rows)
        await lay_rows(pool, other, [("eve", AT, b"untouched")])
        for sequence in (3, 10):
            await history.keep_snapshot(key, Snapshot(sequence, secret, (b"x", secret)))
        await history.keep_snapshot(key, Snapshot(17, b"later"))
        for sequence in (3, 9, 10, 14):
            await add(history, key, sequence, f"SECRET {sequence}" if sequence < 10 else "kept")
        merging = await history.rows(key, 0, 9)
        await history.replace_rows(key, first=1, last=9, merged=merged(merging))
        assert len(await _places_of(pool, "SECRET")) == 4
        await history.erase(
            key, base=Snapshot(10, b"base", (b"p",)), rewritten=[(13, word(12)), (16, word(15))]
        )
        assert await _places_of(pool, "SECRET") == set()
        assert (await stored(database))[key] == [(n + 1, word(n)) for n in range(10, 20)]
        assert (await stored(database))[other] == [(1, b"untouched")]
        assert await history.snapshot_before(key, 16) == Snapshot(10, b"base", (b"p",))
        assert await listed(history, key) == [14, 10]
        assert [await history.moment_at(key, n) for n in (0, 9, 10, 11, 20)] == [0, 0, 10, 11, 20]
        loaded = await documents.load("doc-0", create_for=None)
        assert loaded.snapshot == Snapshot(17, b"later")
        assert [sequence for sequence, _ in loaded.tail] == [18, 19, 20]

    async def test_up_to_now(
        self,
        documents: PostgresDocuments,
        pool: Pool,
        key: int,
        history: PostgresHistory,
        log: PostgresUpdateLog,
    ) -> None:
        """All rows go; the document opens from the base, and its size is the base's."""
        await lay_rows(pool, key, typing("aa"))
        await log.append(replace(entry(key), claims=(Claim(7, 0, "ada", "Ada"),)))
        await history.erase(key, base=Snapshot(3, b"base"), rewritten=[])
        loaded = await documents.load("doc-0", create_for=None)
        assert (loaded.snapshot, loaded.tail) == (Snapshot(3, b"base"), ())
        assert (loaded.document.sequence, loaded.document.size) == (3, 4)
        assert await history.owners(key) == {7: [(0, ADA)]}
        assert [await history.moment_at(key, n) for n in (0, 2, 3, 4)] == [0, 0, 3, 3]
        await lay_rows(pool, key, typing("a"))
        assert await history.moment_at(key, 4) == 4

    async def test_a_row_that_began_before_does_not_say_so(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """A merged row across the moment begins after it from now on, and so does the next version."""
        await lay_rows(pool, key, typing("abab" + "aaaa"))
        rows = await history.rows(key, 0, 4)
        await history.replace_rows(key, first=1, last=4, merged=merged(rows))
        await add(history, key, 7, "kept")
        await history.keep_snapshot(key, Snapshot(2, b"state"))
        await history.erase(key, base=Snapshot(2, b"base"), rewritten=[(3, b"<3>"), (4, b"<4>")])
        found = await history.rows(key, 0, END)
        assert [(row.first, row.sequence) for row in found[:3]] == [(3, 3), (3, 4), (5, 5)]
        page = await history.versions(key, cursor=None, limit=9)
        ada, bob = page.versions[0].authors
        assert ((ada.author, ada.updates), (bob.author, bob.updates)) == ((ADA, 4), (BOB, 2))
        (bobs,) = (
            one
            for one in await history.stretches(key, first=1, last=9, limit=9)
            if one.author == BOB
        )
        assert (bobs.first, bobs.started_at) == (3, AT + 3 * SECOND)

    async def test_what_changed_meanwhile_is_a_conflict(
        self, pool: Pool, key: int, history: PostgresHistory
    ) -> None:
        """A row to be rewritten that is not there any more: refused, and nothing is erased."""
        await lay_rows(pool, key, typing("a" * 10))
        rows = await history.rows(key, 0, 10)
        await history.replace_rows(key, first=6, last=9, merged=merged(rows[5:9]))
        before = await history.rows(key, 0, END)
        with pytest.raises(Conflict):
            await history.erase(key, base=Snapshot(4, b"base"), rewritten=[(7, b""), (9, b"")])
        assert await history.rows(key, 0, END) == before
        assert await standing(pool, key) == []


class TestAtOnce:
    async def test_nobody_waits_in_a_circle(
        self,
        pool: Pool,
        documents: PostgresDocuments,
        history: PostgresHistory,
        log: PostgresUpdateLog,
    ) -> None:
        """All who write to what belongs to a document, on three of them at once, again and again."""
        keys = await place_documents(documents, 3)
        for key in keys:
            await lay_rows(pool, key, typing("ab" * 100))
        rows = await history.rows(keys[0], 100, 110)
        by_turns = range(1, 31)
        await asyncio.gather(
            *(
                log.append(replace(entry(key), claims=(Claim(n, 0, "a", "A"),)))
                for n in by_turns
                for key in keys
            ),
            *(documents.save_snapshot(key, Snapshot(n, b"s")) for n in by_turns for key in keys),
            *(
                history.keep_snapshot(key, Snapshot(n, b"s"))
                for n in by_turns
                for key in keys[::-1]
            ),
            *(_added(history, key, n) for n in by_turns for key in keys[::-1]),
            *(_erased(history, key, n) for n in (3, 9, 27) for key in keys),
            *(
                history.replace_rows(keys[0], first=101, last=110, merged=merged(rows[:10]))
                for _ in by_turns
            ),
        )
        for key in keys:
            found = await history.rows(key, 0, END)
            assert (found[0].sequence, found[-1].sequence) == (28, 230)
            assert await standing(pool, key) == [27, *await _after(pool, key, 27)]
            assert await listed(history, key) == [30, 29, 28, 27]
            assert [await history.moment_at(key, n) for n in (26, 27, 60)] == [0, 27, 60]


async def _added(history: PostgresHistory, document: int, sequence: int) -> None:
    """Keep a version, if its moment was not erased by somebody who came first."""
    with suppress(Conflict):
        await add(history, document, sequence)


async def _erased(history: PostgresHistory, document: int, sequence: int) -> None:
    """Erase what was before, unless somebody who came first erased more."""
    with suppress(Conflict):
        await history.erase(document, base=Snapshot(sequence, b"base"), rewritten=[])


async def _after(pool: Pool, document: int, sequence: int) -> list[int]:
    return [one for one in await standing(pool, document) if one > sequence]


async def _places_of(pool: Pool, word: str) -> set[str]:
    """Return the columns of all tables in which `word` is, as text or as bytes."""
    found = set()
    async with pool.connection() as connection:
        columns = await connection.fetch(
            "SELECT table_name, column_name, data_type, udt_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        for table, column, kind, _ in columns:
            # What bytes look like as text is their hexadecimal digits.
            sought = word.encode().hex() if kind in {"bytea", "ARRAY"} else word
            if await connection.fetchval(
                f'SELECT EXISTS (SELECT FROM "{table}" WHERE strpos("{column}"::text, $1) > 0)',
                sought,
            ):
                found.add(f"{table}.{column}")
    return found

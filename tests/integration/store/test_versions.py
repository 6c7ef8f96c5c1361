"""Versions: added once, named, listed page by page, removed; and who wrote what between them."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from collab.errors import Conflict, InvalidRequest, NotFound
from collab.history.records import Author, Contribution, Version, VersionKind
from collab.room.records import Snapshot
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import Pool
from tests.integration.store.shelf import AT, lay_rows, place_documents

EVE: Final = Author("eve", "Zoë 🦉")
ROWS: Final = [("ada", AT, b"x")] * 3 + [("bob", AT, b"x")] * 5 + [("ada", AT, b"x")] * 2


@pytest.fixture
async def key(pool: Pool, documents: PostgresDocuments) -> int:
    """Place a document two people wrote ten updates of."""
    (placed,) = await place_documents(documents, 1)
    await lay_rows(pool, placed, ROWS)
    return placed


async def named(history: PostgresHistory, document: int, sequence: int, name: str) -> Version:
    """Name a moment."""
    return await history.add_version(
        document, sequence=sequence, kind=VersionKind.NAMED, name=name, by=EVE, digest=b"same"
    )


async def automatic(
    history: PostgresHistory, document: int, sequence: int, digest: bytes | None = None
) -> Version:
    """Keep an automatic version, different from every other unless told."""
    return await history.add_version(
        document,
        sequence=sequence,
        kind=VersionKind.ACTIVITY,
        name=None,
        by=EVE,
        digest=b"%d" % sequence if digest is None else digest,
    )


def wrote(version: Version) -> list[tuple[str, int]]:
    """Return who wrote how many updates of a version."""
    return [(one.author.id, one.updates) for one in version.authors]


async def everyone(history: PostgresHistory, document: int) -> dict[int, list[tuple[str, int]]]:
    """Return who wrote what, of all versions, by sequence."""
    page = await history.versions(document, cursor=None, limit=99)
    return {version.sequence: wrote(version) for version in page.versions}


class TestAdding:
    async def test_a_version_says_all_there_is_to_say(
        self, key: int, history: PostgresHistory
    ) -> None:
        """It is returned, found by its key, and listed, the same each time."""
        made = await named(history, key, 7, "Draft 🦉")
        assert (made.sequence, made.kind, made.name) == (7, VersionKind.NAMED, "Draft 🦉")
        assert made.created_by == EVE
        assert abs((datetime.now(UTC) - made.at).total_seconds()) < 60
        assert made.authors == [
            Contribution(Author("bob", "Bob"), 4),
            Contribution(Author("ada", "Ada"), 3),
        ]
        assert await history.version(key, made.key) == made
        assert (await history.versions(key, cursor=None, limit=5)).versions == [made]

    async def test_an_identical_automatic_one_is_not_made(
        self, key: int, history: PostgresHistory
    ) -> None:
        """At the same moment, or the same text as the version just before: that one is returned."""
        first = await automatic(history, key, 3, b"text")
        assert await automatic(history, key, 3, b"other") == first
        assert await automatic(history, key, 5, b"text") == first
        second = await automatic(history, key, 6, b"more")
        assert await automatic(history, key, 7, b"more") == second
        # The text of an earlier one, come back; and one before all others.
        third = await automatic(history, key, 8, b"text")
        assert third.sequence == 8
        assert (await automatic(history, key, 2, b"text")).sequence == 2
        assert len(await everyone(history, key)) == 4

    async def test_a_name_is_given_whatever_the_text(
        self, key: int, history: PostgresHistory
    ) -> None:
        """A named version is made though the text is that of the one before."""
        await automatic(history, key, 3, b"same")
        assert (await named(history, key, 5, "five")).sequence == 5

    async def test_naming_an_automatic_moment_names_its_version(
        self, key: int, history: PostgresHistory
    ) -> None:
        """It stays the same version; the same name again is no conflict, another one is."""
        there = await automatic(history, key, 3)
        given = await named(history, key, 3, "three")
        assert (given.key, given.kind, given.name) == (there.key, VersionKind.NAMED, "three")
        assert await named(history, key, 3, "three") == given
        assert await automatic(history, key, 3) == given
        with pytest.raises(Conflict):
            await named(history, key, 3, "drei")

    async def test_two_at_the_same_time_make_one(self, key: int, history: PostgresHistory) -> None:
        """Ten at once at one moment: one version; with different names: nine conflicts."""
        made = await asyncio.gather(*(automatic(history, key, 4) for _ in range(10)))
        assert len({version.key for version in made}) == 1
        tries = (named(history, key, 9, f"name {n}") for n in range(10))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, Conflict) for result in results) == 9
        assert sorted(await everyone(history, key)) == [4, 9]

    async def test_at_once_at_different_moments_everybody_is_counted_once(
        self, key: int, history: PostgresHistory
    ) -> None:
        """However they come, each counts from the one before."""
        await asyncio.gather(*(automatic(history, key, n) for n in (10, 2, 7, 5, 3)))
        assert await everyone(history, key) == {
            10: [("ada", 2), ("bob", 1)],
            7: [("bob", 2)],
            5: [("bob", 2)],
            3: [("ada", 1)],
            2: [("ada", 2)],
        }

    async def test_a_document_that_is_gone(self, history: PostgresHistory) -> None:
        """There is nothing to keep a version of."""
        with pytest.raises(NotFound):
            await named(history, 12_345, 1, "x")

    async def test_what_utf8_cannot_write_is_refused(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Names with NUL or half a surrogate pair are an invalid request, wherever they come in."""
        made = await named(history, key, 1, "'; DROP TABLE versions; --")
        for text in ("a\x00b", "\ud83e"):
            with pytest.raises(InvalidRequest):
                await named(history, key, 2, text)
            with pytest.raises(InvalidRequest):
                await history.name_version(key, made.key, text)
        assert await everyone(history, key) == {1: [("ada", 1)]}


class TestForgottenMoments:
    async def test_none_is_kept_of_what_was_erased(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Not by who read it before; of where history begins now and of what is after, as ever."""
        await history.erase(key, base=Snapshot(6, b"base"), rewritten=[])
        for sequence in (0, 1, 5):
            with pytest.raises(Conflict, match="erased"):
                await named(history, key, sequence, "late")
            with pytest.raises(Conflict, match="erased"):
                await automatic(history, key, sequence)
        for sequence in (6, 7, 10):
            await automatic(history, key, sequence)
        assert sorted(await everyone(history, key)) == [6, 7, 10]

    async def test_of_what_was_dropped_where_a_snapshot_stands(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Its moments are still read; and who names a version that is there needs nothing else."""
        for sequence in (2, 4, 6):
            await history.keep_snapshot(key, Snapshot(sequence, b"state"))
        there, _ = await automatic(history, key, 4), await named(history, key, 2, "two")
        await history.drop_rows(key, through=6)
        for sequence in (1, 3, 5):
            with pytest.raises(Conflict, match="erased"):
                # Also where nothing new would be made of it: that text is another moment's.
                await automatic(history, key, sequence, b"4")
        assert (await named(history, key, 4, "four")).key == there.key
        assert (await named(history, key, 6, "six")).sequence == 6

    async def test_none_is_kept_in_the_midst_of_merged_rows(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Nor where one's row ends and another's goes on; nor after the document's end."""
        rows = await history.rows(key, 0, 10)
        ada, bob = (rows[1], rows[2], rows[8]), rows[3:8]
        whole = [replace(part[-1], first=part[0].first) for part in (bob, ada)]
        await history.replace_rows(key, first=2, last=9, merged=whole)
        for sequence in (2, 5, 8, 11):
            with pytest.raises(Conflict, match="merged"):
                await named(history, key, sequence, "late")
        await history.keep_snapshot(key, Snapshot(5, b"state"))
        for sequence in (0, 1, 5, 9, 10):
            await named(history, key, sequence, "kept")
        assert sorted(await everyone(history, key)) == [0, 1, 5, 9, 10]

    async def test_while_it_is_being_erased(self, key: int, history: PostgresHistory) -> None:
        """Whoever comes first, none is left of what was before."""
        results = await asyncio.gather(
            *(automatic(history, key, n) for n in (1, 2, 3)),
            history.erase(key, base=Snapshot(6, b"base"), rewritten=[]),
            *(automatic(history, key, n) for n in (3, 4, 5, 6, 7)),
            return_exceptions=True,
        )
        assert all(isinstance(one, Version | Conflict | None) for one in results)
        assert sorted(await everyone(history, key)) == [6, 7]


class TestOpening:
    async def test_a_document_knows_its_newest_version(
        self, key: int, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """The one at the highest sequence, whenever made; 0 if there is none; its own only."""
        other = (await documents.create("doc-1", title="", author="ada", seed=None)).key

        async def versioned() -> list[int]:
            loads = [await documents.load(f"doc-{n}", create_for=None) for n in (0, 1)]
            return [loaded.versioned for loaded in loads]

        assert await versioned() == [0, 0]
        newest = await automatic(history, key, 7)
        await automatic(history, key, 3)
        assert await versioned() == [7, 0]
        await named(history, other, 0, "empty")
        await history.remove_version(key, newest.key)
        assert await versioned() == [3, 0]


class TestPages:
    async def test_pages_add_up_to_the_whole(self, key: int, history: PostgresHistory) -> None:
        """Whatever the size of a page: every version once, the highest sequence first."""
        for sequence in (4, 9, 1, 10, 6, 2):
            await automatic(history, key, sequence)
        for limit in (1, 2, 3, 5, 6, 7):
            found: list[int] = []
            cursor: str | None = None
            while True:
                page = await history.versions(key, cursor=cursor, limit=limit)
                found += [version.sequence for version in page.versions]
                if page.cursor is None:
                    break
                assert len(page.versions) == limit
                cursor = page.cursor
            assert found == [10, 9, 6, 4, 2, 1]

    async def test_a_cursor_nobody_gave_out_is_refused(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Whatever it says, it is an invalid request."""
        said = [
            *("null", "[]", "[1,2]", f"[{2**63}]", f"[{-(2**63) - 1}]", "[1.5]", "[true]", '["1"]'),
            *("[null]", '{"a":1}', "1", "[" * 100_000, f"[{'9' * 5_000}]", "[NaN]"),
        ]
        bad = [base64.urlsafe_b64encode(one.encode()).decode() for one in said]
        bad += ["", "x", "%%%", "🦉", "null", "[1]", "=" * 9]
        for cursor in bad:
            with pytest.raises(InvalidRequest):
                await history.versions(key, cursor=cursor, limit=5)


class TestLife:
    async def test_naming_and_taking_the_name_away(
        self, key: int, history: PostgresHistory
    ) -> None:
        """Named, renamed, and an automatic one again; what never had a name stays what it is."""
        made = await automatic(history, key, 3)
        assert (await history.name_version(key, made.key, None)).kind is VersionKind.ACTIVITY
        given = await history.name_version(key, made.key, "one")
        assert (given.kind, given.name) == (VersionKind.NAMED, "one")
        assert (await history.name_version(key, made.key, "two")).name == "two"
        taken = await history.name_version(key, made.key, None)
        assert (taken.kind, taken.name) == (VersionKind.SESSION, None)
        assert await history.version(key, made.key) == taken

    async def test_removing(self, key: int, history: PostgresHistory) -> None:
        """It is gone, and what was written up to it counts for the version after it."""
        first, middle, last = [await automatic(history, key, n) for n in (2, 6, 10)]
        await history.remove_version(key, middle.key)
        with pytest.raises(NotFound):
            await history.version(key, middle.key)
        assert await everyone(history, key) == {10: [("bob", 5), ("ada", 3)], 2: [("ada", 2)]}
        await history.remove_version(key, last.key)
        await history.remove_version(key, first.key)
        assert await everyone(history, key) == {}

    async def test_a_version_of_another_document_is_not_found(
        self, key: int, documents: PostgresDocuments, history: PostgresHistory
    ) -> None:
        """Nor is one that never was, by any call; and nothing happens to it."""
        other = (await documents.create("other", title="", author="ada", seed=None)).key
        made = await named(history, key, 3, "three")
        for document, version in ((other, made.key), (key, made.key + 1), (key, 0)):
            for attempt in (
                history.version(document, version),
                history.name_version(document, version, "x"),
                history.remove_version(document, version),
            ):
                with pytest.raises(NotFound):
                    await attempt
        assert await history.version(key, made.key) == made
        assert (await history.versions(other, cursor=None, limit=9)).versions == []

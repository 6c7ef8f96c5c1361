"""Pages of documents: newest activity first, stable while others create, delete and write."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from random import Random
from typing import Final

import pytest

from collab.errors import ErrorCode, InvalidRequest, NotFound
from collab.room.records import Document
from collab.store.documents import PostgresDocuments
from collab.store.pool import Pool
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import entry, place_documents


async def page_through(
    documents: PostgresDocuments, limit: int, *, search: str | None = None, deleted: bool = False
) -> list[Document]:
    """Return every document of a listing, fetched page by page."""
    found: list[Document] = []
    cursor: str | None = None
    while True:
        page = await documents.list(search=search, cursor=cursor, limit=limit, deleted=deleted)
        assert len(page.documents) <= limit
        found += page.documents
        if page.cursor is None:
            return found
        assert len(page.documents) == limit
        cursor = page.cursor


class TestPages:
    async def test_pages_add_up_to_the_whole(self, documents: PostgresDocuments) -> None:
        """Whatever the size of a page: every document once, the newest first."""
        await place_documents(documents, 30)
        for limit in (1, 7, 10, 29, 30, 31):
            found = await page_through(documents, limit)
            assert [document.id for document in found] == [f"doc-{n}" for n in reversed(range(30))]

    async def test_documents_of_one_moment_are_all_listed(
        self, pool: Pool, documents: PostgresDocuments
    ) -> None:
        """Equal times do not confuse the cursor, not even at the ends of what it can say."""
        async with pool.connection() as connection:
            await connection.execute(
                "INSERT INTO documents (id, created_by, updated_at) SELECT 'd' || n, 'ada',"
                " CASE WHEN n <= 20 THEN timestamptz '2026-11-22 12:30:15.999999Z'"
                "      WHEN n <= 25 THEN '0001-01-02Z' ELSE '1969-12-31 23:59:59.000001Z' END"
                " FROM generate_series(1, 30) AS n"
            )
        found = await page_through(documents, 3)
        order = [*range(20, 0, -1), *range(30, 25, -1), *range(25, 20, -1)]
        assert [document.id for document in found] == [f"d{n}" for n in order]

    async def test_writing_is_activity(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """A document that is written in comes first."""
        keys = await place_documents(documents, 5)
        await log.append(entry(keys[2]))
        page = await documents.list(search=None, cursor=None, limit=2)
        assert [document.id for document in page.documents] == ["doc-2", "doc-4"]

    async def test_deleted_documents_have_their_own_listing(
        self, documents: PostgresDocuments
    ) -> None:
        """Deleted ones are in that listing and in no other."""
        await place_documents(documents, 6)
        for number in (1, 4):
            await documents.delete(f"doc-{number}")
        living, gone = (
            await page_through(documents, 2),
            await page_through(documents, 1, deleted=True),
        )
        assert [document.id for document in living] == ["doc-5", "doc-3", "doc-2", "doc-0"]
        assert [document.id for document in gone] == ["doc-4", "doc-1"]

    async def test_an_empty_shelf_is_an_empty_page(self, documents: PostgresDocuments) -> None:
        """No documents, no cursor."""
        page = await documents.list(search=None, cursor=None, limit=10)
        assert (page.documents, page.cursor) == ((), None)


class TestSearch:
    async def test_searching_titles_and_ids(self, documents: PostgresDocuments) -> None:
        """Any part of either, in any case; wildcards and quotes mean themselves."""
        titles = {"a": "100 % sure", "b": "100 x sure", "c": "under_score", "d": "underscore"}
        titles |= {"e": "back\\slash", "f": "O'Neill", "g-Needle-1": "", "h": "ÄÖÜ 🦉"}
        for name, title in titles.items():
            await documents.create(name, title=title, author="ada", seed=None)
        cases = {
            "0 % s": ["a"],
            "er_s": ["c"],
            "\\": ["e"],
            "'n": ["f"],
            "NEEDLE": ["g-Needle-1"],
            "äöü 🦉": ["h"],
            "SURE": ["b", "a"],
            "nothing": [],
            "x" * 100_000: [],
        }
        for search, expected in cases.items():
            found = await page_through(documents, 1, search=search)
            assert [document.id for document in found] == expected, search[:20]


class TestConcurrentChange:
    async def test_no_document_twice_and_none_lost_that_stays(
        self, documents: PostgresDocuments
    ) -> None:
        """While others create and delete: those who stay untouched are each listed exactly once."""
        await place_documents(documents, 120)
        random, made = Random(3), 0
        mortal = [f"doc-{number}" for number in range(0, 120, 3)]
        stays = {f"doc-{number}" for number in range(120) if number % 3}

        async def disturb() -> None:
            nonlocal made
            while True:
                made += 1
                await documents.create(f"new-{made}", title="", author="eve", seed=None)
                with contextlib.suppress(NotFound):
                    await documents.delete(random.choice(mortal))

        disturbance = asyncio.create_task(disturb())
        try:
            for _ in range(10):
                listed = [document.id for document in await page_through(documents, 5)]
                assert len(listed) == len(set(listed))
                assert stays <= set(listed)
        finally:
            disturbance.cancel()
            await asyncio.gather(disturbance, return_exceptions=True)
        assert made > 10

    async def test_a_cursor_outlives_the_document_it_names(
        self, documents: PostgresDocuments
    ) -> None:
        """Deleting the last document of a page does not disturb the next page."""
        await place_documents(documents, 4)
        page = await documents.list(search=None, cursor=None, limit=2)
        await documents.delete(page.documents[-1].id)
        rest = await documents.list(search=None, cursor=page.cursor, limit=5)
        assert [document.id for document in rest.documents] == ["doc-1", "doc-0"]


def encoded(text: bytes) -> str:
    """Return `text` dressed as a cursor."""
    return base64.urlsafe_b64encode(text).decode()


_MALFORMED: Final = (
    *("", "?", "x" * 100_000, "\x00", "\ud800", "ünï", "=" * 7),
    *map(encoded, (b"\xff\xfe\xfd", b"[" * 50_000, b"[1e400, 5]", b"[NaN, 5]", b'"ab"', b"null")),
    encoded(b"[" + b"9" * 5_000 + b", 5]"),
    *(encoded(text) for text in (b"5", b"[]", b"[1]", b"[1, 2, 3]", b'{"a": 1, "b": 2}')),
    *(
        encoded(text)
        for text in (b"[null, 1]", b"[1, null]", b"[1, 1.5]", b'[1, "2"]', b'["1", 1]')
    ),
    *(encoded(text) for text in (b"[1.5, 1]", b"[true, true]", b"[[], 1]")),
    *(encoded(b"[1, %d]" % key) for key in (2**63, -(2**63) - 1, 10**40)),
    *(encoded(b"[%d, 1]" % time) for time in (10**18, -(10**18), 2**70, 10**400)),
)


class TestMalformedCursors:
    async def test_a_cursor_of_somebodys_making_is_refused(
        self, documents: PostgresDocuments
    ) -> None:
        """One sentence, whatever is wrong with it."""
        for cursor in _MALFORMED:
            with pytest.raises(InvalidRequest, match="not one this server gave out") as caught:
                await documents.list(search=None, cursor=cursor, limit=10)
            assert caught.value.code is ErrorCode.INVALID_REQUEST, cursor[:40]

    async def test_a_cursor_at_the_ends_of_time_is_only_far_away(
        self, documents: PostgresDocuments
    ) -> None:
        """Well-formed ones of any age are answered: everything comes after, or nothing."""
        await place_documents(documents, 2)
        for text, found in ((b"[%d, 5]" % (10**17), 2), (b"[-10000000000000000, -5]", 0)):
            page = await documents.list(search=None, cursor=encoded(text), limit=10)
            assert len(page.documents) == found

"""The shelf of documents: created, found, renamed, deleted, brought back; hostile words refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

import pytest

from collab.errors import Conflict, InvalidRequest, NotFound
from collab.store.documents import PostgresDocuments
from collab.store.pool import ConnectionTarget
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import entry, stored


class TestCreating:
    async def test_a_new_document_is_empty(self, documents: PostgresDocuments) -> None:
        """It has its title, the first epoch, no updates, and the time of now."""
        before = datetime.now(UTC)
        made = await documents.create("plan", title="Plan B", author="ada", seed=None)
        assert (made.id, made.title) == ("plan", "Plan B")
        assert (made.epoch, made.sequence, made.size) == (1, 0, 0)
        assert made.deleted_at is None
        assert made.created_at == made.updated_at >= before.replace(microsecond=0)
        assert await documents.get("plan") == made

    async def test_a_seed_is_its_first_update(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """Document and seed are there together, whatever key the seed names."""
        made = await documents.create("plan", title="", author="ada", seed=entry(999, b"seed"))
        assert made.sequence == 1
        assert await stored(database) == {made.key: [(1, b"seed")]}
        loaded = await documents.load("plan", create_for=None)
        assert (loaded.document, loaded.snapshot, loaded.tail) == (made, None, ((1, b"seed"),))

    async def test_an_unusable_seed_leaves_no_document(self, documents: PostgresDocuments) -> None:
        """Both or neither."""
        with pytest.raises(Exception, match="0x00"):
            await documents.create("plan", title="", author="a", seed=entry(0, author="\x00"))
        with pytest.raises(NotFound):
            await documents.get("plan")

    async def test_an_id_is_used_once(self, documents: PostgresDocuments) -> None:
        """A second document of the same id is a conflict, also with a deleted one."""
        await documents.create("plan", title="", author="ada", seed=None)
        with pytest.raises(Conflict, match="plan"):
            await documents.create("plan", title="", author="eve", seed=entry(0))
        await documents.delete("plan")
        with pytest.raises(Conflict):
            await documents.create("plan", title="", author="eve", seed=None)

    async def test_of_many_who_create_at_once_one_wins(
        self, database: ConnectionTarget, documents: PostgresDocuments
    ) -> None:
        """Twenty at the same moment: one document with one seed, nineteen conflicts."""
        tries = (
            documents.create("plan", title=str(n), author="ada", seed=entry(0)) for n in range(20)
        )
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, Conflict) for result in results) == 19
        assert sum(len(updates) for updates in (await stored(database)).values()) == 1

    async def test_loading_may_create(self, documents: PostgresDocuments) -> None:
        """Many first visitors at once find one empty document; without leave there is none."""
        with pytest.raises(NotFound):
            await documents.load("new", create_for=None)
        loads = await asyncio.gather(*(documents.load("new", create_for="ada") for _ in range(20)))
        assert len({loaded.document for loaded in loads}) == 1
        assert (loads[0].snapshot, loads[0].tail, loads[0].document.title) == (None, (), "")

    async def test_ids_that_differ_in_case_are_different(
        self, documents: PostgresDocuments
    ) -> None:
        """No folding of any kind."""
        for name in ("Plan", "plan", "PLAN"):
            await documents.create(name, title=name, author="ada", seed=None)
        assert (await documents.get("Plan")).title == "Plan"


_UNSTORABLE: Final = ("a\x00b", "\ud83e", "\udc00 backwards")
_STORABLE: Final = (
    *("", "x" * 1_000_000, "🦉" * 50_000),
    *("'; DROP TABLE documents; --", "\u202e\u0001\n\\%_$1", "{NULL}", "\ufeff \ufffe \U0010ffff"),
)


class TestTitles:
    async def test_what_utf8_cannot_write_is_refused(self, documents: PostgresDocuments) -> None:
        """NUL and lone surrogates are an invalid request, wherever text comes in."""
        kept = await documents.create("kept", title="kept", author="ada", seed=None)
        for text in _UNSTORABLE:
            for attempt in (
                documents.create("d", title=text, author="ada", seed=None),
                documents.create("d", title="", author=text, seed=None),
                documents.rename("kept", text),
                documents.list(search=text, cursor=None, limit=10),
                documents.load("d", create_for=text),
            ):
                with pytest.raises(InvalidRequest):
                    await attempt
        assert (await documents.list(search=None, cursor=None, limit=10)).documents == (kept,)

    async def test_everything_else_comes_back_as_it_was(self, documents: PostgresDocuments) -> None:
        """Bounds on titles are the doors' business: the shelf keeps what it is given."""
        for number, title in enumerate(_STORABLE):
            await documents.create(f"one-{number}", title=title, author="ada", seed=None)
            await documents.create(f"two-{number}", title="", author="ada", seed=None)
            assert (await documents.rename(f"two-{number}", title)).title == title
            for name in ("one", "two"):
                assert (await documents.get(f"{name}-{number}")).title == title


class TestLife:
    async def test_renaming(self, documents: PostgresDocuments) -> None:
        """The new title is returned and kept; it counts as activity."""
        made = await documents.create("plan", title="A", author="ada", seed=None)
        renamed = await documents.rename("plan", "B")
        assert (renamed.title, renamed.key) == ("B", made.key)
        assert renamed.updated_at > made.updated_at
        assert await documents.get("plan") == renamed

    async def test_deleting_hides_and_undeleting_brings_back(
        self, documents: PostgresDocuments, log: PostgresUpdateLog
    ) -> None:
        """A deleted document is not found until it is brought back, with its content."""
        made = await documents.create("plan", title="A", author="ada", seed=None)
        await log.append(entry(made.key, b"content"))
        gone = await documents.delete("plan")
        assert gone.deleted_at is not None
        for attempt in (
            documents.get("plan"),
            documents.load("plan", create_for="ada"),
            documents.rename("plan", "B"),
            documents.delete("plan"),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await documents.get("plan", deleted=True) == gone
        back = await documents.undelete("plan")
        assert (back.deleted_at, back.title, back.sequence) == (None, "A", 1)
        assert (await documents.load("plan", create_for=None)).tail == ((1, b"content"),)

    async def test_undeleting_what_is_not_deleted(self, documents: PostgresDocuments) -> None:
        """A conflict for a document that is there, not found for one that never was."""
        await documents.create("plan", title="", author="ada", seed=None)
        with pytest.raises(Conflict):
            await documents.undelete("plan")
        with pytest.raises(NotFound):
            await documents.undelete("other")

    async def test_what_never_was_is_not_found(self, documents: PostgresDocuments) -> None:
        """Every call on an unknown id says so."""
        for attempt in (
            documents.get("no"),
            documents.get("no", deleted=True),
            documents.load("no", create_for=None),
            documents.rename("no", "x"),
            documents.delete("no"),
        ):
            with pytest.raises(NotFound, match="no document no"):
                await attempt

    async def test_of_many_who_delete_at_once_one_does(self, documents: PostgresDocuments) -> None:
        """The others find nothing to delete."""
        await documents.create("plan", title="", author="ada", seed=None)
        results = await asyncio.gather(
            *(documents.delete("plan") for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(result, NotFound) for result in results) == 9

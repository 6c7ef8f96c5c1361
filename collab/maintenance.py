"""What is done to the documents without serving them: taking in what other servers stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from collab.access.gate import Grant, Principal
from collab.access.roles import Role
from collab.app import open_database
from collab.config import Settings
from collab.errors import CollabError, Conflict, NotFound
from collab.gateway.doors import Doors
from collab.history.versions import Chronicler
from collab.importing.foreign import Foreign, Source, UnreadableStore
from collab.importing.gathering import Gathered, gather
from collab.importing.naming import Naming
from collab.limits import Limits
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.store.company import alone
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.migrations import migrate
from collab.store.pool import Pool
from collab.store.update_log import PostgresUpdateLog

__all__ = ["IMPORTER", "ImportReport", "Imported", "import_stores"]

IMPORTER: Final = Principal(id="import", name="import", color="#475569")
"""Whom the history names for what was imported: who wrote it, the stores do not tell."""

_GRACE: Final = 0.1
"""Seconds until a room that was imported into leaves the memory."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A document that was taken in."""

    document: str
    updates: int
    """How many updates the store had of it."""
    size: int
    """Their bytes."""
    is_news: bool
    """Whether anything of it was new; in a dry run, always."""
    waiting: int
    """How many updates wait for something that the store does not have."""


class ImportReport(Protocol):
    """Who is told how an import goes."""

    def imported(self, document: Imported) -> None:
        """Take note of a document that was taken in."""
        ...

    def refused(self, name: str, why: str) -> None:
        """Take note of a document (or a whole store) that was not taken in, or not to its end."""
        ...

    def progress(self, document: str, done: int, pieces: int) -> None:
        """Take note that `done` of the `pieces` of a document are in."""
        ...


async def import_stores(
    settings: Settings,
    sources: Sequence[Source],
    naming: Naming,
    report: ImportReport,
    *,
    is_dry: bool,
) -> None:
    """Take every document of `sources` in, and tell `report`; a dry run only reads and checks.

    What is there already is merged with, so that a second time changes nothing. Raises
    `CollabError` when the database cannot be used; what is wrong with a source is reported.
    """
    limits = settings.limits()
    async with AsyncExitStack() as stack:
        takers = None if is_dry else await _open(settings, limits, stack)
        for source in sources:
            try:
                while True:
                    # Reading and decompressing take a while: not on the loop.
                    found = await asyncio.to_thread(next, source.documents, None)
                    if found is None:
                        break
                    await _take(found, naming, report, takers, limits)
            except UnreadableStore as error:
                report.refused(str(source.path), str(error))


async def _open(settings: Settings, limits: Limits, stack: AsyncExitStack) -> _Takers:
    target = await open_database(settings, stack)
    if settings.database_url is not None:
        # The embedded database has but one user anyway.
        await stack.enter_async_context(alone(target))
    await migrate(target)
    pool = await Pool.open(target)
    stack.push_async_callback(pool.close)
    documents = PostgresDocuments(pool)
    log = PostgresUpdateLog(target, limits)
    walls = Walls(
        log=log,
        documents=documents,
        outlet=Doors(),
        chronicle=Chronicler(PostgresHistory(pool)),
    )
    live = RoomDirectory(walls, settings.engine, limits, RoomPolicy(grace=_GRACE))
    await log.start()
    stack.push_async_callback(log.close, settings.drain_timeout)
    stack.push_async_callback(live.drain)
    return _Takers(documents, live)


@dataclass(frozen=True, slots=True)
class _Takers:
    """What takes documents in: the shelf, and the rooms through which every edit goes."""

    documents: PostgresDocuments
    live: RoomDirectory


async def _take(
    found: Foreign, naming: Naming, report: ImportReport, takers: _Takers | None, limits: Limits
) -> None:
    """Take one document in and report it, whatever is wrong with it."""
    try:
        document = naming.document_for(found.name)
        if found.damage:
            raise UnreadableStore(found.damage)
        gathered = await asyncio.to_thread(gather, found.updates, value_depth=limits.value_depth)
        is_news = True
        if takers is not None:
            is_news = await _submit(takers, document, gathered, report)
    except CollabError as error:
        report.refused(found.name, str(error))
        return
    size = sum(map(len, found.updates))
    waiting = len(gathered.waiting)
    report.imported(Imported(document, len(found.updates), size, is_news, waiting))


async def _submit(takers: _Takers, document: str, gathered: Gathered, report: ImportReport) -> bool:
    """Hand a document's updates to its room; return whether anything was new. Raises `CollabError`."""
    before = await _sequence(takers, document)
    # Made here rather than by the gate: this is the operator, who has the whole database.
    grant = Grant(IMPORTER, document, Role.EDITOR)
    updates = (*gathered.pieces, *gathered.waiting)
    after = before or 0
    for number, update in enumerate(updates):
        report.progress(document, number, len(updates))
        try:
            after = await takers.live.submit(document, update, grant)
        except CollabError as error:
            if number == 0:
                raise
            told = f"Only {number} of its {len(updates)} parts were imported. {error}"
            raise UnreadableStore(told) from None
    room = takers.live.find(document)
    if room is not None:
        # Written down and out of memory before the next: a store may have more than fits.
        await room.settle()
        takers.live.expect_unload(document)
    return before is None or after > before


async def _sequence(takers: _Takers, document: str) -> int | None:
    """Return the sequence of a document; None if it was not there, and now is, empty.

    Raises `NotFound` for one that was deleted.
    """
    with suppress(NotFound):
        return (await takers.documents.get(document)).sequence
    try:
        await takers.documents.create(document, title="", author=IMPORTER.id, seed=None)
    except Conflict:
        message = (
            f"A document {document} was deleted here; bring it back first, or give this one another"
            " name with --rename."
        )
        raise NotFound(message) from None
    return None

"""Versions: kept by themselves while people write, and named by people."""

from __future__ import annotations

import asyncio

from collab.access.gate import Grant
from collab.access.roles import Action
from collab.errors import InvalidRequest, NotFound
from collab.history.digest import digest_of
from collab.history.moments import Moment, Moments
from collab.history.ports import HistoryStore
from collab.history.records import Author, Version, VersionKind, VersionPage
from collab.room.records import Document, Snapshot

__all__ = ["Chronicler", "Versions", "author_of"]

_SERVER = Author("server", "")
"""Who keeps the automatic versions."""


def author_of(grant: Grant) -> Author:
    """Return the person of a grant as an author."""
    return Author(grant.principal.id, grant.principal.name)


class Chronicler:
    """The `Chronicle` port of the rooms: keeps automatic versions."""

    def __init__(self, store: HistoryStore) -> None:
        self._store = store

    async def note(self, document: Document, moment: Snapshot, *, is_over: bool) -> str | None:
        """Keep a version of `moment` and return its id; None if an identical one is there.

        Raises `Unavailable`, `NotFound`.
        """
        version = await self._store.add_version(
            document.key,
            sequence=moment.sequence,
            kind=VersionKind.SESSION if is_over else VersionKind.ACTIVITY,
            name=None,
            by=_SERVER,
            digest=await asyncio.to_thread(digest_of, moment.state),
        )
        return version.id if version.sequence == moment.sequence else None


class Versions:
    """The versions of documents, as people see and name them."""

    def __init__(self, store: HistoryStore, moments: Moments) -> None:
        self._store = store
        self._moments = moments

    async def page(self, document: Document, *, cursor: str | None, limit: int) -> VersionPage:
        """Return a page of versions, newest first. Raises `InvalidRequest`, `Unavailable`."""
        return await self._store.versions(document.key, cursor=cursor, limit=limit)

    async def get(self, document: Document, version: str) -> Version:
        """Return one version. Raises `NotFound`."""
        return await self._store.version(document.key, key_of(version))

    async def name_moment(self, grant: Grant, name: str, sequence: int | None) -> Version:
        """Name the present moment, or the one at `sequence`; return the version.

        Raises `Forbidden`, `Conflict` (the moment has a name), `InvalidRequest`, `NotFound`.
        """
        grant.require(Action.NAME_VERSION)
        asked = "now" if sequence is None else str(sequence)
        moment = await self._moments.find(grant.document, asked)
        (await self._moments.confirmed(grant)).require(Action.NAME_VERSION)
        return await self.keep(moment, VersionKind.NAMED, author_of(grant), name=name)

    async def keep(
        self, moment: Moment, kind: VersionKind, by: Author, *, name: str | None = None
    ) -> Version:
        """Keep a version of `moment`; see `HistoryStore.add_version`."""
        return await self._store.add_version(
            moment.document.key,
            sequence=moment.sequence,
            kind=kind,
            name=name,
            by=by,
            digest=await self._moments.work(digest_of, moment.state),
        )

    async def rename(
        self, grant: Grant, document: Document, version: str, name: str | None
    ) -> Version:
        """Give a version a name, or take it away; return it. Raises `Forbidden`, `NotFound`."""
        grant.require(Action.NAME_VERSION)
        return await self._store.name_version(document.key, key_of(version), name)

    async def remove(self, grant: Grant, document: Document, version: str) -> None:
        """Take a version off the list. Raises `Forbidden`, `NotFound`."""
        grant.require(Action.NAME_VERSION)
        await self._store.remove_version(document.key, key_of(version))


def key_of(version: str) -> int:
    """Return the store's key of a version's id. Raises `InvalidRequest` and `NotFound`."""
    digits = version.removeprefix("v")
    if not version.startswith("v") or not digits.isascii() or not digits.isdigit():
        message = "A version's id is v and a number, as the list of versions gives it."
        raise InvalidRequest(message)
    if len(digits) > 18:
        message = f"There is no version {version[:32]}."
        raise NotFound(message)
    return int(digits)

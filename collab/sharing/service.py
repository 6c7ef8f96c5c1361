"""Sharing a document: every change is in force in all live sessions before it is answered.

Each change holds its document's turn from its transaction until the sessions were reconsidered, so
that two changes reach the sessions in the order in which they were committed. With several servers,
the others would be told by `Sharing.reread`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from collab.access.actors import Actor
from collab.access.claims import is_subject
from collab.access.gate import Grant, can_own
from collab.access.proofs import new_link
from collab.access.roles import Action, Role
from collab.access.standing import HeldLink
from collab.errors import CollabError, InvalidRequest, Unavailable
from collab.room.inbox import Judge
from collab.sharing.judging import News, judged
from collab.sharing.ports import Audit, Rooms
from collab.sharing.records import AuditEntry, Member, NewLink, Page, ShareLink
from collab.sharing.rights import Rights, Tables

__all__ = ["Sharing"]

_log = logging.getLogger(__name__)

_LONGEST_TIMER: Final = 3_600.0
"""Seconds after which the clock is looked at again, should it have been set."""
_RETRY: Final = 1.0

Done = TypeVar("Done")


class Sharing:
    """Members, share links and ownership of documents, and what changes of them mean at once."""

    def __init__(self, rights: Rights, tables: Tables, audit: Audit, rooms: Rooms) -> None:
        self.audit = audit
        self._rights = rights
        self._tables = tables
        self._rooms = rooms
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._timers: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        rights.on_link = self._expect_end

    # --- members ---

    async def members(self, grant: Grant, *, cursor: str | None, limit: int) -> Page[Member]:
        """Return a document's members. Raises `Forbidden`, `NotFound`, `InvalidRequest`."""
        grant.require(Action.READ_MEMBERS)
        return await self._tables.members.page(grant.document, cursor=cursor, limit=limit)

    async def member(self, grant: Grant, person: str) -> Member:
        """Return one member; everybody may look at themselves. Raises `Forbidden`, `NotFound`."""
        if person != grant.principal.id:
            grant.require(Action.READ_MEMBERS)
        return await self._tables.members.get(grant.document, _member_id(person))

    async def set_member(self, by: Actor, grant: Grant, person: str, role: Role) -> Member:
        """Give `person` a role in the document.

        Raises `Forbidden`, `NotFound`, `InvalidRequest`, and `Conflict` rather than leave the
        document without an owner.
        """
        grant.require(Action.SHARE)
        work = self._tables.members.put(by, grant, _member_id(person), role)
        news = News(members={person: role})
        return await self._change(grant, Action.SHARE, work, lambda _: news, news)

    async def remove_member(self, by: Actor, grant: Grant, person: str) -> None:
        """Take a person's role away; everybody may remove themselves.

        Raises `Forbidden`, `NotFound`, and `Conflict` rather than leave it without an owner.
        """
        action = Action.READ if person == grant.principal.id else Action.SHARE
        grant.require(action)
        work = self._tables.members.remove(by, grant, _member_id(person))
        news = News(members={person: None})
        await self._change(grant, action, work, lambda _: news, news)

    async def transfer(self, by: Actor, grant: Grant, to: str) -> None:
        """Make `to` an owner; who was one by the table of members steps down to editor.

        Raises `Forbidden`, `NotFound`, `InvalidRequest`.
        """
        grant.require(Action.TRANSFER)
        if to == grant.principal.id:
            message = "You own this document already; name somebody else."
            raise InvalidRequest(message)
        work = self._tables.members.transfer(by, grant, _member_id(to))

        both = News(members={to: Role.OWNER, grant.principal.id: Role.EDITOR})
        await self._change(grant, Action.TRANSFER, work, lambda roles: News(members=roles), both)

    # --- share links ---

    async def links(self, grant: Grant, *, cursor: str | None, limit: int) -> Page[ShareLink]:
        """Return a document's share links. Raises `Forbidden`, `NotFound`, `InvalidRequest`."""
        grant.require(Action.SHARE)
        return await self._tables.links.page(grant.document, cursor=cursor, limit=limit)

    async def make_link(
        self, by: Actor, grant: Grant, role: Role, *, name: str, expires_at: datetime | None
    ) -> tuple[ShareLink, str]:
        """Return a new share link and its secret, which is shown this once.

        Raises `Forbidden`, `NotFound`, `InvalidRequest`, `Conflict`.
        """
        grant.require(Action.SHARE)
        if role is Role.OWNER:
            message = "A share link makes nobody an owner; give that role to a person."
            raise InvalidRequest(message)
        if expires_at is not None and expires_at <= datetime.now(UTC):
            message = "The share link would have expired already; choose a later expiresAt."
            raise InvalidRequest(message)
        (await self._rights.confirmed(grant)).require(Action.SHARE)
        made, secret, digest = new_link()
        link = NewLink(made, digest, role, name, expires_at)
        return await self._tables.links.make(by, grant, link), secret

    async def revoke_link(self, by: Actor, grant: Grant, link: str) -> None:
        """Have a share link count no more. Raises `Forbidden`, `NotFound`."""
        grant.require(Action.SHARE)
        work = self._tables.links.revoke(by, grant, link)
        news = News(links={link: None})
        await self._change(grant, Action.SHARE, work, lambda _: news, news)

    # --- audit ---

    async def history(self, grant: Grant, *, cursor: str | None, limit: int) -> Page[AuditEntry]:
        """Return who changed what in a document. Raises `Forbidden`, `NotFound`, `InvalidRequest`."""
        grant.require(Action.READ_AUDIT)
        return await self.audit.page(grant.document, cursor=cursor, limit=limit)

    # --- live sessions ---

    async def reread(self, document: str, people: Sequence[str], links: Sequence[str]) -> None:
        """Reconsider the sessions of these people and links by what the tables say now.

        For changes this process did not make, or does not know the outcome of. Raises `Unavailable`.
        """
        async with self._turn(document):
            members: dict[str, Role | None] = {}
            held: dict[str, HeldLink | None] = {}
            for person in people:
                members[person], _ = await self._tables.members.standing(
                    document, person, None, None
                )
            for link in links:
                _, held[link] = await self._tables.members.standing(document, None, None, link)
            self._apply(document, News(members, held))

    def close(self) -> None:
        """Watch no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()

    # --- private ---

    async def _change(
        self,
        grant: Grant,
        action: Action,
        work: Coroutine[None, None, Done],
        news: Callable[[Done], News],
        doubtful: News,
    ) -> Done:
        """Do `work` in the document's turn, then have the live sessions follow.

        Whether `grant` still allows `action` is asked once the turn has come.
        """
        document = grant.document

        async def change() -> Done:
            async with self._turn(document):
                try:
                    (await self._rights.confirmed(grant)).require(action)
                except BaseException:
                    work.close()
                    raise
                try:
                    done = await work
                except Unavailable:
                    # Nobody knows whether it was committed: the tables will tell.
                    self._reread_later(document, doubtful)
                    raise
                # No await from the commit to here: nobody acts on what is not true any more.
                self._apply(document, news(done))
                return done

        # Who asked may hang up in the middle: what is committed is put in force all the same.
        return await asyncio.shield(asyncio.create_task(change()))

    def _reread_later(self, document: str, news: News) -> None:
        async def retry() -> None:
            while True:
                await asyncio.sleep(_RETRY)
                try:
                    await self.reread(document, tuple(news.members), tuple(news.links))
                except CollabError as error:
                    told = {"action": "share", "document": document, "reason": str(error)}
                    _log.warning("rights not known yet", extra=told)
                else:
                    return

        task = asyncio.create_task(retry())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _apply(self, document: str, news: News) -> None:
        as_of, now = self._rights.changed(), datetime.now(UTC)
        judge: Judge = partial(judged, news=news, now=now, as_of=as_of)
        self._rooms.reconsider(document, judge)

    def _turn(self, document: str) -> asyncio.Lock:
        turn = self._turns.get(document)
        if turn is None:
            turn = self._turns[document] = asyncio.Lock()
        return turn

    def _expect_end(self, document: str, link: HeldLink) -> None:
        """Watch for the end of a share link somebody came in by."""
        if link.expires_at is not None and (document, link.id) not in self._timers:
            self._look(document, link, link.expires_at)

    def _look(self, document: str, link: HeldLink, end: datetime) -> None:
        # The clock may have been set meanwhile: what is due is asked of it, not of the timer.
        left = end - datetime.now(UTC)
        if left <= timedelta(0):
            self._timers.pop((document, link.id), None)
            self._apply(document, News(links={link.id: link}))
            return
        wait = min(left.total_seconds(), _LONGEST_TIMER) + 0.001
        loop = asyncio.get_running_loop()
        self._timers[document, link.id] = loop.call_later(wait, self._look, document, link, end)


def _member_id(person: str) -> str:
    """Return `person` if a token can be about them. Raises `InvalidRequest`."""
    if not (is_subject(person) and can_own(person)):
        message = "A member is named as tokens name people (sub); guests cannot be members."
        raise InvalidRequest(message)
    return person

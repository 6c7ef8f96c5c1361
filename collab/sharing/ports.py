"""What sharing needs of the outer walls. Every call raises `Unavailable` while the database is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.roles import Role
from collab.access.standing import HeldLink
from collab.room.inbox import Judge
from collab.sharing.records import AuditEntry, KeyRecord, Member, NewLink, Page, ShareLink

__all__ = ["Audit", "Keys", "Links", "Members", "Rooms"]


class Members(Protocol):
    """The table of members. What changes it asks the actor's own row once more, in the transaction."""

    async def standing(
        self, document: str, person: str | None, digest: bytes | None, link: str | None
    ) -> tuple[Role | None, HeldLink | None]:
        """Return what `person` is a member as, and the link of that `digest` or id, if not revoked."""
        ...

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[Member]:
        """Return members in the order they came. Raises `NotFound`, `InvalidRequest`."""
        ...

    async def get(self, document: str, person: str) -> Member:
        """Return one member. Raises `NotFound`."""
        ...

    async def put(self, by: Actor, grant: Grant, person: str, role: Role) -> Member:
        """Give `person` a role. Raises `Forbidden`, `NotFound`, and `Conflict` for the last owner."""
        ...

    async def remove(self, by: Actor, grant: Grant, person: str) -> None:
        """Take a person's role. Raises `Forbidden`, `NotFound`, and `Conflict` for the last owner."""
        ...

    async def transfer(self, by: Actor, grant: Grant, to: str) -> Mapping[str, Role]:
        """Make `to` an owner and the actor an editor; return whose role is what now.

        Raises `Forbidden`, `NotFound`.
        """
        ...


class Links(Protocol):
    """The table of share links."""

    async def find(self, digest: bytes) -> HeldLink | None:
        """Return the link with that digest, if it was not revoked."""
        ...

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[ShareLink]:
        """Return links in the order they were made. Raises `NotFound`, `InvalidRequest`."""
        ...

    async def make(self, by: Actor, grant: Grant, link: NewLink) -> ShareLink:
        """Keep a new link. Raises `Forbidden`, `NotFound`, and `Conflict` when there are too many."""
        ...

    async def revoke(self, by: Actor, grant: Grant, link: str) -> None:
        """Have a link count no more. Raises `Forbidden`, `NotFound`."""
        ...


class Keys(Protocol):
    """The table of API keys."""

    async def find(self, key: str) -> KeyRecord | None:
        """Return the key with that id, and note that it was used; None if there is none in force."""
        ...


class Audit(Protocol):
    """The log of who changed what."""

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[AuditEntry]:
        """Return a document's entries, newest first. Raises `NotFound`, `InvalidRequest`."""
        ...

    async def note(self, by: Actor, action: str, details: Mapping[str, Any]) -> None:
        """Keep an entry that is about no document."""
        ...


class Rooms(Protocol):
    """The live sessions of all documents."""

    def reconsider(self, document: str, judge: Judge) -> None:
        """Have `judge` say anew what everyone in the document's room may do, at once."""
        ...

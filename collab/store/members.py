"""The table of members in PostgreSQL (see the `Members` port for what each call promises)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from collab.access.actors import Actor
from collab.access.gate import Grant
from collab.access.roles import Action, Role, allows, role_of
from collab.access.standing import HeldLink
from collab.errors import Conflict, Forbidden, NotFound, TokenExpired
from collab.sharing.records import Deed, Member, Page
from collab.store.audit import document_key, note_deed
from collab.store.cursors import read_cursor, write_cursor
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.texts import refuse_unstorable

if TYPE_CHECKING:
    from asyncpg import Record

    from collab.store.pool import ProxiedConnection

__all__ = ["PostgresMembers", "changing_rights"]

_SQL: Final = load_queries("members")
_USED: Final = timedelta(minutes=1)


@asynccontextmanager
async def changing_rights(
    pool: Pool, grant: Grant, *, own: bool = True
) -> AsyncIterator[tuple[ProxiedConnection, int]]:
    """Lend a connection in a transaction that has the document's turn, and the document's key.

    Whoever is an owner by the table of members alone is looked up once more: another owner may
    have been quicker. `own` says that the deed is an owner's. A token may have ended
    while the turn was waited for. Raises `NotFound`, `TokenExpired`, `Forbidden`, `Unavailable`.
    """
    document, standing = grant.document, grant.standing
    async with (
        pool.connection() as connection,
        connection.transaction(isolation="read_committed"),
    ):
        row = await connection.fetchrow(_SQL["lock_document"], document)
        if row is None or row["deleted_at"] is not None:
            message = f"There is no document {document}."
            raise NotFound(message)
        if grant.expires_at is not None and grant.expires_at <= datetime.now(UTC):
            message = "The token has expired; get a new one."
            raise TokenExpired(message)
        if own and not (standing is None or standing.is_firm):
            actor = await _role(connection, row["key"], grant.principal.id)
            if actor is None or not allows(actor, Action.SHARE):
                message = "You are no owner of this document any more."
                raise Forbidden(message)
        yield connection, row["key"]


class PostgresMembers:
    """Who is a member of which document."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def standing(
        self, document: str, person: str | None, digest: bytes | None, link: str | None
    ) -> tuple[Role | None, HeldLink | None]:
        """Return the role as a member and the link; that a link was used is noted. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["standing"], document, person, digest, link)
            if row is None:
                return None, None
            used, now = row["used_at"], datetime.now(UTC)
            if digest and row["link"] is not None and (used is None or now - used > _USED):
                await connection.execute(_SQL["use_link"], row["link"])
        member = None if row["member"] is None else role_of(row["member"])
        if row["link"] is None:
            return member, None
        return member, HeldLink(row["link"], role_of(row["link_role"]), row["expires_at"])

    async def page(self, document: str, *, cursor: str | None, limit: int) -> Page[Member]:
        """Return members in the order they came. Raises `NotFound`, `InvalidRequest`, `Unavailable`."""
        (after,) = read_cursor(cursor, 1) if cursor is not None else (None,)
        async with self._pool.connection() as connection:
            key = await document_key(connection, document)
            rows = await connection.fetch(_SQL["members_of"], key, after, limit + 1)
        page = tuple(_member(row) for row in rows[:limit])
        return Page(page, write_cursor(rows[limit - 1]["key"]) if len(rows) > limit else None)

    async def get(self, document: str, person: str) -> Member:
        """Return one member. Raises `NotFound`, `Unavailable`."""
        refuse_unstorable(person)
        async with self._pool.connection() as connection:
            key = await document_key(connection, document)
            row = await connection.fetchrow(_SQL["get_member"], key, person)
        if row is None:
            raise _nobody(person)
        return _member(row)

    async def put(self, by: Actor, grant: Grant, person: str, role: Role) -> Member:
        """Give `person` a role. Raises `Forbidden`, `NotFound`, `Conflict`, `Unavailable`."""
        refuse_unstorable(person)
        async with changing_rights(self._pool, grant) as (connection, key):
            before = await _role(connection, key, person)
            if before is Role.OWNER and role is not Role.OWNER:
                await _expect_other_owner(connection, key, person)
            if before is role:
                row = await connection.fetchrow(_SQL["get_member"], key, person)
                assert row is not None
            else:
                row = await _put(connection, key, person, role, by)
                said = {"user": person, "role": role.label, "before": before and before.label}
                await note_deed(connection, key, by, Deed.MEMBER_SET, said)
        return _member(row)

    async def remove(self, by: Actor, grant: Grant, person: str) -> None:
        """Take a person's role. Raises `Forbidden`, `NotFound`, `Conflict`, `Unavailable`."""
        refuse_unstorable(person)
        is_self = person == grant.principal.id
        async with changing_rights(self._pool, grant, own=not is_self) as (connection, key):
            before = await _role(connection, key, person)
            if before is None:
                raise _nobody(person)
            if before is Role.OWNER:
                await _expect_other_owner(connection, key, person)
            await connection.execute(_SQL["remove_member"], key, person)
            said = {"user": person, "before": before.label}
            await note_deed(connection, key, by, Deed.MEMBER_REMOVED, said)

    async def transfer(self, by: Actor, grant: Grant, to: str) -> Mapping[str, Role]:
        """Make `to` an owner and the actor an editor. Raises `Forbidden`, `NotFound`, `Unavailable`."""
        refuse_unstorable(to)
        actor = grant.principal.id
        roles = {to: Role.OWNER}
        async with changing_rights(self._pool, grant) as (connection, key):
            if await _role(connection, key, actor) is Role.OWNER:
                roles[actor] = Role.EDITOR
            for person, role in roles.items():
                if await _role(connection, key, person) is role:
                    continue
                await _put(connection, key, person, role, by)
            said = {"to": to, "from": actor if actor in roles else None}
            await note_deed(connection, key, by, Deed.TRANSFERRED, said)
        return roles


async def _put(
    connection: ProxiedConnection, key: int, person: str, role: Role, by: Actor
) -> Record:
    row = await connection.fetchrow(_SQL["put_member"], key, person, role.label, by.id)
    assert row is not None
    return row


async def _role(connection: ProxiedConnection, key: int, person: str) -> Role | None:
    row = await connection.fetchrow(_SQL["get_member"], key, person)
    return None if row is None else role_of(row["role"])


async def _expect_other_owner(connection: ProxiedConnection, key: int, person: str) -> None:
    if not await connection.fetchval(_SQL["has_other_owner"], key, person):
        message = "A document keeps at least one owner; make somebody else an owner first."
        raise Conflict(message)


def _member(row: Record) -> Member:
    return Member(row["person"], role_of(row["role"]), row["since"], row["added_by"])


def _nobody(person: str) -> NotFound:
    message = f"{person} is no member of this document."
    return NotFound(message)

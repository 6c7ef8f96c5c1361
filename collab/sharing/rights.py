"""Who the caller is and what they may do, asked here for every door and for every HTTP request.

Nothing is kept that could outlive a revocation: a grant says up to which change of rights it is
true, and is made anew where rights have changed since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from collab.access.gate import SERVICE, Credentials, Gate, Grant, Identity, can_own
from collab.access.keys import UnknownKey
from collab.access.proofs import API_KEY, is_same, read_api_key
from collab.access.quotas import Quotas
from collab.access.roles import Role
from collab.access.standing import HeldLink
from collab.errors import InvalidDocumentId, TokenExpired, Unauthenticated
from collab.sharing.ports import Keys, Links, Members
from schemas.identifiers import DOCUMENT_ID_RULE, is_document_id

__all__ = ["Rights", "Tables", "identified"]

_BAD_KEY: Final = "The API key is not one of this server's, or was revoked; make another."
_EXPIRED: Final = "The token has expired; ask again with a new one."
_BAD_LINK: Final = "The share link was revoked or has expired, or never was one; ask for a new one."


@dataclass(frozen=True, slots=True)
class Tables:
    """Where roles are looked up besides the token."""

    members: Members
    links: Links
    keys: Keys


class Rights:
    """Identities and grants; see `collab.room.ports.Rights` for what rooms ask."""

    def __init__(
        self,
        gate: Gate,
        tables: Tables,
        quotas: Quotas,
        refresh_keys: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._gate = gate
        self._tables = tables
        self._quotas = quotas
        self._refresh_keys = refresh_keys
        self._changes = 0
        self.on_link: Callable[[str, HeldLink], None] = _nobody
        """Called with every document and link somebody was granted a role by."""

    @property
    def asks_for_tokens(self) -> bool:
        """Whether people prove who they are; otherwise they are guests."""
        return self._gate.asks_for_tokens

    @property
    def changes(self) -> int:
        """How many changes of rights there were since the server started."""
        return self._changes

    def changed(self) -> int:
        """Take note that rights were changed: no grant made before is taken for true any more."""
        self._changes += 1
        return self._changes

    async def identify(
        self, credentials: Credentials, *, connection: str, address: str, keys: bool = False
    ) -> Identity:
        """Return who the caller at `address` is; `keys` says whether API keys are taken here.

        Raises `Unauthenticated`, `TokenExpired`, `RateLimited`, `Unavailable`.
        """
        token = credentials.token
        if token is not None and token.startswith(API_KEY):
            if not keys:
                message = "API keys are for the HTTP API; sign a token with POST /tokens for this."
                raise Unauthenticated(message)
            return await self._service(token, address)
        identity = await identified(
            self._gate, credentials, connection=connection, refresh=self._refresh_keys
        )
        if identity.link is not None and not credentials.sorted_out().token:
            await self._check_link(identity.link, address)
        return replace(identity, address=address)

    async def grant(self, identity: Identity, document: str) -> Grant:
        """Return the identity's grant, true at the moment this returns.

        Raises `InvalidDocumentId`, `Forbidden`, `Unavailable`.
        """
        if not is_document_id(document):
            raise InvalidDocumentId(DOCUMENT_ID_RULE)
        if identity.roles.role_in(document) is Role.OWNER:
            # No table could add to it or take from it.
            grant = self._gate.grant(identity, document, now=_now(), as_of=self._changes)
            return _of(identity, grant)
        while True:
            as_of, person = self._changes, identity.person.id
            member, link = await self._tables.members.standing(
                document, person if can_own(person) else None, identity.link, None
            )
            if as_of == self._changes:
                break
        grant = self._gate.grant(
            identity, document, now=_now(), member=member, link=link, as_of=as_of
        )
        if link is not None:
            self.on_link(document, link)
        return _of(identity, grant)

    def is_current(self, grant: Grant) -> bool:
        """Return whether no rights were changed since `grant` was made."""
        standing = grant.standing
        return standing is None or standing.is_firm or grant.as_of == self._changes

    async def renewed(self, grant: Grant) -> Grant:
        """Return the same person's grant as it is now. Raises `Forbidden`, `Unavailable`."""
        standing, person = grant.standing, grant.principal.id
        if standing is None:
            return grant
        while True:
            as_of = self._changes
            link_id = None if standing.link is None else standing.link.id
            member, link = await self._tables.members.standing(
                grant.document, person if can_own(person) else None, None, link_id
            )
            if as_of == self._changes:
                found = replace(standing, member=member, link=link)
                return grant.again(found, now=_now(), as_of=as_of)

    async def confirmed(self, grant: Grant) -> Grant:
        """Return the grant as it is now: asked right before what it allows is written.

        Raises `TokenExpired`, `Unauthenticated` (its API key was revoked), `Forbidden`,
        `Unavailable`.
        """
        if grant.expires_at is not None and grant.expires_at <= _now():
            raise TokenExpired(_EXPIRED)
        # Keys are revoked by another process: only their table knows.
        if grant.key is not None and await self._tables.keys.find(grant.key) is None:
            raise Unauthenticated(_BAD_KEY)
        standing = grant.standing
        if standing is None or (self.is_current(grant) and standing.role_at(_now()) is grant.role):
            return grant
        return await self.renewed(grant)

    # --- private ---

    async def _service(self, token: str, address: str) -> Identity:
        shown = read_api_key(token)
        kept = None if shown is None else await self._tables.keys.find(shown[0])
        # Compared in any case: how long it takes tells nothing about which ids there are.
        is_good = is_same(b"" if kept is None else kept.digest, b"" if shown is None else shown[1])
        if kept is None or not is_good:
            self._quotas.guess(address, asyncio.get_running_loop().time())
            raise Unauthenticated(_BAD_KEY)
        return replace(self._gate.service(kept.id, kept.name), address=address)

    async def _check_link(self, digest: bytes, address: str) -> None:
        """Raise `Unauthenticated` unless the link is good: it is all that the caller has."""
        found = await self._tables.links.find(digest)
        if found is None or (found.expires_at is not None and found.expires_at <= _now()):
            self._quotas.guess(address, asyncio.get_running_loop().time())
            raise Unauthenticated(_BAD_LINK)


async def identified(
    gate: Gate,
    credentials: Credentials,
    *,
    connection: str,
    refresh: Callable[[], Awaitable[None]] | None,
) -> Identity:
    """Return who the caller is; a key that is not known is asked for once (`RemoteKeys.refresh`).

    Raises `Unauthenticated`, `TokenExpired`, `Unavailable`.
    """
    try:
        return gate.identify(credentials, connection=connection, now=_now())
    except UnknownKey:
        if refresh is None:
            raise
        await refresh()
    return gate.identify(credentials, connection=connection, now=_now())


def _of(identity: Identity, grant: Grant) -> Grant:
    """Return the grant with what the identity came with."""
    key = identity.person.id.removeprefix(SERVICE) if identity.is_service else None
    return replace(grant, key=key, address=identity.address)


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody(_document: str, _link: HeldLink) -> None:
    """Nobody wants to know of links."""

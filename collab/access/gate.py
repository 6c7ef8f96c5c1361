"""The gate: turns what a client presents into an identity, and an identity into a grant."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from collab.access.claims import COLOR, GUEST, SERVICE, Claims, clean_name
from collab.access.proofs import LINK, digest_of
from collab.access.reach import Reach
from collab.access.roles import Action, Role, allows
from collab.access.standing import HeldLink, Standing
from collab.access.tokens import TokenVerifier
from collab.errors import Forbidden, Unauthenticated

__all__ = [
    "SERVICE",
    "Credentials",
    "Gate",
    "Grant",
    "Identity",
    "Principal",
    "can_own",
    "is_guest",
    "is_link_guest",
]

_GUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LINK_GUEST: Final = f"{GUEST}link:"
"""No other guest's id begins so: what a guest may choose has no colon."""
_ID_LENGTH: Final = 32
_KEY: Final = secrets.token_bytes(32)
"""Of this process: what connections and addresses are called cannot be found out by trying."""
_PALETTE: Final = (
    "#c2410c", "#b45309", "#4d7c0f", "#15803d", "#0f766e", "#0369a1",
    "#1d4ed8", "#6d28d9", "#a21caf", "#be123c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client says about itself when it connects; nothing here is trusted yet."""

    token: str | None = None
    guest_id: str | None = None
    name: str | None = None
    color: str | None = None
    link: str | None = None
    """A share link's secret. Who can only send a token sends `link.` and the secret as one."""

    def sorted_out(self) -> Self:
        """Return the same, with a link that was sent as a token where it belongs."""
        if self.token is None or not self.token.startswith(LINK):
            return self
        return replace(self, token=None, link=self.token.removeprefix(LINK))


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, as far as the server knows them: stable id, display name, `#rrggbb` colour."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the caller is, until when that is believed, and where they hold which role."""

    person: Principal
    expires_at: datetime | None
    """From this moment on the token is refused (its `exp` and the leeway); None: never."""
    roles: Reach
    link: bytes | None = None
    """What is kept of the share link that was brought along (`collab.access.proofs`)."""
    is_service: bool = False
    """Whether this is a program with an API key."""
    address: str = ""
    """The network address they ask from; empty where nobody said."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that a principal holds a role in one document. Only `Gate` makes grants."""

    principal: Principal
    document: str
    role: Role
    expires_at: datetime | None = None
    """When the token ends that the principal came with."""
    standing: Standing | None = None
    """What the role was made of, to make it anew after a change; None: no change can touch it."""
    as_of: int = field(default=0, compare=False)
    """Up to which change of rights the role is true (`collab.sharing.rights`)."""
    key: str | None = None
    """The id of the API key the principal came with; None: no key."""
    address: str = field(default="", compare=False)
    """Where the principal asked from, for the audit log."""

    def again(self, standing: Standing, *, now: datetime, as_of: int) -> Grant:
        """Return the grant of the same principal with another standing. Raises `Forbidden`."""
        role = standing.role_at(now)
        if role is None:
            message = "You have no role in this document any more; ask its owner for access."
            raise Forbidden(message)
        return replace(self, role=role, standing=standing, as_of=as_of)

    def require(self, action: Action) -> None:
        """Raise `Forbidden` unless the role allows `action`."""
        if not allows(self.role, action):
            message = f"Your role is {self.role.label}; that is not enough to {action.value} this document."
            raise Forbidden(message)


class Gate:
    """The only maker of identities and grants.

    Without a verifier everyone who can reach the server is a guest who owns everything; the
    server therefore binds to loopback only in that mode (see `collab.config`). With one, people
    are who their token says, and nothing else they say about themselves counts.
    """

    def __init__(self, verifier: TokenVerifier | None = None) -> None:
        self._verifier = verifier

    @property
    def asks_for_tokens(self) -> bool:
        """Whether people prove who they are; otherwise they are guests."""
        return self._verifier is not None

    def identify(self, credentials: Credentials, *, connection: str, now: datetime) -> Identity:
        """Return who the caller is at `now` (with a time zone).

        `connection` names a guest who brings no id of their own. Raises `Unauthenticated`,
        `TokenExpired`, and `UnknownKey` when asking for the keys anew and trying again may help.
        """
        if self._verifier is None:
            return _guest(credentials, connection, Reach.everywhere(Role.OWNER))
        presented = credentials.sorted_out()
        link = None if presented.link is None else digest_of(presented.link)
        if presented.token:
            identity = _bearer(self._verifier.verify(presented.token, now))
        elif link is not None:
            # A guest with nothing but the link; whether it is good is asked of the table of links.
            identity = _guest(_disguised(presented), connection, Reach({}, {}), _LINK_GUEST)
        else:
            message = "This server needs to know who you are; send a token."
            raise Unauthenticated(message)
        return replace(identity, link=link)

    def grant(
        self,
        identity: Identity,
        document: str,
        *,
        now: datetime,
        member: Role | None = None,
        link: HeldLink | None = None,
        as_of: int = 0,
    ) -> Grant:
        """Return the identity's grant for `document` at `now`: the highest of its roles counts.

        These are the token's, that as a `member`, and that of the share `link` in its hand. Raises
        `Forbidden` when there is none.
        """
        standing = Standing(identity.roles.role_in(document), member, link)
        role = standing.role_at(now)
        if role is None:
            message = "You have no role in this document; ask its owner for access."
            if identity.link is not None:
                message = "The share link does not open this document; ask for a new one."
            raise Forbidden(message)
        return Grant(identity.person, document, role, identity.expires_at, standing, as_of)

    @staticmethod
    def service(key: str, name: str) -> Identity:
        """Return the identity of a program whose API key was checked: it may do everything."""
        person = Principal(f"{SERVICE}{key}", clean_name(name) or key, _color_of(key))
        return Identity(person, None, Reach.everywhere(Role.OWNER), is_service=True)


def is_guest(person: str) -> bool:
    """Return whether the id `person` is a guest's, which proves nothing."""
    return person.startswith(GUEST)


def is_link_guest(person: str) -> bool:
    """Return whether the id `person` is that of somebody with a share link and no token.

    Nobody else can come with this id, unlike with a guest's where no tokens are asked for.
    """
    return person.startswith(_LINK_GUEST)


def can_own(person: str) -> bool:
    """Return whether `person` can be a member: somebody whom a token names."""
    return not person.startswith((GUEST, SERVICE))


def _disguised(credentials: Credentials) -> Credentials:
    """Return the same with a guest id that does not tell which one was sent.

    The id is shown to everybody in a document; the random word that the guest keeps must not be, or
    others could come as this guest.
    """
    guest = credentials.guest_id
    if guest is None or not _GUEST_ID.fullmatch(guest):
        return credentials
    hidden = hashlib.sha256(f"{_LINK_GUEST}{guest}".encode()).hexdigest()
    return replace(credentials, guest_id=hidden[:_ID_LENGTH])


def _guest(
    credentials: Credentials, connection: str, roles: Reach, beginning: str = GUEST
) -> Identity:
    guest = credentials.guest_id
    if guest is None or not _GUEST_ID.fullmatch(guest):
        guest = hmac.digest(_KEY, connection.encode(), "sha256").hex()[:_ID_LENGTH]
    name = clean_name(credentials.name) or f"Guest {guest[:4]}"
    color = credentials.color
    if color is None or not COLOR.fullmatch(color):
        color = _color_of(guest)
    person = Principal(id=f"{beginning}{guest}", name=name, color=color)
    return Identity(person, None, roles)


def _bearer(claims: Claims) -> Identity:
    person = Principal(
        id=claims.subject,
        name=claims.name or clean_name(claims.subject),
        color=claims.color or _color_of(claims.subject),
    )
    return Identity(person, claims.expires_at, claims.roles)


def _color_of(name: str) -> str:
    """Return a colour of ours, always the same for `name`."""
    return _PALETTE[hashlib.sha256(name.encode()).digest()[0] % len(_PALETTE)]

"""The gate: turns what a client presents into an identity, and an identity into a grant."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from collab.access.claims import COLOR, Claims, clean_name
from collab.access.reach import Reach
from collab.access.roles import Action, Role, allows
from collab.access.tokens import TokenVerifier
from collab.errors import Forbidden, Unauthenticated

__all__ = ["Credentials", "Gate", "Grant", "Identity", "Principal", "is_guest"]

_GUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_GUEST: Final = "guest:"
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


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that a principal holds a role in one document. Only `Gate` makes grants."""

    principal: Principal
    document: str
    role: Role
    expires_at: datetime | None = None

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

    @classmethod
    def open_to_guests(cls) -> Self:
        """Return the gate of authentication mode `none`."""
        return cls()

    @classmethod
    def with_tokens(cls, verifier: TokenVerifier) -> Self:
        """Return the gate that admits whoever brings a token `verifier` accepts."""
        return cls(verifier)

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
            return _guest(credentials, connection)
        if not credentials.token:
            message = "This server needs to know who you are; send a token."
            raise Unauthenticated(message)
        return _bearer(self._verifier.verify(credentials.token, now))

    def grant(self, identity: Identity, document: str) -> Grant:
        """Return the identity's grant for `document`; raises `Forbidden` when there is none."""
        role = identity.roles.role_in(document)
        if role is None:
            message = "You have no role in this document; ask its owner for access."
            raise Forbidden(message)
        return Grant(identity.person, document, role, identity.expires_at)


def is_guest(person: str) -> bool:
    """Return whether the id `person` is a guest's, which proves nothing."""
    return person.startswith(_GUEST)


def _guest(credentials: Credentials, connection: str) -> Identity:
    guest = credentials.guest_id
    if guest is None or not _GUEST_ID.fullmatch(guest):
        guest = hashlib.sha256(connection.encode()).hexdigest()[:16]
    name = clean_name(credentials.name) or f"Guest {guest[:4]}"
    color = credentials.color
    if color is None or not COLOR.fullmatch(color):
        color = _color_of(guest)
    person = Principal(id=f"{_GUEST}{guest}", name=name, color=color)
    return Identity(person, None, Reach.everywhere(Role.OWNER))


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

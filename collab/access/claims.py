"""What a token says, once its signature holds: checked claim by claim, refused in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collab.access.reach import Reach
from collab.access.roles import Role
from collab.errors import TokenExpired, Unauthenticated
from schemas.identifiers import is_document_id

__all__ = [
    "COLOR", "GUEST", "SERVICE", "SUBJECT_RULE", "Claims", "Expected", "clean_name", "is_pattern",
    "is_subject", "read_claims",
]  # fmt: skip

COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
GUEST: Final = "guest:"
"""How the ids of guests begin, who prove nothing."""
SERVICE: Final = "key:"
"""How the ids of programs with an API key begin."""
SUBJECT_RULE: Final = (
    "must be 1 to 128 printable characters, and none of the server's own names (guest:…, key:…, "
    "import, operator, server)"
)
"""What `is_subject` asks, for sentences."""
_OWN_NAMES: Final = frozenset({"import", "operator", "server"})
"""As whom the history and the audit log name the server itself and who runs it."""
_NAME_LENGTH: Final = 64
_SUBJECT_LENGTH: Final = 128
_ROLES: Final = {role.label: role for role in Role}
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""Seconds a date can still hold, with room for the leeway."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The believed part of a token."""

    subject: str
    name: str
    """Displayable; may be empty."""
    color: str | None
    roles: Reach
    expires_at: datetime
    """When the token is refused, leeway included."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What every token must say beside who it is for."""

    audience: str | None = None
    issuer: str | None = None
    leeway: timedelta = timedelta(seconds=10)
    """How far the clocks of signer and server may be apart."""


def read_claims(said: object, expected: Expected, now: datetime) -> Claims:
    """Return the claims of a token's payload (RFC 7519, section 4.1) at `now`.

    Raises `TokenExpired`, and `Unauthenticated` naming the first claim that cannot be used.
    """
    if not isinstance(said, dict):
        raise _refused("The token holds no claims")
    expires_at = _check_times(said, expected.leeway, now)
    _check_parties(said, expected)
    return Claims(
        subject=_subject(said.get("sub")),
        name=_name(said.get("name")),
        color=_color(said.get("color")),
        roles=_roles(said.get("roles")),
        expires_at=expires_at,
    )


def clean_name(name: str | None) -> str:
    """Return `name` without control characters, trimmed to a displayable length; may be empty."""
    if name is None:
        return ""
    printable = "".join(c for c in name if c.isprintable())
    return printable.strip()[:_NAME_LENGTH]


def is_subject(text: str) -> bool:
    """Return whether `text` may name a person: 1 to 128 printable characters, not only blanks.

    Nor may it be what the server calls guests, programs or itself: whoever bears such a name would
    pass for these.
    """
    is_name = len(text) <= _SUBJECT_LENGTH and text.isprintable() and bool(text.strip())
    return is_name and not text.startswith((GUEST, SERVICE)) and text not in _OWN_NAMES


def is_pattern(text: str) -> bool:
    """Return whether `text` is a document id, the beginning of ids and `*`, or `*` alone."""
    return text == "*" or is_document_id(text.removesuffix("*"))


def _check_times(said: Mapping[str, object], leeway: timedelta, now: datetime) -> datetime:
    """Return when the token ends to be believed. Raises when it is not believed at `now`."""
    expires = _moment(said, "exp")
    if expires is None:
        raise _refused("The token never expires (exp); tokens must")
    if expires + leeway <= now:
        message = "The token has expired; get a new one."
        raise TokenExpired(message)
    for claim in ("nbf", "iat"):
        begins = _moment(said, claim)
        if begins is not None and begins - leeway > now:
            raise _refused(f"The token is not valid yet ({claim}); check the clocks")
    return expires + leeway


def _moment(said: Mapping[str, object], claim: str) -> datetime | None:
    value = said.get(claim)
    if value is None:
        return None
    # A bool is an int to Python; NaN is inside no bounds.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LATEST:
        raise _refused(f"The token's {claim} must be a number of seconds since 1970")
    return datetime.fromtimestamp(value, UTC)


def _check_parties(said: Mapping[str, object], expected: Expected) -> None:
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    # A token for somebody must not be taken by who is not that somebody (RFC 7519, section 4.1.3).
    if expected.audience is None and audience is not None:
        raise _refused("The token is for an audience (aud), and this server was given none")
    if expected.audience is not None and expected.audience not in audiences:
        raise _refused("The token is for another audience (aud)")
    if expected.issuer is not None and said.get("iss") != expected.issuer:
        raise _refused("The token is from another issuer (iss)")


def _subject(value: object) -> str:
    if not isinstance(value, str) or not is_subject(value):
        raise _refused(f"The token's sub {SUBJECT_RULE}")
    return value


def _name(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise _refused("The token's name must be text")
    return clean_name(value)


def _color(value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or not COLOR.fullmatch(value)):
        raise _refused("The token's color must look like #1d4ed8")
    return value


def _roles(value: object) -> Reach:
    """Return the reach of the claim; without one there is no role in any document."""
    if value is None:
        return Reach({}, {})
    if not isinstance(value, dict):
        raise _refused("The token's roles must be an object of documents and roles")
    roles: dict[str, Role] = {}
    for pattern, label in value.items():
        role = _ROLES.get(label) if isinstance(label, str) else None
        if role is None:
            raise _refused("Each of the token's roles must be viewer, commenter, editor or owner")
        if not is_pattern(pattern):
            raise _refused("The token's roles must name document ids, or beginnings of them and *")
        roles[pattern] = role
    return Reach.of(roles)


def _refused(what: str) -> Unauthenticated:
    return Unauthenticated(f"{what}; get a new one.")

"""The gate: turns what a client presents into a principal, and a principal into a grant."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from collab.access.roles import Action, Role, allows
from collab.errors import Forbidden

__all__ = ["Credentials", "Gate", "Grant", "Principal"]

_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_GUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NAME_LENGTH: Final = 64
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
class Grant:
    """Proof that a principal holds a role in one document. Only `Gate` makes grants."""

    principal: Principal
    document: str
    role: Role

    def require(self, action: Action) -> None:
        """Raise `Forbidden` unless the role allows `action`."""
        if not allows(self.role, action):
            message = f"Your role is {self.role.label}; that is not enough to {action.value} this document."
            raise Forbidden(message)


class Gate:
    """Authentication mode `none`: everyone who can reach the server is a guest who owns everything.

    The server therefore binds to loopback only in this mode (see `collab.config`).
    """

    def identify(self, credentials: Credentials, *, connection: str) -> Principal:
        """Return who the caller is. `connection` names a guest who brings no id of their own."""
        guest = credentials.guest_id
        if guest is None or not _GUEST_ID.fullmatch(guest):
            guest = hashlib.sha256(connection.encode()).hexdigest()[:16]
        name = _clean_name(credentials.name) or f"Guest {guest[:4]}"
        color = credentials.color
        if color is None or not _COLOR.fullmatch(color):
            color = _PALETTE[hashlib.sha256(guest.encode()).digest()[0] % len(_PALETTE)]
        return Principal(id=f"guest:{guest}", name=name, color=color)

    def grant(self, principal: Principal, document: str) -> Grant:
        """Return the principal's grant for `document`; raises `Forbidden` when there is none."""
        return Grant(principal=principal, document=document, role=Role.OWNER)


def _clean_name(name: str | None) -> str:
    """Return `name` without control characters, trimmed to a displayable length; may be empty."""
    if name is None:
        return ""
    printable = "".join(c for c in name if c.isprintable())
    return printable.strip()[:_NAME_LENGTH]

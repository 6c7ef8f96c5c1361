"""Somebody's standing in one document: what each source of roles says, of which the highest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collab.access.roles import Role

__all__ = ["HeldLink", "Standing"]


@dataclass(frozen=True, slots=True)
class HeldLink:
    """A share link in somebody's hand; `id` is public, the secret is kept nowhere."""

    id: str
    role: Role
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The roles one person has in one document, by where they come from."""

    token: Role | None
    """What the token's reach says; without tokens, that guests own everything."""
    member: Role | None = None
    """What the table of members says."""
    link: HeldLink | None = None
    """What the share link says that the person came with."""

    def role_at(self, now: datetime) -> Role | None:
        """Return the highest role at `now`; None when there is none."""
        roles = [role for role in (self.token, self.member) if role is not None]
        if self.link is not None and not _has_ended(self.link, now):
            roles.append(self.link.role)
        return max(roles, default=None)

    @property
    def is_firm(self) -> bool:
        """Whether no change of members or links can take anything away or add to it."""
        return self.token is Role.OWNER


def _has_ended(link: HeldLink, now: datetime) -> bool:
    return link.expires_at is not None and link.expires_at <= now

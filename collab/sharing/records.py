"""The values sharing and its shelf exchange: members, share links, API keys, audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from collab.access.roles import Role
from collab.access.standing import HeldLink

__all__ = ["AuditEntry", "Deed", "KeyRecord", "Member", "NewLink", "Page", "ShareLink"]

Row = TypeVar("Row")


class Deed:
    """What the audit log calls what was done."""

    DOCUMENT_CREATED = "document.created"
    DOCUMENT_DELETED = "document.deleted"
    DOCUMENT_UNDELETED = "document.undeleted"
    HISTORY_ERASED = "history.erased"
    MEMBER_SET = "member.set"
    MEMBER_REMOVED = "member.removed"
    TRANSFERRED = "document.transferred"
    LINK_CREATED = "link.created"
    LINK_REVOKED = "link.revoked"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    TOKEN_SIGNED = "token.signed"  # noqa: S105 - the name of a deed


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role of their own in a document."""

    person: str
    role: Role
    since: datetime
    """When they got this role."""
    added_by: str


@dataclass(frozen=True, slots=True)
class NewLink:
    """A share link to be kept. `digest` is all that is kept of its secret."""

    id: str
    digest: bytes
    role: Role
    name: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A share link as it is kept."""

    id: str
    role: Role
    name: str
    created_by: str
    created_by_name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """When somebody last came in by it, to the minute."""

    @property
    def held(self) -> HeldLink:
        """What it is worth in somebody's hand."""
        return HeldLink(self.id, self.role, self.expires_at)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key as it is kept; `digest` is all that is kept of its secret."""

    id: str
    name: str
    digest: bytes
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of rights, or a deed that cannot be undone."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    address: str
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; `cursor` fetches the next page, None at the end."""

    rows: tuple[Row, ...]
    cursor: str | None

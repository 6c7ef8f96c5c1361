"""What sharing takes and answers over plain HTTP: members, share links, tokens, the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from schemas.rest import WireModel

__all__ = [
    "AuditList",
    "AuditOut",
    "CreateLink",
    "LinkList",
    "LinkMade",
    "LinkOut",
    "MemberList",
    "MemberOut",
    "PutMember",
    "SignToken",
    "TokenOut",
    "Transfer",
]

RoleName = Literal["viewer", "commenter", "editor", "owner"]
Cursor = Annotated[str | None, Field(description="Pass as `cursor` for the next page.")]


class PutMember(WireModel):
    """The body of `PUT /documents/{id}/members/{user}`."""

    role: RoleName


class MemberOut(WireModel):
    """Somebody with a role of their own in a document."""

    user: Annotated[str, Field(description="As tokens name the person (`sub`).")]
    role: RoleName
    since: datetime
    added_by: str


class MemberList(WireModel):
    """One page of members, in the order they came."""

    members: list[MemberOut]
    next_cursor: Cursor


class Transfer(WireModel):
    """The body of `POST /documents/{id}/transfer`."""

    to: Annotated[str, Field(description="Who becomes an owner, as tokens name them.")]


class CreateLink(WireModel):
    """The body of `POST /documents/{id}/links`."""

    role: Annotated[RoleName, Field(description="editor at most.")]
    name: Annotated[str, Field(max_length=200, description="What owners call the link.")] = ""
    expires_at: Annotated[AwareDatetime | None, Field(description="Never, unless given.")] = None


class LinkOut(WireModel):
    """A share link without its secret."""

    id: str
    role: RoleName
    name: str
    created_by: str
    created_by_name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: Annotated[datetime | None, Field(description="When last used, to the minute.")]


class LinkMade(LinkOut):
    """A new share link. The secret is shown this once; whoever has it has the link's role."""

    secret: str


class LinkList(WireModel):
    """One page of the share links in force (and those that have expired), in order of their making."""

    links: list[LinkOut]
    next_cursor: Cursor


class SignToken(WireModel):
    """The body of `POST /tokens`."""

    sub: Annotated[str, Field(description="Who it is for: the person's id, always the same.")]
    name: Annotated[str | None, Field(max_length=200, description="What others see.")] = None
    color: Annotated[str | None, Field(description="The colour others see, as #1d4ed8.")] = None
    roles: Annotated[
        dict[str, RoleName],
        Field(description="By document id, or beginning of ids and `*`.", max_length=200),
    ] = Field(default_factory=dict)
    expires_in: Annotated[int, Field(gt=0, le=366 * 86_400, description="Seconds.")] = 3_600


class TokenOut(WireModel):
    """A signed token."""

    token: str
    expires_at: datetime


class AuditOut(WireModel):
    """One change of rights, or a deed that is hard to undo."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    address: Annotated[str, Field(description="Where the request came from; may be empty.")]
    action: str
    details: dict[str, Any]


class AuditList(WireModel):
    """One page of the audit log, newest first."""

    entries: list[AuditOut]
    next_cursor: Cursor

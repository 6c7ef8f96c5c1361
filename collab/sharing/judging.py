"""What a change of rights means for the sessions that are open. Decides; it awaits and asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from collab.access.gate import Grant
from collab.access.roles import Role
from collab.access.standing import HeldLink, Standing
from collab.errors import CollabError, Forbidden

__all__ = ["News", "judged"]


@dataclass(frozen=True, slots=True)
class News:
    """What has changed in one document: of whom or what is not named, nothing is known to have."""

    members: Mapping[str, Role | None] = field(default_factory=dict)
    """What people are members as from now on; None: no members any more."""
    links: Mapping[str, HeldLink | None] = field(default_factory=dict)
    """What links are worth from now on, by id; None: nothing any more."""


def judged(grant: Grant, news: News, *, now: datetime, as_of: int) -> Grant | CollabError:
    """Return what `grant` is after `news`: itself, another one, or why there is none any more."""
    standing = grant.standing
    if standing is None:
        return grant
    told = _after(standing, grant.principal.id, news)
    role = told.role_at(now)
    if role is None:
        return _reason(standing, told)
    if told == standing and role is grant.role:
        return grant
    return grant.again(told, now=now, as_of=as_of)


def _after(standing: Standing, person: str, news: News) -> Standing:
    if person in news.members:
        standing = replace(standing, member=news.members[person])
    if standing.link is not None and standing.link.id in news.links:
        standing = replace(standing, link=news.links[standing.link.id])
    return standing


def _reason(before: Standing, after: Standing) -> Forbidden:
    if before.member is None and before.link is not None:
        ended = "was revoked" if after.link is None else "has expired"
        message = f"The share link {ended}; ask for a new one."
    else:
        message = "You have no role in this document any more; ask its owner for access."
    return Forbidden(message)

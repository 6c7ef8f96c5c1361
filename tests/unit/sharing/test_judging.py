"""What a change of rights makes of a grant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collab.access.gate import Grant, Principal
from collab.access.roles import Role
from collab.access.standing import HeldLink, Standing
from collab.errors import Forbidden
from collab.sharing.judging import News, judged

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LINK = HeldLink("l1", Role.EDITOR, NOW + timedelta(hours=1))


def held(standing: Standing | None, role: Role = Role.EDITOR) -> Grant:
    return Grant(Principal("ben", "Ben", "#000000"), "d", role, None, standing)


def after(grant: Grant, news: News, *, now: datetime = NOW) -> Grant | Exception:
    return judged(grant, news, now=now, as_of=7)


@pytest.mark.parametrize(
    "news",
    [
        News(),
        News(members={"ann": None}),
        News(links={"l2": None}),
        News(members={"ben": Role.EDITOR}),
    ],
)
def test_what_does_not_concern_one_changes_nothing(news: News) -> None:
    """The very same grant comes back, so that nobody is told anything."""
    grant = held(Standing(Role.VIEWER, Role.EDITOR, LINK))
    assert after(grant, news) is grant


def test_the_operator_is_beyond_it() -> None:
    """A grant that was made of no sources stays what it is."""
    grant = held(None)
    assert after(grant, News(members={"ben": None})) is grant


@pytest.mark.parametrize(
    ("before", "news", "role"),
    [
        (Standing(None, Role.EDITOR), News(members={"ben": Role.VIEWER}), Role.VIEWER),
        (Standing(None, Role.VIEWER), News(members={"ben": Role.OWNER}), Role.OWNER),
        (Standing(Role.COMMENTER, Role.EDITOR), News(members={"ben": None}), Role.COMMENTER),
        (Standing(None, Role.VIEWER, LINK), News(links={"l1": None}), Role.VIEWER),
        (Standing(None, None, LINK), News(members={"ben": Role.OWNER}), Role.OWNER),
    ],
)
def test_the_highest_of_what_is_left_counts(before: Standing, news: News, role: Role) -> None:
    """Token, table and link are each asked again; the new grant says as of which change."""
    found = after(held(before, Role.EDITOR), news)
    assert isinstance(found, Grant)
    assert (found.role, found.as_of) == (role, 7)


@pytest.mark.parametrize(
    ("before", "news", "said"),
    [
        (Standing(None, Role.EDITOR), News(members={"ben": None}), "no role"),
        (Standing(None, None, LINK), News(links={"l1": None}), "revoked"),
    ],
)
def test_nothing_left(before: Standing, news: News, said: str) -> None:
    """Who has no role left is told why."""
    found = after(held(before), news)
    assert isinstance(found, Forbidden)
    assert said in str(found)


def test_a_link_ends_at_its_moment() -> None:
    """Not before, and from that moment on."""
    grant, news = held(Standing(None, None, LINK)), News(links={"l1": LINK})
    assert LINK.expires_at is not None
    assert after(grant, news, now=LINK.expires_at - timedelta(microseconds=1)) is grant
    ended = after(grant, news, now=LINK.expires_at)
    assert isinstance(ended, Forbidden)
    assert "expired" in str(ended)

"""Reach: which role a person has in which document."""

from __future__ import annotations

import pytest

from collab.access.reach import Reach
from collab.access.roles import Role

REACH = Reach.of(
    {
        "team-plan": Role.VIEWER,
        "team-*": Role.EDITOR,
        "team-secret-*": Role.COMMENTER,
        "notes": Role.OWNER,
        "not*": Role.VIEWER,
    }
)


@pytest.mark.parametrize(
    ("document", "role"),
    [
        ("team-plan", Role.EDITOR),
        ("team-secret-1", Role.EDITOR),
        ("team-", Role.EDITOR),
        ("team", None),
        ("Team-plan", None),
        ("xteam-plan", None),
        ("notes", Role.OWNER),
        ("notes2", Role.VIEWER),
        ("no", None),
    ],
)
def test_the_highest_role_counts(document: str, role: Role | None) -> None:
    """A more exact entry does not lower what a wider one gives."""
    assert REACH.role_in(document) is role
    assert not REACH.is_everywhere


def test_everywhere() -> None:
    """The star alone is every document; nothing is nothing."""
    assert Reach.of({"*": Role.VIEWER}) == Reach.everywhere(Role.VIEWER)
    assert Reach.everywhere(Role.VIEWER).role_in("anything") is Role.VIEWER
    assert Reach.everywhere(Role.VIEWER).is_everywhere
    assert Reach.of({}).role_in("anything") is None

"""Circles among the structs of an update."""

from __future__ import annotations

import pytest

from collab.crdt.causality import refuse_circles
from collab.errors import InvalidUpdate


def test_orders_that_exist_pass() -> None:
    """Clients may wait for each other in turns; what the update does not bring does not count."""
    refuse_circles({}, {})
    refuse_circles({1: (0, 2)}, {1: [(0, 9, 5)]})
    refuse_circles(
        {1: (0, 3), 2: (0, 3), 3: (5, 6)},
        {1: [(1, 2, 1), (2, 2, 2)], 2: [(1, 1, 2), (2, 1, 3)], 3: [(5, 1, 3), (5, 2, 3)]},
    )


@pytest.mark.parametrize(
    "references",
    [
        {1: [(0, 2, 1)], 2: [(0, 1, 1)]},
        {1: [(0, 2, 3)], 2: [(2, 1, 1)]},
        {1: [(1, 3, 2)], 2: [(0, 1, 2)], 3: [(1, 2, 1)]},
    ],
)
def test_circles_are_refused(references: dict[int, list[tuple[int, int, int]]]) -> None:
    """Two or three clients whose structs each need the other first."""
    with pytest.raises(InvalidUpdate):
        refuse_circles({1: (0, 3), 2: (0, 3), 3: (0, 3)}, references)

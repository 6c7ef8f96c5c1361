"""Updates that wait for what they depend on."""

from __future__ import annotations

import pytest

from collab.crdt.parking import Parking
from collab.crdt.update import inspect_update
from collab.errors import Conflict
from tests.unit.crdt.builder import text_struct, update

FIRST = update((3, 0, [text_struct("a")]))
SECOND = update((3, 1, [text_struct("b", origin=(3, 0))]))
THIRD = update((3, 2, [text_struct("c", origin=(3, 1))]))


def test_updates_leave_as_soon_as_they_are_ready() -> None:
    """Each release gives what the new state vector allows, until nothing waits."""
    parking = Parking(max_updates=10, max_bytes=1_000)
    for waiting in (THIRD, SECOND):
        assert parking.park(waiting, inspect_update(waiting))
    assert parking.bytes == len(SECOND) + len(THIRD)
    assert parking.release({}) == []
    assert [found for found, _ in parking.release({3: 1})] == [SECOND]
    assert list(parking.items()) == [THIRD]
    assert [found for found, _ in parking.release({3: 2})] == [THIRD]
    assert (len(parking), parking.bytes) == (0, 0)


def test_the_same_bytes_are_parked_once() -> None:
    """A client that repeats itself does not fill the parking."""
    parking = Parking(max_updates=10, max_bytes=1_000)
    assert parking.park(SECOND, inspect_update(SECOND))
    assert not parking.park(SECOND, inspect_update(SECOND))
    assert SECOND in parking
    assert len(parking) == 1


@pytest.mark.parametrize(("updates", "size"), [(1, 1_000), (10, len(SECOND) + 1)])
def test_a_full_parking_refuses(updates: int, size: int) -> None:
    """Beyond either cap the update is refused with `conflict`, and what waits stays."""
    parking = Parking(max_updates=updates, max_bytes=size)
    parking.park(SECOND, inspect_update(SECOND))
    with pytest.raises(Conflict):
        parking.park(THIRD, inspect_update(THIRD))
    assert list(parking.items()) == [SECOND]

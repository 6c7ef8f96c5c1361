"""What is known to be deleted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.deletions import Deletions, covers, joined

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: (pair[0], sum(pair))),
    max_size=80,
)


def clocks(spans: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> set[int]:
    return {clock for start, end in spans for clock in range(start, end)}


@given(st.lists(SPANS, max_size=4), SPANS)
def test_ranges_behave_like_sets_of_clocks(
    added: list[list[tuple[int, int]]], asked: list[tuple[int, int]]
) -> None:
    """Adding, covering, overlapping and missing agree with plain sets, whatever the order."""
    deletions = Deletions()
    known: set[int] = set()
    for spans in added:
        deletions.add({7: joined(spans)})
        known |= clocks(spans)
    query = joined(asked)
    assert deletions.covers({7: query}) == (clocks(query) <= known)
    assert deletions.overlap({7: query}) == bool(clocks(query) & known)
    assert clocks(deletions.missing({7: query}).get(7, [])) == clocks(query) - known
    assert {clock for clock in range(60) if deletions.has(7, clock)} == known
    listed = deletions.ranges().get(7, ())
    assert clocks(listed) == known
    assert listed == joined(listed)
    assert all(covers({7: listed}, (7, clock)) == (clock in known) for clock in range(60))


def test_clients_do_not_mix() -> None:
    """What one client's clocks say does not count for another's."""
    deletions = Deletions()
    deletions.add({1: ((0, 5),)})
    assert not deletions.covers({2: ((0, 5),)})
    assert not deletions.covers({1: ((0, 5),), 2: ((0, 1),)})
    assert deletions.covers({1: ((1, 5),), 2: ()})
    assert not deletions.has(2, 0)
    assert not covers({}, (1, 1))


def test_nothing_is_always_covered() -> None:
    """An update without deletions asks for nothing."""
    assert Deletions().covers({})

"""What y-py is told about collected structs."""

from __future__ import annotations

import pytest

from collab.crdt.collected import Collected
from collab.crdt.update import inspect_update
from collab.errors import UnsupportedContent
from tests.unit.crdt.builder import delete_set, identity, root, string, text_struct, update


def told(collected: Collected, made: bytes) -> bytes:
    return collected.translate(made, inspect_update(made))


def test_updates_without_garbage_pass_untouched() -> None:
    """The very same bytes, as long as nothing was collected."""
    collected = Collected()
    made = update((3, 1, [text_struct("a", origin=(3, 0))]), deletes=delete_set({3: [(0, 1)]}))
    assert told(collected, made) is made
    assert collected.is_empty


def test_orphans_become_garbage_of_their_length() -> None:
    """And what refers to them in the same update as well; the rest stays as it is."""
    collected = Collected()
    told(collected, update((3, 0, [b"\x00\x02"])))
    made = update(
        (5, 0, [text_struct("x", parent=root()), text_struct("abc", origin=(4, 1))]),
        (
            4,
            0,
            [text_struct("é", parent=b"\x00" + identity((3, 1))), text_struct("b", origin=(4, 0))],
        ),
    )
    assert told(collected, made) == update(
        (5, 0, [text_struct("x", parent=root()), b"\x00\x03"]), (4, 0, [b"\x00\x01", b"\x00\x01"])
    )


def test_children_of_tombstones_are_garbage_but_not_their_neighbours() -> None:
    """A deleted type takes its children with it; text beside deleted text lives on."""
    collected = Collected()
    told(collected, update((3, 0, [b"\x01" + root() + b"\x02"])))
    child = update((4, 0, [b"\x24\x00" + identity((3, 0)) + string("k") + string("v")]))
    assert told(collected, child) == update((4, 0, [b"\x00\x01"]))
    neighbour = update((5, 0, [text_struct("n", origin=(3, 0), right=(3, 1))]))
    assert told(collected, neighbour) == neighbour


def test_deletions_leave_garbage_out() -> None:
    """Only the parts of a range that are no garbage are told."""
    collected = Collected()
    told(collected, update((3, 0, [text_struct("ab"), b"\x00\x02", text_struct("cd")])))
    made = b"\x00" + delete_set({3: [(0, 6)], 9: [(0, 1)]})
    assert told(collected, made) == b"\x00" + delete_set({3: [(0, 2), (4, 2)], 9: [(0, 1)]})


def test_endless_tangles_are_refused() -> None:
    """Clients that orphan each other hundreds of times over would cost quadratic time."""
    collected = Collected()
    told(collected, update((3, 0, [b"\x00\x01"])))
    steps = 200
    made = update(
        (5, 0, [text_struct("a", origin=(6, at)) for at in range(steps)]),
        (6, 0, [text_struct("b", origin=(5, at - 1) if at else (3, 0)) for at in range(steps)]),
    )
    with pytest.raises(UnsupportedContent):
        told(collected, made)

"""Making many updates one."""

from __future__ import annotations

import asyncio

import pytest

from collab.crdt.compaction import compact, merge
from collab.crdt.replica import EngineFailure
from collab.crdt.update import inspect_update
from tests.unit.crdt.builder import delete_set, text_struct, update

TYPED = [
    update((3, at, [text_struct("x", origin=(3, at - 1)) if at else text_struct("x")]))
    for at in range(2_000)
]


def test_compaction_joins_what_was_typed_in_pieces() -> None:
    """2,000 keystrokes become one struct."""
    assert compact(TYPED) == update((3, 0, [text_struct("x" * 2_000)]))


def test_compaction_forgets_deleted_text() -> None:
    """Only its place and the deletion remain."""
    secret = update((3, 0, [text_struct("secret")]))
    compacted = compact([secret, b"\x00" + delete_set({3: [(0, 6)]})])
    assert b"secret" not in compacted
    info = inspect_update(compacted)
    assert (info.clocks, info.deletions) == ({3: (0, 6)}, {3: ((0, 6),)})


async def test_compaction_runs_on_another_thread() -> None:
    """The document it uses never leaves the thread it was made on."""
    assert await asyncio.to_thread(compact, TYPED) == compact(TYPED)


def test_merging_keeps_everything() -> None:
    """The merged update says the same as its parts, in whatever number they come."""
    for count in (0, 1, 2, 33, 34, 1_500):
        merged = merge(TYPED[:count])
        expected = {3: (0, count)} if count else {}
        assert inspect_update(merged).clocks == expected
        assert compact([merged]) == compact(TYPED[:count])


def test_merging_needs_no_document() -> None:
    """Updates can be merged without what they depend on: a frame for those who have it."""
    merged = merge([*TYPED[5:8], b"\x00" + delete_set({3: [(1, 2)]})])
    info = inspect_update(merged)
    assert (info.clocks, info.needs, info.deletions) == ({3: (5, 8)}, {3: 5}, {3: ((1, 3),)})


def test_nothing_is_the_empty_update() -> None:
    """Both make a valid update of nothing."""
    assert compact([]) == merge([]) == b"\x00\x00"


@pytest.mark.parametrize("bad", [b"", b"\x01", b"\xff" * 20])
def test_bytes_that_were_not_inspected_fail_in_order(bad: bytes) -> None:
    """Bad bytes do not crash the process, they are an `EngineFailure`."""
    with pytest.raises(EngineFailure):
        compact([bad])
    with pytest.raises(EngineFailure):
        merge([TYPED[0], bad])

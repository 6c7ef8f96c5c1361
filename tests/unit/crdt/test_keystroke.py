"""The fast path of the inspection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.inspection import Inspection
from collab.crdt.keystroke import inspect_keystroke
from collab.errors import InvalidUpdate
from tests.unit.crdt.builder import delete_set, text_struct, update

CLIENTS = st.integers(0, 2**53 - 1) | st.integers(0, 3)
CLOCKS = st.integers(0, 2**31) | st.integers(0, 300)


def assert_equal_to_the_general_path(made: bytes) -> bool:
    """Compare both ways to read `made`; return whether the fast path took it."""
    quick = inspect_keystroke(made)
    if quick is None:
        return False
    assert quick == Inspection(made, 64).run()
    return True


@given(
    client=CLIENTS,
    clock=CLOCKS,
    origin=st.none() | CLOCKS,
    right=st.none() | CLOCKS,
    text=st.text(max_size=140),
)
def test_typing_reads_the_same_on_both_paths(
    client: int, clock: int, origin: int | None, right: int | None, text: str
) -> None:
    """Whatever the fast path accepts, the general path reads alike; what it would refuse, too."""
    struct = text_struct(
        text,
        origin=None if origin is None else (client, origin),
        right=None if right is None else (client, right),
    )
    assert_equal_to_the_general_path(update((client, clock, [struct])))


@given(client=CLIENTS, start=CLOCKS, length=CLOCKS)
def test_deleting_reads_the_same_on_both_paths(client: int, start: int, length: int) -> None:
    """One deleted range is read alike by both."""
    assert_equal_to_the_general_path(b"\x00" + delete_set({client: [(start, length)]}))


@given(st.binary(max_size=40), st.sampled_from([b"", b"\x01\x01", b"\x00\x01"]))
def test_nothing_bad_slips_through_the_fast_path(tail: bytes, head: bytes) -> None:
    """Random bytes are never taken when the general path refuses them."""
    assert_equal_to_the_general_path(head + tail)


@pytest.mark.parametrize(
    "made",
    [
        "0101b9ff8cab0c9f8f0384b9ff8cab0c9e8f03016100",
        "0101b9ff8cab0c9f8f03c4b9ff8cab0c9e8f03b9ff8cab0c05016100",
        "01010305440304026162" + "00",
        "0001b9ff8cab0c01b1a50301",
    ],
)
def test_everyday_keystrokes_take_the_fast_path(made: str) -> None:
    """Typing on, typing in between, typing before, and erasing."""
    assert assert_equal_to_the_general_path(bytes.fromhex(made))


@pytest.mark.parametrize(
    "made",
    [
        update((3, 5, [text_struct("é", origin=(3, 4))])),
        update((3, 5, [text_struct("a", origin=(4, 4))])),
        update((3, 5, [text_struct("a")])),
        update((3, 5, [text_struct("a", origin=(3, 5))])),
        update((3, 5, [text_struct("a", right=(3, 5))])),
        update((3, 5, [text_struct("", origin=(3, 4))])),
        update((3, 2**31 - 1, [text_struct("a", origin=(3, 4))])),
        update((3, 5, [text_struct("a", origin=(3, 4))]), deletes=delete_set({3: [(0, 1)]})),
        b"\x00" + delete_set({3: [(0, 1), (4, 1)]}),
        b"\x00" + delete_set({3: [(0, 1)]}) + b"\x00",
        b"\x00" + delete_set({3: [(0, 0)]}),
        b"\x01\x01" + b"\x80" * 10_000,
        b"\x01\x01",
        b"\x01",
        b"",
    ],
    ids=lambda made: made[:16].hex(),
)
def test_everything_else_is_left_to_the_general_path(made: bytes) -> None:
    """Odd, compound and broken updates are not the fast path's business."""
    assert inspect_keystroke(made) is None


def test_the_general_path_refuses_what_the_fast_path_left() -> None:
    """Leaving an update never means accepting it."""
    with pytest.raises(InvalidUpdate):
        Inspection(b"\x01\x01" + b"\x80" * 10_000, 64).run()

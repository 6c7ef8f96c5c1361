"""What both adapters keep beside their engine."""

from __future__ import annotations

import pytest

from collab.crdt.clocks import Clocks
from collab.crdt.update import inspect_update
from collab.errors import UnsupportedContent
from tests.unit.crdt.builder import delete_set, text_struct, update

EMOJI = update((3, 0, [text_struct("a😀b")]))


def test_the_view_is_live_and_read_only() -> None:
    """It grows with what is applied and never goes back."""
    clocks = Clocks()
    clocks.advance(inspect_update(EMOJI))
    clocks.advance(inspect_update(update((3, 0, [text_struct("a")]))))
    assert clocks.view == {3: 4}
    with pytest.raises(TypeError):
        clocks.view[3] = 9  # type: ignore[index]


def test_others_vectors_are_cut_to_what_is_known() -> None:
    """Unknown clients, zeros and clocks from the future would confuse the engines."""
    clocks = Clocks()
    clocks.advance(inspect_update(EMOJI))
    assert clocks.known({3: 9, 4: 1}) == {3: 4}
    assert clocks.known({3: 0}) == {}
    assert clocks.known({3: 2}) == {3: 1}


def test_a_cut_within_the_update_itself_is_refused() -> None:
    """An update may bring an emoji and cut it at once."""
    made = update((3, 0, [text_struct("😀")]), deletes=delete_set({3: [(0, 1)]}))
    with pytest.raises(UnsupportedContent):
        Clocks().refuse_cut(inspect_update(made))

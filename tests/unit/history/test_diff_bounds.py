"""Differences of large moments, and of values outside of text."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from collab.history.diff import TextChange, diff_blocks, diff_values
from tests.unit.history.telling import after_of, block, letters


@pytest.mark.timeout(60)
class TestSize:
    """What would take hours if time grew with the square of the size."""

    def test_two_unrelated_books(self) -> None:
        """A hundred thousand words replaced by others, in many blocks or in one."""
        chance = random.Random(2)
        words = [f"w{int(chance.paretovariate(0.6)) % 9000}" for _ in range(200_000)]
        one, other = words[:100_000], words[100_000:]
        for step in (20, 100_000):
            before, after = (
                [block(" ".join(book[n : n + step]), key=n) for n in range(0, len(book), step)]
                for book in (one, other)
            )
            changes = diff_blocks(before, [replace(b, key=None) for b in after])
            assert [said for *_, said in after_of(changes)] == [letters(b.pieces) for b in after]

    def test_one_word_over_and_over(self) -> None:
        """Text in which every word could be every other one."""
        before = block("c" + " a" * 100_000 + " d", key=1)
        after = block("b a " * 50_000, key=1)
        (change,) = diff_blocks([before], [after])
        assert letters(
            [s for s in change.segments if s.change is not TextChange.REMOVED]
        ) == letters(after.pieces)

    def test_thousands_of_equal_blocks(self) -> None:
        """A table of empty and equal cells."""
        before = [block("0" if n % 3 else "") for n in range(20_000)]
        after = [block("1" if n % 7 else "0") for n in range(20_000)]
        assert len(after_of(diff_blocks(before, after))) == 20_000


class TestValues:
    @pytest.mark.parametrize(
        ("before", "after", "changes"),
        [
            ({"a": 1}, {"a": 1}, []),
            ({"a": 1}, {"a": 2}, [(("a",), 1, 2)]),
            ({"a": 1, "b": 2}, {"b": 2, "c": 3}, [(("a",), 1, None), (("c",), None, 3)]),
            ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, [(("a", "b", 1), 2, 3)]),
            ({"a": {"b": 1}}, {"a": [1]}, [(("a",), {"b": 1}, [1])]),
            ([1, 2, 3], [0, 1, 2, 3], [((0,), None, 0)]),
            ([1, 2, 3, 4], [1, 4], [((1,), 2, None), ((2,), 3, None)]),
            (
                [{"t": "a"}, 9],
                [8, {"t": "b"}, 9],
                [((0,), {"t": "a"}, 8), ((1,), None, {"t": "b"})],
            ),
            ({"a": True}, {"a": 1}, [(("a",), True, 1)]),
            ([True], [1], [((0,), True, 1)]),
            ({"a": 1}, {"a": 1.0}, []),
            (None, {"a": 1}, [(("a",), None, 1)]),
            (["x"], None, [((0,), "x", None)]),
            (None, {}, []),
            (None, None, []),
        ],
    )
    def test_paths_that_differ(self, before: Any, after: Any, changes: list[Any]) -> None:
        """Maps by their keys, arrays by what stands in them, a root that is not there as empty."""
        found = diff_values("root", before, after)
        assert [(change.path, change.before, change.after) for change in found] == changes
        assert all(change.root == "root" for change in found)

    def test_where_a_value_was(self) -> None:
        """Places in an array shift: both moments' are told, of those where the value is there."""
        found = diff_values("root", {"a": [[1, 2], 9]}, {"a": [8, 7, [1], 9]})
        assert [(c.path, c.place_before, c.place_after) for c in found] == [
            (("a", 0), ("a", 0), ("a", 0)),
            (("a", 1), None, ("a", 1)),
            (("a", 2), None, ("a", 2)),
        ]
        found = diff_values("root", [5, [1, 2]], [[1], 6, 6])
        assert [(c.path, c.place_before, c.place_after) for c in found] == [
            ((0,), (0,), (0,)),
            ((1,), (1,), (1,)),
            ((2,), None, (2,)),
        ]
        (change,) = diff_values("root", [5, {"x": [1, 2], "y": 0}], [{"x": [1], "y": 0}])[1:]
        assert (change.path, change.place_before, change.place_after) == ((1,), (1,), None)

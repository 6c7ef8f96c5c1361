"""Keystrokes become passages, and passages one row for each author."""

from __future__ import annotations

from datetime import datetime, timedelta

from collab.crdt.compaction import compact
from collab.history.merging import merged_rows, passages
from collab.history.records import Author, LogRow
from tests.unit.history.writers import BEGINNING, Writers, said


def row(number: int, at: datetime) -> LogRow:
    return LogRow(number, number, Author("ann", "Ann"), at, b"\0\0")


def lengths(seconds: list[float]) -> list[int]:
    rows = [row(n, BEGINNING + timedelta(seconds=s)) for n, s in enumerate(seconds, 1)]
    return [len(passage) for passage in passages(rows)]


def test_a_pause_ends_a_passage() -> None:
    """A minute in which nobody wrote."""
    assert lengths([0, 10, 70, 131, 140]) == [3, 2]
    assert lengths([]) == []


def test_a_passage_has_bounds() -> None:
    """Ten minutes or a thousand rows, so that moments in between stay."""
    assert lengths([50 * n for n in range(20)]) == [13, 7]
    assert lengths([0.0] * 2_500) == [1_000, 1_000, 500]


def test_merging_keeps_everything_and_everyone() -> None:
    """One row an author, each over the sequence numbers of theirs; together they say the same."""
    writers = Writers()
    for number in range(10):
        writers.type("ann" if number % 3 else "ben", str(number), at=number // 2)
    writers.delete("ann", 2, 4)
    merged = merged_rows(writers.rows)
    assert [(r.author.id, r.first, r.sequence) for r in merged] == [("ben", 1, 10), ("ann", 2, 11)]
    assert said(compact([r.update for r in merged])) == said(writers.state)
    assert merged[1].at == writers.rows[-1].at

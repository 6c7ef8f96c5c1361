"""Which rows of the log become one when keystrokes need not be kept any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from collab.crdt.compaction import merge
from collab.history.records import LogRow

__all__ = ["braids", "merged_rows", "passages", "unbraided"]

_PAUSE: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(minutes=10)
_MOST: Final = 1_000


def passages(rows: Sequence[LogRow]) -> Iterator[Sequence[LogRow]]:
    """Yield `rows`, given in order, cut where everyone paused for a minute, and every ten minutes.

    The moments between passages stay readable when the rows of each are merged.
    """
    start = 0
    for index in range(1, len(rows)):
        is_long = rows[index].at - rows[start].at > _LONGEST or index - start >= _MOST
        if is_long or rows[index].at - rows[index - 1].at > _PAUSE:
            yield rows[start:index]
            start = index
    if rows:
        yield rows[start:]


def braids(rows: Sequence[LogRow]) -> Iterator[Sequence[LogRow]]:
    """Yield `rows`, given in order, in groups whose ranges overlap; nearly always one row each.

    Merged rows of people who took turns need each other's: only a whole group can be applied.
    """
    group: list[LogRow] = []
    # From the last row back, because a merged row stands where it ends.
    groups: list[list[LogRow]] = []
    for row in reversed(rows):
        if group and row.sequence < min(other.first for other in group):
            groups.append(group[::-1])
            group = []
        group.append(row)
    if group:
        groups.append(group[::-1])
    yield from reversed(groups)


def unbraided(rows: Sequence[LogRow]) -> Iterator[bytes]:
    """Yield the updates of `rows` so that each builds on those before it only."""
    for group in braids(rows):
        yield merge([row.update for row in group])


def merged_rows(passage: Sequence[LogRow]) -> list[LogRow]:
    """Return one row for each author of a passage, in the order of their last updates.

    Raises `EngineFailure`.
    """
    by_author: dict[str, list[LogRow]] = {}
    for row in passage:
        by_author.setdefault(row.author.id, []).append(row)
    merged = [
        LogRow(
            sequence=rows[-1].sequence,
            first=rows[0].first,
            author=rows[-1].author,
            at=rows[-1].at,
            update=merge([row.update for row in rows]),
        )
        for rows in by_author.values()
    ]
    return sorted(merged, key=lambda row: row.sequence)

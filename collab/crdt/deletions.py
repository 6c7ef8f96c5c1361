"""What is known to be deleted: merged ranges of clocks per client.

Yjs sends its whole delete set with every answer to a state vector, so an update is news only when
it deletes something that is not in here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from collab.crdt.lib0 import write_var_uint

__all__ = ["Deletions", "Ranges", "covers", "encode_deletions", "extend", "joined"]

Ranges: TypeAlias = Mapping[int, Sequence[tuple[int, int]]]
"""Per client: ranges (start, exclusive end), sorted and joined."""


def extend(ranges: list[tuple[int, int]], start: int, end: int) -> None:
    """Append a range to `ranges`, as one with the last when they touch."""
    if ranges and ranges[-1][1] == start:
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))


def joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return `ranges` sorted, with those that overlap or touch made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def covers(ranges: Ranges, place: tuple[int, int]) -> bool:
    """Return whether `place`, a client and a clock, lies in `ranges`."""
    client, clock = place
    spans = ranges.get(client)
    if not spans:
        return False
    index = bisect_right(spans, clock, key=_start) - 1
    return index >= 0 and clock < spans[index][1]


def encode_deletions(ranges: Ranges) -> bytes:
    """Return `ranges` as the delete set that ends an update."""
    parts = [write_var_uint(len(ranges))]
    for client, spans in ranges.items():
        parts += [write_var_uint(client), write_var_uint(len(spans))]
        for start, end in spans:
            parts += [write_var_uint(start), write_var_uint(end - start)]
    return b"".join(parts)


def _start(span: tuple[int, int]) -> int:
    return span[0]


class Deletions:
    """A set of deleted clocks per client that only grows."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        # Two sorted lists per client, so that a look-up is one bisection.
        self._starts: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}

    def covers(self, ranges: Ranges) -> bool:
        """Return whether everything in `ranges` is already known to be deleted."""
        for client, spans in ranges.items():
            starts = self._starts.get(client)
            if starts is None:
                if spans:
                    return False
                continue
            ends = self._ends[client]
            for start, end in spans:
                index = bisect_right(starts, start) - 1
                if index < 0 or ends[index] < end:
                    return False
        return True

    def add(self, ranges: Ranges) -> None:
        """Take `ranges` in."""
        for client, spans in ranges.items():
            starts = self._starts.setdefault(client, [])
            ends = self._ends.setdefault(client, [])
            if len(spans) > 64:
                # Many at once: one sorted pass instead of an insertion each.
                both = joined([*zip(starts, ends, strict=True), *spans])
                starts[:] = [start for start, _ in both]
                ends[:] = [end for _, end in both]
                continue
            for start, end in spans:
                # The known ranges from `low` to `high` touch this one and become one with it.
                low = bisect_left(ends, start)
                high = bisect_right(starts, end)
                if low < high:
                    starts[low:high] = [min(start, starts[low])]
                    ends[low:high] = [max(end, ends[high - 1])]
                else:
                    starts.insert(low, start)
                    ends.insert(low, end)

    def has(self, client: int, clock: int) -> bool:
        """Return whether one clock of `client` is in here."""
        starts = self._starts.get(client)
        if starts is None:
            return False
        index = bisect_right(starts, clock) - 1
        return index >= 0 and clock < self._ends[client][index]

    def overlap(self, ranges: Ranges) -> bool:
        """Return whether any clock of `ranges` is in here."""
        for client, spans in ranges.items():
            starts = self._starts.get(client)
            if starts is None:
                continue
            ends = self._ends[client]
            for start, end in spans:
                index = bisect_left(starts, end) - 1
                if index >= 0 and start < ends[index]:
                    return True
        return False

    def missing(self, ranges: Ranges) -> dict[int, list[tuple[int, int]]]:
        """Return the parts of `ranges` that are not in here."""
        found: dict[int, list[tuple[int, int]]] = {}
        for client, spans in ranges.items():
            starts, ends = self._starts.get(client, []), self._ends.get(client, [])
            parts: list[tuple[int, int]] = []
            for start, end in spans:
                left = start
                index = bisect_right(ends, start)
                while index < len(starts) and starts[index] < end:
                    if left < starts[index]:
                        parts.append((left, starts[index]))
                    left = ends[index]
                    index += 1
                if left < end:
                    parts.append((left, end))
            if parts:
                found[client] = parts
        return found

    def ranges(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return a copy of what is known."""
        return {
            client: tuple(zip(starts, self._ends[client], strict=True))
            for client, starts in self._starts.items()
            if starts
        }

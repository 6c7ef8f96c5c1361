"""Who is behind which clocks: of what is written, its author; of what is deleted, who deleted it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from collab.crdt.deletions import Deletions
from collab.crdt.update import inspect_update
from collab.history.records import Author, LogRow, Owners
from collab.limits import MAX_CLOCK
from collab.room.records import Claim

__all__ = ["Attribution", "authors_of", "claims_of", "removers_of"]

Span = tuple[int, int, Author]
"""Start and exclusive end of a range of clocks, and who is behind it."""


class Attribution:
    """People by ranges of a client's clocks."""

    __slots__ = ("_spans", "_starts")

    def __init__(self, spans: Mapping[int, Sequence[Span]]) -> None:
        self._spans = {client: sorted(ranges, key=_start) for client, ranges in spans.items()}
        self._starts = {client: [r[0] for r in ranges] for client, ranges in self._spans.items()}

    def of(self, client: int, clock: int) -> Author | None:
        """Return who is behind one clock; None when nobody is known."""
        return self.parts(client, clock, 1)[0][1]

    def parts(self, client: int, clock: int, length: int) -> list[tuple[int, Author | None]]:
        """Return `length` clocks from `clock` on as (how many, who), in order."""
        spans = self._spans.get(client)
        if spans is None:
            return [(length, None)]
        parts: list[tuple[int, Author | None]] = []
        end = clock + length
        index = max(0, bisect_right(self._starts[client], clock) - 1)
        while clock < end:
            while index < len(spans) and spans[index][1] <= clock:
                index += 1
            start, stop, author = spans[index] if index < len(spans) else (end, end, None)
            if start > clock:
                parts.append((min(start, end) - clock, None))
                clock = min(start, end)
            else:
                parts.append((min(stop, end) - clock, author))
                clock = min(stop, end)
        return parts


def _start(span: Span) -> int:
    return span[0]


def authors_of(owners: Owners) -> Attribution:
    """Return who wrote what, by who owns which client."""
    spans: dict[int, list[Span]] = {}
    for client, claims in owners.items():
        ends = [first for first, _ in claims[1:]] + [MAX_CLOCK]
        spans[client] = [
            (first, end, author) for (first, author), end in zip(claims, ends, strict=True)
        ]
    return Attribution(spans)


def claims_of(client: int, written: Iterable[tuple[int, Author | None]]) -> tuple[Claim, ...]:
    """Return the claims of `client` by whose each of its clocks is; nobody's stay with the one before."""
    claims: list[Claim] = []
    last = None
    for clock, author in sorted(written, key=lambda place: place[0]):
        if author is not None and author != last:
            claims.append(Claim(client, clock if claims else 0, author.id, author.name))
            last = author
    return tuple(claims)


def removers_of(
    rows: Iterable[LogRow], *, gone: Mapping[int, Sequence[tuple[int, int]]]
) -> Attribution:
    """Return who deleted what in `rows`, given in order; `gone` was deleted before them.

    Of several who deleted the same thing at the same time it is the first.
    """
    known = Deletions()
    known.add(gone)
    spans: dict[int, list[Span]] = {}
    for row in rows:
        deletions = inspect_update(row.update).deletions
        if not deletions:
            continue
        for client, ranges in known.missing(deletions).items():
            spans.setdefault(client, []).extend((start, end, row.author) for start, end in ranges)
        known.add(deletions)
    return Attribution(spans)

"""A restore worked out: the edit that does it, and whose words it puts back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collab.crdt.compaction import compact
from collab.crdt.deletions import Deletions
from collab.crdt.undoing import NOTHING_TO_DO, restoring_update
from collab.crdt.update import inspect_update
from collab.crdt.weave import Item, Strand, Weave
from collab.history.attribution import Attribution, claims_of
from collab.history.digest import digest_of
from collab.history.records import Author
from collab.room.records import Claim

__all__ = ["Restoring", "is_nothing", "work_out"]

Run = tuple[int, int, int]
"""Client, first clock, how many."""


@dataclass(frozen=True, slots=True)
class Restoring:
    """An update that puts something back, and whose it is what it puts back."""

    update: bytes
    inherited: tuple[Claim, ...] = ()


def work_out(past: bytes, present: bytes, written: Attribution, client_id: int) -> Restoring:
    """Return what makes a document at `present` say what it said at `past`, with its authors.

    Raises `EngineFailure`.
    """
    if digest_of(past) == digest_of(present):
        return Restoring(NOTHING_TO_DO)
    update = restoring_update(past, present, client_id=client_id)
    if is_nothing(update, present):
        return Restoring(NOTHING_TO_DO)
    restored = compact([present, update])
    return Restoring(update, _inherited(Weave(past), Weave(restored), written, client_id))


def is_nothing(update: bytes, present: bytes) -> bool:
    """Return whether `update` changes nothing in a document at `present`."""
    told = inspect_update(update)
    known = Deletions()
    known.add(inspect_update(present).deletions)
    return not told.clocks and not known.missing(told.deletions)


def _inherited(
    past: Weave, restored: Weave, written: Attribution, client_id: int
) -> tuple[Claim, ...]:
    """Return the authors of what `client_id` put back: both moments read the same, place by place."""
    put_back: list[tuple[int, Author | None]] = []
    were = _Places(past)
    for client, first, length in _runs(restored):
        origins = were.take(length)
        clock = first
        for origin, start, taken in origins if client == client_id else ():
            for part, author in written.parts(origin, start, taken):
                put_back.append((clock, author))
                clock += part
    return claims_of(client_id, put_back) if were.is_at_end else ()


class _Places:
    """What shows at a moment, taken piece by piece in reading order."""

    def __init__(self, weave: Weave) -> None:
        self._runs = _runs(weave)
        self._here: Run | None = next(self._runs, None)
        self._is_short = False

    @property
    def is_at_end(self) -> bool:
        """Whether exactly all of it has been taken."""
        return self._here is None and not self._is_short

    def take(self, length: int) -> list[Run]:
        """Return the next `length` places."""
        taken: list[Run] = []
        while length and self._here is not None:
            client, clock, there = self._here
            part = min(length, there)
            taken.append((client, clock, part))
            length -= part
            rest = (client, clock + part, there - part)
            self._here = rest if rest[2] else next(self._runs, None)
        self._is_short = self._is_short or length > 0
        return taken


def _runs(weave: Weave) -> Iterator[Run]:
    """Yield everything that shows, in reading order, root by root."""
    for _, root in sorted(weave.roots.items()):
        waiting = [_shown(root)]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
                continue
            if item.text or item.strand is not None:
                yield item.client, item.clock, item.length
            if item.strand is not None:
                waiting.append(_shown(item.strand))


def _shown(strand: Strand) -> Iterator[Item]:
    for _, value in sorted(strand.values(), key=lambda entry: entry[0]):
        yield value
    yield from strand.visible()

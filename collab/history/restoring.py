"""A restore worked out: the edit that does it, and whose words it puts back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collab.crdt.compaction import compact
from collab.crdt.deletions import Deletions
from collab.crdt.structs import Id
from collab.crdt.undoing import NOTHING_TO_DO, restoring_update
from collab.crdt.update import inspect_update
from collab.crdt.weave import Strand, Weave
from collab.history.attribution import Attribution, claims_of
from collab.room.records import Claim

__all__ = ["Restoring", "is_nothing", "work_out"]


@dataclass(frozen=True, slots=True)
class Restoring:
    """An update that puts something back, and whose it is what it puts back."""

    update: bytes
    inherited: tuple[Claim, ...] = ()


def work_out(past: bytes, present: bytes, written: Attribution, client_id: int) -> Restoring:
    """Return what makes a document at `present` say what it said at `past`, with its authors.

    Raises `EngineFailure`.
    """
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
    were, are = list(_places(past)), list(_places(restored))
    if len(were) != len(are):
        return ()
    put_back = [
        (place[1], written.of(*origin))
        for origin, place in zip(were, are, strict=True)
        if place[0] == client_id
    ]
    return claims_of(client_id, put_back)


def _places(weave: Weave) -> Iterator[Id]:
    """Yield the id of everything that shows, in reading order, root by root."""
    for _, strand in sorted(weave.roots.items()):
        yield from _places_in(strand)


def _places_in(strand: Strand) -> Iterator[Id]:
    waiting = [iter(_children(strand))]
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
        elif isinstance(found, Strand):
            waiting.append(iter(_children(found)))
        else:
            yield found


def _children(strand: Strand) -> Iterator[Id | Strand]:
    for _, value in sorted(strand.values()):
        yield value.client, value.clock
        if value.strand is not None:
            yield value.strand
    for item in strand.visible():
        for offset in range(item.length if item.text or item.strand is not None else 0):
            yield item.client, item.clock + offset
        if item.strand is not None:
            yield item.strand

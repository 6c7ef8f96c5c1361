"""What people typed while a restore took away the paragraph they were in.

Merging leaves such words in a deleted paragraph, where nobody sees them. So the paragraph comes back,
with these words and nothing else in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collab.crdt.compaction import compact, merge
from collab.crdt.deletions import Deletions, covers
from collab.crdt.structs import Kind, with_deletions
from collab.crdt.update import inspect_update
from collab.crdt.weave import Item, Weave

__all__ = ["Rescue", "rescue_from"]


@dataclass(frozen=True, slots=True)
class Rescue:
    """What to show again: the document with it, and the document without."""

    shown: bytes
    hidden: bytes
    typed: Deletions
    """The clocks of what had been hidden."""


def rescue_from(
    before: bytes, late: Sequence[bytes], restoring: bytes, *, done: Deletions
) -> Rescue | None:
    """Return what `late` typed into what `restoring` deleted; None if all of it shows anyway.

    `before` is the whole state that `restoring` was made for, `late` are the updates since then, and
    `done` are the clocks that were rescued already. Raises `EngineFailure`.
    """
    known = {client: end for client, (_, end) in inspect_update(before).clocks.items()}
    everything = merge([before, *late, restoring])
    weave = Weave(everything)
    restorers = inspect_update(restoring).clocks
    taken = inspect_update(restoring).deletions
    hidden, typed = Deletions(), Deletions()
    for item in weave.items():
        is_late = item.clock >= known.get(item.client, 0) and item.client not in restorers
        if not is_late or not _is_typed(item) or done.has(item.client, item.clock):
            continue
        holders = _deleted_holders(item)
        # What somebody else deleted stays deleted: that was meant.
        if all(covers(taken, (holder.client, holder.clock)) for holder in holders):
            for holder in holders:
                _add(typed, item)
                _add(hidden, holder)
                for value in holder.strand.keys.values() if holder.strand is not None else ():
                    _add(hidden, value)
    if not hidden.ranges():
        return None
    kept = hidden.missing(inspect_update(everything).deletions)
    shown = with_deletions(everything, kept)
    return Rescue(shown, compact([before, *late, restoring]), typed)


def _is_typed(item: Item) -> bool:
    return not item.deleted and item.key is None and item.kind in (Kind.STRING, Kind.EMBED)


def _deleted_holders(item: Item) -> list[Item]:
    holders: list[Item] = []
    parent = item.parent
    while parent is not None and parent.item is not None:
        holders.append(parent.item)
        parent = parent.item.parent
    return [holder for holder in holders if holder.deleted and holder.kind is Kind.TYPE]


def _add(ranges: Deletions, item: Item) -> None:
    ranges.add({item.client: ((item.clock, item.clock + item.length),)})

"""Taking back one person's edits, or those of a time, and leaving everyone else's.

An undo manager finds out what has to come back. What goes is decided here: everything that was
written then and is still there, but nothing that by now holds what others wrote (a paragraph one
person began and another went on with stays, without the first one's words).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collab.crdt.compaction import joined, merge
from collab.crdt.deletions import Deletions, encode_deletions
from collab.crdt.deletions import joined as without_overlaps
from collab.crdt.structs import Id, Kind, TypeName, with_deletions
from collab.crdt.undoing import NOTHING_TO_DO, undoing_update
from collab.crdt.update import inspect_update
from collab.crdt.weave import Item, Weave
from collab.history.attribution import Attribution, claims_of
from collab.history.merging import braids
from collab.history.records import Author, LogRow
from collab.history.returning import back_already
from collab.room.records import Claim

__all__ = ["Chosen", "put_back_by", "reverting_update"]

_FIRST_XML: Final = 3
"""Shared types from this number on are XML."""

Ranges = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which edits are to be taken back: one person's, those of some sequence numbers, or both."""

    author: str | None
    first: int
    last: int

    def is_in_time(self, row: LogRow) -> bool:
        """Return whether all of `row` lies within the sequence numbers."""
        return self.first <= row.first and row.sequence <= self.last

    def has(self, row: LogRow) -> bool:
        """Return whether `row` is to be taken back."""
        return self.is_in_time(row) and self.author in (None, row.author.id)


def reverting_update(
    base: bytes,
    rows: Sequence[LogRow],
    chosen: Chosen,
    written: Attribution,
    present: bytes,
    client_id: int,
) -> bytes:
    """Return the update that takes the chosen edits back in a document at state `present`.

    `rows` are all updates after the state `base`. Returns `NOTHING_TO_DO` when none of them shows any
    more. Raises `EngineFailure`.
    """
    if not any(chosen.has(row) for row in rows):
        return NOTHING_TO_DO
    mine = _written_then(base, rows, chosen, written)
    raw = joined([base, *(row.update for row in rows)])
    back = back_already(raw, _deleted_then(base, rows, chosen))
    edits = [edit for group in braids(rows) for edit in _edits(group, chosen, mine, back)]
    undone = undoing_update(base, edits, present, raw, client_id=client_id)
    gone = _going(Weave(present), mine)
    ours = inspect_update(undone)
    gone.setdefault(client_id, []).extend(ours.deletions.get(client_id, ()))
    deletions = {client: without_overlaps(spans) for client, spans in gone.items() if spans}
    if not deletions and not ours.clocks:
        return NOTHING_TO_DO
    return with_deletions(undone, deletions)


def _edits(
    group: Sequence[LogRow], chosen: Chosen, mine: Deletions, back: Deletions
) -> Iterator[tuple[bytes, bool]]:
    """Yield the updates of `group`, each with whether it is to be undone.

    Rows that need each other come together; to be undone is then what the chosen ones deleted of
    others. What they wrote goes anyway. What is `back` already is not undone again.
    """
    if len(group) == 1 and not chosen.has(group[0]):
        yield group[0].update, False
        return
    theirs, taken, rest = Deletions(), Deletions(), Deletions()
    theirs.add(back.ranges())
    for row in group:
        if not chosen.has(row):
            theirs.add(inspect_update(row.update).deletions)
    for row in group:
        if chosen.has(row):
            deleted = inspect_update(row.update).deletions
            taken.add(theirs.missing(mine.missing(deleted) if len(group) > 1 else deleted))
    whole = merge([row.update for row in group])
    rest.add(taken.missing(inspect_update(whole).deletions))
    if len(group) == 1:
        yield with_deletions(whole, taken.ranges()), True
        yield b"\0" + encode_deletions(rest.ranges()), False
    else:
        yield with_deletions(whole, rest.ranges()), False
        yield b"\0" + encode_deletions(taken.ranges()), True


def put_back_by(
    base: bytes,
    rows: Sequence[LogRow],
    chosen: Chosen,
    written: Attribution,
    update: bytes,
    client_id: int,
) -> tuple[Claim, ...]:
    """Return whose words `update`, which `client_id` takes edits back with, puts back.

    They are copies, in the same order, of what the chosen edits deleted. Empty when there are none or
    they cannot be told. Raises `EngineFailure`.
    """
    if client_id not in inspect_update(update).clocks:
        return ()
    weave = Weave(joined([base, *(row.update for row in rows), update]))
    taken = _deleted_then(base, rows, chosen)
    copies: list[tuple[str, int]] = []
    originals: list[tuple[str, Author | None]] = []
    for item in _in_reading_order(weave):
        if item.client == client_id and not item.deleted:
            copies += [(unit, item.clock + n) for n, unit in enumerate(_units(item))]
        elif item.deleted and taken.overlap(
            {item.client: ((item.clock, item.clock + item.length),)}
        ):
            parts = written.parts(item.client, item.clock, item.length)
            authors = [author for length, author in parts for _ in range(length)]
            originals += [
                (unit, authors[n])
                for n, unit in enumerate(_units(item))
                if taken.has(item.client, item.clock + n) and not _is_chosen(authors[n], chosen)
            ]
    if [unit for unit, _ in copies] != [unit for unit, _ in originals]:
        return ()
    placed = zip((clock for _, clock in copies), (author for _, author in originals), strict=True)
    return claims_of(client_id, placed)


def _is_chosen(author: Author | None, chosen: Chosen) -> bool:
    return chosen.author is not None and author is not None and author.id == chosen.author


def _units(item: Item) -> list[str]:
    """Return the text of `item` by UTF-16 units, which is how clocks count it."""
    units = item.text.encode("utf-16-le", "surrogatepass")
    return [units[n : n + 2].hex() for n in range(0, len(units), 2)]


def _in_reading_order(weave: Weave) -> Iterator[Item]:
    """Yield every item in a list, deleted or not, and behind a type what is in it."""
    for _, root in sorted(weave.roots.items()):
        waiting = [iter(root)]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
                continue
            yield item
            if item.strand is not None:
                waiting.append(iter(item.strand))


def _deleted_then(base: bytes, rows: Iterable[LogRow], chosen: Chosen) -> Deletions:
    """Return what was deleted by edits to be taken back, and by nobody before."""
    known, taken = Deletions(), Deletions()
    known.add(inspect_update(base).deletions)
    for row in rows:
        deletions = inspect_update(row.update).deletions
        if deletions and chosen.has(row):
            taken.add(known.missing(deletions))
        known.add(deletions)
    return taken


def _written_then(
    base: bytes, rows: Iterable[LogRow], chosen: Chosen, written: Attribution
) -> Deletions:
    """Return the clocks that came with edits to be taken back, as a set of ranges."""
    known = {client: end for client, (_, end) in inspect_update(base).clocks.items()}
    mine = Deletions()
    for row in rows:
        for client, (start, end) in inspect_update(row.update).clocks.items():
            clock = max(start, known.get(client, 0))
            known[client] = max(end, known.get(client, 0))
            if clock >= end or not chosen.is_in_time(row):
                continue
            for length, author in written.parts(client, clock, end - clock):
                if chosen.author is None or (author is not None and author.id == chosen.author):
                    mine.add({client: ((clock, clock + length),)})
                clock += length
    return mine


def _going(weave: Weave, mine: Deletions) -> Ranges:
    """Return what of `mine` is still there and holds nothing of anybody else."""
    holders = _holders(weave, mine)
    going: Ranges = {}
    for item in weave.items():
        if item.deleted or (item.client, item.clock) in holders:
            continue
        parent = item.parent.item if item.parent is not None else None
        if _is_attribute(item) and parent is not None and _id(parent) in holders:
            # What stays keeps its attributes: a heading without its level would be none.
            continue
        ranges: Mapping[int, Sequence[tuple[int, int]]] = {
            item.client: ((item.clock, item.clock + item.length),)
        }
        others = mine.missing(ranges).get(item.client, [])
        going.setdefault(item.client, []).extend(_without(ranges[item.client][0], others))
    return going


def _holders(weave: Weave, mine: Deletions) -> set[Id]:
    """Return the types that hold something others wrote, however deep in them it stands."""
    holders: set[Id] = set()
    for item in weave.items():
        if item.deleted or item.kind is Kind.FORMAT or _is_attribute(item):
            continue
        if not mine.missing({item.client: ((item.clock, item.clock + item.length),)}):
            continue
        parent = item.parent
        while parent is not None and parent.item is not None and _id(parent.item) not in holders:
            holders.add(_id(parent.item))
            parent = parent.item.parent
    return holders


def _is_attribute(item: Item) -> bool:
    """Return whether `item` says something about a block, rather than being something in a map."""
    holder = item.parent.item if item.parent is not None else None
    content = holder.content if holder is not None else None
    return item.key is not None and isinstance(content, TypeName) and content.ref >= _FIRST_XML


def _id(item: Item) -> Id:
    return item.client, item.clock


def _without(span: tuple[int, int], parts: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Yield what of `span` is not in `parts`, which lie in it and are sorted."""
    clock, end = span
    for start, stop in parts:
        if clock < start:
            yield clock, start
        clock = stop
    if clock < end:
        yield clock, end

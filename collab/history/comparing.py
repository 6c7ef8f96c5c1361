"""What changed between two moments and by whom, and who wrote what stands there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collab.crdt.replica import EngineFailure
from collab.crdt.roots import root_kinds
from collab.crdt.tree import read_roots
from collab.crdt.update import RootKind, inspect_update
from collab.crdt.weave import Weave
from collab.errors import InvalidRequest, Unavailable
from collab.history.attribution import Attribution, authors_of, removers_of
from collab.history.authored import Reader, Written
from collab.history.diff import BlockChange, ValueChange, diff_blocks, diff_values
from collab.history.moments import Moment, Moments
from collab.history.ports import HistoryStore
from collab.history.records import Author, LogRow, Owners

__all__ = ["Authorship", "Comparing", "Difference"]

_TEXTUAL: Final = (RootKind.XML, RootKind.TEXT)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two moments."""

    first: int
    last: int
    authors: Sequence[Author]
    blocks: Sequence[BlockChange]
    values: Sequence[ValueChange]


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who wrote what stands in a document at a moment."""

    sequence: int
    authors: Mapping[str, tuple[Author, int]]
    """Per author id: who it is, and how many characters are theirs."""
    roots: Mapping[str, Sequence[Written]]
    owners: Owners


class Comparing:
    """Compares moments, and attributes what stands there."""

    def __init__(self, store: HistoryStore, moments: Moments) -> None:
        self._store = store
        self._moments = moments

    async def difference(self, document: str, first: str, last: str) -> Difference:
        """Return what changed from the moment `first` to the moment `last`.

        Raises `InvalidRequest` when `first` is the later one, and as `Moments.find` does.
        """
        before = await self._moments.find(document, first)
        after = await self._moments.find(document, last)
        if before.sequence > after.sequence:
            message = "from must not be later than to; exchange the two."
            raise InvalidRequest(message)
        key = before.document.key
        rows = await self._store.rows(key, before.sequence, after.sequence)
        owners = await self._store.owners(key)
        return await self._moments.work(_difference, before, after, rows, owners)

    async def foresee(
        self, present: Moment, state: bytes, by: Author, owners: Owners
    ) -> Difference:
        """Return what changes when `by` makes the document at moment `present` hold `state`."""
        return await self._moments.work(_foreseen, present, state, by, owners)

    async def authorship(self, document: str) -> Authorship:
        """Return who wrote what stands in the document now. Raises `NotFound`, `Unavailable`."""
        moment = await self._moments.find(document, "now")
        owners = await self._store.owners(moment.document.key)
        return await self._moments.work(_authorship, moment, owners)


def _difference(
    before: Moment, after: Moment, rows: Sequence[LogRow], owners: Owners
) -> Difference:
    removed = removers_of(rows, gone=inspect_update(before.state).deletions)
    people = [row.author for row in rows]
    ends = (before.sequence, after.sequence)
    return _compared(ends, (before.state, after.state), owners, removed, people)


def _foreseen(present: Moment, state: bytes, by: Author, owners: Owners) -> Difference:
    row = LogRow(0, 0, by, present.document.updated_at, state)
    removed = removers_of([row], gone=inspect_update(present.state).deletions)
    ends = (present.sequence, present.sequence)
    return _compared(ends, (present.state, state), owners, removed, [by])


def _compared(
    ends: tuple[int, int],
    states: tuple[bytes, bytes],
    owners: Owners,
    removed: Attribution,
    people: Sequence[Author],
) -> Difference:
    written = authors_of(owners)
    woven = [Weave(state) for state in states]
    readers = (Reader(woven[0], written, removed), Reader(woven[1], written))
    try:
        kinds = [root_kinds(state) for state in states]
        plain = [read_roots(state) for state in states]
    except EngineFailure as failure:
        message = "This document cannot be read at the moment; its edits are safe."
        raise Unavailable(message) from failure
    blocks: list[BlockChange] = []
    values: list[ValueChange] = []
    for root, kind in _kinds(*kinds).items():
        if kind in _TEXTUAL:
            blocks += diff_blocks(*(reader.blocks(root, kind) for reader in readers))
        else:
            values += diff_values(root, *(_plain(roots, root) for roots in plain))
    named = {author.id: author for claims in owners.values() for _, author in claims}
    named.update((author.id, author) for author in people)
    shown = {change.author for change in blocks}
    shown |= {segment.author for change in blocks for segment in change.segments}
    authors = [author for id_, author in named.items() if id_ in shown]
    return Difference(*ends, authors, blocks, values)


def _kinds(before: Mapping[str, RootKind], after: Mapping[str, RootKind]) -> Mapping[str, RootKind]:
    """Return the kinds of all roots; one that is empty at one moment shows at the other."""
    kinds = dict(before)
    for root, kind in after.items():
        if kinds.get(root, RootKind.UNKNOWN) is RootKind.UNKNOWN:
            kinds[root] = kind
    return {root: kind for root, kind in kinds.items() if kind is not RootKind.UNKNOWN}


def _plain(roots: Mapping[str, object], root: str) -> object:
    return getattr(roots.get(root), "value", None)


def _authorship(moment: Moment, owners: Owners) -> Authorship:
    reader = Reader(Weave(moment.state), authors_of(owners))
    named = {author.id: author for claims in owners.values() for _, author in claims}
    roots: dict[str, Sequence[Written]] = {}
    counts: dict[str, int] = {}
    for root, kind in root_kinds(moment.state).items():
        if kind not in _TEXTUAL:
            continue
        roots[root] = runs = reader.runs(root, kind)
        for run in runs:
            if run.author is not None:
                counts[run.author] = counts.get(run.author, 0) + len(run.text)
    busiest = sorted(counts.items(), key=lambda count: -count[1])
    authors = {id_: (named[id_], count) for id_, count in busiest}
    return Authorship(moment.sequence, authors, roots, owners)

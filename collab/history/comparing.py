"""What changed between two moments and by whom, and who wrote what stands there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from collab.crdt.replica import EngineFailure
from collab.crdt.roots import root_kinds
from collab.crdt.structs import Id, Kind
from collab.crdt.tree import read_roots
from collab.crdt.update import RootKind, inspect_update
from collab.crdt.weave import Strand, Weave
from collab.errors import InvalidRequest, Unavailable
from collab.history.attribution import Attribution, authors_of, removers_of
from collab.history.authored import Reader, Written
from collab.history.diff import BlockChange, Path, ValueChange, diff_blocks, diff_values
from collab.history.moments import Moment, Moments
from collab.history.ports import HistoryStore
from collab.history.records import Author, LogRow, Owners

__all__ = ["Authorship", "Comparing", "Difference", "compared"]

_TEXTUAL: Final = (RootKind.XML, RootKind.TEXT)
Holder = tuple[Id, Strand | None]
"""Where a value was put into a map or array, and the shared type it is, if it is one."""


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
    return compared(ends, (before.state, after.state), owners, removed, people)


def _foreseen(present: Moment, state: bytes, by: Author, owners: Owners) -> Difference:
    row = LogRow(0, 0, by, present.document.updated_at, state)
    removed = removers_of([row], gone=inspect_update(present.state).deletions)
    ends = (present.sequence, present.sequence)
    return compared(ends, (present.state, state), owners, removed, [by])


def compared(
    ends: tuple[int, int],
    states: tuple[bytes, bytes],
    owners: Owners,
    removed: Attribution,
    people: Sequence[Author],
) -> Difference:
    """Return what changed from the first state to the second.

    `removed` is who deleted what in between, and `people` who did anything; `owners` know the rest.
    Raises `Unavailable` when the engine cannot read a state.
    """
    written = authors_of(owners)
    woven = [Weave(state) for state in states]
    news = authors_of(_since(states[0], owners))
    readers = (Reader(woven[0], written, removed), Reader(woven[1], written, removed, news))
    changers = _Changers(woven, removed, news)
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
            found = diff_values(root, *(_plain(roots, root) for roots in plain))
            values += (replace(change, author=changers.of(change)) for change in found)
    named = {author.id: author for claims in owners.values() for _, author in claims}
    named.update((author.id, author) for author in people)
    shown = {change.author for change in blocks} | {change.author for change in values}
    shown |= {segment.author for change in blocks for segment in change.segments}
    authors = [author for id_, author in named.items() if id_ in shown]
    return Difference(*ends, authors, blocks, values)


def _since(state: bytes, owners: Owners) -> Owners:
    """Return who owns what was written after `state`."""
    known = {client: end for client, (_, end) in inspect_update(state).clocks.items()}
    return {
        client: [(max(first, known.get(client, 0)), author) for first, author in claims]
        for client, claims in owners.items()
    }


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


# --- who changed values ---


class _Changers:
    """Finds out who changed values in maps and arrays, by what holds them in both moments."""

    def __init__(self, woven: Sequence[Weave], removed: Attribution, news: Attribution) -> None:
        self._before, self._after = (_Holders(weave) for weave in woven)
        self._removed = removed
        self._news = news

    def of(self, change: ValueChange) -> str | None:
        """Return who wrote what holds the value now, or else who removed what held it before."""
        place = change.place_after
        if place is None and isinstance(change.path[-1], str):
            # A key that is gone remembers what it held last, and so who was the last to empty it.
            place = change.path
        now = self._after.of(change.root, place)
        then = self._before.of(change.root, change.place_before)
        people = chain(
            # Whatever stands around it was there before it: only the innermost can be new.
            (self._removed.of(*place) for place, _ in now[-1:]),
            (self._news.of(*place) for place, _ in now[-1:]),
            _inside(now, self._news),
            (self._removed.of(*place) for place, _ in reversed(then)),
            _inside(then, self._removed),
        )
        return next((author.id for author in people if author is not None), None)


class _Holders:
    """Finds what holds the values of maps and arrays in a woven moment."""

    def __init__(self, weave: Weave) -> None:
        self._weave = weave
        self._arrays: dict[Strand, list[Holder]] = {}

    def of(self, root: str, path: Path | None) -> list[Holder]:
        """Return what leads to a value, outermost first; shared types may end before the path."""
        strand = self._weave.roots.get(root)
        holders: list[Holder] = []
        for step in path or ():
            holder = None if strand is None else self._at(strand, step)
            if holder is None:
                break
            holders.append(holder)
            strand = holder[1]
        return holders

    def _at(self, strand: Strand, step: str | int) -> Holder | None:
        if isinstance(step, str):
            item = strand.keys.get(step)
            return None if item is None else ((item.client, item.clock), item.strand)
        if strand not in self._arrays:
            # Where all of a large array changed, each of its values is asked for.
            self._arrays[strand] = [
                ((item.client, item.clock + n), item.strand)
                for item in strand.visible()
                if item.kind is not Kind.FORMAT
                for n in range(item.length)
            ]
        array = self._arrays[strand]
        return array[step] if step < len(array) else None


def _inside(holders: Sequence[Holder], people: Attribution) -> Iterator[Author | None]:
    """Yield who is behind each part of what the innermost holder lists: a shared text is one value."""
    strand = holders[-1][1] if holders else None
    for item in () if strand is None else strand.visible():
        yield from (who for _, who in people.parts(item.client, item.clock, item.length))

"""What changed between two moments of a document: block by block, word by word, and by whom."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, groupby, pairwise
from typing import Final

from collab.history.alignment import Run, align, without_confetti, word_weight
from collab.history.pairing import Block, Leaf, Piece, moves, pairs_in_order, stayed

__all__ = [
    "Block",
    "BlockChange",
    "Change",
    "Piece",
    "Segment",
    "TextChange",
    "ValueChange",
    "diff_blocks",
    "diff_values",
]


class Change(StrEnum):
    """What became of a block."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED_HERE = "movedHere"
    MOVED_AWAY = "movedAway"


class TextChange(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    FORMATTED = "formatted"


_REACH: Final = 200
"""How many letters a stretch of changed text is slid to find out who changed it."""

People = list[str | None]
"""Who did something to each letter of a text."""
Path = tuple[str | int, ...]
"""Keys, and places in arrays, from a root to a value."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a block's text and what became of it."""

    change: TextChange
    text: str
    marks: Mapping[str, object]
    """Formatting it has; what is removed, had."""
    marks_before: Mapping[str, object] | None = None
    """The formatting it had, if that changed."""
    author: str | None = None
    """Who added, removed or formatted it."""


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One block and what became of it."""

    change: Change
    kind: str
    path: tuple[str, ...]
    attributes: Mapping[str, object]
    segments: tuple[Segment, ...]
    attributes_before: Mapping[str, object] | None = None
    """Its attributes before, if they changed."""
    kind_before: str | None = None
    author: str | None = None
    """Who added, removed or moved it, or changed its kind or attributes."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value outside of text that changed; None stands for one that is not there, too."""

    root: str
    path: Path
    before: object
    after: object
    place_before: Path | None
    """Its path in the earlier moment; None if it was not there."""
    place_after: Path | None
    author: str | None = None
    """Who changed it; not known to who compares values alone."""


def diff_blocks(before: Sequence[Block], after: Sequence[Block]) -> list[BlockChange]:
    """Return what became of every block, in the later reading order, removed ones where they were.

    The text of the blocks that are not added or moved here, without what is added, is `before`; that of
    those not removed or moved away, without what is removed, is `after`.
    """
    old, new = [Leaf(block) for block in before], [Leaf(block) for block in after]
    pairs = pairs_in_order(old, new)
    moved = moves(old, new, pairs)
    origins = {j: i for i, j in moved.items()}
    named = {leaf.key: leaf for leaf in old if leaf.key is not None}
    changes: list[BlockChange] = []
    row = column = 0
    for i, j in [*pairs, (len(old), len(new))]:
        changes += (_gone(old[gone], is_moved=gone in moved) for gone in range(row, i))
        changes += (
            _compared(old[origins[come]], new[come], named, is_moved=True)
            if come in origins
            else _come(new[come], named.get(new[come].key))
            for come in range(column, j)
        )
        if i < len(old):
            changes.append(_compared(old[i], new[j], named))
        row, column = i + 1, j + 1
    return changes


def diff_values(root: str, before: object, after: object) -> list[ValueChange]:
    """Return the paths in a map or array root (as JSON values) where the two differ.

    Places in an array count in the later one; those of what is removed, in the earlier. A root that is
    not there (None) is an empty one.
    """
    if before is None or after is None:
        empty: object = [] if isinstance(before or after, list) else {}
        before, after = (empty if side is None else side for side in (before, after))
    return list(_values(root, (), (), before, after))


# --- what became of it ---


def _gone(leaf: Leaf, *, is_moved: bool) -> BlockChange:
    block = leaf.block
    author = block.remover or _most((piece.remover, piece.text) for piece in block.pieces)
    segments = (
        # Who takes a block away takes the text away that nobody had taken by itself.
        Segment(TextChange.REMOVED, p.text, p.marks, author=p.remover or author)
        if not is_moved
        else Segment(TextChange.SAME, p.text, p.marks)
        for p in block.pieces
    )
    change = Change.MOVED_AWAY if is_moved else Change.REMOVED
    joined = _joined(segments)
    return BlockChange(change, block.kind, block.path, block.attributes, joined, author=author)


def _come(leaf: Leaf, was: Leaf | None) -> BlockChange:
    """Return that a block came; `was` is the same element before, if it said something else then."""
    block = leaf.block
    authors, author = leaf.authors, block.author
    if was:
        # Not new are the element and what stayed in it; who made it look so, nobody can tell.
        authors, author = _without(authors, stayed(was, leaf)[0]), None
    author = author or _most(zip(authors, leaf.text, strict=True))
    segments = _joined(_shown(TextChange.ADDED, leaf, 0, authors))
    return BlockChange(
        Change.ADDED, block.kind, block.path, block.attributes, segments, author=author
    )


def _compared(
    old: Leaf, new: Leaf, named: Container[Hashable], *, is_moved: bool = False
) -> BlockChange:
    """Return how `old` became `new`; `named` are the elements there were before."""
    before, after = old.block, new.block
    segments = _joined(_Rewording(old, new).segments())
    is_same = (
        (before.kind, before.path) == (after.kind, after.path)
        and before.attributes == after.attributes
        and all(segment.change is TextChange.SAME for segment in segments)
    )
    change = Change.SAME if is_same else Change.CHANGED
    changer = after.changer(before, is_new=after.key not in named)
    return BlockChange(
        Change.MOVED_HERE if is_moved else change,
        after.kind,
        after.path,
        after.attributes,
        segments,
        attributes_before=None if before.attributes == after.attributes else before.attributes,
        kind_before=None if before.kind == after.kind else before.kind,
        author=_maker(after) if is_moved else changer,
    )


def _maker(block: Block) -> str | None:
    return block.author or _most((piece.author, piece.text) for piece in block.pieces)


def _most(shares: Iterable[tuple[str | None, str]]) -> str | None:
    """Return whose share of the text is largest."""
    sizes: Counter[str] = Counter()
    for author, text in shares:
        if author is not None:
            sizes[author] += len(text)
    return max(sizes, key=lambda author: sizes[author], default=None)


def _joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments, neighbours that differ in their text alone as one."""

    def fields(segment: Segment) -> tuple[object, ...]:
        return segment.change, segment.marks, segment.marks_before, segment.author

    groups = (list(group) for _, group in groupby((s for s in segments if s.text), key=fields))
    return tuple(
        group[0] if len(group) == 1 else replace(group[0], text="".join(s.text for s in group))
        for group in groups
    )


class _Rewording:
    """How the text of one block became that of another, and who did it.

    The elements know who wrote and who removed each letter, but people read words: who adds a letter to
    a word replaced it. So each letter of a replaced word that is still there, or was there already, is
    put down to whoever changed the letters next to it.
    """

    def __init__(self, old: Leaf, new: Leaf) -> None:
        self._old = old
        self._new = new
        self._runs = [Run(0, 0, 1)]
        self._offsets = [0, len(old.text)], [0, len(new.text)]
        self._removers: People = [None] * len(old.text)
        self._authors: People = [None] * len(new.text)
        if old.text != new.text:
            runs = align(old.tokens, new.tokens, word_weight)
            self._offsets = _offsets(old.tokens), _offsets(new.tokens)
            self._people, self._is_sure = self._known()
            for befores, afters, _ in self._stretches(runs):
                # As many words as before: each stands for the one in its place.
                is_word_by_word = len(befores) == len(afters)
                words = zip(pairwise(befores), pairwise(afters), strict=True)
                for ends in words if is_word_by_word else [(befores, afters)]:
                    self._put_down(*ends)
            self._runs = without_confetti(runs, old.tokens, new.tokens)

    def segments(self) -> Iterator[Segment]:
        """Yield what became of the text, in order, removed text before what came for it."""
        for befores, afters, kept in self._stretches(self._runs):
            yield from self._changed(TextChange.REMOVED, self._old, befores, self._removers)
            yield from self._changed(TextChange.ADDED, self._new, afters, self._authors)
            yield from self._kept(befores[-1], afters[-1], kept)

    @staticmethod
    def _changed(
        change: TextChange, leaf: Leaf, offsets: Sequence[int], people: People
    ) -> Iterator[Segment]:
        changers = people[offsets[0] : offsets[-1]]
        # What was kept between two replaced words is shown as replaced with the one before.
        _settle(changers, offsets, _first(changers))
        return _shown(change, leaf, offsets[0], changers)

    def _stretches(self, runs: Sequence[Run]) -> Iterator[tuple[Sequence[int], Sequence[int], int]]:
        """Yield where in both texts the tokens between runs start and end, and the length of the run."""
        row = column = 0
        befores, afters = self._offsets
        for run in [*runs, Run(len(befores) - 1, len(afters) - 1, 0)]:
            end = befores[run.before + run.length]
            length = end - befores[run.before]
            yield befores[row : run.before + 1], afters[column : run.after + 1], length
            row, column = run.before + run.length, run.after + run.length

    def _kept(self, old_start: int, new_start: int, length: int) -> Iterator[Segment]:
        shift = new_start - old_start
        for start, end, piece in self._new.cut(new_start, new_start + length):
            for first, last, was in self._old.cut(start - shift, end - shift):
                text = self._old.text[first:last]
                if was.marks == piece.marks:
                    yield Segment(TextChange.SAME, text, piece.marks)
                else:
                    yield Segment(
                        TextChange.FORMATTED, text, piece.marks, was.marks, piece.formatter(was)
                    )

    def _put_down(self, befores: Sequence[int], afters: Sequence[int]) -> None:
        """Note who removed the words between these offsets before, who wrote those after."""
        gone, come = slice(befores[0], befores[-1]), slice(afters[0], afters[-1])
        removers, authors = self._people[0][gone], self._people[1][come]
        is_sure = self._is_sure
        if not is_sure:
            there, is_sure = stayed(self._old, self._new, gone, come)
            authors = _without(authors, there)
        remover, author = _first(removers), _first(authors)
        if not (remover or author):
            remover = _slid(self._old.text, gone, self._people[0])
            author = _slid(self._new.text, come, self._people[1]) if is_sure else None
        # A word that somebody only typed into was taken away by them, too.
        _settle(removers, befores, remover or (author if is_sure else None))
        _settle(authors, afters, author or remover)
        self._removers[gone], self._authors[come] = removers, authors

    def _known(self) -> tuple[tuple[People, People], bool]:
        """Return who removed each letter before and wrote each new one after; whether that is sure."""
        there, is_sure = stayed(self._old, self._new)
        authors = self._new.authors
        if is_sure:
            authors = _without(authors, there)
        return (self._old.removers, authors), is_sure


def _without(people: People, there: Sequence[bool]) -> People:
    return [None if old else who for old, who in zip(there, people, strict=True)]


def _first(people: Iterable[str | None]) -> str | None:
    return next((who for who in people if who is not None), None)


def _slid(text: str, stretch: slice, people: Sequence[str | None]) -> str | None:
    """Return who changed a letter that `stretch` of `text` could cover as well, reading the same.

    Of `so so`, the one `so` may be new or the other: the text cannot tell, its letters can.
    """
    for step in (-1, 1):
        start: int = stretch.start
        end: int = stretch.stop
        for _ in range(_REACH if start < end else 0):
            entering, leaving = (start - 1, end - 1) if step < 0 else (end, start)
            if not 0 <= entering < len(text) or text[entering] != text[leaving]:
                break
            if people[entering] is not None:
                return people[entering]
            start, end = start + step, end + step
    return None


def _settle(people: People, offsets: Sequence[int], otherwise: str | None) -> None:
    """Put each letter that is nobody's down to its neighbour in its word, or to the word before."""
    for first, last in pairwise(offset - offsets[0] for offset in offsets):
        who = _first(people[first:last]) or otherwise
        for place in range(first, last):
            who = people[place] = people[place] or who
        otherwise = who


def _shown(change: TextChange, leaf: Leaf, start: int, people: People) -> Iterator[Segment]:
    """Yield the text from `start` on, a letter for each of `people`, as changed by them."""
    for first, last, piece in leaf.cut(start, start + len(people)):
        place = first
        for who, letters in groupby(people[first - start : last - start]):
            stop = place + sum(1 for _ in letters)
            yield Segment(change, leaf.text[place:stop], piece.marks, author=who)
            place = stop


def _offsets(words: Iterable[str]) -> list[int]:
    return list(accumulate(map(len, words), initial=0))


# --- values ---


def _values(
    root: str, earlier: Path, later: Path, before: object, after: object
) -> Iterator[ValueChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            old, new = (*earlier, key), (*later, key)
            if key not in after:
                yield ValueChange(root, new, before[key], None, old, None)
            elif key not in before:
                yield ValueChange(root, new, None, after[key], None, new)
            else:
                yield from _values(root, old, new, before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(root, earlier, later, before, after)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield ValueChange(root, later, before, after, earlier, later)


def _items(
    root: str, earlier: Path, later: Path, before: list[object], after: list[object]
) -> Iterator[ValueChange]:
    old, new = ([json.dumps(item, sort_keys=True) for item in side] for side in (before, after))
    row = column = 0
    for run in [*align(old, new, lambda _: 1), Run(len(before), len(after), 0)]:
        while row < run.before and column < run.after:
            here, there = (*earlier, row), (*later, column)
            yield from _values(root, here, there, before[row], after[column])
            row, column = row + 1, column + 1
        for n in range(row, run.before):
            yield ValueChange(root, (*later, n), before[n], None, (*earlier, n), None)
        for n in range(column, run.after):
            yield ValueChange(root, (*later, n), None, after[n], None, (*later, n))
        row, column = run.before + run.length, run.after + run.length

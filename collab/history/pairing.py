"""Which blocks of two moments are the same one: by who they are, and by what they say."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from collab.history.alignment import (
    Run,
    align,
    heaviest_chain,
    is_word,
    likely_pairs,
    tokens,
)

__all__ = ["Block", "Leaf", "Piece", "moves", "pairs_in_order", "stayed"]

_NEAR: Final = 0.5
"""From this closeness on, two blocks are one that was edited."""
_VERY_NEAR: Final = 0.8
"""From this closeness on, a block that is gone and one that came are one that was moved."""
_FEW: Final = 3
"""Fewer words than this turn up in two places by chance."""
_ABSENT: Final = object()
"""Stands for what is not there, where None is a value."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text with the formatting it has throughout, by one author."""

    text: str
    marks: Mapping[str, object]
    author: str | None
    """Who wrote it."""
    remover: str | None = None
    """In the earlier moment: who deleted it later, if anybody."""
    marks_by: Mapping[str, str | None] = field(default_factory=dict)
    """In the later moment: who set each kind of formatting, or ended it, since the earlier one."""
    marks_removed_by: Mapping[str, str | None] = field(default_factory=dict)
    """In the earlier moment: who later removed what sets, or ends, each kind of formatting here."""

    def formatter(self, was: Piece) -> str | None:
        """Return who gave it another formatting than it had when it was `was`."""
        return _changer(was.marks, self.marks, self.marks_by, was.marks_removed_by)


@dataclass(frozen=True, slots=True)
class Block:
    """A leaf block: paragraph, heading, code block, rule, image; what is in list items and cells."""

    kind: str
    path: tuple[str, ...]
    """Types of what it stands in, outermost first."""
    attributes: Mapping[str, object]
    pieces: tuple[Piece, ...]
    author: str | None = None
    """Who made the block itself."""
    remover: str | None = None
    """In the earlier moment: who deleted it later, if anybody."""
    key: Hashable = None
    """Which element it is; equal in both moments if it is the same one."""
    attributes_by: Mapping[str, str | None] = field(default_factory=dict)
    """In the later moment: who set each attribute, or took it away, since the earlier one."""
    attributes_removed_by: Mapping[str, str | None] = field(default_factory=dict)
    """In the earlier moment: who later removed each attribute, or set it anew."""

    def changer(self, was: Block, *, is_new: bool) -> str | None:
        """Return who made what was `was` another kind of block, or said something else of it.

        `is_new` tells whether the element was not there in the earlier moment.
        """
        who = None
        if (self.kind, self.path) != (was.kind, was.path):
            # An element stays what and where it is: somebody wrote its text into another one.
            who = self.author if is_new else was.remover
        return who or _changer(
            was.attributes, self.attributes, self.attributes_by, was.attributes_removed_by
        )


class Leaf:
    """A block with what is asked of it again and again."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.key = block.key
        self.text = "".join(piece.text for piece in block.pieces)
        # What it says, whatever kind of block says it; without text, the kind is all there is.
        self.says: Hashable = self.text or (block.kind, repr(sorted(block.attributes.items())))

    @cached_property
    def tokens(self) -> list[str]:
        """The text in words, spaces and single characters."""
        return tokens(self.text)

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word is in the text; if it has none, each character."""
        return Counter(filter(is_word, self.tokens)) or Counter(self.tokens)

    @cached_property
    def size(self) -> int:
        """How many words there are."""
        return self.words.total()

    @cached_property
    def bag(self) -> set[Hashable]:
        """What makes the block likely to be the same as one that shares some of it."""
        identity = [] if self.key is None else [("key", self.key)]
        # Two words in a row are telling where each of them is everywhere.
        rows = pairwise(filter(is_word, self.tokens))
        return {("says", self.says), *identity, *rows}

    @cached_property
    def ends(self) -> list[int]:
        """Where each piece ends in the text."""
        return list(accumulate(len(piece.text) for piece in self.block.pieces))

    @property
    def authors(self) -> list[str | None]:
        """Who wrote each letter."""
        return [piece.author for piece in self.block.pieces for _ in piece.text]

    @property
    def removers(self) -> list[str | None]:
        """Who removed each letter later."""
        return [piece.remover for piece in self.block.pieces for _ in piece.text]

    def cut(self, start: int, end: int) -> Iterator[tuple[int, int, Piece]]:
        """Yield the parts of the text from `start` to `end`, and the pieces they are of."""
        place = bisect_right(self.ends, start)
        while start < end:
            stop = min(end, self.ends[place])
            if start < stop:
                yield start, stop, self.block.pieces[place]
            start, place = stop, place + 1


def stayed(
    old: Leaf, new: Leaf, gone: slice = slice(None), come: slice = slice(None)
) -> tuple[list[bool], bool]:
    """Return which letters of `new` were in `old`, and whether that accounts for all of those.

    Letters that nobody removed are all still there, in order and by the same author.
    """
    letters = [
        (letter, piece.author)
        for start, end, piece in old.cut(*gone.indices(len(old.text))[:2])
        if piece.remover is None
        for letter in old.text[start:end]
    ]
    there: list[bool] = []
    found = 0
    for start, end, piece in new.cut(*come.indices(len(new.text))[:2]):
        for letter in new.text[start:end]:
            is_there = found < len(letters) and letters[found] == (letter, piece.author)
            there.append(is_there)
            found += is_there
    return there, found == len(letters)


def _changer(
    before: Mapping[str, object],
    after: Mapping[str, object],
    setters: Mapping[str, str | None],
    removers: Mapping[str, str | None],
) -> str | None:
    """Return who made `before` into `after`: of several, whoever is behind the first name."""
    for name in {**after, **before}:
        if before.get(name, _ABSENT) != after.get(name, _ABSENT):
            who = setters.get(name) or removers.get(name)
            if who is not None:
                return who
    return None


# --- which block is which ---


def pairs_in_order(old: Sequence[Leaf], new: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Return which blocks are the same one, of those that kept their order."""
    pairs: list[tuple[int, int]] = []
    for find in (_untouched, _equal, _edited, _edited):
        refined: list[tuple[int, int]] = []
        for (i, j), (bottom, right) in pairwise([(-1, -1), *pairs, (len(old), len(new))]):
            rows, columns = old[i + 1 : bottom], new[j + 1 : right]
            if rows and columns:
                refined += ((i + 1 + row, j + 1 + column) for row, column in find(rows, columns))
            refined.append((bottom, right))
        pairs = refined[:-1]
    return pairs


def _untouched(rows: Sequence[Leaf], columns: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Pair elements that are the same and say the same."""

    def weight(element: tuple[Hashable, Hashable]) -> int:
        return _weight(element[1]) if element[0] is None else 1 + len(str(element[1]))

    old, new = ([(leaf.key, leaf.says) for leaf in side] for side in (rows, columns))
    return _places(align(old, new, weight))


def _equal(rows: Sequence[Leaf], columns: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Pair what says the same: editors make elements anew when they split or join paragraphs."""
    old, new = ([leaf.says for leaf in side] for side in (rows, columns))
    return _places(align(old, new, _weight))


def _edited(rows: Sequence[Leaf], columns: Sequence[Leaf]) -> list[tuple[int, int]]:
    """Pair what says nearly the same, and elements that are the same."""
    likely = likely_pairs([leaf.bag for leaf in rows], [leaf.bag for leaf in columns])
    worths = ((i, j, _worth(rows[i], columns[j])) for i, j in likely)
    return heaviest_chain((i, j, worth) for i, j, worth in worths if worth)


def moves(
    old: Sequence[Leaf], new: Sequence[Leaf], pairs: Iterable[tuple[int, int]]
) -> dict[int, int]:
    """Return which blocks outside of `pairs` are the same one, in another place."""
    kept = [set(side) for side in zip(*pairs, strict=True)] or [set(), set()]
    gone, come = (sorted({*range(len(s))} - k) for s, k in zip((old, new), kept, strict=True))
    moved: dict[int, int] = {}
    for identity in (_named, _telling):
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for i in gone:
            waiting[identity(old[i])].append(i)
        waiting.pop(None, None)
        for j in come:
            if waiting[identity(new[j])]:
                moved[waiting[identity(new[j])].popleft()] = j
        gone = [i for i in gone if i not in moved]
        come = sorted({*come} - {*moved.values()})
    likely = likely_pairs([old[i].bag for i in gone], [new[j].bag for j in come])
    worths = [(_worth(old[gone[i]], new[come[j]]), gone[i], come[j]) for i, j in likely]
    taken = {*moved.values()}
    for _, i, j in sorted(worths, key=lambda found: (-found[0], *found[1:])):
        if i not in moved and j not in taken and _is_moved(old[i], new[j]):
            moved[i] = j
            taken.add(j)
    return moved


def _named(leaf: Leaf) -> Hashable:
    return None if leaf.key is None else (leaf.key, leaf.says)


def _telling(leaf: Leaf) -> Hashable:
    return leaf.says if leaf.size >= _FEW else None


def _is_moved(old: Leaf, new: Leaf) -> bool:
    closeness = _closeness(old, new)
    if old.key is not None and old.key == new.key:
        return closeness >= _NEAR
    return closeness >= _VERY_NEAR and min(old.size, new.size) > _FEW


def _places(runs: Iterable[Run]) -> list[tuple[int, int]]:
    return [(run.before + n, run.after + n) for run in runs for n in range(run.length)]


def _weight(says: Hashable) -> int:
    """Return how much a text weighs: nothing if it is so short that it may be a coincidence."""
    if not isinstance(says, str):
        return 0
    is_short = len(says) < 50 and sum(map(is_word, tokens(says))) < _FEW
    return 0 if is_short else len(says)


def _worth(old: Leaf, new: Leaf) -> float:
    """Return what is gained by showing `new` as `old` edited; 0 if they have nothing in common."""
    is_same = old.key is not None and old.key == new.key
    if is_same and _is_part(old.text, new.text):
        # Split or joined, the element that stayed is the one to show it at, however little it says.
        return 2 + max(old.size, new.size)
    closeness = _closeness(old, new)
    if closeness < _NEAR and not is_same:
        return 0
    return closeness**2 * (1 + min(old.size, new.size)) + is_same


def _is_part(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter != "" and (longer.startswith(shorter) or longer.endswith(shorter))


def _closeness(old: Leaf, new: Leaf) -> float:
    """Return which part of their words two blocks share, from 0 to 1."""
    if old.says == new.says:
        return 1
    shorter, longer = sorted((old, new), key=lambda leaf: leaf.size)
    if not shorter.text:
        # A line without an identity that was empty: somebody wrote in it, or emptied it.
        is_line = old.key is None and new.key is None and old.block.kind == new.block.kind
        return _NEAR if is_line and longer.text else 0
    least = _NEAR if shorter.size >= _FEW and _is_part(old.text, new.text) else 0
    if 2 * shorter.size < _NEAR * (shorter.size + longer.size):
        return least
    shared = (shorter.words & longer.words).total()
    return max(least, 2 * shared / (shorter.size + longer.size))

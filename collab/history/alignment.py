"""Which parts of two sequences belong together: the still arithmetic under a comparison.

Everything here is bounded: an alignment spends at most a fixed number of steps per element and then
leaves what is still open unmatched. A coarser answer is still a true one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise, product
from typing import Final, NamedTuple, TypeVar

__all__ = [
    "Effort",
    "Run",
    "align",
    "heaviest_chain",
    "is_word",
    "likely_pairs",
    "tokens",
    "without_confetti",
    "word_weight",
]

T = TypeVar("T", bound=Hashable)

_STEPS: Final = 16
"""Steps an alignment may spend per element of both sequences."""
_SPARE: Final = 4_096
"""Steps it may spend in any case: what all pairs of two sequences of 64 come to."""
_THOROUGH: Final = 4
"""Pairs per element that may all be tried at once; of more, the rarest first."""
_ONE_BY_ONE: Final = 64
"""Bags whose pairs are all tried; of more, only those that share something rare."""
_RARE: Final = 16
"""What more pairs than this share says nothing about any of them."""
_CANDIDATES: Final = 4
"""How many partners are tried for each bag where not all are."""

# Scripts written without spaces: a character, with the marks on it, stands for a word.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_EMOJI_PARTS: Final = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_FLAG: Final = "[\U0001f1e6-\U0001f1ff]{2}"


class Effort:
    """How many steps an alignment may still spend, and how many it has spent."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed
        self.spent = 0

    def spend(self, steps: int) -> None:
        """Count `steps` as spent."""
        self.left -= steps
        self.spent += steps


class Run(NamedTuple):
    """`length` elements that are equal in both sequences, from these places on."""

    before: int
    after: int
    length: int


@dataclass(frozen=True, slots=True)
class _Gap:
    """What lies between two runs: from `top` to `bottom` before, from `left` to `right` after."""

    top: int
    bottom: int
    left: int
    right: int


# --- words ---


def tokens(text: str) -> list[str]:
    """Return `text` cut into words, runs of spaces, line ends and single other characters.

    A character keeps the accents and emoji parts that follow it; scripts without spaces are cut into
    their characters. Joined, the tokens are `text` again.
    """
    return _pattern().findall(text)


def is_word(token: str) -> bool:
    """Return whether a token says something by itself: spaces and punctuation do not."""
    return _says_something(token[0])


def word_weight(token: str) -> int:
    """Return how much it counts that a token is kept: a word as long as it is, what is none nothing."""
    return len(token) if is_word(token) else 0


@cache
def _says_something(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] not in "PZ" and category not in {"Cc", "Cf"}


@cache
def _pattern() -> re.Pattern[str]:
    # `re` knows no class of combining marks. Looking them up takes 10 ms, once, and not at import.
    marked = "".join(
        chr(point)
        for point in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
        if unicodedata.category(chr(point))[0] == "M"
    )
    marks = f"[{re.escape(marked)}\u200c\u200d]"
    letter = rf"[^\W{_UNSPACED}]"
    return re.compile(
        rf"{letter}+(?:(?:{marks}|['\u2019](?={letter})){letter}*)*"
        rf"|\n|[^\S\n]+|{_FLAG}"
        rf"|[^\n](?:{marks}|[{_EMOJI_PARTS}]|(?<=\u200d)[^\s\w])*"
    )


def without_confetti(runs: Sequence[Run], before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Return the runs of two token sequences that are worth showing as kept.

    A space or an `of` between two stretches that were both rewritten is a coincidence: the eye
    reads one replaced stretch more easily than a dozen of replaced words.
    """
    # How many words there are up to each token.
    gone, come = ([0, *accumulate(map(is_word, side))] for side in (before, after))

    def rewritten(ahead: Run, behind: Run) -> int:
        """Return how many words were replaced in between; 0 if words only came, or only went."""
        left = gone[behind.before] - gone[ahead.before + ahead.length]
        right = come[behind.after] - come[ahead.after + ahead.length]
        return max(left, right) if left and right else 0

    kept: list[Run] = []
    for run, behind in pairwise([*runs, Run(len(before), len(after), 0)]):
        around = min(rewritten(kept[-1] if kept else Run(0, 0, 0), run), rewritten(run, behind))
        end = run.before + run.length
        # Lines stay lines: a program's are easier to read one by one.
        is_line_end = "\n" in before[run.before : end]
        if is_line_end or not around or (gone[end] - gone[run.before]) * 3 > around:
            kept.append(run)
    return kept


# --- equal elements ---


def align(
    before: Sequence[T],
    after: Sequence[T],
    weight: Callable[[T], int],
    effort: Effort | None = None,
) -> list[Run]:
    """Return runs of equal elements, in order: those that weigh most, or nearly so.

    Elements of weight 0 (spaces, empty paragraphs) are too common to hold on to; they match next to
    others that do, or where there is nothing else.
    """
    effort = effort or Effort(_SPARE + _STEPS * (len(before) + len(after)))
    runs: list[Run] = []
    gaps = [_Gap(0, len(before), 0, len(after))]
    while gaps:
        gap = _trimmed(gaps.pop(), before, after, runs)
        top, left = gap.top, gap.left
        if top == gap.bottom or left == gap.right or effort.left <= 0:
            continue
        anchors = _anchors(gap, before, after, weight, effort)
        for i, j in anchors:
            runs.append(Run(i, j, 1))
            gaps.append(_Gap(top, i, left, j))
            top, left = i + 1, j + 1
        if anchors:
            gaps.append(_Gap(top, gap.bottom, left, gap.right))
    return _merged(runs)


def heaviest_chain(pairs: Iterable[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Return the heaviest of the pairs (i, j, weight) that rise in both i and j.

    The pairs must come by rising i, and by falling j where i is the same.
    """
    ends: list[int] = []  # the j that the best chains so far end in, rising, and …
    tops: list[int] = []  # … the link each ends with; its total rises along with j
    links: list[tuple[int, int, float, int]] = []  # i, j, total, the link before
    for i, j, weight in pairs:
        place = bisect_left(ends, j)
        previous = tops[place - 1] if place else -1
        total = weight + (links[previous][2] if place else 0)
        if place < len(ends) and ends[place] == j and links[tops[place]][2] > total:
            continue
        beaten = place
        while beaten < len(ends) and links[tops[beaten]][2] <= total:
            beaten += 1
        ends[place:beaten], tops[place:beaten] = [j], [len(links)]
        links.append((i, j, total, previous))
    chain: list[tuple[int, int]] = []
    link = tops[-1] if tops else -1
    while link >= 0:
        i, j, _, link = links[link]
        chain.append((i, j))
    return chain[::-1]


def _trimmed(gap: _Gap, before: Sequence[T], after: Sequence[T], runs: list[Run]) -> _Gap:
    """Add what `gap` has in common at its start and end to `runs`; return what is left of it."""
    shorter = min(gap.bottom - gap.top, gap.right - gap.left)
    head = 0
    while head < shorter and before[gap.top + head] == after[gap.left + head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[gap.bottom - tail - 1] == after[gap.right - tail - 1]:
        tail += 1
    if head:
        runs.append(Run(gap.top, gap.left, head))
    if tail:
        runs.append(Run(gap.bottom - tail, gap.right - tail, tail))
    return _Gap(gap.top + head, gap.bottom - tail, gap.left + head, gap.right - tail)


def _anchors(
    gap: _Gap,
    before: Sequence[T],
    after: Sequence[T],
    weight: Callable[[T], int],
    effort: Effort,
) -> list[tuple[int, int]]:
    """Return pairs of equal elements to cut `gap` at; none when it is not worth more effort."""
    rows, columns = range(gap.top, gap.bottom), range(gap.left, gap.right)
    size = len(rows) + len(columns)
    effort.spend(size)
    heavy_rows = [i for i in rows if weight(before[i])]
    heavy_columns = [j for j in columns if weight(after[j])]
    if not heavy_rows or not heavy_columns:
        heavy_rows, heavy_columns = list(rows), list(columns)
    places: defaultdict[T, list[int]] = defaultdict(list)
    for j in heavy_columns:
        places[after[j]].append(j)
    chosen = _affordable([before[i] for i in heavy_rows], places, size, effort)
    pairs = (
        (i, j, weight(before[i]) or 1)
        for i in heavy_rows
        if before[i] in chosen
        for j in reversed(places[before[i]])
    )
    return _closed_up(heaviest_chain(pairs), gap, before, after)


def _affordable(
    rows: Sequence[T], places: defaultdict[T, list[int]], size: int, effort: Effort
) -> set[T]:
    """Return the elements whose pairs can all be tried: every one, or else the rarest."""
    often: defaultdict[T, int] = defaultdict(int)
    for element in rows:
        if element in places:
            often[element] += len(places[element])
    total = sum(often.values())
    if total <= min(effort.left, max(_SPARE, _THOROUGH * size)):
        effort.spend(total)
        return set(often)
    # The rest of the effort is for the gaps in between, where common elements are rarer.
    limit = min(effort.left, size // 4)
    chosen: set[T] = set()
    for element, pairs in sorted(often.items(), key=lambda item: item[1]):
        if pairs > limit:
            break
        limit -= pairs
        effort.spend(pairs)
        chosen.add(element)
    return chosen


def _closed_up(
    chain: list[tuple[int, int]], gap: _Gap, before: Sequence[T], after: Sequence[T]
) -> list[tuple[int, int]]:
    """Return `chain` with pairs moved next to the pair after them where an equal element stands."""
    closed: list[tuple[int, int]] = []
    for place in range(len(chain) - 1, -1, -1):
        i, j = chain[place]
        above, beside = chain[place - 1] if place else (gap.top - 1, gap.left - 1)
        if closed and i - above != j - beside:
            below, beyond = closed[-1]
            near_i, near_j = below - (beyond - j), beyond - (below - i)
            if beside < near_j < beyond and after[near_j] == before[i]:
                j = near_j
            elif above < near_i < below and before[near_i] == after[j]:
                i = near_i
        closed.append((i, j))
    return closed[::-1]


def _merged(runs: list[Run]) -> list[Run]:
    """Return the runs in order, those that touch in both sequences as one."""
    merged: list[Run] = []
    for run in sorted(runs):
        last = merged[-1] if merged else None
        if last and (last.before + last.length, last.after + last.length) == run[:2]:
            merged[-1] = Run(last.before, last.after, last.length + run.length)
        else:
            merged.append(run)
    return merged


# --- similar elements ---


def likely_pairs(
    before: Sequence[Collection[Hashable]], after: Sequence[Collection[Hashable]]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs (i, j) of bags worth a closer look: all of a few, else those sharing rare items.

    They come by rising i, and by falling j where i is the same.
    """
    if len(before) * len(after) <= _ONE_BY_ONE:
        yield from product(range(len(before)), range(len(after) - 1, -1, -1))
        return
    owners: defaultdict[Hashable, list[int]] = defaultdict(list)
    often: defaultdict[Hashable, int] = defaultdict(int)
    for j, bag in enumerate(after):
        for item in bag:
            owners[item].append(j)
    for bag in before:
        for item in bag:
            often[item] += 1
    for i, bag in enumerate(before):
        votes: defaultdict[int, int] = defaultdict(int)
        for item in bag:
            shared_by = owners.get(item, ())
            if len(shared_by) * often[item] <= _RARE:
                for j in shared_by:
                    votes[j] += 1
        best = sorted(votes, key=lambda j: (-votes[j], j))[:_CANDIDATES]
        yield from ((i, j) for j in sorted(best, reverse=True))

"""Random editing sessions: a difference loses nothing, and blames nobody who did nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from operator import attrgetter
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from collab.history.diff import Block, Change, Piece, TextChange, diff_blocks, diff_values
from tests.unit.history.telling import after_of, before_of, letters

WORDS: Final = (
    "the",
    "of",
    "old",
    "house",
    "colour",
    "שלום",
    "بيتٌ",
    "東京",
    "𐍅𐌿𐌻𐍆",
    "👩‍👩‍👧",
    "e\u0301",
    "—",
    "\n",
)
MARKS: Final[tuple[dict[str, object], ...]] = ({}, {"bold": {}}, {"link": {"href": "/a"}})
KINDS: Final = ("paragraph", "heading", "codeBlock")
EDITORS: Final = ("bob", "cy")


@dataclass
class Letter:
    """A letter with an identity; it may be in both moments."""

    text: str
    author: str
    marks: dict[str, object] = field(default_factory=dict)
    remover: str | None = None
    marks_by: dict[str, str] = field(default_factory=dict)


@dataclass
class Paragraph:
    """A block that can be edited."""

    key: object
    letters: list[Letter]
    kind: str = "paragraph"
    author: str = "ann"
    remover: str | None = None

    def block(self) -> Block:
        """Return it as it is now."""
        runs = groupby(self.letters, key=attrgetter("marks", "author", "remover", "marks_by"))
        pieces = tuple(
            Piece("".join(letter.text for letter in run), marks, author, remover, marks_by)
            for (marks, author, remover, marks_by), run in runs
        )
        return Block(self.kind, (), {}, pieces, self.author, self.remover, self.key)


def typed(text: str, author: str) -> list[Letter]:
    return [Letter(letter, author) for letter in text]


class Session:
    """A document that was Ann's and that others edit, as an editor does with Yjs."""

    def __init__(self, texts: list[str], *, named: bool) -> None:
        self._keys = count()
        self._named = named
        self.before = [Paragraph(self._key(), typed(text, "ann")) for text in texts]
        self.after = [
            replace(paragraph, letters=list(paragraph.letters)) for paragraph in self.before
        ]
        self._earlier = {id(new): old for new, old in zip(self.after, self.before, strict=True)}
        self._gone: list[Paragraph] = []
        # Formatting does not reach back: the earlier moment keeps its marks.
        self._marks = {id(letter): letter.marks for p in self.before for letter in p.letters}

    def _key(self) -> object:
        return next(self._keys) if self._named else None

    def _take(self, paragraph: Paragraph, start: int, end: int, by: str) -> str:
        taken = paragraph.letters[start:end]
        for letter in taken:
            letter.remover = by
        del paragraph.letters[start:end]
        return "".join(letter.text for letter in taken)

    def insert(self, at: int, place: int, text: str, by: str) -> None:
        """Type `text`."""
        paragraph = self.after[at % len(self.after)]
        place %= len(paragraph.letters) + 1
        paragraph.letters[place:place] = typed(text, by)

    def delete(self, at: int, place: int, text: str, by: str) -> None:
        """Delete as many letters as `text` has."""
        paragraph = self.after[at % len(self.after)]
        place %= len(paragraph.letters) + 1
        self._take(paragraph, place, place + len(text), by)

    def mark(self, at: int, place: int, text: str, by: str) -> None:
        """Format as many letters as `text` has."""
        paragraph = self.after[at % len(self.after)]
        place %= len(paragraph.letters) + 1
        for n, letter in enumerate(paragraph.letters[place : place + len(text)], place):
            # The letter stays itself, but only the later moment sees its new formatting.
            paragraph.letters[n] = _Marked(letter, MARKS[(len(text) + place) % 3], by)

    def split(self, at: int, place: int, text: str, by: str) -> None:
        """Press Return: the rest is written anew into a new block."""
        at %= len(self.after)
        paragraph = self.after[at]
        place %= len(paragraph.letters) + 1
        rest = self._take(paragraph, place, len(paragraph.letters), by)
        self.after.insert(at + 1, Paragraph(self._key(), typed(rest, by), author=by))

    def remove(self, at: int, place: int, text: str, by: str) -> str:
        """Remove a block."""
        paragraph = self.after.pop(at % len(self.after))
        if id(paragraph) in self._earlier:
            self._earlier[id(paragraph)].remover = by
        # An id stays taken as long as its object is kept.
        self._gone.append(paragraph)
        said = self._take(paragraph, 0, len(paragraph.letters), by)
        if not self.after:
            self.after.append(Paragraph(self._key(), [], author=by))
        return said

    def join(self, at: int, place: int, text: str, by: str) -> None:
        """Write what the next block says into this one."""
        at %= len(self.after)
        if at + 1 < len(self.after):
            said = self.remove(at + 1, place, text, by)
            self.after[at].letters += typed(said, by)

    def move(self, at: int, place: int, text: str, by: str) -> None:
        """Write a block anew in another place."""
        said = self.remove(at, place, text, by)
        self.after.insert(
            place % (len(self.after) + 1), Paragraph(self._key(), typed(said, by), author=by)
        )

    def turn(self, at: int, place: int, text: str, by: str) -> None:
        """Make a block one of another kind."""
        self.after[at % len(self.after)].kind = KINDS[place % 3]


class _Marked(Letter):
    """The letter of another moment, formatted otherwise; whoever removes it removes that one."""

    def __init__(self, letter: Letter, marks: dict[str, object], by: str) -> None:
        self._letter = letter
        marks_by = {**letter.marks_by, **dict.fromkeys({*letter.marks, *marks}, by)}
        super().__init__(letter.text, letter.author, marks, letter.remover, marks_by)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "remover":
            self._letter.remover = value if isinstance(value, str) else None


TEXTS = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
TYPING = ("insert", "delete", "mark")
EVERYTHING = (*TYPING, "split", "join", "move", "remove", "turn")


def edits(kinds: tuple[str, ...]) -> st.SearchStrategy[list[tuple[str, int, int, str, str]]]:
    return st.lists(
        st.tuples(
            st.sampled_from(kinds),
            st.integers(0, 9),
            st.integers(0, 60),
            st.sampled_from((*WORDS, " old house", "s", " ")),
            st.sampled_from(EDITORS),
        ),
        max_size=8,
    )


def edited(
    session: Session, steps: list[tuple[str, int, int, str, str]]
) -> tuple[list[Block], list[Block]]:
    """Return the blocks of both moments after `steps`."""
    for kind, *where in steps:
        edit: Callable[..., object] = getattr(session, kind)
        edit(*where)
    after = [paragraph.block() for paragraph in session.after]
    return [paragraph.block() for paragraph in session.before], [
        replace(block, pieces=tuple(replace(piece, remover=None) for piece in block.pieces))
        for block in after
    ]


def said(blocks: list[Block]) -> list[Any]:
    return [(b.kind, b.path, b.attributes, letters(b.pieces)) for b in blocks]


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=7), edits(EVERYTHING), st.booleans())
def test_both_moments_can_be_read_from_the_difference(
    texts: list[str], steps: list[tuple[str, int, int, str, str]], named: bool
) -> None:
    """What is not removed is the later moment, what is not added the earlier, to the letter."""
    before, after = edited(Session(texts, named=named), steps)
    changes = diff_blocks(before, after)
    assert after_of(changes) == said(after)
    assert before_of(changes) == said(before)
    here, away = (
        sorted(
            "".join(s.text for s in change.segments if s.change is not TextChange.ADDED)
            for change in changes
            if change.change is moved
        )
        for moved in (Change.MOVED_HERE, Change.MOVED_AWAY)
    )
    assert here == away
    if not steps:
        assert {change.change for change in changes} == {Change.SAME}


@settings(max_examples=300, deadline=None)
@given(TEXTS, edits(TYPING))
def test_nobody_is_blamed_for_what_others_did(
    text: str, steps: list[tuple[str, int, int, str, str]]
) -> None:
    """Ann wrote everything before, and nothing since: no change is hers, though one may be nobody's."""
    before, after = edited(Session([text], named=True), steps)
    (change,) = diff_blocks(before, after)
    changed = {TextChange.ADDED, TextChange.REMOVED}
    authors = {segment.author for segment in change.segments if segment.change in changed}
    assert authors <= {None, *(by for kind, *_, by in steps if kind != "mark")}
    formatted = [s.author for s in change.segments if s.change is TextChange.FORMATTED]
    assert {*formatted} <= {by for kind, *_, by in steps if kind == "mark"}


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=6), st.booleans())
def test_documents_that_have_nothing_to_do_with_each_other(
    one: list[str], other: list[str], same_keys: bool
) -> None:
    """Identities in any order, equal text in many places: still nothing is lost."""
    before = [Block("paragraph", (), {}, (Piece(t, {}, None),), key=n) for n, t in enumerate(one)]
    after = [
        Block("paragraph", (), {}, (Piece(t, {}, None),), key=-n if same_keys else None)
        for n, t in enumerate(other, -len(one))
    ]
    changes = diff_blocks(before, after)
    assert after_of(changes) == said(after)
    assert before_of(changes) == said(before)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
ROOTS = st.lists(JSON, max_size=5) | st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@settings(deadline=None)
@given(ROOTS, ROOTS)
def test_values_differ_where_they_are_said_to(before: Any, after: Any) -> None:
    """Every path leads to what is said to be there, and equal values have none."""
    for change in diff_values("root", before, after):
        found: list[Any] = []
        for root in (before, after):
            value = root
            for step in change.path:
                is_there = (
                    step in value
                    if isinstance(value, dict)
                    else isinstance(value, list) and isinstance(step, int) and step < len(value)
                )
                value = value[step] if is_there else None
            found.append(value)
        # A place in an array counts in one of the moments.
        assert change.before == found[0] or change.after == found[1]
    assert diff_values("root", before, before) == []

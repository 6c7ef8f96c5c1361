"""A moment of a document as blocks of text that know who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from collab.crdt.structs import Kind, TypeName, utf16_slice
from collab.crdt.update import RootKind
from collab.crdt.weave import Item, Strand, Weave
from collab.history.attribution import Attribution
from collab.history.diff import Block, Piece
from collab.history.records import Author
from collab.library.nodes import INLINE

__all__ = ["Reader", "Written"]

_ELEMENT: Final = (3, 5)
_XML_TEXT: Final = 6
_DEEPEST: Final = 100
_EMBED: Final = "\ufffc"
"""Stands for what is embedded in text, as Unicode has it."""
_NOBODY: Final = Attribution({})
People = Mapping[str, str | None]
"""Who is behind each of some names."""


@dataclass(frozen=True, slots=True)
class Written:
    """Text one person wrote in one go; `author` is an id, None when nobody is known."""

    author: str | None
    text: str


class Reader:
    """Reads a woven moment, naming who wrote each piece.

    To be compared, moments are told who `removed` what in between, and the later one also whose the
    `news` since are: who formatted text or set an attribute is only asked of those.
    """

    def __init__(
        self,
        weave: Weave,
        written: Attribution,
        removed: Attribution = _NOBODY,
        news: Attribution = _NOBODY,
    ) -> None:
        self._weave = weave
        self._written = written
        self._removed = removed
        self._news = news

    def blocks(self, root: str, kind: RootKind) -> list[Block]:
        """Return the blocks of a root: the leaves of XML, the lines of text."""
        strand = self._weave.roots.get(root)
        if strand is None:
            return []
        if kind is RootKind.XML:
            return list(self._xml(strand, (), 0))
        return list(_lines(self._pieces(strand)))

    def runs(self, root: str, kind: RootKind) -> list[Written]:
        """Return the text of a root in order, by author; the newlines between blocks are nobody's."""
        strand = self._weave.roots.get(root)
        if strand is None:
            return []
        if kind is RootKind.TEXT:
            return _joined(Written(p.author, p.text) for p in self._pieces(strand))
        runs: list[Written] = []
        for number, block in enumerate(self._xml(strand, (), 0)):
            if number:
                runs.append(Written(None, "\n"))
            runs.extend(Written(piece.author, piece.text) for piece in block.pieces)
        return _joined(runs)

    # --- private ---

    def _xml(self, strand: Strand, path: tuple[str, ...], depth: int) -> Iterator[Block]:
        """Yield the leaf blocks in `strand`; text that stands beside blocks is one, too."""
        if depth > _DEEPEST:
            return
        loose: list[Piece] = []
        for item in strand.visible():
            content = item.content
            if not isinstance(content, TypeName) or item.strand is None:
                continue
            if content.ref == _XML_TEXT or content.name in INLINE:
                loose.extend(self._inline(item))
                continue
            if loose:
                yield Block("text", path, {}, tuple(loose))
                loose = []
            if content.ref in _ELEMENT:
                yield from self._element(item, item.strand, content.name, path, depth)
        if loose:
            yield Block("text", path, {}, tuple(loose))

    def _element(
        self, item: Item, strand: Strand, name: str, path: tuple[str, ...], depth: int
    ) -> Iterator[Block]:
        if any(_is_block(child) for child in strand.visible()):
            # What is said of a list item or a cell shows at the first block in it.
            own = self._said(strand, f"{name}.")
            for block in self._xml(strand, (*path, name), depth + 1):
                yield own.before(block) if own.by else block
                own = _Said({}, {}, {})
            return
        pieces = tuple(p for child in strand.visible() for p in self._inline(child))
        place = (item.client, item.clock)
        block = Block(
            kind=name,
            path=path,
            attributes={},
            pieces=pieces,
            author=_id(self._written.of(*place)),
            remover=_id(self._removed.of(*place)),
            key=place,
        )
        yield self._said(strand).before(block)

    def _said(self, strand: Strand, prefix: str = "") -> _Said:
        """Return the attributes of an element, and who is behind each."""
        removed_by = {prefix + key: _by(item, self._removed) for key, item in strand.keys.items()}
        set_by = {prefix + key: _by(item, self._news) for key, item in strand.values()}
        return _Said(
            {prefix + key: _value(item) for key, item in strand.values()},
            # A key that is gone remembers what it held last, and so who was the last to empty it.
            {**removed_by, **set_by},
            removed_by,
        )

    def _inline(self, item: Item) -> Iterator[Piece]:
        content = item.content
        if isinstance(content, TypeName) and content.ref == _XML_TEXT and item.strand is not None:
            yield from self._pieces(item.strand)
        elif isinstance(content, TypeName) and content.name in INLINE:
            yield from self._attributed(item, "\n", _Formatting(self._news, self._removed))

    def _pieces(self, strand: Strand) -> Iterator[Piece]:
        formatting = _Formatting(self._news, self._removed)
        for item in strand.visible():
            if item.kind is Kind.FORMAT and isinstance(item.content, tuple):
                formatting.change(item, *item.content)
            elif item.kind is Kind.STRING:
                yield from self._attributed(item, item.text, formatting)
            elif item.kind is Kind.EMBED:
                yield from self._attributed(item, _EMBED, formatting.of_embed(item))

    def _attributed(self, item: Item, text: str, formatting: _Formatting) -> Iterator[Piece]:
        """Yield the text of `item`, cut where its author or its remover changes."""
        start = 0
        for length, author, remover in _crossed(
            self._written.parts(item.client, item.clock, item.length),
            self._removed.parts(item.client, item.clock, item.length),
        ):
            part = utf16_slice(text, start, start + length)
            yield Piece(
                part, formatting.marks, author, remover, formatting.by, formatting.removed_by
            )
            start += length


class _Said(NamedTuple):
    """Attributes, and who set and who later removed each."""

    attributes: Mapping[str, object]
    by: People
    removed_by: People

    def before(self, block: Block) -> Block:
        """Return `block` with these attributes before its own."""
        return replace(
            block,
            attributes={**self.attributes, **block.attributes},
            attributes_by={**self.by, **block.attributes_by},
            attributes_removed_by={**self.removed_by, **block.attributes_removed_by},
        )


class _Formatting:
    """The formatting at a place in a text that is read on and on, and who is behind it.

    Its mappings are never changed, but replaced: pieces share them.
    """

    def __init__(self, news: Attribution, removed: Attribution) -> None:
        self.marks: Mapping[str, object] = {}
        self.by: People = {}
        self.removed_by: People = {}
        self._news = news
        self._removed = removed
        self._in_force: dict[str, list[tuple[Item, object]]] = {}

    def change(self, item: Item, key: object, value: object) -> None:
        """Read past an item that sets the formatting `key`, or ends it with None."""
        # y-prosemirror stores marks that may overlap themselves under "name--hash".
        name = str(key).split("--", 1)[0]
        marks = {other: mark for other, mark in self.marks.items() if other != name}
        self.marks = marks if value is None else {**marks, name: value}
        in_force = self._in_force.setdefault(name, [])
        if self._is_end(item, value, in_force):
            in_force.pop()
        else:
            in_force.append((item, value))
        who = _by(in_force[-1][0], self._news) if in_force else None
        self.by = {**self.by, name: who}
        self.removed_by = {**self.removed_by, name: _by(item, self._removed)}

    def of_embed(self, item: Item) -> _Formatting:
        """Return the formatting here with that of what is embedded: what it is."""
        embed = _Formatting(self._news, self._removed)
        embed.marks = {**self.marks, "embed": item.content}
        embed.by = {**self.by, "embed": _by(item, self._news)}
        embed.removed_by = {**self.removed_by, "embed": _by(item, self._removed)}
        return embed

    def _is_end(self, item: Item, value: object, in_force: list[tuple[Item, object]]) -> bool:
        """Return whether `item` is where formatting in force ends, and the one before goes on.

        Whoever formats a word writes two items: behind the second, nothing is their doing. One
        written since is no such second to one of before: then a part lost the formatting.
        """
        if not in_force:
            return False
        start = in_force[-1][0]
        return (
            item.client == start.client
            and value == (in_force[-2][1] if in_force[1:] else None)
            and (_by(item, self._news) is None) == (_by(start, self._news) is None)
        )


def _crossed(
    written: Sequence[tuple[int, Author | None]], removed: Sequence[tuple[int, Author | None]]
) -> Iterator[tuple[int, str | None, str | None]]:
    """Yield both attributions of the same clocks, cut wherever one of them changes."""
    ours, theirs = list(written), list(removed)
    while ours and theirs:
        (left, author), (right, remover) = ours[0], theirs[0]
        length = min(left, right)
        yield length, _id(author), _id(remover)
        ours[0], theirs[0] = (left - length, author), (right - length, remover)
        ours = ours[1:] if left == length else ours
        theirs = theirs[1:] if right == length else theirs


def _by(item: Item, people: Attribution) -> str | None:
    return _id(people.of(item.client, item.clock))


def _id(author: Author | None) -> str | None:
    return None if author is None else author.id


def _is_block(item: Item) -> bool:
    content = item.content
    return isinstance(content, TypeName) and content.ref in _ELEMENT and content.name not in INLINE


def _value(item: Item) -> object:
    content = item.content
    value = content[-1] if isinstance(content, list) and content else content
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _lines(pieces: Iterable[Piece]) -> Iterator[Block]:
    line: list[Piece] = []
    is_open = False
    for piece in pieces:
        is_open = True
        first, *others = piece.text.split("\n")
        if first:
            line.append(replace(piece, text=first))
        for part in others:
            yield Block("paragraph", (), {}, tuple(line))
            line = [replace(piece, text=part)] if part else []
    if is_open:
        yield Block("paragraph", (), {}, tuple(line))


def _joined(runs: Iterable[Written]) -> list[Written]:
    joined: list[Written] = []
    for run in runs:
        if joined and joined[-1].author == run.author:
            joined[-1] = Written(run.author, joined[-1].text + run.text)
        elif run.text:
            joined.append(run)
    return joined

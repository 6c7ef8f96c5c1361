"""A moment of a document as blocks of text that know who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Written:
    """Text one person wrote in one go; `author` is an id, None when nobody is known."""

    author: str | None
    text: str


class Reader:
    """Reads a woven moment, naming who wrote each piece and, if asked, who deleted it later."""

    def __init__(self, weave: Weave, written: Attribution, removed: Attribution = _NOBODY) -> None:
        self._weave = weave
        self._written = written
        self._removed = removed

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
            own = {f"{name}.{key}": _value(held) for key, held in strand.values()}
            for block in self._xml(strand, (*path, name), depth + 1):
                yield replace(block, attributes={**own, **block.attributes}) if own else block
                own = {}
            return
        pieces = tuple(p for child in strand.visible() for p in self._inline(child))
        place = (item.client, item.clock)
        yield Block(
            kind=name,
            path=path,
            attributes={key: _value(held) for key, held in strand.values()},
            pieces=pieces,
            author=_id(self._written.of(*place)),
            remover=_id(self._removed.of(*place)),
            key=place,
        )

    def _inline(self, item: Item) -> Iterator[Piece]:
        content = item.content
        if isinstance(content, TypeName) and content.ref == _XML_TEXT and item.strand is not None:
            yield from self._pieces(item.strand)
        elif isinstance(content, TypeName) and content.name in INLINE:
            yield from self._attributed(item, "\n", {})

    def _pieces(self, strand: Strand) -> Iterator[Piece]:
        marks: dict[str, object] = {}
        for item in strand.visible():
            if item.kind is Kind.FORMAT and isinstance(item.content, tuple):
                key, value = item.content
                # y-prosemirror stores marks that may overlap themselves under "name--hash".
                name = str(key).split("--", 1)[0]
                if value is None:
                    marks.pop(name, None)
                else:
                    marks[name] = value
            elif item.kind is Kind.STRING:
                yield from self._attributed(item, item.text, marks)
            elif item.kind is Kind.EMBED:
                yield from self._attributed(item, _EMBED, {**marks, "embed": item.content})

    def _attributed(self, item: Item, text: str, marks: dict[str, object]) -> Iterator[Piece]:
        """Yield the text of `item`, cut where its author or its remover changes."""
        start = 0
        for length, author, remover in _crossed(
            self._written.parts(item.client, item.clock, item.length),
            self._removed.parts(item.client, item.clock, item.length),
        ):
            part = utf16_slice(text, start, start + length)
            yield Piece(part, dict(marks), author, remover)
            start += length


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
            line.append(Piece(first, piece.marks, piece.author, piece.remover))
        for part in others:
            yield Block("paragraph", (), {}, tuple(line))
            line = [Piece(part, piece.marks, piece.author, piece.remover)] if part else []
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

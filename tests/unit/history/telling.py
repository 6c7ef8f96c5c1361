"""Blocks to compare in a few letters, and differences told as lines."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from collab.history.diff import Block, BlockChange, Change, Piece, Segment, TextChange

__all__ = ["after_of", "before_of", "block", "letters", "piece", "told"]

_SHOWN: Final = {
    TextChange.SAME: "{}",
    TextChange.ADDED: "[+{}+]",
    TextChange.REMOVED: "[-{}-]",
    TextChange.FORMATTED: "[*{}*]",
}
Letter = tuple[str, Mapping[str, object]]
Said = tuple[str, tuple[str, ...], Mapping[str, object], list[Letter]]


def piece(text: str, by: str | None = None, gone: str | None = None, **marks: object) -> Piece:
    """Return `text` written by `by`, and taken away later by `gone`."""
    return Piece(text, marks, by, gone)


def block(*pieces: str | Piece, key: Hashable = None, kind: str = "paragraph") -> Block:
    """Return a block of plain texts and pieces."""
    parts = (Piece(part, {}, None) if isinstance(part, str) else part for part in pieces)
    return Block(kind, (), {}, tuple(part for part in parts if part.text), key=key)


def told(changes: Sequence[BlockChange]) -> list[str]:
    """Return a line a block: what became of it @by whom: same [-removed-] [+added+] [*formatted*]."""
    return [
        f"{change.change}{_by(change.author)}: {''.join(map(_segment, change.segments))}".rstrip()
        for change in changes
    ]


def letters(pieces: Sequence[Piece] | Sequence[Segment]) -> list[Letter]:
    """Return every letter with its formatting."""
    return [(letter, dict(part.marks)) for part in pieces for letter in part.text]


def after_of(changes: Sequence[BlockChange]) -> list[Said]:
    """Return what the later moment says according to a difference."""
    return [
        (
            change.kind,
            change.path,
            change.attributes,
            letters([s for s in change.segments if s.change is not TextChange.REMOVED]),
        )
        for change in changes
        if change.change not in {Change.REMOVED, Change.MOVED_AWAY}
    ]


def before_of(changes: Sequence[BlockChange]) -> list[Said]:
    """Return what the earlier moment said according to a difference; the path is the later one."""
    return [
        (
            change.kind_before or change.kind,
            change.path,
            change.attributes if change.attributes_before is None else change.attributes_before,
            [letter for segment in change.segments for letter in _earlier(segment)],
        )
        for change in changes
        if change.change not in {Change.ADDED, Change.MOVED_HERE}
    ]


def _earlier(segment: Segment) -> list[Letter]:
    if segment.change is TextChange.ADDED:
        return []
    marks = segment.marks if segment.marks_before is None else segment.marks_before
    return [(letter, dict(marks)) for letter in segment.text]


def _segment(segment: Segment) -> str:
    return _SHOWN[segment.change].format(segment.text) + _by(segment.author)


def _by(author: str | None) -> str:
    return "" if author is None else f"@{author}"

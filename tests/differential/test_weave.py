"""The weave against an engine: both read the same out of a state, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from collab.crdt.compaction import compact, merge
from collab.crdt.roots import root_kinds
from collab.crdt.structs import Kind, TypeName
from collab.crdt.tree import Element, TextNode, read_roots
from collab.crdt.update import RootKind
from collab.crdt.weave import Strand, Weave
from tests.differential.peer import play
from tests.support.node import NodeChild

SLICE = 80
WHOLE = 1_500

Texts = list[tuple[str, dict[str, Any]]]


@pytest.mark.timeout(900)
def test_the_weave_reads_what_an_engine_reads(yjs: NodeChild, long_form: bool) -> None:
    """Random rich sessions: compacted states, and raw ones with every deleted struct in them."""
    for seed in range(3_000, 3_000 + (WHOLE if long_form else SLICE)):
        updates = [update for _, update in play(yjs, seed, steps=80).updates]
        for state in (compact(updates), merge(updates)):
            weave = Weave(state)
            for name, root in read_roots(state).items():
                strand = weave.roots[name]
                read: Any = root.value
                where = f"seed {seed}, root {name}"
                if root.kind is RootKind.XML:
                    assert list(_woven(strand)) == list(_read(read)), where
                elif root.kind is RootKind.TEXT:
                    assert _text(strand) == _runs(read), where
                elif root.kind is RootKind.MAP:
                    assert sorted(key for key, _ in strand.values()) == sorted(read), where
                elif root.kind is RootKind.ARRAY:
                    assert sum(item.length for item in strand.visible()) == len(read), where


def test_a_root_is_known_by_what_is_left_of_it(yjs: NodeChild) -> None:
    """Whatever was deleted first: as long as something shows, the root's kind is known."""
    kinds = {"text": RootKind.TEXT, "array": RootKind.ARRAY, "prosemirror": RootKind.XML}
    found = 0
    for seed in range(5_000, 5_060):
        state = compact([update for _, update in play(yjs, seed, steps=60).updates])
        known = root_kinds(state)
        for name, strand in Weave(state).roots.items():
            if name in kinds and any(item.kind is not Kind.FORMAT for item in strand.visible()):
                assert known[name] is kinds[name], f"seed {seed}, root {name}"
                found += 1
    assert found > 100


def _woven(strand: Strand) -> Iterator[Any]:
    for item in strand.visible():
        content = item.content
        assert isinstance(content, TypeName)
        assert item.strand is not None
        if content.ref == 6:
            yield _text(item.strand)
        else:
            keys = sorted(key for key, _ in item.strand.values())
            yield content.name, keys, list(_woven(item.strand))


def _read(nodes: tuple[Any, ...]) -> Iterator[Any]:
    for node in nodes:
        if isinstance(node, TextNode):
            yield _runs(node.runs)
        else:
            assert isinstance(node, Element)
            yield node.tag, sorted(node.attributes), list(_read(node.children))


def _text(strand: Strand) -> Texts:
    marks: dict[str, Any] = {}
    pieces: Texts = []
    for item in strand.visible():
        if item.kind is Kind.FORMAT:
            assert isinstance(item.content, tuple)
            key, value = item.content
            marks = {**marks, str(key): value}
        elif item.kind is Kind.STRING:
            pieces.append((item.text, marks))
    return _joined(pieces)


def _runs(runs: Any) -> Texts:
    return _joined([(run.value, run.marks) for run in runs if isinstance(run.value, str)])


def _joined(pieces: Texts) -> Texts:
    joined: Texts = []
    for text, marks in pieces:
        shown = {key: value for key, value in marks.items() if value is not None}
        if joined and joined[-1][1] == shown:
            joined[-1] = (joined[-1][0] + text, shown)
        elif text:
            joined.append((text, shown))
    return joined

"""Moments as blocks and runs that know their authors."""

from __future__ import annotations

import pytest

from collab.crdt.update import RootKind, inspect_update
from collab.crdt.weave import Weave
from collab.history.attribution import Attribution, authors_of, removers_of
from collab.history.authored import Reader, Written
from collab.history.records import Author
from tests.unit.history.writers import Writers

ANN, BEN = Author("ann", "Ann"), Author("ben", "Ben")


class TestAttribution:
    @pytest.mark.parametrize(
        ("clock", "length", "parts"),
        [
            (0, 2, [(2, None)]),
            (0, 6, [(3, None), (2, ANN), (1, BEN)]),
            (4, 1, [(1, ANN)]),
            (6, 9, [(1, BEN), (8, None)]),
            (20, 3, [(3, None)]),
        ],
    )
    def test_parts(self, clock: int, length: int, parts: list[object]) -> None:
        """Ranges are cut where who is behind them changes; gaps are nobody's."""
        spans = {7: [(3, 5, ANN), (5, 7, BEN)]}
        assert Attribution(spans).parts(7, clock, length) == parts

    def test_owners_hold_until_the_next(self) -> None:
        """From a claim's clock on, for good or until somebody else's."""
        found = authors_of({7: [(0, ANN), (4, BEN)]})
        assert [found.of(7, 3), found.of(7, 4), found.of(7, 10**6)] == [ANN, BEN, BEN]
        assert found.of(8, 0) is None

    def test_who_deleted_first(self) -> None:
        """Deleting again what is gone makes nobody its remover."""
        writers = Writers()
        writers.type("ann", "abcdef")
        before = inspect_update(writers.state).deletions
        writers.delete("ben", 1, 3)
        writers.delete("ann", 1, 2)
        removed = removers_of([*writers.rows[1:], writers.rows[1]], gone=before)
        assert [who and who.id for _, who in removed.parts(1, 0, 6)] == [None, "ben", "ann", None]


class TestReader:
    def test_runs_of_text(self) -> None:
        """Character by character, also where one writes in the middle of another's word."""
        writers = Writers()
        writers.type("ann", "Hello 😀!")
        writers.type("ben", "»«", at=3)
        reader = Reader(Weave(writers.state), writers.written)
        assert reader.runs("text", RootKind.TEXT) == [
            Written("ann", "Hel"),
            Written("ben", "»«"),
            Written("ann", "lo 😀!"),
        ]

    def test_blocks_of_the_editor(self) -> None:
        """Leaf blocks with their attributes, authors and removers."""
        writers = Writers()
        writers.paragraph("ann", "Plan", kind="heading", level="2")
        writers.paragraph("ben", "Body")
        before = writers.state
        writers.go_on("ben", 0, "ned")
        reader = Reader(Weave(writers.state), writers.written)
        heading, body = reader.blocks("default", RootKind.XML)
        assert (heading.kind, heading.attributes, heading.author) == (
            "heading",
            {"level": "2"},
            "ann",
        )
        assert [(piece.text, piece.author) for piece in heading.pieces] == [
            ("Plan", "ann"),
            ("ned", "ben"),
        ]
        assert (body.author, body.path) == ("ben", ())
        (same, _) = Reader(Weave(before), writers.written).blocks("default", RootKind.XML)
        assert same.key == heading.key

    def test_lines_of_text(self) -> None:
        """A text root reads as one block a line, the last one open."""
        writers = Writers()
        writers.type("ann", "one\ntwo\n")
        writers.type("ben", "thr\nee")
        blocks = Reader(Weave(writers.state), writers.written).blocks("text", RootKind.TEXT)
        assert ["".join(piece.text for piece in block.pieces) for block in blocks] == [
            "one",
            "two",
            "thr",
            "ee",
        ]

    def test_what_is_not_there(self) -> None:
        """A root that was empty then has no blocks and no runs."""
        reader = Reader(Weave(b"\0\0"), Attribution({}))
        assert reader.blocks("default", RootKind.XML) == []
        assert reader.runs("text", RootKind.TEXT) == []

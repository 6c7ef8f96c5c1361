"""Moments as blocks and runs that know their authors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Array, Map, Text, XmlElement, XmlFragment, XmlText

from collab.crdt.compaction import compact
from collab.crdt.update import RootKind, inspect_update
from collab.crdt.weave import Weave
from collab.history.attribution import Attribution, authors_of, removers_of
from collab.history.authored import Reader, Written
from collab.history.comparing import Difference, compared
from collab.history.records import Author
from tests.unit.history.telling import told
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


def edit(writers: Writers, name: str, change: Callable[[Any], object]) -> None:
    """Have `name` do something to their replica, as one row."""
    doc = writers.doc(name)
    with doc.transaction():
        change(doc)
    writers.log(name)


def mark(writers: Writers, name: str, start: int, end: int, **marks: object) -> None:
    """Have `name` format the text root; None ends a formatting."""
    edit(writers, name, lambda doc: doc.get("text", type=Text).format(start, end, marks))


def since(writers: Writers, rows: int) -> Difference:
    """Return what changed after the first rows."""
    states = compact([row.update for row in writers.rows[:rows]]), writers.state
    owners: dict[int, list[tuple[int, Author]]] = {}
    for row in writers.rows:
        for client in inspect_update(row.update).clocks:
            owners.setdefault(client, [(0, row.author)])
    people = [row.author for row in writers.rows[rows:]]
    removed = removers_of(writers.rows[rows:], gone=inspect_update(states[0]).deletions)
    return compared((rows, len(writers.rows)), states, owners, removed, people)


def changed(writers: Writers, rows: int) -> list[str]:
    """Return what changed after the first rows, a line a block, when it names all its authors."""
    difference = since(writers, rows)
    named = {change.author for change in difference.blocks} | {
        segment.author for change in difference.blocks for segment in change.segments
    }
    assert {author.id for author in difference.authors} == named - {None}
    return told(difference.blocks)


class TestWhoFormatted:
    def test_set(self) -> None:
        """What stands behind the formatted text is not the doing of whoever formatted it."""
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ben", 4, 7, bold={})
        assert changed(writers, 1) == ["changed: one [*two*]@ben three"]

    def test_ended(self) -> None:
        """All of it, so that nothing is left of it; or a part of one's own."""
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ann", 0, 13, bold={})
        mark(writers, "ben", 0, 13, bold=None)
        assert changed(writers, 2) == ["changed: [*one two three*]@ben"]
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ann", 0, 13, bold={})
        mark(writers, "ann", 8, 13, bold=None)
        assert changed(writers, 2) == ["changed: one two [*three*]@ann"]

    def test_ended_within(self) -> None:
        """Where the first formatting goes on, it is still the first one's."""
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ben", 0, 13, bold={})
        mark(writers, "cy", 4, 7, bold=None)
        assert changed(writers, 1) == ["changed: [*one *]@bentwo[* three*]@ben"]
        assert changed(writers, 2) == ["changed: one [*two*]@cy three"]
        mark(writers, "dan", 4, 7, bold={})
        assert changed(writers, 3) == ["changed: one [*two*]@dan three"]
        assert changed(writers, 2) == ["same: one two three"]

    def test_ended_behind_what_somebody_else_set(self) -> None:
        """The end of another's formatting does not explain what is missing behind it."""
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ann", 8, 13, bold={})
        mark(writers, "ben", 0, 3, bold={})
        mark(writers, "cy", 8, 13, bold=None)
        assert changed(writers, 2) == ["changed: [*one*]@ben two [*three*]@cy"]

    def test_replaced(self) -> None:
        """Another value is set by whoever set it, another kind of formatting by its own author."""
        writers = Writers()
        writers.type("ann", "one two three")
        mark(writers, "ann", 4, 7, link={"href": "/a"}, bold={})
        mark(writers, "ben", 4, 7, link={"href": "/b"})
        assert changed(writers, 2) == ["changed: one [*two*]@ben three"]

    def test_over_lines(self) -> None:
        """Formatting that begins in one line of a text and ends in another."""
        writers = Writers()
        writers.type("ann", "one\ntwo\nthree")
        mark(writers, "ben", 2, 9, bold={})
        assert changed(writers, 1) == [
            "changed: on[*e*]@ben",
            "changed: [*two*]@ben",
            "changed: [*t*]@benhree",
        ]

    def test_embedded(self) -> None:
        """Another picture in the place of one."""
        writers = Writers()
        writers.type("ann", "one  two")
        edit(writers, "ann", lambda doc: doc.get("text", type=Text).insert_embed(4, {"src": "/a"}))

        def swap(doc: Any) -> None:
            text = doc.get("text", type=Text)
            text.format(0, 3, {"bold": {}})
            del text[4:5]
            text.insert_embed(4, {"src": "/b"})

        edit(writers, "ben", swap)
        assert changed(writers, 2) == ["changed: [*one*]@ben [*\ufffc*]@ben two"]


class TestWhoChangedBlocks:
    def test_attributes(self) -> None:
        """Set and taken away."""
        writers = Writers()
        writers.paragraph("ann", "Plan", kind="heading", level="2")

        def level(doc: Any) -> Any:
            return doc.get("default", type=XmlFragment).children[0].attributes

        edit(writers, "ben", lambda doc: level(doc).__setitem__("level", "1"))
        assert changed(writers, 1) == ["changed@ben: Plan"]
        edit(writers, "cy", lambda doc: level(doc).__delitem__("level"))
        assert changed(writers, 2) == ["changed@cy: Plan"]
        assert changed(writers, 1) == ["changed@cy: Plan"]

    def test_a_task_is_done(self) -> None:
        """What is said of a list item shows at the first block in it, with who said it."""
        writers = Writers()

        def build(doc: Any) -> None:
            tasks = doc.get("default", type=XmlFragment).children.append(XmlElement("taskList"))
            item = tasks.children.append(XmlElement("taskItem", {"checked": "false"}))
            item.children.append(XmlElement("paragraph")).children.append(XmlText("Milk"))

        def check(doc: Any) -> None:
            tasks = doc.get("default", type=XmlFragment).children[0]
            tasks.children[0].attributes["checked"] = "true"

        edit(writers, "ann", build)
        edit(writers, "ben", check)
        assert changed(writers, 1) == ["changed@ben: Milk"]

    def test_kind(self) -> None:
        """The editor makes the element anew."""
        writers = Writers()
        writers.paragraph("ann", "On the road again")

        def turn(doc: Any) -> None:
            children = doc.get("default", type=XmlFragment).children
            del children[0]
            children.append(XmlElement("heading")).children.append(XmlText("On the road again"))

        edit(writers, "ben", turn)
        assert changed(writers, 1) == ["changed@ben: On the road again"]


class TestWhoChangedValues:
    @staticmethod
    def found(writers: Writers, rows: int) -> dict[tuple[str | int, ...], str | None]:
        difference = since(writers, rows)
        found = {change.path: change.author for change in difference.values}
        assert {author.id for author in difference.authors} == {*found.values()} - {None}
        return found

    def test_of_a_map(self) -> None:
        """Set anew, added and removed; what nobody touched is not told."""
        writers = Writers()
        for key in ("a", "b", "c"):
            writers.put("ann", key, 1)
        writers.put("ben", "a", 2)
        writers.put("cy", "d", {"deep": [1]})
        writers.put("eve", "b", 3)
        edit(writers, "dan", lambda doc: doc.get("map", type=Map).__delitem__("b"))
        assert self.found(writers, 3) == {("a",): "ben", ("b",): "dan", ("d",): "cy"}

    def test_within_a_plain_value(self) -> None:
        """Whoever put the value there that it is in now, also where a part of it is missing."""
        writers = Writers()
        writers.put("ann", "a", {"x": 1, "y": 2, "z": 3})
        writers.put("ben", "a", {"x": 1, "y": 9})
        assert self.found(writers, 1) == {("a", "y"): "ben", ("a", "z"): "ben"}

    def test_of_shared_types_in_each_other(self) -> None:
        """The innermost shared type that leads to the value knows."""
        writers = Writers()
        build = {
            "list": Array([Map({"x": 1, "y": 1}), 5, 6]),
            "text": Text("Hi"),
            "note": Text("Oh"),
        }
        edit(writers, "ann", lambda doc: doc.get("map", type=Map).update(build))

        def nested(doc: Any, key: str) -> Any:
            return doc.get("map", type=Map)[key]

        edit(writers, "ben", lambda doc: nested(doc, "list")[0].__setitem__("x", 2))
        edit(writers, "cy", lambda doc: nested(doc, "list")[0].__delitem__("y"))
        edit(writers, "dan", lambda doc: nested(doc, "text").insert(2, " there"))
        edit(writers, "eve", lambda doc: nested(doc, "note").__delitem__(slice(0, 1)))
        assert self.found(writers, 1) == {
            ("list", 0, "x"): "ben",
            ("list", 0, "y"): "cy",
            ("text",): "dan",
            ("note",): "eve",
        }

    def test_of_an_array(self) -> None:
        """Also where one item holds many values, and where places have shifted since."""
        writers = Writers()

        def array(doc: Any) -> Any:
            return doc.get("list", type=Array)

        edit(writers, "ann", lambda doc: array(doc).extend([1, 2, 3, 4, 5]))
        edit(writers, "ben", lambda doc: array(doc).insert(0, 0))
        edit(writers, "cy", lambda doc: array(doc).__delitem__(4))
        edit(writers, "dan", lambda doc: array(doc).extend([6, 7]))
        assert self.found(writers, 1) == {(0,): "ben", (3,): "cy", (5,): "dan", (6,): "dan"}

    def test_what_was_there_before_is_nobodys_change(self) -> None:
        """That one value looks new because another went does not make it its author's news."""
        writers = Writers()
        edit(writers, "ann", lambda doc: doc.get("list", type=Array).extend(["a", "b", "c"]))

        def swap(doc: Any) -> None:
            array = doc.get("list", type=Array)
            del array[0]
            array.append("a")

        edit(writers, "ben", swap)
        assert "ann" not in self.found(writers, 1).values()

"""Differences name who did what: to words, blocks, formatting, attributes and values."""

from __future__ import annotations

from dataclasses import replace

from collab.history.diff import Block, Piece, diff_blocks
from tests.unit.history.telling import block, piece, told


class TestAuthors:
    def test_of_what_was_added(self) -> None:
        """Whoever wrote it; two who wrote next to each other are told apart."""
        before = block(piece("We met.", "ann"), key=1)
        after = block(
            piece("We met.", "ann"), piece(" Late.", "bob"), piece(" Too late.", "cy"), key=1
        )
        assert told(diff_blocks([before], [after])) == [
            "changed: We met.[+ Late.+]@bob[+ Too late.+]@cy"
        ]

    def test_of_what_was_removed(self) -> None:
        """Whoever deleted it, not whoever wrote it."""
        before = block(
            piece("We met", "ann"), piece(" late", "ann", gone="bob"), piece(".", "ann"), key=1
        )
        after = block(piece("We met.", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: We met[- late-]@bob."]

    def test_a_letter_taken_out_of_a_word(self) -> None:
        """Whoever changes a letter replaced the word; its writer did not write it again."""
        before = block(
            piece("colo", "ann"), piece("u", "ann", gone="bob"), piece("r", "ann"), key=1
        )
        after = block(piece("color", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: [-colour-]@bob[+color+]@bob"]

    def test_a_letter_put_into_a_word(self) -> None:
        """The same with a letter more."""
        before = block(piece("cat", "ann"), key=1)
        after = block(piece("ca", "ann"), piece("r", "bob"), piece("t", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: [-cat-]@bob[+cart+]@bob"]

    def test_two_people_in_neighbouring_words(self) -> None:
        """Each replaced the word they typed into."""
        before = block(
            piece("cat d", "ann"), piece("o", "ann", gone="cy"), piece("g", "ann"), key=1
        )
        after = block(
            piece("ca", "ann"), piece("r", "bob"), piece("t d", "ann"),
            piece("i", "cy"), piece("g", "ann"), key=1,
        )  # fmt: skip
        assert told(diff_blocks([before], [after])) == [
            "changed: [-cat -]@bob[-dog-]@cy[+cart +]@bob[+dig+]@cy"
        ]

    def test_text_put_before_the_same_text(self) -> None:
        """Which of two equal words is the new one, only the letters know."""
        before = block(piece("a b", "ann"), key=1)
        after = block(piece("a x ", "bob"), piece("a b", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: a [+x a +]@bobb"]

    def test_one_of_two_equal_words_is_removed(self) -> None:
        """Whichever of them the text seems to have lost, it was lost to whoever deleted one."""
        before = block(piece("so ", "ann", gone="bob"), piece("so it was", "ann"), key=1)
        after = block(piece("so it was", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: so [-so -]@bobit was"]

    def test_one_of_two_equal_words_is_added(self) -> None:
        """The same the other way round."""
        before = block(piece("so it was", "ann"), key=1)
        after = block(piece("so ", "bob"), piece("so it was", "ann"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: so [+so +]@bobit was"]

    def test_somebody_unknown(self) -> None:
        """What nobody is known to have removed is not put down to whoever wrote next to it."""
        before = block(piece("Good cat", None), key=1)
        after = block(piece("Good ", None), piece("dog", "bob"), key=1)
        assert told(diff_blocks([before], [after])) == ["changed: Good [-cat-][+dog+]@bob"]

    def test_text_that_went_to_another_block(self) -> None:
        """Old letters are told from new ones also where others are neither here nor removed."""
        before = [block(piece("The red cat sat there. And so on", "ann"))]
        after = [
            block(piece("The red ca", "ann"), piece("r", "bob"), piece("t sat there.", "ann")),
            block("And so on"),
        ]
        assert told(diff_blocks(before, after)) == [
            "changed: The red [-cat-]@bob[+cart+]@bob sat there.[- And so on-]",
            "added: [+And so on+]",
        ]

    def test_of_blocks(self) -> None:
        """Whoever made or deleted the block, or else most of its text."""
        pieces = (Piece("Much text here", {}, "ann", "cy"), Piece(" few", {}, "bob", "dan"))
        named = Block("paragraph", (), {}, pieces, "eve", "fay", 1)
        nameless = replace(named, author=None, remover=None)
        assert [diff_blocks([], [b])[0].author for b in (named, nameless)] == ["eve", "ann"]
        assert [diff_blocks([b], [])[0].author for b in (named, nameless)] == ["fay", "cy"]
        assert diff_blocks([named], [named])[0].author is None

    def test_of_text_that_went_with_its_block(self) -> None:
        """Text that nobody deleted by itself went with the block."""
        one = Block("paragraph", (), {}, (piece("Gone"), piece(" now", gone="bob")), remover="cy")
        assert told(diff_blocks([one], [])) == ["removed@cy: [-Gone-]@cy[- now-]@bob"]

    def test_of_formatting(self) -> None:
        """Whoever set or ended it since; or else whoever took away what had set it."""
        plain, bold = piece("word"), piece("word", bold={})
        by_bob = {"bold": "bob"}

        def segment(was: Piece, now: Piece) -> str:
            (line,) = told(diff_blocks([block(was, key=1)], [block(now, key=1)]))
            return line.partition(": ")[2]

        assert segment(plain, replace(bold, marks_by=by_bob)) == "[*word*]@bob"
        assert segment(bold, replace(plain, marks_by=by_bob)) == "[*word*]@bob"
        gone = replace(bold, marks_removed_by={"bold": "cy"})
        assert segment(gone, plain) == "[*word*]@cy"
        assert segment(gone, replace(plain, marks_by=by_bob)) == "[*word*]@bob"
        assert segment(gone, replace(plain, marks_by={"bold": None})) == "[*word*]@cy"
        assert segment(plain, bold) == "[*word*]"

    def test_of_formatting_among_other(self) -> None:
        """Only those names count that changed."""
        before = block(piece("word", italic={}), key=1)
        after = piece("word", italic={}, bold={})
        after = replace(after, marks_by={"italic": "cy", "bold": "bob"})
        assert told(diff_blocks([before], [block(after, key=1)])) == ["changed: [*word*]@bob"]

    def test_two_who_formatted_next_to_each_other(self) -> None:
        """They are told apart where the formatting changed, and nowhere else."""
        pieces = [
            replace(piece(text, bold={}), marks_by={"bold": who})
            for text, who in (("one ", "bob"), ("two ", "cy"), ("three", "cy"))
        ]
        (change,) = diff_blocks([block("one two three", key=1)], [block(*pieces, key=1)])
        assert told([change]) == ["changed: [*one *]@bob[*two three*]@cy"]
        bold = block(piece("one two three", bold={}), key=1)
        (change,) = diff_blocks([bold], [block(*pieces, key=1)])
        assert [segment.text for segment in change.segments] == ["one two three"]

    def test_of_attributes(self) -> None:
        """Whoever set the one that changed; or else whoever took it away."""
        one = Block("heading", (), {"level": 1, "align": "left"}, (piece("Title"),), "ann", key=1)
        one = replace(one, attributes_removed_by={"level": "cy", "align": None})
        two = replace(one, attributes={"level": 2, "align": "left"})
        by_bob = replace(two, attributes_by={"align": "dan", "level": "bob"})
        gone = replace(one, attributes={"align": "left"})
        assert told(diff_blocks([one], [by_bob])) == ["changed@bob: Title"]
        assert told(diff_blocks([one], [two])) == ["changed@cy: Title"]
        assert told(diff_blocks([one], [gone])) == ["changed@cy: Title"]
        nobody = replace(gone, attributes_removed_by={})
        assert told(diff_blocks([nobody], [one])) == ["changed: Title"]
        assert told(diff_blocks([one], [one])) == ["same: Title"]

    def test_of_another_kind(self) -> None:
        """Whoever made the element anew, or wrote its text into one that was there."""
        one = replace(block("On the road", key=1), author="ann", remover="cy")
        anew = replace(one, kind="heading", author="bob", key=2)
        assert told(diff_blocks([one], [anew])) == ["changed@bob: On the road"]
        listed = replace(anew, kind="paragraph", path=("bulletList", "listItem"))
        assert told(diff_blocks([one], [listed])) == ["changed@bob: On the road"]
        other = replace(block("Something else entirely", key=2), kind="heading", author="ann")
        into = replace(one, kind="heading", author="ann", key=2)
        assert told(diff_blocks([one, other], [into]))[0] == "changed@cy: On the road"

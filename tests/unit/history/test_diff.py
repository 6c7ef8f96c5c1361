"""Differences: what became of each block and word, by whom, as people would tell it."""

from __future__ import annotations

import random
from dataclasses import replace

from collab.history.diff import Block, Change, diff_blocks
from tests.unit.history.telling import block, piece, told


def reworded(before: str, after: str) -> str:
    """Return how the text of one block changed."""
    (line,) = told(diff_blocks([block(before, key=1)], [block(after, key=1)]))
    return line.partition(": ")[2]


class TestBlocks:
    def test_nothing_changed(self) -> None:
        """Every block of the later moment is told, also those that stayed as they are."""
        blocks = [block("One two three.", key=1), block("Four five six.", key=2)]
        assert told(diff_blocks(blocks, list(blocks))) == [
            "same: One two three.",
            "same: Four five six.",
        ]
        assert diff_blocks([], []) == []

    def test_removed_blocks_stand_where_they_were(self) -> None:
        """The order is that of the later moment, what is gone in between."""
        before = [block(text, key=text) for text in ("Apples", "Pears", "Plums")]
        after = [block(text, key=text) for text in ("Apples", "Cherries", "Plums")]
        assert told(diff_blocks(before, after)) == [
            "same: Apples",
            "removed: [-Pears-]",
            "added: [+Cherries+]",
            "same: Plums",
        ]

    def test_everything_came_or_went(self) -> None:
        """An empty moment on either side."""
        blocks = [block("One.", key=1), block(key=2, kind="horizontalRule")]
        assert told(diff_blocks([], blocks)) == ["added: [+One.+]", "added:"]
        assert told(diff_blocks(blocks, [])) == ["removed: [-One.-]", "removed:"]

    def test_text_made_anew_is_the_same_text(self) -> None:
        """An editor that makes elements anew changed nothing that a reader sees."""
        before = [block("Call me Ishmael.", key=1), block("Some years ago.", key=2)]
        after = [block("Call me Ishmael.", key=8), block("Some years ago.", key=9)]
        assert {change.change for change in diff_blocks(before, after)} == {Change.SAME}

    def test_text_counts_more_than_identity(self) -> None:
        """The element that kept its name is not the one that kept the words."""
        words = "It was the best of times"
        changes = diff_blocks([block(words, key=1)], [block("Title", key=1), block(words, key=2)])
        assert told(changes) == ["added: [+Title+]", f"same: {words}"]

    def test_identity_counts_where_the_text_is_another(self) -> None:
        """One element whose words were all replaced is one change."""
        changes = diff_blocks([block("Hello", key=1)], [block("Goodbye", key=1)])
        assert told(changes) == ["changed: [-Hello-][+Goodbye+]"]

    def test_unrelated_blocks_are_not_compared(self) -> None:
        """A paragraph in the place of another one did not `change` into it."""
        changes = diff_blocks(
            [block("The weather was fine on Monday.", key=1)],
            [block("Nobody expected an octopus here.", key=2)],
        )
        assert [change.change for change in changes] == [Change.REMOVED, Change.ADDED]

    def test_the_most_similar_are_paired(self) -> None:
        """A new paragraph before an edited one leaves the edited one its history."""
        before = [block("Ships sail the seven seas.", key=1)]
        after = [
            block("Planes fly the blue sky.", key=2),
            block("Ships sail all seven seas.", key=3),
        ]
        assert told(diff_blocks(before, after)) == [
            "added: [+Planes fly the blue sky.+]",
            "changed: Ships sail [-the-][+all+] seven seas.",
        ]

    def test_a_short_line_does_not_hold_up_a_long_one(self) -> None:
        """That `yes` stands on the other side now is no reason to lose an edited paragraph."""
        before = [block("yes", key=1), block("The plan for the next year", key=2)]
        after = [block("The plan for this next year", key=2), block("yes", key=3)]
        assert told(diff_blocks(before, after)) == [
            "removed: [-yes-]",
            "changed: The plan for [-the-][+this+] next year",
            "added: [+yes+]",
        ]

    def test_blocks_without_text(self) -> None:
        """Of rules and images, the kind and what is said of them is compared."""
        rule = block(kind="horizontalRule")
        one, other = (Block("image", (), {"src": src}, ()) for src in ("/a.png", "/b.png"))
        assert [change.change for change in diff_blocks([rule, one], [one, rule])] == [
            Change.REMOVED,
            Change.SAME,
            Change.ADDED,
        ]
        swapped = diff_blocks([one], [other])
        assert [change.change for change in swapped] == [Change.REMOVED, Change.ADDED]
        (changed,) = diff_blocks([replace(one, key=1)], [replace(other, key=1)])
        assert changed.attributes_before == {"src": "/a.png"}

    def test_an_empty_line_that_was_written_in(self) -> None:
        """Lines of plain text have no identity; one that was empty is not removed first."""
        changes = diff_blocks(
            [block("a"), block(), block("b")], [block("a"), block("x"), block("b")]
        )
        assert told(changes) == ["same: a", "changed: [+x+]", "same: b"]

    def test_many_edited_blocks(self) -> None:
        """A word replaced in every paragraph of a book without identities is just that."""
        chance = random.Random(1)
        words = [f"w{number}" for number in range(400)]
        paragraphs = [chance.choices(words, k=30) for _ in range(300)]
        before = [block(" ".join(paragraph)) for paragraph in paragraphs]
        after = [
            block(" ".join([*paragraph[:15], "new", *paragraph[16:]])) for paragraph in paragraphs
        ]
        changes = diff_blocks(before, after)
        assert {change.change for change in changes} == {Change.CHANGED}
        assert all("[+new+]" in line for line in told(changes))


class TestAttributes:
    def test_a_heading_gets_another_level(self) -> None:
        """What is said of a block is a change of it, its text the same."""
        one = Block("heading", (), {"level": 1}, (piece("Title"),), key=1)
        two = replace(one, attributes={"level": 2})
        (change,) = diff_blocks([one], [two])
        assert told([change]) == ["changed: Title"]
        assert change.attributes == {"level": 2}
        assert change.attributes_before == {"level": 1}
        assert change.kind_before is None

    def test_a_paragraph_becomes_a_heading(self) -> None:
        """The editor makes the element anew; it is still one block, of another kind."""
        before = block("A title", key=1)
        (change,) = diff_blocks([before], [replace(before, kind="heading", key=2)])
        assert (change.change, change.kind, change.kind_before) == (
            Change.CHANGED,
            "heading",
            "paragraph",
        )
        assert change.attributes_before is None

    def test_a_paragraph_becomes_a_list_item(self) -> None:
        """Standing in something else is a change, too."""
        before = block("Milk", key=1)
        after = replace(before, path=("bulletList", "listItem"))
        (change,) = diff_blocks([before], [after])
        assert change.change is Change.CHANGED
        assert change.path == ("bulletList", "listItem")


class TestSplitsAndJoins:
    def test_a_paragraph_is_split(self) -> None:
        """The first part lost its end, which stands in a block of its own."""
        before = [block("One two three.", piece(" Four five.", gone="bob"), key=1)]
        after = [block("One two three.", key=1), block(piece("Four five.", "bob"), key=2)]
        assert told(diff_blocks(before, after)) == [
            "changed: One two three.[- Four five.-]@bob",
            "added@bob: [+Four five.+]@bob",
        ]

    def test_two_paragraphs_are_joined(self) -> None:
        """The first got the text of the second, which is gone."""
        before = [block("One two three.", key=1), block(piece("Four five.", gone="bob"), key=2)]
        after = [block("One two three.", piece(" Four five.", "bob"), key=1)]
        assert told(diff_blocks(before, after)) == [
            "changed: One two three.[+ Four five.+]@bob",
            "removed@bob: [-Four five.-]@bob",
        ]

    def test_a_small_part_is_split_off(self) -> None:
        """A part of a long paragraph is recognized by standing at its start or end."""
        end = "and lived happily ever after in a very small house beyond the seven hills"
        before = [block(f"They married {end}")]
        after = [block("They married today,"), block(end)]
        assert told(diff_blocks(before, after)) == [
            "added: [+They married today,+]",
            f"changed: [-They married -]{end}",
        ]

    def test_a_short_beginning_is_split_off(self) -> None:
        """Though most words are in the new element, the old one lost them and keeps its letters."""
        end = "and lived happily ever after in a very small house"
        before = [block(piece("They married ", "ann"), piece(end, "ann", gone="bob"), key=1)]
        after = [block(piece("They married ", "ann"), key=1), block(piece(end, "bob"), key=2)]
        assert told(diff_blocks(before, after)) == [
            f"changed: They married [-{end}-]@bob",
            f"added@bob: [+{end}+]@bob",
        ]

    def test_what_only_looks_new_was_not_written_by_anybody(self) -> None:
        """An element that kept a word while its text went elsewhere is not its first author's news."""
        words = "once upon a time there was a king"
        before = [
            Block(
                "paragraph",
                (),
                {},
                (piece("So ", "ann"), piece(words, "ann", gone="bob")),
                "ann",
                key=1,
            )
        ]
        after = [
            Block(
                "paragraph", (), {}, (piece("So ", "ann"), piece("it began", "bob")), "ann", key=1
            ),
            block(piece(f"So {words}", "bob"), key=2),
        ]
        assert told(diff_blocks(before, after)) == [
            "added@bob: [+So +][+it began+]@bob",
            f"same: So {words}",
        ]

    def test_a_line_is_put_before_a_paragraph(self) -> None:
        """Return at the start of a paragraph only added an empty one."""
        words = "One two three four."
        changes = diff_blocks([block(words, key=1)], [block(key=1), block(words, key=2)])
        assert told(changes) == ["added:", f"same: {words}"]


class TestMoves:
    def test_a_block_is_moved(self) -> None:
        """It is told at both places, and only the new one says by whom."""
        text = "red green blue"
        before = [
            block("alpha beta gamma", key=1),
            block("one two three", key=2),
            Block("paragraph", (), {}, (piece(text, gone="bob"),), remover="bob", key=3),
        ]
        after = [block(piece(text, "bob"), key=4), *before[:2]]
        assert told(diff_blocks(before, after)) == [
            "movedHere@bob: red green blue",
            "same: alpha beta gamma",
            "same: one two three",
            "movedAway@bob: red green blue",
        ]

    def test_the_shorter_of_two_is_what_moved(self) -> None:
        """Of two blocks that changed places the long one stays."""
        long, short = block("A rather long paragraph of many words"), block("A short line")
        kinds = [change.change for change in diff_blocks([long, short], [short, long])]
        assert kinds == [Change.MOVED_HERE, Change.SAME, Change.MOVED_AWAY]

    def test_a_moved_block_was_edited_too(self) -> None:
        """What changed in it shows at the new place; at the old one it is as it was."""
        rest = [block(f"Paragraph {n} of the rest", key=n) for n in ("one", "two", "three")]
        old = block("The quick brown fox jumps over it", key="fox")
        new = block("The quick brown fox leaps over it", key="vixen")
        assert told(diff_blocks([old, *rest], [*rest, new])) == [
            "movedAway: The quick brown fox jumps over it",
            *(f"same: Paragraph {n} of the rest" for n in ("one", "two", "three")),
            "movedHere: The quick brown fox [-jumps-][+leaps+] over it",
        ]

    def test_a_moved_heading_became_a_paragraph(self) -> None:
        """The new place says what it was before."""
        rest = [block("Alpha beta gamma delta", key=1), block("One two three four", key=2)]
        title = Block("heading", (), {"level": 1}, (piece("On the road"),), key=3)
        changes = diff_blocks([title, *rest], [*rest, block("On the road", key=4)])
        assert (changes[0].kind, changes[0].attributes) == ("heading", {"level": 1})
        assert (changes[-1].kind, changes[-1].kind_before) == ("paragraph", "heading")
        assert changes[-1].attributes_before == {"level": 1}

    def test_a_few_words_are_a_coincidence(self) -> None:
        """That `Oh no` is gone here and new there is no move, unless it is the same element."""
        rest = [block("Alpha beta gamma delta", key=1), block("One two three four", key=2)]
        line, again = block("Oh no", key=3), block("Oh no", key=4)
        assert told(diff_blocks([line, *rest], [*rest, again]))[0] == "removed: [-Oh no-]"
        assert told(diff_blocks([line, *rest], [*rest, line]))[0] == "movedAway: Oh no"

    def test_a_copy_is_no_move(self) -> None:
        """Text that also stayed where it was is added a second time."""
        rest = [block("Alpha beta gamma delta", key=1), block("One two three four", key=2)]
        changes = diff_blocks(rest, [*rest, block("Alpha beta gamma delta", key=3)])
        assert [change.change for change in changes] == [Change.SAME, Change.SAME, Change.ADDED]


class TestWords:
    def test_whole_words_are_replaced(self) -> None:
        """People read words, not letters."""
        assert reworded("My colour is red.", "My color is red.") == (
            "My [-colour-][+color+] is red."
        )

    def test_words_come_and_go(self) -> None:
        """What stands around a new or missing word did not change."""
        assert reworded("one three", "one two three") == "one [+two +]three"
        assert reworded("one two three", "one three") == "one [-two -]three"
        assert reworded("one", "one!") == "one[+!+]"
        assert reworded("", "Hello") == "[+Hello+]"

    def test_runs_of_words_stay_together(self) -> None:
        """Of two equal words, the one next to its old neighbours is the old one."""
        assert reworded("x a b c", "a q a b c y") == "[-x-][+a q+] a b c[+ y+]"

    def test_neighbouring_replaced_words_are_one_stretch(self) -> None:
        """A space between two replaced words was not kept by anybody."""
        assert reworded("a slow red car", "a fast blue car") == "a [-slow red-][+fast blue+] car"

    def test_a_rewritten_sentence_is_not_confetti(self) -> None:
        """A small word that both sentences happen to have does not cut them up."""
        assert reworded(
            "He left early in the morning with his dog of many years.",
            "She slept until noon the day before our trip to Rome.",
        ) == (
            "[-He left early in the morning with his dog of many years-]"
            "[+She slept until noon the day before our trip to Rome+]."
        )

    def test_lines_of_a_program_stay_lines(self) -> None:
        """Replaced lines below each other are told line by line."""
        assert reworded("go(a)\nrun(b)\n", "stop(a)\nhalt(b)\n") == (
            "[-go-][+stop+](a)\n[-run-][+halt+](b)"
        )

    def test_scripts_without_spaces(self) -> None:
        """A Chinese or Japanese character is a word."""
        assert reworded("吾輩は猫である", "吾輩は犬である") == "吾輩は[-猫-][+犬+]である"

    def test_right_to_left(self) -> None:
        """Hebrew and Arabic, in the order they are written in."""
        assert reworded("שלום עולם גדול", "שלום עולם קטן") == "שלום עולם [-גדול-][+קטן+]"
        assert reworded("بيتٌ كبير", "بيتٌ صغير") == "بيتٌ [-كبير-][+صغير+]"

    def test_astral_characters(self) -> None:
        """An emoji made of many code points is one thing."""
        assert reworded("Hi 👩‍👩‍👧 you", "Hi 👩‍👩‍👦 you") == "Hi [-👩‍👩‍👧-][+👩‍👩‍👦+] you"
        assert reworded("𐍅𐌿 𐌻", "𐍅𐌿 𐍆") == "𐍅𐌿 [-𐌻-][+𐍆+]"

    def test_formatting(self) -> None:
        """The same text with other marks is neither added nor removed."""
        before = block("one ", piece("two", italic={}), " three", key=1)
        after = block("one ", piece("two", bold={}), " ", piece("three", bold={}), key=1)
        (change,) = diff_blocks([before], [after])
        assert told([change]) == ["changed: one [*two*] [*three*]"]
        assert [
            (s.marks, s.marks_before) for s in change.segments if s.marks_before is not None
        ] == [
            ({"bold": {}}, {"italic": {}}),
            ({"bold": {}}, {}),
        ]

    def test_formatting_of_a_part_of_a_word(self) -> None:
        """Marks are told to the letter."""
        before = block("unbelievable", key=1)
        after = block("un", piece("believe", bold={}), "able", key=1)
        assert told(diff_blocks([before], [replace(after, pieces=after.pieces[:2])])) == [
            "changed: [-unbelievable-][+un+][+believe+]"
        ]
        before = block("unbelieveable", key=1)
        assert told(diff_blocks([before], [after])) == ["changed: un[*believe*]able"]

    def test_neighbours_alike_are_one_segment(self) -> None:
        """Who wrote what stayed cuts nothing up; nor do pieces that differ in nothing."""
        before = block(piece("one ", "ann"), piece("two", "bob"), key=1)
        after = block(
            piece("one ", "ann"), piece("two", "bob"), piece(" th", "cy"), piece("ree", "cy")
        )
        (change,) = diff_blocks([before], [replace(after, key=1)])
        assert [segment.text for segment in change.segments] == ["one two", " three"]

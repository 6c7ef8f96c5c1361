"""Taking one person's edits back, and nobody else's."""

from __future__ import annotations

from pycrdt import Map

from collab.crdt.compaction import compact
from collab.crdt.undoing import NOTHING_TO_DO
from collab.crdt.weave import Weave
from collab.history.reverting import Chosen, put_back_by, reverting_update
from tests.unit.history.writers import Writers, said


def reverted(
    writers: Writers, author: str | None = None, first: int = 1, last: int = 10**6
) -> tuple[str, str, dict[str, object]]:
    """Return what the document says once the chosen edits are taken back."""
    chosen = Chosen(author, first, last)
    state = writers.state
    update = reverting_update(b"\0\0", writers.rows, chosen, writers.written, state, 99)
    return said(state, update)


def test_what_one_wrote_goes_and_the_rest_stays() -> None:
    """Also in the middle of others' words."""
    writers = Writers()
    writers.type("ann", "Hello world")
    writers.type("ben", " cruel", at=5)
    writers.type("ann", "!")
    assert reverted(writers, "ben")[0] == "Hello world!"
    assert reverted(writers, "ann")[0] == " cruel"


def test_what_one_deleted_of_others_comes_back() -> None:
    """But not what others deleted."""
    writers = Writers()
    writers.type("ann", "one two three")
    writers.delete("ben", 3, 7)
    writers.delete("ann", 0, 3)
    assert said(writers.state)[0] == " three"
    assert reverted(writers, "ben")[0] == " two three"


def test_what_one_wrote_and_deleted_stays_gone() -> None:
    """Only what shows can be taken back."""
    writers = Writers()
    writers.type("ann", "a")
    writers.type("ben", "typo")
    writers.delete("ben", 1, 5)
    chosen = Chosen("ben", 1, 10**6)
    state = writers.state
    update = reverting_update(b"\0\0", writers.rows, chosen, writers.written, state, 99)
    assert said(state, update) == said(state)


def test_a_paragraph_others_went_on_with_stays() -> None:
    """Ann began it, Ben wrote in it: his words keep their paragraph, and its kind."""
    writers = Writers()
    writers.paragraph("ann", "Plan", kind="heading", level="2")
    writers.paragraph("ann", "Her own.")
    writers.go_on("ben", 0, " of Ben")
    assert reverted(writers, "ann")[1] == '<heading level="2"> of Ben</heading>'
    assert "Plan</heading><paragraph>Her own." in reverted(writers, "ben")[1]


def test_a_value_one_set_gives_way_to_the_one_before() -> None:
    """Keys of maps and attributes go back to what they were."""
    writers = Writers()
    writers.put("ann", "status", "draft")
    writers.put("ben", "status", "final")
    assert reverted(writers, "ben")[2] == {"status": "draft"}


def test_a_time_is_taken_back_whoever_wrote_then() -> None:
    """By sequence numbers, with both ends, and for one author only if asked."""
    writers = Writers()
    for number, name in enumerate(("ann", "ben", "ann", "ben"), 1):
        writers.type(name, str(number))
    assert reverted(writers, None, 2, 3)[0] == "14"
    assert reverted(writers, "ann", 2, 3)[0] == "124"


def test_nobody_known_changes_nothing() -> None:
    """An author who wrote nothing here leaves nothing to take back."""
    writers = Writers()
    writers.type("ann", "x")
    chosen = Chosen("eve", 1, 10**6)
    update = reverting_update(b"\0\0", writers.rows, chosen, writers.written, writers.state, 99)
    assert update == NOTHING_TO_DO


def test_what_comes_back_keeps_its_authors() -> None:
    """Also where words of several people were deleted, in one go or with their paragraph."""
    writers = Writers()
    writers.type("ann", "one 😀 three")
    writers.type("ben", "two ", at=4)
    writers.delete("cat", 2, 8)
    writers.type("ben", "!")
    chosen = Chosen("cat", 1, 10**6)
    state, written = writers.state, writers.written
    update = reverting_update(b"\0\0", writers.rows, chosen, written, state, 99)
    claims = put_back_by(b"\0\0", writers.rows, chosen, written, update, 99)
    back = said(state, update)[0]
    assert back == "one two 😀 three!"
    copies = Weave(compact([state, update]))
    owned = {claim.first: claim.author for claim in claims}
    read: dict[str, str] = {}
    for item in copies.items():
        if item.client == 99 and not item.deleted:
            for n, letter in enumerate(item.text):
                first = max(clock for clock in owned if clock <= item.clock + n)
                read[letter] = owned[first]
    assert read["w"] == "ben"
    assert read["e"] == "ann"


def test_nothing_came_back() -> None:
    """Where only words go nobody inherits anything."""
    writers = Writers()
    writers.type("ann", "x")
    writers.type("ben", "y")
    chosen = Chosen("ben", 1, 10**6)
    update = reverting_update(b"\0\0", writers.rows, chosen, writers.written, writers.state, 99)
    assert put_back_by(b"\0\0", writers.rows, chosen, writers.written, update, 99) == ()


def test_others_values_stay_in_a_map_one_made() -> None:
    """Ann made the card, Ben put a price on it: the card stays, for the price."""
    writers = Writers()
    writers.put("ann", "card", Map({"title": "Ann's"}))
    card = writers.doc("ben").get("map", type=Map)["card"]
    card["price"] = 42
    writers.log("ben")
    assert reverted(writers, "ann")[2] == {"card": {"price": 42.0}}
    assert reverted(writers, "ben")[2] == {"card": {"title": "Ann's"}}


def test_a_second_revert_puts_nothing_back_again() -> None:
    """But once the first was undone it works anew; paragraphs and values as well as words."""
    writers = Writers()
    writers.type("ann", "hello world")
    writers.paragraph("ann", "A paragraph.")
    writers.delete("ben", 0, 6)
    writers.remove_block("ben", 0)
    chosen = Chosen("ben", 1, 10**6)
    first = reverting_update(b"\0\0", writers.rows, chosen, writers.written, writers.state, 90)
    writers.append("cat", first)
    once = said(writers.state)
    assert once[0] == "hello world"
    assert once[1] == "<paragraph>A paragraph.</paragraph>"
    second = reverting_update(b"\0\0", writers.rows, chosen, writers.written, writers.state, 91)
    assert said(writers.state, second) == once
    writers.delete("cat", 0, 6)
    third = reverting_update(b"\0\0", writers.rows, chosen, writers.written, writers.state, 92)
    assert said(writers.state, third) == once

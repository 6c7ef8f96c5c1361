"""Many stored updates become few that say the same, in whatever order they were stored."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from pycrdt import Doc, Text, merge_updates

from collab.crdt.update import inspect_update
from collab.importing.foreign import UnreadableStore
from collab.importing.gathering import Gathered, gather
from tests.support.people import Person


def said(updates: tuple[bytes, ...]) -> str:
    document: Doc[Text] = Doc()
    text = document.get("text", type=Text)
    for update in updates:
        document.apply_update(update)
    return str(text)


def is_in_order(pieces: tuple[bytes, ...]) -> bool:
    """Return whether each piece needs at most what those before it bring."""
    vector: dict[int, int] = {}
    for piece in pieces:
        info = inspect_update(piece)
        if not info.is_ready(vector):
            return False
        for client, (_, end) in info.clocks.items():
            vector[client] = max(end, vector.get(client, 0))
    return True


def two_people(letters: int) -> tuple[list[bytes], str]:
    """Return the updates of two who type in turns, one of whom also deletes, and what they wrote."""
    ann, ben = Person(client_id=1), Person(client_id=2)
    updates = []
    for number in range(letters):
        writer, other = (ann, ben) if number % 3 else (ben, ann)
        updates.append(writer.type(chr(97 + number % 26), at=len(str(writer)) // 2))
        other.hear(updates[-1])
        if number % 10 == 9:
            updates.append(ann.delete(0, 1))
            ben.hear(updates[-1])
    return updates, str(ann)


ORDERS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "as written": list,
    "backwards": lambda updates: updates[::-1],
    "shuffled": lambda updates: random.Random(7).sample(updates, len(updates)),
    "twice": lambda updates: [*updates, *updates],
}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_does_not_matter(order: str) -> None:
    """Nothing waits when everything is there, and the pieces say it all."""
    updates, text = two_people(400)
    gathered = gather(ORDERS[order](updates), value_depth=64)
    assert gathered.waiting == ()
    assert len(gathered.pieces) == 1
    assert is_in_order(gathered.pieces)
    assert said(gathered.pieces) == text


def test_large_documents_come_in_several_pieces() -> None:
    """A piece has some half a megabyte unless an update has more by itself."""
    person = Person()
    for _ in range(40):
        person.type("x" * 50_000)
    gathered = gather(person.updates, value_depth=64)
    assert len(gathered.pieces) == 4
    assert max(map(len, gathered.pieces)) < 600_000
    assert is_in_order(gathered.pieces)
    assert said(gathered.pieces) == str(person)


def test_what_lacks_something_waits() -> None:
    """The updates after a gap are handed on; with the missing one they complete the document."""
    updates, text = two_people(60)
    gathered = gather([*updates[:20], *updates[21:]], value_depth=64)
    assert gathered.waiting
    assert is_in_order(gathered.pieces)
    assert said((*gathered.pieces, *gathered.waiting, updates[20])) == text


def test_one_update_with_a_gap_inside_is_parted() -> None:
    """What can be shown is shown: a stored document does not wait as a whole for its missing part."""
    person = Person(client_id=5)
    updates = [person.type(word) for word in ("one ", "two ", "three ", "four ")]
    stored = merge_updates(updates[0], updates[1], updates[3])
    assert not inspect_update(stored).is_ready({})
    gathered = gather([stored], value_depth=64)
    assert said(gathered.pieces) == "one two "
    assert len(gathered.waiting) == 1
    assert said((*gathered.pieces, *gathered.waiting, updates[2])) == str(person)
    assert gather([stored], value_depth=64) == gathered


def test_empty_updates_are_left_out() -> None:
    """y-websocket stores one whenever it opens a document."""
    assert gather([b"\x00\x00", b"\x00\x00"], value_depth=64) == Gathered((), ())


@pytest.mark.parametrize(
    ("updates", "what"),
    [
        ([b"\xff\xff"], "Not imported, its update: "),
        ([b"\x00\x00", b"\x01"], "Not imported, update 2 of 2: "),
        ([b"\x00" * 13], "convertUpdateFormatV2ToV1"),
        ([b""], "its update: It is empty; an empty document is an update of two zero bytes"),
    ],
)
def test_what_is_no_update(updates: list[bytes], what: str) -> None:
    """The sentence says which one, and why."""
    with pytest.raises(UnreadableStore, match=what):
        gather(updates, value_depth=64)

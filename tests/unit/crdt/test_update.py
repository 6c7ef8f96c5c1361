"""What `inspect_update` reads from good updates."""

from __future__ import annotations

import pytest

from collab.crdt.deletions import Deletions
from collab.crdt.lib0 import write_bytes, write_var_uint
from collab.crdt.update import RootKind, inspect_update
from tests.unit.crdt.builder import delete_set, identity, root, string, text_struct, update

HELLO = bytes.fromhex("01010900040101780568656c6c6f00")
"""Client 9 types `hello` into the root `x`."""


def test_the_empty_update_holds_and_needs_nothing() -> None:
    """Two zero bytes are a valid update; it is ready everywhere and news nowhere."""
    info = inspect_update(b"\x00\x00")
    assert (info.clocks, info.needs, info.deletions, info.roots) == ({}, {}, {}, {})
    assert info.is_ready({})
    assert not info.is_news({}, Deletions())


def test_a_first_insertion() -> None:
    """Text into a root names the root, its kind and the author's clocks, and needs nothing."""
    info = inspect_update(HELLO)
    assert info.clocks == {9: (0, 5)}
    assert info.needs == {}
    assert info.roots == {"x": RootKind.TEXT}
    assert info.size == len(HELLO)
    assert not info.has_subdocuments


@pytest.mark.parametrize(
    ("made", "clocks", "needs"),
    [
        ("0101030004010178013100", (0, 1), {}),
        ("01010301840300013200", (1, 2), {3: 1}),
        ("01010302840301013300", (2, 3), {3: 2}),
    ],
)
def test_keystrokes_need_what_was_typed_before(
    made: str, clocks: tuple[int, int], needs: dict[int, int]
) -> None:
    """Three keystrokes of real Yjs: each needs the ones before it and nothing else."""
    info = inspect_update(bytes.fromhex(made))
    assert info.clocks == {3: clocks}
    assert info.needs == needs


def test_a_deletion_needs_the_end_of_what_it_deletes() -> None:
    """Before the text is there a deletion would be lost by one engine, so it must wait."""
    info = inspect_update(bytes.fromhex("000109010002"))
    assert info.deletions == {9: ((0, 2),)}
    assert info.needs == {9: 2}
    assert not info.is_ready({9: 1})
    assert info.is_ready({9: 2})


def test_origins_parents_and_deletions_of_others_are_needed() -> None:
    """Every id that the update does not bring itself counts, with the highest clock per client."""
    made = update(
        (5, 4, [text_struct("a", origin=(6, 10), right=(7, 20))]),
        (4, 0, [text_struct("b", parent=b"\x00" + identity((8, 30)))]),
        deletes=delete_set({9: [(40, 2)], 5: [(0, 2)]}),
    )
    info = inspect_update(made)
    assert info.needs == {5: 4, 6: 11, 7: 21, 8: 31, 9: 42}
    assert (info.lefts, info.rights, info.parents) == (((6, 10),), ((7, 20),), ((8, 30),))


def test_what_the_update_brings_is_not_needed() -> None:
    """Ids within the update's own blocks do not count, in either order of the blocks."""
    made = update(
        (5, 0, [text_struct("a"), text_struct("c", origin=(4, 1))]),
        (4, 0, [text_struct("xy", origin=(5, 0))]),
        deletes=delete_set({4: [(0, 2)]}),
    )
    assert inspect_update(made).needs == {}


def test_the_end_of_a_gap_is_needed() -> None:
    """A Skip says that somebody else brings the structs in between."""
    made = update((5, 0, [text_struct("ab"), b"\x0a\x03", text_struct("c", origin=(5, 4))]))
    info = inspect_update(made)
    assert info.clocks == {5: (0, 6)}
    assert info.needs == {5: 5}


def test_deletions_are_sorted_and_joined() -> None:
    """Yjs accepts ranges in any order; afterwards they are in order and do not touch."""
    made = b"\x00" + delete_set({5: [(7, 2), (0, 3), (3, 1), (8, 4)], 6: []})
    assert inspect_update(made).deletions == {5: ((0, 4), (7, 12)), 6: ()}


def test_text_is_measured_in_utf16_units() -> None:
    """Clocks count as JavaScript does; the middles of surrogate pairs are known."""
    info = inspect_update(update((5, 0, [text_struct("é😀漢😀")])))
    assert info.clocks == {5: (0, 6)}
    assert info.pairs == {5: [2, 5]}


@pytest.mark.parametrize(
    ("content", "length"),
    [
        (b"\x01\x07", 7),
        (b"\x02\x02" + string('{"a":1}') + string("undefined"), 2),
        (b"\x03" + write_bytes(b"\x00\xff"), 1),
        (b"\x04" + string("abc"), 3),
        (b"\x05" + string('{"image":"a.png"}'), 1),
        (b"\x06" + string("bold") + string("true"), 1),
        (b"\x07\x00", 1),
        (b"\x07\x03" + string("p"), 1),
        (b"\x07\x05" + string("hook"), 1),
        (b"\x07\x06", 1),
        (b"\x08\x03\x7e\x77\x01a\x7d\x05", 3),
        (b"\x09" + string("guid") + b"\x76\x00", 1),
    ],
    ids=["deleted", "json", "binary", "string", "embed", "format", "array", "element", "hook",
         "xmltext", "any", "doc"],
)  # fmt: skip
def test_every_kind_of_content_has_its_length(content: bytes, length: int) -> None:
    """All content Yjs writes is read, and the clocks go on by its length."""
    made = update((5, 3, [content[:1] + root() + content[1:]]))
    info = inspect_update(made)
    assert info.clocks == {5: (3, 3 + length)}
    assert info.has_subdocuments == (content[0] == 9)


def test_collected_structs_and_tombstones_are_told_apart() -> None:
    """A collected struct is nothing but a length, a tombstone keeps its place in a type."""
    made = update((5, 0, [b"\x00\x04", b"\x00\x02", b"\x01" + root() + b"\x03"]))
    info = inspect_update(made)
    assert info.clocks == {5: (0, 9)}
    assert info.collected == {5: [(0, 6)]}
    assert info.tombstones == {5: [(6, 9)]}
    assert info.roots == {"t": RootKind.UNKNOWN}


@pytest.mark.parametrize(
    ("structs", "kind"),
    [
        ([b"\x28" + root() + string("k") + b"\x01\x7e"], RootKind.MAP),
        ([b"\x08" + root() + b"\x01\x7e"], RootKind.ARRAY),
        ([b"\x07" + root() + b"\x01"], RootKind.ARRAY),
        ([b"\x07" + root() + b"\x03" + string("p")], RootKind.XML),
        ([b"\x06" + root() + string("bold") + string("true")], RootKind.TEXT),
        ([b"\x28" + root() + string("k") + b"\x01\x7e", text_struct("a")], RootKind.TEXT),
    ],
)
def test_structs_tell_what_kind_their_root_is(structs: list[bytes], kind: RootKind) -> None:
    """Keys mean a map, unless the root also has content in order."""
    assert inspect_update(update((5, 0, structs))).roots == {"t": kind}


def test_keys_beside_an_origin_are_not_written() -> None:
    """An item that replaces a map entry has the key flag, but Yjs writes the key only once."""
    made = update((5, 1, [b"\xa8" + identity((5, 0)) + b"\x01\x7e"]))
    assert inspect_update(made).clocks == {5: (1, 2)}


def test_only_what_is_lacking_is_news() -> None:
    """Known clocks and known deletions are no news, however often they are sent."""
    made = update((5, 0, [text_struct("ab")]), deletes=delete_set({4: [(0, 2)]}))
    info = inspect_update(made)
    deletions = Deletions()
    assert info.is_news({}, deletions)
    assert info.is_news({4: 9, 5: 2}, deletions)
    deletions.add({4: ((0, 2),)})
    assert not info.is_news({4: 9, 5: 2}, deletions)
    assert info.is_news({4: 9, 5: 1}, deletions)


def test_values_may_nest_as_deep_as_asked() -> None:
    """The depth is the caller's setting."""
    made = update((5, 0, [b"\x08" + root() + b"\x01" + b"\x75\x01" * 3 + b"\x7e"]))
    assert inspect_update(made, value_depth=3).size == len(made)


def test_large_client_ids_and_clocks_are_read() -> None:
    """Client ids go up to 2^53-1 and clocks up to 2^31-1."""
    client, clock = 2**53 - 1, 2**31 - 3
    info = inspect_update(update((client, clock, [text_struct("a", origin=(client, clock - 1))])))
    assert info.clocks == {client: (clock, clock + 1)}
    assert write_var_uint(client) == b"\xff" * 7 + b"\x0f"

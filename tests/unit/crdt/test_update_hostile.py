"""Updates made to kill: each of these crashed, hung or poisoned an engine or a browser."""

from __future__ import annotations

import base64
import tracemalloc

import pytest

from collab.crdt.lib0 import write_bytes, write_var_uint
from collab.crdt.update import inspect_update
from collab.errors import InvalidUpdate
from tests.unit.crdt.builder import delete_set, identity, number, root, string, text_struct, update

ANY = bytes.fromhex("010107000801016101")
"""One client's ContentAny of one value in the root `a`; the value follows."""

FREEZES_PYCRDT = base64.b64decode(
    "AQQC////////////ASEBAW0BYQEoAQFtAWIBdQJ9AXYBAWN3AWQnAQFtAW4BJwACAgFxAAECAQAB"
)

KILLERS = {
    "arrays nested 30,000 deep": ANY + b"\x75\x01" * 30_000 + b"\x7e\x00",
    "arrays nested 14,000 deep": ANY + b"\x75\x01" * 14_000 + b"\x7e\x00",
    "arrays nested 65 deep": ANY + b"\x75\x01" * 65 + b"\x7e\x00",
    "objects nested 26,000 deep": ANY + b"\x76\x01\x01k" * 26_000 + b"\x7e\x00",
    "a clock near 2^63": FREEZES_PYCRDT,
    "2^26 clients": number(2**26) + b"\x00",
    "2^27 clients": number(2**27) + b"\x00",
    "2^64-1 clients": number(2**64 - 1) + b"\x00",
    "2^28 structs": b"\x01" + number(2**28) + b"\x05\x00\x00\x01\x00",
    "2^53-1 structs": b"\x01" + number(2**53 - 1) + b"\x05\x00\x00\x01\x00",
    "no structs": b"\x01\x00\x05\x00\x00",
    "2^40 values": update((5, 0, [b"\x08" + root() + number(2**40) + b"\x7e"])),
    "an array of 2^63 values": ANY + b"\x75" + number(2**63) + b"\x7e\x00",
    "an object of 2^40 keys": ANY + b"\x76" + number(2**40) + b"\x7e\x00",
    "2^40 JSON values": update((5, 0, [b"\x02" + root() + number(2**40) + string("1")])),
    "2^50 deleted ranges": b"\x00\x01\x05" + number(2**50) + b"\x00\x01",
    "2^50 clients with deletions": b"\x00" + number(2**50) + b"\x05\x01\x00\x01",
    "a collected struct of length 0": update((5, 0, [b"\x00\x00"])),
    "a collected struct of length 2^31": update((5, 0, [b"\x00" + number(2**31)])),
    "a collected struct of length 2^32-1": update((5, 0, [b"\x00" + number(2**32 - 1)])),
    "collected structs that add up to 2^31": update((5, 0, [b"\x00" + number(2**30)] * 2)),
    "a collected struct with an origin": update((5, 9, [b"\x80" + identity((5, 0)) + b"\x01"])),
    "a gap of length 0": update((5, 0, [b"\x0a\x00", text_struct("a")])),
    "a gap of length 2^32-1": update((5, 0, [b"\x0a" + number(2**32 - 1), text_struct("a")])),
    "a gap at the end": update((5, 0, [text_struct("a"), b"\x0a\x01"])),
    "nothing but a gap": update((5, 0, [b"\x0a\x01"])),
    "a gap with flags": update((5, 0, [b"\x8a\x01", text_struct("a")])),
    "a tombstone of length 0": update((5, 0, [b"\x01" + root() + b"\x00"])),
    "a tombstone of length 2^32-1": update((5, 0, [b"\x01" + root() + number(2**32 - 1)])),
    "text of length 0": update((5, 0, [text_struct("")])),
    "no values": update((5, 0, [b"\x08" + root() + b"\x00"])),
    "no JSON values": update((5, 0, [b"\x02" + root() + b"\x00"])),
    "a deleted range of length 0": b"\x00" + delete_set({5: [(0, 0)]}),
    "a deleted range of length 2^32-1": b"\x00" + delete_set({5: [(0, 2**32 - 1)]}),
    "a deleted range that overflows": b"\x00" + delete_set({5: [(2**53 - 1, 2**53 - 1)]}),
    "a clock of 2^31": update((5, 2**31 - 1, [text_struct("a", origin=(5, 0))])),
    "a client of 2^53": b"\x01\x01" + number(2**53) + b"\x00" + text_struct("a") + b"\x00",
    "a client of 2^64": b"\x01\x01" + number(2**64) + b"\x00" + text_struct("a") + b"\x00",
    "an origin's clock of 2^53": update((5, 1, [text_struct("a", origin=(5, 2**53))])),
    "another's clock of 2^31": update((5, 1, [text_struct("a", origin=(6, 2**31))])),
    "a client twice": update((5, 0, [text_struct("a")]), (5, 1, [text_struct("b")])),
    "a client twice among deletions": b"\x00\x02\x05\x01\x00\x01\x05\x01\x02\x01",
    "its own parent": update((5, 0, [text_struct("a", parent=b"\x00" + identity((5, 0)))])),
    "its own origin": update((5, 1, [text_struct("a", origin=(5, 1))])),
    "its own right origin": update((5, 1, [text_struct("a", right=(5, 1))])),
    "its own future": update((5, 1, [text_struct("a", origin=(5, 7))])),
    "a circle": update(
        (5, 0, [text_struct("a", origin=(6, 0))]), (6, 0, [text_struct("b", origin=(5, 0))])
    ),
    "a circle of three": update(
        (5, 0, [text_struct("a", origin=(6, 1))]),
        (6, 0, [text_struct("b"), text_struct("b", origin=(7, 0))]),
        (7, 0, [text_struct("c", right=(5, 0))]),
    ),
    "text as parent": update(
        (5, 0, [text_struct("abc"), text_struct("d", parent=b"\x00" + identity((5, 1)))])
    ),
    "no parent at all": update((5, 0, [b"\x04\x02" + string("t") + string("a")])),
    "an unknown kind": update((5, 0, [b"\x0b" + root() + b"\x01"])),
    "kind 31": update((5, 0, [b"\x1f" + root() + b"\x01"])),
    "an unknown type": update((5, 0, [b"\x07" + root() + b"\x07"])),
    "an element without a name": update((5, 0, [b"\x07" + root() + b"\x03"])),
    "an unknown tag": ANY + b"\x73\x00",
    "a prototype key": ANY + b"\x76\x01" + string("__proto__") + b"\x76\x00\x00",
    "a sub-document with a 1 MB id": update(
        (5, 0, [b"\x09" + root() + string("g" * 1_000_000) + b"\x76\x00"])
    ),
    "a sub-document without options": update((5, 0, [b"\x09" + root() + string("g") + b"\x7e"])),
    "options that never end": update((5, 0, [b"\x09" + root() + string("g")])),
    "200,000 brackets": update((5, 0, [b"\x05" + root() + string("[" * 200_000)])),
    "65 balanced brackets": update((5, 0, [b"\x05" + root() + string("[" * 65 + "]" * 65)])),
    "brackets in a mark": update(
        (5, 0, [b"\x06" + root() + string("bold") + string('{"a":' * 100 + "1" + "}" * 100)])
    ),
    "brackets in JSON content": update((5, 0, [b"\x02" + root() + b"\x01" + string("[" * 9_999)])),
    "an embed that is no JSON": update((5, 0, [b"\x05" + root() + string("undefined")])),
    "not a number": update((5, 0, [b"\x06" + root() + string("size") + string("NaN")])),
    "half a surrogate pair in JSON": update((5, 0, [b"\x05" + root() + string('"\\ud800"')])),
    "bad UTF-8 in text": update((5, 0, [b"\x04" + root() + write_bytes(b"\xff\xfe")])),
    "a surrogate in UTF-8": update((5, 0, [b"\x04" + root() + write_bytes(b"\xed\xa0\x80")])),
    "bad UTF-8 in a root name": update((5, 0, [b"\x04\x01" + write_bytes(b"\xff") + string("a")])),
    "bad UTF-8 in a key": update((5, 0, [b"\x28" + root() + write_bytes(b"\xc3") + b"\x01\x7e"])),
    "text longer than the message": b"\x01\x01\x05\x00\x04" + root() + number(2**40) + b"abc\x00",
    "a padded number": b"\x01\x01\x85\x00\x00" + text_struct("a") + b"\x00",
    "bytes after the end": update((5, 0, [text_struct("a")])) + b"\x00",
    "no delete set": update((5, 0, [text_struct("a")]), deletes=b""),
    "an empty v2 update": bytes.fromhex("0000000000000000000000000000"),
    "a v2 update": bytes.fromhex("000006bdd0b392110000000100000401067465787468690002010000000000"),
    "a v2 update of 10^9 structs": b"\x00" * 9 + number(10**9) + b"\x05\x00" * 8,
    "200 KB of continuation bytes": b"\xff" * 200_000,
    "a client of continuation bytes": b"\x01\x01" + b"\xff" * 200_000,
    "nothing": b"",
}


@pytest.mark.parametrize("killer", KILLERS.values(), ids=KILLERS.keys())
def test_killers_are_refused(killer: bytes) -> None:
    """Refused with `invalid_update`, without deep recursion and without much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(InvalidUpdate):
            inspect_update(killer)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


@pytest.mark.parametrize(
    "made",
    [
        update(*((client, 0, [text_struct("a")]) for client in range(50_000))),
        b"\x00" + delete_set({5: [(2 * at, 1) for at in range(100_000)]}),
        update((5, 0, [b"\x07" + root() + b"\x03" + string("p")] + [
            b"\x07\x00" + identity((5, at)) + b"\x03" + string("p") for at in range(20_000)
        ])),
        update(
            *((client, 0, [text_struct("a", origin=(client + 1, 0))]) for client in range(20_000)),
            (20_000, 0, [text_struct("a")]),
        ),
        update(
            (1, 0, [text_struct("a")] + [
                text_struct("a", origin=(2, at)) for at in range(20_000)
            ]),
            (2, 0, [text_struct("b", origin=(1, at)) for at in range(20_000)]),
        ),
    ],
    ids=["50,000 clients", "100,000 ranges", "20,000 elements", "a long chain", "a ladder"],
)  # fmt: skip
def test_large_but_honest_updates_pass_in_linear_time(made: bytes) -> None:
    """Many clients, ranges or levels are no reason to refuse, nor to take long (see the timeout)."""
    assert inspect_update(made).size == len(made)


def test_a_subdocument_is_seen() -> None:
    """The 19 bytes that end a process with y-py are well formed; the info tells the adapter."""
    info = inspect_update(bytes.fromhex("010107002901016d0173057375622d31760000"))
    assert info.has_subdocuments


def test_memory_stays_in_proportion() -> None:
    """A megabyte of the smallest structs costs no more than a moderate multiple of it."""
    made = update((5, 0, [b"\x00\x01", b"\x01" + root("") + b"\x01"] * 160_000))
    tracemalloc.start()
    try:
        inspect_update(made)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(made) > 900_000
    assert peak < 64 * 2**20


def test_long_numbers_do_not_grow_the_cache() -> None:
    """Client ids are remembered, but never more than a few bytes each."""
    with pytest.raises(InvalidUpdate):
        inspect_update(b"\x01\x01" + b"\x80" * 1_000_000 + write_var_uint(1))

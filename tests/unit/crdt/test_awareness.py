"""The awareness codec."""

from __future__ import annotations

import json

import pytest

from collab.crdt.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab.crdt.lib0 import write_string, write_var_uint
from collab.errors import InvalidUpdate
from collab.limits import Limits

LIMITS = Limits(clients_per_awareness=64)


def entry(client: int, clock: int, state: str) -> bytes:
    return write_var_uint(client) + write_var_uint(clock) + write_string(state)


def test_the_first_words_of_stock_clients() -> None:
    """They say `{}` at clock 0 first; the bytes are the facts', there and back."""
    said = bytes.fromhex("01010002") + b"{}"
    entries = decode_awareness(said, LIMITS)
    assert entries == (AwarenessEntry(1, 0, "{}"),)
    assert encode_awareness(entries) == said


def test_states_come_back_compact_and_gone_is_none() -> None:
    """JSON is normalised: no spaces, letters as they are, whole numbers whole; null is None."""
    state = '{ "user": {"name": "Zoë 😀", "n": 1, "f": 0.5}, "cursor": null }'
    said = b"\x02" + entry(2**53 - 1, 7, state) + entry(5, 2**31 - 1, "null")
    first, second = decode_awareness(said, LIMITS)
    assert first.state == '{"user":{"name":"Zoë 😀","n":1,"f":0.5},"cursor":null}'
    assert second == AwarenessEntry(5, 2**31 - 1, None)
    again = decode_awareness(encode_awareness([first, second]), LIMITS)
    assert again == (first, second)
    assert json.loads(first.state) == json.loads(state)


def test_nobody_is_a_valid_update() -> None:
    """An update about nobody is one zero byte."""
    assert decode_awareness(b"\x00", LIMITS) == ()
    assert encode_awareness([]) == b"\x00"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x01",
        b"\x00\x00",
        b"\x01" + entry(1, 1, "{}") + b"x",
        b"\x01" + entry(1, 1, "[]"),
        b"\x01" + entry(1, 1, "1"),
        b"\x01" + entry(1, 1, "NaN"),
        b"\x01" + entry(1, 1, '{"a":NaN}'),
        b"\x01" + entry(1, 1, '{"a":1e999}'),
        b"\x01" + entry(1, 1, '{"a":"\\ud800"}'),
        b"\x01" + entry(1, 1, "{"),
        b"\x01" + entry(1, 1, '{"a":' * 9 + "1" + "}" * 9),
        b"\x01" + entry(1, 1, json.dumps({"a": "x" * 16_384})),
        b"\x01" + b"\xff" * 9 + b"\x7f" + b"\x01\x02{}",
        b"\x01" + entry(1, 2**31, "{}"),
        b"\x01" + entry(1, 2**53 - 1, "null"),
        b"\x02" + entry(1, 1, "{}") + entry(1, 2, "{}"),
        b"\x41" + b"".join(entry(client, 1, "{}") for client in range(65)),
        write_var_uint(100_000) + b"\x01" * 1_000,
        b"\xff" * 16_000,
    ],
    ids=lambda said: said[:12].hex() or "empty",
)
def test_bad_awareness_is_refused(said: bytes) -> None:
    """Only a few bounded JSON objects (or null) of distinct clients at sane clocks pass."""
    with pytest.raises(InvalidUpdate):
        decode_awareness(said, LIMITS)


def test_what_nobody_wants_is_counted_off() -> None:
    """Unwanted entries are skipped unread; around them everything is still checked."""
    said = b"\x03" + entry(1, 1, "{}") + entry(2, 2, "no JSON") + entry(3, 3, "null")
    asked: list[tuple[int, int, bool]] = []

    def wanted(client: int, clock: int, gone: bool) -> bool:
        asked.append((client, clock, gone))
        return client != 2

    entries = decode_awareness(said, LIMITS, wanted)
    assert entries == (AwarenessEntry(1, 1, "{}"), AwarenessEntry(3, 3, None))
    assert asked == [(1, 1, False), (2, 2, False), (3, 3, True)]
    with pytest.raises(InvalidUpdate):
        decode_awareness(said + b"x", LIMITS, wanted)


def test_a_room_full_of_echoes() -> None:
    """Two thousand people's states in one message pass; they are far more than one may show."""
    limits = Limits()
    state = json.dumps({"user": {"name": "x" * 200}})
    said = write_var_uint(2_000) + b"".join(entry(client, 1, state) for client in range(2_000))
    assert decode_awareness(said, limits, lambda *_: False) == ()

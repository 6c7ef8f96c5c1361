"""Facts about the packets that come in."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from socketio.packet import ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet

from collab.gateway.packets import IncomingPacket, PacketAssembler, ProtocolError


def _assembler(max_bytes: int = 1_000, *, wanted: bool = True) -> PacketAssembler:
    return PacketAssembler(max_bytes, lambda _namespace: wanted)


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", IncomingPacket(CONNECT, "/", None, None)),
        ('0/yjs|a b,{"token":"t"}', IncomingPacket(CONNECT, "/yjs|a b", None, {"token": "t"})),
        ("0/a?x=1,", IncomingPacket(CONNECT, "/a", None, None)),
        ("1/a,", IncomingPacket(DISCONNECT, "/a", None, None)),
        ('2["a",1]', IncomingPacket(EVENT, "/", None, ["a", 1])),
        ('2/n,12["a"]', IncomingPacket(EVENT, "/n", 12, ["a"])),
        ("31[]", IncomingPacket(ACK, "/", 1, [])),
        ('50-["a"]', IncomingPacket(EVENT, "/", None, ["a"])),
    ],
)
def test_parse(text: str, packet: IncomingPacket) -> None:
    """Every kind of packet is understood, with namespace, ack number and payload."""
    assert _assembler().feed(text) == packet


def test_attachments() -> None:
    """An event is whole when its last attachment is there; then the next may come."""
    assembler = _assembler()
    for _ in range(2):
        header = '52-7["a",{"x":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":0}]'
        assert assembler.feed(header) is None
        assert assembler.feed(b"one") is None
        packet = assembler.feed(b"two")
        assert packet == IncomingPacket(EVENT, "/", 7, ["a", {"x": [b"two"]}, b"one"])


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(args=st.lists(_VALUES, max_size=4), number=st.none() | st.integers(0, 2**53 - 1))
def test_what_the_library_sends(args: list[object], number: int | None) -> None:
    """Whatever python-socketio encodes with up to ten attachments comes back as it was."""
    packet = Packet(EVENT, data=["event", *args], id=number)
    encoded = packet.encode()
    parts = encoded if packet.packet_type == BINARY_EVENT else [encoded]
    assume(len(parts) <= 11)
    assembler = _assembler(1_000_000)
    *before, last = [assembler.feed(part) for part in parts]
    assert before == [None] * len(before)
    assert last == IncomingPacket(EVENT, "/", number, ["event", *args])


def test_unwanted() -> None:
    """Attachments for a namespace nobody joined are counted off and not kept."""
    assembler = _assembler(10, wanted=False)
    assert assembler.feed('53-["a",{"_placeholder":true,"num":0}]') is None
    assert [assembler.feed(bytes(1_000_000)) for _ in range(3)] == [None] * 3
    assert assembler._attachments == []
    assert assembler.feed('2["a"]') == IncomingPacket(EVENT, "/", None, ["a"])


def test_size() -> None:
    """Header and attachments of one event together may not pass the limit."""
    assembler = _assembler(100)
    assembler.feed('53-["a"]')
    assembler.feed(bytes(60))
    with pytest.raises(ProtocolError):
        assembler.feed(bytes(60))


def test_random_input() -> None:
    """Random and mutated packets give a packet or a `ProtocolError`, never anything else."""
    chance = random.Random(2)
    seeds = [
        '2/n,12["a",{"b":[1,2]}]',
        '52-7["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
        '0/x,{"token":"t"}',
        "31[null]",
    ]
    letters = '0123456789-,/[]{}":_placehodrntum²٣\x00😀'
    refused = 0
    for _ in range(20_000):
        text = list(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            text[at : at + chance.randint(0, 2)] = chance.choices(letters, k=chance.randint(0, 2))
            text = text or ["2"]
        assembler = _assembler()
        try:
            for part in ("".join(text), b"x", b"y"):
                assembler.feed(part)
        except ProtocolError:
            refused += 1
    assert refused > 10_000

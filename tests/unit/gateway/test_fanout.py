"""Facts about the encoding of outgoing messages."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import ACK, CONNECT_ERROR, EVENT, Packet

from collab.gateway.fanout import (
    OutgoingMessage,
    encode_ack,
    encode_event,
    encode_packet,
    websocket_frame,
)

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
_NAMESPACES = st.sampled_from(["/", "/yjs|d", "/a/b"])


def _as_library(packet: Packet) -> OutgoingMessage:
    encoded = packet.encode()
    text, *attachments = encoded if isinstance(encoded, list) else [encoded]
    return OutgoingMessage(("4" + text, *attachments))


@given(namespace=_NAMESPACES, payload=st.dictionaries(st.text(), _VALUES))
def test_events_as_the_library(namespace: str, payload: dict[str, object]) -> None:
    """An event is encoded byte for byte as python-socketio does."""
    ours = encode_event(namespace, "update", payload)
    theirs = _as_library(Packet(EVENT, data=["update", payload], namespace=namespace))
    assert ours.frames == theirs.frames
    assert ours.polled() == theirs.polled()


@given(namespace=_NAMESPACES, number=st.integers(0, 2**53), payload=_VALUES)
def test_acks_as_the_library(namespace: str, number: int, payload: object) -> None:
    """An ack is encoded byte for byte as python-socketio does."""
    ours = encode_ack(namespace, number, payload)
    theirs = _as_library(Packet(ACK, data=[payload], namespace=namespace, id=number))
    assert ours.frames == theirs.frames


def test_packets_as_the_library() -> None:
    """Packets without attachments are encoded as python-socketio does."""
    told = {"message": "no"}
    ours = encode_packet(CONNECT_ERROR, "/x", told)
    assert ours.frames == _as_library(Packet(CONNECT_ERROR, data=told, namespace="/x")).frames


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, "8200"),
        (125, "827d"),
        (126, "827e007e"),
        (65_535, "827effff"),
        (65_536, "827f0000000000010000"),
    ],
)
def test_frame_lengths(size: int, header: str) -> None:
    """The length is written in the shortest of its three forms (RFC 6455 §5.2)."""
    frame = websocket_frame(2, bytes(size))
    assert frame.hex().startswith(header)
    assert len(frame) == len(header) // 2 + size


def test_views_and_mappings() -> None:
    """Any bytes-like value becomes an attachment, any mapping an object."""
    payload = MappingProxyType({"a": bytearray(b"1"), "b": memoryview(b"2")})
    polled = encode_event("/", "e", payload).polled()
    header, first, second = polled.split("\x1e")
    assert json.loads(header[4:]) == [
        "e",
        {"a": {"_placeholder": True, "num": 0}, "b": {"_placeholder": True, "num": 1}},
    ]
    assert (first, second) == ("bMQ==", "bMg==")


def test_text_is_ascii() -> None:
    """Lone surrogates cannot break the encoding: everything beyond ASCII is escaped."""
    assert rb'"\ud800\u20ac"' in encode_event("/", "e", {"a": "\ud800€"}).frames


def test_what_cannot_be_sent() -> None:
    """A value that is neither JSON nor bytes is the caller's mistake."""
    with pytest.raises(TypeError, match="object cannot be sent"):
        encode_event("/", "e", {"a": object()})

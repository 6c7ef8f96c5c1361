"""Facts about polling bodies."""

from __future__ import annotations

import pytest

from collab.gateway.packets import ProtocolError
from collab.gateway.polling import answer, decode_payload, refusal


def test_decode() -> None:
    """Text packets come as text, binary ones as bytes, in their order."""
    body = "4a€\x1ebAQID\x1e3\x1eb".encode()
    assert decode_payload(body, 10) == ["4a€", b"\x01\x02\x03", "3", b""]


@pytest.mark.parametrize("body", [b"4\xff", b"b===", b"bAQ", b"bA\nQID", b"b\xff"])
def test_malformed(body: bytes) -> None:
    """Text that is not UTF-8 and base64 that is not exact are refused."""
    with pytest.raises(ProtocolError):
        decode_payload(body, 10)


def test_count() -> None:
    """As many packets as allowed pass, one more does not."""
    assert len(decode_payload(b"\x1e".join([b"4"] * 10), 10)) == 10
    with pytest.raises(ProtocolError):
        decode_payload(b"\x1e".join([b"4"] * 11), 10)


def test_responses() -> None:
    """Responses have python-engineio's shape; they are plain text, so nothing in them runs."""
    assert answer("a€")["response"] == "a€".encode()
    refused = refusal("No.")
    assert refused["status"] == "400 BAD REQUEST"
    assert refused["headers"] == [("Content-Type", "text/plain; charset=UTF-8")]

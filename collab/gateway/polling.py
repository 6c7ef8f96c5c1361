"""Long-polling bodies: read whole however they arrive, and taken apart within bounds."""

from __future__ import annotations

import binascii
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from collab.gateway.packets import ProtocolError

__all__ = ["BodyTooLarge", "answer", "decode_payload", "read_body", "refusal"]

_SEPARATOR: Final = b"\x1e"


class BodyTooLarge(Exception):
    """The body is larger than the server takes."""


def answer(text: str) -> dict[str, object]:
    """Return a good response in the shape python-engineio hands around."""
    headers = [("Content-Type", "text/plain; charset=UTF-8")]
    return {"status": "200 OK", "headers": headers, "response": text.encode()}


def refusal(sentence: str, status: str = "400 BAD REQUEST") -> dict[str, object]:
    """Return a bad response in the shape python-engineio hands around."""
    return {**answer(sentence), "status": status}


async def read_body(request: web.Request, limit: int) -> bytes:
    """Return the request's whole body of at most `limit` bytes, in however many segments it comes.

    Raises `BodyTooLarge`, before reading if the client announced as much, and `ConnectionError`
    if the client went away in the middle. (python-engineio takes the first segment for the whole.)
    """
    if (request.content_length or 0) > limit:
        raise BodyTooLarge
    body = bytearray()
    try:
        while chunk := await request.content.readany():
            body += chunk
            if len(body) > limit:
                raise BodyTooLarge
    except (HttpProcessingError, web.RequestPayloadError, OSError) as error:
        message = "the body ended early"
        raise ConnectionError(message) from error
    return bytes(body)


def decode_payload(body: bytes, most: int) -> list[str | bytes]:
    """Return the Engine.IO packets of a polling body. Raises `ProtocolError`.

    Text packets keep their type digit; binary messages come as their bytes.
    """
    if body.count(_SEPARATOR) >= most:
        message = "too many packets in one body"
        raise ProtocolError(message)
    try:
        return [_decode(packet) for packet in body.split(_SEPARATOR)]
    except ValueError:
        message = "a body that is not an Engine.IO payload"
        raise ProtocolError(message) from None


def _decode(packet: bytes) -> str | bytes:
    if packet.startswith(b"b"):
        return binascii.a2b_base64(packet[1:], strict_mode=True)
    return packet.decode()

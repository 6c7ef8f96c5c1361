"""Encode once, write many: Socket.IO packets as ready-made WebSocket frames and polling payloads.

A message to a thousand readers is one string of bytes, made once; each reader costs one `write`.
Socket.IO protocol v5 over Engine.IO protocol v4; frames as in RFC 6455 §5.2 (a server never masks).
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from json import JSONEncoder
from struct import Struct
from typing import Final

from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, EVENT

__all__ = [
    "CLOSE",
    "NOOP",
    "PING",
    "SEPARATOR",
    "OutgoingMessage",
    "binary_frame",
    "encode_ack",
    "encode_event",
    "encode_packet",
    "websocket_frame",
]

SEPARATOR: Final = "\x1e"
"""Between the packets of one polling payload."""

_TEXT: Final = 0x1
_BINARY: Final = 0x2
_FINAL: Final = 0x80
_MEDIUM: Final = Struct("!BBH").pack
_LONG: Final = Struct("!BBQ").pack


def websocket_frame(opcode: int, payload: bytes) -> bytes:
    """Return one unmasked, final WebSocket frame with `payload`."""
    first, size = _FINAL | opcode, len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65_536:
        return _MEDIUM(first, 126, size) + payload
    return _LONG(first, 127, size) + payload


def binary_frame(message: bytes) -> bytes:
    """Return the WebSocket frame of a binary message."""
    return websocket_frame(_BINARY, message)


class OutgoingMessage:
    """One or more Engine.IO packets that belong together, encoded for both transports.

    `frames` is what a WebSocket client is sent, `polled()` what a polling client is.
    """

    __slots__ = ("_packets", "_polled", "frames", "size")

    def __init__(self, packets: Sequence[str | bytes]) -> None:
        """Take Engine.IO packets: text with its type digit, or the bytes of a binary message."""
        self._packets = packets
        self._polled: str | None = None
        self.frames = b"".join(
            websocket_frame(_TEXT, packet.encode())
            if isinstance(packet, str)
            else websocket_frame(_BINARY, packet)
            for packet in packets
        )
        self.size = len(self.frames)

    def polled(self) -> str:
        """Return the packets as part of a polling payload, binary ones in base64; made once."""
        if self._polled is None:
            self._polled = SEPARATOR.join(
                packet
                if isinstance(packet, str)
                else "b" + binascii.b2a_base64(packet, newline=False).decode()
                for packet in self._packets
            )
        return self._polled


PING: Final = OutgoingMessage(("2",))
NOOP: Final = OutgoingMessage(("6",))
"""Ends a waiting poll; never sent over a WebSocket."""
CLOSE: Final = OutgoingMessage(("1",))


def encode_event(
    namespace: str, event: str, payload: object, number: int | None = None
) -> OutgoingMessage:
    """Return the Socket.IO event `event` with one argument; bytes inside become attachments.

    With a `number` the client is asked for an ack.
    """
    return _with_attachments(EVENT, namespace, number, (event, payload))


def encode_ack(namespace: str, number: int, payload: object) -> OutgoingMessage:
    """Return the answer to the client's event that asked for ack `number`."""
    return _with_attachments(ACK, namespace, number, (payload,))


def encode_packet(kind: int, namespace: str, payload: object = None) -> OutgoingMessage:
    """Return a Socket.IO packet without attachments: CONNECT, CONNECT_ERROR, DISCONNECT."""
    text = "" if payload is None else _PLAIN.encode(payload)
    return OutgoingMessage((f"4{kind}{_prefix(namespace)}{text}",))


def _with_attachments(
    kind: int, namespace: str, number: int | None, data: tuple[object, ...]
) -> OutgoingMessage:
    attachments: list[bytes] = []

    def place(value: object) -> object:
        # The encoder calls this, in reading order, for each value JSON cannot hold.
        if isinstance(value, bytes | bytearray | memoryview):
            attachments.append(bytes(value))
            return {"_placeholder": True, "num": len(attachments) - 1}
        if isinstance(value, Mapping):
            return dict(value)
        message = f"{type(value).__name__} cannot be sent to a client"
        raise TypeError(message)

    text = JSONEncoder(separators=(",", ":"), default=place).encode(data)
    prefix = _prefix(namespace)
    label = "" if number is None else str(number)
    if not attachments:
        return OutgoingMessage((f"4{kind}{prefix}{label}{text}",))
    binary = BINARY_EVENT if kind == EVENT else BINARY_ACK
    header = f"4{binary}{len(attachments)}-{prefix}{label}{text}"
    return OutgoingMessage((header, *attachments))


def _prefix(namespace: str) -> str:
    return "" if namespace == "/" else namespace + ","


_PLAIN: Final = JSONEncoder(separators=(",", ":"))

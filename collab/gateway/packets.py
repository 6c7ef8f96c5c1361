"""Socket.IO packets as they arrive: checked, capped, and put together with their attachments.

Still: it is fed what the transport received and says what it means. Whatever a conforming client
cannot have sent is a `ProtocolError`, after which the connection must end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from socketio.packet import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CONNECT,
    DISCONNECT,
    EVENT,
    Packet,
)

__all__ = ["IncomingPacket", "PacketAssembler", "ProtocolError", "UnreadableConnect"]

_MAX_ATTACHMENTS: Final = 10
"""As the reference implementation's parser has it since CVE-2026-33151."""
_MAX_NAMESPACE: Final = 512
_MAX_ACK: Final = 2**53 - 1
_RESERVED: Final = frozenset(
    ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
)


class ProtocolError(Exception):
    """The client sent something no conforming client sends."""


class UnreadableConnect(ProtocolError):
    """A CONNECT whose namespace has a comma, which Socket.IO itself cannot carry: it ends at the first."""

    def __init__(self, namespace: str) -> None:
        super().__init__("a CONNECT that cannot be read, perhaps a comma in its namespace")
        self.namespace = namespace
        """What the protocol takes for the namespace."""


@dataclass(frozen=True, slots=True)
class IncomingPacket:
    """One whole packet. `kind` is CONNECT, DISCONNECT, EVENT or ACK; binary ones look the same."""

    kind: int
    namespace: str
    number: int | None
    """The ack the client asks for (EVENT) or answers (ACK)."""
    data: object
    """EVENT, ACK: a list, bytes put back in place. CONNECT: a dict or None."""


class PacketAssembler:
    """Turns one client's messages, in order, into packets."""

    __slots__ = ("_attachments", "_due", "_header", "_max_bytes", "_size", "_wanted")

    def __init__(self, max_bytes: int, wanted: Callable[[str], bool]) -> None:
        """Keep at most `max_bytes` of an unfinished event, none of an un`wanted` namespace."""
        self._max_bytes = max_bytes
        self._wanted = wanted
        self._header: IncomingPacket | None = None
        self._attachments: list[bytes] = []
        self._due = 0
        self._size = 0

    def feed(self, data: str | bytes) -> IncomingPacket | None:
        """Return the packet that `data` completes, if any. Raises `ProtocolError`."""
        if isinstance(data, bytes):
            return self._attach(data)
        if self._due:
            message = "text while attachments are due"
            raise ProtocolError(message)
        packet, attachments = _parse(data)
        if attachments == 0:
            return packet
        self._header = packet if self._wanted(packet.namespace) else None
        self._due = attachments
        self._size = len(data)
        return None

    def _attach(self, data: bytes) -> IncomingPacket | None:
        if not self._due:
            message = "an attachment nobody announced"
            raise ProtocolError(message)
        self._due -= 1
        header = self._header
        if header is None:
            # Nobody will read it: count it off, keep nothing.
            return None
        self._size += len(data)
        if self._size > self._max_bytes:
            message = "attachments too large"
            raise ProtocolError(message)
        self._attachments.append(data)
        if self._due:
            return None
        attachments, self._attachments, self._header = self._attachments, [], None
        try:
            whole = _restore(header.data, attachments)
        except RecursionError:
            message = "nested too deeply"
            raise ProtocolError(message) from None
        return IncomingPacket(header.kind, header.namespace, header.number, whole)


def _parse(text: str) -> tuple[IncomingPacket, int]:
    """Return the packet in `text` and how many attachments follow. Raises `ProtocolError`."""
    if not text:
        message = "an empty packet"
        raise ProtocolError(message)
    try:
        # python-socketio's decoder answers bad input with whatever exception comes up.
        raw = Packet(encoded_packet=text)
    except (ValueError, TypeError, LookupError, RecursionError):
        if text.startswith(f"{CONNECT}/") and "," in text:
            raise UnreadableConnect(text[1 : text.index(",")][:_MAX_NAMESPACE]) from None
        message = "not a Socket.IO packet"
        raise ProtocolError(message) from None
    attachments: int = raw.attachment_count
    kind: int = {BINARY_EVENT: EVENT, BINARY_ACK: ACK}.get(raw.packet_type, raw.packet_type)
    if attachments > _MAX_ATTACHMENTS or (attachments and raw.packet_type == kind):
        message = "attachments where none may be, or too many"
        raise ProtocolError(message)
    namespace: str = raw.namespace or "/"
    if (raw.id is not None and raw.id > _MAX_ACK) or len(namespace) > _MAX_NAMESPACE:
        message = "an ack number or a namespace too long"
        raise ProtocolError(message)
    if not _is_valid(kind, raw.data):
        message = "a payload that does not fit its packet"
        raise ProtocolError(message)
    return IncomingPacket(kind, namespace, raw.id, raw.data), attachments


def _is_valid(kind: int, data: object) -> bool:
    if kind == EVENT:
        return (
            isinstance(data, list)
            and bool(data)
            and isinstance(data[0], str)
            and data[0] not in _RESERVED
        )
    if kind == ACK:
        return isinstance(data, list)
    if kind == CONNECT:
        return data is None or isinstance(data, dict)
    return kind == DISCONNECT and data is None


def _restore(data: object, attachments: list[bytes]) -> object:
    """Return `data` with its placeholders replaced. Raises `ProtocolError`, `RecursionError`."""
    if isinstance(data, list):
        return [_restore(item, attachments) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("_placeholder") is not True:
        return {key: _restore(value, attachments) for key, value in data.items()}
    number = data.get("num")
    if type(number) is not int or not 0 <= number < len(attachments):
        message = "a placeholder without an attachment"
        raise ProtocolError(message)
    return attachments[number]

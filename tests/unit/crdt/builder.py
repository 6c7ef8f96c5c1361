"""Yjs v1 updates written by hand, struct by struct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collab.crdt.lib0 import write_bytes, write_var_uint

__all__ = ["delete_set", "identity", "number", "root", "string", "text_struct", "update"]

Id = tuple[int, int]


def number(value: int) -> bytes:
    """Return a varUint of any size, also beyond what lib0 allows."""
    if value < 2**53:
        return write_var_uint(value)
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(0x80 | (value & 0x7F))
        value >>= 7
    return bytes([*encoded, value])


def string(value: str) -> bytes:
    return write_bytes(value.encode())


def identity(place: Id) -> bytes:
    return number(place[0]) + number(place[1])


def root(name: str = "t") -> bytes:
    """Return the parent of an item that sits in a root type."""
    return b"\x01" + string(name)


def text_struct(
    text: str, *, origin: Id | None = None, right: Id | None = None, parent: bytes | None = None
) -> bytes:
    """Return an item with text after `origin` and before `right`, or else in `parent` (a root)."""
    info = 4 | (0x80 if origin else 0) | (0x40 if right else 0)
    body = b"".join(identity(place) for place in (origin, right) if place)
    if not body:
        body = root() if parent is None else parent
    return bytes([info]) + body + string(text)


def delete_set(ranges: Mapping[int, Sequence[Id]]) -> bytes:
    """Return a delete set of (clock, length) per client."""
    parts = [number(len(ranges))]
    for client, spans in ranges.items():
        parts += [number(client), number(len(spans)), *map(identity, spans)]
    return b"".join(parts)


def update(*blocks: tuple[int, int, Sequence[bytes]], deletes: bytes = b"\x00") -> bytes:
    """Return an update of (client, first clock, structs) blocks."""
    parts = [number(len(blocks))]
    for client, clock, structs in blocks:
        parts += [number(len(structs)), number(client), number(clock), *structs]
    return b"".join([*parts, deletes])

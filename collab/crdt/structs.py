"""The structs of an update as values: what each is, where it was put, what it holds.

The update must have passed `inspect_update`, so nothing here checks what is checked there.
Source of the format: https://github.com/yjs/yjs (structs/Item.js, utils/encoding.js).
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from typing import Final, NamedTuple

from collab.crdt.deletions import Ranges, encode_deletions
from collab.crdt.inspection import Inspection, Span
from collab.crdt.lib0 import read_bytes, read_string, read_var_uint

__all__ = ["Id", "Kind", "Struct", "TypeName", "read_structs", "utf16_slice", "with_deletions"]

Id = tuple[int, int]
"""(client, clock)"""

_DEEP: Final = 2**16
"""Value depth for a second reading: the first one has checked it."""
_HAS_ORIGIN: Final = 0x80
_HAS_RIGHT: Final = 0x40
_HAS_KEY: Final = 0x20


class Kind(IntEnum):
    """What a struct holds; the numbers are the wire's."""

    COLLECTED = 0
    DELETED = 1
    JSON = 2
    BINARY = 3
    STRING = 4
    EMBED = 5
    FORMAT = 6
    TYPE = 7
    ANY = 8
    DOC = 9
    SKIP = 10


class TypeName(NamedTuple):
    """Content of a `Kind.TYPE` struct: which shared type it is, and its name if it has one."""

    ref: int
    """0 array, 1 map, 2 text, 3 XML element, 4 XML fragment, 5 XML hook, 6 XML text."""
    name: str


class Struct(NamedTuple):
    """One struct of an update."""

    client: int
    clock: int
    length: int
    kind: Kind
    origin: Id | None = None
    right: Id | None = None
    parent: str | Id | None = None
    """Root name or the id of a type; None where the neighbours tell."""
    key: str | None = None
    """The map key or attribute it is the value of; None where the neighbours tell, and in lists."""
    content: object = None
    """Text, `TypeName`, (format key, value), a value, or a list of values, depending on `kind`."""


def read_structs(update: bytes) -> list[Struct]:
    """Return the structs of `update`, client by client in the order of their clocks."""
    spans: list[Span] = []
    Inspection(update, _DEEP, spans).run()
    return [_struct(update, span) for span in spans]


def with_deletions(update: bytes, deletions: Ranges) -> bytes:
    """Return the structs of `update` with `deletions` in the place of its own."""
    spans: list[Span] = []
    Inspection(update, _DEEP, spans).run()
    return update[: spans[-1][4] if spans else 1] + encode_deletions(deletions)


def utf16_slice(text: str, start: int, end: int | None = None) -> str:
    """Return the part of `text` between two counts of UTF-16 units, Yjs's measure."""
    if text.isascii():
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    part = units[2 * start : None if end is None else 2 * end]
    return part.decode("utf-16-le", "surrogatepass")


def _struct(update: bytes, span: Span) -> Struct:
    client, clock, length, pos, _ = span
    info = update[pos]
    kind = Kind(info & 0x1F)
    if kind in (Kind.COLLECTED, Kind.SKIP):
        return Struct(client, clock, length, kind)
    pos += 1
    origin = right = None
    parent: str | Id | None = None
    key = None
    if info & _HAS_ORIGIN:
        origin, pos = _id(update, pos)
    if info & _HAS_RIGHT:
        right, pos = _id(update, pos)
    if origin is None and right is None:
        if update[pos] == 1:
            parent, pos = read_string(update, pos + 1)
        else:
            parent, pos = _id(update, pos + 1)
        if info & _HAS_KEY:
            key, pos = read_string(update, pos)
    return Struct(
        client, clock, length, kind, origin, right, parent, key, _content(update, kind, pos)
    )


def _id(update: bytes, pos: int) -> tuple[Id, int]:
    client, pos = read_var_uint(update, pos)
    clock, pos = read_var_uint(update, pos)
    return (client, clock), pos


def _content(update: bytes, kind: Kind, pos: int) -> object:
    if kind is Kind.STRING:
        return read_string(update, pos)[0]
    if kind is Kind.TYPE:
        ref, pos = read_var_uint(update, pos)
        return TypeName(ref, read_string(update, pos)[0] if ref in (3, 5) else "")
    if kind is Kind.FORMAT:
        key, pos = read_string(update, pos)
        return key, json.loads(read_bytes(update, pos)[0])
    if kind is Kind.EMBED:
        return json.loads(read_bytes(update, pos)[0])
    if kind is Kind.BINARY:
        return read_bytes(update, pos)[0]
    if kind is Kind.DOC:
        return [read_string(update, pos)[0]]
    if kind in (Kind.ANY, Kind.JSON):
        count, pos = read_var_uint(update, pos)
        values = []
        for _ in range(count):
            value, pos = _any(update, pos) if kind is Kind.ANY else _json(update, pos)
            values.append(value)
        return values
    return None


def _json(update: bytes, pos: int) -> tuple[object, int]:
    text, pos = read_bytes(update, pos)
    return (None if text == b"undefined" else json.loads(text)), pos


def _any(update: bytes, pos: int) -> tuple[object, int]:
    """Return the lib0 `any` value at `pos` and where it ends. Its depth has been checked."""
    tag = update[pos]
    pos += 1
    if tag == 0x77:
        return read_string(update, pos)
    if tag == 0x7D:
        return _var_int(update, pos)
    if tag == 0x7C:
        return struct.unpack(">f", update[pos : pos + 4])[0], pos + 4
    if tag == 0x7B:
        return struct.unpack(">d", update[pos : pos + 8])[0], pos + 8
    if tag == 0x74:
        return read_bytes(update, pos)
    if tag in (0x75, 0x76):
        return _many(update, pos, is_object=tag == 0x76)
    return {0x78: True, 0x79: False}.get(tag), pos


def _many(update: bytes, pos: int, *, is_object: bool) -> tuple[object, int]:
    count, pos = read_var_uint(update, pos)
    entries: dict[str, object] = {}
    items: list[object] = []
    for _ in range(count):
        key = ""
        if is_object:
            key, pos = read_string(update, pos)
        value, pos = _any(update, pos)
        if is_object:
            entries[key] = value
        else:
            items.append(value)
    return (entries if is_object else items), pos


def _var_int(update: bytes, pos: int) -> tuple[int, int]:
    first = update[pos]
    value = first & 0x3F
    if first >= 0x80:
        rest, pos = read_var_uint(update, pos + 1)
        value |= rest << 6
    else:
        pos += 1
    return (-value if first & 0x40 else value), pos

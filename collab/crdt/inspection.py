"""How `inspect_update` reads: one pass over the bytes, then what only the whole can tell."""

from __future__ import annotations

from typing import Final, NoReturn

from collab.crdt.causality import refuse_circles
from collab.crdt.deletions import covers, extend, joined
from collab.crdt.lib0 import (
    ENDS_EARLY,
    check_any,
    check_json,
    pair_clocks,
    quick_var_uint,
    read_bytes,
    read_string,
    skip_string,
    utf16_length,
)
from collab.crdt.update_info import RootKind, UpdateInfo
from collab.errors import InvalidUpdate
from collab.limits import MAX_CLOCK

__all__ = ["Inspection", "Span"]

GC: Final = 0
DELETED: Final = 1
JSON: Final = 2
BINARY: Final = 3
STRING: Final = 4
EMBED: Final = 5
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
DOC: Final = 9
SKIP: Final = 10

Span = tuple[int, int, int, int, int]
"""One struct: client, clock, length, and where its bytes start and end."""

_HAS_ORIGIN: Final = 0x80
_HAS_RIGHT_ORIGIN: Final = 0x40
_HAS_KEY: Final = 0x20

_NAMED_TYPES: Final = (3, 5)  # XmlElement and XmlHook carry a name
_LAST_TYPE: Final = 6
_XML_TYPES: Final = (3, 4, 5, 6)
_LEAST_BLOCK: Final = 5
"""Bytes of the smallest client block: struct count, client, clock, info, length."""
_LEAST_STRUCT: Final = 2
_LONGEST_GUID: Final = 1024

_NONE: Final[dict[int, tuple[int, ...]]] = {}


def _refuse(reason: str) -> NoReturn:
    raise InvalidUpdate(reason)


class _Block:
    """The client block being read: whose it is, how far the reading is, what it waits for."""

    __slots__ = ("client", "clock", "foreign", "highest", "joint", "key")

    def __init__(self, client: int, key: bytes, clock: int) -> None:
        self.client = client
        self.key = key
        """The client id's bytes: comparing them is quicker than decoding them again and again."""
        self.clock = clock
        self.joint = clock
        """Where the last struct that was no item ended; what follows there follows no item."""
        self.highest: dict[int, int] = {}
        """Per other client: the clock some struct before needs."""
        self.foreign: list[tuple[int, int, int]] = []
        """(clock of a struct, other client, clock needed of it), rising in the first and last."""


class Inspection:
    """One reading of one update."""

    __slots__ = (
        "_clocks", "_collected", "_data", "_deletions", "_depth", "_foreign", "_has_subdocuments",
        "_lefts", "_needs", "_pairs", "_parents", "_rights", "_roots", "_size", "_spans",
        "_tombstones", "_types",
    )  # fmt: skip

    def __init__(self, update: bytes, value_depth: int, spans: list[Span] | None = None) -> None:
        """Prepare to read `update`; with `spans`, where every struct lies is appended to it."""
        self._spans = spans
        self._data = update
        self._size = len(update)
        self._depth = value_depth
        self._clocks: dict[int, tuple[int, int]] = {}
        self._needs: dict[int, int] = {}
        self._deletions: dict[int, tuple[tuple[int, int], ...]] = {}
        self._roots: dict[str, RootKind] = {}
        self._has_subdocuments = False
        self._pairs: dict[int, list[int]] = {}
        self._lefts: list[tuple[int, int]] = []
        self._rights: list[tuple[int, int]] = []
        # Per client: (clock of the struct, client it refers to, clock it needs of that client).
        self._foreign: dict[int, list[tuple[int, int, int]]] = {}
        self._parents: list[tuple[int, int]] = []
        self._types: set[tuple[int, int]] = set()
        self._collected: dict[int, list[tuple[int, int]]] = {}
        self._tombstones: dict[int, list[tuple[int, int]]] = {}

    def run(self) -> UpdateInfo:
        """Return what the update holds. Raises `InvalidUpdate`."""
        try:
            end = self._delete_set(self._blocks())
        except IndexError:
            _refuse(ENDS_EARLY)
        if end != self._size:
            _refuse("The update has bytes after its end; send one v1 update and nothing else.")
        self._check_parents()
        refuse_circles(self._clocks, self._foreign)
        self._collect_needs()
        return UpdateInfo(
            self._clocks,
            self._needs,
            self._deletions,
            self._roots,
            self._has_subdocuments,
            self._size,
            self._pairs,
            tuple(self._lefts),
            tuple(self._rights),
            tuple(self._parents),
            self._collected,
            self._tombstones,
        )

    # --- structs ---

    def _blocks(self) -> int:
        """Read the client blocks; return where the delete set starts."""
        data = self._data
        blocks, pos = quick_var_uint(data, 0)
        if blocks * _LEAST_BLOCK > self._size - pos:
            _refuse(ENDS_EARLY)
        for _ in range(blocks):
            structs, start = quick_var_uint(data, pos)
            client, end = quick_var_uint(data, start)
            clock, pos = quick_var_uint(data, end)
            if structs == 0 or client in self._clocks:
                _refuse("The update has an empty or repeated client block; merge it with Yjs.")
            if structs * _LEAST_STRUCT > self._size - pos:
                _refuse(ENDS_EARLY)
            pos = self._structs(_Block(client, data[start:end], clock), structs, pos)
        return pos

    def _structs(self, block: _Block, structs: int, pos: int) -> int:
        """Read one client's structs; return where they end."""
        data, spans, client = self._data, self._spans, block.client
        first = clock = block.clock
        gap = 0  # end of the last Skip
        for _ in range(structs):
            start = pos
            info = data[pos]
            kind = info & 0x1F
            if kind in (GC, SKIP):
                length, pos = self._bare_length(info, pos + 1)
                if kind == GC:
                    extend(self._collected.setdefault(client, []), clock, clock + length)
                else:
                    gap = clock + length
                    if clock == first:
                        first = gap
                block.joint = clock + length
            else:
                root, at = self._references(block, info, pos + 1)
                length, pos = self._content(block, kind, at)
                if root is not None:
                    self._show(root, info, data[at])
            if spans is not None:
                spans.append((client, clock, length, start, pos))
            clock += length
            if clock > MAX_CLOCK:
                _refuse("A clock is beyond 2^31-1; such an update cannot be merged.")
            block.clock = clock
        if clock == gap:
            _refuse("A client's structs end with a gap; send the update without it.")
        self._clocks[client] = (first, clock)
        if block.foreign:
            self._foreign[client] = block.foreign
        if gap or first:
            self._needs[client] = max(gap, first)
        return pos

    def _bare_length(self, info: int, pos: int) -> tuple[int, int]:
        if info & 0xE0:
            _refuse("A collected struct or gap has flags it cannot have; encode it with Yjs.")
        length, pos = quick_var_uint(self._data, pos)
        if length == 0:
            _refuse("A struct has the length 0; encode the update with Yjs.")
        return length, pos

    def _references(self, block: _Block, info: int, pos: int) -> tuple[str | None, int]:
        """Read what an item refers to; return its root's name (None if untold) and where it ends."""
        if info & _HAS_ORIGIN:
            other, clock, pos = self._id(block, pos)
            if other != block.client or clock + 1 != block.clock or block.clock == block.joint:
                self._lefts.append((other, clock))
        if info & _HAS_RIGHT_ORIGIN:
            other, clock, pos = self._id(block, pos)
            self._rights.append((other, clock))
        elif not info & _HAS_ORIGIN:
            return self._parent(block, info, pos)
        return None, pos

    def _parent(self, block: _Block, info: int, pos: int) -> tuple[str | None, int]:
        is_root = self._data[pos]
        root = None
        if is_root == 1:
            root, pos = read_string(self._data, pos + 1)
            self._roots.setdefault(root, RootKind.UNKNOWN)
        elif is_root == 0:
            other, clock, pos = self._id(block, pos + 1)
            self._parents.append((other, clock))
        else:
            _refuse("A struct has neither a root nor a struct as parent; encode it with Yjs.")
        if info & _HAS_KEY:
            pos = skip_string(self._data, pos)
        return root, pos

    def _id(self, block: _Block, pos: int) -> tuple[int, int, int]:
        """Read the id of a struct that the present one cannot do without; and where it ends."""
        data = self._data
        if data.startswith(block.key, pos):
            clock, pos = quick_var_uint(data, pos + len(block.key))
            # Browsers look their own structs up at once and throw when they are not there yet.
            if clock >= block.clock:
                _refuse("A struct refers to itself or to its own author's future.")
            return block.client, clock, pos
        other, pos = quick_var_uint(data, pos)
        clock, pos = quick_var_uint(data, pos)
        if clock >= block.highest.get(other, 0):
            if clock >= MAX_CLOCK:
                _refuse("A clock is beyond 2^31-1; such an update cannot be merged.")
            block.highest[other] = clock + 1
            block.foreign.append((block.clock, other, clock + 1))
        return other, clock, pos

    # --- content ---

    def _content(self, block: _Block, kind: int, pos: int) -> tuple[int, int]:
        """Read an item's content; return its length in clocks and where it ends."""
        data = self._data
        if kind == STRING:
            text, pos = read_bytes(data, pos)
            length = utf16_length(text)
            if length != len(text) and max(text) >= 0xF0:
                self._pairs.setdefault(block.client, []).extend(pair_clocks(text, block.clock))
        elif kind == TYPE:
            type_ref, pos = quick_var_uint(data, pos)
            if type_ref > _LAST_TYPE:
                _refuse(f"A struct has the unknown type {type_ref}; encode the update with Yjs.")
            if type_ref in _NAMED_TYPES:
                pos = skip_string(data, pos)
            length = 1
            self._types.add((block.client, block.clock))
        elif kind == DELETED:
            length, pos = quick_var_uint(data, pos)
            tombstones = self._tombstones.setdefault(block.client, [])
            extend(tombstones, block.clock, block.clock + length)
        else:
            length, pos = self._value(kind, pos)
        if length == 0:
            _refuse("A struct has the length 0; encode the update with Yjs.")
        return length, pos

    def _value(self, kind: int, pos: int) -> tuple[int, int]:
        data = self._data
        if kind == ANY:
            length, pos = self._count(pos)
            for _ in range(length):
                pos = check_any(data, pos, self._depth)
            return length, pos
        if kind == JSON:
            length, pos = self._count(pos)
            for _ in range(length):
                text, pos = read_bytes(data, pos)
                if text != b"undefined":
                    check_json(text, self._depth)
            return length, pos
        if kind == BINARY:
            return 1, read_bytes(data, pos)[1]
        if kind == FORMAT:
            pos = skip_string(data, pos)
        elif kind == DOC:
            pos = self._guid(pos)
        elif kind != EMBED:
            _refuse(f"A struct has the unknown kind {kind}; encode the update with Yjs.")
        if kind == DOC:
            return 1, check_any(data, pos, self._depth)
        text, pos = read_bytes(data, pos)
        check_json(text, self._depth)
        return 1, pos

    def _count(self, pos: int) -> tuple[int, int]:
        count, pos = quick_var_uint(self._data, pos)
        if count > self._size - pos:
            _refuse(ENDS_EARLY)
        return count, pos

    def _guid(self, pos: int) -> int:
        """Read a sub-document's id; return where its options start, which must be an object."""
        guid, pos = read_string(self._data, pos)
        if len(guid) > _LONGEST_GUID:
            _refuse(f"A sub-document's id has more than {_LONGEST_GUID} characters; shorten it.")
        if self._data[pos] != 0x76:
            _refuse("A sub-document's options are not an object; encode the update with Yjs.")
        self._has_subdocuments = True
        return pos

    def _show(self, root: str, info: int, first: int) -> None:
        """Note what an item says about its root; content in order says more than keys do."""
        kind = info & 0x1F
        if info & _HAS_KEY:
            shown = RootKind.MAP
        elif kind == TYPE and first in _XML_TYPES:
            shown = RootKind.XML
        else:
            shown = _SHOWN.get(kind, RootKind.ARRAY)
        if _CERTAINTY[shown] > _CERTAINTY[self._roots[root]]:
            self._roots[root] = shown

    # --- deletions ---

    def _delete_set(self, pos: int) -> int:
        """Read the delete set; return where it ends."""
        data = self._data
        clients, pos = quick_var_uint(data, pos)
        if clients * 2 > self._size - pos:
            _refuse(ENDS_EARLY)
        for _ in range(clients):
            client, pos = quick_var_uint(data, pos)
            count, pos = quick_var_uint(data, pos)
            if count * 2 > self._size - pos:
                _refuse(ENDS_EARLY)
            if client in self._deletions:
                _refuse("The delete set names a client twice; merge the update with Yjs.")
            ranges: list[tuple[int, int]] = []
            for _ in range(count):
                start, pos = quick_var_uint(data, pos)
                length, pos = quick_var_uint(data, pos)
                if length == 0 or start + length > MAX_CLOCK:
                    _refuse("A deleted range is empty or beyond 2^31-1; encode it with Yjs.")
                extend(ranges, start, start + length)
            self._deletions[client] = joined(ranges)
        return pos

    # --- the whole ---

    def _collect_needs(self) -> None:
        for refs in self._foreign.values():
            for _, other, clock in refs:
                self._need(other, clock)
        for client, ranges in self._deletions.items():
            if ranges:
                self._need(client, ranges[-1][1])

    def _need(self, client: int, clock: int) -> None:
        block = self._clocks.get(client)
        # Within the block the first clock and the gaps are needed already.
        if (block is None or clock > block[1]) and clock > self._needs.get(client, 0):
            self._needs[client] = clock

    def _check_parents(self) -> None:
        """Refuse a parent that the update itself shows to be no type: browsers and engines differ."""
        for parent in self._parents:
            client, clock = parent
            first, end = self._clocks.get(client, (0, 0))
            if not first <= clock < end or parent in self._types:
                continue
            # A parent that was deleted or collected takes its children with it; in a gap it is
            # somebody else's to bring.
            is_gone = covers(self._collected, parent) or covers(self._tombstones, parent)
            if not is_gone and clock >= self._needs.get(client, 0):
                _refuse("A struct's parent is not a type; encode the update with Yjs.")


_SHOWN: Final = {
    DELETED: RootKind.UNKNOWN,
    STRING: RootKind.TEXT,
    EMBED: RootKind.TEXT,
    FORMAT: RootKind.TEXT,
}
_CERTAINTY: Final = {
    RootKind.UNKNOWN: 0,
    RootKind.MAP: 1,
    RootKind.ARRAY: 2,
    RootKind.TEXT: 3,
    RootKind.XML: 4,
}

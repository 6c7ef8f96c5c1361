"""How `inspect_update` reads: one pass over the bytes, then what only the whole can tell."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import Final, NoReturn

from collab.crdt.deletions import covers, joined
from collab.crdt.lib0 import (
    ENDS_EARLY,
    check_any,
    check_json,
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
        self._pairs: dict[int, tuple[int, ...]] = {}
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
        self._check_order()
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
            structs, pos = quick_var_uint(data, pos)
            client, pos = quick_var_uint(data, pos)
            clock, pos = quick_var_uint(data, pos)
            if structs == 0 or client in self._clocks:
                _refuse("The update has an empty or repeated client block; merge it with Yjs.")
            if structs * _LEAST_STRUCT > self._size - pos:
                _refuse(ENDS_EARLY)
            pos = self._structs(client, clock, structs, pos)
        return pos

    def _structs(self, client: int, clock: int, structs: int, pos: int) -> int:
        """Read one client's structs; return where they end."""
        data, spans = self._data, self._spans
        first = clock
        gap = 0  # end of the last Skip
        joint = clock  # where the last struct ended, if it was an item
        highest: dict[int, int] = {}
        for _ in range(structs):
            start = pos
            info = data[pos]
            kind = info & 0x1F
            if kind in (GC, SKIP):
                length, pos = self._bare_length(info, pos + 1)
                if kind == GC:
                    _extend(self._collected.setdefault(client, []), clock, clock + length)
                else:
                    gap = clock + length
                    if clock == first:
                        first = gap
                joint = clock + length
            else:
                root, pos = self._references(info, client, clock, pos + 1, (highest, joint))
                length, pos = self._content(kind, client, clock, pos, (info, root))
            if spans is not None:
                spans.append((client, clock, length, start, pos))
            clock += length
            if clock > MAX_CLOCK:
                _refuse("A clock is beyond 2^31-1; such an update cannot be merged.")
        if clock == gap:
            _refuse("A client's structs end with a gap; send the update without it.")
        self._clocks[client] = (first, clock)
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

    def _references(
        self, info: int, client: int, clock: int, pos: int, known: tuple[dict[int, int], int]
    ) -> tuple[str | None, int]:
        """Read what an item refers to; return its root's name (None if untold) and where it ends."""
        data = self._data
        highest, joint = known
        if info & _HAS_ORIGIN:
            other, pos = quick_var_uint(data, pos)
            other_clock, pos = quick_var_uint(data, pos)
            if other != client or other_clock + 1 != clock or clock == joint:
                self._refer(client, clock, other, other_clock, highest)
                self._lefts.append((other, other_clock))
        if info & _HAS_RIGHT_ORIGIN:
            other, pos = quick_var_uint(data, pos)
            other_clock, pos = quick_var_uint(data, pos)
            self._refer(client, clock, other, other_clock, highest)
            self._rights.append((other, other_clock))
        if info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
            return None, pos
        return self._parent(info, client, clock, pos, highest)

    def _parent(
        self, info: int, client: int, clock: int, pos: int, highest: dict[int, int]
    ) -> tuple[str | None, int]:
        data = self._data
        is_root = data[pos]
        root = None
        if is_root == 1:
            root, pos = read_string(data, pos + 1)
            self._roots.setdefault(root, RootKind.UNKNOWN)
        elif is_root == 0:
            other, pos = quick_var_uint(data, pos + 1)
            other_clock, pos = quick_var_uint(data, pos)
            self._refer(client, clock, other, other_clock, highest)
            self._parents.append((other, other_clock))
        else:
            _refuse("A struct has neither a root nor a struct as parent; encode it with Yjs.")
        if info & _HAS_KEY:
            pos = skip_string(data, pos)
        return root, pos

    def _refer(
        self, client: int, clock: int, other: int, other_clock: int, highest: dict[int, int]
    ) -> None:
        """Note that the struct at `clock` of `client` cannot be merged before `other_clock`."""
        if other == client:
            # Browsers look their own structs up at once and throw when they are not there yet.
            if other_clock >= clock:
                _refuse("A struct refers to itself or to its own author's future.")
        elif other_clock >= highest.get(other, 0):
            if other_clock >= MAX_CLOCK:
                _refuse("A clock is beyond 2^31-1; such an update cannot be merged.")
            highest[other] = other_clock + 1
            self._foreign.setdefault(client, []).append((clock, other, other_clock + 1))

    # --- content ---

    def _content(
        self, kind: int, client: int, clock: int, pos: int, told: tuple[int, str | None]
    ) -> tuple[int, int]:
        """Read an item's content; return its length in clocks and where it ends."""
        if kind == STRING:
            text, pos = read_bytes(self._data, pos)
            length = utf16_length(text)
            if length != len(text) and max(text) >= 0xF0:
                self._pairs[client] = self._pairs.get(client, ()) + _pairs(text, clock)
            shown = RootKind.TEXT
        elif kind == TYPE:
            type_ref, pos = quick_var_uint(self._data, pos)
            if type_ref > _LAST_TYPE:
                _refuse(f"A struct has the unknown type {type_ref}; encode the update with Yjs.")
            if type_ref in _NAMED_TYPES:
                pos = skip_string(self._data, pos)
            length = 1
            self._types.add((client, clock))
            shown = RootKind.XML if type_ref in _XML_TYPES else RootKind.ARRAY
        elif kind == DELETED:
            length, pos = quick_var_uint(self._data, pos)
            _extend(self._tombstones.setdefault(client, []), clock, clock + length)
            shown = RootKind.UNKNOWN
        else:
            length, pos = self._value(kind, pos)
            shown = RootKind.TEXT if kind in (EMBED, FORMAT) else RootKind.ARRAY
        if length == 0:
            _refuse("A struct has the length 0; encode the update with Yjs.")
        info, root = told
        if root is not None:
            self._show(root, RootKind.MAP if info & _HAS_KEY else shown)
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

    def _show(self, root: str, shown: RootKind) -> None:
        """Note what a struct says about its root; content in order says more than keys do."""
        known = self._roots[root]
        if _CERTAINTY[shown] > _CERTAINTY[known]:
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
                _extend(ranges, start, start + length)
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

    def _check_order(self) -> None:
        """Refuse structs that wait for each other in a circle: no client could ever merge them."""
        clocks = self._clocks
        refs = {
            client: [
                ref
                for ref in listed
                if ref[1] in clocks and clocks[ref[1]][0] < ref[2] <= clocks[ref[1]][1]
            ]
            for client, listed in self._foreign.items()
        }
        reached = {client: first for client, (first, _) in clocks.items()}
        position = dict.fromkeys(refs, 0)
        waiting: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        todo = list(clocks) if any(refs.values()) else []
        while todo:
            client = todo.pop()
            listed, index = refs.get(client, []), position.get(client, 0)
            while index < len(listed) and reached[listed[index][1]] >= listed[index][2]:
                index += 1
            position[client] = index
            if index < len(listed):
                clock, other, need = listed[index]
                heappush(waiting[other], (need, client))
            else:
                clock = clocks[client][1]
            reached[client] = clock
            freed = waiting[client]
            while freed and freed[0][0] <= clock:
                todo.append(heappop(freed)[1])
        if any(waiting.values()):
            _refuse("Structs depend on each other in a circle; encode the update with Yjs.")


_CERTAINTY: Final = {
    RootKind.UNKNOWN: 0,
    RootKind.MAP: 1,
    RootKind.ARRAY: 2,
    RootKind.TEXT: 3,
    RootKind.XML: 4,
}


def _extend(ranges: list[tuple[int, int]], start: int, end: int) -> None:
    """Append a range, as one with the last when they touch."""
    if ranges and ranges[-1][1] == start:
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))


def _pairs(text: bytes, clock: int) -> tuple[int, ...]:
    """Return the clocks of the second halves of surrogate pairs in `text`, which starts at `clock`."""
    found = []
    for character in text.decode():
        clock += 1
        if character > "\uffff":
            found.append(clock)
            clock += 1
    return tuple(found)

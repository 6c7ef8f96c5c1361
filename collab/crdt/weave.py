"""A document with every character's identity: who put what where, in reading order.

Engines keep the identities of what they merge to themselves. Authorship, comparing moments and
taking one person's edits back need them, so this weaves the structs of a state in the order Yjs
defines. Nothing is ever merged into it; engines do that.
Source of the algorithm: https://github.com/yjs/yjs (structs/Item.js, integrate).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from collab.crdt.structs import Id, Kind, Struct, TypeName, read_structs, utf16_slice
from collab.crdt.update import inspect_update

__all__ = ["Item", "Strand", "Weave"]

_GONE: Final = frozenset({Kind.COLLECTED, Kind.DELETED})


class Strand:
    """A shared type: its items in order from `start`, and the newest item of each of its keys."""

    __slots__ = ("item", "keys", "start")

    def __init__(self, item: Item | None = None) -> None:
        self.item = item
        """The item that holds this type; None for a root."""
        self.start: Item | None = None
        self.keys: dict[str, Item] = {}

    def __iter__(self) -> Iterator[Item]:
        """Yield every item of the list, deleted ones included, in reading order."""
        item = self.start
        while item is not None:
            yield item
            item = item.right

    def visible(self) -> Iterator[Item]:
        """Yield the items of the list that are not deleted."""
        return (item for item in self if not item.deleted)

    def values(self) -> Iterator[tuple[str, Item]]:
        """Yield each key that has a value, with the item that holds it."""
        return ((key, item) for key, item in self.keys.items() if not item.deleted)


class Item:
    """One piece of content with consecutive clocks of one client."""

    __slots__ = (
        "client", "clock", "content", "deleted", "key", "kind", "left", "length", "origin",
        "parent", "right", "right_origin", "strand",
    )  # fmt: skip

    def __init__(self, made_of: Struct) -> None:
        self.client, self.clock, self.length = made_of.client, made_of.clock, made_of.length
        self.kind = made_of.kind
        self.origin, self.right_origin = made_of.origin, made_of.right
        self.key = made_of.key
        self.content = made_of.content
        self.left: Item | None = None
        self.right: Item | None = None
        self.parent: Strand | None = None
        self.strand = Strand(self) if isinstance(made_of.content, TypeName) else None
        """The shared type it holds, if it holds one."""
        self.deleted = made_of.kind in _GONE

    @property
    def text(self) -> str:
        """Its text; empty unless it is a string."""
        return self.content if isinstance(self.content, str) else ""

    def split(self, length: int) -> Item:
        """Keep the first `length` clocks; return the rest as an item to the right."""
        rest = Item(Struct(self.client, self.clock + length, self.length - length, self.kind))
        rest.origin, rest.right_origin = (self.client, rest.clock - 1), self.right_origin
        rest.key, rest.parent, rest.deleted = self.key, self.parent, self.deleted
        if isinstance(self.content, str):
            rest.content = utf16_slice(self.content, length)
            self.content = utf16_slice(self.content, 0, length)
        elif isinstance(self.content, list):
            rest.content = self.content[length:]
            self.content = self.content[:length]
        self.length = length
        rest.left, rest.right = self, self.right
        if rest.right is not None:
            rest.right.left = rest
        elif rest.key is not None and rest.parent is not None:
            rest.parent.keys[rest.key] = rest
        self.right = rest
        return rest


class Weave:
    """The document that one complete state makes. Built once, then read."""

    def __init__(self, state: bytes) -> None:
        """Weave `state`, a whole document as one inspected update without gaps."""
        self.roots: dict[str, Strand] = {}
        self._items: dict[int, list[Item]] = {}
        self._starts: dict[int, list[int]] = {}
        info = inspect_update(state)
        self._integrate_all(read_structs(state))
        for client, ranges in info.deletions.items():
            for start, end in ranges:
                self._delete(client, start, end)

    def items(self) -> Iterator[Item]:
        """Yield every item, client by client in the order of their clocks."""
        for items in self._items.values():
            yield from items

    def find(self, place: Id) -> Item | None:
        """Return the item that holds `place`; None if the document does not have it."""
        client, clock = place
        items = self._items.get(client)
        if not items:
            return None
        index = bisect_right(self._starts[client], clock) - 1
        if index < 0 or clock >= items[index].clock + items[index].length:
            return None
        return items[index]

    # --- weaving ---

    def _integrate_all(self, structs: list[Struct]) -> None:
        """Integrate every struct after those it refers to; a client's own are in order already."""
        queues: dict[int, list[Struct]] = {}
        for one in structs:
            queues.setdefault(one.client, []).append(one)
        for queue in queues.values():
            queue.reverse()
        for client in queues:
            waiting = [client]
            while waiting:
                queue = queues[waiting[-1]]
                if not queue:
                    waiting.pop()
                    continue
                missing = self._missing(queue[-1])
                if missing is not None and queues.get(missing):
                    waiting.append(missing)
                else:
                    self._integrate(queue.pop())

    def _missing(self, one: Struct) -> int | None:
        """Return the client whose structs have to come before `one`."""
        parent = one.parent if isinstance(one.parent, tuple) else None
        for place in (one.origin, one.right, parent):
            if place is not None and place[0] != one.client and self.find(place) is None:
                return place[0]
        return None

    def _integrate(self, one: Struct) -> None:
        if one.kind is Kind.SKIP:
            return
        item = Item(one)
        self._items.setdefault(one.client, []).append(item)
        self._starts.setdefault(one.client, []).append(one.clock)
        if one.kind is Kind.COLLECTED:
            return
        item.left = None if one.origin is None else self._ending_at(one.origin)
        item.right = None if one.right is None else self._starting_at(one.right)
        item.parent = self._parent(one, item)
        if item.parent is None:
            # It refers to what was collected, and goes with it.
            item.left = item.right = None
            item.deleted = True
            return
        self._place(item, item.parent)

    def _parent(self, one: Struct, item: Item) -> Strand | None:
        for neighbour, origin in ((item.left, one.origin), (item.right, one.right)):
            if origin is not None and (neighbour is None or neighbour.parent is None):
                return None
        if isinstance(one.parent, str):
            return self.roots.setdefault(one.parent, Strand())
        if one.parent is not None:
            holder = self.find(one.parent)
            return None if holder is None else holder.strand
        neighbour = item.left or item.right
        assert neighbour is not None
        item.key = neighbour.key
        return neighbour.parent

    def _place(self, item: Item, parent: Strand) -> None:
        left, right = item.left, item.right
        is_free = right is None or right.left is not None
        if (left is None and is_free) or (left is not None and left.right is not right):
            item.left = self._resolved(item, parent)
        first = None
        if item.left is not None:
            item.right, item.left.right = item.left.right, item
        else:
            first = self._first(item, parent)
            if item.key is None:
                parent.start = item
            item.right = first
        if item.right is not None:
            item.right.left = item
        elif item.key is not None:
            parent.keys[item.key] = item
            if item.left is not None:
                item.left.deleted = True
        if item.key is not None and item.right is not None:
            item.deleted = True

    def _resolved(self, item: Item, parent: Strand) -> Item | None:
        """Return what `item` goes behind, among all that were put in the same place."""
        left = item.left
        other = left.right if left is not None else self._first(item, parent)
        conflicting: set[Item] = set()
        before: set[Item] = set()
        while other is not None and other is not item.right:
            before.add(other)
            conflicting.add(other)
            if item.origin == other.origin:
                if other.client < item.client:
                    left = other
                    conflicting.clear()
                elif item.right_origin == other.right_origin:
                    break
            else:
                origin = None if other.origin is None else self.find(other.origin)
                if origin is None or origin not in before:
                    break
                if origin not in conflicting:
                    left = other
                    conflicting.clear()
            other = other.right
        return left

    @staticmethod
    def _first(item: Item, parent: Strand) -> Item | None:
        if item.key is None:
            return parent.start
        first = parent.keys.get(item.key)
        while first is not None and first.left is not None:
            first = first.left
        return first

    def _starting_at(self, place: Id) -> Item | None:
        item = self.find(place)
        return item if item is None or item.clock == place[1] else self._split(item, place[1])

    def _ending_at(self, place: Id) -> Item | None:
        item = self.find(place)
        if item is not None and item.clock + item.length > place[1] + 1:
            self._split(item, place[1] + 1)
        return item

    def _split(self, item: Item, clock: int) -> Item:
        starts = self._starts[item.client]
        index = bisect_right(starts, item.clock)
        rest = item.split(clock - item.clock)
        starts.insert(index, clock)
        self._items[item.client].insert(index, rest)
        return rest

    def _delete(self, client: int, start: int, end: int) -> None:
        clock = start
        while clock < end:
            item = self._starting_at((client, clock))
            if item is None:
                return
            if item.clock + item.length > end:
                self._split(item, end)
            item.deleted = True
            clock = item.clock + item.length

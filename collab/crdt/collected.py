"""What y-py does not know about collected structs.

A struct that refers to a collected one is garbage itself: browsers (and pycrdt) replace it by a
collected one of its length, y-py 0.6.2 loses count or panics. And y-py stops deleting a range where
it meets a collected struct in it. (Measured: every tenth rich session that went on after a restart
from a compacted snapshot came out wrong.) So the adapter remembers what was collected, and every
update is put into words y-py understands before it gets there. Source of the rule:
https://github.com/yjs/yjs (structs/Item.js, getMissing).
"""

from __future__ import annotations

from typing import Final

from collab.crdt.deletions import Deletions, encode_deletions
from collab.crdt.inspection import Inspection, Span
from collab.crdt.lib0 import read_var_uint, write_var_uint
from collab.crdt.update_info import UpdateInfo
from collab.errors import UnsupportedContent

__all__ = ["Collected"]

_ROUNDS: Final = 64
_DEEP: Final = 2**16
"""Value depth for a second reading: the first one has checked it."""


class Collected:
    """The collected structs and tombstones of one replica."""

    __slots__ = ("_collected", "_tombstones", "is_empty")

    def __init__(self) -> None:
        self._collected = Deletions()
        self._tombstones = Deletions()
        self.is_empty = True

    def translate(self, update: bytes, info: UpdateInfo) -> bytes:
        """Take in what `update` collects and return it with all it orphans collected as well.

        Call it once for every update, in order. Raises `UnsupportedContent` when structs of
        many clients orphan each other over and over, which no editing produces.
        """
        if info.collected or info.tombstones:
            self.is_empty = False
            self._collected.add(info.collected)
            self._tombstones.add(info.tombstones)
        if self.is_empty or not self._is_touched(info):
            return update
        spans: list[Span] = []
        Inspection(update, _DEEP, spans).run()
        structs = _replaced(update, spans, self._orphans(update, spans))
        return structs + encode_deletions(self._collected.missing(info.deletions))

    def _is_touched(self, info: UpdateInfo) -> bool:
        gone = self._collected.has
        return (
            any(gone(*place) for place in info.lefts)
            or any(gone(*place) for place in info.rights)
            or any(gone(*place) or self._tombstones.has(*place) for place in info.parents)
            or self._collected.overlap(info.deletions)
        )

    def _orphans(self, update: bytes, spans: list[Span]) -> set[int]:
        """Return the indexes of spans to collect, and take them in."""
        orphans: set[int] = set()
        items = [
            (index, _references(update, span[3]))
            for index, span in enumerate(spans)
            if update[span[3]] & 0x1F not in (0, 10)
        ]
        for _ in range(_ROUNDS):
            waiting = []
            for index, references in items:
                if self._is_orphan(*references):
                    client, clock, length, _, _ = spans[index]
                    self._collected.add({client: ((clock, clock + length),)})
                    orphans.add(index)
                else:
                    waiting.append((index, references))
            if len(waiting) == len(items):
                return orphans
            items = waiting
        message = "The update tangles deleted content of many clients; send it in smaller pieces."
        raise UnsupportedContent(message)

    def _is_orphan(self, origins: list[tuple[int, int]], parent: tuple[int, int] | None) -> bool:
        if parent is not None:
            return self._collected.has(*parent) or self._tombstones.has(*parent)
        return any(self._collected.has(*origin) for origin in origins)


def _references(update: bytes, pos: int) -> tuple[list[tuple[int, int]], tuple[int, int] | None]:
    """Return the origins of the item at `pos`, and its parent if that is told and no root."""
    info = update[pos]
    pos += 1
    origins = []
    for flag in (0x80, 0x40):
        if info & flag:
            client, pos = read_var_uint(update, pos)
            clock, pos = read_var_uint(update, pos)
            origins.append((client, clock))
    if origins or update[pos] == 1:
        return origins, None
    client, pos = read_var_uint(update, pos + 1)
    return origins, (client, read_var_uint(update, pos)[0])


def _replaced(update: bytes, spans: list[Span], orphans: set[int]) -> bytes:
    """Return the structs of `update`, with the spans in `orphans` as collected ones."""
    parts = []
    copied = 0
    for index in sorted(orphans):
        _, _, length, start, end = spans[index]
        parts += [update[copied:start], b"\0", write_var_uint(length)]
        copied = end
    # The delete set follows the last struct, or the count of none.
    return b"".join([*parts, update[copied : spans[-1][4] if spans else 1]])

"""Making a foreign document's updates ready to be taken in: checked, in order, in sensible sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from collab.crdt.compaction import merge
from collab.crdt.lib0 import read_bytes
from collab.crdt.replica import EngineFailure
from collab.crdt.splitting import part
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import CollabError, InvalidUpdate
from collab.importing.foreign import UnreadableStore, empty

__all__ = ["Gathered", "gather"]

_PIECE_BYTES: Final = 512 * 1024
"""Updates are merged until they make about so much: one entry of the log each."""
_PIECE_UPDATES: Final = 20_000
_V2_SECTIONS: Final = 9
_NOTHING: Final = b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A foreign document, ready to be taken in."""

    pieces: tuple[bytes, ...]
    """Updates each of which needs at most what those before it bring."""
    waiting: tuple[bytes, ...]
    """Updates that lack something the store does not hold; the document may have it, or get it."""


def gather(updates: Sequence[bytes], *, value_depth: int) -> Gathered:
    """Return `updates` as few larger ones that say the same.

    Raises `UnreadableStore` when one of them is no update, with the reason of the first such.
    """
    checked: list[tuple[bytes, UpdateInfo]] = []
    for number, update in enumerate(updates, 1):
        if update == _NOTHING:
            continue
        try:
            checked.append((update, inspect_update(update, value_depth=value_depth)))
        except CollabError as error:
            which = f"update {number} of {len(updates)}" if len(updates) > 1 else "its update"
            raise UnreadableStore(f"Not imported, {which}: {_reason(update, error)}") from None
    ready, stuck = _in_order(checked)
    try:
        pieces = list(_pieces(ready))
        waiting: list[bytes] = []
        if stuck:
            gained, waiting = part(pieces, stuck)
            pieces.append(gained)
    except EngineFailure:
        message = "Not imported, the merge engine cannot merge its updates."
        raise UnreadableStore(message) from None
    return Gathered(tuple(pieces), tuple(waiting))


def _reason(update: bytes, error: CollabError) -> str:
    if not update:
        return empty("It")
    if isinstance(error, InvalidUpdate) and _is_v2(update):
        return "It is in the v2 format; convert it with Y.convertUpdateFormatV2ToV1 of Yjs."
    return str(error)


def _is_v2(data: bytes) -> bool:
    """Return whether `data` has the outline of a v2 update: a zero, then nine lengths with bytes.

    Source: https://github.com/yjs/yjs (utils/UpdateDecoder.js).
    """
    if data[:1] != b"\x00":
        return False
    pos = 1
    try:
        for _ in range(_V2_SECTIONS):
            _, pos = read_bytes(data, pos)
    except InvalidUpdate:
        return False
    return pos < len(data)


def _in_order(
    updates: Iterable[tuple[bytes, UpdateInfo]],
) -> tuple[list[bytes], list[tuple[bytes, UpdateInfo]]]:
    """Return the updates in an order in which each has what it needs, and those for which there is none.

    Each that waits does so for one client's clock at a time, so the work is linear but for a
    logarithm however much the order is disturbed.
    """
    ready: list[bytes] = []
    vector: dict[int, int] = {}
    waiting: dict[int, list[tuple[int, int]]] = defaultdict(list)
    kept: dict[int, tuple[bytes, UpdateInfo]] = {}
    for number, entry in enumerate(updates):
        turn = [(number, entry)]
        while turn:
            place, (update, info) = turn.pop()
            lack = _lack(info, vector)
            if lack is not None:
                kept[place] = (update, info)
                heappush(waiting[lack[0]], (lack[1], place))
                continue
            ready.append(update)
            for client, (_, end) in info.clocks.items():
                if end <= vector.get(client, 0):
                    continue
                vector[client] = end
                queue = waiting.get(client, [])
                while queue and queue[0][0] <= end:
                    released = heappop(queue)[1]
                    turn.append((released, kept.pop(released)))
    return ready, [kept[place] for place in sorted(kept)]


def _lack(info: UpdateInfo, vector: dict[int, int]) -> tuple[int, int] | None:
    needs = info.needs.items()
    return next((need for need in needs if vector.get(need[0], 0) < need[1]), None)


def _pieces(updates: Sequence[bytes]) -> Iterable[bytes]:
    """Yield `updates` merged into pieces, in order."""
    piece: list[bytes] = []
    size = 0
    for update in updates:
        if piece and (size + len(update) > _PIECE_BYTES or len(piece) >= _PIECE_UPDATES):
            yield merge(piece)
            piece, size = [], 0
        piece.append(update)
        size += len(update)
    if piece:
        yield merge(piece)

"""The fast path of `inspect_update`: the few shapes that nearly all updates of a typist have.

Equal to the general path (a test holds them together), only quicker: whatever is out of the
ordinary, malformed bytes included, is left to `inspection`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from collab.crdt.lib0 import quick_var_uint, read_var_uint
from collab.crdt.update_info import NOTHING, UpdateInfo
from collab.errors import InvalidUpdate
from collab.limits import MAX_CLOCK

__all__ = ["inspect_keystroke"]

_LONGEST_TEXT: Final = 0x7F
_CLIENT_END: Final = 10

_Ids = tuple[tuple[int, int], ...]


def inspect_keystroke(update: bytes) -> UpdateInfo | None:
    """Return what `update` holds if it is a keystroke; None for every other update, good or bad.

    A keystroke is one client's short ASCII text within its own text, or one deleted range.
    """
    try:
        if update[0] == 1 and update[1] == 1:
            return _typed(update)
        if update[0] == 0 and update[1] == 1:
            return _deleted(update)
    except (IndexError, InvalidUpdate):
        return None
    return None


def _typed(update: bytes) -> UpdateInfo | None:
    """Read one string struct of one client, whose origins are the same client's, and no more."""
    key = _client_bytes(update)
    client = _client(key)
    clock, pos = quick_var_uint(update, 2 + len(key))
    info = update[pos]
    pos += 1
    lefts: _Ids = ()
    rights: _Ids = ()
    if info == 0x84 or info == 0xC4:  # noqa: PLR1714 - a tuple test is slower
        if not update.startswith(key, pos):
            return None
        origin, pos = quick_var_uint(update, pos + len(key))
        if origin >= clock:
            return None
        lefts = ((client, origin),)
    if info == 0xC4 or info == 0x44:  # noqa: PLR1714
        if not update.startswith(key, pos):
            return None
        origin, pos = quick_var_uint(update, pos + len(key))
        if origin >= clock:
            return None
        rights = ((client, origin),)
    elif info != 0x84:
        return None
    return _text(update, pos, client, clock, lefts, rights)


def _text(
    update: bytes, pos: int, client: int, clock: int, lefts: _Ids, rights: _Ids
) -> UpdateInfo | None:
    """Read a short ASCII text at `pos` that ends the update."""
    length = update[pos]
    end = pos + 1 + length
    clock_end = clock + length
    if (
        update[end:] != b"\0"
        or not 0 < length <= _LONGEST_TEXT
        or clock_end > MAX_CLOCK
        or not update[pos + 1 : end].isascii()
    ):
        return None
    return UpdateInfo(
        {client: (clock, clock_end)},
        {client: clock} if clock else NOTHING,
        NOTHING,
        NOTHING,
        False,  # noqa: FBT003 - by position, for speed
        len(update),
        NOTHING,
        lefts,
        rights,
    )


def _deleted(update: bytes) -> UpdateInfo | None:
    """Read one deleted range and nothing else."""
    key = _client_bytes(update)
    client = _client(key)
    pos = 2 + len(key)
    if update[pos] != 1:
        return None
    start, pos = quick_var_uint(update, pos + 1)
    length, pos = quick_var_uint(update, pos)
    end = start + length
    if length == 0 or end > MAX_CLOCK or pos != len(update):
        return None
    return UpdateInfo(
        NOTHING,
        {client: end},
        {client: ((start, end),)},
        NOTHING,
        False,  # noqa: FBT003 - by position, for speed
        len(update),
    )


def _client_bytes(update: bytes) -> bytes:
    """Return the bytes of the varUint at position 2 (at most one more than is valid)."""
    end = 2
    while update[end] >= 0x80 and end < _CLIENT_END:
        end += 1
    return update[2 : end + 1]


@lru_cache(maxsize=4096)
def _client(encoded: bytes) -> int:
    """Return the client id that `encoded` is; kept, because the same few come again and again."""
    return read_var_uint(encoded, 0)[0]

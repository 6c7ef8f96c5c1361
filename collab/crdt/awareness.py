"""The y-protocols awareness codec: who is here, as clients tell each other.

An update is a count, then per entry: client, clock, and the state as a JSON string; `null` means
gone. Source: https://github.com/yjs/y-protocols (awareness.js).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from collab.crdt.lib0 import (
    check_json,
    read_bytes,
    read_var_uint,
    write_string,
    write_var_uint,
)
from collab.errors import InvalidUpdate
from collab.limits import MAX_CLOCK, Limits

__all__ = ["EMPTY_AWARENESS", "AwarenessEntry", "Wanted", "decode_awareness", "encode_awareness"]

EMPTY_AWARENESS: Final = b"\x00"
"""An update about nobody."""
_GONE: Final = b"null"

Wanted = Callable[[int, int, bool], bool]
"""Whether an entry would change anything: of this client, at this clock, gone or not."""


@dataclass(frozen=True, slots=True)
class AwarenessEntry:
    """What one client shows at a clock."""

    client: int
    clock: int
    state: str | None
    """A JSON object, compact; None when the client is gone."""


def decode_awareness(
    update: bytes,
    limits: Limits,
    wanted: Wanted | None = None,
    stamp: Mapping[str, str] | None = None,
) -> tuple[AwarenessEntry, ...]:
    """Return the entries of `update` that are `wanted`, each state checked to be an object or null.

    Stock clients echo everybody's states back: what nobody wants is counted off, not looked into.
    A `stamp` replaces what a state says of its `user`, where the stamp has a word about it.
    Raises `InvalidUpdate` for anything malformed or beyond `limits` (size, depth, entries).
    """
    entries = []
    for client, clock, text in _split(update, limits):
        if wanted is not None and not wanted(client, clock, text == _GONE):
            continue
        if len(text) > limits.awareness_bytes:
            message = f"An awareness state may have {limits.awareness_bytes} bytes; show less."
            raise InvalidUpdate(message)
        state = _state(text, limits.awareness_depth, stamp)
        entries.append(AwarenessEntry(client, clock, state))
    return tuple(entries)


def _split(update: bytes, limits: Limits) -> Iterator[tuple[int, int, bytes]]:
    """Yield each entry's client, clock and JSON as it stands, having checked all around them."""
    if len(update) > limits.awareness_message_bytes:
        most = limits.awareness_message_bytes
        message = f"An awareness update may have {most} bytes; show less state."
        raise InvalidUpdate(message)
    count, position = read_var_uint(update, 0)
    if count > limits.clients_per_awareness:
        message = f"An awareness update may speak of {limits.clients_per_awareness} clients."
        raise InvalidUpdate(message)
    entries: dict[int, tuple[int, int, bytes]] = {}
    for _ in range(count):
        client, position = read_var_uint(update, position)
        clock, position = read_var_uint(update, position)
        if client in entries or clock > MAX_CLOCK:
            message = "An awareness update names a client twice or a clock beyond 2^31-1."
            raise InvalidUpdate(message)
        text, position = read_bytes(update, position)
        entries[client] = (client, clock, text)
    if position != len(update):
        message = "The awareness update has bytes after its end; send nothing but the update."
        raise InvalidUpdate(message)
    yield from entries.values()


def encode_awareness(entries: Iterable[AwarenessEntry]) -> bytes:
    """Return `entries` as one awareness update; states are written as they are."""
    listed = tuple(entries)
    parts = [write_var_uint(len(listed))]
    for entry in listed:
        parts.append(write_var_uint(entry.client))
        parts.append(write_var_uint(entry.clock))
        parts.append(write_string("null" if entry.state is None else entry.state))
    return b"".join(parts)


def _state(text: bytes, depth: int, stamp: Mapping[str, str] | None) -> str | None:
    """Return the JSON object in `text`, compact and stamped; None for null."""
    value = check_json(text, depth)
    if value is None:
        return None
    if not isinstance(value, dict):
        message = "An awareness state must be a JSON object or null."
        raise InvalidUpdate(message)
    if stamp is not None:
        user = value.get("user")
        value["user"] = {**(user if isinstance(user, dict) else {}), **stamp}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

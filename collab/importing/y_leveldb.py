"""What y-leveldb keeps in LevelDB: the persistence of y-websocket and y-socket.io.

A key is a list of strings and numbers: `["v1", document, "update", clock]` holds an update. State
vectors (`["v1_sv", document]`) and metadata (`["v1", document, "meta", …]`) are not content.
Source: https://github.com/yjs/y-leveldb (src/y-leveldb.js).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from collab.crdt.lib0 import read_string
from collab.errors import InvalidUpdate
from collab.importing.foreign import Foreign, UnreadableStore, too_large
from collab.importing.leveldb import read_leveldb

__all__ = ["read_y_leveldb"]

_STRING: Final = 0
_NUMBER: Final = 1


def read_y_leveldb(folder: Path, limit: int) -> Iterator[Foreign]:
    """Yield the documents of a y-leveldb directory; an update may have `limit` bytes.

    Raises `UnreadableStore`.
    """
    found = 0
    for name, entries in groupby(_updates(folder), key=lambda entry: entry[0]):
        found += 1
        updates = tuple(update for _, update in entries)
        largest = max(map(len, updates))
        if largest > limit:
            yield Foreign(name, damage=too_large(largest, limit))
        else:
            yield Foreign(name, updates)
    if not found:
        message = f"{folder} holds no documents of y-leveldb; is it the directory of YPERSISTENCE?"
        raise UnreadableStore(message)


def _updates(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (document, update), sorted by document and clock as the keys are."""
    for key, value in read_leveldb(folder):
        parts = _key(key)
        if len(parts) == 4 and parts[0] == "v1" and parts[2] == "update":
            yield str(parts[1]), value


def _key(data: bytes) -> list[str | int]:
    """Return the parts of a key; an empty list when it is none of y-leveldb's."""
    parts: list[str | int] = []
    pos = 0
    try:
        while pos < len(data):
            if data[pos] == _STRING:
                text, pos = read_string(data, pos + 1)
                parts.append(text)
            elif data[pos] == _NUMBER:
                parts.append(int.from_bytes(data[pos + 1 : pos + 5], "big"))
                pos += 5
            else:
                return []
    except InvalidUpdate:
        return []
    return parts

"""The Python servers' rooms and stores, in a process of their own: they leave streams open behind them.

Reads one JSON object on standard input: `kind` (a function below), `place`, `updates` (base64) and
`squeeze` (the module to compress with, or null). Ends with 0 once the store holds every update.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import sys
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import pycrdt.store
import y_py
import ypy_websocket.ystore
from pycrdt.websocket import YRoom
from ypy_websocket.yroom import YRoom as OlderRoom

_SQUEEZERS: Final[dict[str, tuple[Any, Any]]] = {
    "zlib": (zlib.compress, zlib.decompress),
    "gzip": (gzip.compress, gzip.decompress),
}
_PAUSE: Final = 0.02


async def pycrdt_sqlite(place: str, updates: Sequence[bytes], squeeze: str | None) -> None:
    """Have a room of pycrdt-websocket hear `updates`; its store also keeps checkpoints."""
    kept: Any = type("Store", (pycrdt.store.SQLiteYStore,), {"db_path": place})
    kept.checkpoint_interval = 50
    store = kept("alpha")
    if squeeze is not None:
        store.register_compression_callbacks(*_SQUEEZERS[squeeze])
    async with store, YRoom(ystore=store) as room:
        await room.ydoc_observed.wait()
        for update in updates:
            room.ydoc.apply_update(update)
        await _all_there(store, len(updates))


async def ypy_sqlite(place: str, updates: Sequence[bytes], squeeze: str | None) -> None:
    """Have a room of ypy-websocket hear `updates`."""
    kept: Any = type("Store", (ypy_websocket.ystore.SQLiteYStore,), {"db_path": place})
    store = kept("alpha")
    async with OlderRoom(ystore=store) as room:
        for update in updates:
            y_py.apply_update(room.ydoc, update)
        await _all_there(store, len(updates))


async def pycrdt_file(place: str, updates: Sequence[bytes], squeeze: str | None) -> None:
    """Write `updates` with pycrdt-store's `FileYStore`."""
    store = pycrdt.store.FileYStore(place)
    for update in updates:
        await store.write(update)


async def ypy_file(place: str, updates: Sequence[bytes], squeeze: str | None) -> None:
    """Write `updates` with ypy-websocket's `FileYStore`."""
    store = ypy_websocket.ystore.FileYStore(place)
    for update in updates:
        await store.write(update)


async def _all_there(store: Any, expected: int) -> None:
    while await _count(store) < expected:  # noqa: ASYNC110 - a store does not tell
        await asyncio.sleep(_PAUSE)


async def _count(store: Any) -> int:
    try:
        return len([None async for _ in store.read()])
    except (pycrdt.store.YDocNotFound, ypy_websocket.ystore.YDocNotFound):
        return 0


_KINDS: Final[dict[str, Callable[[str, Sequence[bytes], str | None], Awaitable[None]]]] = {
    function.__name__: function for function in (pycrdt_sqlite, ypy_sqlite, pycrdt_file, ypy_file)
}


async def main() -> None:
    """Do what standard input says."""
    order = json.load(sys.stdin)
    updates = [base64.b64decode(text) for text in order["updates"]]
    async with asyncio.timeout(30):
        await _KINDS[order["kind"]](order["place"], updates, order["squeeze"])


if __name__ == "__main__":
    asyncio.run(main())

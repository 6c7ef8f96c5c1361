"""A real paper, typed keystroke by keystroke through a room into a database."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from pycrdt import Doc, Text

from collab.crdt.replica import Engine
from collab.gateway.doors import Doors
from collab.history.versions import Chronicler
from collab.limits import Limits
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.pool import ConnectionTarget, Pool
from collab.store.update_log import PostgresUpdateLog
from tests.support.people import grant
from tests.support.traces import TRACES

__all__ = ["PaperHouse", "paper_texts", "paper_updates"]

_AT_ONCE = 2_000


def _edits() -> Iterator[tuple[int, int, str]]:
    with gzip.open(TRACES["automerge-paper"]) as file:
        trace = json.load(file)
    for transaction in trace["txns"]:
        ((position, deleted, inserted),) = transaction["patches"]
        yield position, deleted, inserted


def paper_updates(count: int) -> list[bytes]:
    """Return the first `count` of the paper's 259,778 edits, an update each."""
    document: Doc[Any] = Doc(client_id=1)
    text = document.get("text", type=Text)
    updates: list[bytes] = []
    subscription = document.observe(lambda event: updates.append(event.update))
    for position, deleted, inserted in islice(_edits(), count):
        with document.transaction():
            if deleted:
                del text[position : position + deleted]
            if inserted:
                text.insert(position, inserted)
    del subscription
    return updates


def paper_texts(sequences: Sequence[int]) -> dict[int, str]:
    """Return what the paper said after each of `sequences` edits, as the trace tells."""
    wanted, texts, now = set(sequences), {}, ""
    for sequence, (position, deleted, inserted) in enumerate(_edits(), 1):
        now = now[:position] + inserted + now[position + deleted :]
        if sequence in wanted:
            texts[sequence] = now
    return texts


@dataclass(slots=True)
class PaperHouse:
    """A room directory over a real database, with one document `paper`."""

    directory: RoomDirectory
    store: PostgresHistory
    log: PostgresUpdateLog
    key: int = 0
    count: int = 0

    @classmethod
    async def open(cls, target: ConnectionTarget, stack: AsyncExitStack) -> Self:
        """Open the house on a migrated database; `stack` closes it."""
        pool = await Pool.open(target)
        stack.push_async_callback(pool.close)
        log = PostgresUpdateLog(target, Limits())
        await log.start()
        stack.push_async_callback(log.close, 10.0)
        store = PostgresHistory(pool)
        walls = Walls(log, PostgresDocuments(pool), Doors(), Chronicler(store))
        directory = RoomDirectory(walls, Engine.YPY, Limits(), RoomPolicy())
        stack.push_async_callback(directory.drain)
        return cls(directory, store, log)

    async def write(self, updates: Sequence[bytes]) -> None:
        """Put `updates` through the document's room, in order; return once all are durable."""
        author = grant("ann", document="paper")
        room = await self.directory.open(author)
        self.key = room.document.key
        for start in range(0, len(updates), _AT_ONCE):
            done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            part = updates[start : start + _AT_ONCE]
            for update in part[:-1]:
                room.receive(author, None, update, lambda _: None)
            room.receive(author, None, part[-1], done.set_result)
            await done
        self.count = room.sequence

"""What the wall around the merge engine costs: keystrokes through a room, with it and without.

The first edits of `automerge-paper` go through rooms into an embedded PostgreSQL, with so many
receivers in the room that get every keystroke as a real server would send it; the figures are the
server's wall-clock and processor time an edit, and the processor time of the engine's own process.

    python -m bench.engine [edits] [receivers] [rounds]
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, nullcontext
from pathlib import Path

import uvloop

from collab.crdt.native import enclosed
from collab.crdt.replica import Engine
from collab.engine.enclosure import EngineEnclosure
from collab.gateway.fanout import encode_event
from collab.history.versions import Chronicler
from collab.limits import Limits
from collab.room.core import Visitor
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.room.records import RoomEvent
from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.history import PostgresHistory
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, Pool
from collab.store.update_log import PostgresUpdateLog
from tests.support.paper import paper_updates
from tests.support.people import grant
from tests.support.postgres import open_folder

_PAUSE = 20


class Nowhere:
    """An outlet that encodes each event once and writes it for every receiver, to nowhere.

    A socket's write costs more: the share of the wall is smaller in a real server.
    """

    def __init__(self) -> None:
        self._sink = os.open(os.devnull, os.O_WRONLY)

    def deliver(self, connections: Sequence[str], event: RoomEvent) -> None:
        message = encode_event("/", event.name, dict(event.payload))
        for _ in connections:
            os.write(self._sink, message.frames)


@contextmanager
def walled() -> Iterator[EngineEnclosure]:
    enclosure = EngineEnclosure()
    with enclosed(enclosure):
        yield enclosure
    enclosure.close()


async def write(
    target: ConnectionTarget, document: str, updates: Sequence[bytes], receivers: int
) -> tuple[float, float]:
    """Type `updates` into a new document; return wall-clock and processor µs an edit."""
    async with AsyncExitStack() as stack:
        pool = await Pool.open(target)
        stack.push_async_callback(pool.close)
        log = PostgresUpdateLog(target, Limits())
        await log.start()
        stack.push_async_callback(log.close, 10.0)
        walls = Walls(log, PostgresDocuments(pool), Nowhere(), Chronicler(PostgresHistory(pool)))
        directory = RoomDirectory(walls, Engine.YPY, Limits(), RoomPolicy())
        stack.push_async_callback(directory.drain)
        author = grant("ann", document=document)
        room = await directory.open(author)
        for number in range(receivers):
            room.join(Visitor(f"c{number}", grant(f"p{number}", document=document)), None, None)
        last: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        started, worked = time.perf_counter(), time.process_time()
        for number, update in enumerate(updates):
            final = number == len(updates) - 1
            room.receive(author, None, update, last.set_result if final else lambda _: None)
            if number % _PAUSE == 0:
                await asyncio.sleep(0)
        await last
        count = len(updates)
        wall = (time.perf_counter() - started) / count * 1e6
        return wall, (time.process_time() - worked) / count * 1e6


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main(edits: int, receivers: int, rounds: int) -> None:
    updates = paper_updates(edits)
    async with AsyncExitStack() as stack:
        folder = open_folder()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = EmbeddedPostgres(folder)
        target = await postgres.start()
        stack.push_async_callback(postgres.stop)
        await migrate(target)
        found: dict[str, list[tuple[float, float]]] = {"here": [], "walled": []}
        inside: list[float] = []
        for number in range(rounds):
            for name, how in (("here", nullcontext), ("walled", walled)):
                with how() as enclosure:
                    cost = await write(target, f"{name}-{number}", updates, receivers)
                    found[name].append(cost)
                    if enclosure is not None:
                        inside.append(seconds_of(enclosure.merging_pid) / edits * 1e6)
    print(f"{edits} edits a round, {receivers} receivers, {rounds} rounds; medians, µs an edit")
    for name, costs in found.items():
        wall, worked = (statistics.median(cost[i] for cost in costs) for i in (0, 1))
        print(f"  {name:8} {wall:7.1f} wall-clock   {worked:7.1f} processor")
    print(f"  and {statistics.median(inside):.1f} in the engine's own process")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(main(*(given + [20_000, 20, 5][len(given) :])))

"""What reading history costs: any moment of a real paper, keystroke by keystroke.

The 259,778 edits of `automerge-paper` go through a room into an embedded PostgreSQL; then the text at
random sequence numbers is read, from snapshots, against replaying the log from its beginning.

    python -m bench.history [moments] [replays]
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import sys
import time
from contextlib import AsyncExitStack

from collab.crdt.compaction import compact
from collab.history.retention import RetentionPolicy
from collab.history.service import History
from collab.library.content import ContentFormat, read_content
from collab.limits import Limits
from collab.store.embedded import EmbeddedPostgres
from collab.store.migrations import migrate
from tests.support.paper import PaperHouse, paper_updates
from tests.support.postgres import open_folder


async def main(moments: int, replays: int) -> None:
    async with AsyncExitStack() as stack:
        folder = open_folder()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = EmbeddedPostgres(folder)
        target = await postgres.start()
        stack.push_async_callback(postgres.stop)
        await migrate(target)
        house = await PaperHouse.open(target, stack)
        started = time.perf_counter()
        await house.write(paper_updates())
        print(f"written through a room in {time.perf_counter() - started:.1f} s")
        history = History.over(house.store, house.directory, Limits(), RetentionPolicy())
        dice = random.Random(7)
        chosen = [dice.randrange(1, house.count) for _ in range(moments)]
        read = [await timed_read(history, sequence) for sequence in chosen]
        show("text at a random moment", read)
        replayed = [await timed_replay(house, sequence) for sequence in chosen[:replays]]
        show("the same by replaying the log", replayed)
        ratio = statistics.median(replayed) / statistics.median(read)
        print(f"from snapshots {ratio:.1f} times quicker")
        started = time.perf_counter()
        await history.comparing.authorship("paper")
        print(f"authors of the whole text: {(time.perf_counter() - started) * 1000:.0f} ms")
        started = time.perf_counter()
        middle = house.count // 2
        await history.comparing.difference("paper", str(middle), str(middle + 1_000))
        print(f"difference over 1,000 keystrokes: {(time.perf_counter() - started) * 1000:.0f} ms")
        started = time.perf_counter()
        await house.store.stretches(house.key, first=1, last=house.count, limit=50)
        print(f"newest 50 stretches: {(time.perf_counter() - started) * 1000:.0f} ms")


async def timed_read(history: History, sequence: int) -> float:
    started = time.perf_counter()
    moment = await history.moments.find("paper", str(sequence))
    read_content(moment.state, ContentFormat.TEXT)
    return time.perf_counter() - started


async def timed_replay(house: PaperHouse, sequence: int) -> float:
    started = time.perf_counter()
    rows = await house.store.rows(house.key, 0, sequence)
    read_content(compact([row.update for row in rows]), ContentFormat.TEXT)
    return time.perf_counter() - started


def show(name: str, seconds: list[float]) -> None:
    worst, middle = max(seconds) * 1000, statistics.median(seconds) * 1000
    print(f"{name}: median {middle:.0f} ms, slowest {worst:.0f} ms, {len(seconds)} moments")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    asyncio.run(main(*(given + [200, 5][len(given) :])))

"""What a durable acknowledgement costs: our update log against one transaction an update.

Both append the same updates to the same kind of table in the same embedded PostgreSQL (fsync on),
with the same number of updates in flight. Rounds alternate between the two; the median counts.

    python -m bench.acks [updates a round] [in flight] [rounds]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from collab.limits import Limits
from collab.room.records import LogEntry
from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, Pool
from collab.store.update_log import PostgresUpdateLog

UPDATE = bytes(range(30))
_CONNECTIONS = 8
Append = Callable[[], Awaitable[object]]


async def pour(append: Append, count: int, in_flight: int) -> float:
    """Append `count` updates, `in_flight` at a time; return updates a second."""
    waiting = asyncio.Semaphore(in_flight)

    async def one() -> None:
        async with waiting:
            await append()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(count)))
    return count / (time.perf_counter() - started)


async def naive(target: ConnectionTarget, stack: AsyncExitStack) -> Append:
    """Return what most servers do: a pool of connections, a transaction for each update."""
    pool = await asyncpg.create_pool(target.url, min_size=_CONNECTIONS, max_size=_CONNECTIONS)
    stack.push_async_callback(pool.close)
    await pool.execute("CREATE TABLE naive (n bigserial PRIMARY KEY, at timestamptz, update bytea)")

    async def append() -> None:
        await pool.execute(
            "INSERT INTO naive (at, update) VALUES ($1, $2)", datetime.now(UTC), UPDATE
        )

    return append


async def ours(target: ConnectionTarget, stack: AsyncExitStack) -> Append:
    """Return our log's append to one document."""
    pool = await Pool.open(target)
    stack.push_async_callback(pool.close)
    documents = PostgresDocuments(pool)
    document = await documents.create("bench", title="", author="bench", seed=None)
    log = PostgresUpdateLog(target, Limits())
    await log.start()
    stack.push_async_callback(log.close, 10)

    async def append() -> None:
        entry = LogEntry(
            document=document.key,
            update=UPDATE,
            author="bench",
            author_name="Bench",
            client_ids=(1,),
            at=datetime.now(UTC),
        )
        await log.append(entry)

    return append


async def measure(folder: Path, count: int, in_flight: int, rounds: int) -> None:
    """Print both medians and their ratio."""
    async with EmbeddedPostgres(folder) as postgres, AsyncExitStack() as stack:
        await migrate(postgres.target)
        contestants = {
            "collab": await ours(postgres.target, stack),
            "one transaction each": await naive(postgres.target, stack),
        }
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, append in contestants.items():
                rates[name].append(await pour(append, count, in_flight))
    print(f"{count} updates a round, {in_flight} in flight, {rounds} rounds; durable acks a second")
    for name, found in rates.items():
        middle = statistics.median(found)
        print(f"  {name:22} {middle:8.0f}   ({min(found):.0f} to {max(found):.0f})")
    mine, theirs = (statistics.median(found) for found in rates.values())
    print(f"  ratio                  {mine / theirs:8.1f}")


def main() -> None:
    """Run with the numbers of the command line."""
    numbers = [int(argument) for argument in sys.argv[1:]]
    count, in_flight, rounds = [*numbers, *(3_000, 200, 5)[len(numbers) :]]
    with tempfile.TemporaryDirectory(prefix="collab-bench-", ignore_cleanup_errors=True) as name:
        # PostgreSQL's own user must get in when we are root.
        Path(name).chmod(0o755)
        asyncio.run(measure(Path(name), count, in_flight, rounds))


if __name__ == "__main__":
    main()

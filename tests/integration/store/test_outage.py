"""PostgreSQL killed, stopped and started again in mid-stream: entries wait, and none is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from operator import eq
from pathlib import Path
from random import Random

import pytest

from collab.errors import NotFound, Overloaded, Unavailable
from collab.limits import Limits
from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.pool import Pool, connect, is_reachable
from collab.store.readiness import check_ready
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import (
    empty_tables,
    entry,
    place_documents,
    started_log,
    stored,
    word,
)
from tests.support.waiting import eventually, eventually_asked


@pytest.fixture
async def server(lived_in: Path) -> AsyncIterator[EmbeddedPostgres]:
    """Start a PostgreSQL nobody else uses, as durable as the product's, with empty tables."""
    async with EmbeddedPostgres(lived_in) as started:
        await empty_tables(started.target)
        yield started


@pytest.fixture
async def pool(server: EmbeddedPostgres) -> AsyncIterator[Pool]:
    """Open a pool on that server."""
    opened = await Pool.open(server.target)
    yield opened
    await opened.close()


def postmaster_of(folder: Path) -> int:
    """Return the process id of the PostgreSQL that lives in `folder`; 0 when there is none."""
    files = list(folder.glob("pg*/data/postmaster.pid"))
    return int((files[0].read_text().split() or ["0"])[0]) if files else 0


def processes_of(folder: Path) -> list[int]:
    """Return the postmaster and its backends, by their current directory."""
    (data,) = folder.glob("pg*/data")
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if place.readlink() == data:
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


class Writers:
    """Rooms that write on and on; what each was told, and the order it wrote in."""

    def __init__(self, log: PostgresUpdateLog, keys: list[int]) -> None:
        self._log = log
        self.told: dict[int, list[bytes]] = {key: [] for key in keys}
        self.numbers: dict[int, list[asyncio.Future[int]]] = {key: [] for key in keys}
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        random = Random(2)
        while True:
            for key in self.told:
                for _ in range(random.randrange(3)):
                    self.told[key].append(word(len(self.told[key])))
                    self.numbers[key].append(self._log.append(entry(key, self.told[key][-1])))
            await asyncio.sleep(0.001)

    def acknowledged(self) -> int:
        """Return how many entries were acknowledged."""
        return sum(future.done() for futures in self.numbers.values() for future in futures)

    def has_acknowledged(self, count: int) -> bool:
        """Return whether more than `count` entries were acknowledged."""
        return self.acknowledged() > count

    async def finish(self) -> dict[int, list[tuple[int, bytes]]]:
        """Stop writing, wait for every acknowledgement; return what the log has to hold."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for key, futures in self.numbers.items():
            assert await asyncio.gather(*futures) == [*range(1, len(self.told[key]) + 1)]
        return {key: list(enumerate(updates, 1)) for key, updates in self.told.items()}


class TestKilled:
    async def test_kills_in_mid_stream_lose_and_double_nothing(
        self, lived_in: Path, server: EmbeddedPostgres, pool: Pool
    ) -> None:
        """The postmaster, then all of PostgreSQL, killed with -9 in turns while rooms write."""
        keys = await place_documents(PostgresDocuments(pool), 8)
        heard: list[bool] = []
        async with started_log(server.target) as log:
            log.on_availability(heard.append)
            writers = Writers(log, keys)
            for turn in range(4):
                before = writers.acknowledged()
                await eventually(partial(writers.has_acknowledged, before + 100))
                victims = [postmaster_of(lived_in)] if turn % 2 else processes_of(lived_in)
                for victim in victims:
                    os.kill(victim, signal.SIGKILL)
                await eventually(partial(eq, heard, [False, True] * turn + [False]))
                await eventually(partial(eq, heard, [False, True] * (turn + 1)))
            expected = await writers.finish()
        assert await stored(server.target) == expected

    async def test_a_killed_backend_is_made_good(self, server: EmbeddedPostgres) -> None:
        """PostgreSQL throws everybody out then, and takes them in again."""
        connection = await connect(server.target)
        os.kill(connection.get_server_pid(), signal.SIGKILL)
        await eventually(connection.is_closed)
        await eventually_asked(lambda: is_reachable(server.target))

    async def test_a_killed_guard_is_made_good(
        self, lived_in: Path, server: EmbeddedPostgres
    ) -> None:
        """PostgreSQL ends with its guard; both are started again."""
        before = postmaster_of(lived_in)
        os.kill(_parent_of(before), signal.SIGKILL)
        await eventually(lambda: postmaster_of(lived_in) not in {0, before})
        await eventually_asked(lambda: is_reachable(server.target))

    async def test_a_start_that_fails_is_tried_again(
        self, lived_in: Path, server: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
    ) -> None:
        """While PostgreSQL cannot be started we go on living, and start it as soon as we can."""
        server.log_path.unlink()
        server.log_path.mkdir()
        os.kill(postmaster_of(lived_in), signal.SIGKILL)
        await eventually(lambda: "does not start again" in caplog.text)
        assert not await is_reachable(server.target)
        server.log_path.rmdir()
        await eventually_asked(lambda: is_reachable(server.target))


class TestStopped:
    async def test_stopped_and_started_again(
        self, lived_in: Path, server: EmbeddedPostgres, pool: Pool
    ) -> None:
        """An orderly stop in mid-stream: all that was appended meanwhile is stored afterwards."""
        documents = PostgresDocuments(pool)
        keys = await place_documents(documents, 8)
        heard: list[bool] = []
        async with started_log(server.target) as log:
            log.on_availability(heard.append)
            writers = Writers(log, keys)
            await eventually(partial(writers.has_acknowledged, 100))
            await server.stop()
            await eventually(lambda: heard == [False])
            before = writers.acknowledged()
            for attempt in (
                documents.get("doc-0"),
                documents.load("doc-0", create_for="ada"),
                documents.create("new", title="", author="ada", seed=None),
                documents.list(search=None, cursor=None, limit=5),
                check_ready(pool),
            ):
                with pytest.raises(Unavailable):
                    await attempt
            assert writers.acknowledged() == before
            async with EmbeddedPostgres(lived_in) as again:
                await eventually(lambda: heard == [False, True])
                expected = await writers.finish()
                assert await stored(again.target) == expected
                await check_ready(pool)
                with pytest.raises(NotFound):
                    await documents.get("new")

    async def test_memory_is_bounded_while_it_is_away(
        self, lived_in: Path, server: EmbeddedPostgres, pool: Pool
    ) -> None:
        """Up to the bound entries wait; more are refused at once; those that waited are stored."""
        (key,) = await place_documents(PostgresDocuments(pool), 1)
        async with started_log(server.target, Limits(log_queue_entries=50)) as log:
            await server.stop()
            futures = [log.append(entry(key, word(n))) for n in range(50)]
            for _ in range(3):
                await eventually(lambda: not log.available)
                with pytest.raises(Overloaded):
                    await log.append(entry(key, b"one too many"))
            async with EmbeddedPostgres(lived_in) as again:
                assert await asyncio.gather(*futures) == [*range(1, 51)]
                assert await log.append(entry(key, word(50))) == 51
                expected = [(n + 1, word(n)) for n in range(51)]
                assert (await stored(again.target))[key] == expected

    async def test_closing_while_it_is_away_tells_everybody(
        self, server: EmbeddedPostgres, pool: Pool
    ) -> None:
        """Nobody waits for ever for a database that does not come back."""
        (key,) = await place_documents(PostgresDocuments(pool), 1)
        log = PostgresUpdateLog(server.target, Limits())
        await log.start()
        await server.stop()
        futures = [log.append(entry(key)) for _ in range(10)]
        await eventually(lambda: not log.available)
        await log.close(0.05)
        for future in futures:
            with pytest.raises(Unavailable):
                await future

    async def test_a_listener_that_fails_stops_nobody(
        self, lived_in: Path, server: EmbeddedPostgres, pool: Pool
    ) -> None:
        """The other listeners are told, and the writer goes on."""
        (key,) = await place_documents(PostgresDocuments(pool), 1)
        heard: list[bool] = []

        def fail(available: bool) -> None:
            message = f"told {available}"
            raise RuntimeError(message)

        async with started_log(server.target) as log:
            log.on_availability(fail)
            log.on_availability(heard.append)
            await server.stop()
            waits = log.append(entry(key))
            await eventually(lambda: heard == [False])
            async with EmbeddedPostgres(lived_in):
                assert await waits == 1
            assert heard == [False, True]


def _parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])

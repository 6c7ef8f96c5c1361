"""The embedded PostgreSQL: where it can live, who may start it, and what a crash may leave behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from collab.errors import StartupError
from collab.store import embedded
from collab.store.binaries import account_for, find_binaries, major_version
from collab.store.embedded import EmbeddedPostgres
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, check_server, connect, is_reachable
from tests.support.postgres import HASTY
from tests.support.server import ROOT
from tests.support.waiting import eventually

_INSTALLATIONS: Final = [None, *sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
"""The package's PostgreSQL, and every other one this machine has."""

_STARTER: Final = """
import asyncio, sys
from pathlib import Path
from collab.store.embedded import EmbeddedPostgres

async def main():
    await EmbeddedPostgres(Path(sys.argv[1])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def another_process(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the embedded PostgreSQL from a process of its own, killed with -9 at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _STARTER, str(folder)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def remember(target: ConnectionTarget, number: int) -> None:
    """Write `number` where `remembered` finds it."""
    connection = await connect(target)
    await connection.execute("CREATE TABLE IF NOT EXISTS notes (number int, at serial)")
    await connection.execute("INSERT INTO notes VALUES ($1)", number)
    await connection.close()


async def remembered(target: ConnectionTarget, count: int) -> list[int]:
    """Return the last `count` numbers written by `remember`."""
    connection = await connect(target)
    rows = await connection.fetch("SELECT number FROM notes ORDER BY at")
    await connection.close()
    return [row["number"] for row in rows][-count:]


async def until_ready(process: asyncio.subprocess.Process) -> None:
    """Return when the PostgreSQL of `another_process` can be reached."""
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"


def place_of(folder: Path) -> Path:
    """Return the folder of the one major version in `folder`."""
    (place,) = folder.glob("pg*")
    return place


class TestPlaces:
    @pytest.mark.parametrize(
        "name",
        [
            "Füße 🦉 with spaces, 'quotes', 100%40 -c fsync=off",
            "long/" * 30 + "path",
        ],
    )
    async def test_any_path_will_do(self, folder: Path, name: str) -> None:
        """Made on the first start, found again on the second, whatever the path looks like."""
        for turn in range(2):
            async with EmbeddedPostgres(folder / name, settings=HASTY[:1]) as server:
                await remember(server.target, turn)
                assert await remembered(server.target, 9) == [*range(turn + 1)]

    async def test_nobody_else_gets_in(self, lived_in: Path) -> None:
        """It listens on no network, and only its own user may reach socket and files."""
        async with EmbeddedPostgres(lived_in) as server:
            connection = await connect(server.target)
            assert await connection.fetchval("SHOW listen_addresses") == ""
            assert await connection.fetchval("SHOW fsync") == "on"
            assert await connection.fetchval("SHOW synchronous_commit") == "on"
            socket = Path(await connection.fetchval("SHOW unix_socket_directories"))
            await connection.close()
            for private in (socket, place_of(lived_in)):
                assert stat.S_IMODE(private.stat().st_mode) == 0o700

    @pytest.mark.parametrize("installation", _INSTALLATIONS, ids=str)
    async def test_any_installation_will_do(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, installation: Path | None
    ) -> None:
        """The package's, or one of the system's by COLLAB_PG_BIN: each with files of its own."""
        if installation is not None:
            monkeypatch.setenv("COLLAB_PG_BIN", str(installation))
        async with EmbeddedPostgres(folder, settings=HASTY) as server:
            version = await check_server(server.target)
            assert place_of(folder).name == f"pg{version}"
            await migrate(server.target)

    async def test_a_place_that_cannot_be(self, folder: Path) -> None:
        """A file in the way, above or at the folder: a sentence that says what to change."""
        (folder / "file").write_text("")
        for place in (folder / "file", folder / "file" / "below"):
            with pytest.raises(StartupError, match=r"cannot be written .*--data-dir\.$"):
                await EmbeddedPostgres(place).start()

    async def test_a_folder_that_is_no_database(self, lived_in: Path) -> None:
        """Files of another kind, or of another major version, are left alone and named."""
        data = place_of(lived_in) / "data"
        kept = (data / "PG_VERSION").rename(data / "kept")
        try:
            with pytest.raises(StartupError, match="is not a PostgreSQL data directory"):
                await EmbeddedPostgres(lived_in).start()
            (data / "PG_VERSION").write_text("9.6\n")
            with pytest.raises(
                StartupError, match=r"made by PostgreSQL 9\.6, but \d+ is installed"
            ):
                await EmbeddedPostgres(lived_in).start()
        finally:
            kept.rename(data / "PG_VERSION")
        async with EmbeddedPostgres(lived_in) as server:
            assert await is_reachable(server.target)

    async def test_a_server_that_does_not_start(
        self, lived_in: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is given up with a pointer to its log; the folder is free for the next attempt."""
        async with EmbeddedPostgres(lived_in, settings=HASTY) as server:
            await remember(server.target, 7)
        with monkeypatch.context() as patch:
            patch.setattr(embedded, "_START_DEADLINE", 0.2)
            failing = EmbeddedPostgres(lived_in, settings=["shared_buffers=plenty"])
            with pytest.raises(StartupError, match=r"did not start; see .*postgres\.log"):
                await failing.start()
            assert "plenty" in failing.log_path.read_text()
        async with EmbeddedPostgres(lived_in, settings=HASTY) as server:
            assert await remembered(server.target, 1) == [7]


class TestOneServerAFolder:
    async def test_a_second_server_is_refused(self, lived_in: Path) -> None:
        """In this process or another: one sentence; the first does not notice."""
        async with another_process(lived_in) as first:
            await until_ready(first)
            for _ in range(2):
                with pytest.raises(StartupError) as caught:
                    await EmbeddedPostgres(lived_in).start()
                assert str(caught.value) == (
                    f"The data directory {lived_in} is in use by another collab server; "
                    "stop that one, or choose another with --data-dir."
                )
            socket = place_of(lived_in)
            target = ConnectionTarget(f"postgresql://postgres@/collab?host={socket}")
            assert await is_reachable(target)

    async def test_of_many_who_start_at_once_one_does(self, folder: Path) -> None:
        """Also on a folder that is new."""
        servers = [EmbeddedPostgres(folder, settings=HASTY) for _ in range(5)]
        results = await asyncio.gather(*(s.start() for s in servers), return_exceptions=True)
        assert sum(isinstance(result, StartupError) for result in results) == 4
        (target,) = (result for result in results if isinstance(result, ConnectionTarget))
        assert await is_reachable(target)
        for server in servers:
            await server.stop()
        assert not await is_reachable(target)


class TestCrashLeftovers:
    async def test_killed_with_us_and_started_at_once(self, lived_in: Path) -> None:
        """Kill -9 of our process: PostgreSQL ends by itself, the next start finds everything."""
        for turn in range(3):
            async with another_process(lived_in) as process:
                await until_ready(process)
                target = ConnectionTarget(
                    f"postgresql://postgres@/collab?host={place_of(lived_in)}"
                )
                await remember(target, turn)
        await eventually(lambda: not (place_of(lived_in) / "data/postmaster.pid").exists())
        async with EmbeddedPostgres(lived_in) as server:
            assert await remembered(server.target, 3) == [0, 1, 2]

    @pytest.mark.parametrize("sign", ["PG_VERSION", "base/4"])
    async def test_killed_during_initdb(self, folder: Path, sign: str) -> None:
        """A half-made cluster is never used, and does not stand in anybody's way."""
        async with another_process(folder) as process:
            await eventually(lambda: list(folder.glob(f"pg*/data.new*/{sign}")))
            assert not (place_of(folder) / "data").exists()
            process.kill()
        async with EmbeddedPostgres(folder, settings=HASTY) as server:
            await remember(server.target, 1)
            assert await remembered(server.target, 1) == [1]

    async def test_half_made_clusters_are_thrown_away(self, folder: Path) -> None:
        """Whatever is left of earlier attempts goes before the next one is made."""
        place = folder / f"pg{major_version(find_binaries())}"
        for name in ("data.new", "data.new-0123abcd"):
            (place / name / "base").mkdir(parents=True)
            (place / name / "PG_VERSION").write_text("18")
        async with EmbeddedPostgres(folder, settings=HASTY) as server:
            assert await is_reachable(server.target)
        assert list(place.glob("data.new*")) == []

    async def test_stale_lock_files(self, lived_in: Path) -> None:
        """Lock files that name nobody, a stranger, or nothing at all do not keep it from starting."""
        async with EmbeddedPostgres(lived_in, settings=HASTY) as server:
            await remember(server.target, 5)
        place = place_of(lived_in)
        with _stranger(account_for(place).uid) as stranger:
            for content in (
                str(stranger),
                "",
                "\n\n",
                "0",
                "-1",
                "999999999",
                "abc",
                f"-{stranger}",
            ):
                rest = f"\n{place}/data\n1700000000\n5432\n{place}\n" if content else ""
                for file in (place / "data" / "postmaster.pid", place / ".s.PGSQL.5432.lock"):
                    file.write_text(content + rest)
                    shutil.chown(file, account_for(place).uid)
                (place / ".s.PGSQL.5432").touch()
                async with EmbeddedPostgres(lived_in, settings=HASTY) as server:
                    assert await remembered(server.target, 1) == [5], content

    async def test_a_server_that_still_lives_is_waited_for(self, lived_in: Path) -> None:
        """Its starter is dead, itself not yet: its lock is respected until it has ended."""
        async with another_process(lived_in) as process:
            await until_ready(process)
            lock = place_of(lived_in) / "data" / "postmaster.pid"
            postmaster = int(lock.read_text().split()[0])
            os.kill(postmaster, signal.SIGSTOP)
            process.kill()
            await process.wait()
        server = EmbeddedPostgres(lived_in)
        starting = asyncio.create_task(server.start())
        try:
            log = place_of(lived_in) / "postgres.log"
            await eventually(lambda: f"(PID {postmaster})" in log.read_text())
            assert int(lock.read_text().split()[0]) == postmaster
        finally:
            os.kill(postmaster, signal.SIGCONT)
        assert await is_reachable(await starting)
        assert int(lock.read_text().split()[0]) != postmaster
        await server.stop()


@contextmanager
def _stranger(uid: int) -> Iterator[int]:
    """Run some program of the user `uid`; give its process id."""
    user = uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=user) as process:
        yield process.pid
        process.kill()

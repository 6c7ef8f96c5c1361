"""What `collab` says when it cannot do what it is asked, and when it can."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collab.store.pool import ConnectionTarget
from tests.support.forks import run_collab
from tests.support.guest import guests
from tests.support.postgres import open_folder
from tests.support.server import ROOT, RunningServer

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]


async def refusal(*arguments: str, **environment: str) -> str:
    """Run `collab`, which must refuse with one sentence; return that."""
    code, out, error = await run_collab(*arguments, **environment)
    assert code not in (0, -9, -15)
    assert "Traceback" not in error
    assert out == ""
    lines = error.strip().splitlines()
    assert len(lines) == 1, error
    assert re.fullmatch(r"Error: .+\.", lines[0])
    return lines[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COLLAB_PORT", "x"),
        ("COLLAB_PORT", "70000"),
        ("COLLAB_ENGINE", "automerge"),
        ("COLLAB_AUTH", "jwt"),
        ("COLLAB_HOST", "0.0.0.0"),
        ("COLLAB_DOCUMENT_BYTES", "-1"),
        ("COLLAB_DOCUMENT_BYTES", "many"),
        ("COLLAB_PING_INTERVAL", "0"),
        ("COLLAB_ROOM_GRACE", "-1"),
        ("COLLAB_ALLOWED_ORIGINS", " , "),
        ("COLLAB_LOG_FORMAT", "xml"),
        ("COLLAB_ALLOWED_ORIGINS", "https://app.example/"),
        ("COLLAB_TRUSTED_PROXIES", "my-proxy"),
        ("COLLAB_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("COLLAB_METRICS_TOKEN", "short"),
        ("COLLAB_CONNECTIONS", "0"),
        ("COLLAB_EVENT_BURST", "0"),
        ("COLLAB_VERSION_EVERY", "0"),
        ("COLLAB_KEYSTROKES_DAYS", "-1"),
        ("COLLAB_STRETCHES_DAYS", "soon"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost:1/x"),
        ("REDIS_URL", "redis://localhost"),
    ],
)
async def test_settings_that_cannot_be_used(name: str, value: str) -> None:
    """Each ends the start with one sentence."""
    await refusal("serve", **{name: value})


async def test_open_to_strangers_only_if_insisted_on(
    make_server: _MakeServer, database: ConnectionTarget
) -> None:
    """Without tokens other machines are not served unless that is asked for; the log says so."""
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        for environment in ({}, {"COLLAB_ALLOW_ANONYMOUS": "false"}):
            said = await refusal("serve", "--host", host, "--auth", "none", **environment)
            assert "--allow-anonymous" in said
            assert "--auth jwt" in said
    here = await make_server()
    assert "everyone on this machine may do everything" in here.log()
    assert await here.stop() == 0
    insisting = ("serve", "--host", "0.0.0.0", "--port", "0", "--allow-anonymous")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "collab", *insisting, "--database-url", database.url),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            assert b"everyone who can reach this address" in await process.stderr.readline()
    finally:
        process.terminate()
        await process.communicate()


async def test_a_port_that_is_taken(make_server: _MakeServer, database: ConnectionTarget) -> None:
    """The sentence names the port and what to do."""
    server = await make_server()
    port = str(server.port)
    said = await refusal("serve", "--port", port, "--database-url", database.url)
    assert port in said
    assert "--port" in said


async def test_a_data_directory_in_use(tmp_path: Path) -> None:
    """A second server on the same directory is sent away; the first goes on, then ends with 0."""
    folder = str(open_folder())
    server = RunningServer(("--data-dir", folder), log=tmp_path / "server.log")
    await server.start()
    try:
        assert folder in await refusal("serve", "--port", "0", "--data-dir", folder)
        assert await server.stop() == 0
        assert "Traceback" not in server.log()
    finally:
        await server.ensure_ended()


async def test_migrate_version_and_doctor(database: ConnectionTarget) -> None:
    """What can be done is done, and said."""
    code, _, error = await run_collab("migrate", "--database-url", database.url)
    assert code == 0, error
    code, out, _ = await run_collab("version")
    assert code == 0
    assert re.search(r"\d+\.\d+\.\d+", out)
    code, out, _ = await run_collab("doctor", "--port", "0", "--database-url", database.url)
    assert code == 0, out
    code, out, error = await run_collab("doctor", "--database-url", "postgresql://localhost:1/x")
    assert code != 0
    assert "Traceback" not in out + error


async def test_compact_beside_a_running_server(
    make_server: _MakeServer, database: ConnectionTarget
) -> None:
    """What is old enough is merged while the server goes on; then there is nothing to do."""
    server = await make_server()
    connection = ("--database-url", database.url)
    async with guests(server.url, "ann") as (ann,):
        await ann.join("d")
        for letter in "abc":
            assert (await ann.type("d", letter))["ok"]
        # A thousandth of a second, in days: everything typed by now is older.
        soon = ("--keystrokes-days", "0.00000001", "--stretches-days", "0")
        code, out, error = await run_collab("compact", *soon, *connection)
        assert (code, error) == (0, "")
        assert re.fullmatch(r"Compacted in \d+ steps\.\n", out)
        assert (await ann.type("d", "d"))["ok"]
        code, out, _ = await run_collab("compact", *connection)
        assert (code, out) == (0, "There was nothing to compact.\n")
    await server.kill()
    await server.start()
    async with guests(server.url, "ben") as (ben,):
        await ben.join("d")
        assert str(ben.person) == "abcd"

"""Servers share a database's doorkeeper; an import gets it for itself or is refused."""

from __future__ import annotations

import asyncio

import pytest

from collab.errors import StartupError
from collab.store.company import Tenancy, alone
from collab.store.pool import ConnectionTarget, connect
from tests.support.waiting import eventually_asked

_HOLDERS = """
    SELECT coalesce(array_agg(pid), '{}') FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND database =
          (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def _holders(target: ConnectionTarget) -> list[int]:
    connection = await connect(target)
    try:
        found: list[int] = await connection.fetchval(_HOLDERS)
    finally:
        await connection.close()
    return found


async def test_servers_share(database: ConnectionTarget) -> None:
    """Two servers have their place at once; an import is refused until both have left."""
    first, second = Tenancy(database), Tenancy(database)
    await first.start()
    await second.start()
    await first.close()
    with pytest.raises(StartupError, match="stop it, import, and start it again"):
        async with alone(database):
            pytest.fail("let in beside a server")
    await second.close()
    async with alone(database):
        assert len(await _holders(database)) == 1


async def test_a_server_waits_for_an_import(
    database: ConnectionTarget, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that starts in the middle of an import says so, and starts after it."""
    tenancy = Tenancy(database)
    async with alone(database):
        starting = asyncio.create_task(tenancy.start())
        await eventually_asked(lambda: _said(caplog, "waiting for it"))
        assert not starting.done()
    async with asyncio.timeout(20):
        await starting
    await tenancy.close()


async def test_a_lost_connection(database: ConnectionTarget) -> None:
    """A server whose connection was ended takes its place again."""
    tenancy = Tenancy(database, probe=0.05)
    await tenancy.start()
    (before,) = await _holders(database)
    connection = await connect(database)
    await connection.execute("SELECT pg_terminate_backend($1)", before)
    await connection.close()
    await eventually_asked(lambda: _is_back(database, before))
    await tenancy.close()


async def _is_back(database: ConnectionTarget, before: int) -> bool:
    holders = await _holders(database)
    return len(holders) == 1 and before not in holders


async def _said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text

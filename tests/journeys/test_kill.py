"""Kill -9 while eight people type: what was acknowledged is there, and everyone ends alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.store.embedded import EmbeddedPostgres
from collab.store.pool import ConnectionTarget, connect
from tests.support.people import Person
from tests.support.postgres import open_folder
from tests.support.programs import Program
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(300)

_ROUNDS = 10
_ACKNOWLEDGED_PER_ROUND = 120


@pytest.fixture
async def durable() -> AsyncIterator[ConnectionTarget]:
    """Start a PostgreSQL that writes to disk as in production and outlives the server."""
    async with EmbeddedPostgres(open_folder()) as postgres:
        yield postgres.target


async def stored_text(target: ConnectionTarget) -> str:
    """Return what the log alone says, read behind the dead server's back."""
    connection = await connect(target)
    rows = await connection.fetch("SELECT update FROM updates ORDER BY sequence")
    await connection.close()
    reader = Person()
    for row in rows:
        reader.hear(row["update"])
    return str(reader)


async def test_nothing_acknowledged_is_lost(durable: ConnectionTarget, tmp_path: Path) -> None:
    """Ten kills: every acknowledged word is in the log, and all converge with the others too."""
    server = RunningServer(("--database-url", durable.url), log=tmp_path / "server.log")
    await server.start()
    order = {"url": server.url, "document": "d", "clients": 8, "transports": [["websocket"]]}
    people = await Program.start("typist.mjs", order)
    acknowledged: set[str] = set()
    try:
        async with asyncio.timeout(240):
            for number in range(1, _ROUNDS + 1):
                async for line in people.lines():
                    acknowledged.update(line.get("acknowledged", ()))
                    if len(acknowledged) >= number * _ACKNOWLEDGED_PER_ROUND:
                        break
                await server.kill()
                text = await stored_text(durable)
                assert [word for word in acknowledged if word not in text] == []
                await server.start()
            people.say("stop")
            final = await people.until(lambda line: "text" in line)
    finally:
        await people.close()
        await server.ensure_ended()
    typed = [f"p{n}-{m};" for n, count in enumerate(final["typed"]) for m in range(1, count + 1)]
    assert sorted(final["text"].split(";")[:-1]) == sorted(word[:-1] for word in typed)
    assert await stored_text(durable) == final["text"]

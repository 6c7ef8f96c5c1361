"""PostgreSQL goes away while people write: nothing is lost, nothing is called saved too early."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from collab.store.embedded import EmbeddedPostgres
from tests.support.guest import Guest, guests
from tests.support.postgres import HASTY, open_folder
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(180)

_WORDS = 200


async def is_ready(server: RunningServer) -> bool:
    """Return whether the server says that it is able to serve."""
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/readyz") as answer:
        return answer.status == 200


async def type_words(guest: Guest) -> list[asyncio.Task[dict[str, object]]]:
    """Send many updates without waiting for their acks."""
    return [asyncio.create_task(guest.type("d", f"w{number};")) for number in range(_WORDS)]


async def test_edits_wait_for_the_database(tmp_path: Path) -> None:
    """Stopped and started in mid-session: people still see each other, acks come after the return."""
    folder = open_folder()
    postgres = EmbeddedPostgres(folder, settings=HASTY)
    target = await postgres.start()
    server = RunningServer(("--database-url", target.url), log=tmp_path / "server.log")
    await server.start()
    try:
        async with guests(server.url, "ann", "ben") as (ann, ben):
            await ann.join("d")
            await ben.join("d")
            assert (await ann.type("d", "before;"))["sequence"] == 1
            await postgres.stop()
            acks = await type_words(ann)
            expected = "before;" + "".join(f"w{number};" for number in range(_WORDS))
            await ben.reads(expected)
            assert (await ann.hears("storage"))["available"] is False
            assert not await is_ready(server)
            # The server is asked once more, and answers: the acks had every chance to come.
            synced = await ann.ask("syncDocument", {"document": "d", "stateVector": b"\0"})
            assert synced["ok"]
            assert [task.done() for task in acks] == [False] * _WORDS
            newcomer = await Guest.connect(server.url)
            await newcomer.join("d")
            assert str(newcomer.person) == expected
            await newcomer.close()
            # The port may be another one: the target's socket stays.
            restarted = await postgres.start()
            assert restarted == target
            answers = await asyncio.gather(*acks)
            assert [answer["sequence"] for answer in answers] == list(range(2, _WORDS + 2))
            assert (await ann.hears("storage"))["available"] is True
            await eventually_asked(lambda: is_ready(server))
        await server.kill()
        await server.start()
        async with guests(server.url, "cat") as (cat,):
            await cat.join("d")
            assert str(cat.person) == expected
    finally:
        await server.ensure_ended()
        await postgres.stop()


async def test_a_document_not_loaded_yet_is_refused_meanwhile(tmp_path: Path) -> None:
    """Nobody is let into a room that cannot be loaded: the answer says to try again."""
    async with EmbeddedPostgres(open_folder(), settings=HASTY) as postgres:
        server = RunningServer(("--database-url", postgres.target.url), log=tmp_path / "server.log")
        await server.start()
        try:
            async with guests(server.url, "ann") as (ann,):
                await ann.join("open")
                await postgres.stop()
                assert await ann.refusal("joinDocument", {"document": "other"}) == "unavailable"
                await postgres.start()

                async def lets_in() -> bool:
                    answer = await ann.ask("joinDocument", {"document": "other"})
                    return bool(answer["ok"])

                await eventually_asked(lets_in)
        finally:
            await server.ensure_ended()

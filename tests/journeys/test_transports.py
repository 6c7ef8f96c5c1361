"""Long-polling and WebSocket clients in one room: the same promises, whatever the network cuts."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
import pytest

from tests.support.guest import Guest, guests
from tests.support.poller import Poller, attached
from tests.support.programs import Program
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(240)

_PIECES: Final = (1, 2, 7, 50)


async def test_both_converge_while_both_type(server: RunningServer) -> None:
    """Four real clients, two by polling only, type at once and read the same in the end."""
    order = {
        "url": server.url,
        "document": "d",
        "clients": 4,
        "transports": [["websocket"], ["polling"]],
    }
    people = await Program.start("typist.mjs", order)
    acknowledged = 0
    async with asyncio.timeout(120):
        async for line in people.lines():
            acknowledged += len(line.get("acknowledged", ()))
            if acknowledged >= 600:
                break
        people.say("stop")
        final = await people.until(lambda line: "text" in line)
    await people.close()
    typed = [f"p{n}-{m}" for n, count in enumerate(final["typed"]) for m in range(1, count + 1)]
    assert sorted(final["text"].split(";")[:-1]) == sorted(typed)


@pytest.mark.parametrize("size", [100, 100_000, 4_000_000])
async def test_bodies_arrive_whole_in_any_number_of_segments(
    size: int, server: RunningServer
) -> None:
    """Updates posted in 1 to 50 segments are acknowledged and reach the WebSocket client."""
    expected = ""
    async with guests(server.url, "ann") as (ann,), aiohttp.ClientSession() as session:
        await ann.join("d")
        poller = Poller(server.url, session)
        await poller.open("d")
        writer = Guest().person
        for number, pieces in enumerate(_PIECES, 1):
            letter = "abcd"[number - 1]
            await poller.post(attached(writer.type(letter * size), number), pieces)
            assert (await poller.until(f"43{number}[")).startswith(f'43{number}[{{"ok":true')
            expected += letter * size
            await ann.reads(expected)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_body_up_to_the_document_cap(server: RunningServer, transport: str) -> None:
    """One update just below 32 MB is taken; somebody else reads it."""
    text = "x" * (32 * 1024 * 1024 - 1024)
    async with (
        guests(server.url, "ann", "ben") as (ann, ben),
        aiohttp.ClientSession() as session,
    ):
        await ben.join("d")
        update = ann.person.type(text)
        if transport == "polling":
            poller = Poller(server.url, session)
            await poller.open("d")
            await poller.post(attached(update, 1), 50)
            assert (await poller.until("431[")).startswith('431[{"ok":true')
        else:
            await ann.join("d")
            answer = await ann.ask("update", {"document": "d", "update": update}, seconds=120)
            assert answer == {"ok": True, "sequence": 1}
        await ben.reads(text)

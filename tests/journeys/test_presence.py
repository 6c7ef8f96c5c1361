"""Who is here and where their cursors are, as the others learn it over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from collab.store.pool import ConnectionTarget, connect
from tests.support.guest import Guest, guests
from tests.support.programs import Program
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]


def awareness(*entries: tuple[int, int, object]) -> bytes:
    """Encode (client, clock, state) triples as y-protocols does; all numbers below 128."""
    body = bytes([len(entries)])
    for client, clock, state in entries:
        text = json.dumps(state).encode()
        body += bytes([client, clock]) + bytes([len(text)]) + text
    return body


def states(update: bytes) -> dict[int, object]:
    """Decode a small awareness update."""
    found: dict[int, object] = {}
    position = 1
    for _ in range(update[0]):
        client, _, length = struct.unpack_from("BBB", update, position)
        position += 3
        found[client] = json.loads(update[position : position + length])
        position += length
    return found


async def join(guest: Guest, client: int, at: object = "start") -> dict[str, Any]:
    """Join the document with a presence state."""
    update = awareness((client, 1, {"at": at}))
    return await guest.join("d", clientId=client, awareness=update)


async def test_a_newcomer_sees_everybody_at_once(server: RunningServer) -> None:
    """The join's answer has all states and people; the others hear of the newcomer."""
    async with guests(server.url, "ann", "ben", "cat") as (ann, ben, cat):
        await join(ann, 1, 5)
        await join(ben, 2)
        answer = await join(cat, 3)
        assert states(answer["awareness"]) == {
            1: {"at": 5},
            2: {"at": "start"},
            3: {"at": "start"},
        }
        assert {user["name"] for user in answer["users"]} == {"ann", "ben", "cat"}
        assert (await ann.hears("userJoined"))["user"]["name"] == "ben"
        assert (await ann.hears("userJoined"))["user"]["name"] == "cat"
        assert states((await ben.hears("awareness"))["update"]) == {3: {"at": "start"}}


async def test_moves_reach_the_others_and_not_oneself(server: RunningServer) -> None:
    """A moved cursor is relayed to everyone but the sender."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        await join(ann, 1)
        await join(ben, 2)
        await ann.hears("awareness")
        moved = awareness((2, 2, {"at": 9}))
        assert await ben.ask("awareness", {"document": "d", "update": moved}) == {"ok": True}
        assert states((await ann.hears("awareness"))["update"]) == {2: {"at": 9}}
        assert [name for name, _ in ben.heard if name == "awareness"] == []


async def test_nobody_speaks_for_others(server: RunningServer) -> None:
    """A state under somebody else's client id is neither kept nor relayed."""
    async with guests(server.url, "ann", "mallory", "cat") as (ann, mallory, cat):
        await join(ann, 1, "ann")
        await join(mallory, 2, "mallory")
        forged = awareness((1, 99, {"at": "forged"}), (2, 2, {"at": "moved"}))
        await mallory.ask("awareness", {"document": "d", "update": forged})
        answer = await join(cat, 3)
        assert states(answer["awareness"]) == {
            1: {"at": "ann"},
            2: {"at": "moved"},
            3: {"at": "start"},
        }


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_who_disconnects_is_gone_at_once(server: RunningServer, transport: str) -> None:
    """A clean close takes the cursor and the person away without waiting for a time-out."""
    async with guests(server.url, "ann") as (ann,):
        await join(ann, 1)
        ben = await Guest.connect(server.url, transport=transport, auth={"name": "ben"})
        await join(ben, 2)
        await ann.hears("awareness")
        await ben.close()
        assert states((await ann.hears("awareness"))["update"]) == {2: None}
        assert (await ann.hears("userLeft"))["user"]["name"] == "ben"


async def test_a_person_with_two_tabs_comes_and_goes_once(server: RunningServer) -> None:
    """People are spoken of, not tabs: joined with the first, left with the last."""
    async with guests(server.url, "ann") as (ann,):
        await join(ann, 1)
        async with guests(server.url, "ben", "ben") as (first, second):
            await join(first, 2)
            answer = await join(second, 3)
            assert sorted(user["name"] for user in answer["users"]) == ["ann", "ben"]
            await first.close()
            async with asyncio.timeout(20):
                while states((await ann.hears("awareness"))["update"]) != {2: None}:
                    pass
            assert [name for name, _ in ann.heard if name == "userLeft"] == []
        await ann.hears("userLeft")
        names = [name for name, _ in ann.heard if name in {"userJoined", "userLeft"}]
        assert names == ["userJoined"]


async def test_a_dead_network_is_noticed(make_server: _MakeServer) -> None:
    """A client that no longer answers pings (a stopped process) leaves no ghost."""
    server = await make_server(COLLAB_PING_INTERVAL="0.3", COLLAB_PING_TIMEOUT="0.3")
    async with guests(server.url, "ann") as (ann,):
        await join(ann, 1)
        order = {"url": server.url, "document": "d", "clients": 1}
        frozen = await Program.start("typist.mjs", order)
        try:
            await ann.hears("userJoined")
            os.kill(frozen.pid, signal.SIGSTOP)
            await ann.hears("userLeft")
        finally:
            await frozen.close()


async def test_everyone_is_told_when_a_document_is_deleted(server: RunningServer) -> None:
    """The room is closed with `documentDeleted`; after undelete the text is there again."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        await ann.join("d")
        await ben.join("d")
        await ann.type("d", "kept")
        url = f"{server.url}/api/v1/documents/d"
        async with ann.socket.eio.http.delete(url) as answer:
            assert answer.status == 200
        assert (await ben.hears("documentDeleted"))["document"] == "d"
        assert await ben.refusal("update", {"document": "d", "update": b"\0\0"}) == "not_joined"
        assert await ben.refusal("joinDocument", {"document": "d"}) == "not_found"
        async with ann.socket.eio.http.post(f"{url}/undelete") as answer:
            assert answer.status == 200
        await ben.join("d")
        assert str(ben.person) == "kept"


async def test_the_last_to_leave_leaves_a_snapshot(
    make_server: _MakeServer, database: ConnectionTarget
) -> None:
    """The room is kept as a snapshot and dropped from memory; the next visitor finds the text."""
    server = await make_server(COLLAB_ROOM_GRACE="0")
    connection = await connect(database)

    async def is_kept() -> bool:
        return bool(await connection.fetchval("SELECT count(*) FROM snapshots"))

    async with guests(server.url, "ann") as (ann,):
        await ann.join("d")
        await ann.type("d", "written before")
        assert not await is_kept()
    await eventually_asked(is_kept)
    # What the log says is not needed any more to open the document.
    await connection.execute("DELETE FROM updates")
    await connection.close()
    async with guests(server.url, "ben") as (ben,):
        await ben.join("d")
        assert str(ben.person) == "written before"


async def test_sigterm_loses_nothing(make_server: _MakeServer) -> None:
    """What was sent before the server was asked to stop is there when it starts again."""
    server = await make_server()
    async with guests(server.url, "ann") as (ann,):
        await ann.join("d")
        acks = [asyncio.create_task(ann.type("d", f"{number};")) for number in range(300)]
        await asyncio.wait(acks, return_when=asyncio.FIRST_COMPLETED)
        assert await server.stop() == 0
        answers = await asyncio.gather(*acks, return_exceptions=True)
        await ann.hears("serverDraining")
    acknowledged = sum(isinstance(answer, dict) and bool(answer["ok"]) for answer in answers)
    assert acknowledged > 0
    await server.start()
    async with guests(server.url, "ben") as (ben,):
        await ben.join("d")
        words = str(ben.person).split(";")[:-1]
    assert words == [str(number) for number in range(len(words))]
    assert len(words) >= acknowledged

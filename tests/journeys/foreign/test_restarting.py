"""Kill -9 with clients of every kind connected, and the server started again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from collab.store.pool import ConnectionTarget
from tests.journeys.test_kill import stored_text
from tests.support.foreign import KINDS, Visitor, company
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(180)

_TELL_WHAT_IS_SAVED = ("native", "hocuspocus-3", "hocuspocus-4")
"""Version 2 of Hocuspocus counts below zero after edits made offline, with any server."""

_ROUNDS = 3


async def are_cut_off(everyone: Sequence[Visitor], kill: Callable[[], Awaitable[None]]) -> None:
    """Kill the server and return once every client has noticed."""
    since = [await visitor.mark() for visitor in everyone]
    await kill()
    for visitor, mark in zip(everyone, since, strict=True):
        await visitor.hears("transport", state="closed", since=mark)


async def come_back(everyone: Sequence[Visitor], start: Callable[[], Awaitable[None]]) -> None:
    """Start the server and return once every client has the document again, by itself."""
    since = [await visitor.mark() for visitor in everyone]
    await start()
    for visitor, mark in zip(everyone, since, strict=True):
        await visitor.hears("sync", state=True, since=mark, seconds=40)


async def test_nothing_is_lost(
    make_server: Callable[..., Awaitable[RunningServer]], database: ConnectionTarget
) -> None:
    """What was called saved is in the log at the kill; all come back, with what they wrote."""
    server = await make_server()
    async with company() as visitors:
        everyone = [await visitors.open(kind, kind, server.url, "d", token="-") for kind in KINDS]
        tellers = [visitor for visitor in everyone if visitor.kind in _TELL_WHAT_IS_SAVED]
        for visitor in everyone:
            await visitor.synced()
        typed: list[str] = []
        for number in range(_ROUNDS):
            for visitor in everyone:
                typed.append(f"[{visitor.name} {number}]")
                await visitor.type(typed[-1])
            for visitor in tellers:
                await visitor.stands(unsyncedChanges=0)
            await are_cut_off(everyone, server.kill)
            stored = await stored_text(database)
            assert [v.name for v in tellers if f"[{v.name} {number}]" not in stored] == []
            for visitor in everyone:
                typed.append(f"({visitor.name} {number})")
                await visitor.type(typed[-1])
            await come_back(everyone, server.start)
            for visitor in everyone:
                await visitor.ask("untilLength", length=sum(map(len, typed)))
        texts = {await visitor.text() for visitor in everyone}
        assert len(texts) == 1, texts
        (text,) = texts
        assert [text.count(word) for word in typed] == [1] * len(typed)
        await server.stop()
        assert await stored_text(database) == text

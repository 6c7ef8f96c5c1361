"""Clients nobody types at: they stay connected."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.foreign import KINDS, Company, Visitor
from tests.support.server import RunningServer

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

_SECONDS = 90.0
"""Three times what the least patient client waits for a sign of life."""


async def lives(visitors: Company, url: str, kind: str, manner: str) -> Visitor:
    """Return a visitor alone in a document, present as usual or without presence."""
    name = f"{kind} {manner}"
    document = name.replace(" ", "-")
    visitor = await visitors.open(name, kind, url, document, token="-")
    await visitor.synced()
    if manner == "hidden":
        await visitor.ask("hide")
    elif manner == "silent":
        await visitor.ask("destroyAwareness")
    else:
        await visitor.cursor(1)
    return visitor


async def test_idle_for_ninety_seconds(house: RunningServer, visitors: Company) -> None:
    """Every kind, with presence, with none, and with a presence that died: no close, no reconnect."""
    everyone = [
        await lives(visitors, house.url, kind, manner)
        for kind in KINDS
        for manner in ("present", "hidden", "silent")
    ]
    marks = {visitor.name: await visitor.mark() for visitor in everyone}
    # The time itself is what is tested; nothing is to happen in it.
    await asyncio.sleep(_SECONDS)
    moved = {}
    for visitor in everyone:
        events = await visitor.events(since=marks[visitor.name])
        moved[visitor.name] = [
            event for event in events if event["event"] in {"transport", "close", "status", "error"}
        ]
    assert {name: events for name, events in moved.items() if events} == {}
    for visitor in everyone:
        other = await visitors.open(
            f"{visitor.name} 2", "native", house.url, visitor.name.replace(" ", "-")
        )
        await other.synced()
        await visitor.type("awake")
        await other.reads("awake")

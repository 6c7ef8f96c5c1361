"""Two friends write a real document, each going from door to door."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.support.foreign import KINDS, Company
from tests.support.server import RunningServer
from tests.support.traces import TRACES, end_content

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

_DOORS = ("native", "y-socket.io", "y-websocket", "hocuspocus-4")


async def test_everyone_ends_at_the_same_text(house: RunningServer, visitors: Company) -> None:
    """Every pair of doors, both ways round; all replicas end exactly at the trace's end."""
    everyone = [await visitors.open(kind, kind, house.url, "friends", token="-") for kind in KINDS]
    for visitor in everyone:
        await visitor.synced()
        await visitor.cursor({"of": visitor.name})
    told = await visitors.ask(
        "replay",
        trace=str(TRACES["friendsforever"]),
        root="text",
        pairs=list(permutations(_DOORS, 2)),
        everyone=KINDS,
        seconds=200,
    )
    assert told["equal"] == [True] * len(KINDS)
    for visitor in everyone:
        for other in everyone:
            await visitor.sees(other, {"of": other.name})
        for other in everyone:
            if other.name in _DOORS:
                await visitor.sees(other, told["places"][other.name], field="at")
    newcomer = await visitors.open("newcomer", "native", house.url, "friends")
    await newcomer.reads(end_content("friendsforever"))
    for visitor in everyone:
        await newcomer.sees(visitor, {"of": visitor.name})

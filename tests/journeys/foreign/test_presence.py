"""Cursors through thick and thin: after a cut, beside clients that show none."""

from __future__ import annotations

import pytest

from tests.support.foreign import KINDS, Company
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import token

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


async def test_cursors_come_back_after_a_cut(
    house: RunningServer, visitors: Company, document: str
) -> None:
    """Every client's cursor is seen again as soon as it is back, by all."""
    everyone = [await visitors.open(kind, kind, house.url, document, token="-") for kind in KINDS]
    watcher = await visitors.open("watcher", "native", house.url, document)
    for number, visitor in enumerate(everyone):
        await visitor.synced()
        await visitor.cursor(number)
        await watcher.sees(visitor, number)
    for visitor in everyone:
        await visitor.cut()
    for visitor in everyone:
        await watcher.hears("gone", client=visitor.client_id)
    for number, visitor in enumerate(everyone):
        await watcher.sees(visitor, number)
        for other in everyone:
            await other.sees(visitor, number)


@pytest.mark.parametrize("kind", KINDS)
async def test_who_shows_no_cursor_takes_no_other_along(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """A client that is hidden from the start echoes what it hears, and leaves: nobody else does."""
    ann = await visitors.open("ann", "hocuspocus-4", house.url, document)
    eve = await visitors.open("eve", "y-websocket", house.url, document)
    for visitor in (ann, eve):
        await visitor.synced()
        await visitor.cursor(visitor.name)
    await eve.sees(ann, "ann")
    await ann.sees(eve, "eve")
    hidden = await visitors.open("hidden", kind, house.url, document, token="-", connect=False)
    if kind != "native":
        # Ours has no presence to hide before it is connected.
        await hidden.ask("hide")
    await hidden.connect()
    await hidden.synced()
    for visitor in (ann, eve):
        await hidden.sees(visitor, visitor.name)
    await hidden.type("seen all")
    await ann.reads("seen all")
    guest = await Guest.connect(house.url)
    await guest.join(document)
    await hidden.close()
    await guest.hears("userLeft")
    await guest.close()
    cat = await visitors.open("cat", "native", house.url, document)
    for visitor in (ann, eve):
        await visitor.cursor("moved")
        await cat.sees(visitor, "moved")
        gone = [event["client"] for event in await visitor.events(event="gone")]
        assert not {ann.client_id, eve.client_id} & set(gone)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_appears_as_somebody_else(
    kind: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """Whatever a client calls itself at its cursor, others see who its token says it is."""
    pass_ = {"token": token("ben", {document: "editor"})}
    guest = await Guest.connect(guarded.url, auth=pass_)
    user = (await guest.join(document))["user"]
    await guest.close()
    ben = await visitors.open("ben", kind, guarded.url, document, **pass_)
    watcher = await visitors.open(
        "cat", "y-websocket", guarded.url, document, token=token("cat", {document: "viewer"})
    )
    for visitor in (ben, watcher):
        await visitor.synced()
    await ben.ask("cursor", field="user", value={"id": "olga", "name": "Olga", "mood": "fine"})
    seen = {"id": "ben", "name": "Ben", "mood": "fine", "color": user["color"]}
    await watcher.sees(ben, seen, field="user")

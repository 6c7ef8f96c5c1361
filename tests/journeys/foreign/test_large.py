"""Much at once: an hour of offline typing, local copies of megabytes, a document of 20 MB."""

from __future__ import annotations

import pytest

from tests.support.foreign import KINDS, Company
from tests.support.guest import Guest
from tests.support.server import RunningServer

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

_HOUR = 20_000
"""Edits: what somebody types who types all the time."""


@pytest.mark.parametrize("kind", KINDS)
async def test_an_hour_typed_offline(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """20,000 edits made without a connection arrive in one go, and the client stays."""
    ben = await visitors.open("ben", kind, house.url, document, token="-")
    await ben.synced()
    await ben.disconnect()
    await ben.ask("type", count=_HOUR, seconds=60)
    since = await ben.mark()
    await ben.connect()
    ann = await visitors.open("ann", "native", house.url, document)
    await ann.ask("untilLength", length=_HOUR, seconds=60)
    await ben.type("!")
    await ann.ask("untilLength", length=_HOUR + 1)
    assert await ann.ask("digest") == await ben.ask("digest")
    closed = {"event": "transport", "state": "closed"}
    assert closed not in await ben.events(since=since)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("pieces", "length"), [(1, 1_200_000), (20, 1_000_000)])
async def test_a_large_local_document(
    kind: str, pieces: int, length: int, house: RunningServer, visitors: Company, document: str
) -> None:
    """A local copy goes up in one sync; another client of the kind gets all of it down."""
    ben = await visitors.open("ben", kind, house.url, document, token="-", connect=False)
    await ben.ask("noise", pieces=pieces, length=length)
    await ben.connect()
    await ben.synced(seconds=60)
    guest = await Guest.connect(house.url)
    await guest.join(document)
    cat = await visitors.open("cat", kind, house.url, document, token="-")
    await cat.ask("untilLength", length=pieces * length, seconds=60)
    assert await cat.ask("digest") == await ben.ask("digest")
    await guest.type(document, "!")
    for visitor in (ben, cat):
        await visitor.ask("untilLength", length=pieces * length + 1, seconds=60)
        assert (await visitor.standing())["connections"] == 1
    await guest.close()


async def test_twenty_megabytes_while_all_watch(
    house: RunningServer, visitors: Company, document: str
) -> None:
    """Written at one door after the other, a megabyte at a time, and followed at all of them."""
    everyone = [await visitors.open(kind, kind, house.url, document, token="-") for kind in KINDS]
    for visitor in everyone:
        await visitor.synced()
    for number in range(20):
        await everyone[number % len(everyone)].ask("noise", length=1_000_000)
        for visitor in everyone:
            await visitor.ask("untilLength", length=(number + 1) * 1_000_000, seconds=60)
    digests = [await visitor.ask("digest") for visitor in everyone]
    assert digests == [digests[0]] * len(everyone)
    for visitor in everyone:
        assert (await visitor.standing())["connections"] == 1
        closed = {"event": "transport", "state": "closed"}
        assert closed not in await visitor.events()

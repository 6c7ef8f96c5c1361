"""Each stock client in a room with one of ours: both ways, through drops, and from offline."""

from __future__ import annotations

import pytest

from tests.support.foreign import KINDS, Company, Visitor
from tests.support.guest import Guest, guests
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("kind", KINDS),
]


async def arrived(visitor: Visitor) -> Visitor:
    """Return the visitor once the client says that it has the document."""
    await visitor.synced()
    return visitor


async def rejoins(visitor: Visitor, since: int) -> None:
    """Return once the client has been without a connection and has the document again."""
    await visitor.hears("transport", state="closed", since=since)
    await visitor.hears("transport", state="open", since=since)
    await visitor.hears("sync", state=True, since=since)
    await visitor.synced()


async def test_finds_what_is_there_and_edits_both_ways(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """The client syncs with what was written before it came; then both type."""
    async with guests(house.url, "ann") as (ann,):
        await ann.join(document)
        await ann.type(document, "before ")
        ben = await arrived(await visitors.open("ben", kind, house.url, document))
        await ben.reads("before ")
        await ben.type("and after")
        await ann.reads("before and after")
        await ann.type(document, "!")
        await ben.reads("before and after!")
        await ben.ask("delete", at=0, length=7)
        await ann.reads("and after!")


async def test_every_shared_type_arrives(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """Formatted text, maps, rich text and sequences of edits in one document go both ways."""
    ann = await arrived(await visitors.open("ann", "native", house.url, document))
    ben = await arrived(await visitors.open("ben", kind, house.url, document))
    value = {"nested": [1, 2.5, None, True, "é😀"]}
    for writer, reader in ((ann, ben), (ben, ann)):
        await writer.ask("set", key=writer.name, value=value)
        await writer.ask("paragraph", text=f"by {writer.name} 😀")
        await writer.ask("insert", text="bold", attributes={"bold": True})
        await writer.ask("format", at=0, length=2, attributes={"italic": True})
        for look in ("map", "xml", "delta"):
            shown = await writer.ask(look)
            await reader.ask("untilShows", look=look, value=shown)
    assert await ann.ask("map") == {"ann": value, "ben": value}
    assert await ann.ask("xml") == (
        "<paragraph>by ann 😀</paragraph><paragraph>by ben 😀</paragraph>"
    )
    assert await ann.ask("delta") == [
        {"insert": "bo", "attributes": {"bold": True, "italic": True}},
        {"insert": "ldbold", "attributes": {"bold": True}},
    ]


async def test_cursors_both_ways_and_gone_after_leaving(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """Each sees the other's cursor move, a newcomer sees both, who leaves is gone at once."""
    ann = await arrived(await visitors.open("ann", "native", house.url, document))
    ben = await arrived(await visitors.open("ben", kind, house.url, document))
    for position in range(3):
        await ann.cursor(position)
        await ben.sees(ann, position)
        await ben.cursor({"anchor": position, "name": "Bén"})
        await ann.sees(ben, {"anchor": position, "name": "Bén"})
    cat = await arrived(await visitors.open("cat", kind, house.url, document))
    await cat.sees(ann, 2)
    await cat.sees(ben, {"anchor": 2, "name": "Bén"})
    await ben.close()
    await ann.sees_gone(ben)
    await cat.sees_gone(ben)
    await ann.close()
    await cat.sees_gone(ann)


async def test_comes_back_after_a_cut(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """The transport breaks, both write meanwhile: the client returns by itself and all is there."""
    async with guests(house.url, "ann") as (ann,):
        await ann.join(document)
        ben = await arrived(await visitors.open("ben", kind, house.url, document))
        await ben.type("one ")
        await ann.reads("one ")
        for word in ("two ", "three "):
            since = await ben.mark()
            await ben.cut()
            await ben.type(f"ben-{word}")
            await ann.type(document, f"ann-{word}")
            await rejoins(ben, since)
            await eventually(lambda: ben_and_ann(str(ann.person), word))  # noqa: B023 - awaited here
            await ben.reads(str(ann.person))


def ben_and_ann(text: str, word: str) -> bool:
    """Return whether what both wrote is in `text`, once."""
    return text.count(f"ben-{word}") == text.count(f"ann-{word}") == 1


async def test_edits_made_before_the_first_connection(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """A copy kept on the device and words typed before connecting reach the others, once."""
    kept = Person()
    kept.type("kept ")
    async with guests(house.url, "ann") as (ann,):
        await ann.join(document)
        await ann.type(document, "theirs ")
        ben = await visitors.open("ben", kind, house.url, document, connect=False)
        await ben.load(kept.state)
        await ben.type("typed offline")
        assert (await ben.standing())["connections"] == 0
        await ben.connect()
        await ben.synced()
        await eventually(lambda: len(str(ann.person)) == len("theirs kept typed offline"))
        assert {"theirs ", "kept typed offline"} == set(split(str(ann.person)))
        await ben.reads(str(ann.person))


def split(text: str) -> list[str]:
    """Return the two authors' parts of `text`, in either order."""
    start = text.index("theirs ")
    return ["theirs ", text[:start] + text[start + len("theirs ") :]]


async def test_edits_made_while_away(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """Whoever goes offline by the client's own means is gone, writes on, and merges on return."""
    ann = await arrived(await visitors.open("ann", "native", house.url, document))
    ben = await arrived(await visitors.open("ben", kind, house.url, document))
    await ben.cursor(1)
    await ann.sees(ben, 1)
    await ben.disconnect()
    await ann.sees_gone(ben)
    for letter in "away":
        await ben.type(letter)
    await ben.ask("delete", at=0, length=1)
    await ann.ask("set", key="meanwhile", value=True)
    assert (await ben.standing())["connections"] == 0
    await ben.connect()
    await ann.reads("way")
    await ben.ask("untilShows", look="map", value={"meanwhile": True})
    await ben.cursor(2)
    await ann.sees(ben, 2)


async def test_what_was_written_is_durable(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """What the client wrote, somebody else reads after everybody left."""
    ben = await arrived(await visitors.open("ben", kind, house.url, document))
    await ben.type("left behind")
    guest = await Guest.connect(house.url)
    await guest.join(document)
    await guest.reads("left behind")
    await guest.close()
    await ben.close()
    cat = await arrived(await visitors.open("cat", kind, house.url, document))
    await cat.reads("left behind")

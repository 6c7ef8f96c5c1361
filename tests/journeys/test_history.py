"""History through a running server: right names, one person's edits taken back, restores."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.support.guest import Guest, guests
from tests.support.people import Person
from tests.support.programs import run_program
from tests.support.server import RunningServer
from tests.support.traces import TRACES, end_content
from tests.support.waiting import eventually, eventually_asked

pytestmark = pytest.mark.timeout(300)

_MakeServer = Callable[..., Awaitable[RunningServer]]


class Rest:
    """Asks one document's HTTP API."""

    def __init__(
        self, server: RunningServer, session: aiohttp.ClientSession, document: str
    ) -> None:
        self._address = f"{server.url}/api/v1/documents/{document}"
        self._session = session

    async def get(self, path: str) -> Any:
        async with self._session.get(self._address + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        async with self._session.post(self._address + path, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def text(self, query: str = "") -> str:
        async with self._session.get(f"{self._address}/content?format=text{query}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def letters(self, root: str = "text") -> list[tuple[str | None, str]]:
        """Return (author, character) of every character of the present text."""
        told = await self.get("/authors")
        (runs,) = [one["runs"] for one in told["roots"] if one["root"] == root]
        return [(run["author"], letter) for run in runs for letter in run["text"]]


async def test_two_friends_and_their_words(make_server: _MakeServer) -> None:
    """Every character has its author, whoever forges what; one's edits go, the other's stay."""
    server = await make_server()
    trace = str(TRACES["friendsforever"])
    order = {"url": server.url, "document": "f", "root": "text", "trace": trace, "runs": True}
    told = await run_program("replay.mjs", order, seconds=200)
    friends = ("guest:guest-agent-0", "guest:guest-agent-1")
    written = [(friends[agent], letter) for agent, text in told["runs"] for letter in text]
    assert "".join(letter for _, letter in written) == end_content("friendsforever")
    async with aiohttp.ClientSession() as session:
        rest = Rest(server, session, "f")
        assert await rest.letters() == written
        await _forge(server, told["clients"][0][0])
        forged = [(author, letter) for author, letter in await rest.letters() if letter != "‡"]
        assert forged == written
        authors = {author for author, letter in await rest.letters() if letter == "‡"}
        assert authors == {"guest:guest-mallory-0000"}
        await _take_back(rest, friends[0])
        await server.kill()
        await server.start()
        assert {author for author, _ in await rest.letters()} >= {friends[1]}


async def _forge(server: RunningServer, client: int) -> None:
    """Claim a friend's client id: in the join, in a copy of the document, and in new text."""
    async with guests(server.url, "mallory") as (mallory,):
        mallory.person = Person(client)
        await mallory.join("f", clientId=client)
        whole = {"document": "f", "update": mallory.person.state}
        assert (await mallory.ask("update", whole))["ok"]
        assert (await mallory.type("f", "‡‡‡"))["ok"]
        middle = {"document": "f", "update": mallory.person.type("‡", at=100)}
        assert (await mallory.ask("update", middle))["ok"]


async def _take_back(rest: Rest, author: str) -> None:
    before = await rest.letters()
    looked = await rest.post("/revert", author=author, preview=True)
    assert looked["before"] is None
    assert await rest.letters() == before
    done = await rest.post("/revert", author=author)
    assert done["diff"]["blocks"] == looked["diff"]["blocks"]
    after = await rest.letters()
    assert author not in {who for who, _ in after}
    # What others have stays, in order; what was deleted of theirs comes back, as theirs.
    others = [(who, letter) for who, letter in before if who != author]
    assert {who for who, _ in after} == {who for who, _ in others}
    assert len(after) > len(others)
    remaining = iter(after)
    assert all(letter in remaining for letter in others)
    await rest.post(f"/versions/{done['before']['id']}/restore")
    assert await rest.letters() == before


async def test_edits_carried_by_somebody_else_keep_their_author(make_server: _MakeServer) -> None:
    """What Ann wrote and could not send, Ben brings; it is hers."""
    server = await make_server()
    async with guests(server.url, "ann", "ben") as (ann, ben), aiohttp.ClientSession() as session:
        await ann.join("d", clientId=41)
        ann.person = Person(41)
        await ann.type("d", "sent ")
        unsent = ann.person.type("unsent")
        await ann.close()
        await ben.join("d", clientId=42)
        ben.person = Person(42)
        assert (await ben.ask("update", {"document": "d", "update": unsent}))["ok"]
        letters = await Rest(server, session, "d").letters()
        assert letters == [("guest:guest-ann-0000", letter) for letter in "sent unsent"]


async def test_a_restore_while_twenty_people_type(make_server: _MakeServer) -> None:
    """The text goes back, what is typed during it stays, and everyone ends alike."""
    server = await make_server()
    names = [f"p{number}" for number in range(20)]
    async with guests(server.url, *names) as people, aiohttp.ClientSession() as session:
        rest = Rest(server, session, "d")
        for guest in people:
            await guest.join("d")
        await people[0].type("d", "The first version. ")
        version = await rest.post("/versions", name="First")
        await people[1].type("d", "Words to be taken away. ")
        await eventually(lambda: all("away" in str(guest.person) for guest in people))
        typing = asyncio.gather(
            *(_type(guest, name) for guest, name in zip(people, names, strict=True))
        )
        before = await rest.post(f"/versions/{version['id']}/restore")
        await typing
        text, was = await rest.text(), await rest.text(f"&version={before['id']}")
        assert text.startswith("The first version. ")
        assert "taken away" not in text
        # Typed before it or during it: no word is lost, and none is there twice.
        for name in names:
            assert was.count(f"[{name}]") + text.count(f"[{name}]") == 10
        assert "[" in text
        for guest in people:
            await guest.reads(text)
            assert (await guest.hears("versionRestored"))["version"] == version["id"]
        assert "taken away" in await rest.text(f"&version={before['id']}")


async def _type(guest: Guest, name: str) -> None:
    dice = random.Random(name)
    for _ in range(10):
        text = str(guest.person)
        # At the end or behind the first sentence: never within a word of somebody else.
        at = dice.choice([len(text), text.index(". ") + 2])
        update = guest.person.type(f"[{name}]", at=at)
        assert (await guest.ask("update", {"document": "d", "update": update}))["ok"]


async def test_words_typed_into_a_paragraph_that_is_being_taken_away(
    make_server: _MakeServer,
) -> None:
    """They come back in a paragraph of their own, under the name of who typed them."""
    server = await make_server()
    async with guests(server.url, "ann", "ben") as (ann, ben), aiohttp.ClientSession() as session:
        rest = Rest(server, session, "d")
        seed = {"id": "d", "content": {"format": "text", "value": "Kept."}}
        async with session.post(f"{server.url}/api/v1/documents", json=seed) as made:
            assert made.status == 201
        await ann.join("d")
        await ben.join("d", clientId=52)
        ben.person = Person(52)
        ben.person.hear(
            (await ben.ask("joinDocument", {"document": "d", "clientId": 52}))["update"]
        )
        added = ann.person.add_paragraph("Added later.")
        assert (await ann.ask("update", {"document": "d", "update": added}))["ok"]
        await eventually(lambda: "later" in ben.person.editor_text)
        # Typed before Ben hears of the restore, sent after it.
        typed = ben.person.type_into_paragraph(1, " And this.")
        await rest.post("/versions/1/restore")
        assert await rest.text() == "Kept."
        assert (await ben.ask("update", {"document": "d", "update": typed}))["ok"]

        async def is_rescued() -> bool:
            return await rest.text() == "Kept.\n And this."

        await eventually_asked(is_rescued)
        letters = await rest.letters("default")
        assert {who for who, letter in letters if letter in "And this"} >= {"guest:guest-ben-0000"}


async def test_restores_of_restores_across_a_restart(make_server: _MakeServer) -> None:
    """Twice, back again, with nobody in the room, and after the server was killed."""
    server = await make_server()
    async with guests(server.url, "ann") as (ann,), aiohttp.ClientSession() as session:
        rest = Rest(server, session, "d")
        await ann.join("d")
        await ann.type("d", "one ")
        await ann.type("d", "two ")
        await ann.type("d", "three")
        two = await rest.post("/versions", name="Two", sequence=2)
        first = await rest.post(f"/versions/{two['id']}/restore")
        assert await rest.text() == "one two "
        again = await rest.post(f"/versions/{two['id']}/restore")
        assert again["restoredSequence"] == first["restoredSequence"]
        await ann.close()
        await rest.post(f"/versions/{first['id']}/restore")
        assert await rest.text() == "one two three"
        await server.kill()
        await server.start()
        assert await rest.text() == "one two three"
        await rest.post(f"/versions/{two['id']}/restore")
        assert await rest.text() == "one two "
        await rest.post("/versions/1/restore")
        assert await rest.text() == "one "
        assert {author for author, _ in await rest.letters()} == {"guest:guest-ann-0000"}
        listed = (await rest.get("/versions"))["versions"]
        assert [one["kind"] for one in listed if one["name"]] == ["named"]
        assert len({one["sequence"] for one in listed}) == len(listed)

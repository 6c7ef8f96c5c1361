"""Changes of rights in live sessions: in force at once, in the log and for the peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import socketio.exceptions

from tests.integration.api.sharing import Shared
from tests.support.foreign import FOREIGN, company
from tests.support.guest import Guest
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

MakeServer = Callable[..., Awaitable[RunningServer]]


@pytest.fixture
async def shared(make_server: MakeServer) -> AsyncIterator[Shared]:
    """Start a server that asks for tokens, with ann's document."""
    server = await make_server(COLLAB_JWT_SECRET=SECRET)
    async with Shared.on(server) as shared:
        yield shared
    assert "Traceback" not in server.log()


@pytest.fixture
async def visit(shared: Shared) -> AsyncIterator[Callable[..., Awaitable[Guest]]]:
    """Connect people; they leave at the end."""
    visitors: list[Guest] = []

    async def come(name: str | None, **auth: str) -> Guest:
        visitors.append(await shared.visit(name, **auth))
        return visitors[-1]

    yield come
    for visitor in visitors:
        await visitor.close()


Visit = Callable[..., Awaitable[Guest]]


async def code_of(edit: dict[str, Any]) -> str:
    assert not edit["ok"], "the edit was accepted"
    code: str = edit["error"]["code"]
    return code


async def test_lowered(shared: Shared, visit: Visit) -> None:
    """A former editor goes on reading and appearing; edits are refused from the answer on."""
    await shared.let_in("ben", "editor")
    ann, ben = await visit("ann"), await visit("ben")
    assert (await ben.type("notes", "mine"))["ok"]
    await ann.reads("mine")
    await shared.let_in("ben", "viewer")
    assert await code_of(await ben.type("notes", " and this")) == "forbidden"
    assert await ben.hears("roleChanged") == {"document": "notes", "role": "viewer"}
    await ann.type("notes", " yours")
    await ben.hears("update")
    fresh = await visit("ann")
    assert str(fresh.person) == "mine yours"
    assert str(ann.person) == "mine yours"


async def test_raised(shared: Shared, visit: Visit) -> None:
    """A reader who becomes an editor writes at once."""
    await shared.let_in("ben", "viewer")
    ben = await visit("ben")
    assert await code_of(await ben.type("notes", "x")) == "forbidden"
    await shared.let_in("ben", "editor")
    assert (await ben.hears("roleChanged"))["role"] == "editor"
    assert (await ben.ask("update", {"document": "notes", "update": ben.person.updates[-1]}))["ok"]


async def test_removed(shared: Shared, visit: Visit) -> None:
    """All sessions of the person are out, told why, and get nothing any more."""
    await shared.let_in("ben", "editor")
    ann, one, two = await visit("ann"), await visit("ben"), await visit("ben")
    await ann.hears("userJoined")
    await shared.ask("ann", "DELETE", "/members/ben")
    for ben in (one, two):
        assert (await ben.hears("accessRevoked"))["code"] == "forbidden"
        assert await code_of(await ben.type("notes", "late")) == "not_joined"
        assert await ben.refusal("joinDocument", {"document": "notes"}) == "forbidden"
    assert (await ann.hears("userLeft"))["user"]["id"] == "ben"
    await ann.type("notes", "after")
    assert (await (await visit("ann")).join("notes"))["sequence"] == 1
    assert str(ann.person) == "after"
    assert not [event for event, _ in one.heard if event == "update"]


async def test_removed_with_a_role_left(shared: Shared, visit: Visit) -> None:
    """Whose token says something keeps that."""
    await shared.let_in("ben", "editor")
    auth = {"token": token("ben", {"notes": "commenter"})}
    ben = await Guest.connect(shared.http.server.url, auth=auth)
    assert (await ben.join("notes"))["role"] == "editor"
    await shared.ask("ann", "DELETE", "/members/ben")
    assert (await ben.hears("roleChanged"))["role"] == "commenter"
    await ben.close()


async def test_transfer(shared: Shared, visit: Visit) -> None:
    """Both are told; the old owner goes on writing."""
    await shared.let_in("ben", "viewer")
    ann, ben = await visit("ann"), await visit("ben")
    await shared.ask("ann", "POST", "/transfer", json={"to": "ben"})
    assert (await ann.hears("roleChanged"))["role"] == "editor"
    assert (await ben.hears("roleChanged"))["role"] == "owner"
    assert (await ann.type("notes", "still"))["ok"]


async def test_a_link_revoked(shared: Shared, visit: Visit) -> None:
    """Its guests are out; who came with another link, or is a member besides, stays."""
    await shared.let_in("ben", "viewer")
    gone, stays = await shared.link("editor"), await shared.link("editor")
    guest, other = await visit(None, link=gone["secret"]), await visit(None, link=stays["secret"])
    ben = await visit("ben", link=gone["secret"])
    assert (await guest.type("notes", "a"))["ok"]
    await shared.ask("ann", "DELETE", f"/links/{gone['id']}")
    assert "revoked" in (await guest.hears("accessRevoked"))["message"]
    assert await code_of(await guest.type("notes", "b")) == "not_joined"
    assert (await ben.hears("roleChanged"))["role"] == "viewer"
    assert (await other.type("notes", "c"))["ok"]
    with pytest.raises(socketio.exceptions.ConnectionError):
        await Guest.connect(shared.http.server.url, auth={"link": gone["secret"]})


async def test_a_link_expires(shared: Shared, visit: Visit) -> None:
    """At its end a link's guests are put out; a member falls back on their own role."""
    await shared.let_in("ben", "commenter")
    ends = datetime.now(UTC) + timedelta(seconds=2)
    made = await shared.link("editor", expiresAt=ends.isoformat())
    guest, ben = await visit(None, link=made["secret"]), await visit("ben", link=made["secret"])
    assert (await guest.type("notes", "a"))["ok"]
    assert "expired" in (await guest.hears("accessRevoked"))["message"]
    assert datetime.now(UTC) >= ends
    assert (await ben.hears("roleChanged"))["role"] == "commenter"
    assert await code_of(await ben.type("notes", "b")) == "forbidden"
    assert await shared.code(None, "GET", link=made["secret"]) == "unauthenticated"


async def test_a_newer_token_keeps_the_link(shared: Shared, visit: Visit) -> None:
    """Whoever came with a token and a link has both after a refresh."""
    made = await shared.link("editor")
    ben = await visit("ben", link=made["secret"])
    assert (await ben.ask("refreshToken", {"token": token("ben", {})}))["ok"]
    assert (await ben.type("notes", "still here"))["ok"]
    other = await ben.ask("refreshToken", {"token": token("cat", {})})
    assert await code_of(other) == "invalid_request"


async def test_an_edit_whose_request_began_before_the_removal(shared: Shared) -> None:
    """A request over HTTP whose body comes in after the removal is refused, whoever began it."""
    await shared.let_in("ben", "editor")
    removed = asyncio.Event()
    begun = asyncio.Event()
    update = Person().type("late")

    async def slowly() -> AsyncIterator[bytes]:
        yield update[:5]
        begun.set()
        await removed.wait()
        yield update[5:]

    headers = {
        "Authorization": f"Bearer {token('ben', {})}",
        "Content-Type": "application/octet-stream",
    }
    sending = asyncio.create_task(
        shared.http("POST", "/documents/notes/updates", headers=headers, data=slowly())
    )
    await begun.wait()
    # The server has looked at who asks: a refusal of the same would be answered by now.
    await shared.done("ben", "GET")
    await shared.ask("ann", "DELETE", "/members/ben")
    removed.set()
    answer = await sending
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


async def test_removals_while_people_join(shared: Shared) -> None:
    """However joins and removals fall together: who is no member is not in the room."""
    url = shared.http.server.url
    people = [f"p{number}" for number in range(20)]
    for name in people:
        await shared.let_in(name, "editor")
    guests = [await Guest.connect(url, auth={"token": token(name, {})}) for name in people]

    async def come(guest: Guest) -> None:
        await guest.ask("joinDocument", {"document": "notes"})

    async def go(name: str) -> None:
        assert (await shared.ask("ann", "DELETE", f"/members/{name}")).status == 204

    await asyncio.gather(*(come(guest) for guest in guests), *(go(name) for name in people))
    here = await shared.done("ann", "GET", "/presence")
    assert here["users"] == []
    for guest in guests:
        assert await code_of(await guest.type("notes", "in?")) in ("not_joined", "forbidden")
        await guest.close()


@pytest.mark.timeout(180)
async def test_links_at_every_door(shared: Shared, visit: Visit) -> None:
    """Published clients come in by a link sent as their token, and are out once it is revoked."""
    made = await shared.link("editor")
    ann = await visit("ann")
    complaints = ("warn: Permission denied",)  # y-websocket prints why it was refused
    async with company(tolerates=complaints) as visitors:
        here = [
            await visitors.open(
                kind, kind, shared.http.server.url, "notes", token=f"link.{made['secret']}"
            )
            for kind in FOREIGN
        ]
        for number, visitor in enumerate(here, 1):
            await visitor.synced()
            await visitor.type("x")
            await ann.reads("x" * number)
        await shared.ask("ann", "DELETE", f"/links/{made['id']}")
        for visitor in here:
            await visitor.type("late")
        assert (await shared.done("ann", "GET", "/presence"))["users"][0]["id"] == "ann"
        assert (await ann.type("notes", "!"))["ok"]
    fresh = await visit("ann")
    assert str(fresh.person) == "x" * len(FOREIGN) + "!"


async def test_a_link_in_the_query(shared: Shared) -> None:
    """y-websocket's `?link=` lets somebody in beside their token or alone."""
    made = await shared.link("viewer")
    url = shared.http.server.url.replace("http://", "ws://")
    for query in (f"link={made['secret']}", f"link={made['secret']}&token={token('ben', {})}"):
        async with shared.http.session.ws_connect(f"{url}/yjs/notes?{query}") as socket:
            assert (await socket.receive()).data[:2] == b"\x00\x00"
    async with shared.http.session.ws_connect(f"{url}/yjs/notes?link=nonsense") as socket:
        while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
            pass
        assert message.data == 4401

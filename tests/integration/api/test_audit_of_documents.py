"""What the audit log says of documents that are made, and who sees deleted ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from collab.store.pool import ConnectionTarget
from tests.integration.api.conftest import Http
from tests.integration.api.sharing import Shared
from tests.integration.api.test_api_keys import ask, make_key
from tests.support.guest import Guest
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


async def test_made_with_a_key(shared: Shared, database: ConnectionTarget) -> None:
    """The key made it; nobody owns it."""
    server, key = shared.http.server, await make_key(database)
    assert (await ask(server, key, "POST", "/documents", json={"id": "more"})).status == 201
    (entry,) = (await ask(server, key, "GET", "/documents/more/audit")).json["entries"]
    assert (entry["action"], entry["actorName"]) == ("document.created", "the host")
    assert (entry["address"], entry["details"]) == ("127.0.0.1", {"owner": None})
    assert (await ask(server, key, "GET", "/documents/more/members")).json["members"] == []


async def test_made_by_joining(shared: Shared) -> None:
    """The log has the name and the address of who came first."""
    auth = {"token": token("ben", {"fresh": "editor"})}
    ben = await Guest.connect(shared.http.server.url, auth=auth)
    await ben.join("fresh")
    await ben.close()
    shared.document = "fresh"
    (entry,) = (await shared.done("ben", "GET", "/audit"))["entries"]
    assert (entry["action"], entry["actor"]) == ("document.created", "ben")
    assert (entry["actorName"], entry["address"]) == ("Ben", "127.0.0.1")
    assert entry["details"] == {"owner": "ben"}


async def test_made_by_a_guest(make_server: MakeServer) -> None:
    """Without tokens, too, there is an entry, and no owner."""
    server = await make_server()
    async with aiohttp.ClientSession() as session:
        http = Http(server, session)
        assert (await http("POST", "/documents", json={"id": "free"})).status == 201
        (entry,) = (await http("GET", "/documents/free/audit")).json["entries"]
    assert entry["action"] == "document.created"
    assert entry["actor"].startswith("guest:")
    assert entry["details"] == {"owner": None}


async def test_the_same_role_again(shared: Shared) -> None:
    """Giving somebody the role they have changes neither who gave it nor when."""
    await shared.let_in("cat", "owner")
    first = await shared.let_in("ben", "editor")
    before = (await shared.done("ann", "GET", "/audit"))["entries"]
    assert await shared.let_in("ben", "editor", by="cat") == first
    assert await shared.done("ann", "GET", "/members/ben") == first
    assert (await shared.done("ann", "GET", "/audit"))["entries"] == before
    assert (await shared.let_in("ben", "viewer", by="cat"))["addedBy"] == "cat"


async def test_who_sees_deleted_documents(shared: Shared) -> None:
    """Their titles are listed to those who could bring them back, and to nobody else."""
    await shared.let_in("ben", "viewer")
    await shared.let_in("ed", "editor")
    await shared.let_in("cat", "owner")
    await shared.done("ann", "DELETE")

    async def sees(name: str, **roles: str) -> list[str]:
        headers = {"Authorization": f"Bearer {token(name, {**roles})}"}
        listed = await shared.http("GET", "/documents?deleted=true", headers=headers)
        assert listed.status == 200
        return [document["id"] for document in listed.json["documents"]]

    assert await sees("ann") == ["notes"]
    assert await sees("cat") == ["notes"]
    assert await sees("ben") == []
    assert await sees("ed") == []
    for pattern in ("*", "no*", "notes"):
        assert await sees("zoe", **{pattern: "editor"}) == []
        assert await sees("zoe", **{pattern: "owner"}) == ["notes"]
    assert await sees("ann", **{"*": "viewer"}) == ["notes"]

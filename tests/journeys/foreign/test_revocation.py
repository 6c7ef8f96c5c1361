"""Rights that change in mid-session, at every door: in force before the change is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.foreign.test_read_only import passed
from tests.support.foreign import HOCUSPOCUS, KINDS, Company, Visitor
from tests.support.server import RunningServer
from tests.support.tokens import token
from tests.support.waiting import eventually_asked

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("kind", KINDS),
]

TOLERATES = ("warn: Permission denied",)
"""What y-websocket prints when an edit is refused, or it is."""

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest_asyncio.fixture(loop_scope="module")
async def owner(guarded: RunningServer, document: str) -> AsyncIterator[Ask]:
    """Create the document; yields how its owner asks the API about it."""
    bearer = {"Authorization": f"Bearer {token('olga', {document: 'owner'})}"}
    async with aiohttp.ClientSession(headers=bearer) as http:

        async def ask(method: str, path: str = "", **options: Any) -> tuple[int, Any]:
            url = f"{guarded.url}/api/v1/documents{path}"
            async with http.request(method, url, **options) as answer:
                told = await answer.json() if "json" in answer.content_type else None
                return answer.status, told

        assert (await ask("POST", json={"id": document}))[0] == 201
        yield ask


async def _two_are_kept(owner: Ask, document: str) -> None:
    """Return once the log holds Ben's first edit and the watcher's; fail if it holds more."""
    kept = 0

    async def are_there() -> bool:
        nonlocal kept
        status, told = await owner("GET", f"/{document}/timeline?limit=1")
        assert status == 200
        kept = int(told["sequence"])
        return kept >= 2

    await eventually_asked(are_there)
    assert kept == 2


async def _enters(visitors: Company, kind: str, house: RunningServer, document: str) -> Visitor:
    """Let Ben in, who has a role by membership alone."""
    ben = await visitors.open("ben", kind, house.url, document, token=token("ben", {}))
    await ben.synced()
    return ben


async def test_a_role_lowered_and_raised(
    kind: str, guarded: RunningServer, visitors: Company, document: str, owner: Ask
) -> None:
    """From the answer on nothing Ben types counts; presence and reading go on."""
    member = f"/{document}/members/ben"
    assert (await owner("PUT", member, json={"role": "editor"}))[0] < 300
    watcher = await visitors.open(
        "cat", "native", guarded.url, document, token=token("cat", {document: "editor"})
    )
    ben = await _enters(visitors, kind, guarded, document)
    await ben.type("counts")
    await watcher.reads("counts")
    assert (await owner("PUT", member, json={"role": "viewer"}))[0] < 300
    await ben.ask("insert", text="x", at=0)
    await passed(ben, watcher, "still here")
    assert await watcher.text() == "counts"
    if kind in HOCUSPOCUS:
        await ben.hears("authenticated", scope="readonly")
        assert (await ben.standing())["unsyncedChanges"] > 0
    await watcher.ask("insert", text="!", at=6)
    await ben.reads("xcounts!")
    await _two_are_kept(owner, document)


async def test_put_out(
    kind: str, guarded: RunningServer, visitors: Company, document: str, owner: Ask
) -> None:
    """Who is no member any more is out at once, for good, and nothing typed since gets in."""
    member = f"/{document}/members/ben"
    assert (await owner("PUT", member, json={"role": "editor"}))[0] < 300
    watcher = await visitors.open(
        "cat", "native", guarded.url, document, token=token("cat", {document: "editor"})
    )
    ben = await _enters(visitors, kind, guarded, document)
    await ben.type("counts")
    await watcher.reads("counts")
    await ben.cursor("here")
    await watcher.sees(ben, "here")
    assert (await owner("DELETE", member))[0] == 204
    await ben.ask("insert", text="x", at=0)
    await watcher.sees_gone(ben)
    await _is_out(ben)
    await watcher.ask("insert", text="!", at=6)
    await watcher.reads("counts!")
    await _two_are_kept(owner, document)
    assert await ben.text() == "xcounts"


async def _is_out(ben: Visitor) -> None:
    """Return once the client was told, in its own way, that it may not come back."""
    if ben.kind == "native":
        assert (await ben.hears("error"))["code"] == "forbidden"
    elif ben.kind == "y-socket.io":
        await ben.stands(active=False, connected=False)
    elif ben.kind == "y-websocket":
        assert (await ben.hears("closed"))["code"] == 4403
    elif ben.kind == "y-websocket-2":
        assert (await ben.hears("close", code=4403))["reason"]
    else:
        assert (await ben.hears("authenticationFailed"))["reason"]

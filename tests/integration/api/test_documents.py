"""Documents over plain HTTP: made, found, renamed, deleted and brought back."""

from __future__ import annotations

import asyncio

from tests.integration.api.conftest import Http
from tests.support.guest import guests


async def test_a_document_s_life(http: Http) -> None:
    """Create, get, rename, delete, undelete; each step is seen by the next."""
    made = await http("POST", "/documents", json={"id": "plan", "title": "Plan"})
    assert (made.status, made.json["id"], made.json["title"]) == (201, "plan", "Plan")
    renamed = await http("PATCH", "/documents/plan", json={"title": "Plan B"})
    assert renamed.json["title"] == "Plan B"
    assert (await http("GET", "/documents/plan")).json == renamed.json
    assert (await http("DELETE", "/documents/plan")).json["deletedAt"]
    assert await http.refused("GET", "/documents/plan/content") == "not_found"
    assert (await http("GET", "/documents")).json["documents"] == []
    gone = (await http("GET", "/documents?deleted=true")).json["documents"]
    assert [one["id"] for one in gone] == ["plan"]
    assert (await http("POST", "/documents/plan/undelete")).json["deletedAt"] is None
    assert (await http("GET", "/documents/plan")).json["title"] == "Plan B"


async def test_an_id_is_chosen_when_none_is_given(http: Http) -> None:
    """Two documents without ids are two documents."""
    ids = {(await http("POST", "/documents", json={})).json["id"] for _ in range(2)}
    assert len(ids) == 2


async def test_a_seed_is_written_once(http: Http) -> None:
    """Of many who create the same id at once one wins, and the seed is there once."""
    seed = {"id": "once", "content": {"format": "text", "value": "Only once."}}
    answers = await asyncio.gather(*(http("POST", "/documents", json=seed) for _ in range(12)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 11
    text = await http("GET", "/documents/once/content?format=text")
    assert text.body.decode().strip() == "Only once."


async def test_seeds_in_every_format(http: Http) -> None:
    """Text, HTML and ProseMirror JSON become the same document."""
    node = {
        "type": "doc",
        "content": [
            {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "A"}]},
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "b", "marks": [{"type": "bold"}]}],
            },
        ],
    }
    html = {"format": "html", "value": "<h1>A</h1><p><strong>b</strong></p>"}
    await http("POST", "/documents", json={"id": "h", "content": html})
    await http("POST", "/documents", json={"id": "j", "content": {"format": "json", "value": node}})
    for name in ("h", "j"):
        content = f"/documents/{name}/content"
        assert (await http("GET", f"{content}?format=html")).body == html["value"].encode()
        assert (await http("GET", f"{content}?format=json")).json == node
        assert (await http("GET", f"{content}?format=text")).body.decode().split() == ["A", "b"]


async def test_pages_of_the_list(http: Http) -> None:
    """Every document is listed once, newest first, however small the pages."""
    for number in range(7):
        await http("POST", "/documents", json={"id": f"d{number}", "title": f"Number {number}"})
    found: list[str] = []
    path = "/documents?limit=3"
    while True:
        page = (await http("GET", path)).json
        found += [one["id"] for one in page["documents"]]
        if page["nextCursor"] is None:
            break
        path = f"/documents?limit=3&cursor={page['nextCursor']}"
    assert found == [f"d{number}" for number in reversed(range(7))]
    searched = (await http("GET", "/documents?search=number%204")).json["documents"]
    assert [one["id"] for one in searched] == ["d4"]


async def test_state_updates_and_presence_of_a_live_document(http: Http) -> None:
    """An update posted over HTTP reaches those in the room; state and presence tell the truth."""
    async with guests(http.server.url, "ann", "ben") as (ann, ben):
        await ann.join("live")
        update = ben.person.type("by post")
        receipt = await http("POST", "/documents/live/updates", data=update)
        assert receipt.json == {"sequence": 1}
        await ann.reads("by post")
        state = await http("GET", "/documents/live/state")
        assert state.media_type == "application/octet-stream"
        assert state.body == ann.person.state
        users = (await http("GET", "/documents/live/presence")).json["users"]
        assert [(user["name"], user["connections"]) for user in users] == [("ann", 1)]


async def test_health_and_description(http: Http) -> None:
    """Alive, ready, described: every route of the description answers."""
    assert (await http("GET", "//healthz")).json == {"status": "ok"}
    assert (await http("GET", "//readyz")).json == {"status": "ok"}
    assert (await http("GET", "//docs")).media_type == "text/html"
    described = (await http("GET", "/openapi.json")).json
    assert described["openapi"].startswith("3.1")
    seed = {"format": "text", "value": "Something to read about."}
    await http("POST", "/documents", json={"id": "x", "content": seed})
    version = (await http("POST", "/documents/x/versions", json={"name": "First"})).json["id"]
    needed = {"diff": "?from=0"}
    readable = [
        path
        for path, methods in described["paths"].items()
        if "get" in methods and "{user}" not in path  # guests are no members
    ]
    assert len(readable) >= 6
    base = described["servers"][0]["url"] if "servers" in described else ""
    for path in readable:
        address = f"/{base}{path}".replace("{id}", "x").replace("{version}", version)
        address += needed.get(path.rpartition("/")[2], "")
        assert (await http("GET", address)).status == 200, path

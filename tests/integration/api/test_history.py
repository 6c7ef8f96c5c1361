"""History over plain HTTP: versions, moments, differences, timelines, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.api.conftest import Http
from tests.support.guest import Guest, guests
from tests.support.waiting import eventually_asked


@pytest.fixture
async def ann(http: Http) -> AsyncIterator[Guest]:
    """Somebody who has typed `one two three`, an update a word."""
    async with guests(http.server.url, "ann") as (guest,):
        await guest.join("d")
        for word in ("one ", "two ", "three"):
            assert (await guest.type("d", word))["ok"]
        yield guest


async def text(http: Http, query: str = "") -> str:
    answer = await http("GET", f"/documents/d/content?format=text{query}")
    assert answer.status == 200, answer
    return answer.body.decode()


async def versions(http: Http, query: str = "") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await http("GET", f"/documents/d/versions{query}")).json[
        "versions"
    ]
    return listed


async def test_a_version_s_life(http: Http, ann: Guest) -> None:
    """Named, read, renamed, unnamed, removed."""
    made = await http("POST", "/documents/d/versions", json={"name": "Draft"})
    assert made.status == 201
    version = made.json
    assert (version["name"], version["kind"], version["sequence"]) == ("Draft", "named", 3)
    assert version["authors"] == [{"id": "guest:guest-ann-0000", "name": "ann", "updates": 3}]
    address = f"/documents/d/versions/{version['id']}"
    await ann.type("d", " four")
    assert await text(http, f"&version={version['id']}") == "one two three"
    renamed = await http("PATCH", address, json={"name": "Final"})
    assert renamed.json == {**version, "name": "Final"}
    assert (await http("GET", address)).json == renamed.json
    unnamed = (await http("PATCH", address, json={"name": None})).json
    assert (unnamed["name"], unnamed["kind"]) == (None, "session")
    assert [one["id"] for one in await versions(http)] == [version["id"]]
    assert (await http("DELETE", address)).status == 204
    assert await versions(http) == []
    assert await http.refused("GET", address) == "not_found"


async def test_earlier_moments(http: Http, ann: Guest) -> None:
    """Every sequence number can be read, in every format, and be named."""
    assert [await text(http, f"&sequence={n}") for n in range(4)] == [
        "",
        "one ",
        "one two ",
        "one two three",
    ]
    told = await http("GET", "/documents/d/content?format=json&sequence=2")
    assert told.json == "one two "
    raw = await http("GET", "/documents/d/content?format=yjs&sequence=1")
    assert raw.media_type == "application/octet-stream"
    named = await http("POST", "/documents/d/versions", json={"name": "Start", "sequence": 1})
    assert named.json["sequence"] == 1
    again = await http.refused("POST", "/documents/d/versions", json={"name": "x", "sequence": 1})
    assert again == "conflict"


async def test_the_end_of_a_session_is_a_version(http: Http, ann: Guest) -> None:
    """Once for each session that changed something."""
    await ann.close()

    async def is_kept() -> bool:
        return await versions(http) != []

    await eventually_asked(is_kept)
    listed = await versions(http)
    assert [(one["kind"], one["sequence"]) for one in listed] == [("session", 3)]
    async with guests(http.server.url, "ben") as (ben,):
        await ben.join("d")
    named = await http("POST", "/documents/d/versions", json={"name": "As it was"})
    assert named.json["id"] == listed[0]["id"]
    assert [one["name"] for one in await versions(http)] == ["As it was"]


async def test_differences(http: Http, ann: Guest) -> None:
    """Between any two moments, word by word, with authors."""
    async with guests(http.server.url, "ben") as (ben,):
        await ben.join("d")
        removed = ben.person.delete(4, 8)
        assert (await ben.ask("update", {"document": "d", "update": removed}))["ok"]
    told = (await http("GET", "/documents/d/diff?from=1&to=now")).json
    assert (told["fromSequence"], told["toSequence"]) == (1, 4)
    (block,) = told["blocks"]
    pieces = [(one["change"], one["text"], one["author"]) for one in block["segments"]]
    assert pieces == [("same", "one ", None), ("added", "three", "guest:guest-ann-0000")]
    gone = (await http("GET", "/documents/d/diff?from=3&to=4")).json
    (block,) = gone["blocks"]
    pieces = [(one["change"], one["text"].strip(), one["author"]) for one in block["segments"]]
    assert ("removed", "two", "guest:guest-ben-0000") in pieces
    assert {one["id"] for one in gone["authors"]} == {"guest:guest-ben-0000"}
    nothing = (await http("GET", "/documents/d/diff?from=4&to=now&unchanged=false")).json
    assert nothing["blocks"] == []


async def test_the_timeline(http: Http, ann: Guest) -> None:
    """Stretches of editing, each with its author, range and size."""
    async with guests(http.server.url, "ben") as (ben,):
        await ben.join("d")
        await ben.type("d", " four")
    await ann.type("d", " five")
    told = (await http("GET", "/documents/d/timeline")).json
    assert told["sequence"] == 5
    shown = [(s["author"]["name"], s["first"], s["last"], s["updates"]) for s in told["stretches"]]
    assert shown == [("ann", 1, 5, 4), ("ben", 4, 4, 1)]
    first = (await http("GET", "/documents/d/timeline?limit=1")).json
    assert (len(first["stretches"]), first["nextTo"]) == (1, 4)


async def test_a_revert_of_a_time(http: Http, ann: Guest) -> None:
    """A preview changes nothing; the revert does, and says how to go back."""
    body = {"from": 2, "to": 2}
    looked = (await http("POST", "/documents/d/revert", json={**body, "preview": True})).json
    assert (looked["preview"], looked["before"], looked["sequence"]) == (True, None, None)
    assert await text(http) == "one two three"
    done = (await http("POST", "/documents/d/revert", json=body)).json
    assert await text(http) == "one three"
    assert done["before"]["kind"] == "beforeRestore"
    await http("POST", f"/documents/d/versions/{done['before']['id']}/restore")
    assert await text(http) == "one two three"


async def test_erasing(http: Http, ann: Guest) -> None:
    """Earlier moments are gone, the present text stays."""
    assert (await http("POST", "/documents/d/versions", json={"name": "Old"})).status == 201
    removed = ann.person.delete(4, 8)
    assert (await ann.ask("update", {"document": "d", "update": removed}))["ok"]
    gone = await http("POST", "/documents/d/history/erase", json={"before": "now"})
    assert gone.json == {"sequence": 4}
    assert await text(http) == "one three"
    assert await versions(http) == []
    told = await http("GET", "/documents/d/content?format=text&sequence=4")
    assert told.body == b"one three"
    await ann.type("d", "!")
    assert await text(http) == "one three!"


async def test_what_shows_after_the_first_words_are_gone(http: Http, ann: Guest) -> None:
    """What a document holds is known even when all that named its root has been deleted."""
    removed = ann.person.delete(0, 4)
    assert (await ann.ask("update", {"document": "d", "update": removed}))["ok"]
    await ann.close()
    assert await text(http) == "two three"


_REFUSED: tuple[tuple[str, str, dict[str, Any] | None, str], ...] = (
    ("GET", "/versions/v999", None, "not_found"),
    ("GET", "/versions/v1e5", None, "invalid_request"),
    ("GET", "/versions/9", None, "invalid_request"),
    ("GET", "/versions/v" + "9" * 40, None, "not_found"),
    ("PATCH", "/versions/v999", {"name": "x"}, "not_found"),
    ("PATCH", "/versions/v999", {}, "invalid_request"),
    ("DELETE", "/versions/v999", None, "not_found"),
    ("POST", "/versions", {"name": ""}, "invalid_request"),
    ("POST", "/versions", {"name": "  "}, "invalid_request"),
    ("POST", "/versions", {"name": "a\0b"}, "invalid_request"),
    ("POST", "/versions", {"name": "x" * 201}, "invalid_request"),
    ("POST", "/versions", {"name": "x", "sequence": -1}, "invalid_request"),
    ("POST", "/versions", {"name": "x", "sequence": 99}, "invalid_request"),
    ("POST", "/versions", {"name": "x", "sequence": 10**30}, "invalid_request"),
    ("GET", "/versions?limit=0", None, "invalid_request"),
    ("GET", "/versions?cursor=nonsense", None, "invalid_request"),
    ("POST", "/versions/v999/restore", None, "not_found"),
    ("POST", "/versions/99/restore", None, "invalid_request"),
    ("POST", "/versions/then/restore", None, "invalid_request"),
    ("GET", "/diff", None, "invalid_request"),
    ("GET", "/diff?from=3&to=1", None, "invalid_request"),
    ("GET", "/diff?from=-1", None, "invalid_request"),
    ("GET", "/diff?from=v999", None, "not_found"),
    ("GET", "/diff?from=1&to=99", None, "invalid_request"),
    ("GET", "/diff?from=1&unchanged=maybe", None, "invalid_request"),
    ("GET", "/timeline?from=3&to=1", None, "invalid_request"),
    ("GET", "/timeline?from=x", None, "invalid_request"),
    ("GET", "/timeline?limit=201", None, "invalid_request"),
    ("GET", "/content?version=12", None, "invalid_request"),
    ("GET", "/content?version=v999", None, "not_found"),
    ("GET", "/content?sequence=99", None, "invalid_request"),
    ("GET", "/content?sequence=v1", None, "invalid_request"),
    ("GET", "/content?sequence=1&version=v1", None, "invalid_request"),
    ("POST", "/revert", {}, "invalid_request"),
    ("POST", "/revert", {"from": 3, "to": 1}, "invalid_request"),
    ("POST", "/revert", {"from": 99}, "invalid_request"),
    ("POST", "/revert", {"from": 0}, "invalid_request"),
    ("POST", "/revert", {"author": ""}, "invalid_request"),
    ("POST", "/revert", {"author": 7}, "invalid_request"),
    ("POST", "/history/erase", {"before": "then"}, "invalid_request"),
    ("POST", "/history/erase", {"before": "99"}, "invalid_request"),
    ("POST", "/history/erase", {}, "invalid_request"),
)


async def test_bad_input_is_refused_and_changes_nothing(http: Http, ann: Guest) -> None:
    """Each with its code; the document, its versions and its people are as before."""
    await http("POST", "/documents", json={"id": "other"})
    other = (await http("POST", "/documents/other/versions", json={"name": "Theirs"})).json
    cases = [*_REFUSED]
    cases += [
        ("GET", f"/versions/{other['id']}", None, "not_found"),
        ("GET", f"/diff?from={other['id']}", None, "not_found"),
        ("GET", f"/content?version={other['id']}", None, "not_found"),
        ("POST", f"/versions/{other['id']}/restore", None, "not_found"),
        ("PATCH", f"/versions/{other['id']}", {"name": "Mine"}, "not_found"),
        ("DELETE", f"/versions/{other['id']}", None, "not_found"),
    ]
    for method, path, body, code in cases:
        options = {} if body is None else {"json": body}
        got = await http.refused(method, f"/documents/d{path}", **options)
        assert got == code, (method, path, body)
        if "json" in options:
            bad = f"/documents/absent{path}"
            assert await http.refused(method, bad, **options) in {"not_found", code}
    assert await text(http) == "one two three"
    assert await versions(http) == []
    assert (await ann.type("d", "!"))["ok"]


@pytest.mark.parametrize("path", ["/versions", "/timeline", "/authors", "/diff?from=0"])
async def test_a_document_that_is_not_there(http: Http, path: str) -> None:
    """Absent, deleted, or with an id that can be none."""
    assert await http.refused("GET", f"/documents/absent{path}") == "not_found"
    assert await http.refused("GET", f"/documents/.bad{path}") == "invalid_document_id"
    await http("POST", "/documents", json={"id": "gone"})
    await http("DELETE", "/documents/gone")
    assert await http.refused("GET", f"/documents/gone{path}") == "not_found"

"""Ids and paths that want to lead somewhere else: refused, whatever stands in them, on every route."""

from __future__ import annotations

import asyncio
from typing import Final

from collab.api.routes import API_ROUTES
from tests.integration.api.conftest import Http
from tests.support.raw import RawConnection

_TRICKS: Final = (
    "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f",
    "..%5c..%5cwindows", "a%2fb", "a%5cb", "%00", "a%00.html", "a%0d%0aSet-Cookie:%20x=1", "%ff%fe",
    "%c0%ae%c0%ae", "notes%3Bx", "notes'%20OR%20'1'='1", "notes'%3B%20DROP%20TABLE%20documents%3B--",
    "%25", "_%25", "notes%20--", "$(id)", "%7B%7B7*7%7D%7D", "-notes", "~", "x" * 129, "x" * 6_000,
)  # fmt: skip
"""Path segments as they are sent; none of them is a document's id."""


async def _status(http: Http, method: str, path: str) -> int:
    """Send a path byte for byte, as no client library would; return the answer's status."""
    raw = await RawConnection.open(http.server.port)
    host = f"127.0.0.1:{http.server.port}"
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    raw.writer.write(head.encode("latin-1"))
    async with asyncio.timeout(20):
        line = await raw.reader.readline()
    raw.writer.close()
    return int(line.split()[1])


async def test_every_route(http: Http) -> None:
    """Each route with a document in its path refuses each trick, and nothing is made of it."""
    for route in API_ROUTES:
        if "{id}" not in route.path:
            continue
        for trick in _TRICKS:
            path = route.path.replace("{id}", trick)
            for name in ("{version}", "{user}", "{link}"):
                path = path.replace(name, "v1")
            status = await _status(http, route.method, f"/api/v1{path}")
            assert 400 <= status < 500, (route.method, path, status)
    listed = await http("GET", "/documents")
    assert listed.json["documents"] == []


async def test_pages_and_assets(http: Http) -> None:
    """No path leads out of the folder with the pages."""
    for place in ("/assets/", "/d/", "/"):
        for trick in _TRICKS:
            status = await _status(http, "GET", f"{place}{trick}/../../pyproject.toml")
            assert 400 <= status < 500, (place, trick, status)
        for climb in ("../pyproject.toml", "%2e%2e/pyproject.toml", "..%2fpyproject.toml"):
            status = await _status(http, "GET", f"{place}{climb}")
            assert 400 <= status < 500, (place, climb, status)


async def test_what_is_searched_is_a_text(http: Http) -> None:
    """Wildcards and quotes in a search mean themselves."""
    for name, title in (("one", "100% done_x"), ("two", "plain"), ("three", "it's")):
        made = await http("POST", "/documents", json={"id": name, "title": title})
        assert made.status == 201
    for search, found in (("100%25", ["one"]), ("_x", ["one"]), ("%25", ["one"]), ("t's", ["three"]),
                          ("'%20OR%20'1'='1", []), ("%5C", [])):  # fmt: skip
        listed = (await http("GET", f"/documents?search={search}")).json["documents"]
        assert [document["id"] for document in listed] == found, search

"""What other sites' pages may load, and frame: the widget's script, its files, the page for a frame."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from tests.support.server import RunningServer

MakeServer = Callable[..., Awaitable[RunningServer]]

HOST_PAGE = "https://app.example"
OTHER_PAGE = "https://evil.example"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def ancestors(response: aiohttp.ClientResponse) -> list[str]:
    """Return who may frame the page."""
    policy = response.headers["Content-Security-Policy"]
    (said,) = [part for part in policy.split("; ") if part.startswith("frame-ancestors ")]
    return said.split()[1:]


def told(page: str, name: str) -> str:
    """Return what a page's `<meta>` of this name says."""
    found = re.search(rf'<meta name="{name}" content="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_the_frame_of_a_server_by_itself(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """Without listed origins only the server's own pages may frame the editor."""
    async with http.get(f"{server.url}/embed/notes") as response:
        page = await response.text()
        assert ancestors(response) == ["'self'"]
        assert "style-src 'self';" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-cache"
    assert told(page, "collab-allowed-origins") == ""
    assert told(page, "collab-auth") == "none"


async def test_the_frame_of_listed_pages(
    make_server: MakeServer, http: aiohttp.ClientSession
) -> None:
    """Listed origins may frame it, and are those whose messages the page is told to believe."""
    listed = f"{HOST_PAGE}, http://localhost:3000"
    server = await make_server(COLLAB_ALLOWED_ORIGINS=listed, COLLAB_JWT_SECRET="s" * 40)
    async with http.get(f"{server.url}/embed/notes") as response:
        page = await response.text()
        assert ancestors(response) == ["'self'", HOST_PAGE, "http://localhost:3000"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert told(page, "collab-allowed-origins").split() == [HOST_PAGE, "http://localhost:3000"]
    assert told(page, "collab-auth") == "jwt"
    # The other pages stay unframed.
    async with http.get(f"{server.url}/d/notes") as response:
        assert ancestors(response) == ["'self'"]
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["%20", "..%2F..%2Fetc", "<script>", "x" * 129])
async def test_a_name_that_cannot_be(
    server: RunningServer, http: aiohttp.ClientSession, name: str
) -> None:
    """A bad id gets a page that says so, and nothing of it comes back as markup."""
    async with http.get(f"{server.url}/embed/{name}") as response:
        assert response.status == 404
        page = await response.text()
    assert "<script" not in page
    assert "<h1>" in page


async def test_scripts_are_for_everybody(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """A module script of another site is loaded with CORS, and so is every file it imports."""
    headers = {"Origin": OTHER_PAGE}
    async with http.get(f"{server.url}/widget.js", headers=headers) as response:
        script = await response.text()
        assert response.status == 200
        assert response.content_type.endswith("/javascript")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.headers["Cache-Control"] == "no-cache"
        mark = response.headers["ETag"]
    chunks = set(re.findall(r"assets/[\w.-]+\.js", script))
    assert chunks
    for chunk in chunks:
        async with http.get(f"{server.url}/{chunk}", headers=headers) as response:
            assert response.status == 200, chunk
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "immutable" in response.headers["Cache-Control"]
    async with http.get(f"{server.url}/widget.js", headers={"If-None-Match": mark}) as response:
        assert response.status == 304
    async with http.get(f"{server.url}/custom-elements.json", headers=headers) as response:
        assert (await response.json())["schemaVersion"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_scripts_travel_compressed(server: RunningServer, coding: str) -> None:
    """A browser is sent the copy that was compressed when the pages were built."""
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        async with http.get(f"{server.url}/widget.js") as response:
            (core, *_) = re.findall(r"assets/[\w.-]+\.js", await response.text())
        url = f"{server.url}/{core}"
        small = await http.get(url, headers={"Accept-Encoding": coding})
        large = await http.get(url, headers={"Accept-Encoding": "identity"})
        assert small.headers["Content-Encoding"] == coding
        assert "Content-Encoding" not in large.headers
        assert small.content_type == large.content_type == response.content_type
        assert len(await small.read()) * 2 < len(await large.read())


async def test_the_example(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """The example page holds the very script tag and element it shows."""
    async with http.get(f"{server.url}/example.html") as response:
        page = await response.text()
        assert ancestors(response) == ["'self'"]
    assert re.search(r'<script type="module" src="/widget.js" ?></script>', page)
    assert '<collab-editor document="example"' in page

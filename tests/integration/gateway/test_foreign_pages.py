"""A page of another site speaks to no door unless it is listed: one list for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from tests.support.server import RunningServer

LISTED, FOREIGN = "https://app.example", "https://evil.example"
MakeServer = Callable[..., Awaitable[RunningServer]]
WEBSOCKETS = {
    "native": "/socket.io/?EIO=4&transport=websocket",
    "y-socket.io": "/socket.io/?EIO=4&transport=websocket",
    "y-websocket": "/yjs/notes",
    "hocuspocus": "/hocuspocus",
}
POLL = "/socket.io/?EIO=4&transport=polling"
DOCUMENTS = "/api/v1/documents"
PAGES = tuple(("GET", path) for path in ("/", "/d/notes", "/docs", "/healthz", "/metrics"))
CHANGES = (
    ("POST", DOCUMENTS),
    ("PATCH", f"{DOCUMENTS}/notes"),
    ("DELETE", f"{DOCUMENTS}/notes"),
    ("POST", f"{DOCUMENTS}/notes/updates"),
)


@pytest.fixture
async def listing(make_server: Callable[..., Awaitable[RunningServer]]) -> RunningServer:
    """Start a server that allows one other site."""
    return await make_server(COLLAB_ALLOWED_ORIGINS=LISTED)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("door", WEBSOCKETS)
async def test_websockets(listing: RunningServer, http: aiohttp.ClientSession, door: str) -> None:
    """A foreign page's handshake is refused with 403; a listed one, and our own, are let in."""
    url = listing.url + WEBSOCKETS[door]
    for origin in (FOREIGN, "null", f"{LISTED}.evil.example", LISTED.replace("https", "http")):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url, origin=origin)
        assert refused.value.status == 403
    for origin in (LISTED, listing.url):
        async with http.ws_connect(url, origin=origin) as socket:
            assert not socket.closed


async def test_polling(listing: RunningServer, http: aiohttp.ClientSession) -> None:
    """The same list, and the same words for browsers."""
    async with http.get(listing.url + POLL, headers={"Origin": FOREIGN}) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers
    async with http.get(listing.url + POLL, headers={"Origin": LISTED}) as response:
        assert response.status == 200
        assert response.headers.getall("Access-Control-Allow-Origin") == [LISTED]
        assert "Access-Control-Allow-Credentials" not in response.headers


class TestRebinding:
    """A page pointed its own name at this machine: to its browser, the server is the page's own."""

    async def test_a_name_of_somebody_elses(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Without tokens it is answered at no door, with an origin or without; nothing happens."""
        server = await make_server()
        host = f"rebind.evil.example:{server.port}"
        for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
            for method, path in (("GET", DOCUMENTS), ("GET", POLL), *PAGES, *CHANGES):
                asking = http.request(method, server.url + path, headers=headers)
                async with asking as response:
                    assert response.status == 403, (method, path)
                    assert "127.0.0.1" in (await response.json())["detail"]
            for path in WEBSOCKETS.values():
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await http.ws_connect(server.url + path, headers=headers)
                assert refused.value.status == 403
        async with http.get(server.url + DOCUMENTS) as response:
            assert (await response.json())["documents"] == []

    async def test_own_and_listed_names(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Names of this machine are answered with any port, and so is what the operator lists."""
        server = await make_server(COLLAB_ALLOWED_HOSTS="docs.example")
        for host in (f"localhost:{server.port}", "127.0.0.1", "[::1]:9", "docs.example"):
            headers = {"Host": host, "Origin": f"http://{host}"}
            async with http.get(server.url + DOCUMENTS, headers=headers) as response:
                assert response.status == 200
            for path in WEBSOCKETS.values():
                async with http.ws_connect(server.url + path, headers=headers) as socket:
                    assert not socket.closed

    async def test_where_the_name_does_not_matter(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """With tokens a page has nothing to show; with --allow-anonymous the operator wished it."""
        for settings, status in (
            ({"COLLAB_JWT_SECRET": "s" * 32}, 401),
            ({"COLLAB_ALLOW_ANONYMOUS": "1"}, 200),
        ):
            server = await make_server(**settings)
            headers = {"Host": "docs.example"}
            async with http.get(server.url + DOCUMENTS, headers=headers) as response:
                assert response.status == status


class TestPlainHttp:
    async def test_a_foreign_page(
        self, listing: RunningServer, http: aiohttp.ClientSession
    ) -> None:
        """Neither reads nor changes anything, asked for beforehand or not; nothing has happened."""
        for method, path in (("GET", DOCUMENTS), ("OPTIONS", DOCUMENTS), *CHANGES):
            for origin in (FOREIGN, "null"):
                # What a form can send without a preflight.
                headers = {"Origin": origin, "Content-Type": "text/plain"}
                data = b"{}" if method == "POST" else None
                asking = http.request(method, listing.url + path, headers=headers, data=data)
                async with asking as response:
                    assert response.status == 403, (method, path)
                    assert response.content_type == "application/problem+json"
                    assert "Access-Control-Allow-Origin" not in response.headers
                    assert "Origin" in response.headers["Vary"]
        async with http.get(listing.url + DOCUMENTS) as response:
            assert (await response.json())["documents"] == []

    async def test_a_listed_page(self, listing: RunningServer, http: aiohttp.ClientSession) -> None:
        """Is answered, by name and never by `*`, and may read the headers that matter."""
        asking = {
            "Origin": LISTED,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        async with http.options(listing.url + DOCUMENTS, headers=asking) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == LISTED
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
            allowed = response.headers["Access-Control-Allow-Headers"].lower()
            assert "authorization" in allowed
            assert "content-type" in allowed
            assert "Origin" in response.headers["Vary"]
        headers = {"Origin": LISTED}
        url = listing.url + DOCUMENTS
        async with http.post(url, json={"id": "notes"}, headers=headers) as response:
            assert response.status == 201
            assert response.headers.getall("Access-Control-Allow-Origin") == [LISTED]
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert "Location" in response.headers["Access-Control-Expose-Headers"]
        async with http.get(f"{url}/nothing", headers=headers) as response:
            assert response.status == 404
            assert response.headers["Access-Control-Allow-Origin"] == LISTED

    async def test_programs_and_own_pages(
        self, listing: RunningServer, http: aiohttp.ClientSession
    ) -> None:
        """Who sends no origin is no page; our own pages need no list."""
        async with http.get(listing.url + DOCUMENTS) as response:
            assert response.status == 200
            assert "Access-Control-Allow-Origin" not in response.headers
        async with http.get(listing.url + DOCUMENTS, headers={"Origin": listing.url}) as response:
            assert response.status == 200

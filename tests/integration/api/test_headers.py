"""What browsers are told: of pages, answers, files; and of TLS, where a trusted proxy vouches for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from collab.api.routes import API_ROUTES
from collab.api.setup import HEAVY
from tests.support.server import RunningServer

MakeServer = Callable[..., Awaitable[RunningServer]]

PAGES = ("/", "/d/notes", "/docs", "/d/%20")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def policy(response: aiohttp.ClientResponse) -> dict[str, list[str]]:
    """Return the answer's one policy, by directive."""
    (said,) = response.headers.getall("Content-Security-Policy")
    return {part.split()[0]: part.split()[1:] for part in said.split(";")}


async def test_pages(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """Own scripts and styles only, nothing inline but what a hash names, framed by nobody else."""
    for path in PAGES:
        async with http.get(server.url + path) as response:
            said = policy(response)
            assert said["default-src"] == ["'none'"]
            assert said["script-src"] == ["'self'"]
            assert all(s == "'self'" or s.startswith("'sha256-") for s in said["style-src"])
            assert said["frame-ancestors"] == ["'self'"]
            assert said["base-uri"] == said["form-action"] == ["'none'"]
            here = f"127.0.0.1:{server.port}"
            assert said["connect-src"] == ["'self'", f"ws://{here}", f"wss://{here}"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "same-origin"
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "camera=()" in response.headers["Permissions-Policy"]


async def test_a_host_cannot_add_to_the_policy(
    make_server: MakeServer, http: aiohttp.ClientSession
) -> None:
    """What a request calls the server is not copied unless it is a host."""
    server = await make_server(COLLAB_ALLOW_ANONYMOUS="1")  # it answers to any name
    for host in ("a;script-src *", "a b", "a'unsafe-inline'", "a,b"):
        async with http.get(server.url, headers={"Host": host}) as response:
            if response.status == 200:
                assert policy(response)["connect-src"] == ["'self'"]
                assert policy(response)["script-src"] == ["'self'"]


async def test_answers(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """Of the API: never kept, never a page, errors included."""
    for path in ("/api/v1/documents", "/api/v1/documents/none", "/api/v1/nothing", "/healthz"):
        async with http.get(server.url + path) as response:
            assert policy(response) == {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            if path.startswith("/api"):
                assert response.headers["Cache-Control"] == "no-store"


async def test_tls_is_asked_for_where_it_is_there(
    make_server: MakeServer, http: aiohttp.ClientSession
) -> None:
    """Only a trusted proxy is believed that a request came over TLS."""
    behind = await make_server(COLLAB_TRUSTED_PROXIES="127.0.0.1")
    alone = await make_server()
    secure = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    plain = {**secure, "X-Forwarded-Proto": "http"}
    for path in ("/", "/api/v1/documents", "/api/v1/nothing"):
        async with http.get(behind.url + path, headers=secure) as response:
            assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
        for server, headers in ((behind, plain), (behind, {}), (alone, secure)):
            async with http.get(server.url + path, headers=headers) as response:
                assert "Strict-Transport-Security" not in response.headers


def test_heavy_routes_exist() -> None:
    """Each end of a path that counts as heavy is one of a route."""
    for end in HEAVY:
        assert any(route.path.endswith(end) for route in API_ROUTES), end

"""Only this server's own pages and listed ones may connect."""

from __future__ import annotations

import pytest

from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.wire import Door, open_door


async def _status(door: Door, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with door.http.get(f"{door.path}?EIO=4&transport=polling", headers=named) as response:
        return response.status


async def test_own_pages(door: Door) -> None:
    """Pages of this server and clients that are no page may connect, also behind a TLS proxy."""
    host = f"127.0.0.1:{door.port}"
    assert await _status(door) == 200
    assert await _status(door, Origin=f"http://{host}") == 200
    assert await _status(door, Origin="https://docs.example", Host="docs.example") == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://127.0.0.1", "file://", "http://[", "*"]
)
async def test_other_pages(door: Door, origin: str) -> None:
    """Any other origin is refused, whatever a forwarding header says."""
    assert await _status(door, Origin=origin) == 403
    host = origin.removeprefix("http://")
    assert (
        await _status(door, Origin=origin, X_Forwarded_Host=host, X_Forwarded_Proto="http") == 403
    )


async def test_other_pages_by_websocket(door: Door) -> None:
    """A WebSocket, which browsers do not guard, is refused the same way."""
    headers = {"Origin": "http://evil.example", "Connection": "Upgrade", "Upgrade": "websocket"}
    query = "EIO=4&transport=websocket"
    async with door.http.get(f"{door.path}?{query}", headers=headers) as response:
        assert response.status == 403


async def test_listed_pages() -> None:
    """Listed origins may connect, are told so, and so may still the server's own pages."""
    options = TransportOptions(allowed_origins=("https://app.example",))
    async with open_door(options=options) as door:
        assert await _status(door, Origin="https://app.example") == 200
        assert await _status(door, Origin="http://app.example") == 403
        assert await _status(door, Origin="https://app.example.evil.example") == 403
        assert await _status(door, Origin=f"http://127.0.0.1:{door.port}") == 200
        headers = {
            "Origin": "https://app.example",
            "Access-Control-Request-Headers": "content-type",
        }
        query = "EIO=4&transport=polling"
        async with door.http.options(f"{door.path}?{query}", headers=headers) as response:
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == "https://app.example"
            assert "Access-Control-Allow-Credentials" not in response.headers


def test_empty_list() -> None:
    """An empty list is a mistake, not permission for everybody."""
    with pytest.raises(ValueError, match="empty"):
        TransportOptions(allowed_origins=())

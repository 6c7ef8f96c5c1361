"""`/metrics`: what a scraper reads, what moves when something happens, and who may read it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from collab.access.quotas import LIMITS
from tests.support.guest import guests
from tests.support.raw import RawConnection
from tests.support.server import RunningServer
from tests.support.tokens import SECRET
from tests.support.waiting import eventually_asked

MakeServer = Callable[..., Awaitable[RunningServer]]

_SAMPLE = re.compile(r"([a-z_]+)(\{[a-z]+=\"[^\"]*\"\})? ([0-9.e+-]+)")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def read(http: aiohttp.ClientSession, server: RunningServer) -> dict[str, float]:
    """Return every sample, by name and labels; every line must be one a scraper understands."""
    async with http.get(f"{server.url}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert response.headers["Cache-Control"] == "no-store"
        lines = (await response.text()).splitlines()
    samples: dict[str, float] = {}
    typed: set[str] = set()
    for line in lines:
        if line.startswith("#"):
            mark, what, name, _ = line.split(" ", 3)
            assert (mark, what in {"HELP", "TYPE"}) == ("#", True)
            typed.add(name)
            continue
        found = _SAMPLE.fullmatch(line)
        assert found, line
        family = re.sub(r"_(bucket|sum|count)$", "", found[1])
        assert family in typed or found[1] in typed
        samples[found[1] + (found[2] or "")] = float(found[3])
    return samples


async def test_what_happens_is_counted(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """People, edits, deliveries, refusals, snapshots: each shows up where it belongs."""
    before = await read(http, server)
    assert before['collab_connections{door="socket.io"}'] == 0
    assert before["process_resident_memory_bytes"] > 10_000_000
    async with guests(server.url, "ann", "ben") as (ann, ben):
        for guest in (ann, ben):
            await guest.join("notes")
        for word in ["some", "words", "in", "turn"]:
            assert (await ann.type("notes", word))["ok"]
            await ben.hears("update")
        bad = {"document": "notes", "update": b"\xff\xff\xff"}
        assert await ann.refusal("update", bad) == "invalid_update"
        async with http.ws_connect(f"{server.url}/yjs/notes") as socket:
            await socket.receive()
            now = await read(http, server)
        assert now['collab_connections{door="socket.io"}'] == 2
        assert now['collab_connections{door="y-websocket"}'] == 1
        assert now["collab_sessions"] == 3
        assert now["collab_rooms"] == 1
        assert now["collab_updates_received_total"] == 5
        assert now["collab_updates_committed_total"] == 4
        assert now['collab_updates_refused_total{code="invalid_update"}'] == 1
        assert now["collab_update_bytes_total"] == sum(map(len, ann.person.updates)) + 3
        assert now["collab_commit_seconds_count"] == 4
        assert now['collab_commit_seconds_bucket{le="+Inf"}'] == 4
        assert 0 < now["collab_commit_seconds_sum"] < 60
        assert now['collab_deliveries_total{event="update"}'] == 4
        assert now["collab_delivered_bytes_total"] > 0
        assert now['collab_messages_total{door="socket.io"}'] == 7
        assert now["collab_log_queue_entries"] <= now["collab_log_queue_entries_limit"]
        assert now["collab_log_queue_bytes"] <= now["collab_log_queue_bytes_limit"]
        assert now["collab_storage_available"] == 1

    async def is_written_down() -> bool:
        later = await read(http, server)
        return (
            later["collab_snapshots_total"] >= 1
            and later["collab_sessions"] == 0
            and later['collab_connections{door="socket.io"}'] == 0
            and later['collab_connections{door="y-websocket"}'] == 0
        )

    await eventually_asked(is_written_down)


async def test_every_limit_has_its_count(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """Also those nobody has hit yet."""
    samples = await read(http, server)
    for limit in LIMITS:
        assert samples[f'collab_limit_hits_total{{limit="{limit}"}}'] == 0


class TestWhoMayRead:
    async def test_this_machine_alone(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """Without a token: who asks directly, under a name of this machine; no proxy's client."""
        server = await make_server(COLLAB_JWT_SECRET=SECRET)
        url = f"{server.url}/metrics"
        await read(http, server)
        for headers in (
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"Via": "1.1 proxy"},
            {"X-Real-IP": "127.0.0.1"},
            {"Host": "docs.example"},
            {"Host": f"rebound.example:{server.port}"},
        ):
            async with http.get(url, headers=headers) as response:
                assert response.status == 403
                assert "collab_" not in await response.text()

    async def test_who_brings_the_token(
        self, make_server: MakeServer, http: aiohttp.ClientSession
    ) -> None:
        """With one set, it is asked of everybody and enough for anybody."""
        secret = "a token for the scraper"
        server = await make_server(COLLAB_METRICS_TOKEN=secret, COLLAB_ALLOWED_HOSTS="docs.example")
        url = f"{server.url}/metrics"
        for said in ("", "Bearer", "Bearer wrong", f"Basic {secret}", f"Bearer {secret}x"):
            headers = {"Authorization": said} if said else {}
            async with http.get(url, headers=headers) as response:
                assert response.status == 401
                assert response.headers["WWW-Authenticate"] == "Bearer"
                assert "collab_" not in await response.text()
        raw = await RawConnection.open(server.port)
        raw.writer.write(
            b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"
        )
        assert (await raw.response())[0] == 401
        raw.reset()
        headers = {"Authorization": f"Bearer {secret}", "Host": "docs.example"}
        async with http.get(url, headers=headers) as response:
            assert response.status == 200
            assert "collab_rooms 0.0" in await response.text()
        assert secret not in server.log()

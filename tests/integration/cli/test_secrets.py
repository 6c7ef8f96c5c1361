"""No secret the server knows or is shown ever stands in its log, its answers or its settings."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import socketio

from collab.config import read_settings
from collab.crdt.lib0 import write_string
from collab.store.pool import ConnectionTarget
from tests.support.forks import run_collab
from tests.support.raw import RawConnection
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(120)

MakeServer = Callable[..., Awaitable[RunningServer]]

METRICS = "metrics-token-7f3a9"
MARK = "hunter22-in-the-clear"
"""A made-up secret in no shape that could be recognised: only never writing it keeps it out."""


def presented() -> dict[str, str]:
    """Return tokens of every fate, each with a mark to look for."""
    return {
        "good": token("ann", {"*": "editor"}),
        "expired": token("ann", {"*": "editor"}, seconds=-600),
        "forged": token(
            "ann", {"*": "owner"}, secret="another secret, just as long as the real one"
        ),
        "no role": token("ann", {}),
        "no token": MARK,
        "link": f"link.{MARK}",
        "with a line break": f"{MARK}\nforged line",
        "huge": MARK * 400,
    }


async def _by_plain_http(http: aiohttp.ClientSession, url: str, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}".replace("\n", " ")}
    for path in ("/api/v1/documents", "/api/v1/documents/%00", "/api/v1/nothing", "/metrics"):
        async with http.get(url + path, headers=headers, params={"token": secret}) as response:
            body = await response.text()
            assert secret not in body
            assert MARK not in body


async def _by_websocket(http: aiohttp.ClientSession, url: str, secret: str) -> None:
    quoted = urllib.parse.quote(secret)
    for path in (f"/yjs/notes?token={quoted}", f"/yjs/%00?token={quoted}"):
        try:
            async with http.ws_connect(url + path) as socket:
                await socket.send_bytes(b"\xff" * 9)
                await _to_the_end(socket)
        except aiohttp.WSServerHandshakeError:
            pass
    async with http.ws_connect(f"{url}/hocuspocus") as socket:
        await socket.send_bytes(write_string("notes") + b"\x02\x00" + write_string(secret))
        await socket.send_bytes(b"\xff" * 9)
        await _to_the_end(socket)


async def _to_the_end(socket: aiohttp.ClientWebSocketResponse) -> None:
    async with asyncio.timeout(20):
        while (await socket.receive()).type is aiohttp.WSMsgType.BINARY:
            pass


async def _by_socket_io(url: str, secret: str) -> None:
    for namespace in ("/", "/yjs|notes", "/nothing"):
        client = socketio.AsyncClient(reconnection=False)
        told: list[Any] = []

        async def hear(error: Any, told: list[Any] = told) -> None:
            told.append(error)

        client.on("connect_error", hear, namespace=namespace)
        try:
            await client.connect(
                url,
                auth={"token": secret, "link": MARK},
                namespaces=[namespace],
                transports=["websocket"],
                wait_timeout=5,
            )
            if namespace == "/":
                told.append(await client.call("refreshToken", {"token": secret + "x"}))
                told.append(await client.call("joinDocument", {"document": 7, "token": secret}))
        except socketio.exceptions.ConnectionError as error:
            told.append(str(error))
        finally:
            await client.disconnect()
        assert secret not in str(told)
        assert MARK not in str(told)


async def test_the_log_of_a_server_that_was_shown_them_all(make_server: MakeServer) -> None:
    """Through every door, on the good way and on the bad ones, at the most talkative level."""
    server = await make_server(
        COLLAB_JWT_SECRET=SECRET, COLLAB_METRICS_TOKEN=METRICS, COLLAB_LOG_LEVEL="DEBUG"
    )
    async with aiohttp.ClientSession() as http:
        for secret in presented().values():
            await _by_plain_http(http, server.url, secret)
            await _by_websocket(http, server.url, secret)
            await _by_socket_io(server.url, secret)
        async with http.get(
            f"{server.url}/metrics", headers={"Authorization": f"Bearer {METRICS}"}
        ) as response:
            assert response.status == 200
            assert MARK not in await response.text()
    for line in (
        f"GET /{MARK} HTTP/9\r\n\r\n",
        f"{MARK}\r\n\r\n",
        f"GET /?token={MARK}\x00 HTTP/1.1\r\n\r\n",
    ):
        raw = await RawConnection.open(server.port)
        await raw.segments([line.encode()])
        async with asyncio.timeout(10):
            await raw.reader.read()
        raw.reset()
    await eventually(lambda: "client sent away" in server.log())
    assert await server.stop() == 0
    log = server.log()
    assert "Traceback" not in log
    for secret in (*presented().values(), SECRET, METRICS, MARK):
        for part in secret.split("."):
            assert len(part) < 6 or part not in log, part


async def test_the_database_password(database: ConnectionTarget) -> None:
    """Not in what `doctor` and a failed start say, nor in the settings as text."""
    url = f"postgresql://collab:{MARK}@127.0.0.1:1/collab"
    for command in ("serve", "doctor", "migrate", "compact"):
        for given in (("--database-url", url), ()):
            environment = {} if given else {"DATABASE_URL": url}
            code, out, error = await run_collab(command, *given, **environment)
            assert code != 0
            assert MARK not in out + error
            assert "127.0.0.1:1" in out + error
    for bad in (url.replace("postgresql", "mysql"), f"{url}#x", f"{url}?sslmode=nothing"):
        _, out, error = await run_collab("doctor", DATABASE_URL=bad)
        assert MARK not in out + error
    redis = f"redis://:{MARK}@127.0.0.1/0"
    _, out, error = await run_collab("serve", REDIS_URL=redis)
    assert MARK not in out + error


def test_settings_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting that holds a secret hides it, however the settings are printed."""
    for name in ("COLLAB_DATABASE_URL", "DATABASE_URL", "COLLAB_REDIS_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = read_settings(
        database_url=f"postgresql://collab:{MARK}@127.0.0.1/collab",
        jwt_secret=f"{MARK} {SECRET}",
        metrics_token=f"{MARK} {METRICS}",
    )
    for text in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        str(settings.model_dump()),
    ):
        assert MARK not in text

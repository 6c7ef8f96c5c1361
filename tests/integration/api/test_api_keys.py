"""API keys: what programs may do with them, and the tokens they have signed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import jwt
import pytest

from collab.store.pool import ConnectionTarget, connect
from tests.integration.api.conftest import Answer, Http
from tests.support.foreign import address
from tests.support.forks import run_collab
from tests.support.guest import Guest
from tests.support.postgres import open_folder
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.timeout(120)

MakeServer = Callable[..., Awaitable[RunningServer]]


async def make_key(database: ConnectionTarget, name: str = "the host") -> str:
    code, out, error = await run_collab("key", "create", name, DATABASE_URL=database.url)
    assert code == 0, error
    return out.strip()


async def ask(server: RunningServer, key: str, method: str, path: str, **options: Any) -> Answer:
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {key}"}
        return await Http(server, session)(method, path, headers=headers, **options)


@pytest.fixture
async def guarded(make_server: MakeServer) -> RunningServer:
    """Start a server that asks for tokens."""
    return await make_server(COLLAB_JWT_SECRET=SECRET, COLLAB_JWT_AUDIENCE="collab")


async def test_a_key_may_do_everything(guarded: RunningServer, database: ConnectionTarget) -> None:
    """It creates, makes members, shares, deletes; the log names it, and nobody has the secret."""
    key = await make_key(database)
    assert key.startswith("collab_")
    assert (await ask(guarded, key, "POST", "/documents", json={"id": "notes"})).status == 201
    put = await ask(guarded, key, "PUT", "/documents/notes/members/ann", json={"role": "owner"})
    assert put.status == 200
    listed = (await ask(guarded, key, "GET", "/documents/notes/members")).json["members"]
    assert [(m["user"], m["role"], m["addedBy"][:4]) for m in listed] == [("ann", "owner", "key:")]
    assert (await ask(guarded, key, "GET", "/documents")).json["documents"]
    assert (await ask(guarded, key, "DELETE", "/documents/notes")).status == 200
    entries = (await ask(guarded, key, "GET", "/documents/notes/audit")).json["entries"]
    assert {entry["actorName"] for entry in entries} == {"the host"}
    connection = await connect(database)
    kept = await connection.fetch("SELECT api_keys::text AS row FROM api_keys")
    kept += await connection.fetch("SELECT audit::text AS row FROM audit")
    await connection.close()
    secret = key.split("_", 2)[2]
    assert not [row for row in kept if secret in row["row"]]
    assert secret not in guarded.log()


async def test_a_signed_token(guarded: RunningServer, database: ConnectionTarget) -> None:
    """The server believes what it signed, for the person and documents that were asked for."""
    key = await make_key(database)
    said = {"sub": "ben", "name": "Ben", "roles": {"n*": "editor"}, "expiresIn": 60}
    answer = await ask(guarded, key, "POST", "/tokens", json=said)
    assert answer.status == 201
    claims = jwt.decode(answer.json["token"], SECRET, algorithms=["HS256"], audience="collab")
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("ben", 60)
    ben = await Guest.connect(guarded.url, auth={"token": answer.json["token"]})
    joined = await ben.join("notes")
    assert joined["user"]["name"] == "Ben"
    await ben.close()


@pytest.mark.parametrize(
    "said",
    [
        {"sub": ""},
        {"sub": "ben", "roles": {"../x": "editor"}},
        {"sub": "ben", "roles": {"x": "king"}},
        {"sub": "ben", "color": "red"},
        {"sub": "ben", "expiresIn": 0},
        {"sub": "ben", "expiresIn": 10**9},
    ],
)
async def test_what_is_not_signed(
    guarded: RunningServer, database: ConnectionTarget, said: dict[str, Any]
) -> None:
    """What the server would not believe it does not sign."""
    answer = await ask(guarded, await make_key(database), "POST", "/tokens", json=said)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


async def test_only_keys_sign(guarded: RunningServer) -> None:
    """The owner of everything is still a person."""
    owner = jwt.encode(
        {
            **jwt.decode(token("ann", {"*": "owner"}), options={"verify_signature": False}),
            "aud": "collab",
        },
        SECRET,
        algorithm="HS256",
    )
    answer = await ask(guarded, owner, "POST", "/tokens", json={"sub": "ben"})
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


async def test_a_server_without_a_secret_says_so(
    make_server: MakeServer, database: ConnectionTarget
) -> None:
    """Where nobody is asked for a token none is signed, and the sentence says what to set."""
    server, key = await make_server(), await make_key(database)
    answer = await ask(server, key, "POST", "/tokens", json={"sub": "ben"})
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert "COLLAB_JWT_SECRET" in answer.json["detail"]


async def test_what_is_no_key(guarded: RunningServer, database: ConnectionTarget) -> None:
    """A wrong secret, an unknown id and a mangled key are refused alike, and not for long."""
    key = await make_key(database)
    wrong = [key[:-1] + ("A" if key[-1] != "A" else "B"), key[:7] + "0" * 12 + key[19:], "collab_x"]
    answers = [await ask(guarded, one, "GET", "/documents") for one in wrong]
    assert {(a.status, a.json["code"]) for a in answers} == {(401, "unauthenticated")}
    assert len({a.json["detail"] for a in answers}) == 1
    assert (await ask(guarded, key, "GET", "/documents")).status == 200


async def test_keys_are_for_http(guarded: RunningServer, database: ConnectionTarget) -> None:
    """No socket lets a key in: sessions belong to people."""
    key = await make_key(database)
    async with aiohttp.ClientSession() as session:
        url = f"{address('y-websocket', guarded.url)}/notes?token={key}"
        async with session.ws_connect(url) as socket:
            while (message := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
                pass
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4401)


async def test_list_and_revoke(guarded: RunningServer, database: ConnectionTarget) -> None:
    """A revoked key is refused at once; the list never shows a secret."""
    key = await make_key(database)
    name = key.split("_")[1]
    assert (await ask(guarded, key, "GET", "/documents")).status == 200
    code, out, _ = await run_collab("key", "list", DATABASE_URL=database.url)
    assert code == 0
    assert name in out
    assert "last used" in out
    assert key.split("_", 2)[2] not in out
    assert (await run_collab("key", "revoke", name, DATABASE_URL=database.url))[0] == 0
    assert (await ask(guarded, key, "GET", "/documents")).status == 401
    code, _, error = await run_collab("key", "revoke", name, DATABASE_URL=database.url)
    assert code == 1
    assert "no API key" in error
    assert "revoked" in (await run_collab("key", "list", DATABASE_URL=database.url))[1]


async def test_while_a_server_has_the_embedded_database(tmp_path: Any) -> None:
    """Nobody needs to stop their server to make a key for it."""
    folder = open_folder()
    server = RunningServer(("--data-dir", str(folder)), log=tmp_path / "server.log")
    try:
        await server.start()
        code, out, error = await run_collab("key", "create", "host", "--data-dir", str(folder))
        assert code == 0, error
        answer = await ask(server, out.strip(), "GET", "/documents")
        assert answer.status == 200
        assert await server.stop() == 0
    finally:
        await server.ensure_ended()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

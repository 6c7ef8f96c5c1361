"""REST with tokens: who brings none gets nothing, and each gets only what their roles say."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import pytest

from collab.access.tokens import TOKEN_BYTES
from collab.api.routes import API_ROUTES
from tests.integration.api.conftest import Answer, Http
from tests.support.server import RunningServer

SECRET = "a secret of the tests, long enough for it"


def signed(
    roles: Mapping[str, str], sub: str = "ann", *, seconds: float = 60, key: str = SECRET
) -> str:
    """Return a token of `sub` with `roles` by document, good for `seconds`."""
    claims = {"sub": sub, "exp": int(time.time() + seconds), "roles": roles}
    return jwt.encode(claims, key, algorithm="HS256")


EVERYTHING = {"*": "owner"}


@dataclass(slots=True)
class House:
    """A server that asks for tokens."""

    http: Http

    async def ask(self, token: str, method: str, path: str, **options: Any) -> Answer:
        """Send a request with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http(method, path, headers=headers, **options)

    async def listed(self, token: str, path: str = "/documents") -> set[str]:
        """Return the ids on the list somebody gets."""
        answer = await self.ask(token, "GET", path)
        assert answer.status == 200, answer
        return {document["id"] for document in answer.json["documents"]}


@pytest.fixture
async def house(make_server: Callable[..., Awaitable[RunningServer]]) -> AsyncIterator[House]:
    """Start a server that asks for tokens, and an HTTP client."""
    server = await make_server(COLLAB_AUTH="jwt", COLLAB_JWT_SECRET=SECRET)
    async with aiohttp.ClientSession() as session:
        yield House(Http(server, session))
    assert SECRET not in server.log()
    assert "eyJ" not in server.log()
    assert "Traceback" not in server.log()


async def _challenge(house: House, authorization: str | None) -> tuple[int, str, str | None]:
    """Return status, code and challenge of the answer to a request with that header."""
    headers = {} if authorization is None else {"Authorization": authorization}
    headers |= {"Collab-Guest-Id": "a1b2c3d4e5f60718", "Collab-Guest-Name": "Guest"}
    url = f"{house.http.server.url}/api/v1/documents"
    async with house.http.session.get(url, headers=headers) as got:
        return got.status, (await got.json())["code"], got.headers.get("WWW-Authenticate")


async def test_no_route_answers_a_stranger(house: House) -> None:
    """Every route of the API refuses a request without a token, whatever it is about."""
    for route in API_ROUTES:
        path = route.path
        for name, value in (("id", "notes"), ("version", "v1"), ("user", "ann"), ("link", "x")):
            path = path.replace(f"{{{name}}}", value)
        code = await house.http.refused(route.method, path, data=b"x")
        assert code == "unauthenticated", (route.method, path)


async def test_what_is_asked_of_nobody(house: House) -> None:
    """Health, pages and the description need no token."""
    for path in ("//healthz", "//readyz", "//api/v1/openapi.json", "//docs"):
        assert (await house.http("GET", path)).status == 200


async def test_refusals_carry_a_challenge(house: House) -> None:
    """Missing, forged, expired and of another kind: 401 with `WWW-Authenticate: Bearer`."""
    stranger = (401, "unauthenticated", "Bearer")
    for authorization in (
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic YW5uOnB3",
        signed(EVERYTHING),
        f"Bearer {signed(EVERYTHING, key='x' * 32)}",
        f"Bearer {signed(EVERYTHING)}x",
        f"Bearer {jwt.encode({'sub': 'ann', 'exp': 9e9}, '', algorithm='none')}",
    ):
        assert await _challenge(house, authorization) == stranger
    late = f"Bearer {signed(EVERYTHING, seconds=-60)}"
    assert await _challenge(house, late) == (401, "token_expired", "Bearer")
    for scheme in ("Bearer", "bearer", "BEARER"):
        url = f"{house.http.server.url}/api/v1/documents"
        headers = {"Authorization": f"{scheme} {signed(EVERYTHING)}"}
        async with house.http.session.get(url, headers=headers) as got:
            assert got.status == 200


async def test_a_megabyte_is_refused(house: House) -> None:
    """A token of a megabyte ends in an answer, and the server goes on."""
    try:
        answer = await house.ask("a" * 1_000_000, "GET", "/documents")
        assert answer.status in (400, 401, 431)
    except aiohttp.ClientError:
        pass  # the server hung up in the middle of it, which will do as well
    assert await house.listed(signed({"*": "viewer"})) == set()


async def test_a_long_token_comes_through(house: House) -> None:
    """The longest token there may be fits into the header it comes in."""
    roles = {f"{'d' * 100}{number}": "viewer" for number in range(105)}
    long = signed(roles)
    assert TOKEN_BYTES - 1_500 < len(long) <= TOKEN_BYTES
    assert await house.listed(long) == set()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", {"GET"}),
        ("commenter", {"GET"}),
        ("editor", {"GET", "PATCH"}),
        ("owner", {"GET", "PATCH", "DELETE"}),
    ],
)
async def test_a_role_is_what_may_be_done(house: House, role: str, allowed: set[str]) -> None:
    """Reading, renaming and deleting need their roles; who has none there gets nothing."""
    maker = signed({"notes": "owner"}, "maker")
    await house.ask(maker, "POST", "/documents", json={"id": "notes"})
    somebody, elsewhere = signed({"notes": role}), signed({"other": "owner"})
    for method in ("GET", "PATCH", "DELETE"):
        body = {"json": {"title": "T"}} if method == "PATCH" else {}
        answer = await house.ask(elsewhere, method, "/documents/notes", **body)
        assert (answer.status, answer.json["code"]) == (403, "forbidden")
        answer = await house.ask(somebody, method, "/documents/notes", **body)
        assert answer.status == (200 if method in allowed else 403), (method, answer)


async def test_creating_needs_a_role_in_that_id(house: House) -> None:
    """An id is created by who may edit it; one the server chooses by who may edit all."""
    team = signed({"team-*": "editor"})
    assert (await house.ask(team, "POST", "/documents", json={"id": "team-a"})).status == 201
    for said in ({"id": "other"}, {}):
        assert (await house.ask(team, "POST", "/documents", json=said)).status == 403
    assert (await house.ask(signed({"*": "editor"}), "POST", "/documents", json={})).status == 201
    assert (await house.ask(signed({"*": "viewer"}), "POST", "/documents", json={})).status == 403


async def test_a_list_shows_what_is_within_reach(house: House) -> None:
    """Exact ids and beginnings; nothing in a name works as a pattern of the database."""
    names = ("team-a", "team-b", "team.c", "teamx", "notes", "a_b", "aXb", "Notes")
    for name in names:
        maker = signed(EVERYTHING, "maker")
        made = await house.ask(maker, "POST", "/documents", json={"id": name})
        assert made.status == 201
    asked: dict[str, dict[str, str]] = {
        "team-a team-b": {"team-*": "viewer"},
        "team-a team-b team.c teamx notes": {"team*": "viewer", "notes": "owner"},
        "notes": {"notes": "viewer", "nobody": "owner"},
        "a_b": {"a_*": "viewer", "a_b": "viewer"},
        "": {},
        " ".join(names): {"*": "viewer"},
    }
    for wanted, roles in asked.items():
        assert await house.listed(signed(roles)) == set(wanted.split()), roles


async def test_a_list_stays_within_reach_over_pages_searches_and_deletions(house: House) -> None:
    """Cursor, search and the list of the deleted show nobody else's documents."""
    maker = signed(EVERYTHING, "maker")
    for number in range(7):
        for name in (f"mine-{number}", f"yours-{number}"):
            await house.ask(maker, "POST", "/documents", json={"id": name})
    mine, found, cursor = signed({"mine-*": "viewer"}), [], ""
    while True:
        page = (await house.ask(mine, "GET", f"/documents?limit=2{cursor}")).json
        found += [document["id"] for document in page["documents"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == [f"mine-{number}" for number in reversed(range(7))]
    assert await house.listed(mine, "/documents?search=-3") == {"mine-3"}
    for name in ("mine-1", "yours-1"):
        await house.ask(signed(EVERYTHING), "DELETE", f"/documents/{name}")
    assert await house.listed(mine, "/documents?deleted=true") == set()
    owner = signed({"mine-*": "owner"})
    assert await house.listed(owner, "/documents?deleted=true") == {"mine-1"}


async def test_the_server_stamps_who_it_was(house: House) -> None:
    """The author of an edit is the token's person, whatever the guest headers say."""
    token = signed({"notes": "owner"})
    headers = {
        "Authorization": f"Bearer {token}",
        "Collab-Guest-Id": "a1b2c3d4e5f60718",
        "Collab-Guest-Name": "Eve",
    }
    said = {"id": "notes", "content": {"format": "text", "value": "Mine."}}
    await house.http("POST", "/documents", json=said, headers=headers)
    authors = (await house.ask(token, "GET", "/documents/notes/authors")).body.decode()
    assert '"ann"' in authors
    assert "Eve" not in authors
    assert "guest" not in authors

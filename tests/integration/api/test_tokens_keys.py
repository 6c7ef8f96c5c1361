"""Keys behind a URL: fetched, rotated, and kept while the URL is away."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collab.access.claims import Expected
from collab.access.gate import Credentials, Gate
from collab.access.keys import ASYMMETRIC, UnknownKey
from collab.access.tokens import TokenVerifier
from collab.errors import Unavailable
from collab.gateway.keys import RemoteKeys
from collab.sharing.rights import identified
from tests.support.server import free_port
from tests.support.waiting import eventually
from tests.unit.access.signers import jwk, private_key, token

FIRST, SECOND = private_key("ES256"), private_key("ES256", 1)
FAR = 4_102_444_800
"""A moment in 2100, in seconds."""


@dataclass
class Issuer:
    """A real HTTP server with a key set; what it answers is in the test's hands."""

    port: int = field(default_factory=free_port)
    keys: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    answer: Callable[[], web.StreamResponse] | None = None
    _server: TestServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/keys"

    async def up(self) -> None:
        """Start to answer."""
        app = web.Application()
        app.router.add_get("/keys", self._keys)
        self._server = TestServer(app, port=self.port)
        await self._server.start_server()

    async def down(self) -> None:
        """Stop to answer: connections are refused."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _keys(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.answer is not None:
            return self.answer()
        entries = [jwk(name, "ES256", key) for name, key in self.keys.items()]
        return web.json_response({"keys": entries})


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer(keys={"first": FIRST})
    await issuer.up()
    yield issuer
    await issuer.down()


@dataclass
class Checking:
    """A gate with the keys of an issuer."""

    keys: RemoteKeys
    gate: Gate

    async def who(self, key: Any, kid: str | None) -> str:
        """Present a token as a door does; return who it is."""
        credentials = Credentials(token(key, "ES256", kid=kid, exp=FAR))
        found = await identified(
            self.gate, credentials, connection="one", refresh=self.keys.refresh
        )
        return found.person.id


@pytest.fixture
async def check(issuer: Issuer) -> AsyncIterator[Callable[..., Checking]]:
    """Return a maker of gates on the issuer's keys; they end with the test."""
    made: list[RemoteKeys] = []

    def make(**pace: float) -> Checking:
        keys = RemoteKeys(issuer.url, **pace)
        made.append(keys)
        verifier = TokenVerifier(keys, frozenset(ASYMMETRIC), Expected())
        return Checking(keys, Gate(verifier))

    yield make
    for keys in made:
        await keys.close()


Check = Callable[..., Checking]


def knows(keys: RemoteKeys, name: str) -> bool:
    """Return whether there is a key called `name` at the moment."""
    try:
        keys.find(name)
    except UnknownKey:
        return False
    return True


async def test_rotation(issuer: Issuer, check: Check) -> None:
    """A new key counts from its first token on, and one that was taken away no longer."""
    checking = check(pause=0)
    await checking.keys.start()
    assert await checking.who(FIRST, "first") == "ann"
    issuer.keys = {"second": SECOND}
    assert await checking.who(FIRST, "first") == "ann"  # nobody asked yet
    assert await checking.who(SECOND, "second") == "ann"
    with pytest.raises(UnknownKey):
        await checking.who(FIRST, "first")


async def test_a_key_taken_away_ends_by_itself(issuer: Issuer, check: Check) -> None:
    """The set is fetched now and then, so a key ends although nobody asks for another."""
    checking = check(every=0.01)
    await checking.keys.start()
    issuer.keys = {}
    await eventually(lambda: not knows(checking.keys, "first"))


async def test_strangers_cannot_make_the_server_ask(issuer: Issuer, check: Check) -> None:
    """Many tokens with names nobody knows are one question at most; they may come back later."""
    checking = check(pause=3_600)
    await checking.keys.start()
    assert issuer.asked == 1
    presented = (checking.who(FIRST, f"made-up-{number}") for number in range(200))
    answers = await asyncio.gather(*presented, return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert issuer.asked == 1
    assert await checking.who(FIRST, "first") == "ann"


async def test_a_key_changed_just_after_it_was_asked(issuer: Issuer, check: Check) -> None:
    """Who brings a token of the new one is asked to wait, and comes in when it is fetched again."""
    checking = check(pause=3_600, every=0.2)
    await checking.keys.start()
    issuer.keys = {"second": SECOND}
    with pytest.raises(Unavailable, match="try again in a moment"):
        await checking.who(SECOND, "second")
    await eventually(lambda: knows(checking.keys, "second"))
    assert await checking.who(SECOND, "second") == "ann"


async def test_many_at_once_are_one_question(issuer: Issuer, check: Check) -> None:
    """After a rotation everybody comes in by one fetch, however many come at once."""
    checking = check(pause=0)
    await checking.keys.start()
    issuer.keys = {"second": SECOND}
    people = await asyncio.gather(*(checking.who(SECOND, "second") for _ in range(50)))
    assert people == ["ann"] * 50
    assert issuer.asked == 2


async def test_who_hangs_up_takes_nothing_from_others(issuer: Issuer, check: Check) -> None:
    """A fetch goes on when the one who caused it has gone; the others get what it brings."""
    checking = check(pause=0)
    await checking.keys.start()
    issuer.keys = {"second": SECOND}
    gone = asyncio.create_task(checking.who(SECOND, "second"))
    await asyncio.sleep(0)
    waits = asyncio.create_task(checking.who(SECOND, "second"))
    gone.cancel()
    assert await waits == "ann"
    assert gone.cancelled()
    assert issuer.asked == 2


async def test_the_url_away(issuer: Issuer, check: Check) -> None:
    """Keys that are known stay in force; strangers are refused; back again, it is asked again."""
    checking = check(pause=0)
    await checking.keys.start()
    await issuer.down()
    assert await checking.who(FIRST, "first") == "ann"
    with pytest.raises(UnknownKey):
        await checking.who(SECOND, "second")
    assert await checking.who(FIRST, "first") == "ann"
    issuer.keys = {"first": FIRST, "second": SECOND}
    await issuer.up()
    assert await checking.who(SECOND, "second") == "ann"


async def test_away_from_the_beginning(issuer: Issuer, check: Check) -> None:
    """A server starts without the keys, says that they are away, and has them once they are back."""
    await issuer.down()
    checking = check(pause=0.01)
    await checking.keys.start()
    with pytest.raises(Unavailable, match="try again"):
        await checking.who(FIRST, "first")
    await issuer.up()
    await eventually(lambda: knows(checking.keys, "first"))
    assert await checking.who(FIRST, "first") == "ann"


def _endless() -> web.Response:
    return web.Response(text=json.dumps({"keys": [], "x": "y" * 300_000}))


def _elsewhere() -> web.Response:
    return web.Response(status=302, headers={"Location": "/keys?again"})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_endless, "larger than"),
        (_elsewhere, "was 302"),
        (lambda: web.Response(status=500, text="secret page"), "was 500"),
        (lambda: web.Response(text="<html>"), "not a JSON Web Key Set"),
        (lambda: web.json_response([]), "not a JSON Web Key Set"),
    ],
    ids=["too large", "redirect", "error", "page", "list"],
)
async def test_an_answer_that_is_no_key_set(
    issuer: Issuer,
    check: Check,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[], web.Response],
    reason: str,
) -> None:
    """The keys of before stay, and the log says why, without the address."""
    checking = check(pause=0)
    await checking.keys.start()
    issuer.answer = answer
    with caplog.at_level(logging.WARNING), pytest.raises(UnknownKey):
        await checking.who(SECOND, "second")
    assert issuer.asked == 2
    told = [record.__dict__["reason"] for record in caplog.records]
    assert len(told) == 1
    assert reason in told[0]
    assert issuer.url not in caplog.text
    assert await checking.who(FIRST, "first") == "ann"

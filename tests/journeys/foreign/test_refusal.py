"""Who may not come in: told so, in the way each client understands, and shown nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.foreign import FOREIGN, HOCUSPOCUS, KINDS, Company, Visitor
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

TOLERATES = ("warn: Permission denied",)
"""What y-websocket prints when it is refused; version 2 each time it tries."""

_CLOSES = {"forbidden": 4403, "unauthenticated": 4401, "token_expired": 4401}
_WRONG = {
    "nonsense": "unauthenticated",
    "forged": "unauthenticated",
    "expired": "token_expired",
    "elsewhere": "forbidden",
}
"""Tokens that do not open a document, and the error they are answered with."""


@pytest_asyncio.fixture(loop_scope="module")
async def ann(guarded: RunningServer, document: str) -> AsyncIterator[Guest]:
    """Let in somebody who writes a secret."""
    ann = await Guest.connect(guarded.url, auth={"token": token("ann", {document: "editor"})})
    await ann.join(document)
    await ann.type(document, "secret")
    yield ann
    await ann.close()


async def is_told(visitor: Visitor, code: str) -> None:
    """Return once the client was told that it is refused, and stopped where it can."""
    kind = visitor.kind
    if kind == "native":
        assert (await visitor.hears("error"))["code"] == code
    elif kind == "y-socket.io":
        error = await visitor.hears("error")
        assert error["message"]
        assert error["data"]["code"] == code
        await visitor.stands(active=False, connected=False)
    elif kind == "y-websocket":
        closed = await visitor.hears("closed")
        assert closed["code"] == _CLOSES[code]
        assert closed["reason"]
        await visitor.stands(active=False, connected=False, connections=0)
        assert closed["reason"] in await warning_of(visitor)
    elif kind == "y-websocket-2":
        # Before version 3.1 they come back after every code; they are told each time.
        closed = await visitor.hears("close", code=_CLOSES[code])
        assert closed["reason"]
        assert closed["reason"] in await warning_of(visitor)
    else:
        assert (await visitor.hears("authenticationFailed"))["reason"]


async def warning_of(visitor: Visitor) -> str:
    """Return what y-websocket showed of the refusal in the page's console."""
    warning, *again = await visitor.company.complaints()
    assert warning.startswith("warn: Permission denied")
    assert set(again) <= {warning}
    return warning


def beyond(document: str) -> dict[str, str]:
    """Return tokens that do not open `document`, by what is wrong."""
    return {
        "nonsense": "nonsense",
        "forged": token("ben", {document: "owner"}, secret=SECRET[::-1]),
        "expired": token("ben", {document: "owner"}, seconds=-60),
        "elsewhere": token("ben", {f"{document}-2": "owner", "x*": "owner"}),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", _WRONG)
async def test_a_wrong_token_is_refused(
    kind: str,
    wrong: str,
    guarded: RunningServer,
    visitors: Company,
    document: str,
    ann: Guest,
) -> None:
    """The client learns it; neither text nor cursor goes through, either way."""
    ben = await visitors.open("ben", kind, guarded.url, document, token=beyond(document)[wrong])
    await ben.type("intruder")
    await is_told(ben, _WRONG[wrong])
    assert await ben.text() == "intruder"
    assert not (await ben.standing())["synced"]
    assert (await ann.type(document, "!"))["sequence"] == 2
    assert str(ann.person) == "secret!"
    assert "awareness" not in {event for event, _ in ann.heard}


@pytest.mark.parametrize("kind", KINDS)
async def test_no_token_is_refused(
    kind: str, guarded: RunningServer, visitors: Company, document: str, ann: Guest
) -> None:
    """Whoever brings none is told to; version 2 of Hocuspocus after a while, for it only waits."""
    ben = await visitors.open("ben", kind, guarded.url, document)
    await is_told(ben, "unauthenticated")
    assert await ben.text() == ""


@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if kind != "y-websocket-2"])
async def test_after_a_refusal_the_right_token_opens(
    kind: str, guarded: RunningServer, visitors: Company, document: str, ann: Guest
) -> None:
    """The same client object, given a right token and connected again, comes in."""
    ben = await visitors.open("ben", kind, guarded.url, document, token="nonsense")
    await ben.type("ben was here, ")
    await is_told(ben, "unauthenticated")
    await ben.ask("token", token=token("ben", {document: "editor"}))
    if kind in HOCUSPOCUS:
        await ben.disconnect()
    await ben.connect()
    await ben.synced()
    await ben.ask("untilLength", length=len("ben was here, secret"))
    await ann.reads(await ben.text())


async def test_who_comes_back_after_every_refusal_is_slowed_down(
    guarded: RunningServer, visitors: Company, document: str, ann: Guest
) -> None:
    """y-websocket 2 tries again 100 ms after each refusal, with a token that will never do."""
    ben = await visitors.open("ben", "y-websocket-2", guarded.url, document, token="nonsense")
    await ben.hears("close", code=4401)
    started, since = asyncio.get_running_loop().time(), await ben.mark()
    for _ in range(3):
        await ben.hears("close", code=4401, since=since)
        since = await ben.mark()
    assert asyncio.get_running_loop().time() - started > 3.0

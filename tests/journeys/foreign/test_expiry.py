"""Tokens that end in mid-session."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.foreign import FOREIGN, HOCUSPOCUS, Company
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import token

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("kind", FOREIGN),
]

TOLERATES = ("warn: Permission denied",)
"""What y-websocket prints when it is refused."""

_BELIEVED = 3.0


async def test_a_fresh_token_goes_on(
    kind: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """The client has a newer token when asked again: it comes back by itself, no edit lost."""
    roles = {document: "editor"}
    ann = await Guest.connect(guarded.url, auth={"token": token("ann", roles)})
    await ann.join(document)
    ben = await visitors.open(
        "ben", kind, guarded.url, document, token=token("ben", roles, seconds=_BELIEVED)
    )
    ended = asyncio.get_running_loop().time() + _BELIEVED + 0.5
    await ben.synced()
    await ben.ask("token", token=token("ben", roles))
    written = ""
    # Somebody types on, through the end of the token.
    while asyncio.get_running_loop().time() < ended:
        await ben.type("x")
        written += "x"
        await asyncio.sleep(0.05)
    await ben.type(" after")
    await ann.reads(f"{written} after")
    await ben.synced()
    await ben.cursor("here")
    cat = await visitors.open("cat", "native", guarded.url, document, token=token("cat", roles))
    await cat.sees(ben, "here")
    if kind not in HOCUSPOCUS:
        assert len(await ben.events(event="transport")) > 2
    await ann.close()


async def test_without_a_fresh_token_it_ends(
    kind: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """The client is cut off and told; it gets and gives nothing any more."""
    roles = {document: "editor"}
    ann = await Guest.connect(guarded.url, auth={"token": token("ann", roles)})
    await ann.join(document)
    ben = await visitors.open(
        "ben", kind, guarded.url, document, token=token("ben", roles, seconds=_BELIEVED)
    )
    await ben.synced()
    if kind == "y-socket.io":
        assert (await ben.hears("error"))["data"]["code"] == "token_expired"
        await ben.stands(active=False, connected=False)
    elif kind == "y-websocket":
        await ben.hears("closed", code=4401)
        await ben.stands(active=False, connected=False)
    elif kind == "y-websocket-2":
        await ben.hears("close", code=4401)
    else:
        await ben.hears("authenticationFailed")
    assert (await ann.type(document, "later"))["ok"]
    await ben.type("lost")
    cat = await visitors.open("cat", "native", guarded.url, document, token=token("cat", roles))
    await cat.reads("later")
    assert await ben.text() == "lost"
    assert str(ann.person) == "later"
    if kind.startswith("y-websocket"):
        told = await visitors.complaints()
        assert told
        assert all("The token has expired" in one for one in told)
    await ann.close()

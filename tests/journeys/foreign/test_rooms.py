"""Names that are no document ids: every client is told, none waits for ever."""

from __future__ import annotations

import pytest

from tests.support.foreign import FOREIGN, KINDS, Company
from tests.support.server import RunningServer

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

_NAMES = {
    "comma": "a,b",
    "comma-first": ",a",
    "space": "my room",
    "slash": "a/b",
    "letters": "Gebäude",
    "percent": "a%2Fb",
    "hidden": ".a",
    "long": "x" * 129,
}


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("kind", [kind for kind in FOREIGN if kind != "y-websocket-2"])
async def test_is_refused(kind: str, name: str, house: RunningServer, visitors: Company) -> None:
    """The client's own event for a refusal comes, with a sentence; it does not go on trying.

    But for a comma: y-socket.io's client does not recognise an answer to such a name as its own, so
    all that can be done is to close the connection, which it notices each time it tries.
    """
    ben = await visitors.open("ben", kind, house.url, _NAMES[name], token="-")
    if kind == "y-socket.io" and "," in _NAMES[name]:
        await ben.hears("close", reason="transport close")
    elif kind == "y-socket.io":
        assert (await ben.hears("error"))["message"]
        await ben.stands(active=False, connected=False)
    elif kind == "y-websocket":
        reason = (await ben.hears("closed"))["reason"]
        (warning,) = await visitors.complaints()
        assert warning.startswith("warn: Permission denied")
        assert reason
        assert reason in warning
        await ben.stands(active=False, connected=False)
    else:
        assert (await ben.hears("authenticationFailed"))["reason"]
    assert not (await ben.standing())["synced"]


@pytest.mark.parametrize("tail", ["#part", "?x=1"])
async def test_what_the_client_cuts_off_is_no_part_of_the_name(
    tail: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """y-socket.io itself never sends what follows a # or a ?: the room is the part before it."""
    ben = await visitors.open("ben", "y-socket.io", house.url, document + tail)
    ann = await visitors.open("ann", "native", house.url, document)
    await ben.synced()
    await ben.type("one room")
    await ann.reads("one room")


@pytest.mark.parametrize("kind", KINDS)
async def test_every_allowed_character_is_a_name(
    kind: str, house: RunningServer, visitors: Company
) -> None:
    """Ids with every kind of allowed character, as long as allowed, lead to one room."""
    document = f"{kind}-Az09._~-".ljust(128, "z")
    ben = await visitors.open("ben", kind, house.url, document, token="-")
    ann = await visitors.open("ann", "native", house.url, document)
    await ben.synced()
    await ben.type("one room")
    await ann.reads("one room")

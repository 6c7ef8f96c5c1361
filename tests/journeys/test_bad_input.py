"""Bad input over a real connection: the named code, and everybody goes on unharmed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import pytest
import socketio

from tests.support.guest import Guest, guests
from tests.support.people import Person
from tests.support.poller import Poller, attached
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(240)

_MakeServer = Callable[..., Awaitable[RunningServer]]

_BAD_IDS: Final = ("", ".x", "-x", "a b", "a/b", "ä", "x" * 129, "a\0b", "😀", "../../etc", "a\n")
_BAD_SHAPES: Final[tuple[Any, ...]] = (
    None, 7, "d", b"d", [], ["d"], {}, {"document": 7}, {"document": None},
    {"document": ["d"]}, {"document": {"d": 1}}, {"document": b"d"},
)  # fmt: skip
_EVENTS: Final[dict[str, dict[str, Any]]] = {
    "joinDocument": {},
    "leaveDocument": {},
    "update": {"update": b"\0\0"},
    "syncDocument": {"stateVector": b"\0"},
    "awareness": {"update": b"\0"},
}
_BAD_FIELDS: Final[tuple[tuple[str, str, Any], ...]] = (
    ("joinDocument", "stateVector", "text"),
    ("joinDocument", "stateVector", 7),
    ("joinDocument", "clientId", -1),
    ("joinDocument", "clientId", 2**53),
    ("joinDocument", "clientId", "1"),
    ("joinDocument", "clientId", 1.5),
    ("joinDocument", "awareness", {"a": 1}),
    ("update", "update", "AAA="),
    ("update", "update", None),
    ("update", "update", [0, 0]),
    ("syncDocument", "stateVector", None),
    ("awareness", "update", "x"),
)
_BAD_UPDATES: Final = (
    b"", b"\0", b"\xff" * 20, b"\x01", b"\x01\x01\x01\x00\x84\x7f\x05hello\x00",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\x00\x00\x00",
    b"\xff\xff\xff\xff\x0f\x00", b"\x01\xff\xff\xff\xff\x0f\x01\x00\x04\x01\x01t\x01a\x00",
)  # fmt: skip


async def is_unharmed(guest: Guest, other: Guest) -> None:
    """Fail unless `guest` can still write and `other` still reads it."""
    guest.person, other.person = Person(), Person()
    await guest.join("proof")
    await other.join("proof")
    answer = await guest.type("proof", "x")
    assert answer["ok"]
    await other.reads(str(guest.person))


async def test_ids_and_shapes(server: RunningServer) -> None:
    """Every event refuses ids and shapes it cannot use, each with its code."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        for event, fields in _EVENTS.items():
            for bad in _BAD_IDS:
                code = await ann.refusal(event, {"document": bad, **fields})
                assert code == "invalid_document_id", (event, bad)
            for shape in _BAD_SHAPES:
                payload = {**fields, **shape} if isinstance(shape, dict) else shape
                assert await ann.refusal(event, payload) == "invalid_request", (event, shape)
        for shape in (None, 7, {}, {"token": 7}, {"token": "x" * 20_000}):
            assert await ann.refusal("refreshToken", shape) == "invalid_request"
        assert await ann.refusal("noSuchEvent", {"document": "d"}) == "invalid_request"
        await is_unharmed(ann, ben)


async def test_fields_and_bytes(server: RunningServer) -> None:
    """Fields of the wrong type and malformed bytes are refused, and the text stays as it was."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        await ann.join("d")
        await ann.type("d", "text")
        for event, field, value in _BAD_FIELDS:
            payload = {"document": "d", **_EVENTS[event], field: value}
            assert await ann.refusal(event, payload) == "invalid_request", (event, field, value)
        for update in _BAD_UPDATES:
            payload = {"document": "d", "update": update}
            assert await ann.refusal("update", payload) == "invalid_update", update
        for vector in (b"", b"\xff" * 12, b"\x02\x01"):
            payload = {"document": "d", "stateVector": vector}
            assert (await ann.refusal("syncDocument", payload)).startswith("invalid_")
            if vector:
                assert (await ben.refusal("joinDocument", payload)).startswith("invalid_")
        for awareness in (b"", b"\xff" * 12, b"\x01\x01\x01\x05{bad}", b"\x01\x01\x01\x017"):
            payload = {"document": "d", "update": awareness}
            assert await ann.refusal("awareness", payload) == "invalid_update", awareness
        await ben.join("d")
        assert str(ben.person) == "text"
        await is_unharmed(ann, ben)


async def test_who_has_not_joined(server: RunningServer) -> None:
    """Events for a room one is not in, or has left, are refused with `not_joined`."""
    async with guests(server.url, "ann", "ben") as (ann, ben):
        for event in ("leaveDocument", "update", "syncDocument", "awareness"):
            payload = {"document": "d", **_EVENTS[event]}
            assert await ann.refusal(event, payload) == "not_joined", event
        await ann.join("d")
        assert await ann.ask("leaveDocument", {"document": "d"}) == {"ok": True}
        assert await ann.refusal("update", {"document": "d", "update": b"\0\0"}) == "not_joined"
        await is_unharmed(ann, ben)


async def test_an_update_of_40_mb(server: RunningServer) -> None:
    """It is refused by name over either transport, and the connection that sent it goes on."""
    huge = bytes(40 * 1024 * 1024)
    async with (
        guests(server.url, "ann", "ben") as (ann, ben),
        aiohttp.ClientSession() as session,
    ):
        await ann.join("d")
        answer = await ann.ask("update", {"document": "d", "update": huge}, seconds=120)
        assert answer["error"]["code"] == "update_too_large"
        await is_unharmed(ann, ben)
        poller = Poller(server.url, session)
        await poller.open("d")
        await poller.post(attached(huge, 1), 1)
        assert "update_too_large" in await poller.until("431[")
        await poller.post(attached(ann.person.type("small"), 2), 1)
        assert (await poller.until("432[")).startswith('432[{"ok":true')


async def test_a_document_that_grows_beyond_its_cap(make_server: _MakeServer) -> None:
    """The update that would not fit is refused; what fits before and after is taken."""
    server = await make_server(COLLAB_DOCUMENT_BYTES=str(64 * 1024))
    async with guests(server.url, "ann", "ben") as (ann, ben):
        await ann.join("d")
        await ben.join("d")
        assert (await ann.type("d", "a" * 40_000))["ok"]
        await ben.reads("a" * 40_000)
        refused = await ann.type("d", "b" * 40_000)
        assert refused["error"]["code"] == "document_too_large"
        assert (await ben.type("d", "c"))["ok"]
        async with guests(server.url, "cat") as (cat,):
            await cat.join("d")
            assert str(cat.person) == "a" * 40_000 + "c"


async def test_a_flood_of_events(make_server: _MakeServer) -> None:
    """Beyond the rate the sender is told `rate_limited`; others do not notice."""
    server = await make_server(COLLAB_EVENTS_PER_SECOND="50", COLLAB_EVENT_BURST="100")
    async with guests(server.url, "mallory", "ann", "ben") as (mallory, ann, ben):
        await mallory.join("d")
        sync = {"document": "d", "stateVector": b"\0"}
        answers = await asyncio.gather(*(mallory.ask("syncDocument", sync) for _ in range(2_000)))
        codes = {"ok" if answer["ok"] else answer["error"]["code"] for answer in answers}
        assert codes == {"ok", "rate_limited"}
        await is_unharmed(ann, ben)


async def test_a_connection_that_will_not_say_who_it_is(server: RunningServer) -> None:
    """Unusable `auth` is refused at the door with its code; unusable names are replaced."""
    for auth in ({"name": 7}, {"token": ["x"]}, {"name": "x" * 2_000}):
        client = socketio.AsyncClient(reconnection=False)
        told: list[Any] = []

        async def refused(data: Any, told: list[Any] = told) -> None:
            told.append(data)

        client.on("connect_error", refused)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(server.url, auth=auth, transports=["websocket"])
        await client.shutdown()
        assert told[0]["data"]["code"] == "invalid_request", auth
    ann = await Guest.connect(server.url, auth={"name": "\0\n\u202e", "color": "url(evil)"})
    answer = await ann.join("d")
    assert answer["user"]["name"].isprintable()
    assert answer["user"]["color"].startswith("#")
    await ann.close()

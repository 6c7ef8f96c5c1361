"""Every role, every action, every door: the table of roles decides, and nothing else does.

A door or an action that is added without a row here fails the first test.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import aiohttp
import pytest
import socketio

import collab.gateway
from collab.access.roles import Action, Role, allows
from collab.crdt.awareness import AwarenessEntry, encode_awareness
from collab.crdt.lib0 import write_bytes, write_string
from tests.support.guest import Guest
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.timeout(300)

_MakeServer = Callable[..., Awaitable[RunningServer]]

_TEXT: Final = "what stood there"
_EDIT: Final = " and what was added"
_CLIENT: Final = 4_242
_ROLES: Final = (None, *Role)
"""None: a person with a token, and without a role in the document."""
_numbers = count(1)


@dataclass(slots=True)
class Stage:
    """A server that asks for tokens, and a document for one try."""

    server: RunningServer
    http: aiohttp.ClientSession
    role: Role | None
    document: str = ""
    state: bytes = b""
    owner: str = field(default_factory=lambda: token("olga", {"*": "owner"}))

    @property
    def token(self) -> str:
        """What the person who tries presents."""
        roles = {} if self.role is None else {self.document: self.role.label}
        return token("ann", roles)

    async def prepare(self, *, exists: bool) -> None:
        """Choose a new document, and have its owner write it if it is to exist."""
        self.document = f"matrix-{next(_numbers)}"
        person = Person(_CLIENT - 1)
        person.type(_TEXT)
        self.state = person.state
        if exists:
            made = await self.ask("POST", "/documents", self.owner, json={"id": self.document})
            assert made == 201
            updates = f"/documents/{self.document}/updates"
            assert await self.ask("POST", updates, self.owner, data=self.state) == 200

    async def ask(self, method: str, path: str, bearer: str, **options: Any) -> int:
        """Send a request as the holder of a token; return the status."""
        headers = {"Authorization": f"Bearer {bearer}"}
        if "data" in options:
            headers["Content-Type"] = "application/octet-stream"
        url = f"{self.server.url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, **options) as answer:
            await answer.read()
            return answer.status

    async def text(self) -> str:
        """Return what the document says now, as its owner reads it."""
        headers = {"Authorization": f"Bearer {self.owner}"}
        url = f"{self.server.url}/api/v1/documents/{self.document}/state"
        reader = Person()
        async with self.http.get(url, headers=headers) as answer:
            assert answer.status == 200
            reader.hear(await answer.read())
        return str(reader)

    def edit(self) -> bytes:
        """Return an update by the person who tries."""
        person = Person(_CLIENT)
        person.hear(self.state)
        return person.type(_EDIT)

    @asynccontextmanager
    async def observer(self) -> AsyncIterator[Guest]:
        """Let the owner look on from a browser of their own."""
        guest = await Guest.connect(self.server.url, auth={"token": self.owner})
        try:
            await guest.join(self.document)
            yield guest
        finally:
            await guest.close()


Way = Callable[[Stage], Awaitable[bool]]
"""Tries an action and returns whether it was let through."""

_CURSOR: Final = encode_awareness([AwarenessEntry(_CLIENT, 1, '{"user":{"name":"ann"}}')])


async def _is_seen(observer: Guest) -> bool:
    payload = await observer.hears("awareness")
    return b"ann" in payload["update"]


# --- Socket.IO ---


@asynccontextmanager
async def _native(stage: Stage) -> AsyncIterator[tuple[Guest, dict[str, Any]]]:
    guest = await Guest.connect(stage.server.url, auth={"token": stage.token})
    try:
        yield guest, await guest.ask("joinDocument", {"document": stage.document})
    finally:
        await guest.close()


async def _native_read(stage: Stage) -> bool:
    async with _native(stage) as (guest, joined):
        if joined["ok"]:
            guest.person.hear(joined["update"])
            assert str(guest.person) == _TEXT
        return bool(joined["ok"])


async def _native_appear(stage: Stage) -> bool:
    async with stage.observer() as observer, _native(stage) as (guest, _):
        said = {"document": stage.document, "update": _CURSOR}
        answer = await guest.ask("awareness", said)
        return bool(answer["ok"]) and await _is_seen(observer)


async def _native_edit(stage: Stage) -> bool:
    async with _native(stage) as (guest, _):
        said = {"document": stage.document, "update": stage.edit()}
        return bool((await guest.ask("update", said))["ok"])


async def _native_create(stage: Stage) -> bool:
    async with _native(stage) as (_, joined):
        return bool(joined["ok"])


# --- y-socket.io ---


class _Namespace:
    """A stock Socket.IO client in the namespace of a document."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._namespace = f"/yjs|{stage.document}"
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("sync-step-1", self._has_nothing, namespace=self._namespace)

    def _has_nothing(self, _state_vector: bytes) -> bytes:
        return b"\0\0"

    async def is_let_in(self) -> bool:
        try:
            await self.socket.connect(
                self._stage.server.url,
                auth={"token": self._stage.token},
                namespaces=[self._namespace],
                transports=["websocket"],
            )
        except socketio.exceptions.ConnectionError:
            return False
        return True

    async def ask(self, event: str, payload: bytes) -> Any:
        return await self.socket.call(event, payload, namespace=self._namespace, timeout=20)

    async def say(self, event: str, payload: bytes) -> None:
        await self.socket.emit(event, payload, namespace=self._namespace)

    async def close(self) -> None:
        await self.socket.disconnect()


@asynccontextmanager
async def _namespace(stage: Stage) -> AsyncIterator[_Namespace | None]:
    client = _Namespace(stage)
    try:
        yield client if await client.is_let_in() else None
    finally:
        await client.close()


async def _namespace_read(stage: Stage) -> bool:
    async with _namespace(stage) as client:
        if client is None:
            return False
        reader = Person()
        reader.hear(await client.ask("sync-step-1", b"\0"))
        return str(reader) == _TEXT


async def _namespace_appear(stage: Stage) -> bool:
    async with stage.observer() as observer, _namespace(stage) as client:
        if client is None:
            return False
        await client.say("awareness-update", _CURSOR)
        return await _is_seen(observer)


async def _namespace_edit(stage: Stage) -> bool:
    async with _namespace(stage) as client:
        return client is not None and bool((await client.ask("sync-update", stage.edit()))["ok"])


async def _namespace_create(stage: Stage) -> bool:
    async with _namespace(stage) as client:
        return client is not None


# --- y-websocket ---


class _Frames:
    """A WebSocket and what must stand in front of each message."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, head: bytes) -> None:
        self._socket = socket
        self._head = head

    async def say(self, body: bytes) -> None:
        await self._socket.send_bytes(self._head + body)

    async def hears(self, *starts: bytes) -> bytes | None:
        """Return the next message that starts like one of these; None when it is over."""
        async with asyncio.timeout(20):
            async for message in self._socket:
                for start in starts:
                    if message.data.startswith(self._head + start):
                        body: bytes = message.data[len(self._head) :]
                        return body
        return None


_STEP_1: Final = b"\0\0\1\0"
_STEP_2: Final = b"\0\1"


@asynccontextmanager
async def _plain(stage: Stage) -> AsyncIterator[_Frames]:
    url = f"{stage.server.url}/yjs/{stage.document}"
    async with stage.http.ws_connect(url, params={"token": stage.token}) as socket:
        yield _Frames(socket, b"")


def _says(step_2: bytes) -> str:
    """Return the text of a step 2 (of less than 128 bytes)."""
    reader = Person()
    assert step_2[2] < 0x80
    reader.hear(step_2[3:])
    return str(reader)


async def _plain_read(stage: Stage) -> bool:
    async with _plain(stage) as client:
        await client.say(_STEP_1)
        answer = await client.hears(_STEP_2)
        return answer is not None and _says(answer) == _TEXT


async def _plain_appear(stage: Stage) -> bool:
    async with stage.observer() as observer, _plain(stage) as client:
        await client.say(b"\1" + write_bytes(_CURSOR))
        await client.say(_STEP_1)
        return await client.hears(_STEP_2) is not None and await _is_seen(observer)


async def _plain_edit(stage: Stage) -> bool:
    async with _plain(stage) as client:
        await client.say(b"\0\2" + write_bytes(stage.edit()))
        await client.say(_STEP_1)
        answer = await client.hears(_STEP_2)
        return answer is not None and _says(answer) == _TEXT + _EDIT


async def _plain_create(stage: Stage) -> bool:
    async with _plain(stage) as client:
        await client.say(_STEP_1)
        return await client.hears(_STEP_2) is not None


# --- Hocuspocus ---


@asynccontextmanager
async def _hocuspocus(stage: Stage) -> AsyncIterator[_Frames | None]:
    async with stage.http.ws_connect(f"{stage.server.url}/hocuspocus") as socket:
        client = _Frames(socket, write_string(stage.document))
        await client.say(b"\2\0" + write_string(stage.token))
        answer = await client.hears(b"\2\1", b"\2\2")
        yield client if answer is not None and answer.startswith(b"\2\2") else None


async def _hocuspocus_read(stage: Stage) -> bool:
    async with _hocuspocus(stage) as client:
        if client is None:
            return False
        await client.say(_STEP_1)
        answer = await client.hears(_STEP_2)
        return answer is not None and _says(answer) == _TEXT


async def _hocuspocus_appear(stage: Stage) -> bool:
    async with stage.observer() as observer, _hocuspocus(stage) as client:
        if client is None:
            return False
        await client.say(b"\1" + write_bytes(_CURSOR))
        return await _is_seen(observer)


async def _hocuspocus_edit(stage: Stage) -> bool:
    async with _hocuspocus(stage) as client:
        if client is None:
            return False
        await client.say(b"\0\2" + write_bytes(stage.edit()))
        return await client.hears(b"\x08") == b"\x08\1"


async def _hocuspocus_create(stage: Stage) -> bool:
    async with _hocuspocus(stage) as client:
        return client is not None


# --- HTTP ---


def _request(method: str, path: str, **options: Any) -> Way:
    async def ask(stage: Stage) -> bool:
        filled = path.replace("{id}", stage.document)
        status = await stage.ask(method, f"/documents{filled}", stage.token, **options)
        assert status < 400 or status == 403, (method, path, status)
        return status < 400

    return ask


async def _http_edit(stage: Stage) -> bool:
    return await _request("POST", "/{id}/updates", data=stage.edit())(stage)


async def _http_create(stage: Stage) -> bool:
    return await _request("POST", "", json={"id": stage.document})(stage)


_HTTP: Final[Mapping[Action, Way]] = {
    Action.READ: _request("GET", "/{id}/content?format=yjs"),
    Action.EDIT: _http_edit,
    Action.CREATE: _http_create,
    Action.RENAME: _request("PATCH", "/{id}", json={"title": "New"}),
    Action.DELETE: _request("DELETE", "/{id}"),
    Action.NAME_VERSION: _request("POST", "/{id}/versions", json={"name": "Now"}),
    Action.RESTORE: _request("POST", "/{id}/versions/1/restore"),
    Action.ERASE_HISTORY: _request("POST", "/{id}/history/erase", json={"before": "now"}),
    Action.READ_MEMBERS: _request("GET", "/{id}/members"),
    Action.SHARE: _request("PUT", "/{id}/members/ben", json={"role": "viewer"}),
    Action.TRANSFER: _request("POST", "/{id}/transfer", json={"to": "ben"}),
    Action.READ_AUDIT: _request("GET", "/{id}/audit"),
}

_ONLY_HTTP: Final = (
    Action.RENAME,
    Action.DELETE,
    Action.NAME_VERSION,
    Action.RESTORE,
    Action.ERASE_HISTORY,
    Action.READ_MEMBERS,
    Action.SHARE,
    Action.TRANSFER,
    Action.READ_AUDIT,
)
"""What no socket offers."""

_WAYS: Final[Mapping[str, Mapping[Action, Way | None]]] = {
    "NativeDoor": {
        Action.READ: _native_read,
        Action.APPEAR: _native_appear,
        Action.EDIT: _native_edit,
        Action.CREATE: _native_create,
        **dict.fromkeys(_ONLY_HTTP),
    },
    "YSocketIoDoor": {
        Action.READ: _namespace_read,
        Action.APPEAR: _namespace_appear,
        Action.EDIT: _namespace_edit,
        Action.CREATE: _namespace_create,
        **dict.fromkeys(_ONLY_HTTP),
    },
    "YWebsocketDoor": {
        Action.READ: _plain_read,
        Action.APPEAR: _plain_appear,
        Action.EDIT: _plain_edit,
        Action.CREATE: _plain_create,
        **dict.fromkeys(_ONLY_HTTP),
    },
    "HocuspocusDoor": {
        Action.READ: _hocuspocus_read,
        Action.APPEAR: _hocuspocus_appear,
        Action.EDIT: _hocuspocus_edit,
        Action.CREATE: _hocuspocus_create,
        **dict.fromkeys(_ONLY_HTTP),
    },
    "HTTP": {**_HTTP, Action.APPEAR: None},
}
"""Every door and every action: a way to try it, or None where the door does not offer it."""


def _doors() -> set[str]:
    """Return the names of all doors there are in the gateway."""
    names: set[str] = set()
    for module in pkgutil.iter_modules(collab.gateway.__path__):
        found = vars(importlib.import_module(f"collab.gateway.{module.name}"))
        names |= {name for name in found if name.endswith("Door") and isinstance(found[name], type)}
    return names


def test_nothing_is_left_out() -> None:
    """Each door of the gateway, and HTTP, has a row for each action of the table."""
    assert set(_WAYS) == _doors() | {"HTTP"}
    for door, ways in _WAYS.items():
        assert set(ways) == set(Action), door


@pytest.mark.parametrize("door", _WAYS)
async def test_the_table_decides(make_server: _MakeServer, door: str) -> None:
    """Each role is let through where the table says so, and changes nothing anywhere else."""
    server = await make_server("--auth", "jwt", COLLAB_JWT_SECRET=SECRET)
    async with aiohttp.ClientSession() as http:
        for action, way in _WAYS[door].items():
            for role in _ROLES if way is not None else ():
                assert way is not None
                stage = Stage(server, http, role)
                await stage.prepare(exists=action is not Action.CREATE)
                expected = role is not None and allows(role, action)
                async with asyncio.timeout(30):
                    assert await way(stage) is expected, (door, action, role)
                await _check_text(stage, action, was_allowed=expected)
    assert "Traceback" not in server.log()


async def _check_text(stage: Stage, action: Action, *, was_allowed: bool) -> None:
    """Fail unless the document says what it should after the try."""
    if action in (Action.CREATE, Action.DELETE):
        status = await stage.ask("GET", f"/documents/{stage.document}", stage.owner)
        is_there = was_allowed is (action is Action.CREATE)
        assert status == (200 if is_there else 404), (action, stage.role)
        return
    expected = _TEXT + (_EDIT if action is Action.EDIT and was_allowed else "")
    assert await stage.text() == expected, (action, stage.role)

"""Ways to try each action at each door, with clients that stop at nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import aiohttp
import socketio

from collab.access.roles import Action, Role
from collab.crdt.awareness import AwarenessEntry, encode_awareness
from collab.crdt.lib0 import write_bytes, write_string
from tests.support.guest import Guest
from tests.support.people import Person
from tests.support.server import RunningServer
from tests.support.tokens import token

__all__ = [
    "EDIT",
    "HOCUSPOCUS",
    "HTTP",
    "NATIVE",
    "TEXT",
    "Y_SOCKET_IO",
    "Y_WEBSOCKET",
    "Stage",
    "Way",
]

TEXT: Final = "what stood there"
EDIT: Final = " and what was added"
_CLIENT: Final = 4_242
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
        person.type(TEXT)
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
        return person.type(EDIT)

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
            assert str(guest.person) == TEXT
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
        return str(reader) == TEXT


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
        return answer is not None and _says(answer) == TEXT


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
        return answer is not None and _says(answer) == TEXT + EDIT


async def _plain_create(stage: Stage) -> bool:
    async with _plain(stage) as client:
        await client.say(_STEP_1)
        return await client.hears(_STEP_2) is not None


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
        return answer is not None and _says(answer) == TEXT


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


HTTP: Final[Mapping[Action, Way]] = {
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

NATIVE: Final[Mapping[Action, Way]] = {
    Action.READ: _native_read,
    Action.APPEAR: _native_appear,
    Action.EDIT: _native_edit,
    Action.CREATE: _native_create,
}

Y_SOCKET_IO: Final[Mapping[Action, Way]] = {
    Action.READ: _namespace_read,
    Action.APPEAR: _namespace_appear,
    Action.EDIT: _namespace_edit,
    Action.CREATE: _namespace_create,
}

Y_WEBSOCKET: Final[Mapping[Action, Way]] = {
    Action.READ: _plain_read,
    Action.APPEAR: _plain_appear,
    Action.EDIT: _plain_edit,
    Action.CREATE: _plain_create,
}

HOCUSPOCUS: Final[Mapping[Action, Way]] = {
    Action.READ: _hocuspocus_read,
    Action.APPEAR: _hocuspocus_appear,
    Action.EDIT: _hocuspocus_edit,
    Action.CREATE: _hocuspocus_create,
}

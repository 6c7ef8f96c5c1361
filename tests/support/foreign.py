"""Stock clients of every kind, in one Node process, for tests that run a server meanwhile."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.support.node import PEER, node_path

__all__ = ["FOREIGN", "HOCUSPOCUS", "KINDS", "Company", "Visitor", "address", "company"]

HOCUSPOCUS: Final = ("hocuspocus-2", "hocuspocus-3", "hocuspocus-4")
FOREIGN: Final = ("y-socket.io", "y-websocket", "y-websocket-2", *HOCUSPOCUS)
KINDS: Final = ("native", *FOREIGN)
"""Our own client and the published ones, by the names the Node program knows."""

_LINE_LIMIT: Final = 64 * 1024 * 1024
_SLACK: Final = 30.0
"""Seconds beyond its own wait before the Node program counts as hung."""


def address(kind: str, url: str) -> str:
    """Return where a client of `kind` is pointed at, for the server at `url`."""
    socket = url.replace("http://", "ws://", 1)
    if kind.startswith("y-websocket"):
        return f"{socket}/yjs"
    if kind.startswith("hocuspocus"):
        return f"{socket}/hocuspocus"
    return url


class Company:
    """The visitors of one Node process (`web/packages/peer/src/foreign.mjs`)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, action: str, **order: object) -> Any:
        """Have something done, after everything asked before; return its value.

        Raises `AssertionError` with what was seen instead, and `TimeoutError` if Node hangs.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        patience = order.get("seconds", 20.0)
        assert isinstance(patience, int | float)
        async with self._turn, asyncio.timeout(patience + _SLACK):
            stdin.write(json.dumps({"action": action, **order}).encode() + b"\n")
            await stdin.drain()
            line = await stdout.readline()
        assert line, "The Node process ended."
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["ok"]

    async def open(self, client: str, kind: str, url: str, document: str, **more: Any) -> Visitor:
        """Let a client of `kind` at the server `url` open `document`; see `foreign/company.mjs`.

        `token`, `connect=False`, `options` (for the client's constructor), `socket` (one to share).
        """
        target = address(kind, url)
        order = {"client": client, "kind": kind, "url": target, "document": document, **more}
        opened = await self.ask("open", **order)
        return Visitor(self, client, kind, opened["clientId"])

    async def share_socket(self, socket: str, kind: str, url: str) -> None:
        """Make a socket that several Hocuspocus providers may share by its name."""
        await self.ask("socket", socket=socket, kind=kind, url=address(kind, url))

    async def complaints(self) -> list[str]:
        """Return what the clients printed as warnings or let escape as errors since last asked."""
        said: list[str] = await self.ask("complaints")
        return said

    async def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


@dataclass(frozen=True, slots=True)
class Visitor:
    """One client: what it does is asked of the Node process, in order."""

    company: Company
    name: str
    kind: str
    client_id: int

    async def ask(self, action: str, **order: object) -> Any:
        """Have the client do or answer something; see `foreign/company.mjs` and `edits.mjs`."""
        return await self.company.ask(action, client=self.name, **order)

    async def synced(self, *, seconds: float = 20.0) -> None:
        """Return once the client says that it has the document."""
        await self.ask("synced", seconds=seconds)

    async def type(self, words: str) -> None:
        """Type at the end."""
        await self.ask("insert", text=words)

    async def reads(self, text: str, *, seconds: float = 20.0) -> None:
        """Return as soon as the client's replica reads exactly `text`."""
        await self.ask("until", text=text, seconds=seconds)

    async def text(self) -> str:
        """Return what the replica reads now."""
        words: str = await self.ask("text")
        return words

    async def cursor(self, value: object) -> None:
        """Show where the cursor is."""
        await self.ask("cursor", value=value)

    async def sees(self, other: Visitor | int, value: object, *, field: str = "cursor") -> None:
        """Return as soon as this client sees the other's cursor at `value`."""
        await self.ask("untilSees", other=_id(other), field=field, value=value)

    async def sees_gone(self, other: Visitor | int) -> None:
        """Return as soon as this client sees nothing of the other any more."""
        await self.ask("untilSees", other=_id(other))

    async def stands(self, *, seconds: float = 20.0, **standing: object) -> None:
        """Return as soon as the client's own properties have these values."""
        await self.ask("untilStands", standing=standing, seconds=seconds)

    async def standing(self) -> dict[str, Any]:
        """Return the client's own properties: synced, connected, unsyncedChanges, ..."""
        found: dict[str, Any] = await self.ask("standing")
        return found

    async def events(self, *, since: int = 0, event: str | None = None) -> list[dict[str, Any]]:
        """Return what the client said, oldest first, of one kind if told."""
        told: list[dict[str, Any]] = await self.ask("events", since=since)
        return [one for one in told if event in {None, one["event"]}]

    async def mark(self) -> int:
        """Return how much the client has said so far, for `since`."""
        return len(await self.events())

    async def hears(
        self, event: str, *, since: int = 0, seconds: float = 20.0, **match: object
    ) -> dict[str, Any]:
        """Return the first event of this name and with these details, as soon as it is here."""
        wanted = {"event": event, **match}
        found: dict[str, Any] = await self.ask(
            "waitFor", match=wanted, since=since, seconds=seconds
        )
        return found

    async def load(self, update: bytes) -> None:
        """Merge an update made elsewhere, as a copy kept on the device would be."""
        await self.ask("load", update=base64.b64encode(update).decode())

    async def state(self) -> bytes:
        """Return the replica as one update."""
        return base64.b64decode(await self.ask("state"))

    async def cut(self) -> None:
        """Reset the TCP connection under the client, which must have one."""
        assert await self.ask("cut") > 0, f"{self.name} has no connection to cut"

    async def disconnect(self) -> None:
        """Go offline by the client's own means."""
        await self.ask("disconnect")

    async def connect(self) -> None:
        """Go online by the client's own means."""
        await self.ask("connect")

    async def close(self) -> None:
        """Leave for good."""
        await self.ask("close")


def _id(other: Visitor | int) -> int:
    return other.client_id if isinstance(other, Visitor) else other


@asynccontextmanager
async def company(*, tolerates: Sequence[str] = ()) -> AsyncIterator[Company]:
    """Start the Node process; in the end, no client may have complained of the server.

    `tolerates`: beginnings of complaints that belong to the scenario.
    """
    process = await asyncio.create_subprocess_exec(
        *(node_path(), str(PEER / "foreign.mjs")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
    )
    visitors = Company(process)
    try:
        yield visitors
        await visitors.ask("closeAll")
        said = await visitors.complaints()
        assert [one for one in said if not one.startswith(tuple(tolerates))] == []
    finally:
        await visitors.close()

"""Somebody connected to a running server by a stock Socket.IO client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import socketio

from tests.support.people import Person
from tests.support.promises import broken_by_answer, broken_by_event
from tests.support.waiting import eventually

__all__ = ["Guest", "guests"]


class Guest:
    """A connection with a replica: `ask` events and read the acks, look at what was `heard`."""

    def __init__(self) -> None:
        self.person = Person()
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.broken: list[str] = []
        """What the server said otherwise than it promises to."""
        self.socket = socketio.AsyncClient(
            reconnection=False, websocket_extra_options={"max_msg_size": 0}
        )
        self.socket.on("*", self._hear)

    async def _hear(self, event: str, payload: dict[str, Any]) -> None:
        broken = broken_by_event(event, payload)
        if broken is not None:
            self.broken.append(broken)
        if event == "update":
            self.person.hear(payload["update"])
        self.heard.append((event, payload))

    @classmethod
    async def connect(
        cls, url: str, *, transport: str = "websocket", auth: dict[str, Any] | None = None
    ) -> Self:
        """Connect to the server at `url`."""
        guest = cls()
        # A busy server may be merging megabytes for somebody else; the library waits a second unless told.
        await guest.socket.connect(url, auth=auth, transports=[transport], wait_timeout=20)
        return guest

    async def ask(self, event: str, payload: object, *, seconds: float = 30) -> dict[str, Any]:
        """Send an event and return its ack."""
        answer: dict[str, Any] = await self.socket.call(event, payload, timeout=seconds)
        broken = broken_by_answer(event, answer)
        assert broken is None, broken
        return answer

    async def refusal(self, event: str, payload: object) -> str:
        """Send an event that must be refused; return the error's code."""
        answer = await self.ask(event, payload)
        assert answer["ok"] is False, f"{event} was accepted: {answer}"
        assert set(answer) == {"ok", "error"}
        assert isinstance(answer["error"]["message"], str)
        code: str = answer["error"]["code"]
        return code

    async def join(self, document: str, **more: object) -> dict[str, Any]:
        """Join a document and merge what it holds."""
        answer = await self.ask("joinDocument", {"document": document, **more})
        assert answer["ok"], answer
        self.person.hear(answer["update"])
        return answer

    async def type(self, document: str, words: str) -> dict[str, Any]:
        """Type at the end and return the ack, that is, once it is durable."""
        return await self.ask("update", {"document": document, "update": self.person.type(words)})

    async def hears(self, event: str) -> dict[str, Any]:
        """Return the payload of the first `event` not yet taken, as soon as it is here."""

        def taken() -> int | None:
            names = (number for number, (name, _) in enumerate(self.heard) if name == event)
            return next(names, None)

        await eventually(lambda: taken() is not None)
        number = taken()
        assert number is not None
        return self.heard.pop(number)[1]

    async def reads(self, text: str) -> None:
        """Return as soon as this replica reads exactly `text`."""
        await eventually(lambda: str(self.person) == text)

    async def close(self) -> None:
        """Disconnect; whatever the server said is to have been what it promises."""
        await self.socket.disconnect()
        assert not self.broken, self.broken


@asynccontextmanager
async def guests(url: str, *names: str, transport: str = "websocket") -> AsyncIterator[list[Guest]]:
    """Connect several people, each under a name and id of their own; disconnect them at the end."""
    async with asyncio.timeout(60):
        everyone = [
            await Guest.connect(
                url, transport=transport, auth={"name": name, "id": f"guest-{name}-0000"}
            )
            for name in names
        ]
    try:
        yield everyone
    finally:
        await asyncio.gather(*(guest.close() for guest in everyone))

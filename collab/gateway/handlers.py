"""What a door of the Socket.IO server is: the port its namespaces are handled through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collab.gateway.socket_io import Connection

__all__ = ["Ack", "Handlers"]

Ack = Callable[[object], None]
"""Answers one event: from anywhere on the loop, at once or later; only the first call counts."""


class Handlers(Protocol):
    """What happens on the connections of a namespace."""

    async def connected(self, connection: Connection, auth: object) -> None:
        """Admit a connection; raise a `CollabError` to refuse it. Cancelled if the client leaves.

        What it emits arrives after the client was told that it is connected.
        """
        ...

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        """Handle an event, in the order of arrival; attachments are bytes again."""
        ...

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Forget a connection; called once for each one admitted, in the loop's next turn."""
        ...

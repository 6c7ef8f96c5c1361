"""What the HTTP handlers need of the rest of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web

from collab.access.gate import Grant
from collab.access.quotas import Quotas
from collab.access.signing import Signer
from collab.history.service import History
from collab.limits import Limits
from collab.room.directory import PresentPerson
from collab.room.ports import Documents
from collab.sharing.rights import Rights
from collab.sharing.service import Sharing

__all__ = ["SERVICES", "LiveDocuments", "Services"]


class LiveDocuments(Protocol):
    """Documents as they are now, whether people are in them or not."""

    async def state(self, document: str) -> tuple[bytes, int]:
        """Return the whole state as one update, and its sequence. Raises `NotFound`."""
        ...

    async def submit(self, document: str, update: bytes, grant: Grant) -> int:
        """Merge an update through the room's ordinary path; return its sequence after commit."""
        ...

    def presence(self, document: str) -> Sequence[PresentPerson]:
        """Return who is in the room now."""
        ...

    def tell(self, document: str, name: str, **fields: object) -> None:
        """Tell everyone in the document's room of an event."""
        ...

    async def closed(self, document: str) -> None:
        """Put everyone out of a deleted document's room."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The parts the handlers call."""

    rights: Rights
    sharing: Sharing
    documents: Documents
    live: LiveDocuments
    history: History
    limits: Limits
    quotas: Quotas
    is_ready: Callable[[], Awaitable[None]]
    """Raises `Unavailable` while the server cannot serve."""
    pages: Path
    """The folder with the built web pages."""
    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may frame the editor and hand it tokens."""
    signer: Signer | None = None
    """What tokens are signed with; None where this server has no key for it."""


SERVICES: Final = web.AppKey("services", Services)

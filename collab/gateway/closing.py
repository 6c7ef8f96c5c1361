"""Why a WebSocket is closed, as clients understand it: a code, and one sentence.

y-websocket (3.1 and newer) takes 4400 to 4499 as final and comes back after everything else;
Hocuspocus comes back after every code, version 2 not after 4401. The codes in use are those of HTTP
with 4000 added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collab.errors import CollabError, ErrorCode, Forbidden, NotFound
from collab.room.records import RoomEvent

__all__ = ["IDLE", "RESTARTING", "TOKEN_ENDED", "Closing", "closing_for", "ending_of", "is_passing"]


@dataclass(frozen=True, slots=True)
class Closing:
    """A close frame's code and reason."""

    code: int
    reason: str


RESTARTING: Final = Closing(1012, "The server is restarting; come back in a moment.")
IDLE: Final = Closing(4408, "Nobody came into a document here in time; connect when somebody does.")
"""As Hocuspocus closes it."""
TOKEN_ENDED: Final = Closing(4501, "The token has expired; connect again with a new one.")
"""In mid-session, and not final: the page may have a newer token by now."""

_TRY_LATER: Final = 1013
_PASSING: Final = frozenset((ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE))
_FINAL: Final[Mapping[ErrorCode, int]] = {
    ErrorCode.UNAUTHENTICATED: 4401,
    ErrorCode.TOKEN_EXPIRED: 4401,
    ErrorCode.FORBIDDEN: 4403,
    ErrorCode.NOT_FOUND: 4404,
    ErrorCode.CONFLICT: 4409,
    ErrorCode.UPDATE_TOO_LARGE: 4413,
    ErrorCode.DOCUMENT_TOO_LARGE: 4413,
    ErrorCode.INVALID_UPDATE: 4422,
    ErrorCode.UNSUPPORTED_CONTENT: 4422,
    ErrorCode.INTERNAL: 1011,
}


def is_passing(error: CollabError) -> bool:
    """Return whether the same request may well succeed a moment later."""
    return error.code in _PASSING


def closing_for(error: CollabError) -> Closing:
    """Return how a connection is closed because of `error`."""
    code = _TRY_LATER if is_passing(error) else _FINAL.get(error.code, 4400)
    return Closing(code, str(error))


def ending_of(event: RoomEvent) -> CollabError | None:
    """Return why `event` ends the sessions it is told to; None if it does not."""
    if event.name == "documentDeleted":
        return NotFound("The document was deleted.")
    if event.name == "accessRevoked":
        return Forbidden(str(event.payload["message"]))
    return None

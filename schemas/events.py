"""What the server says over Socket.IO: acknowledgements, and events of its own.

Binary fields are Socket.IO attachments. Every acknowledgement holds `ok`; the models here are the
rest of one that was accepted, and `ErrorOut` is the `error` of one that was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from schemas.rest import WireModel
from schemas.sharing import RoleName

__all__ = [
    "ANSWERS",
    "CONNECTION_EVENTS",
    "DOCUMENT_EVENTS",
    "AccessRevoked",
    "AwarenessEvent",
    "DocumentGone",
    "ErrorCodeName",
    "ErrorOut",
    "JoinAnswer",
    "NothingMore",
    "RefreshAnswer",
    "RoleChanged",
    "ServerDraining",
    "StatelessEvent",
    "StorageEvent",
    "SyncAnswer",
    "SyncRequired",
    "TokenExpiring",
    "UpdateAnswer",
    "UpdateEvent",
    "UserEvent",
    "UserOut",
    "VersionCreated",
    "VersionRestored",
]

ErrorCodeName = Literal[
    "invalid_request",
    "invalid_document_id",
    "invalid_update",
    "unsupported_content",
    "update_too_large",
    "document_too_large",
    "unauthenticated",
    "token_expired",
    "forbidden",
    "not_found",
    "not_joined",
    "conflict",
    "rate_limited",
    "overloaded",
    "unavailable",
    "internal",
]
"""The stable codes of errors; programs may switch on them."""

Time = Annotated[str, Field(description="RFC 3339, in UTC.")]


class ErrorOut(WireModel):
    """Why something was refused."""

    code: ErrorCodeName
    message: Annotated[str, Field(description="One sentence for people.")]


class UserOut(WireModel):
    """A person as the server knows them."""

    id: str
    name: str
    color: Annotated[str, Field(description="`#rrggbb`")]
    role: RoleName


class NothingMore(WireModel):
    """An acknowledgement that holds nothing besides `ok`."""


class JoinAnswer(WireModel):
    """The acknowledgement of `joinDocument`."""

    role: RoleName
    user: Annotated[UserOut, Field(description="Who the server takes the client for.")]
    update: Annotated[bytes, Field(description="What the client lacks, as one Yjs v1 update.")]
    state_vector: Annotated[bytes, Field(description="What the server has.")]
    awareness: Annotated[
        bytes, Field(description="One awareness update with everybody present; may be empty.")
    ]
    users: list[UserOut]
    sequence: Annotated[int, Field(description="Number of the newest update.")]
    epoch: Annotated[int, Field(description="Counts resets; never merge across epochs.")]


class SyncAnswer(WireModel):
    """The acknowledgement of `syncDocument`."""

    update: Annotated[bytes, Field(description="What the client lacks, as one Yjs v1 update.")]
    state_vector: Annotated[bytes, Field(description="What the server has.")]


class UpdateAnswer(WireModel):
    """The acknowledgement of `update`: it is durable."""

    sequence: int


class RefreshAnswer(WireModel):
    """The acknowledgement of `refreshToken`."""

    expires_at: Annotated[str | None, Field(description="When the newer token ends; RFC 3339.")]


class _DocumentEvent(WireModel):
    document: str


class UpdateEvent(_DocumentEvent):
    """`update`: somebody else's edits, as one Yjs v1 update."""

    update: bytes


class AwarenessEvent(_DocumentEvent):
    """`awareness`: what others show of themselves."""

    update: bytes


class UserEvent(_DocumentEvent):
    """`userJoined` and `userLeft`."""

    user: UserOut


class SyncRequired(_DocumentEvent):
    """`syncRequired`: the server lacks something the client's edits build on."""

    state_vector: bytes


class RoleChanged(_DocumentEvent):
    """`roleChanged`."""

    role: Annotated[
        RoleName | None, Field(description="null: there is no role any more, and you are out.")
    ]


class AccessRevoked(_DocumentEvent, ErrorOut):
    """`accessRevoked`: you were put out of the document."""


class StorageEvent(_DocumentEvent):
    """`storage`: whether the server can save at present."""

    available: bool


class StatelessEvent(_DocumentEvent):
    """`stateless`: a message that a Hocuspocus client sent to everybody in the document."""

    payload: str


class VersionCreated(_DocumentEvent):
    """`versionCreated`: a moment joined the history."""

    version: Annotated[str, Field(description="Its id.")]


class VersionRestored(_DocumentEvent):
    """`versionRestored`: the document says again what it said at a moment."""

    version: str
    sequence: int


class DocumentGone(_DocumentEvent):
    """`documentDeleted` and `documentReset`: you are out of it."""

    epoch: int


class TokenExpiring(WireModel):
    """`tokenExpiring`: a newer token keeps the session going."""

    expires_at: Time


class ServerDraining(WireModel):
    """`serverDraining`: the server is about to stop."""

    document: str | None = None
    reconnect_after_ms: int


ANSWERS: Final[Mapping[str, type[BaseModel]]] = {
    "joinDocument": JoinAnswer,
    "leaveDocument": NothingMore,
    "update": UpdateAnswer,
    "syncDocument": SyncAnswer,
    "awareness": NothingMore,
    "refreshToken": RefreshAnswer,
}
"""What each event of a client is acknowledged with."""

DOCUMENT_EVENTS: Final[Mapping[str, type[BaseModel]]] = {
    "update": UpdateEvent,
    "awareness": AwarenessEvent,
    "userJoined": UserEvent,
    "userLeft": UserEvent,
    "syncRequired": SyncRequired,
    "roleChanged": RoleChanged,
    "accessRevoked": AccessRevoked,
    "storage": StorageEvent,
    "stateless": StatelessEvent,
    "versionCreated": VersionCreated,
    "versionRestored": VersionRestored,
    "documentDeleted": DocumentGone,
    "documentReset": DocumentGone,
}
"""What the server says of one document."""

CONNECTION_EVENTS: Final[Mapping[str, type[BaseModel]]] = {
    "tokenExpiring": TokenExpiring,
    "sessionEnded": ErrorOut,
    "serverDraining": ServerDraining,
}
"""What the server says of the connection itself."""

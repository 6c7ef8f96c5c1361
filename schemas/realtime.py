"""What clients send over Socket.IO, event by event. Binary fields are Socket.IO attachments."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "AwarenessMessage",
    "ConnectAuth",
    "DocumentMessage",
    "JoinDocument",
    "LeaveDocument",
    "RefreshToken",
    "SyncDocument",
    "UpdateMessage",
]

ClientId = Annotated[int, Field(ge=0, le=2**53 - 1)]


class _Message(BaseModel):
    """Strict about what it knows, deaf to what it does not: newer clients may say more."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_name=False,
        use_attribute_docstrings=True,
    )


class ConnectAuth(_Message):
    """The `auth` object of a connection."""

    token: Annotated[str, Field(max_length=16_384)] | None = None
    id: Annotated[str, Field(max_length=256)] | None = None
    """A guest's own random id: two tabs with the same id are one person."""
    name: Annotated[str, Field(max_length=1_024)] | None = None
    color: Annotated[str, Field(max_length=1_024)] | None = None
    link: Annotated[str, Field(max_length=256)] | None = None
    """A share link's secret: beside a token, or alone for a guest."""


class DocumentMessage(_Message):
    """Every event that speaks of a document names it."""

    document: str


class JoinDocument(DocumentMessage):
    """`joinDocument`: come in, and be told what the client lacks."""

    state_vector: bytes | None = None
    client_id: ClientId | None = None
    awareness: bytes | None = None


class LeaveDocument(DocumentMessage):
    """`leaveDocument`."""


class UpdateMessage(DocumentMessage):
    """`update`: a Yjs v1 update; acknowledged after commit."""

    update: bytes


class SyncDocument(DocumentMessage):
    """`syncDocument`: ask what the client lacks, and what the server does."""

    state_vector: bytes


class AwarenessMessage(DocumentMessage):
    """`awareness`: a y-protocols awareness update of the client's own state."""

    update: bytes


class RefreshToken(_Message):
    """`refreshToken`: go on with a newer token."""

    token: Annotated[str, Field(max_length=16_384)]

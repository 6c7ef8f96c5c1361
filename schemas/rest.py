"""What plain HTTP takes and answers, as JSON with camelCase fields and RFC 3339 times in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = [
    "ContentSeed",
    "CreateDocument",
    "DocumentList",
    "DocumentOut",
    "Health",
    "PatchDocument",
    "Person",
    "PresenceList",
    "Problem",
    "UpdateReceipt",
    "WireModel",
]

Title = Annotated[str, Field(max_length=200, description="What people call the document.")]


class WireModel(BaseModel):
    """Strict, and with camelCase fields on the wire."""

    model_config = ConfigDict(
        strict=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class ContentSeed(WireModel):
    """What a new document says at first; the server writes it, once."""

    format: Literal["text", "html", "json"]
    value: Annotated[Any, Field(description="A string; for json a ProseMirror document node.")]


class CreateDocument(WireModel):
    """The body of `POST /documents`."""

    id: Annotated[str | None, Field(description="Chosen by the server when left out.")] = None
    title: Title = ""
    content: ContentSeed | None = None


class PatchDocument(WireModel):
    """The body of `PATCH /documents/{id}`."""

    title: Title


class DocumentOut(WireModel):
    """A document without its content."""

    id: str
    title: str
    created_at: datetime
    updated_at: Annotated[datetime, Field(description="When it was last written in.")]
    deleted_at: datetime | None = None
    size: Annotated[int, Field(description="Bytes of the newest snapshot.")]
    sequence: Annotated[int, Field(description="Number of the newest update in the log.")]
    epoch: Annotated[int, Field(description="Counts resets; never merge across epochs.")]


class DocumentList(WireModel):
    """One page of documents, newest activity first."""

    documents: list[DocumentOut]
    next_cursor: Annotated[str | None, Field(description="Pass as `cursor` for the next page.")]


class ClientState(WireModel):
    """What one of a person's clients shows."""

    client_id: int
    state: dict[str, Any]


class Person(WireModel):
    """Somebody who is in the document now."""

    id: str
    name: str
    color: str
    role: Literal["viewer", "commenter", "editor", "owner"]
    connections: int
    clients: list[ClientState]


class PresenceList(WireModel):
    """Who is here."""

    users: list[Person]


class UpdateReceipt(WireModel):
    """An update was merged and is durable."""

    sequence: int


class Health(WireModel):
    """The server's state in one word."""

    status: Literal["ok"]


class Problem(WireModel):
    """An error, as RFC 9457 has it; `code` is stable."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str

"""The one table of routes: the router and the OpenAPI description are both made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from collab.api import content, documents, health
from collab.errors import ErrorCode
from schemas.rest import (
    CreateDocument,
    DocumentList,
    DocumentOut,
    Health,
    PatchDocument,
    PresenceList,
    UpdateReceipt,
)

__all__ = ["API_ROUTES", "OUTSIDE_ROUTES", "Answers", "Query", "Route"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter: its name, what it means, and its values when there are only a few."""

    name: str
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a route answers when all goes well: a model, or bytes of some media types."""

    model: type[BaseModel] | None = None
    status: int = 200
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Answers
    body: type[BaseModel] | str | None = None
    """A model for JSON, or the media type of raw bytes."""
    query: tuple[Query, ...] = ()
    errors: tuple[ErrorCode, ...] = ()


_DOCUMENT: Final = "/documents/{id}"
_GONE: Final = (ErrorCode.INVALID_DOCUMENT_ID, ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE)
_RAW: Final = "application/octet-stream"

API_ROUTES: Final = (
    Route(
        method="POST",
        path="/documents",
        handler=documents.create,
        summary="Create a document, optionally with content the server writes once",
        body=CreateDocument,
        answers=Answers(DocumentOut, 201),
        errors=(ErrorCode.INVALID_DOCUMENT_ID, ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE),
    ),
    Route(
        method="GET",
        path="/documents",
        handler=documents.listing,
        summary="List documents, newest activity first",
        query=(
            Query("search", "words in the title or the id"),
            Query("cursor", "nextCursor of the page before"),
            Query("limit", "documents a page, 1 to 200; 50 unless given"),
            Query("deleted", "true lists the deleted ones instead", ("true", "false")),
        ),
        answers=Answers(DocumentList),
        errors=(ErrorCode.UNAVAILABLE,),
    ),
    Route(
        method="GET",
        path=_DOCUMENT,
        handler=documents.get,
        summary="Get one document without its content",
        answers=Answers(DocumentOut),
        errors=_GONE,
    ),
    Route(
        method="PATCH",
        path=_DOCUMENT,
        handler=documents.rename,
        summary="Rename a document",
        body=PatchDocument,
        answers=Answers(DocumentOut),
        errors=_GONE,
    ),
    Route(
        method="DELETE",
        path=_DOCUMENT,
        handler=documents.delete,
        summary="Delete a document (it can be brought back)",
        answers=Answers(DocumentOut),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/undelete",
        handler=documents.undelete,
        summary="Bring a deleted document back",
        answers=Answers(DocumentOut),
        errors=(*_GONE, ErrorCode.CONFLICT),
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/content",
        handler=content.content,
        summary="What the document says now",
        query=(
            Query("format", "json unless given", ("json", "html", "text", "yjs")),
            Query("root", "the Yjs root to read; the editor's, or the only one, unless given"),
        ),
        answers=Answers(media_types=("application/json", "text/html", "text/plain", _RAW)),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/state",
        handler=content.state,
        summary="The whole document as one Yjs v1 update",
        answers=Answers(media_types=(_RAW,)),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/updates",
        handler=content.updates,
        summary="Merge a Yjs v1 update into the live document; answers after commit",
        body=_RAW,
        answers=Answers(UpdateReceipt),
        errors=(
            *_GONE,
            ErrorCode.INVALID_UPDATE,
            ErrorCode.UPDATE_TOO_LARGE,
            ErrorCode.UNSUPPORTED_CONTENT,
            ErrorCode.CONFLICT,
        ),
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/presence",
        handler=content.presence,
        summary="Who is in the document now",
        answers=Answers(PresenceList),
        errors=_GONE,
    ),
)
"""Routes below `/api/v1`."""

OUTSIDE_ROUTES: Final = (
    Route(
        method="GET",
        path="/healthz",
        handler=health.healthz,
        summary="Alive",
        answers=Answers(Health),
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=health.readyz,
        summary="Able to serve: database reachable, schema current",
        answers=Answers(Health),
        errors=(ErrorCode.UNAVAILABLE,),
    ),
)
"""Routes at the top, for supervisors."""

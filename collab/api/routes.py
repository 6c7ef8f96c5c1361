"""The one table of routes: the router and the OpenAPI description are both made of it."""

from __future__ import annotations

from typing import Final

from collab.api import content, documents, health, history
from collab.api.route import Answers, Query, Route
from collab.api.sharing_routes import SHARING_ROUTES
from collab.errors import ErrorCode
from schemas.history import (
    AuthorsOut,
    CreateVersion,
    DiffOut,
    EraseHistory,
    EraseReceipt,
    PatchVersion,
    Restored,
    RevertOut,
    RevertRequest,
    TimelineOut,
    VersionList,
    VersionOut,
)
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

_DOCUMENT: Final = "/documents/{id}"
_GONE: Final = (ErrorCode.INVALID_DOCUMENT_ID, ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE)
_RAW: Final = "application/octet-stream"
_VERSION: Final = f"{_DOCUMENT}/versions/{{version}}"
_CHANGES: Final = (*_GONE, ErrorCode.FORBIDDEN)
_PAGES: Final = (
    Query("cursor", "nextCursor of the page before"),
    Query("limit", "how many a page, 1 to 200; 50 unless given"),
)

_HISTORY_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{_DOCUMENT}/versions",
        handler=history.versions,
        summary="List versions, newest first",
        query=_PAGES,
        answers=Answers(VersionList),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/versions",
        handler=history.name_version,
        summary="Name the present moment, or an earlier one",
        body=CreateVersion,
        answers=Answers(VersionOut, 201),
        errors=(*_CHANGES, ErrorCode.CONFLICT),
    ),
    Route(
        method="GET",
        path=_VERSION,
        handler=history.get_version,
        summary="Get one version",
        answers=Answers(VersionOut),
        errors=_GONE,
    ),
    Route(
        method="PATCH",
        path=_VERSION,
        handler=history.patch_version,
        summary="Rename a version, or take its name away",
        body=PatchVersion,
        answers=Answers(VersionOut),
        errors=_CHANGES,
    ),
    Route(
        method="DELETE",
        path=_VERSION,
        handler=history.remove_version,
        summary="Take a version off the list",
        answers=Answers(status=204),
        errors=_CHANGES,
    ),
    Route(
        method="POST",
        path=f"{_VERSION}/restore",
        handler=history.restore,
        summary="Make it so again, as an ordinary edit; answers with the version made just before",
        answers=Answers(Restored),
        errors=_CHANGES,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/revert",
        handler=history.revert,
        summary="Take back one person's edits, or those of a time; or see what that would do",
        body=RevertRequest,
        answers=Answers(RevertOut),
        errors=_CHANGES,
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/diff",
        handler=history.diff,
        summary="What changed between two moments, by whom",
        query=(
            Query("from", "a version's id or a sequence number"),
            Query("to", "the same, or now; now unless given"),
            Query("unchanged", "false leaves out what is the same", ("true", "false")),
        ),
        answers=Answers(DiffOut),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/timeline",
        handler=history.timeline,
        summary="Every stretch of editing, newest first",
        query=(
            Query("from", "first sequence number"),
            Query("to", "last sequence number; nextTo of the page before"),
            Query("limit", "how many, 1 to 200; 50 unless given"),
        ),
        answers=Answers(TimelineOut),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/authors",
        handler=history.authors,
        summary="Who wrote which part of the present text",
        answers=Answers(AuthorsOut),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/history/erase",
        handler=history.erase,
        summary="Erase the history before a moment for good",
        body=EraseHistory,
        answers=Answers(EraseReceipt),
        errors=_CHANGES,
    ),
)

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
        summary="What the document says now, or said at an earlier moment",
        query=(
            Query("format", "json unless given", ("json", "html", "text", "yjs")),
            Query("root", "the Yjs root to read; the editor's, or the only one, unless given"),
            Query("version", "a version's id: what the document said then"),
            Query("sequence", "a sequence number: what it said then; see Collab-Sequence"),
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
    *_HISTORY_ROUTES,
    *SHARING_ROUTES,
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

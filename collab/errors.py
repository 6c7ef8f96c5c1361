"""Every error a user of the server can see: a stable code and one sentence that says what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

__all__ = [
    "CollabError",
    "Conflict",
    "DocumentTooLarge",
    "ErrorCode",
    "Forbidden",
    "InvalidDocumentId",
    "InvalidRequest",
    "InvalidUpdate",
    "NotFound",
    "NotJoined",
    "Overloaded",
    "RateLimited",
    "StartupError",
    "TokenExpired",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedContent",
    "UpdateTooLarge",
]


class ErrorCode(StrEnum):
    """The stable codes of the public interface; clients may switch on them."""

    INVALID_REQUEST = "invalid_request"
    INVALID_DOCUMENT_ID = "invalid_document_id"
    INVALID_UPDATE = "invalid_update"
    UNSUPPORTED_CONTENT = "unsupported_content"
    UPDATE_TOO_LARGE = "update_too_large"
    DOCUMENT_TOO_LARGE = "document_too_large"
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - an error code, not a secret
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    NOT_JOINED = "not_joined"
    CONFLICT = "conflict"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class CollabError(Exception):
    """Something went wrong that the caller can be told about.

    `str(error)` is the sentence for people; `code` is for programs. Raised near the cause,
    translated only at the doors (Socket.IO acks, problem+json, the command line).
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL


class InvalidRequest(CollabError):
    """The request does not have the shape or values the interface asks for."""

    code = ErrorCode.INVALID_REQUEST


class InvalidDocumentId(CollabError):
    """The document id has characters or a length that ids may not have."""

    code = ErrorCode.INVALID_DOCUMENT_ID


class InvalidUpdate(CollabError):
    """The bytes are not a well-formed Yjs v1 update, state vector or awareness update."""

    code = ErrorCode.INVALID_UPDATE


class UnsupportedContent(CollabError):
    """The update is well formed but holds content this server's merge engine cannot keep."""

    code = ErrorCode.UNSUPPORTED_CONTENT


class UpdateTooLarge(CollabError):
    """The update is larger than the server accepts in one message."""

    code = ErrorCode.UPDATE_TOO_LARGE


class DocumentTooLarge(CollabError):
    """The document has reached the size the server keeps."""

    code = ErrorCode.DOCUMENT_TOO_LARGE


class Unauthenticated(CollabError):
    """The caller did not prove who they are."""

    code = ErrorCode.UNAUTHENTICATED


class TokenExpired(CollabError):
    """The caller's token was valid once and is not any more."""

    code = ErrorCode.TOKEN_EXPIRED


class Forbidden(CollabError):
    """The caller's role does not allow the action."""

    code = ErrorCode.FORBIDDEN


class NotFound(CollabError):
    """There is no such document (or it was deleted)."""

    code = ErrorCode.NOT_FOUND


class NotJoined(CollabError):
    """The connection has not joined the document it speaks of."""

    code = ErrorCode.NOT_JOINED


class Conflict(CollabError):
    """The request contradicts what is already there."""

    code = ErrorCode.CONFLICT


class RateLimited(CollabError):
    """The caller asks faster than the server allows."""

    code = ErrorCode.RATE_LIMITED


class Overloaded(CollabError):
    """A bounded queue is full; trying again later will work."""

    code = ErrorCode.OVERLOADED


class Unavailable(CollabError):
    """Something the server needs (the database) is away at the moment; try again."""

    code = ErrorCode.UNAVAILABLE


class StartupError(CollabError):
    """The server cannot start as it is set up; the sentence says what to change."""

"""Reading a request: who asks, which document, which body; anything unfit raises at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, TypedDict, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from collab.access.actors import Actor
from collab.access.gate import Credentials, Grant, Identity
from collab.access.roles import Action
from collab.api.problems import problem
from collab.api.services import SERVICES
from collab.errors import ErrorCode, InvalidDocumentId, InvalidRequest, UpdateTooLarge
from schemas.identifiers import DOCUMENT_ID_RULE, is_document_id

__all__ = [
    "actor", "body", "caller", "document_id", "flag", "grant_for", "has_whole_body", "identified",
    "integer", "paging", "raw_body",
]  # fmt: skip

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

GUEST_ID: Final = "Collab-Guest-Id"
GUEST_NAME: Final = "Collab-Guest-Name"
"""Who a guest is, as `auth` says it over Socket.IO; the name percent-encoded, as headers need it."""
LINK: Final = "Collab-Link"
"""A share link's secret."""
_PAGE: Final = 50
_LARGEST_PAGE: Final = 200
_LONGEST_NAME: Final = 1_024
_BODY_SECONDS: Final = 60.0
_BEARER: Final = "bearer"
_IDENTITY: Final = web.RequestKey("identity", Identity)


def document_id(text: str) -> str:
    """Return `text` if it may name a document. Raises `InvalidDocumentId`."""
    if not is_document_id(text):
        raise InvalidDocumentId(DOCUMENT_ID_RULE)
    return text


def identified(handler: Handler) -> Handler:
    """Return `handler` behind the question who asks: nothing of it runs for a stranger.

    Every route of the API is wrapped in this (see `collab.api.setup`), so that none can forget it.
    The body is there in full before `handler` runs, which answers 408 when it takes too long.
    Raises `Unauthenticated`, `TokenExpired`, `UpdateTooLarge`.
    """

    @wraps(handler)
    async def asking(request: web.Request) -> web.StreamResponse:
        identity = await _identify(request)
        if request.body_exists:
            if not await has_whole_body(request):
                return _too_slow()
            # A body may take its time: what counts is who may ask now that all of it is here.
            identity = await _identify(request)
        request[_IDENTITY] = identity
        return await handler(request)

    return asking


def caller(request: web.Request) -> Identity:
    """Return who sent the request."""
    return request[_IDENTITY]


async def grant_for(request: web.Request, action: Action, document: str | None = None) -> Grant:
    """Return the caller's grant for the document of the path, which allows `action`.

    Raises `InvalidDocumentId`, `Forbidden`, `Unavailable`.
    """
    named = document_id(request.match_info["id"] if document is None else document)
    grant = await request.app[SERVICES].rights.grant(caller(request), named)
    grant.require(action)
    return grant


def actor(request: web.Request) -> Actor:
    """Return who sent the request and from where, as the audit log names them."""
    person = caller(request).person
    return Actor(person.id, person.name, request.remote or "")


class Paging(TypedDict):
    """Which page of a list is asked for."""

    cursor: str | None
    limit: int


def paging(request: web.Request) -> Paging:
    """Return which page of a list the query asks for. Raises `InvalidRequest`."""
    limit = integer(
        request.query.get("limit"), default=_PAGE, least=1, most=_LARGEST_PAGE, name="limit"
    )
    return {"cursor": request.query.get("cursor"), "limit": limit}


async def _identify(request: web.Request) -> Identity:
    address = request.remote or ""
    return await request.app[SERVICES].rights.identify(
        _credentials(request), connection=address or "http", address=address, keys=True
    )


def _credentials(request: web.Request) -> Credentials:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    name = request.headers.get(GUEST_NAME)
    return Credentials(
        token=token.strip() if scheme.lower() == _BEARER else None,
        guest_id=request.headers.get(GUEST_ID),
        name=unquote(name[:_LONGEST_NAME]) if name else "HTTP",
        link=request.headers.get(LINK),
    )


async def body(request: web.Request, model: type[Model]) -> Model:
    """Return the JSON body as `model`. Raises `InvalidRequest`, `UpdateTooLarge`."""
    if request.content_type != "application/json":
        message = "Send the body as application/json."
        raise InvalidRequest(message)
    raw = await raw_body(request)
    try:
        # Parsed by pydantic's own bounded parser: deep nesting is refused, not recursed into.
        from_json(raw)
        return model.model_validate_json(raw)
    except ValidationError:
        raise
    except ValueError as error:
        message = f"The body is not JSON: {error}."
        raise InvalidRequest(message) from None


async def has_whole_body(request: web.Request, *, seconds: float = _BODY_SECONDS) -> bool:
    """Return whether the whole body came within `seconds`; it is kept for `body` and `raw_body`.

    Raises `UpdateTooLarge`.
    """
    try:
        async with asyncio.timeout(seconds):
            await raw_body(request)
    except TimeoutError:
        return False
    return True


def _too_slow() -> web.Response:
    told = "The body took too long to arrive; send the request again."
    answer = problem(ErrorCode.INVALID_REQUEST, told, status=HTTPStatus.REQUEST_TIMEOUT)
    # What is still to come of the body is nobody's request.
    answer.force_close()
    return answer


async def raw_body(request: web.Request) -> bytes:
    """Return the whole body. Raises `UpdateTooLarge` when it is larger than a document may be."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        most = request.app[SERVICES].limits.document_bytes
        message = f"The body is larger than this server accepts ({most} bytes)."
        raise UpdateTooLarge(message) from None


def flag(text: str | None, *, name: str) -> bool:
    """Return whether a query parameter says true; false when it is missing.

    Raises `InvalidRequest` for anything but `true` and `false`.
    """
    if text not in (None, "true", "false"):
        message = f"{name} is true or false."
        raise InvalidRequest(message)
    return text == "true"


def integer(text: str | None, *, default: int, least: int, most: int, name: str) -> int:
    """Return a query parameter as a number within bounds. Raises `InvalidRequest`."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        message = f"{name} must be a number from {least} to {most}."
        raise InvalidRequest(message)
    return int(text)

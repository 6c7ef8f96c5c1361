"""The one place where errors become HTTP answers: `application/problem+json` with a stable code."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from collab.errors import CollabError, ErrorCode
from schemas.rest import Problem

__all__ = ["problem", "problems", "status_of"]

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUS: Final[Mapping[ErrorCode, HTTPStatus]] = {
    ErrorCode.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_DOCUMENT_ID: HTTPStatus.BAD_REQUEST,
    ErrorCode.INVALID_UPDATE: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNSUPPORTED_CONTENT: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UPDATE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.DOCUMENT_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_JOINED: HTTPStatus.CONFLICT,
    ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_RETRY: Final = {ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED, ErrorCode.UNAVAILABLE}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of `handler` as a problem; what is not expected is logged, not shown."""
    try:
        return await handler(request)
    except CollabError as error:
        return problem(error.code, str(error))
    except ValidationError as error:
        return problem(ErrorCode.INVALID_REQUEST, _sentence(error))
    except web.HTTPRequestEntityTooLarge:
        return problem(ErrorCode.UPDATE_TOO_LARGE, "The body is larger than this server accepts.")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _of_http(error, request)
    except ConnectionResetError:
        raise
    except Exception:  # noqa: BLE001 - the last line of defence: answer, log, stay up
        _log.exception("request failed", extra={"action": "http", "method": request.method})
        return problem(ErrorCode.INTERNAL, "Something went wrong on the server; try again.")


def status_of(code: ErrorCode) -> int:
    """Return the HTTP status that goes with `code`."""
    return _STATUS[code].value


def problem(code: ErrorCode, detail: str, *, status: HTTPStatus | None = None) -> web.Response:
    """Return the answer for an error: its code's status (unless given) and one sentence."""
    status = status or _STATUS[code]
    body = Problem(title=status.phrase, status=status.value, detail=detail, code=code.value)
    headers = {"Retry-After": "1"} if code in _RETRY else {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 6750, section 3
    return web.Response(
        body=body.model_dump_json(by_alias=True).encode(),
        status=status,
        content_type="application/problem+json",
        headers=headers,
    )


def _of_http(error: web.HTTPException, request: web.Request) -> web.Response:
    status = HTTPStatus(error.status)
    code = ErrorCode.NOT_FOUND if status is HTTPStatus.NOT_FOUND else ErrorCode.INVALID_REQUEST
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible here; see the Allow header for what is."
    elif status is HTTPStatus.NOT_FOUND:
        detail = "There is nothing at this address."
    else:
        detail = f"{status.phrase}."
    answer = problem(code, detail, status=status)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['msg']}."

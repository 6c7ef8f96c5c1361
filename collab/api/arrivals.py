"""What is asked of every request before anything is done for it: from where, from whose page, how often."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from collab.access.addresses import ForwardedHeader, Proxies
from collab.access.origins import is_allowed_origin, is_answered_host
from collab.access.quotas import Quotas
from collab.api.paths import PREFIX
from collab.errors import Forbidden

__all__ = ["Arrivals"]

_log = logging.getLogger(__name__)

_HSTS: Final = "max-age=31536000"
_METHODS: Final = "GET, HEAD, POST, PATCH, PUT, DELETE"
_HEADERS: Final = "Authorization, Content-Type, Collab-Guest-Id, Collab-Guest-Name, Collab-Link"
_EXPOSED: Final = "Collab-Sequence, Location, Retry-After, WWW-Authenticate"
_PREFLIGHT_SECONDS: Final = "600"


class Arrivals:
    """The middlewares at the door of the HTTP side, and the answer's words for other sites' pages."""

    def __init__(
        self,
        proxies: Proxies,
        allowed_origins: tuple[str, ...] | None,
        quotas: Quotas,
        hosts: tuple[str, ...] | None = None,
    ) -> None:
        """`hosts`: beside this machine's own names those that are answered to; None: to any."""
        self._proxies = proxies
        self._allowed = allowed_origins
        self._quotas = quotas
        self._hosts = hosts
        self._has_warned = False

    def placing(self) -> Middleware:
        """Return the middleware that gives a request the address and scheme it really came from.

        To be the outermost; everything behind it may believe `request.remote`.
        """

        @web.middleware
        async def place(request: web.Request, handler: Handler) -> web.StreamResponse:
            peer = request.remote or ""
            if not self._proxies.trusts(peer):
                self._warn_of_proxy(request)
                return await handler(request)
            headers = request.headers
            arrival = self._proxies.arrival(
                peer,
                forwarded=headers.getall("Forwarded", []),
                forwarded_for=headers.getall("X-Forwarded-For", []),
                forwarded_proto=headers.get("X-Forwarded-Proto"),
            )
            scheme = "https" if arrival.is_secure else request.scheme
            response = await handler(request.clone(remote=arrival.address, scheme=scheme))
            if arrival.is_secure and not response.prepared:
                response.headers["Strict-Transport-Security"] = _HSTS
            return response

        return place

    def guarding(self) -> Middleware:
        """Return the middleware that asks by which name the server was called, at every door.

        Of the API moreover: other sites' pages only if listed, and not too often. Raises
        `Forbidden`, `RateLimited`.
        """

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check_host(request)
            if not request.path.startswith(PREFIX):
                return await handler(request)
            self._check_origin(request)
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                return _preflight()
            now = asyncio.get_running_loop().time()
            self._quotas.request(request.remote or "", None, now)
            return await handler(request)

        return guard

    async def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let a listed page read the answer; for `on_response_prepare`."""
        if not request.path.startswith(PREFIX):
            return
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin is not None and self._is_allowed(request, origin):
            # Exactly the page that asked; with credentials never, there are no cookies.
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED

    # --- private ---

    def _check_host(self, request: web.Request) -> None:
        # Browsers always say a host; who says none is no page.
        hosts = request.headers.getall("Host", [])
        if self._hosts is None or all(is_answered_host(host, self._hosts) for host in hosts):
            return
        message = (
            "Without tokens this server answers to this machine's own names only (127.0.0.1, "
            "localhost); use one of them, or have the operator list this one in "
            "COLLAB_ALLOWED_HOSTS."
        )
        raise Forbidden(message)

    def _check_origin(self, request: web.Request) -> None:
        # Some requests that change something are sent without asking first: not answering is not
        # enough, they must not be heard.
        for origin in request.headers.getall("Origin", []):
            if not self._is_allowed(request, origin):
                message = "Pages of this origin may not ask; have the operator allow it."
                raise Forbidden(message)

    def _is_allowed(self, request: web.Request, origin: str) -> bool:
        return is_allowed_origin(origin, request.host, self._allowed)

    def _warn_of_proxy(self, request: web.Request) -> None:
        if self._has_warned or not any(header in request.headers for header in ForwardedHeader):
            return
        self._has_warned = True
        _log.warning(
            "a proxy that is not trusted passes requests on: limits count its address, not its "
            "clients'; name it in COLLAB_TRUSTED_PROXIES if it is yours",
            extra={"action": "arrive"},
        )


def _preflight() -> web.Response:
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    return web.Response(status=204, headers=headers)

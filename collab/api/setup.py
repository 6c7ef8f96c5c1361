"""Puts the HTTP side together: routes, pages, error answers, security headers."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from collab.api.openapi import PREFIX, openapi
from collab.api.pages import asset, documents_page, editor_page, favicon
from collab.api.problems import problems
from collab.api.reference import reference_page
from collab.api.requests import identified
from collab.api.routes import API_ROUTES, OUTSIDE_ROUTES
from collab.api.services import SERVICES, Services

__all__ = ["new_application"]

_BODY_HEADROOM: Final = 64 * 1024
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def new_application(services: Services) -> web.Application:
    """Return the application with every HTTP route; the sockets attach themselves to it."""
    app = web.Application(
        middlewares=[problems],
        client_max_size=services.limits.document_bytes + _BODY_HEADROOM,
    )
    app[SERVICES] = services
    app.on_response_prepare.append(_add_headers)
    for route in API_ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, identified(route.handler))
    for route in OUTSIDE_ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get(f"{PREFIX}/openapi.json", openapi)
    app.router.add_get("/docs", reference_page)
    app.router.add_get("/", documents_page)
    app.router.add_get("/d/{id}", editor_page)
    app.router.add_get("/assets/{name}", asset)
    app.router.add_get("/favicon.svg", favicon)
    return app


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    del request
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)

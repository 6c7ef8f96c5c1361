"""Puts the HTTP side together: routes, pages, error answers, security headers."""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from collab.api.arrivals import Arrivals
from collab.api.headers import add_headers
from collab.api.openapi import PREFIX, openapi
from collab.api.pages import (
    asset,
    documents_page,
    editor_page,
    embed_page,
    example_page,
    favicon,
    widget_file,
)
from collab.api.problems import problems
from collab.api.reference import reference_page
from collab.api.requests import caller, identified
from collab.api.routes import API_ROUTES, OUTSIDE_ROUTES, Route
from collab.api.services import SERVICES, Services

__all__ = ["HEAVY", "new_application"]

_BODY_HEADROOM: Final = 64 * 1024
HEAVY: Final = (
    "/content",
    "/state",
    "/diff",
    "/timeline",
    "/authors",
    "/versions",
    "/restore",
    "/revert",
    "/erase",
)
"""Ends of paths whose answers make the server think or read a whole document."""


def new_application(services: Services, arrivals: Arrivals) -> web.Application:
    """Return the application with every HTTP route; the sockets attach themselves to it."""
    app = web.Application(
        middlewares=[arrivals.placing(), _counting(services), problems, arrivals.guarding()],
        client_max_size=services.limits.document_bytes + _BODY_HEADROOM,
    )
    app[SERVICES] = services
    app.on_response_prepare.append(add_headers)
    app.on_response_prepare.append(arrivals.mark)
    for route in API_ROUTES:
        app.router.add_route(route.method, PREFIX + route.pattern, identified(_metered(route)))
    for route in OUTSIDE_ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get(f"{PREFIX}/openapi.json", openapi)
    app.router.add_get("/docs", reference_page)
    app.router.add_get("/", documents_page)
    app.router.add_get("/d/{id}", editor_page)
    app.router.add_get("/embed/{id}", embed_page)
    app.router.add_get("/example.html", example_page)
    app.router.add_get("/widget.js", widget_file)
    app.router.add_get("/custom-elements.json", widget_file)
    app.router.add_get("/assets/{name}", asset)
    app.router.add_get("/favicon.svg", favicon)
    return app


def _metered(route: Route) -> Handler:
    """Return the route's handler behind the question how often its caller has asked lately."""
    is_heavy = route.path.endswith(HEAVY)

    @wraps(route.handler)
    async def asking(request: web.Request) -> web.StreamResponse:
        quotas, now = request.app[SERVICES].quotas, asyncio.get_running_loop().time()
        weight = quotas.limits.request_weight if is_heavy else 1
        quotas.request(request.remote or "", caller(request).person.id, now, weight=weight)
        return await route.handler(request)

    return asking


def _counting(services: Services) -> Middleware:
    """Return the middleware that counts the API's answers by status."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path.startswith(PREFIX):
            services.quotas.counts.requests[response.status] += 1
        return response

    return count

"""Whether the server lives, and whether it can serve."""

from __future__ import annotations

from aiohttp import web

from collab.api.documents import answer
from collab.api.services import SERVICES
from schemas.rest import Health

__all__ = ["healthz", "readyz"]


async def healthz(request: web.Request) -> web.Response:
    """Answer while the event loop turns."""
    del request
    return answer(Health(status="ok"))


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when the database is reachable and its schema current, 503 otherwise."""
    await request.app[SERVICES].is_ready()
    return answer(Health(status="ok"))

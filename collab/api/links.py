"""Share links over plain HTTP. A link's secret is answered once, when it is made."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from collab.access.roles import Action, role_of
from collab.api.documents import answer
from collab.api.requests import actor, body, grant_for, paging
from collab.api.services import SERVICES
from collab.sharing.records import ShareLink
from schemas.sharing import CreateLink, LinkList, LinkMade, LinkOut

__all__ = ["list_links", "make_link", "revoke_link"]


async def list_links(request: web.Request) -> web.Response:
    """List the links that were not revoked, without their secrets."""
    grant = await grant_for(request, Action.READ)
    page = await request.app[SERVICES].sharing.links(grant, **paging(request))
    listed = [LinkOut.model_validate(_fields(link)) for link in page.rows]
    return answer(LinkList(links=listed, next_cursor=page.cursor))


async def make_link(request: web.Request) -> web.Response:
    """Make a link, and answer its secret."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, CreateLink)
    link, secret = await request.app[SERVICES].sharing.make_link(
        actor(request),
        grant,
        role_of(asked.role),
        name=asked.name.strip(),
        expires_at=asked.expires_at,
    )
    return answer(LinkMade.model_validate({**_fields(link), "secret": secret}), status=201)


async def revoke_link(request: web.Request) -> web.Response:
    """Have a link count no more; who came in by it is put out before this answers."""
    grant = await grant_for(request, Action.READ)
    sharing = request.app[SERVICES].sharing
    await sharing.revoke_link(actor(request), grant, request.match_info["link"])
    return web.Response(status=204)


def _fields(link: ShareLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "role": link.role.label,
        "name": link.name,
        "createdBy": link.created_by,
        "createdByName": link.created_by_name,
        "createdAt": link.created_at,
        "expiresAt": link.expires_at,
        "usedAt": link.used_at,
    }

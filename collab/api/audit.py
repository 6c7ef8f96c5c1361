"""The audit log over plain HTTP."""

from __future__ import annotations

from aiohttp import web

from collab.access.roles import Action
from collab.api.documents import answer
from collab.api.requests import grant_for, paging
from collab.api.services import SERVICES
from schemas.sharing import AuditList, AuditOut

__all__ = ["audit"]


async def audit(request: web.Request) -> web.Response:
    """List who changed what in a document, newest first; of a deleted one, too."""
    grant = await grant_for(request, Action.READ)
    page = await request.app[SERVICES].sharing.history(grant, **paging(request))
    entries = [
        AuditOut(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            actor_name=entry.actor_name,
            address=entry.address,
            action=entry.action,
            details=dict(entry.details),
        )
        for entry in page.rows
    ]
    return answer(AuditList(entries=entries, next_cursor=page.cursor))

"""What a document says, over plain HTTP; and merging a raw update into it."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from aiohttp import web

from collab.access.roles import Action
from collab.api.documents import answer
from collab.api.headers import attached_page
from collab.api.requests import grant_for, raw_body
from collab.api.services import SERVICES
from collab.errors import InvalidRequest
from collab.library.content import ContentFormat, read_content
from schemas.rest import ClientState, Person, PresenceList, UpdateReceipt

__all__ = ["content", "presence", "state", "updates"]

_UPDATE: Final = "application/octet-stream"
_ONE_AT_A_TIME: Final = asyncio.Semaphore(2)
"""Reading a large document takes processor time; two threads at most."""


async def content(request: web.Request) -> web.Response:
    """Return what the document says as text, html, json or yjs."""
    grant = await grant_for(request, Action.READ)
    asked = request.query.get("format", ContentFormat.JSON.value)
    if asked not in set(ContentFormat):
        message = f"format must be one of {', '.join(ContentFormat)}."
        raise InvalidRequest(message)
    wanted = ContentFormat(asked)
    held, sequence = await _asked_for(request, grant.document)
    headers = {"Collab-Sequence": str(sequence), "Cache-Control": "no-store"}
    if wanted is ContentFormat.YJS:
        return web.Response(body=held, content_type=_UPDATE, headers=headers)
    async with _ONE_AT_A_TIME:
        root = request.query.get("root")
        said = await asyncio.to_thread(read_content, held, wanted, root)
    kinds = {ContentFormat.TEXT: "text/plain", ContentFormat.HTML: "text/html"}
    if wanted is ContentFormat.HTML:
        headers |= attached_page(grant.document)
    body = json.dumps(said, ensure_ascii=False) if wanted is ContentFormat.JSON else said
    return web.Response(
        text=str(body), content_type=kinds.get(wanted, "application/json"), headers=headers
    )


async def _asked_for(request: web.Request, document: str) -> tuple[bytes, int]:
    """Return the state the query asks for, and its sequence: the present one, or an earlier one."""
    services = request.app[SERVICES]
    version, number = request.query.get("version"), request.query.get("sequence")
    if version is not None and number is not None:
        message = "Give a version or a sequence, not both."
        raise InvalidRequest(message)
    named = version if version is not None else number
    if named is None:
        return await services.live.state(document)
    if (number is None) != named.startswith("v"):
        message = "version is a version's id (v12), sequence is a number."
        raise InvalidRequest(message)
    moment = await services.history.moments.find(document, named)
    return moment.state, moment.sequence


async def state(request: web.Request) -> web.Response:
    """Return the whole document as one Yjs v1 update."""
    grant = await grant_for(request, Action.READ)
    held, sequence = await request.app[SERVICES].live.state(grant.document)
    headers = {"Collab-Sequence": str(sequence), "Cache-Control": "no-store"}
    return web.Response(body=held, content_type=_UPDATE, headers=headers)


async def updates(request: web.Request) -> web.Response:
    """Merge a Yjs v1 update (the raw body) into the live document; answer after commit."""
    grant = await grant_for(request, Action.EDIT)
    if request.content_type != _UPDATE:
        message = f"Send the update's bytes as {_UPDATE}."
        raise InvalidRequest(message)
    update = await raw_body(request)
    sequence = await request.app[SERVICES].live.submit(grant.document, update, grant)
    return answer(UpdateReceipt(sequence=sequence))


async def presence(request: web.Request) -> web.Response:
    """Return who is in the document now."""
    grant = await grant_for(request, Action.READ)
    services = request.app[SERVICES]
    await services.documents.get(grant.document)
    users = [
        Person.model_validate(
            {
                "id": person.id,
                "name": person.name,
                "color": person.color,
                "role": person.role,
                "connections": person.connections,
                "clients": [ClientState(client_id=c, state=s) for c, s in person.states],
            }
        )
        for person in services.live.presence(grant.document)
    ]
    return answer(PresenceList(users=users))

"""Documents over plain HTTP: create, list, get, rename, delete, bring back."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from collab.access.gate import Grant, can_own
from collab.access.roles import Action
from collab.api.requests import actor, body, caller, flag, grant_for, integer
from collab.api.services import SERVICES
from collab.errors import InvalidRequest
from collab.library.seeding import seed_from
from collab.room.records import Claim, Document, LogEntry
from schemas.rest import ContentSeed, CreateDocument, DocumentList, DocumentOut, PatchDocument

__all__ = ["answer", "create", "delete", "get", "listing", "rename", "undelete"]

_PAGE: Final = 50
_LARGEST_PAGE: Final = 200
_LONGEST_SEARCH: Final = 200


def answer(model: BaseModel, status: int = 200) -> web.Response:
    """Return `model` as the JSON answer."""
    text = model.model_dump_json(by_alias=True)
    return web.Response(text=text, status=status, content_type="application/json")


async def create(request: web.Request) -> web.Response:
    """Create a document; the server writes its first content, if given, exactly once."""
    services = request.app[SERVICES]
    asked = await body(request, CreateDocument)
    name = secrets.token_hex(8) if asked.id is None else asked.id
    grant = await grant_for(request, Action.CREATE, name)
    now = asyncio.get_running_loop().time()
    services.quotas.create(grant.principal.id, now)
    seed = await _seed(grant, asked.content) if asked.content is not None else None
    if seed is not None:
        # Parsing took a while: somebody may have lost the right to it meanwhile.
        (await services.rights.confirmed(grant)).require(Action.CREATE)
    made = await services.documents.create(
        grant.document,
        title=asked.title.strip(),
        author=grant.principal.id,
        seed=seed,
        by=actor(request),
    )
    location = {"Location": f"/api/v1/documents/{made.id}"}
    created = answer(_out(made), status=201)
    created.headers.update(location)
    return created


async def listing(request: web.Request) -> web.Response:
    """List the documents the caller has a role in, newest activity first."""
    query = request.query
    search = query.get("search", "")
    if len(search) > _LONGEST_SEARCH:
        message = f"search may have {_LONGEST_SEARCH} characters."
        raise InvalidRequest(message)
    person = caller(request).person.id
    page = await request.app[SERVICES].documents.list(
        search=search or None,
        cursor=query.get("cursor"),
        limit=integer(query.get("limit"), default=_PAGE, least=1, most=_LARGEST_PAGE, name="limit"),
        deleted=flag(query.get("deleted"), name="deleted"),
        reach=caller(request).roles,
        person=person if can_own(person) else None,
    )
    found = [_out(document) for document in page.documents]
    return answer(DocumentList(documents=found, next_cursor=page.cursor))


async def get(request: web.Request) -> web.Response:
    """Return one document's metadata."""
    grant = await grant_for(request, Action.READ)
    return answer(_out(await request.app[SERVICES].documents.get(grant.document)))


async def rename(request: web.Request) -> web.Response:
    """Change a document's title."""
    grant = await grant_for(request, Action.RENAME)
    asked = await body(request, PatchDocument)
    documents = request.app[SERVICES].documents
    return answer(_out(await documents.rename(grant.document, asked.title.strip())))


async def delete(request: web.Request) -> web.Response:
    """Delete a document, recoverably; whoever is in it is told and put out."""
    services = request.app[SERVICES]
    grant = await grant_for(request, Action.DELETE)
    gone = await services.documents.delete(grant.document, by=actor(request))
    await services.live.closed(grant.document)
    return answer(_out(gone))


async def undelete(request: web.Request) -> web.Response:
    """Bring a deleted document back as it was."""
    grant = await grant_for(request, Action.DELETE)
    documents = request.app[SERVICES].documents
    return answer(_out(await documents.undelete(grant.document, by=actor(request))))


async def _seed(grant: Grant, content: ContentSeed) -> LogEntry:
    """Return the first update of a new document. Raises `InvalidRequest`."""
    # Parsing a large page takes a while: not on the loop.
    client = secrets.randbelow(2**32)
    update = await asyncio.to_thread(seed_from, content.format, content.value, client_id=client)
    return LogEntry(
        document=0,
        update=update,
        author=grant.principal.id,
        author_name=grant.principal.name,
        client_ids=(client,),
        at=datetime.now(UTC),
        claims=(Claim(client, 0, grant.principal.id, grant.principal.name),),
    )


def _out(document: Document) -> DocumentOut:
    return DocumentOut(
        id=document.id,
        title=document.title,
        created_at=document.created_at,
        updated_at=document.updated_at,
        deleted_at=document.deleted_at,
        size=document.size,
        sequence=document.sequence,
        epoch=document.epoch,
    )

"""A document's history over plain HTTP: versions, differences, restores, the timeline, authors."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from collab.access.roles import Action
from collab.api.documents import answer
from collab.api.history_answers import authors_out, diff_out, restored_out, stretch_out, version_out
from collab.api.requests import actor, body, flag, grant_for, integer
from collab.api.services import SERVICES
from collab.errors import InvalidRequest
from collab.history.service import History
from collab.room.records import Document
from schemas.history import (
    CreateVersion,
    EraseHistory,
    EraseReceipt,
    PatchVersion,
    RevertOut,
    RevertRequest,
    TimelineOut,
    VersionList,
)

__all__ = [
    "authors", "diff", "erase", "get_version", "name_version", "patch_version", "remove_version",
    "restore", "revert", "timeline", "versions",
]  # fmt: skip

_PAGE: Final = 50
_LARGEST_PAGE: Final = 200
_LARGEST_SEQUENCE: Final = 999_999_999


async def versions(request: web.Request) -> web.Response:
    """List a document's versions, newest first."""
    history, document = await _opened(request)
    limit = integer(
        request.query.get("limit"), default=_PAGE, least=1, most=_LARGEST_PAGE, name="limit"
    )
    page = await history.versions.page(document, cursor=request.query.get("cursor"), limit=limit)
    listed = [version_out(version) for version in page.versions]
    return answer(VersionList(versions=listed, next_cursor=page.cursor))


async def name_version(request: web.Request) -> web.Response:
    """Name the present moment, or an earlier one."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, CreateVersion)
    services = request.app[SERVICES]
    version = await services.history.versions.name_moment(grant, asked.name, asked.sequence)
    services.live.tell(grant.document, "versionCreated", version=version.id)
    return answer(version_out(version), status=201)


async def get_version(request: web.Request) -> web.Response:
    """Return one version."""
    history, document = await _opened(request)
    return answer(version_out(await history.versions.get(document, request.match_info["version"])))


async def patch_version(request: web.Request) -> web.Response:
    """Give a version a name, or take it away."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, PatchVersion)
    history, document = await _opened(request)
    version = await history.versions.rename(
        grant, document, request.match_info["version"], asked.name
    )
    return answer(version_out(version))


async def remove_version(request: web.Request) -> web.Response:
    """Take a version off the list; the moment can be read as long as the log keeps it."""
    grant = await grant_for(request, Action.READ)
    history, document = await _opened(request)
    await history.versions.remove(grant, document, request.match_info["version"])
    return web.Response(status=204)


async def restore(request: web.Request) -> web.Response:
    """Make the document say what it said at a version (or sequence number), as an ordinary edit."""
    grant = await grant_for(request, Action.READ)
    changes = request.app[SERVICES].history.changes
    before, sequence = await changes.restore(grant, request.match_info["version"])
    return answer(restored_out(before, sequence))


async def revert(request: web.Request) -> web.Response:
    """Take one person's edits back, or those of a time, and leave everyone else's."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, RevertRequest)
    done = await request.app[SERVICES].history.changes.revert(
        grant, author=asked.author, first=asked.from_, last=asked.to, look=asked.preview
    )
    before = None if done.before is None else version_out(done.before)
    told = RevertOut(
        preview=asked.preview,
        diff=diff_out(done.difference),
        before=before,
        sequence=done.sequence,
    )
    return answer(told)


async def diff(request: web.Request) -> web.Response:
    """Return what changed between two moments, block by block and word by word, with authors."""
    grant = await grant_for(request, Action.READ)
    history = request.app[SERVICES].history
    first, last = request.query.get("from"), request.query.get("to", "now")
    if first is None:
        message = "Say from which moment (from): a version's id or a sequence number."
        raise InvalidRequest(message)
    whole = flag(request.query.get("unchanged", "true"), name="unchanged")
    difference = await history.comparing.difference(grant.document, first, last)
    return answer(diff_out(difference, unchanged=whole))


async def timeline(request: web.Request) -> web.Response:
    """List the stretches of editing, newest first."""
    history, document = await _opened(request)
    query = request.query
    first = integer(query.get("from"), default=1, least=0, most=_LARGEST_SEQUENCE, name="from")
    last = integer(
        query.get("to"), default=_LARGEST_SEQUENCE, least=0, most=_LARGEST_SEQUENCE, name="to"
    )
    limit = integer(query.get("limit"), default=_PAGE, least=1, most=_LARGEST_PAGE, name="limit")
    if first > last:
        message = "from must not be later than to; exchange the two."
        raise InvalidRequest(message)
    found = await history.store.stretches(document.key, first=first, last=last, limit=limit + 1)
    shown = [stretch_out(stretch) for stretch in found[:limit]]
    more = found[limit].last if len(found) > limit else None
    return answer(TimelineOut(stretches=shown, sequence=document.sequence, next_to=more))


async def authors(request: web.Request) -> web.Response:
    """Return who wrote which part of the present text."""
    grant = await grant_for(request, Action.READ)
    comparing = request.app[SERVICES].history.comparing
    return answer(authors_out(await comparing.authorship(grant.document)))


async def erase(request: web.Request) -> web.Response:
    """Erase the history before a moment for good."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, EraseHistory)
    sequence = await request.app[SERVICES].history.retention.erase(
        grant, asked.before, actor(request)
    )
    return answer(EraseReceipt(sequence=sequence))


# Reading is asked for here, the rest by the history itself: each right once.


async def _opened(request: web.Request) -> tuple[History, Document]:
    """Return the history, and the document of the path, which the caller may read."""
    grant = await grant_for(request, Action.READ)
    services = request.app[SERVICES]
    return services.history, await services.documents.get(grant.document)

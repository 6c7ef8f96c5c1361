"""The web pages and the widget.

The list at `/`, the editor at `/d/<document>`, the editor alone for a frame at `/embed/<document>`, the
widget's script at `/widget.js` with a page that shows it, and the files of all under `/assets`.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from collab.api.headers import FOR_OTHER_SITES, page_policy, style_hash
from collab.api.services import SERVICES
from schemas.identifiers import is_document_id

__all__ = [
    "asset",
    "documents_page",
    "editor_page",
    "embed_page",
    "example_page",
    "favicon",
    "widget_file",
]

_ASSET: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ORIGINS_HERE: Final = "{{allowed-origins}}"
"""Where `embed.html` wants to be told whose messages it may believe,"""
_AUTH_HERE: Final = "{{auth}}"
"""and whether it has to ask them for a token."""
_NOTICE_STYLE: Final = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1.5rem}"
    "h1{font-size:1.4rem}"
)


async def documents_page(request: web.Request) -> web.StreamResponse:
    """Return the list of documents."""
    return _page(request, "index.html")


async def editor_page(request: web.Request) -> web.StreamResponse:
    """Return the editor; an unusable id gets a page that says so."""
    return _unusable(request) or _page(request, "editor.html")


async def embed_page(request: web.Request) -> web.StreamResponse:
    """Return the editor alone, for a frame on the pages of the allowed origins; others may not frame it.

    The page hears tokens from those origins only, and is told which they are. What is said instead of
    it can be read in the frame, too.
    """
    services = request.app[SERVICES]
    origins = services.allowed_origins
    path: Path = services.pages / "embed.html"
    refusal = _unusable(request, origins) or _unbuilt(request, path, origins)
    if refusal is not None:
        return refusal
    text = await asyncio.to_thread(path.read_text, "utf-8")
    text = text.replace(_ORIGINS_HERE, html.escape(" ".join(origins)))
    text = text.replace(_AUTH_HERE, "jwt" if services.rights.asks_for_tokens else "none")
    headers = {
        "Content-Security-Policy": page_policy(request.host, framed_by=origins),
        "Cache-Control": "no-cache",
        **FOR_OTHER_SITES,
    }
    return web.Response(text=text, content_type="text/html", headers=headers)


async def example_page(request: web.Request) -> web.StreamResponse:
    """Return a page with the widget in it, as somebody else would write one."""
    return _page(request, "example.html")


async def widget_file(request: web.Request) -> web.StreamResponse:
    """Return the widget's script, or its manifest: for every page of the web, asked for anew each time."""
    path = request.app[SERVICES].pages / request.path.removeprefix("/")
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-cache", **FOR_OTHER_SITES})


async def asset(request: web.Request) -> web.StreamResponse:
    """Return a built file; its name holds a hash of its content, so it never changes."""
    name = request.match_info["name"]
    path = request.app[SERVICES].pages / "assets" / name
    # The name is one plain segment: no separators, no leading dot, nothing to climb out with.
    if not _ASSET.fullmatch(name) or not path.is_file():
        raise web.HTTPNotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable", **FOR_OTHER_SITES}
    return web.FileResponse(path, headers=headers)


async def favicon(request: web.Request) -> web.StreamResponse:
    """Return the icon."""
    path = request.app[SERVICES].pages / "favicon.svg"
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})


def _page(request: web.Request, name: str) -> web.StreamResponse:
    path: Path = request.app[SERVICES].pages / name
    refusal = _unbuilt(request, path)
    if refusal is not None:
        return refusal
    policy = page_policy(request.host)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


def _unusable(request: web.Request, framed_by: Sequence[str] | None = None) -> web.Response | None:
    """Return what to say instead of opening a document that cannot be; None if it can."""
    document = request.match_info["id"]
    if is_document_id(document):
        return None
    return _notice(
        request,
        HTTPStatus.NOT_FOUND,
        f"“{document[:64]}” cannot be the name of a document.",
        "Names have up to 128 letters, digits and . _ ~ - and start with a letter or digit.",
        framed_by,
    )


def _unbuilt(
    request: web.Request, path: Path, framed_by: Sequence[str] | None = None
) -> web.Response | None:
    """Return what to say while there is no such page; None if there is."""
    if path.is_file():
        return None
    return _notice(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The web pages have not been built.",
        "Run make setup (or pip install) and start the server again; the API works meanwhile.",
        framed_by,
    )


def _notice(
    request: web.Request,
    status: HTTPStatus,
    title: str,
    what_to_do: str,
    framed_by: Sequence[str] | None,
) -> web.Response:
    """Return a page of few words; pages of the origins in `framed_by` may frame it, if that is given."""
    title, what_to_do = html.escape(title), html.escape(what_to_do)
    # The list of documents shows itself in no frame of others.
    way_out = '<p><a href="/">All documents</a></p>' if framed_by is None else ""
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_NOTICE_STYLE}</style><body><h1>{title}</h1><p>{what_to_do}</p>"
        f"{way_out}"
    )
    styles = [style_hash(_NOTICE_STYLE)]
    policy = page_policy(request.host, styles=styles, framed_by=framed_by or ())
    headers = {"Content-Security-Policy": policy}
    if framed_by is not None:
        headers |= FOR_OTHER_SITES
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)

"""The web pages: the list at `/`, the editor at `/d/<document>`, their files under `/assets`."""

from __future__ import annotations

import html
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from collab.api.services import SERVICES
from schemas.identifiers import is_document_id

__all__ = ["asset", "documents_page", "editor_page", "favicon"]

_ASSET: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_CSP: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob: https:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Inline styles are ProseMirror's (column widths, cursors); scripts are ours alone."""


async def documents_page(request: web.Request) -> web.StreamResponse:
    """Return the list of documents."""
    return _page(request, "index.html")


async def editor_page(request: web.Request) -> web.StreamResponse:
    """Return the editor; an unusable id gets a page that says so."""
    document = request.match_info["id"]
    if not is_document_id(document):
        return _notice(
            HTTPStatus.NOT_FOUND,
            f"“{document[:64]}” cannot be the name of a document.",
            "Names have up to 128 letters, digits and . _ ~ - and start with a letter or digit.",
        )
    return _page(request, "editor.html")


async def asset(request: web.Request) -> web.StreamResponse:
    """Return a built file; its name holds a hash of its content, so it never changes."""
    name = request.match_info["name"]
    path = request.app[SERVICES].pages / "assets" / name
    # The name is one plain segment: no separators, no leading dot, nothing to climb out with.
    if not _ASSET.fullmatch(name) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})


async def favicon(request: web.Request) -> web.StreamResponse:
    """Return the icon."""
    path = request.app[SERVICES].pages / "favicon.svg"
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})


def _page(request: web.Request, name: str) -> web.StreamResponse:
    path: Path = request.app[SERVICES].pages / name
    if not path.is_file():
        return _notice(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The web pages have not been built.",
            "Run make setup (or pip install) and start the server again; the API works meanwhile.",
        )
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


def _notice(status: HTTPStatus, title: str, what_to_do: str) -> web.Response:
    title, what_to_do = html.escape(title), html.escape(what_to_do)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<body style="font: 1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; '
        f'padding: 0 1.5rem"><h1 style="font-size: 1.4rem">{title}</h1><p>{what_to_do}</p>'
        '<p><a href="/">All documents</a></p>'
    )
    headers = {"Content-Security-Policy": _CSP}
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)

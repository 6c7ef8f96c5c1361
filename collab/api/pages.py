"""The web pages: the list at `/`, the editor at `/d/<document>`, their files under `/assets`."""

from __future__ import annotations

import html
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from collab.api.headers import page_policy, style_hash
from collab.api.services import SERVICES
from schemas.identifiers import is_document_id

__all__ = ["asset", "documents_page", "editor_page", "favicon"]

_ASSET: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_EDITOR_STYLES: Final = ("'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='",)
"""Of the one style sheet the editor's library writes into the page (tests/journeys/test_page_policy
tells when another version writes another)."""
_NOTICE_STYLE: Final = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1.5rem}"
    "h1{font-size:1.4rem}"
)


async def documents_page(request: web.Request) -> web.StreamResponse:
    """Return the list of documents."""
    return _page(request, "index.html")


async def editor_page(request: web.Request) -> web.StreamResponse:
    """Return the editor; an unusable id gets a page that says so."""
    document = request.match_info["id"]
    if not is_document_id(document):
        return _notice(
            request,
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
            request,
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The web pages have not been built.",
            "Run make setup (or pip install) and start the server again; the API works meanwhile.",
        )
    policy = page_policy(request.host, styles=_EDITOR_STYLES)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


def _notice(request: web.Request, status: HTTPStatus, title: str, what_to_do: str) -> web.Response:
    title, what_to_do = html.escape(title), html.escape(what_to_do)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_NOTICE_STYLE}</style><body><h1>{title}</h1><p>{what_to_do}</p>"
        '<p><a href="/">All documents</a></p>'
    )
    policy = page_policy(request.host, styles=[style_hash(_NOTICE_STYLE)])
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)

"""What browsers are told about every answer: who may frame it, what it may run, what may be kept."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from collab.api.paths import PREFIX

__all__ = ["FOR_OTHER_SITES", "add_headers", "attached_page", "page_policy", "style_hash"]

_ASSETS: Final = "/assets/"
_HOST: Final = re.compile(r"[A-Za-z0-9.\[\]:_-]+")
_FEATURES: Final = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _FEATURES,
}
FOR_OTHER_SITES: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Of what is the same for everybody and part of others' pages: scripts, their files, the frame's page."""
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
_SANDBOX: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Content of others must never run, or look, as a page of this server."""


def page_policy(host: str, *, styles: Iterable[str] = (), framed_by: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of a page served as `host`.

    Scripts and styles are the server's own files; of inline styles, those whose `style_hash` is
    given. Only this server's pages may frame it, and those of the origins in `framed_by`.
    """
    # A port of its own or a proxy: older browsers do not take 'self' for WebSockets.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            " ".join(("style-src 'self'", *styles)),
            "font-src 'self'",
            "img-src 'self' data: blob: https:",
            f"connect-src 'self'{sockets}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            " ".join(("frame-ancestors 'self'", *framed_by)),
        )
    )


def style_hash(style: str) -> str:
    """Return the CSP source that allows exactly this text as an inline style."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def attached_page(document: str) -> dict[str, str]:
    """Return the headers of a document's content as HTML: a file to keep, which runs nothing."""
    return {
        "Content-Security-Policy": _SANDBOX,
        "Content-Disposition": f'attachment; filename="{document}.html"',
    }


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add what the handler did not say itself; for `on_response_prepare`."""
    if response.status == 101:
        return
    headers = response.headers
    for name, value in _EVERYWHERE.items():
        headers.setdefault(name, value)
    if request.path.startswith(_ASSETS):
        return
    headers.setdefault("Content-Security-Policy", _NOTHING)
    if request.path.startswith(PREFIX):
        headers.setdefault("Cache-Control", "no-store")

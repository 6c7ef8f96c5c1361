"""Which pages may speak to the server: its own, and those the operator listed.

One rule for WebSocket handshakes, polling and plain HTTP, whichever door.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

__all__ = ["is_allowed_origin", "is_origin"]


def is_allowed_origin(
    origin: str | None, host: str | None, allowed: Collection[str] | None
) -> bool:
    """Return whether a request with these `Origin` and `Host` headers may go on.

    No origin means no browser page sent it. The page's own server is always allowed; behind a
    proxy that ends TLS only the scheme differs, so it is not compared. `X-Forwarded-Host` is not
    asked: anybody can send one. `allowed` lists further origins; `*` in it allows every page.
    """
    if origin is None:
        return True
    if allowed is not None and ("*" in allowed or origin in allowed):
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    return page.scheme in {"http", "https"} and bool(host) and origin == f"{page.scheme}://{host}"


def is_origin(text: str) -> bool:
    """Return whether `text` is what a browser could send as `Origin`: scheme, host, perhaps a port."""
    try:
        page = urlsplit(text)
        return (
            page.scheme in {"http", "https"}
            and bool(page.hostname)
            and page.port != 0
            and text.isascii()
            and text == f"{page.scheme}://{page.netloc}".lower()
            and not set("@;'\"*, \\") & set(page.netloc)
        )
    except ValueError:
        return False

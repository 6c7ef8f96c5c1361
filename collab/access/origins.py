"""Which pages may speak to the server: its own, and those the operator listed; by which names.

One rule for WebSocket handshakes, polling and plain HTTP, whichever door.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from collab.access.addresses import is_loopback

__all__ = ["is_allowed_origin", "is_answered_host", "is_host", "is_origin"]

_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
"""RFC 3986, section 3.2.2, as far as browsers send it as `Host`: a name or address, and a port."""


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


def is_answered_host(host: str, allowed: Collection[str]) -> bool:
    """Return whether a server that only this machine may use answers to this `Host` header.

    A page can point its own name at this machine (DNS rebinding); to the browser the server is then
    the page's own, and only the name tells. Loopback names and addresses are answered, and those in
    `allowed` (in lower case, without a port).
    """
    found = _HOST.fullmatch(host.lower())
    return found is not None and (is_loopback(found[1]) or found[1] in allowed)


def is_host(text: str) -> bool:
    """Return whether `text` is what can be listed for `is_answered_host`: no port, lower case."""
    found = _HOST.fullmatch(text)
    return found is not None and found[1] == text

"""Somebody else's web site, on an origin of its own, with pages that use a collab server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from aiohttp import web

__all__ = ["Host"]

_HTML: Final = "text/html"


class Host:
    """A web site at `http://localhost:<port>`, while collab servers are at `http://127.0.0.1:<port>`.

    To a browser these are two sites, so everything that crosses an origin in real life does here:

        async with Host() as host:
            server = await make_server(COLLAB_ALLOWED_ORIGINS=host.origin)
            page = host.put("/", f'<script type="module" src="{server.url}/widget.js"></script>')
            window = await Window.open(browser, page)

    The port is known once it runs, so that a server can allow its origin; pages that name the
    server are put up afterwards.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        pages: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Serve the files of `folder` and the HTML `pages` by path, all with these `headers`."""
        self.requested: list[str] = []
        """The path of every request so far, with its query."""
        self._folder = folder.resolve() if folder else None
        self._headers = dict(headers or {})
        self._pages: dict[str, tuple[str, Mapping[str, str]]] = {}
        self._port: int | None = None
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app)
        for path, html in (pages or {}).items():
            self.put(path, html)

    @property
    def origin(self) -> str:
        """The site's origin, as `COLLAB_ALLOWED_ORIGINS` and a browser write it."""
        assert self._port is not None, "The host has no origin before it runs: `async with Host()`."
        return f"http://localhost:{self._port}"

    def url(self, path: str = "/") -> str:
        """Return the address of a page or file."""
        return f"{self.origin}/{path.removeprefix('/')}"

    def put(self, path: str, html: str, headers: Mapping[str, str] | None = None) -> str:
        """Put up a page, or replace it, with `headers` besides the site's; return its address.

        The page is sent as it is: begin it with `<!doctype html>` unless quirks are the point.
        """
        path = f"/{path.removeprefix('/')}"
        self._pages[path] = (html, dict(headers or {}))
        return path if self._port is None else self.url(path)

    async def __aenter__(self) -> Self:
        """Start the site on a free port."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Close the site and its connections."""
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requested.append(request.path_qs)
        if request.path in self._pages:
            html, headers = self._pages[request.path]
            return web.Response(text=html, content_type=_HTML, headers={**self._headers, **headers})
        file = self._file(request.path)
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={**self._headers, "Cache-Control": "no-store"})

    def _file(self, path: str) -> Path | None:
        if self._folder is None:
            return None
        file = (self._folder / path.removeprefix("/")).resolve()
        if file.is_dir():
            file /= "index.html"
        return file if file.is_relative_to(self._folder) and file.is_file() else None

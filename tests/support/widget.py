"""`<collab-editor>` in pages of somebody else's site, as their visitors have it."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
from playwright.async_api import Browser, Page, expect

from tests.support.browser import Window
from tests.support.host import Host
from tests.support.server import RunningServer
from tests.support.waiting import eventually, eventually_asked

__all__ = ["NO_STORAGE", "Pane", "Site", "tag", "violations"]

_WATCH: Final = """
window.broken = [];
addEventListener("securitypolicyviolation", (event) => {
  window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
window.heard = [];
for (const type of ["ready", "status", "saved", "presence", "change", "error"]) {
  // Errors do not bubble; on the way down they pass here all the same.
  addEventListener(type, (event) => {
    if (event instanceof CustomEvent) window.heard.push({ type, on: event.target.id, ...event.detail });
  }, true);
}
"""
"""Notes what the page's policy forbids, and every event of the elements."""

NO_STORAGE: Final = """
for (const name of ["indexedDB", "localStorage", "sessionStorage", "caches"]) {
  Object.defineProperty(window, name, {
    get() { throw new DOMException(`${name} is blocked here.`, "SecurityError"); },
  });
}
Object.defineProperty(Document.prototype, "cookie", {
  get() { throw new DOMException("Cookies are blocked here.", "SecurityError"); },
  set() { throw new DOMException("Cookies are blocked here.", "SecurityError"); },
});
"""
"""A browser that lets nothing be stored: even asking for it throws."""


def tag(document: str | None, content: str = "", **attributes: str) -> str:
    """Return the element as somebody writes it; `id` is `it` unless told."""
    all_ = {"id": "it", **({"document": document} if document is not None else {}), **attributes}
    said = "".join(f' {name}="{html.escape(value)}"' for name, value in all_.items())
    return f"<collab-editor{said}>{content}</collab-editor>"


async def violations(page: Page) -> list[str]:
    """Return what the policy has forbidden on this page so far."""
    found: list[str] = await page.evaluate("window.broken")
    return found


@dataclass(slots=True)
class Pane(Window):
    """Somebody's window on a host's page; most questions are about its element `#it`."""

    requested: list[str] = field(default_factory=list)
    """Every address that the page, or what is in it, has asked for; of sockets as well."""
    complaints: list[str] = field(default_factory=list)
    """What the browser's console says is wrong."""

    @classmethod
    async def made(cls, browser: Browser, *scripts: str, **options: Any) -> Self:
        """Make a window in a new profile, with `scripts` that run before any page's."""
        context = await browser.new_context(**options)
        context.set_default_timeout(20_000)
        for script in (_WATCH, *scripts):
            await context.add_init_script(script)
        pane = cls(context, await context.new_page())
        pane.listen()
        return pane

    def listen(self) -> None:
        """Note what the page asks for and complains of from now on."""
        page = self.page
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("websocket", lambda socket: self.requested.append(socket.url))

        def said(line: Any) -> None:
            if line.type in {"error", "warning"}:
                self.complaints.append(line.text)

        page.on("console", said)

    async def ready(self) -> None:
        """Return once the text of the only element can be written in."""
        await expect(self.part("editor")).to_have_attribute("contenteditable", "true")
        await self.saved()

    async def click(self) -> None:
        """Put the cursor into the text."""
        await self.part("editor").click()

    async def says(self, expected: str, how: str = "getText") -> None:
        """Return once `#it` says exactly this."""
        said = ""

        async def is_so() -> bool:
            nonlocal said
            said = await self.ask(how)
            return bool(said == expected)

        try:
            await eventually_asked(is_so)
        except TimeoutError:
            message = f"{said!r} is not {expected!r}"
            raise AssertionError(message) from None

    async def ask(self, method: str, element: str = "it") -> Any:
        """Return what a method of the element returns."""
        return await self.page.evaluate(
            "([id, name]) => document.getElementById(id)[name]()", [element, method]
        )

    async def get(self, name: str, element: str = "it") -> Any:
        """Return a property of the element."""
        return await self.page.evaluate(
            "([id, name]) => document.getElementById(id)[name]", [element, name]
        )

    async def heard(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the elements' events so far, or those of one kind."""
        heard: list[dict[str, Any]] = await self.page.evaluate("window.heard")
        return [event for event in heard if kind in {"", event["type"]}]

    async def until(self, condition: str) -> None:
        """Return once a JavaScript expression is true (Playwright's own way needs `eval`)."""
        try:
            await eventually_asked(lambda: self.page.evaluate(f"() => Boolean({condition})"))
        except TimeoutError:
            raise AssertionError(f"{condition} is not true") from None

    async def complains(self, *words: str) -> None:
        """Return once the console has a line that holds all of these; it may come after the event."""

        def does() -> bool:
            return any(all(word in line for word in words) for line in self.complaints)

        try:
            await eventually(does)
        except AssertionError:
            raise AssertionError(f"no {words} in {self.complaints}") from None

    async def hears(self, kind: str, **detail: object) -> None:
        """Return once there has been such an event."""

        async def has() -> bool:
            return any(detail.items() <= event.items() for event in await self.heard(kind))

        try:
            await eventually_asked(has)
        except TimeoutError:
            raise AssertionError(f"no {kind} {detail} in {await self.heard()}") from None

    async def close(self) -> None:
        """Leave; nothing may have gone wrong, nothing may have been forbidden or stored."""
        if not self.page.is_closed():
            assert await violations(self.page) == []
        assert self.troubles == []
        assert await self.context.cookies() == []
        await self.context.close()


@dataclass(slots=True)
class Site:
    """Somebody's web site, a server whose widget is on its pages, and a browser."""

    browser: Browser
    host: Host
    server: RunningServer
    folder: Path
    """Where the files of the host's site are."""
    pages: int = 0

    @property
    def policy(self) -> str:
        """The strictest policy that the widget is promised to work under."""
        url = self.server.url
        script, sockets = f"script-src {url}", f"connect-src {url} {url.replace('http', 'ws', 1)}"
        return f"default-src 'none'; {script}; {sockets}; img-src 'self'"

    @property
    def script(self) -> str:
        """The line that loads the widget."""
        return f'<script type="module" src="{self.server.url}/widget.js"></script>'

    def put(self, body: str, *, head: str | None = None, policy: str | None = None) -> str:
        """Put up a page that holds `body`, with the widget's script in its head; return its address."""
        self.pages += 1
        self.host.put("/favicon.ico", "")
        head = self.script if head is None else head
        page = f'<!doctype html><html lang="en"><title>Host</title>{head}<body>{body}</body></html>'
        headers = {"Content-Security-Policy": self.policy if policy is None else policy}
        return self.host.put(f"/page-{self.pages}", page, headers)

    async def open(self, body: str, *scripts: str, **more: Any) -> Pane:
        """Show a page that holds `body` in a new window."""
        url = self.put(
            body, **{name: more.pop(name) for name in ("head", "policy") if name in more}
        )
        pane = await Pane.made(self.browser, *scripts, **more)
        await pane.page.goto(url)
        return pane

    async def present(self, document: str, **headers: str) -> list[str]:
        """Return the names of those whom the server knows to be in the document."""
        url = f"{self.server.url}/api/v1/documents/{document}/presence"
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
            people = await answer.json()
        if answer.status == 404:
            return []
        return sorted(person["name"] for person in people["users"])

    async def make(self, document: str, text: str | None = None, **headers: str) -> None:
        """Make a document, with HTML in it if told."""
        content = {"content": {"format": "html", "value": text}} if text is not None else {}
        url = f"{self.server.url}/api/v1/documents"
        made = {"id": document, **content}
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, json=made, headers=headers) as answer,
        ):
            assert answer.status == 201, await answer.text()

"""What can be wrong with a page or on the way: said in the element's place, and mended by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import expect

from collab.store.pool import ConnectionTarget
from tests.support.server import RunningServer, free_port
from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_ANYWHERE = "http://127.0.0.1:* ws://127.0.0.1:*"


def lenient(site: Site) -> str:
    """Return a policy that lets the page ask every server of this machine."""
    return f"default-src 'none'; script-src {site.server.url}; connect-src {_ANYWHERE}"


async def told(pane: Pane, words: str, code: str) -> None:
    """Return once the element says so in its place and to its page."""
    await expect(pane.page.locator("#it .ce:visible")).to_contain_text(words)
    await pane.hears("error", code=code)
    await expect(pane.part("editor")).to_have_count(0)


async def test_attributes_that_cannot_be(site: Site) -> None:
    """No document, an impossible one, an address that is none: words for each, and the cure works."""

    async def cured(body: str, words: str, code: str) -> None:
        pane = await site.open(body)
        await told(pane, words, code)
        await expect(pane.page.get_by_role("alert")).to_be_visible()
        await pane.page.evaluate(
            "(server) => { it.document = 'cured'; it.server = server; }", site.server.url
        )
        await pane.ready()
        await pane.close()

    unknown = tag("cured", server="mailto:x")
    await asyncio.gather(
        cured(tag(None), "No document is chosen", "missing_document"),
        cured(tag("a b"), "“a b” cannot be the name of a document", "invalid_document_id"),
        cured(unknown, "“mailto:x” is not the address of a server", "invalid_server"),
    )


async def test_trouble_is_told_once(site: Site) -> None:
    """Looks may change while an attribute is wrong; only other trouble is news."""
    pane = await site.open(tag("a b"))
    await told(pane, "“a b” cannot be the name of a document", "invalid_document_id")
    for theme in ("dark", "light", "auto"):
        await pane.page.evaluate("(theme) => { it.theme = theme }", theme)
        await expect(pane.page.locator(f"#it [data-theme={theme}]")).to_be_visible()
    assert len(await pane.heard("error")) == 1
    await pane.page.evaluate("it.document = 'c d'")
    await told(pane, "“c d” cannot be the name of a document", "invalid_document_id")
    assert len(await pane.heard("error")) == 2
    await pane.close()


async def test_nobody_listens_there(
    site: Site, postgres: ConnectionTarget, tmp_path: Path, browser: object
) -> None:
    """The server is away when the page loads; once it is there, the document opens by itself."""
    server = RunningServer(
        ("--database-url", postgres.with_database("widget").url),
        log=tmp_path / "late.log",
        environment={"COLLAB_ALLOWED_ORIGINS": site.host.origin},
    )
    pane = await site.open(tag("late", server=server.url), policy=lenient(site))
    await told(pane, "cannot be reached right now", "unreachable")
    await pane.complains("cannot reach", server.url)
    await server.start()
    try:
        await pane.ready()
        await pane.click()
        await pane.write("here")
        await pane.saved()
        await expect(pane.part("notice")).to_be_hidden()
    finally:
        await server.ensure_ended()
    # What follows is about a connection that ends: the text stays, and is kept.
    await expect(pane.part("save-state")).to_have_text("Offline")
    await pane.says("here")
    await pane.close()


@asynccontextmanager
async def some_site() -> AsyncIterator[str]:
    """Run a web server that has never heard of any of this; return its address."""

    async def answer(_: web.Request) -> web.Response:
        allowed = {"Access-Control-Allow-Origin": "*"}
        return web.Response(text="<h1>It works!</h1>", content_type="text/html", headers=allowed)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_something_else_answers(site: Site) -> None:
    """The address of some other web server: the same words; the right address opens the document."""
    async with some_site() as address:
        pane = await site.open(tag("elsewhere", server=address), policy=lenient(site))
        await told(pane, "cannot be reached right now", "unreachable")
        await pane.page.evaluate("(server) => { it.server = server }", site.server.url)
        await pane.ready()
        await pane.close()


async def test_a_page_that_is_not_allowed(site: Site, guarded: Site) -> None:
    """A host that the server does not list is told so; its operator finds the setting's name."""
    page = site.put(tag("unlisted"))
    pane = await Pane.made(site.browser)
    unlisted = page.replace("localhost", "127.0.0.1")
    await pane.page.goto(unlisted)
    await told(pane, "cannot be reached right now", "unreachable")
    await pane.complains("COLLAB_ALLOWED_ORIGINS")
    await pane.close()


async def test_the_editor_does_not_come(site: Site) -> None:
    """A part that fails to load leaves the text to read; it is asked for again."""
    await site.make("partly", "<p>Read me.</p>")
    pane = await Pane.made(site.browser)
    blocked = True

    async def maybe(route: object) -> None:
        await (route.abort() if blocked else route.continue_())  # type: ignore[attr-defined]

    await pane.context.route("**/assets/widget-rich*", maybe)
    await pane.page.goto(site.put(tag("partly")))
    await expect(pane.part("reading")).to_have_text("Read me.")
    await expect(pane.page.get_by_text("The editor could not be loaded yet")).to_be_visible()
    await pane.hears("error", code="load_failed")
    blocked = False
    await pane.ready()
    await expect(pane.page.get_by_text("The editor could not be loaded yet")).to_be_hidden()
    await expect(pane.part("editor")).to_have_text("Read me.")
    await pane.close()


async def test_the_first_content_does_not_come(site: Site) -> None:
    """What makes text of Markdown fails to load: it is asked for again, and the document begins as told."""
    pane = await Pane.made(site.browser)
    failures = 0

    async def once(route: object) -> None:
        nonlocal failures
        failures += 1
        await (route.abort() if failures == 1 else route.continue_())  # type: ignore[attr-defined]

    # Not what the editor of source text has of Markdown.
    await pane.context.route(re.compile(r"/assets/widget-markdown-(?!language)"), once)
    await pane.page.goto(site.put("<main></main>"))
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(
        """() => {
          const editor = document.createElement("collab-editor");
          const initialContent = { value: "# Title", format: "markdown" };
          Object.assign(editor, { id: "it", document: "begins", initialContent });
          document.body.append(editor);
        }"""
    )
    await pane.hears("error", code="load_failed")
    await pane.ready()
    await expect(pane.part("editor").locator("h1")).to_have_text("Title")
    await expect(pane.page.get_by_text("The editor could not be loaded yet")).to_be_hidden()
    assert failures == 2
    await pane.close()


async def test_a_first_content_that_is_none(site: Site) -> None:
    """The page is told so, in place and on the console, and the editor opens without it."""
    pane = await site.open("<main></main>")
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(
        """() => {
          const editor = document.createElement("collab-editor");
          Object.assign(editor, { id: "it", document: "none", initialContent: { value: 5 } });
          document.body.append(editor);
        }"""
    )
    await pane.hears("error", code="invalid_initial_content")
    await pane.ready()
    await expect(pane.page.get_by_text("so it begins empty")).to_be_visible()
    await pane.complains("initialContent: TypeError")
    await pane.click()
    await pane.write("words")
    await pane.says("words")
    await pane.close()


async def test_an_extension_that_throws(site: Site) -> None:
    """The text can be read, as the notice says, and goes on following what others write."""
    await site.make("broken", "<p>Read me.</p>")
    pane = await site.open("<main></main>")
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(
        """() => {
          const broken = { type: "extension", name: "broken", options: {}, storage: {} };
          const config = { name: "broken", addProseMirrorPlugins() { throw new Error("no plugin"); } };
          const editor = document.createElement("collab-editor");
          const extensions = [{ ...broken, parent: null, child: null, config }];
          Object.assign(editor, { id: "it", document: "broken", extensions });
          document.body.append(editor);
        }"""
    )
    await pane.hears("error", code="invalid_extensions")
    await expect(pane.page.get_by_text("so the text can only be read")).to_be_visible()
    await expect(pane.part("reading")).to_have_text("Read me.")
    await pane.complains("no plugin")
    ben = await site.open(tag("broken"))
    await ben.ready()
    await ben.click()
    await ben.page.keyboard.press("Control+End")
    await ben.write(" Now.")
    await expect(pane.part("reading")).to_have_text("Read me. Now.")
    # Another list of extensions is another try.
    await pane.page.evaluate("it.extensions = []")
    await expect(pane.part("editor")).to_contain_text("Read me. Now.")
    await pane.close()
    await ben.close()

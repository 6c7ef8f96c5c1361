"""The real pages in Chromium under the policy they are served with: they work, and break no rule."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.support.browser import Window
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(120)

_COLLECT = """
window.broken = [];
addEventListener("securitypolicyviolation", (event) => {
  window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


async def violations(page: Page) -> list[str]:
    """Return what the policy has forbidden on this page so far."""
    found: list[str] = await page.evaluate("window.broken")
    return found


async def watched(browser: Browser, url: str) -> tuple[Window, list[str]]:
    """Open `url` with an ear for violations; return the window and what its console complains of."""
    context = await browser.new_context()
    context.set_default_timeout(20_000)
    await context.add_init_script(_COLLECT)
    window = Window(context, await context.new_page())
    said: list[str] = []
    window.page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    window.page.on("pageerror", lambda error: said.append(str(error)))
    await window.page.goto(url)
    return window, said


async def test_the_editor(server: RunningServer, browser: Browser) -> None:
    """Writing, formatting, a table, a second person's cursor, the history: no violation at all."""
    ann, said = await watched(browser, f"{server.url}/d/policy")
    await ann.ready()
    await ann.part("editor").click()
    await ann.write("# Heading\n\nwords **bold** words")
    await ann.page.get_by_role("button", name="Insert a table").click()
    await ann.page.get_by_role("button", name="Highlight").click()
    await ann.saved()
    ben, also_said = await watched(browser, f"{server.url}/d/policy")
    await ben.ready()
    await ben.part("editor").click()
    await ben.write("and mine")
    await ben.saved()
    await expect(ann.part("editor")).to_contain_text("and mine")
    await expect(ann.page.locator(".ce-caret").first).to_be_attached()
    await ann.page.get_by_role("button", name="History").click()
    await ann.page.wait_for_load_state("networkidle")
    for window in (ann, ben):
        assert await violations(window.page) == []
    assert said == also_said == []


async def test_the_other_pages(server: RunningServer, browser: Browser) -> None:
    """The list, the reference and the notice for a bad name keep their policy, and their looks."""
    for path in ("/", "/docs", "/d/%20"):
        window, _ = await watched(browser, f"{server.url}{path}")
        await expect(window.page.locator("h1").first).to_be_visible()
        assert await violations(window.page) == []
        family = await window.page.evaluate("getComputedStyle(document.body).fontFamily")
        assert "system-ui" in family or path == "/"
        await window.context.close()


async def test_an_exported_page_runs_nothing(server: RunningServer, browser: Browser) -> None:
    """Should a browser show it in spite of being told to save it: no script, no event, no style."""
    script = "<p>words<img src=x onerror='window.ran = true'></p><script>window.ran = true</script>"
    async with aiohttp.ClientSession() as http:
        made = {"id": "exported", "content": {"format": "html", "value": script}}
        async with http.post(f"{server.url}/api/v1/documents", json=made) as answer:
            assert answer.status == 201
        async with http.get(f"{server.url}/api/v1/documents/exported/content?format=html") as got:
            policy = got.headers["Content-Security-Policy"]
            assert policy.startswith("sandbox; default-src 'none'")
            assert got.headers["Content-Disposition"] == 'attachment; filename="exported.html"'
            assert got.headers["X-Content-Type-Options"] == "nosniff"
            assert got.headers["Cache-Control"] == "no-store"

    context = await browser.new_context()
    page = await context.new_page()

    async def show(route: Route) -> None:
        headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
        await route.fulfill(body=script, headers=headers)

    await page.route("**/shown.html", show)
    await page.goto(f"{server.url}/shown.html")
    await expect(page.get_by_text("words")).to_be_visible()
    assert await page.evaluate("window.ran") is None


async def test_a_violation_is_noticed(server: RunningServer, browser: Browser) -> None:
    """What these tests rely on: an inline script is stopped, and seen."""
    ann, said = await watched(browser, f"{server.url}/d/policy")
    await ann.ready()
    await ann.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    assert await ann.page.evaluate("window.ran") is None
    assert len(await violations(ann.page)) == 1
    assert any("Content Security Policy" in line for line in said)

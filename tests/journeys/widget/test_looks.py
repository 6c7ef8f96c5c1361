"""How `<collab-editor>` looks, and how it is used by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def test_slots_and_looks(site: Site) -> None:
    """The host puts its own into the bar and below the text, and sets properties and parts."""
    body = tag(
        "slots",
        '<b slot="start" id="mine">Plan</b><button slot="end">Share</button><i slot="footer">Foot</i>',
        hidden="",
    )
    (site.folder / "slots.css").write_text("#it::part(bar) { border-top: 7px solid rgb(1, 2, 3) }")
    head = f'{site.script}<link rel="stylesheet" href="/slots.css">'
    pane = await site.open(body, head=head, policy=f"{site.policy}; style-src 'self'")
    await expect(pane.part("editor")).to_have_count(1)
    await expect(pane.page.locator("#it")).to_be_hidden()
    await pane.page.evaluate("it.hidden = false")
    for words in ("Plan", "Share", "Foot"):
        await expect(pane.page.get_by_text(words, exact=True)).to_be_visible()
    bar = "getComputedStyle(it.shadowRoot.querySelector('[part~=bar]')).borderTopWidth"
    assert await pane.page.evaluate(bar) == "7px"
    await pane.close()


_SNIPPET: Final = """
collab-editor {
  max-height: 60vh;
  --ce-accent: #3b4cca;
  --ce-font: Georgia, serif;
}
collab-editor::part(toolbar) { background: #f2f3f7; }
"""
"""What the documentation shows under “Looks”."""


async def test_the_looks_as_documented(site: Site) -> None:
    """The documentation's own snippet does what it says, in every theme and when there is none."""
    documentation = (Path(__file__).parents[3] / "docs" / "embedding.md").read_text()
    assert _SNIPPET.strip() in documentation
    (site.folder / "looks.css").write_text(_SNIPPET)
    head = f'{site.script}<link rel="stylesheet" href="/looks.css">'
    pane = await site.open(tag("looks"), head=head, policy=f"{site.policy}; style-src 'self'")
    await pane.ready()
    looks = """() => {
      const part = (name) => getComputedStyle(it.shadowRoot.querySelector(`[part~=${name}]`));
      const accent = part("text").getPropertyValue("--ce-accent");
      return [accent, part("text").fontFamily, part("toolbar").backgroundColor];
    }"""
    wanted = ["#3b4cca", "Georgia, serif", "rgb(242, 243, 247)"]
    assert await pane.page.evaluate(looks) == wanted
    canvas = (
        "getComputedStyle(it.shadowRoot.querySelector('[part~=page]').parentElement.parentElement)"
    )
    seen = set()
    for theme in ("auto", "light", "dark"):
        await pane.page.evaluate("(theme) => { it.theme = theme }", theme)
        await pane.until(f"it.shadowRoot.querySelector('.ce').dataset.theme === '{theme}'")
        assert await pane.page.evaluate(looks) == wanted
        seen.add(await pane.page.evaluate(f"{canvas}.backgroundColor"))
    # What the page does not set is still as the theme has it.
    assert len(seen) == 2
    await pane.close()


async def test_by_keyboard_alone(site: Site) -> None:
    """Tab leads into the tools and the text and out again; the host's shortcuts go on working."""
    body = f"<button id='before'>Before</button>{tag('keys')}<button id='after'>After</button>"
    pane = await site.open(body)
    await pane.ready()
    await pane.page.evaluate(
        """() => {
          window.pressed = [];
          addEventListener("keydown", (event) => {
            if (event.ctrlKey && event.key === "k" && !event.defaultPrevented) pressed.push("search");
            if (event.key === "F2") pressed.push("rename");
            if (event.ctrlKey && event.key === "s") { event.preventDefault(); pressed.push("save"); }
          });
          before.focus();
        }"""
    )
    path: list[str] = []
    for _ in range(12):
        await pane.page.keyboard.press("Tab")
        path.append(
            await pane.page.evaluate(
                """() => document.activeElement !== it ? document.activeElement.id
                  : it.shadowRoot.activeElement.closest("[role=toolbar]") ? "tools"
                  : it.shadowRoot.activeElement.dataset.testid ?? "other" """
            )
        )
        if path[-1] == "editor":
            break
    assert path[-1] == "editor", path
    assert "tools" in path
    await pane.write("typed")
    await pane.page.keyboard.press("F2")
    await pane.page.keyboard.press("Control+s")
    assert await pane.page.evaluate("pressed") == ["rename", "save"]
    await pane.page.keyboard.press("Tab")
    assert await pane.page.evaluate("document.activeElement.id") == "after"
    await pane.page.keyboard.press("Control+k")
    assert await pane.page.evaluate("pressed") == ["rename", "save", "search"]
    await pane.says("typed")
    await pane.close()


async def test_the_example_page(site: Site) -> None:
    """The page that the documentation shows works as it stands."""
    pane = await Pane.made(site.browser)
    await pane.page.goto(f"{site.server.url}/example.html")
    texts = pane.part("editor")
    await expect(texts).to_have_count(3)
    for number, words in enumerate(("minutes", "notes", "summary")):
        await expect(texts.nth(number)).to_have_attribute("contenteditable", "true")
        await texts.nth(number).click()
        await pane.write(words)
        await expect(texts.nth(number)).to_contain_text(words)
    await pane.page.get_by_role("button", name="Send").click()
    await expect(pane.page.get_by_label("What would be sent")).to_have_text("summary")
    assert len([url for url in pane.requested if url.startswith("ws")]) == 1
    assert pane.complaints == []
    await pane.close()

"""The host's styles and ours: neither side notices the other, and nothing of ours is left around."""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_PLACE: Final = """
#place {
  all: initial !important;
  position: absolute !important;
  inset: 0 auto auto 0 !important;
  width: 640px !important;
  display: block !important;
}
"""
"""The same room for the element, whatever else the page's style sheet says."""

_HOSTILE: Final = """
html { font-size: 62.5%; }
*, *::before, *::after { all: unset !important; }
* {
  font: italic 40px fantasy !important;
  letter-spacing: 1em !important;
  word-spacing: 1em !important;
  line-height: 4 !important;
  color: lime !important;
  text-align: right !important;
  text-indent: 3em !important;
  text-transform: uppercase !important;
  text-shadow: 1px 1px red !important;
  white-space: pre !important;
  direction: rtl !important;
  box-sizing: content-box !important;
  cursor: none !important;
  list-style: upper-roman !important;
  user-select: none !important;
  visibility: visible !important;
  quotes: "x" "y" !important;
  border-collapse: collapse !important;
  tab-size: 1 !important;
  hyphens: auto !important;
  pointer-events: auto !important;
}
collab-editor { display: flex !important; flex-direction: column !important; }
p, button, h1, li, td, div, [contenteditable] { margin: 33px !important; outline: 9px solid !important; }
"""

_DUMP: Final = """
async () => {
  await document.fonts.ready;
  while (it.shadowRoot.getAnimations().some(({ effect }) => effect.getTiming().iterations === 1)) {
    await new Promise(requestAnimationFrame);
  }
  const box = it.getBoundingClientRect();
  const names = [...getComputedStyle(it)];
  return [...it.shadowRoot.querySelectorAll("*")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const looks = [];
    for (const pseudo of ["", "::before", "::after"]) {
      const style = getComputedStyle(element, pseudo);
      if (pseudo && style.content === "none") continue;
      looks.push(...names.map((name) => `${pseudo} ${name}: ${style.getPropertyValue(name)}`));
    }
    const name = `${element.localName}.${element.getAttribute("class") ?? ""}`;
    return { name, box: [x - box.x, y - box.y, width, height], looks: looks.join("\\n") };
  });
}
"""
"""Return how everything in the element looks, and where it stands."""

_TEXT: Final = (
    "<h1>A heading</h1><p>Words, <strong>bold</strong>, <a href='https://example.com'>a link</a> and "
    "<code>code</code>.</p><ul><li><p>one</p></li><li><p>two</p></li></ul><blockquote><p>A quotation"
    "</p></blockquote><table><tr><th>a</th><td>b</td></tr></table><pre><code>if x:</code></pre><hr>"
)

_ARTICLE: Final = """
<article>
  <h1>Title</h1><p>Words and <a href="#top">a link</a>.</p><ul><li>one</li></ul>
  <button>Button</button><input value="words"><table><tr><td>cell</td></tr></table>
</article>
"""

_OUTSIDE: Final = """
() => {
  const looks = [...document.querySelectorAll("html, body, article, article *")].map((element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const size = /HTML|BODY/.test(element.tagName) ? [] : [box.x, box.y, box.width, box.height];
    const said = [...style].map((name) => `${name}: ${style.getPropertyValue(name)}`);
    // They are as high as what is in them.
    const isOfSize = /^(height|block-size|perspective-origin|transform-origin):/;
    return [element.tagName, size, size.length ? said : said.filter((one) => !isOfSize.test(one))];
  });
  const attributes = (element) => [...element.attributes].map(({ name, value }) => `${name}=${value}`);
  const types = [Object, Array, String, Promise, Node, Element, HTMLElement, Document, EventTarget, Event];
  return {
    looks,
    adopted: document.adoptedStyleSheets.length,
    sheets: document.styleSheets.length,
    head: [...document.head.children].map((one) => one.outerHTML),
    body: [...document.body.children].filter((one) => one.id !== "it").map((one) => one.localName),
    html: attributes(document.documentElement),
    bodyAttributes: attributes(document.body),
    names: Reflect.ownKeys(window).map(String),
    prototypes: types.map((type) => Reflect.ownKeys(type.prototype).map(String)),
    statics: types.map((type) => Reflect.ownKeys(type).map(String)),
    title: document.title,
    address: location.href,
    history: history.length,
  };
}
"""
"""Return what of a page others might have changed."""


def sheet(site: Site, name: str, css: str) -> str:
    """Put up a style sheet; return the line that loads it."""
    (site.folder / f"{name}.css").write_text(css)
    return f'<link rel="stylesheet" href="/{name}.css">'


_KNOWN: Final = ["__ $YJS$ __"]
"""By this name of the window Yjs tells whether a page has it twice."""


async def dump(site: Site, document: str, mode: str, css: str, name: str) -> tuple[Pane, Any]:
    """Open the document on a page with these styles; return how everything in the element looks."""
    head = site.script + sheet(site, name, css + _PLACE)
    body = f'<div id="place">{tag(document, mode=mode, history="false", name="Ann", color="#1d4ed8")}</div>'
    pane = await site.open(body, head=head, policy=f"{site.policy}; style-src 'self'")
    await pane.ready()
    await pane.page.mouse.move(1, 900)
    await expect(pane.page.locator("#it .ce-avatar")).to_have_count(1)
    await expect(pane.part("tool-bold")).to_be_enabled()
    return pane, await pane.page.evaluate(_DUMP)


@pytest.mark.parametrize("mode", ["rich", "markdown"])
async def test_hostile_styles_stay_outside(site: Site, mode: str) -> None:
    """Every part stands where it stands on a plain page, and looks as it does there."""
    document = f"hostile-{mode}"
    if mode == "rich":
        await site.make(document, _TEXT)
    plain, expected = await dump(site, document, mode, "", "plain")
    await plain.close()
    hostile, found = await dump(site, document, mode, _HOSTILE, "hostile")
    assert await hostile.page.evaluate("getComputedStyle(it).color") == "rgb(0, 255, 0)"
    assert [one["name"] for one in found] == [one["name"] for one in expected]
    assert len(found) > 40
    different = {
        (was["name"], line)
        for was, now in zip(expected, found, strict=True)
        if was["looks"] != now["looks"]
        for line in set(now["looks"].split("\n")) - set(was["looks"].split("\n"))
    }
    assert different == set()
    moved = [
        (was["name"], was["box"], now["box"])
        for was, now in zip(expected, found, strict=True)
        if was["box"] != now["box"]
    ]
    assert moved == []
    await hostile.close()


async def test_the_page_around_stays_as_it_was(site: Site) -> None:
    """After writing, a table, the history and leaving: no style, node, name or prototype is changed."""
    pane = await site.open(_ARTICLE, head="")
    before = await pane.page.evaluate(_OUTSIDE)
    await pane.page.evaluate(
        """async (address) => {
          const script = document.createElement("script");
          script.type = "module";
          script.src = address;
          document.head.append(script);
          await customElements.whenDefined("collab-editor");
          script.remove();
          const editor = document.createElement("collab-editor");
          editor.id = "it";
          editor.document = "around";
          document.body.append(editor);
        }""",
        f"{site.server.url}/widget.js",
    )
    await pane.ready()
    await pane.click()
    await pane.write("# Heading\n\nwords **bold** words")
    await pane.page.get_by_role("button", name="Insert a table").click()
    await pane.page.get_by_role("button", name="History").click()
    await expect(pane.part("history-list")).to_be_visible()
    await pane.page.keyboard.press("Escape")
    await pane.saved()
    await pane.page.evaluate("document.activeElement.blur()")
    during = await pane.page.evaluate(_OUTSIDE)
    await pane.page.evaluate("it.remove()")
    after = await pane.page.evaluate(_OUTSIDE)
    for name, was in before.items():
        expected = was + _KNOWN if name == "names" else was
        assert during[name] == after[name] == expected, name
    await pane.close()


_COOKIE: Final = """
async () => {
  document.cookie = "seen=1; SameSite=None; Secure; path=/";
  return [await document.hasStorageAccess(), document.cookie];
}
"""
"""Set a cookie, as strictly as others' pages may; return whether that is allowed, and what was kept."""


async def test_cookies_of_other_sites_are_blocked_here(site: Site) -> None:
    """What all of these tests rely on: in this browser the server's frame in the host's page has none."""
    address = f"{site.server.url}/embed/cookies"
    page = f'<!doctype html><iframe id="frame" src="{address}"></iframe>'
    pane = await Pane.made(site.browser)
    await pane.page.goto(site.host.put("/cookies", page))
    element = await pane.page.query_selector("#frame")
    frame = await element.content_frame() if element else None
    assert frame is not None
    await frame.wait_for_load_state()
    assert await frame.evaluate(_COOKIE) == [False, ""]
    assert await pane.context.cookies() == []
    # The same page by itself has them: it is the browser that makes the difference.
    await pane.page.goto(address)
    assert await pane.page.evaluate(_COOKIE) == [True, "seen=1"]
    await pane.context.close()

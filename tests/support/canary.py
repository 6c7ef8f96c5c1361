"""Hostile values, and a window that notices when one of them does anything."""

from __future__ import annotations

import json
from typing import Any, Final, Self
from urllib.parse import urlsplit

from playwright.async_api import Browser, Dialog, Request
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from tests.support.browser import Window

__all__ = ["ACT", "EVIL", "STYLE", "TAGS", "URLS", "Canary", "hostile_text"]

EVIL: Final = "https://evil.invalid"
ACT: Final = f"window.__pwned=1;fetch('{EVIL}')"
TAGS: Final = (
    f'"><img src=x onerror="{ACT}">',
    f"<script>{ACT}</script>",
    f"<svg onload=\"{ACT}\"><a xlink:href='javascript:{ACT}'>a</a></svg>",
    f'<iframe srcdoc="<script>parent.{ACT}</script>"></iframe>',
    f"</title></textarea></style><script>{ACT}</script>",
    "{{constructor.constructor('" + ACT.replace("'", "\\'") + "')()}}",
)
URLS: Final = (
    f"javascript:{ACT}",
    f"JaVaScRiPt:{ACT}",
    f"java\nscript:{ACT}",
    f"\x01javascript:{ACT}",
    f" javascript:{ACT}",
    f"data:text/html,<script>{ACT}</script>",
    f"vbscript:{ACT}",
    "//evil.invalid/x",
)
STYLE: Final = f"background:url({EVIL}/style);--x:url({EVIL}/x)"
_HOSTILE_DOM: Final = r"""(origins) => {
  const found = [];
  const all = [...document.querySelectorAll("body, body *")];
  // A widget keeps its elements in a tree of its own.
  for (const element of all) all.push(...(element.shadowRoot?.querySelectorAll("*") ?? []));
  const bad = new Set(["iframe", "object", "embed", "base", "foreignobject", "style"]);
  const acts = /^[\s\x00-\x20]*(?:j\s*a\s*v\s*a|vb)\s*script\s*:|^[\s\x00-\x20]*data\s*:|^[\\/]{2}/i;
  for (const element of all) {
    const name = element.localName.toLowerCase();
    const isOurs = name === "script" && origins.includes(new URL(element.src).origin);
    if (bad.has(name) || (name === "script" && !isOurs)) found.push(element.outerHTML);
    for (const { name: attribute, value } of element.attributes) {
      const isAct = attribute.startsWith("on");
      const isUrl = ["href", "src", "action", "formaction", "xlink:href", "srcdoc"].includes(attribute);
      const isStyle = attribute === "style" && /url|evil|expression/i.test(value);
      if (isAct || isStyle || (isUrl && acts.test(value))) found.push(element.outerHTML);
    }
  }
  return found;
}"""


def hostile_text() -> bytes:
    """Return the update of a client that puts hostile values wherever a known node takes any."""
    doc: Doc[Any] = Doc()
    root = doc.get("default", type=XmlFragment)
    noise = {"onclick": ACT, "style": STYLE, "src": URLS[0], "href": URLS[0], "class": TAGS[0]}
    for url in URLS:
        text = XmlText()
        root.children.append(XmlElement("paragraph", noise, [text]))
        text.insert(0, f"link {url}")
        mark = {
            "href": url,
            "target": "_self",
            "rel": "opener",
            "class": TAGS[0],
            "title": TAGS[0],
        }
        text.format(0, 4, {"link": mark})
    strange: tuple[object, ...] = ({"a": URLS[0]}, [URLS[0]], 7, None, True)
    for href in strange:
        text = XmlText()
        root.children.append(XmlElement("paragraph", {}, [text]))
        text.insert(0, "strange")
        text.format(0, 7, {"link": {"href": href}, "highlight": {"color": f"red;{STYLE}"}})
    for level in ("1 onclick=x", TAGS[0], "99"):
        root.children.append(XmlElement("heading", {"level": level, **noise}, [XmlText(TAGS[1])]))
    root.children.append(XmlElement("codeBlock", {"language": TAGS[0]}, [XmlText(TAGS[1])]))
    item = XmlElement("listItem", noise, [XmlElement("paragraph", {}, [XmlText(TAGS[2])])])
    root.children.append(XmlElement("orderedList", {"start": TAGS[0], "type": TAGS[0]}, [item]))
    cell = XmlElement(
        "tableCell",
        {"colwidth": STYLE, "align": TAGS[0], **noise},
        [XmlElement("paragraph", {}, [XmlText(TAGS[3])])],
    )
    root.children.append(XmlElement("table", noise, [XmlElement("tableRow", noise, [cell])]))
    return doc.get_update()


def _origin(url: str) -> str:
    there = urlsplit(url)
    return f"{there.scheme}://{there.netloc}"


class Canary(Window):
    """A window that notices whatever runs, asks, or calls somebody else."""

    calls: list[str]
    origins: list[str]

    @classmethod
    async def at(
        cls, browser: Browser, url: str, *others: str, me: dict[str, str] | None = None
    ) -> Self:
        """Open `url`, as this person of the browser's storage if `me` is given.

        The page may also ask the servers at the `others` for what it needs.
        """
        context = await browser.new_context(bypass_csp=True)
        if me is not None:
            text = json.dumps(json.dumps(me))
            await context.add_init_script(f"localStorage.setItem('collab-me', {text})")
        window = cls(context, await context.new_page())
        window.calls, window.origins = [], [_origin(known) for known in (url, *others)]
        context.on("page", window._watch)
        window._watch(window.page)
        await window.page.goto(url)
        return window

    def _watch(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._called)
        page.on("dialog", self._asked)

    def _called(self, request: Request) -> None:
        if not urlsplit(request.url).netloc:
            return
        if _origin(request.url) not in self.origins:
            self.calls.append(request.url)

    async def _asked(self, dialog: Dialog) -> None:
        self.calls.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    async def is_quiet(self) -> None:
        """Assert that nothing ran, nothing broke, and nothing in the page could run later."""
        for page in self.context.pages:
            # Two frames and an idle moment: what was going to load has begun to.
            await page.evaluate(
                "async () => { for (let turn = 0; turn < 2; turn++)"
                " await new Promise(requestAnimationFrame);"
                " await new Promise((done) => requestIdleCallback(done)); }"
            )
            assert await page.evaluate("window.__pwned === undefined")
            found = await page.evaluate(_HOSTILE_DOM, self.origins)
            assert found == [], f"{page.url} holds {found}"
        assert self.calls == []
        assert self.troubles == []

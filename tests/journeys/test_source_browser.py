"""Source text in real browser windows: Markdown, code and plain text, under the strictest policy."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import Window
from tests.support.host import Host
from tests.support.node import REPOSITORY, node_path
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]

_WEB: Final = REPOSITORY / "web"
_SCRIPT: Final = """
import { CollabProvider } from "@client";
import { mountFrame } from "@editor/frame.ts";
import { mountSource } from "@editor/source/index.ts";
import source from "@editor/source/source.css?inline";
import styles from "@editor/styles.css?inline";

const asked = Object.fromEntries(new URLSearchParams(location.search));
const violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(event.violatedDirective),
);
const shadow = document.body.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles + source);
shadow.adoptedStyleSheets = [sheet];
const root = document.createElement("div");
shadow.append(root);
const provider = new CollabProvider({ url: asked.server, document: asked.document, store: null });
provider.awareness.setLocalStateField("user", { name: asked.name, color: "#0369a1" });
const frame = mountFrame(root, { provider });
const text = provider.doc.getText("text");
const show = (mode) => mountSource(frame, { provider, mode, language: asked.language });
window.it = { violations, provider, frame, text, show, surface: show(asked.mode) };
"""
_CONFIG: Final = """
export default {{
  root: {root!r},
  resolve: {{ alias: {{ "@client": {client!r}, "@editor": {editor!r} }} }},
  build: {{ target: "es2022", cssTarget: "chrome123", modulePreload: {{ polyfill: false }} }},
}};
"""
_HTML: Final = '<!doctype html><title>Text</title><script type="module" src="/page.ts"></script>'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the script of a page that shows one document's source text."""
    root = tmp_path_factory.mktemp("source")
    (root / "page.ts").write_text(_SCRIPT)
    (root / "index.html").write_text(_HTML)
    places = {
        "client": str(_WEB / "packages/client/src/index.ts"),
        "editor": str(_WEB / "packages/editor/src"),
    }
    config = root / "vite.config.mjs"
    config.write_text(_CONFIG.format(root=str(root), **places))
    vite = _WEB / "node_modules/vite/bin/vite.js"
    subprocess.run(
        [node_path(), str(vite), "build", "--config", str(config)],
        cwd=_WEB,
        check=True,
        capture_output=True,
    )
    return root / "dist"


@dataclass(slots=True)
class Site:
    """Somebody's web site with the page, and the server its documents are on."""

    browser: Browser
    host: Host
    server: RunningServer

    async def open(self, mode: str, name: str, **options: str) -> Window:
        """Open a window on the document and return once it can be written in."""
        window = await self.visit(mode, name, **options)
        await window.ready()
        return window

    async def visit(self, mode: str, name: str, **options: str) -> Window:
        """Open a window on the document, which may be refused."""
        asked = {"server": self.server.url, "document": "plan", "mode": mode, "name": name}
        return await Window.open(self.browser, self.host.url(f"?{urlencode(asked | options)}"))


@pytest.fixture
async def site(browser: Browser, make_server: _MakeServer, built: Path) -> AsyncIterator[Site]:
    """Run the site; its policy allows its script and the server, and no styles at all."""
    async with Host(built) as host:
        server = await make_server(COLLAB_ALLOWED_ORIGINS=host.origin)
        socket = server.url.replace("http", "ws", 1)
        policy = f"default-src 'none'; script-src 'self'; connect-src {server.url} {socket}"
        host.put("/", (built / "index.html").read_text(), {"Content-Security-Policy": policy})
        yield Site(browser, host, server)


async def shared(window: Window) -> str:
    """Return the shared text as this window has it."""
    said: str = await window.page.evaluate("it.text.toString()")
    return said


async def shown(window: Window) -> str:
    """Return the lines that the person sees."""
    read: str = await window.page.evaluate(
        """() => [...it.frame.page.querySelectorAll(".cm-line")].map((line) => {
          const copy = line.cloneNode(true);
          for (const caret of copy.querySelectorAll(".ce-caret")) caret.remove();
          return copy.textContent;
        }).join("\\n")"""
    )
    return read


async def alike(*windows: Window) -> str:
    """Wait until all is saved and all have the same text; return it. Nothing went wrong so far."""
    for window in windows:
        await window.saved()

    async def are_alike() -> bool:
        return len({await shared(window) for window in windows}) == 1

    await eventually_asked(are_alike)
    for window in windows:
        assert window.troubles == []
        assert await window.page.evaluate("it.violations") == []
    return await shared(windows[0])


@pytest.mark.parametrize("mode", ["markdown", "code", "plain"])
async def test_two_people_write_in_one_text(site: Site, mode: str) -> None:
    """Each sees the other's words and cursor; the page's policy is never violated."""
    ann = await site.open(mode, "Ann", language="python")
    ben = await site.open(mode, "Ben", language="python")
    await ann.part("editor").click()
    await ann.write("# One\nimport this")
    await expect(ben.part("editor")).to_contain_text("import this")
    await ben.part("editor").click()
    await ben.page.keyboard.press("Control+Home")
    await ben.write("# Zero\n")
    await ann.write(" and that")
    assert await alike(ann, ben) == "# Zero\n# One\nimport this and that"
    assert await shown(ann) == await shown(ben) == await shared(ann)
    await expect(ann.part("remote-caret")).to_have_text("Ben")
    await ben.page.evaluate("it.surface.destroy()")
    await expect(ann.part("remote-caret")).to_have_count(0)
    await ann.page.keyboard.press("Control+z")
    assert (await alike(ann, ben)).startswith("# Zero\n")


async def test_line_breaks_of_other_systems_are_kept(site: Site) -> None:
    """What is typed behind a carriage return comes to the same place for everybody."""
    ann = await site.open("plain", "Ann")
    ben = await site.open("code", "Ben")
    await ben.page.evaluate(r"it.text.insert(0, 'one\r\ntwo\r\n\r\nfour\rend')")
    await expect(ann.part("editor")).to_contain_text("four")
    await ann.part("editor").click()
    keys = ann.page.keyboard
    await keys.press("Control+Home")
    for word in ("A", "B"):
        await keys.press("End")
        await ann.write(word)
        await keys.press("ArrowDown")
    await keys.press("Control+End")
    await ann.write("!")
    assert await alike(ann, ben) == "oneA\r\ntwoB\r\n\r\nfour\rend!"
    await keys.press("Control+Home")
    await keys.press("ArrowDown")
    await keys.press("Home")
    await keys.press("Backspace")
    assert await alike(ann, ben) == "oneAtwoB\r\n\r\nfour\rend!"
    await ben.part("editor").click()
    await ben.page.keyboard.press("Control+Home")
    await ben.page.keyboard.press("End")
    await ben.page.keyboard.press("Delete")
    assert await alike(ann, ben) == "oneAtwoB\r\nfour\rend!"


async def test_formats_of_other_programs_are_kept(site: Site) -> None:
    """They shift nothing, and what is typed inside of them has them, too."""
    ann = await site.open("markdown", "Ann")
    await ann.page.evaluate(
        """() => { it.text.insert(0, "bold text"); it.text.format(0, 4, { bold: true }); }"""
    )
    await ann.part("editor").click()
    await ann.page.keyboard.press("Control+Home")
    await ann.page.keyboard.press("ArrowRight")
    await ann.write("l")
    await ann.page.keyboard.press("End")
    await ann.write("!")
    assert await alike(ann) == "blold text!"
    assert await ann.page.evaluate("it.text.toDelta()") == [
        {"insert": "blold", "attributes": {"bold": True}},
        {"insert": " text!"},
    ]


async def test_what_is_no_text_is_left_untouched(site: Site) -> None:
    """An image in the text closes it at once, and in words for everybody who comes later."""
    ann = await site.open("plain", "Ann")
    await ann.part("editor").click()
    await ann.write("some words")
    ben = await site.open("code", "Ben")
    await ben.page.evaluate("it.surface.destroy()")
    await ben.page.evaluate("it.text.insertEmbed(4, { image: 'a.png' })")
    late = await site.visit("markdown", "Cat")
    for window in (ann, late):
        await expect(window.part("unknown-content")).to_contain_text("images or other things")
        await expect(window.part("editor")).to_have_count(0)
        await expect(window.part("toolbar")).to_have_count(0)
    await ben.page.evaluate("it.text.insert(0, 'more ')")
    assert await alike(ann, ben, late) == "more some words"


async def test_rich_text_is_not_shown_as_an_empty_text(site: Site) -> None:
    """A document that holds rich text only says how to open it."""
    ann = await site.open("plain", "Ann")
    await ann.page.evaluate(
        "async () => it.provider.doc.getXmlFragment('default').push([new (it.text.constructor)()])"
    )
    await expect(ann.part("unknown-content")).to_contain_text("open it in the rich mode")


async def test_readers_have_a_cursor_and_change_nothing(site: Site) -> None:
    """Keys move their cursor; Tab leaves the text, also in code."""
    ann = await site.open("code", "Ann")
    await ann.part("editor").click()
    await ann.write("one\ntwo")
    await alike(ann)
    await ann.page.evaluate("it.surface.setEditable(false)")
    editor = ann.part("editor")
    await expect(editor).to_have_attribute("contenteditable", "false")
    await expect(editor).to_have_attribute("aria-readonly", "true")
    await ann.page.evaluate("it.surface.focus()")
    keys = ann.page.keyboard
    for key in ("ArrowUp", "x", "Enter", "Backspace", "Control+z", "Tab"):
        await keys.press(key)
    await expect(editor).not_to_be_focused()
    assert await alike(ann) == "one\ntwo"


async def test_the_keyboard_is_not_caught_in_code(site: Site) -> None:
    """Tab indents; after Escape it leaves the text."""
    ann = await site.open("code", "Ann")
    await ann.part("editor").click()
    await ann.page.keyboard.press("Tab")
    assert await alike(ann) == "  "
    await expect(ann.part("editor")).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await ann.page.keyboard.press("Tab")
    await expect(ann.part("editor")).not_to_be_focused()


async def test_the_markdown_tools_work_by_keys_and_by_buttons(site: Site) -> None:
    """Marks, links and lists; the way back is one's own undo."""
    ann = await site.open("markdown", "Ann")
    await expect(ann.part("tool-bold")).to_have_attribute("aria-disabled", "false")
    await ann.part("editor").click()
    await ann.write("- one\ntwo")
    await ann.page.keyboard.press("Control+b")
    assert await alike(ann) == "- one\n- **two**"
    await expect(ann.part("tool-bold")).to_have_attribute("aria-pressed", "true")
    await ann.part("tool-task-list").click()
    assert await alike(ann) == "- one\n- [ ] **two**"
    await ann.part("tool-undo").click()
    await ann.part("tool-undo").click()
    assert await alike(ann) == "- one\n- two"


async def test_a_text_may_be_shown_again_in_another_mode(site: Site) -> None:
    """What was taken away comes back, and hears of changes only once."""
    ann = await site.open("markdown", "Ann")
    ben = await site.open("plain", "Ben")
    await ann.part("editor").click()
    await ann.write("text")
    for mode in ("code", "plain", "markdown"):
        await ann.page.evaluate(
            "mode => { it.surface.destroy(); it.surface = it.show(mode); }", mode
        )
    await ben.page.evaluate("it.text.insert(0, 'more ')")
    await expect(ann.part("editor")).to_have_text("more text")
    await expect(ann.part("toolbar")).to_have_count(1)
    await ann.part("editor").click()
    await ann.page.keyboard.press("Control+End")
    await ann.write("!")
    assert await alike(ann, ben) == "more text!"

"""The examples of `web/examples`: people write in editors that are not ours, from another's site."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from collab.store.pool import ConnectionTarget, create_database
from tests.support.browser import Window, running_browser
from tests.support.host import Host
from tests.support.server import ROOT, RunningServer
from tests.support.waiting import eventually_asked

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

_BUILT: Final = Path(os.environ.get("COLLAB_EXAMPLES_DIR", ROOT / "web" / "examples" / "dist"))
_databases = count(1)

_READ: Final = r"""(lines) => {
  const carets = ".ce-caret, .collaboration-carets__caret, .ProseMirror-yjs-cursor, " +
    ".cm-ySelectionCaret, .ql-cursor";
  const top = (element) => element.getBoundingClientRect().top;
  const text = (element) => {
    if (element instanceof HTMLTextAreaElement) return element.value;
    const copy = element.cloneNode(true);
    for (const caret of copy.querySelectorAll(carets)) caret.remove();
    return copy.textContent.replaceAll("\u00a0", " ").replaceAll(/[\u200b\u2060\ufeff]/g, "");
  };
  return lines.sort((a, b) => top(a) - top(b)).map(text).join("\n");
}"""


@dataclass(frozen=True, slots=True)
class Example:
    """Where an example shows its text, and where it keeps it."""

    name: str
    field: str
    """What a person clicks into."""
    line: str
    """Every line of the text."""
    root: str
    caret: str | None
    """Another person's cursor."""
    caret_says_name: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def document(self) -> str:
        """The document that all windows of this example open."""
        return f"of-{self.name}"


_OURS: Final = ("[data-testid=editor]", "[data-testid=editor] > p", "default", ".ce-caret")

EXAMPLES: Final = (
    Example("widget", *_OURS),
    Example("react", *_OURS),
    Example("textarea", "textarea:enabled", "textarea", "text", None),
    Example("tiptap", ".tiptap", ".tiptap > p", "default", ".collaboration-carets__label"),
    Example(
        "prosemirror", ".ProseMirror", ".ProseMirror > p", "prosemirror", ".ProseMirror-yjs-cursor"
    ),
    Example("lexical", ".editor", ".editor > p", "root", "main > div span > span[style*=nowrap]"),
    Example("quill", ".ql-editor", ".ql-editor > p", "quill", ".ql-cursor-name"),
    Example("codemirror", ".cm-content", ".cm-line", "text", ".cm-ySelectionInfo"),
    # The name is its style's.
    Example("monaco", ".monaco-editor", ".view-line", "monaco", ".yRemoteSelectionHead", False),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What all the examples share: a browser, the site they are on, and a server for its pages."""

    browser: Browser
    host: Host
    server: RunningServer

    def page(self, example: Example, name: str) -> str:
        """Return the address of an example for the person of this name."""
        if example.name != "widget":
            query = f"server={self.server.url}&document={example.document}&name={name}"
            return self.host.url(f"{example}/index.html?{query}")
        # It reads no address: what is to be pasted has two lines and no script of its own.
        html = (_BUILT / "widget" / "index.html").read_text()
        for written, meant in (
            ('src="http://127.0.0.1:8080/', f'src="{self.server.url}/'),
            ('document="example-widget"', f'document="{example.document}" name="{name}"'),
        ):
            assert written in html
            html = html.replace(written, meant)
        return self.host.put(f"widget/{name}.html", html)

    async def open(self, example: Example, name: str) -> Window:
        """Open an example in a new window, as the person of this name."""
        window = await Window.open(self.browser, self.page(example, name))
        await expect(window.page.locator(example.field).first).to_be_visible()
        await window.saved()
        return window

    async def content(self, example: Example) -> str:
        """Return what the server says that the document says."""
        address = f"{self.server.url}/api/v1/documents/{example.document}/content"
        query = {"format": "text", "root": example.root}
        async with (
            aiohttp.ClientSession() as session,
            session.get(address, params=query) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    postgres: ConnectionTarget, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """Run the server, the host's site and the browser once for all examples."""
    if not (_BUILT / "index.html").is_file():
        pytest.fail(f"The examples are not built: there is no {_BUILT}. Run `make examples`.")
    database = f"examples_{next(_databases)}"
    await create_database(postgres, database)
    async with Host(_BUILT) as host, running_browser() as browser:
        server = RunningServer(
            ("--database-url", postgres.with_database(database).url),
            log=tmp_path_factory.mktemp("examples") / "server.log",
            environment={"COLLAB_ALLOWED_ORIGINS": host.origin},
        )
        await server.start()
        yield Stage(browser, host, server)
        await server.ensure_ended()


async def reads(example: Example, text: str, *windows: Window) -> None:
    """Return once every window shows exactly `text`."""
    for window in windows:
        lines = window.page.locator(example.line)
        seen = [""]

        async def is_shown(lines: Locator = lines, seen: list[str] = seen) -> bool:
            seen[0] = await lines.evaluate_all(_READ)
            return seen[0] == text

        try:
            await eventually_asked(is_shown, seconds=15)
        except TimeoutError:
            pytest.fail(f"A window reads {seen[0]!r}, not {text!r}; errors: {window.troubles}")


async def start_at(example: Example, window: Window, key: str) -> None:
    """Put the person's cursor into the text by a click and a key, and let the editor notice.

    A change of another that is drawn before it noticed puts the cursor back.
    """
    await window.page.locator(example.field).first.click()
    await window.page.keyboard.press(key)
    await window.page.evaluate(
        "async () => { for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame); }"
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
async def test_two_people_write_at_the_same_time(stage: Stage, example: Example) -> None:
    """Both windows end with all that was typed; the server and a reload say the same."""
    ada, grace = await asyncio.gather(*(stage.open(example, name) for name in ("Ada", "Grace")))
    await start_at(example, ada, "Control+End")
    await ada.page.keyboard.type("One line.")
    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.type("Another")
    await reads(example, "One line.\nAnother", ada, grace)

    await start_at(example, ada, "Control+Home")
    await ada.write("A")
    await reads(example, "AOne line.\nAnother", ada, grace)
    await start_at(example, grace, "Control+End")
    await asyncio.gather(ada.write("da is here. "), grace.write(", and so is Grace."))
    text = "Ada is here. One line.\nAnother, and so is Grace."
    await reads(example, text, ada, grace)
    for window, other in ((ada, "Grace"), (grace, "Ada")):
        await window.saved()
        if example.caret is not None:
            caret = window.page.locator(example.caret)
            await expect(caret).to_have_count(1)
            await expect(caret).to_contain_text(other if example.caret_says_name else "")
    assert await stage.content(example) == text

    await ada.page.reload()
    await reads(example, text, ada)
    for window in (ada, grace):
        assert window.troubles == []
        await window.context.close()

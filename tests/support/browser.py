"""A real Chromium and the pages as a person uses them."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.waiting import eventually_asked

__all__ = ["Window", "browser", "running_browser"]

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS: Final = 20_000


def _chromium() -> str:
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser"):
        path = shutil.which(name) if name else None
        if path:
            return path
    message = "There is no Chromium; run `make browser`."
    raise RuntimeError(message)


@asynccontextmanager
async def running_browser(*arguments: str) -> AsyncIterator[Browser]:
    """Run Chromium, with `arguments` besides; windows are opened in it with `Window.open`."""
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=_chromium(), args=[*_ARGUMENTS, *arguments]
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start Chromium; a test opens windows in it with `Window.open`."""
    async with running_browser() as chromium:
        yield chromium


@dataclass(slots=True)
class Window:
    """One person's browser window, with a profile of its own, on one document."""

    context: BrowserContext
    page: Page
    troubles: list[str] = field(default_factory=list)
    """Uncaught errors of the page's scripts; a test ends by finding none."""

    @classmethod
    async def open(cls, browser: Browser, url: str, **options: Any) -> Self:
        """Open `url` in a new profile."""
        context = await browser.new_context(**options)
        context.set_default_timeout(_PATIENCE_MS)
        window = cls(context, await context.new_page())
        window.page.on("pageerror", lambda error: window.troubles.append(str(error)))
        await window.page.goto(url)
        return window

    def part(self, name: str) -> Any:
        """Return the locator of the part with this `data-testid`."""
        return self.page.get_by_test_id(name)

    async def ready(self) -> None:
        """Return once the document is here and can be written in."""
        await expect(self.part("editor")).to_have_attribute("contenteditable", "true")
        await self.saved()

    async def write(self, text: str) -> None:
        """Type at the cursor, as a person would."""
        await self.page.keyboard.type(text)

    async def go_to_end(self) -> None:
        """Put the cursor at the end of its line and return once the editor knows.

        Another person's change that is drawn in the very moment of the key press puts it back.
        """

        async def is_at_end() -> bool:
            await self.page.keyboard.press("End")
            known: bool = await self.page.evaluate(
                """async () => {
                  for (let turn = 0; turn < 2; turn++) await new Promise(requestAnimationFrame);
                  const { isCollapsed, focusNode, focusOffset } = getSelection();
                  return isCollapsed && focusOffset === focusNode.textContent.length;
                }"""
            )
            return known

        await eventually_asked(is_at_end)

    async def saved(self) -> None:
        """Return once the page says that everything is durable."""
        await expect(self.part("save-state")).to_have_text("Saved")

    async def text(self) -> str:
        """Return what the person reads, a line per block, without others' cursors."""
        read: str = await self.page.evaluate(
            """() => {
              const copy = document.querySelector("[data-testid=editor]").cloneNode(true);
              for (const caret of copy.querySelectorAll(".ce-caret")) caret.remove();
              return [...copy.children].map((block) => block.textContent).join("\\n");
            }"""
        )
        return read

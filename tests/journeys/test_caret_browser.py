"""The cursor goes where its owner's keys say, whatever others do in that moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import Window
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(120)

_LETTERS: Final = "abcdefghijklmnopqrstuvw"
"""One a round, all on one line: Home and End go by lines as they are seen."""


@asynccontextmanager
async def busy(window: Window) -> AsyncIterator[None]:
    """Let somebody write and move their cursor all the time, as fast as their browser goes."""
    over = asyncio.Event()

    async def work() -> None:
        while not over.is_set():
            await window.write("ab")
            await window.page.keyboard.press("ArrowLeft")
            await window.page.keyboard.press("ArrowRight")

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        over.set()
        await working


async def test_keys_move_the_cursor_while_another_writes(
    browser: Browser, server: RunningServer
) -> None:
    """What is typed right after Home or End stands there, every time."""
    url = f"{server.url}/d/busy"
    ann, ben = await Window.open(browser, url), await Window.open(browser, url)
    await ann.ready()
    await ann.write("x")
    await ann.page.keyboard.press("Enter")
    await ann.write("y")
    await ann.saved()
    await ben.ready()
    await expect(ben.part("editor")).to_contain_text("y")
    # Ben writes in the last line, Ann in the first.
    await ben.page.keyboard.press("Control+End")
    async with busy(ben):
        for letter in _LETTERS:
            await ann.page.keyboard.press("Control+Home")
            await ann.write(letter)
            await ann.page.keyboard.press("End")
            await ann.write(letter.upper())
    line = (await ann.text()).split("\n")[0]
    assert f"{_LETTERS[::-1]}x{_LETTERS.upper()}" == line
    assert ann.troubles + ben.troubles == []

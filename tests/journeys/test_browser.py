"""People in real browser windows: what they see while they write together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from playwright.async_api import Browser, Dialog, expect

from tests.support.browser import Window
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]


async def two_windows(browser: Browser, url: str) -> tuple[Window, Window]:
    """Open one document in the windows of two people."""
    ann = await Window.open(browser, url)
    await ann.ready()
    ben = await Window.open(browser, url)
    await ben.ready()
    return ann, ben


async def alike(*windows: Window) -> str:
    """Wait until all is saved and every window shows the same text; return it."""
    for window in windows:
        await window.saved()

    async def are_alike() -> bool:
        return len({await window.text() for window in windows}) == 1

    await eventually_asked(are_alike)
    for window in windows:
        assert window.troubles == []
    return await windows[0].text()


async def test_two_people_write_at_the_same_time(browser: Browser, server: RunningServer) -> None:
    """Each sees the other's words, cursor and name; a reload shows the same text."""
    ann, ben = await two_windows(browser, f"{server.url}/d/plan")
    await ann.write("# Plan\nFirst.")
    await expect(ben.page.locator("h1")).to_have_text("Plan")
    await ben.part("editor").locator("p").first.click()
    await ben.page.keyboard.press("End")
    await asyncio.gather(*(window.write(" and so on" * 5) for window in (ann, ben)))
    text = await alike(ann, ben)
    assert sorted(text.replace("\n", "")) == sorted("PlanFirst." + " and so on" * 10)
    for me, other in ((ann, ben), (ben, ann)):
        name = await other.part("people").locator("li.is-me").get_attribute("data-name")
        assert name
        await expect(me.part("remote-caret")).to_have_count(1)
        await expect(me.part("remote-caret")).to_contain_text(name)
        await expect(me.part("people").locator(f'li[data-name="{name}"]')).to_have_count(1)
    await ann.page.reload()
    await ann.ready()
    assert await ann.text() == text


async def test_edits_made_offline_are_merged(browser: Browser, make_server: _MakeServer) -> None:
    """Who loses the network goes on writing, is told the truth, and meets the others again."""
    # A lost network may swallow the goodbye: the others then learn of it by the ping time-out.
    server = await make_server(COLLAB_PING_INTERVAL="2", COLLAB_PING_TIMEOUT="4")
    ann, ben = await two_windows(browser, f"{server.url}/d/plan")
    await ann.write("Together.")
    assert await alike(ann, ben) == "Together."
    await ann.context.set_offline(True)
    await ann.write(" Alone.")
    await expect(ann.part("save-state")).to_contain_text("7 changes kept here")
    await expect(ann.part("notice")).to_be_visible()
    await expect(ben.part("remote-caret")).to_have_count(0)
    await ben.page.keyboard.press("Home")
    await ben.write("Meanwhile: ")
    await ben.saved()
    await ann.context.set_offline(False)
    assert await alike(ann, ben) == "Meanwhile: Together. Alone."
    await expect(ann.part("notice")).to_be_hidden()


async def test_offline_edits_outlive_the_tab(browser: Browser, server: RunningServer) -> None:
    """What was typed offline waits in the browser and is sent by the next visit."""
    url = f"{server.url}/d/plan"
    ann = await Window.open(browser, url)
    await ann.ready()
    await ann.write("Online.")
    await ann.saved()
    await ann.context.set_offline(True)
    await ann.write(" Kept.")
    await expect(ann.part("save-state")).to_contain_text("6 changes kept here")
    await ann.page.close()
    await ann.context.set_offline(False)
    ann.page = await ann.context.new_page()
    await ann.page.goto(url)
    await expect(ann.part("editor")).to_have_text("Online. Kept.")
    await ann.saved()
    ben = await Window.open(browser, url)
    assert await alike(ann, ben) == "Online. Kept."


async def test_a_killed_server_is_met_again(browser: Browser, make_server: _MakeServer) -> None:
    """While the server is gone nothing is called saved; when it is back, everything is."""
    server = await make_server()
    ann, ben = await two_windows(browser, f"{server.url}/d/plan")
    await ann.write("Before.")
    await ann.saved()
    await server.kill()
    await ann.write(" During.")
    await expect(ann.part("save-state")).to_contain_text("8 changes kept here")
    await server.start()
    assert await alike(ann, ben) == "Before. During."


async def test_closing_asks_only_when_something_is_unsaved(
    browser: Browser, server: RunningServer
) -> None:
    """A saved document closes silently; an unsaved one asks first."""
    ann = await Window.open(browser, f"{server.url}/d/plan")
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    ann.page.on("dialog", answer)
    await ann.ready()
    await ann.write("Saved.")
    await ann.saved()
    await ann.page.reload()
    await ann.ready()
    assert asked == []
    await ann.part("editor").click()
    await ann.context.set_offline(True)
    await ann.write("Unsaved.")
    await expect(ann.part("save-state")).to_contain_text("kept here")
    async with ann.page.expect_event("close"):
        await ann.page.close(run_before_unload=True)
    assert asked == ["beforeunload"]


async def test_undo_takes_back_only_my_own(browser: Browser, server: RunningServer) -> None:
    """Ctrl+Z leaves what others wrote; Ctrl+Shift+Z brings mine back."""
    ann, ben = await two_windows(browser, f"{server.url}/d/plan")
    await ann.write("Ann's words. ")
    assert await alike(ann, ben) == "Ann's words. "
    await ben.go_to_end()
    await ben.write("Ben's words.")
    assert await alike(ann, ben) == "Ann's words. Ben's words."
    await ann.page.keyboard.press("Control+z")
    assert await alike(ann, ben) == "Ben's words."
    await ann.page.keyboard.press("Control+Shift+z")
    assert await alike(ann, ben) == "Ann's words. Ben's words."


_RICH = (
    ("# Heading", "h1"),
    ("- bullet", "ul:not([data-type=taskList]) > li"),
    ("1. number", "ol > li"),
    ("[ ] task", "ul[data-type=taskList] > li"),
    ("> quote", "blockquote"),
    ("```\ncode", "pre code"),
    ("**strong** ", "strong"),
    ("*slanted* ", "em"),
    ("~~gone~~ ", "s"),
    ("`mono` ", "p code"),
)


async def test_rich_text_reaches_others_and_plain_http(
    browser: Browser, server: RunningServer
) -> None:
    """What one types as Markdown the other sees set, and the server's HTML says the same."""
    ann, ben = await two_windows(browser, f"{server.url}/d/rich")
    reader = await ben.context.new_page()
    for typed, element in _RICH:
        await ann.page.keyboard.press("Control+a")
        await ann.page.keyboard.press("Delete")
        await ann.page.keyboard.press("Backspace")
        await ann.write(typed)
        word = typed.strip("#->[]1.`*~ \n").split()[-1]
        await expect(ben.part("editor").locator(element)).to_contain_text(word)
        await alike(ann, ben)
        url = f"{server.url}/api/v1/documents/rich/content?format=html"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            await reader.set_content(await answer.text())
        await expect(reader.locator(element)).to_contain_text(word)


async def test_a_table_is_made_and_filled(browser: Browser, server: RunningServer) -> None:
    """The toolbar makes a table whose cells both people fill."""
    ann, ben = await two_windows(browser, f"{server.url}/d/table")
    await ann.part("tool-table").click()
    await ann.write("mine")
    await ben.part("editor").locator("td").first.click()
    await ben.write("yours")
    await alike(ann, ben)
    await expect(ann.part("editor").locator("th").first).to_have_text("mine")
    await expect(ann.part("editor").locator("td").first).to_contain_text("yours")


async def test_the_list_of_documents(browser: Browser, server: RunningServer) -> None:
    """Create, name, find, rename, delete and take the deletion back."""
    ann = await Window.open(browser, server.url)
    await ann.part("new-document").click()
    await ann.ready()
    await ann.part("title").fill("Minutes of Monday")
    await ann.part("title").press("Enter")
    await ann.write("Present: all.")
    await ann.saved()
    await ann.page.goto(server.url)
    row = ann.part("document-row")
    await expect(row).to_contain_text("Minutes of Monday")
    await ann.part("search").fill("tuesday")
    await expect(row).to_have_count(0)
    await ann.part("search").fill("monday")
    await expect(row).to_have_count(1)
    await row.hover()
    await ann.part("row-rename").click()
    await ann.part("row-title").fill("Minutes of Monday, final")
    await ann.part("row-title").press("Enter")
    await expect(row).to_contain_text("final")
    await ann.part("row-delete").click()
    await expect(row).to_have_count(0)
    await ann.part("toast-action").click()
    await row.get_by_role("link").click()
    await expect(ann.part("editor")).to_have_text("Present: all.")
    await expect(ann.part("title")).to_have_value("Minutes of Monday, final")
    assert ann.troubles == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_nothing_is_cut_off(width: int, browser: Browser, server: RunningServer) -> None:
    """No page scrolls sideways, from phone to desktop."""
    viewport = {"width": width, "height": 800}
    ann = await Window.open(browser, server.url, viewport=viewport)
    await ann.part("new-document").click()
    await ann.ready()
    await ann.write("A" * 300)
    await ann.saved()
    for address in (ann.page.url, server.url):
        await ann.page.goto(address)
        await ann.part("editor" if "/d/" in address else "document-row").wait_for()
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await ann.page.evaluate(beyond) == 0


async def test_a_deleted_document_says_so(browser: Browser, server: RunningServer) -> None:
    """Who has it open is told, may read on, and cannot write into the void."""
    ann = await Window.open(browser, f"{server.url}/d/plan")
    await ann.ready()
    await ann.write("Here.")
    await ann.saved()
    async with aiohttp.ClientSession() as session:
        await session.delete(f"{server.url}/api/v1/documents/plan")
    await expect(ann.part("notice")).to_contain_text("deleted")
    await expect(ann.part("editor")).to_have_attribute("contenteditable", "false")
    await expect(ann.part("editor")).to_have_text("Here.")

"""Owners share a document in its page; the others feel it at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import Window
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]
_DOCUMENT: Final = "plan"


@pytest.fixture
async def guarded(make_server: _MakeServer) -> RunningServer:
    """Start a server that asks for tokens."""
    return await make_server("--auth", "jwt", COLLAB_JWT_SECRET=SECRET)


async def opened(
    browser: Browser, server: RunningServer, name: str, role: str | None = None, **options: Any
) -> Window:
    """Open the document with a token that holds this role in it, or none."""
    fresh = token(name, {_DOCUMENT: role} if role else {})
    address = f"{server.url}/d/{_DOCUMENT}#token={fresh}"
    return await Window.open(browser, address, **options)


async def owner(browser: Browser, server: RunningServer, **options: Any) -> Window:
    """Open the document as its owner, and write a line."""
    window = await opened(browser, server, "ann", "owner", **options)
    await window.ready()
    await window.write("Ours.")
    await window.saved()
    return window


def row(window: Window, user: str) -> Any:
    """Return the locator of a member's row in the dialog."""
    return window.part("share-members").locator(f'li[data-user="{user}"]')


async def test_a_member_comes_changes_and_goes(browser: Browser, guarded: RunningServer) -> None:
    """Each change in the dialog is in force in the member's open page before anything else."""
    ann = await owner(browser, guarded)
    vic = await opened(browser, guarded, "vic")
    await expect(vic.part("notice")).to_contain_text("access")
    await ann.part("share-open").click()
    await ann.part("share-who").fill("vic")
    await ann.page.get_by_label("Their role").select_option("viewer")
    await ann.part("share-add").click()
    await expect(row(ann, "vic")).to_have_count(1)
    await expect(ann.part("share-who")).to_have_value("")
    await vic.page.get_by_role("button", name="Try again").click()
    editor = vic.part("editor")
    await expect(editor).to_contain_text("Ours.")
    await expect(editor).to_have_attribute("contenteditable", "false")
    await expect(vic.part("share-open")).to_be_hidden()
    roles = ann.page.get_by_label("Role of vic")
    await roles.select_option("editor")
    await expect(editor).to_have_attribute("contenteditable", "true")
    await expect(vic.part("toast")).to_contain_text("You can write in this document again")
    await editor.click()
    await vic.page.keyboard.press("Control+End")
    await vic.write(" Mine.")
    await vic.saved()
    await roles.select_option("viewer")
    await expect(editor).to_have_attribute("contenteditable", "false")
    await expect(vic.part("role")).to_be_visible()
    await row(ann, "vic").get_by_role("button", name="Remove vic").click()
    await expect(row(ann, "vic")).to_have_count(0)
    await expect(vic.part("save-state")).to_contain_text("Not connected")
    await expect(vic.part("notice")).to_be_visible()
    await ann.page.keyboard.press("Escape")
    await expect(ann.page.locator("dialog")).to_have_count(0)
    await expect(ann.part("share-open")).to_be_focused()
    await expect(ann.part("editor")).to_contain_text("Ours. Mine.")
    assert ann.troubles == vic.troubles == []


async def test_a_link_lets_guests_in_until_it_is_revoked(
    browser: Browser, guarded: RunningServer
) -> None:
    """Whoever has it reads without a token; its address forgets it; revoked, they are out."""
    ann = await owner(browser, guarded)
    await ann.part("share-open").click()
    await ann.part("share-link-name").fill("For the board")
    await ann.page.get_by_label("When the link ends").select_option("7")
    await ann.part("share-make-link").click()
    address = await ann.part("share-address").input_value()
    links = ann.part("share-links").locator("li[data-link]")
    await expect(links).to_have_count(1)
    await expect(links).to_contain_text("For the board")
    await expect(links).to_contain_text("Can read · ends ")
    gus = await Window.open(browser, address)
    await expect(gus.part("editor")).to_contain_text("Ours.")
    await expect(gus.part("role")).to_be_visible()
    assert gus.page.url == address.partition("#")[0]
    await gus.part("history-open").click()
    await expect(gus.part("history-text")).to_contain_text("Ours.")
    await gus.part("history-close").click()
    await gus.page.reload()
    await expect(gus.part("editor")).to_contain_text("Ours.")
    await ann.page.get_by_role("button", name="Revoke For the board").click()
    await expect(links).to_have_count(0)
    await expect(ann.part("share-address")).to_have_count(0)
    await expect(gus.part("save-state")).to_contain_text("Not connected")
    await gus.page.reload()
    await expect(gus.part("notice")).to_be_visible()
    await expect(gus.part("editor")).to_have_count(0)
    assert address.partition("#link=")[2] not in guarded.log()
    assert ann.troubles == gus.troubles == []


async def test_what_cannot_be_shared_is_said(browser: Browser, guarded: RunningServer) -> None:
    """A refusal stands in the dialog as a sentence, and the lists show what is still so."""
    ann = await owner(browser, guarded)
    await ann.part("share-open").click()
    await expect(ann.part("share-links")).to_have_text("There are no links.")
    await ann.context.set_offline(True)
    await ann.part("share-who").fill("vic")
    await ann.part("share-add").click()
    await expect(ann.part("share-trouble")).to_contain_text("The server cannot be reached")
    await expect(ann.part("share-who")).to_have_value("vic")
    await ann.context.set_offline(False)
    await ann.part("share-add").click()
    await expect(row(ann, "vic")).to_have_count(1)
    await expect(ann.part("share-trouble")).to_be_empty()


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_dialog_fits(width: int, browser: Browser, guarded: RunningServer) -> None:
    """Nothing of it is cut off sideways, and the Tab key stays inside it."""
    ann = await owner(browser, guarded, viewport={"width": width, "height": 800})
    await ann.part("share-open").click()
    await ann.part("share-who").fill("somebody with a rather long name, as applications have them")
    await ann.part("share-add").click()
    await ann.part("share-make-link").click()
    await ann.part("share-address").wait_for()
    wide = "dialog => dialog.scrollWidth - dialog.clientWidth"
    assert await ann.page.locator("dialog").evaluate(wide) == 0
    for _ in range(24):
        await ann.page.keyboard.press("Tab")
        beyond = (
            "document.activeElement.closest('dialog') || document.activeElement === document.body"
        )
        assert await ann.page.evaluate(f"Boolean({beyond})")

"""The editor in a frame: which pages may have it, whose tokens it takes, what it tells them."""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.async_api import FrameLocator, expect

from tests.support.host import Host
from tests.support.tokens import token
from tests.support.widget import Pane, Site

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_PAGE: Final = """
window.told = [];
addEventListener("message", ({ origin, data }) => {
  if (typeof data?.type === "string" && data.type.startsWith("collab:")) {
    window.told.push({ ...data, origin });
    if (data.type === "collab:token-needed" && window.answer) window.answer();
  }
});
window.send = (message) => frame.contentWindow.postMessage(message, "*");
"""
"""Runs in every window, the frame's as well: there nobody sends it anything."""


def frame_of(site: Site, document: str, more: str = "") -> str:
    """Return the frame as somebody writes it."""
    return f'<iframe id="frame" src="{site.server.url}/embed/{document}{more}"></iframe>'


async def shown(site: Site, body: str) -> tuple[Pane, FrameLocator]:
    """Open a page of the host with a frame in it, without any script of ours."""
    policy = f"default-src 'none'; frame-src {site.server.url}"
    pane = await site.open(body, _PAGE, head="", policy=policy)
    return pane, pane.page.frame_locator("#frame")


async def told(pane: Pane, kind: str) -> list[dict[str, Any]]:
    """Return what the page was told of this kind."""
    return [
        one for one in await pane.page.evaluate("window.told") if one["type"] == f"collab:{kind}"
    ]


async def test_a_frame_for_guests(site: Site) -> None:
    """Two pages with a frame each write together and are told how it goes; the address sets the looks."""
    body = frame_of(site, "framed", "?mode=plain&name=Ann&theme=dark&history=false")
    ann, inside = await shown(site, body)
    ben, also = await shown(site, body.replace("Ann", "Ben"))
    text = inside.get_by_test_id("editor")
    await text.click()
    await text.press_sequentially("in a frame")
    await expect(also.get_by_test_id("editor")).to_contain_text("in a frame")
    await expect(inside.get_by_test_id("save-state")).to_have_text("Saved")
    await ann.until("told.some((one) => one.type === 'collab:saved')")
    (hello,) = await told(ann, "hello")
    assert (hello["document"], hello["origin"]) == ("framed", site.server.url)
    (ready,) = await told(ann, "ready")
    assert ready["document"] == "framed"
    names = [user["name"] for user in (await told(ann, "presence"))[-1]["users"]]
    assert sorted(names) == ["Ann", "Ben"]
    assert await told(ann, "token-needed") == await told(ann, "error") == []
    await ann.close()
    await ben.close()


async def test_tokens_come_from_the_page_around(guarded: Site) -> None:
    """It asks, and is asked again when a token ends; nothing that is no token of its page counts."""
    owner = token("owner", {"page": "owner"})
    await guarded.make("page", Authorization=f"Bearer {owner}")
    pane, inside = await shown(guarded, frame_of(guarded, "page"))
    await pane.until("told.some((one) => one.type === 'collab:token-needed')")
    for message in ("token", None, 7, {"type": "collab:tokens", "token": owner}, {"token": owner}):
        await pane.page.evaluate("(message) => send(message)", message)
    # The frame's own window is not the page around it.
    elsewhere = await pane.page.query_selector("#frame")
    assert elsewhere is not None
    frame = await elsewhere.content_frame()
    assert frame is not None
    await frame.evaluate(
        "(token) => window.postMessage({ type: 'collab:token', token }, '*')", owner
    )
    await expect(inside.get_by_test_id("editor")).to_have_count(0)
    assert await told(pane, "ready") == []

    async def fresh() -> str:
        return token("ann", {"page": "editor"}, seconds=4)

    await pane.context.expose_function("fresh", fresh)
    asked = len(await told(pane, "token-needed"))
    await pane.page.evaluate(
        """() => {
          window.answer = async () => send({ type: "collab:token", token: await fresh() });
          answer();
        }"""
    )
    await expect(inside.get_by_test_id("editor")).to_have_attribute("contenteditable", "true")
    await inside.get_by_test_id("editor").click()
    await inside.get_by_test_id("editor").press_sequentially("before")
    await pane.until(f"told.filter((one) => one.type === 'collab:token-needed').length > {asked}")
    await inside.get_by_test_id("editor").press_sequentially(" and after")
    await expect(inside.get_by_test_id("editor")).to_have_text("before and after")
    await expect(inside.get_by_test_id("save-state")).to_have_text("Saved")
    secrets = str(await pane.page.evaluate("window.told"))
    assert "eyJ" not in secrets
    await pane.close()


async def test_a_token_in_the_address_leaves_it(guarded: Site) -> None:
    """It is used, and stands neither in the frame's address nor in its history."""
    owner = token("owner", {"fragment": "owner"})
    await guarded.make("fragment", Authorization=f"Bearer {owner}")
    pane, inside = await shown(guarded, frame_of(guarded, "fragment", f"#token={owner}"))
    await expect(inside.get_by_test_id("editor")).to_have_attribute("contenteditable", "true")
    element = await pane.page.query_selector("#frame")
    frame = await element.content_frame() if element else None
    assert frame is not None
    assert await frame.evaluate("location.href") == f"{guarded.server.url}/embed/fragment"
    assert await told(pane, "token-needed") == []
    await pane.close()


async def test_pages_that_are_not_listed(guarded: Site) -> None:
    """Another site cannot frame it, and a page that opens it in a window of its own is not believed."""
    owner = token("owner", {"popup": "owner"})
    await guarded.make("popup", Authorization=f"Bearer {owner}")
    address = f"{guarded.server.url}/embed/popup"
    async with Host() as other:
        page = other.put("/", f'<!doctype html><iframe id="frame" src="{address}"></iframe>')
        pane = await Pane.made(guarded.browser, _PAGE)
        await pane.page.goto(page)
        await pane.until("true")
        refused = [line for line in pane.complaints if "frame-ancestors" in line]
        assert len(refused) == 1
        async with pane.context.expect_page() as opening:
            await pane.page.evaluate("(address) => { window.child = open(address); }", address)
        child = await opening.value
        await child.wait_for_load_state()
        await expect(child.get_by_test_id("notice")).to_contain_text("You are not signed in")
        await pane.page.evaluate(
            "(token) => child.postMessage({ type: 'collab:token', token }, '*')", owner
        )
        # What was sent before is there before this is answered.
        assert await child.evaluate("new Promise((done) => setTimeout(done, 0, 'idle'))") == "idle"
        await expect(child.get_by_test_id("notice")).to_contain_text("You are not signed in")
        await expect(child.get_by_test_id("editor")).to_have_count(0)
        assert await pane.page.evaluate("window.told") == []
        await pane.context.close()


async def test_a_name_that_cannot_be(site: Site) -> None:
    """The frame says so, in words that can be read in the page around it."""
    pane, inside = await shown(site, frame_of(site, "-bad"))
    await expect(inside.get_by_role("heading")).to_have_text(
        "“-bad” cannot be the name of a document."
    )
    # The list of documents shows itself in no frame of others.
    await expect(inside.get_by_role("link")).to_have_count(0)
    await pane.context.close()


async def test_a_page_that_listens_late(guarded: Site) -> None:
    """It is asked again while the frame waits, so it need not be there before the frame."""
    owner = token("owner", {"listens": "owner"})
    await guarded.make("listens", Authorization=f"Bearer {owner}")
    pane, inside = await shown(guarded, frame_of(guarded, "listens"))
    await pane.until("told.some((one) => one.type === 'collab:token-needed')")
    # From here on the page hears it, as if it had not been there before.
    await pane.page.evaluate(
        """(token) => {
          window.told = [];
          window.answer = () => send({ type: "collab:token", token });
        }""",
        owner,
    )
    await expect(inside.get_by_test_id("editor")).to_have_attribute("contenteditable", "true")
    # It has not given up in between, as it does when nobody ever answers.
    assert "offline" not in {one["status"] for one in await told(pane, "status")}
    assert await told(pane, "error") == []
    asked = len(await told(pane, "token-needed"))
    assert asked == 1
    # Who has answered is left in peace.
    await inside.get_by_test_id("editor").press_sequentially("words")
    await pane.until("told.some((one) => one.type === 'collab:saved')")
    assert len(await told(pane, "token-needed")) == asked
    await pane.close()

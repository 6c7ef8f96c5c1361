"""What `docs/embedding.md` shows, copied out of it as a reader would."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.support.tokens import token
from tests.support.waiting import eventually
from tests.support.widget import Pane, Site, tag, violations

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_PAGE: Final = Path(__file__).parents[3] / "docs" / "embedding.md"
_OPEN: Final = "default-src * 'unsafe-inline'"


def snippet(words: str) -> str:
    """Return the only piece of HTML in the documentation that holds these words."""
    found = re.findall(r"^ *```html\n(.*?)^ *```$", _PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (one,) = [piece for piece in found if words in piece]
    return str(one)


def here(piece: str, site: Site) -> str:
    """Return a piece of the documentation with the addresses and the document of this test."""
    return re.sub(r"http://127\.0\.0\.1:8080|https://docs\.example\.org", site.server.url, piece)


async def test_in_five_minutes(site: Site) -> None:
    """The two lines make an editor, and two windows write together."""
    page = here(snippet("/widget.js"), site)
    ann = await site.open(page, head="", policy=_OPEN)
    ben = await site.open(page, head="", policy=_OPEN)
    await ben.ready()
    await ann.ready()
    await ann.click()
    await ann.write("together")
    await expect(ben.part("editor")).to_contain_text("together")
    await ann.close()
    await ben.close()


async def test_tokens(guarded: Site) -> None:
    """The function fetches a token; while there is only an error page, that is what the console says."""
    page = here(snippet("/widget.js") + snippet("tokenProvider = async"), guarded)
    pane = await guarded.open(page, head="", policy=_OPEN)
    await pane.hears("error", code="token_unavailable")
    await pane.complains("Error: /collab-token: 404")
    guarded.host.put("/collab-token", f"{token('ann', {'minutes': 'owner'})}\n")
    await pane.ready()
    assert await pane.page.evaluate("document.querySelector('collab-editor').role") == "owner"
    await pane.close()


async def test_a_frame(guarded: Site) -> None:
    """The frame gets its token from the listener above it, and says when everything is safe."""
    # An address of its own: at the documented one another test wants to find nothing at first.
    guarded.host.put("/frame-token", token("ann", {"minutes": "owner"}))
    page = here(snippet("collab:token-needed"), guarded).replace("/collab-token", "/frame-token")
    said: list[str] = []
    pane = await Pane.made(guarded.browser)
    pane.page.on("console", lambda line: said.append(line.text))
    await pane.page.goto(guarded.put(page, head="", policy=_OPEN))
    inside = pane.page.frame_locator("#minutes")
    await inside.get_by_test_id("editor").click()
    await inside.get_by_test_id("editor").press_sequentially("safe")
    await expect(inside.get_by_test_id("save-state")).to_have_text("Saved")
    await eventually(lambda: "safe" in said)
    await pane.close()


@pytest.mark.parametrize("mode", ["markdown", "code", "plain"])
async def test_trusted_types(site: Site, mode: str) -> None:
    """Under a policy that asks for trusted types, all modes but the rich one work."""
    policy = f"{site.policy}; require-trusted-types-for 'script'"
    pane = await site.open(tag(f"trusted-{mode}", mode=mode), policy=policy)
    await pane.ready()
    await pane.click()
    await pane.write("words")
    await pane.says("words")
    await pane.page.get_by_role("button", name="History").click()
    await expect(pane.part("history-list")).to_be_visible()
    assert await violations(pane.page) == []
    await pane.close()

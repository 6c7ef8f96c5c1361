"""Tokens on somebody else's page: they end while people write, and nobody is disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.support.tokens import token
from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_WATCH_TEXT: Final = """
() => {
  const text = it.shadowRoot.querySelector("[data-testid=editor]");
  window.disturbed = [];
  const note = (what) => window.disturbed.push(what);
  new MutationObserver((records) => {
    for (const { attributeName } of records) note(`${attributeName} ${text.getAttribute(attributeName)}`);
  }).observe(text, { attributeFilter: ["contenteditable", "aria-readonly"] });
  text.addEventListener("blur", () => note("blur"));
  const notice = it.shadowRoot.querySelector("[data-testid=notice]");
  new MutationObserver(() => { if (!notice.hidden) note(notice.textContent); })
    .observe(notice, { attributes: true, childList: true, subtree: true });
  window.sameText = () => it.shadowRoot.querySelector("[data-testid=editor]") === text;
}
"""
"""Notes everything that would disturb a person who writes."""


def signed(name: str, document: str, *, seconds: float = 600, role: str = "editor") -> str:
    """Sign a token for a document."""
    return token(name, {document: role}, seconds=seconds)


async def owned(site: Site, document: str) -> None:
    """Make the document, as somebody who is not in it later."""
    await site.make(document, Authorization=f"Bearer {signed('owner', document, role='owner')}")


async def provided(
    site: Site, provide: Callable[[], Any], document: str, **attributes: str
) -> Pane:
    """Open a page of the host whose `tokenProvider` asks the host's server."""
    pane = await Pane.made(site.browser)
    await pane.context.expose_function("fresh", provide)
    await pane.page.goto(site.put(""))
    await pane.page.evaluate(
        """(attributes) => {
          const editor = Object.assign(document.createElement("collab-editor"), attributes);
          editor.tokenProvider = () => fresh();
          document.body.append(editor);
        }""",
        {"id": "it", "document": document, **attributes},
    )
    return pane


async def test_writing_goes_on_over_expiries(guarded: Site) -> None:
    """Tokens of seconds, an answer that fails now and then: every key arrives, nothing flickers."""
    await owned(guarded, "expiring")
    handed: list[str] = []

    def fresh() -> str:
        handed.append(signed("ann", "expiring", seconds=4))
        if len(handed) == 3:
            message = "The host application is restarting."
            raise RuntimeError(message)
        return handed[-1]

    ben = await guarded.open(tag("expiring", token=signed("ben", "expiring")))
    ann = await provided(guarded, fresh, "expiring", mode="rich")
    await ann.ready()
    await ann.click()
    await ann.page.evaluate(_WATCH_TEXT)
    sockets = [url for url in ann.requested if url.startswith("ws")]
    written = 0
    while len(handed) < 4:
        await ann.page.keyboard.type(f"{written} ", delay=20)
        written += 1
    await ann.saved()
    expected = "".join(f"{number} " for number in range(written))
    await ann.says(expected)
    await ben.says(expected)
    assert await ann.page.evaluate("window.disturbed") == []
    assert await ann.page.evaluate("sameText() && document.activeElement === it")
    assert [url for url in ann.requested if url.startswith("ws")] == sockets
    assert len(sockets) == 1
    assert await ann.heard("error") == []
    await ann.close()
    await ben.close()


async def test_nobody_is_signed_in(guarded: Site) -> None:
    """A provider without a token: said in words; a token that is set later opens the document."""
    await owned(guarded, "nobody")
    pane = await provided(guarded, lambda: None, "nobody")
    await expect(pane.part("notice")).to_contain_text("You are not signed in")
    await expect(pane.part("save-state")).to_have_text("Signed out")
    await expect(pane.part("editor")).to_have_count(0)
    await pane.hears("error", code="unauthenticated")
    await pane.page.evaluate("(token) => { it.token = token }", signed("ann", "nobody"))
    await pane.ready()
    await expect(pane.part("notice")).to_be_hidden()
    await pane.close()


async def test_signed_out_while_writing(guarded: Site) -> None:
    """No newer token: the text is kept and goes on with the next one, sent once."""
    await owned(guarded, "ending")
    ben = await guarded.open(tag("ending", token=signed("ben", "ending")))
    ann = await guarded.open(tag("ending", token=signed("ann", "ending", seconds=4)))
    await ann.ready()
    await ann.click()
    await ann.write("Before.")
    await expect(ann.part("notice")).to_contain_text("Sign in again to go on")
    await ann.write(" After.")
    await expect(ann.part("save-state")).to_contain_text("7 changes kept here")
    assert await ben.ask("getText") == "Before."
    await ann.page.evaluate(
        "(token) => it.setAttribute('token', token)", signed("ann", "ending", seconds=600)
    )
    await ann.saved()
    await ben.says("Before. After.")
    await expect(ann.part("notice")).to_be_hidden()
    await ann.close()
    await ben.close()


async def test_wrong_tokens_and_foreign_documents(guarded: Site) -> None:
    """Each is said in the element's place, and mended by the right token."""
    await owned(guarded, "theirs")
    wrong = token("ann", {"theirs": "owner"}, secret="another secret, as long as the right one is")
    stranger = token("stan", {"another": "owner"})

    async def mended(bad: str, name: str, words: str, code: str) -> None:
        pane = await guarded.open(tag("theirs", token=bad))
        await expect(pane.part("notice")).to_contain_text(words)
        await expect(pane.part("editor")).to_have_count(0)
        await pane.hears("error", code=code)
        await pane.page.evaluate("(token) => { it.token = token }", signed(name, "theirs"))
        await pane.ready()
        await expect(pane.part("notice")).to_be_hidden()
        await pane.close()

    await asyncio.gather(
        mended("no.token.atall", "ann", "You are not signed in", "unauthenticated"),
        mended(wrong, "ann", "You are not signed in", "unauthenticated"),
        mended(stranger, "stan", "ask its owner for access", "forbidden"),
    )

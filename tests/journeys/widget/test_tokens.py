"""Tokens on somebody else's page: they end while people write, and nobody is disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.support.tokens import token
from tests.support.waiting import eventually
from tests.support.widget import NO_STORAGE, Pane, Site, tag

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
        handed.append(signed("ann", "expiring", seconds=8))
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
    ann = await guarded.open(tag("ending", token=signed("ann", "ending")))
    await ann.ready()
    await ann.click()
    await ann.write("Before.")
    await ann.saved()
    # Not before: it may take long to come this far.
    await ann.page.evaluate("(token) => { it.token = token }", signed("ann", "ending", seconds=4))
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


_TWO: Final = """
async ([token, documents]) => {
  for (const [index, document_] of documents.entries()) {
    const editor = document.createElement("collab-editor");
    Object.assign(editor, { id: ["A", "B"][index], document: document_, token, mode: "plain" });
    const ready = new Promise((resolve) => editor.addEventListener("ready", resolve, { once: true }));
    document.body.append(editor);
    await ready;
    editor.text = editor.shadowRoot.querySelector("[data-testid=editor]");
  }
}
"""
_TYPE: Final = """
async ([id, words]) => {
  const editor = document.getElementById(id);
  editor.focus();
  for (const key of words) {
    document.execCommand("insertText", false, key);
    // The editor sees what happens to its nodes a moment later.
    for (let step = 0; step < 5; step++) await null;
  }
}
"""
_SAME_TEXTS: Final = """
[A, B].every((one) => one.text === one.shadowRoot.querySelector("[data-testid=editor]"))
"""


def both(name: str, *documents: str, seconds: float = 600) -> str:
    """Sign a token for several documents."""
    return token(name, dict.fromkeys(documents, "editor"), seconds=seconds)


@pytest.mark.parametrize("scripts", [(), (NO_STORAGE,)], ids=["storage", "no-storage"])
async def test_two_elements_are_renewed_one_after_the_other(
    guarded: Site, scripts: tuple[str, ...]
) -> None:
    """Whoever gets the newer token first, offline and amid writing: both go on, and nothing is lost."""
    documents = [f"first-{len(scripts)}", f"second-{len(scripts)}"]
    for document in documents:
        await owned(guarded, document)
    pane = await guarded.open("", *scripts)
    await pane.page.evaluate(_TWO, [both("ann", *documents), documents])
    sockets = len([url for url in pane.requested if url.startswith("ws")])
    assert sockets == 1
    await pane.page.evaluate(_TYPE, ["A", "Online."])
    newer = both("ann", *documents, seconds=601)
    await pane.page.evaluate("(token) => { A.token = token }", newer)
    await pane.page.evaluate(_TYPE, ["A", "Renewed."])
    await pane.page.evaluate("(token) => { B.token = token }", newer)
    await pane.until("A.saveState === 'saved' && B.saveState === 'saved'")
    await pane.context.set_offline(True)
    await pane.until("A.status === 'offline' && B.status === 'offline'")
    await pane.page.evaluate(_TYPE, ["A", "Offline."])
    await pane.page.evaluate("(token) => { B.token = token }", both("ann", *documents, seconds=602))
    await pane.page.evaluate("B.theme = 'dark'")
    await pane.page.evaluate(_TYPE, ["B", "Too."])
    await pane.page.evaluate("(token) => { A.token = token }", both("ann", *documents, seconds=603))
    assert await pane.ask("getText", "A") == "Online.Renewed.Offline."
    assert await pane.page.evaluate(_SAME_TEXTS)
    await pane.context.set_offline(False)
    await pane.until("A.saveState === 'saved' && B.saveState === 'saved'")
    assert await pane.page.evaluate(_SAME_TEXTS)
    assert await pane.page.evaluate("A.provider.connection === B.provider.connection")
    assert await pane.heard("error") == []
    for document, words in zip(documents, ["Online.Renewed.Offline.", "Too."], strict=True):
        reader = await guarded.open(tag(document, token=signed("ben", document), mode="plain"))
        await reader.says(words)
        await reader.close()
    await pane.close()


async def test_a_renewal_far_from_the_server_loses_nothing(guarded: Site) -> None:
    """Without storage, signed out amid writing, and removed: the next element of that person has it all."""
    await owned(guarded, "outlived")
    ben = await guarded.open(tag("outlived", token=signed("ben", "outlived")))
    ann = await guarded.open(tag("outlived", token=signed("ann", "outlived")), NO_STORAGE)
    await ann.ready()
    await ann.click()
    await ann.page.evaluate("it.token = 'no.token.atall'")
    await expect(ann.part("notice")).to_contain_text("not signed in")
    await ann.write("Unsent.")
    await expect(ann.part("save-state")).to_contain_text("7 changes")
    await ann.page.evaluate("window.element = it; it.remove()")
    await ann.until("element.provider === null")
    await ann.page.evaluate(
        "(token) => { element.token = token; document.body.append(element) }",
        signed("cat", "outlived"),
    )
    await ann.ready()
    await ann.says("")
    await ann.page.evaluate("(token) => { it.token = token }", signed("ann", "outlived"))
    await ann.says("Unsent.")
    await ben.says("Unsent.")
    await ann.saved()
    await ann.close()
    await ben.close()


async def test_a_backend_that_is_mended(guarded: Site) -> None:
    """Tokens that the server will not have: the next ones are asked for when the person is back."""
    await owned(guarded, "mended")
    handed: list[str] = []
    good = False

    def fresh() -> str:
        wrong = token("ann", {"mended": "editor"}, secret="another secret, as long as the right is")
        handed.append(signed("ann", "mended") if good else wrong)
        return handed[-1]

    pane = await provided(guarded, fresh, "mended")
    await expect(pane.part("notice")).to_contain_text("You are not signed in")
    asked = len(handed)
    await pane.page.evaluate("dispatchEvent(new Event('online'))")
    await eventually(lambda: len(handed) > asked)
    await expect(pane.part("notice")).to_contain_text("You are not signed in")
    assert len(await pane.heard("error")) == 1
    good = True
    await pane.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await pane.ready()
    await expect(pane.part("notice")).to_be_hidden()
    await pane.close()


async def test_a_provider_that_comes_later(guarded: Site) -> None:
    """Another function after a refusal is asked at once; one of another person opens the document as them."""
    await owned(guarded, "later")
    pane = await guarded.open(tag("later", token="no.token.atall"))
    await expect(pane.part("notice")).to_contain_text("You are not signed in")
    provide = "(token) => { it.tokenProvider = async () => token }"
    await pane.page.evaluate(provide, "still.no.token")
    await pane.page.evaluate(provide, signed("ann", "later"))
    await pane.ready()
    await pane.click()
    await pane.write("Ann's.")
    await pane.saved()
    await pane.page.evaluate("window.provider = it.provider")
    await pane.page.evaluate(provide, signed("ann", "later", seconds=601))
    await pane.page.evaluate(provide, signed("bob", "later"))
    await pane.until("it.users.map(({ name }) => name).join() === 'Bob'")
    await pane.ready()
    await pane.says("Ann's.")
    assert await pane.page.evaluate("it.provider !== provider")
    await pane.close()


@pytest.mark.parametrize(
    ("provide", "reason"),
    [
        ("async () => { throw new Error('No session.'); }", "No session."),
        ("() => new Promise(() => {})", "has not answered yet"),
    ],
    ids=["fails", "hangs"],
)
async def test_a_provider_that_brings_nothing(guarded: Site, provide: str, reason: str) -> None:
    """It is said that the token is missing, and why; not that the server is."""
    document = f"tokenless-{len(reason)}"
    await owned(guarded, document)
    pane = await guarded.open("")
    await pane.page.evaluate(
        f"""(id) => {{
          const editor = Object.assign(document.createElement("collab-editor"), {{ id: "it" }});
          editor.tokenProvider = {provide};
          editor.document = id;
          document.body.append(editor);
        }}""",
        document,
    )
    await pane.hears("error", code="token_unavailable")
    await eventually(lambda: any(reason in line for line in pane.complaints))
    assert not any("COLLAB_ALLOWED_ORIGINS" in line for line in pane.complaints)
    await pane.page.evaluate("(token) => { it.token = token }", signed("ann", document))
    await pane.ready()
    await pane.close()

"""People with tokens in real browser windows: what they may do, and what they are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import pytest
from playwright.async_api import Browser, WebSocket, expect

from tests.support.browser import Window
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)

_MakeServer = Callable[..., Awaitable[RunningServer]]
_DOCUMENT: Final = "plan"


@pytest.fixture
async def guarded(make_server: _MakeServer) -> RunningServer:
    """Start a server that asks for tokens, with a document that belongs to somebody else."""
    server = await make_server("--auth", "jwt", COLLAB_JWT_SECRET=SECRET)
    url, headers = f"{server.url}/api/v1/documents", {"Authorization": f"Bearer {signed('host')}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"id": _DOCUMENT}, headers=headers) as answer,
    ):
        assert answer.status == 201, await answer.text()
    return server


def signed(name: str, role: str = "editor", *, seconds: float = 600) -> str:
    """Sign a token for the document."""
    return token(name, {_DOCUMENT: role}, seconds=seconds)


async def opened(browser: Browser, server: RunningServer, name: str, **more: Any) -> Window:
    """Open the document as the host application does: with a token in the fragment."""
    address = f"{server.url}/d/{_DOCUMENT}#token={signed(name, **more)}"
    return await Window.open(browser, address)


async def editing(browser: Browser, server: RunningServer, name: str, text: str = "") -> Window:
    """Open the document as an editor and write `text`."""
    window = await opened(browser, server, name)
    await window.ready()
    if text:
        await window.write(text)
        await window.saved()
    return window


async def left_offline(window: Window, text: str) -> None:
    """Write, once the page has noticed that it is cut off, what is kept in the browser."""
    await window.context.set_offline(True)
    await expect(window.part("save-state")).to_have_text("Offline")
    await window.write(text)
    await expect(window.part("save-state")).to_contain_text(f"{len(text)} changes kept here")


async def reads(window: Window, text: str) -> None:
    """Return once the window shows exactly `text`, others' cursors left out."""
    read = ""

    async def is_so() -> bool:
        nonlocal read
        read = await window.text() if await window.part("editor").count() else ""
        return read == text

    try:
        await eventually_asked(is_so)
    except TimeoutError:
        message = f"{read!r} is not {text!r}"
        raise AssertionError(message) from None


async def take_token(window: Window, fresh: str) -> None:
    """Hand the open page another token, as the page around it does."""
    await window.page.evaluate("fresh => { location.hash = 'token=' + fresh }", fresh)


def watch_sockets(window: Window, sockets: list[WebSocket]) -> None:
    """Note every connection the page opens from now on."""

    def opened(socket: WebSocket) -> None:
        sockets.append(socket)

    window.page.on("websocket", opened)


async def sequence(server: RunningServer) -> int:
    """Return how many edits the server has."""
    url = f"{server.url}/api/v1/documents/{_DOCUMENT}"
    headers = {"Authorization": f"Bearer {signed('counter', 'viewer')}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        found: int = (await answer.json())["sequence"]
        return found


async def test_a_viewer_reads_and_is_seen(browser: Browser, guarded: RunningServer) -> None:
    """The text, the others and the history are there; nothing the viewer tries edits anything."""
    ann = await editing(browser, guarded, "ann", "Read me.")
    vic = await opened(browser, guarded, "vic", role="viewer")
    editor = vic.part("editor")
    await reads(vic, "Read me.")
    await expect(editor).to_have_attribute("contenteditable", "false")
    await expect(editor).to_have_attribute("aria-readonly", "true")
    await expect(vic.part("role")).to_have_text("You can read")
    await expect(vic.part("notice")).to_be_hidden()
    await expect(vic.part("title")).to_have_attribute("readonly", "")
    for tool in await vic.part("toolbar").locator(".ce-tool").all():
        if await tool.get_attribute("data-testid") != "authorship-toggle":
            await expect(tool).to_have_attribute("aria-disabled", "true")
    await ann.go_to_end()
    await ann.write("!")
    await expect(vic.part("remote-caret")).to_contain_text("Ann")
    await reads(vic, "Read me.!")
    await expect(ann.part("people").locator('li[data-name="Vic"]')).to_have_count(1)
    await ann.saved()
    before = await sequence(guarded)
    await editor.click()
    await vic.write("mine")
    for keys in ("Control+b", "Control+k", "Enter", "Backspace", "Control+v"):
        await vic.page.keyboard.press(keys)
    await expect(vic.part("link-form")).to_be_hidden()
    await vic.part("tool-bold").click(force=True)
    # What Ann types now comes after whatever Vic might have sent.
    await ann.write("!")
    await reads(vic, "Read me.!!")
    await ann.saved()
    assert await ann.text() == "Read me.!!"
    assert await sequence(guarded) == before + 1
    assert ann.troubles == vic.troubles == []


async def test_a_viewer_sees_the_history(browser: Browser, guarded: RunningServer) -> None:
    """Moments can be read; nothing can be restored, named or taken back."""
    await editing(browser, guarded, "ann", "Read me.")
    vic = await opened(browser, guarded, "vic", role="viewer")
    await reads(vic, "Read me.")
    await vic.part("history-open").click()
    await expect(vic.part("history-text")).to_contain_text("Read me.")
    await expect(vic.part("history-version").first).to_be_visible()
    for name in ("history-restore", "history-name", "history-unname"):
        await expect(vic.part(name)).to_be_hidden()
    await expect(vic.part("history-person").locator("visible=true")).to_have_count(0)
    assert vic.troubles == []


async def test_a_viewers_selection_is_seen(browser: Browser, guarded: RunningServer) -> None:
    """Reading along is company: the others see where the viewer is."""
    ann = await editing(browser, guarded, "ann", "Read me.")
    vic = await opened(browser, guarded, "vic", role="viewer")
    await vic.part("editor").get_by_text("Read me.").dblclick()
    await expect(ann.part("remote-caret")).to_contain_text("Vic")


async def test_the_token_leaves_the_address(browser: Browser, guarded: RunningServer) -> None:
    """Neither the address nor a later request holds it; a reload in the same tab still works."""
    context = await browser.new_context()
    ann = Window(context, await context.new_page())
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(request.url))
    mine = signed("ann")
    await ann.page.goto(f"{guarded.url}/d/{_DOCUMENT}#token={mine}")
    await ann.ready()
    assert ann.page.url == f"{guarded.url}/d/{_DOCUMENT}"
    await ann.page.reload()
    await ann.ready()
    await expect(ann.part("people").locator("li.is-me")).to_have_attribute("data-name", "Ann")
    await expect(ann.part("me")).to_be_hidden()
    assert not any(mine in url.partition("#")[0] for url in asked)
    assert mine not in guarded.log()
    await context.close()


async def test_without_a_token_the_page_says_what_to_do(
    browser: Browser, guarded: RunningServer
) -> None:
    """A sentence instead of a spinner, in the editor and in the list; a token opens both."""
    ann = await Window.open(browser, f"{guarded.url}/d/{_DOCUMENT}")
    await expect(ann.part("notice")).to_contain_text("You are not signed in. Open this document")
    await expect(ann.part("save-state")).to_have_text("Signed out")
    await expect(ann.part("editor")).to_have_count(0)
    await take_token(ann, signed("ann"))
    await ann.ready()
    await expect(ann.part("notice")).to_be_hidden()
    await ann.write("In.")
    await ann.saved()
    ben = await Window.open(browser, guarded.url)
    await expect(ben.page.get_by_role("status")).to_contain_text("You are not signed in")
    await take_token(ben, signed("ben", "viewer"))
    await expect(ben.part("document-row")).to_have_count(1)
    assert ann.troubles == ben.troubles == []


async def test_a_role_lowered_while_typing(browser: Browser, guarded: RunningServer) -> None:
    """The editor turns read-only and says so; all that was typed is there when it turns back."""
    ann = await editing(browser, guarded, "ann", "Start. ")
    ben = await editing(browser, guarded, "ben")
    typing = asyncio.create_task(ann.write("typing on and on " * 6))
    await expect(ben.part("editor")).to_contain_text("typing on")
    await take_token(ann, signed("ann", "viewer"))
    editor = ann.part("editor")
    await expect(editor).to_have_attribute("contenteditable", "false")
    await typing
    await expect(ann.part("role")).to_be_visible()
    await expect(ann.part("toast")).to_contain_text("You can only read this document now")
    typed = await ann.text()
    assert typed.startswith("Start. typing on")
    await take_token(ann, signed("ann"))
    await expect(editor).to_have_attribute("contenteditable", "true")
    await expect(ann.part("role")).to_be_hidden()
    await ann.saved()
    assert await ann.text() == typed
    await reads(ben, typed)
    await editor.click()
    await ann.go_to_end()
    await ann.write("And on.")
    await expect(ben.part("editor")).to_contain_text("And on.")
    assert ann.troubles == ben.troubles == []


async def test_unsent_edits_of_a_lowered_role_are_kept(
    browser: Browser, guarded: RunningServer
) -> None:
    """What was typed offline is kept while one may only read, over a reload, and sent afterwards."""
    ann = await editing(browser, guarded, "ann", "Online.")
    ben = await editing(browser, guarded, "ben")
    await left_offline(ann, " Kept.")
    await take_token(ann, signed("ann", "viewer"))
    await ann.context.set_offline(False)
    await expect(ann.part("editor")).to_have_attribute("contenteditable", "false")
    await expect(ann.part("notice")).to_contain_text("You may read this document but not change it")
    await expect(ann.part("notice")).to_contain_text("kept on this device")
    ann.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await ann.page.reload()
    await reads(ann, "Online. Kept.")
    await expect(ann.part("editor")).to_have_attribute("contenteditable", "false")
    assert await ben.text() == "Online."
    await take_token(ann, signed("ann"))
    await ann.saved()
    await reads(ben, "Online. Kept.")
    assert ann.troubles == ben.troubles == []


async def next_visit(window: Window, server: RunningServer, name: str) -> Window:
    """Open the document in a new tab of the same browser, as whoever signs in there."""
    visit = Window(window.context, await window.context.new_page())
    visit.page.on("pageerror", lambda error: visit.troubles.append(str(error)))
    await visit.page.goto(f"{server.url}/d/{_DOCUMENT}#token={signed(name)}")
    await visit.ready()
    return visit


async def test_unsent_edits_wait_for_their_author(browser: Browser, guarded: RunningServer) -> None:
    """In a browser that two share: the other neither sees nor sends them, their author does once."""
    watching = await editing(browser, guarded, "watcher", "Start.")
    ann = await editing(browser, guarded, "ann")
    await left_offline(ann, " Ann.")
    await ann.page.close()
    await ann.context.set_offline(False)
    ben = await next_visit(ann, guarded, "ben")
    await reads(ben, "Start.")
    await ben.go_to_end()
    await ben.write(" Ben.")
    await ben.saved()
    await reads(watching, "Start. Ben.")
    await ben.page.close()
    before = await sequence(guarded)
    again = await next_visit(ann, guarded, "ann")
    await expect(watching.part("editor")).to_contain_text(" Ann.")
    assert sorted((await again.text()).split()) == ["Ann.", "Ben.", "Start."]
    assert await sequence(guarded) == before + 1
    await again.page.reload()
    await again.ready()
    assert await sequence(guarded) == before + 1
    assert watching.troubles == ben.troubles == again.troubles == []


async def test_another_signs_in_on_the_page(browser: Browser, guarded: RunningServer) -> None:
    """The page hides what its first person could not send; after a reload the next one goes on."""
    watching = await editing(browser, guarded, "watcher", "Start.")
    ann = await editing(browser, guarded, "ann")
    await left_offline(ann, " Ann.")
    await take_token(ann, signed("ben"))
    await ann.context.set_offline(False)
    await expect(ann.part("notice")).to_contain_text("You signed in as somebody else")
    await expect(ann.part("editor")).to_have_count(0)
    await expect(ann.part("save-state")).to_have_text("Not connected")
    await ann.part("notice").get_by_role("button", name="Reload").click()
    await ann.ready()
    await reads(ann, "Start.")
    assert await watching.text() == "Start."
    again = await next_visit(ann, guarded, "ann")
    await reads(again, "Start. Ann.")
    await reads(watching, "Start. Ann.")
    assert watching.troubles == ann.troubles == again.troubles == []


async def test_expiry_with_a_provider_interrupts_nothing(
    browser: Browser, guarded: RunningServer
) -> None:
    """Tokens of a few seconds follow each other over one connection while somebody types."""
    ben = await editing(browser, guarded, "ben")
    context = await browser.new_context()
    handed: list[str] = []

    def fresh() -> str:
        handed.append(signed("ann", seconds=6))
        if len(handed) % 3 == 2:
            message = "The host application is restarting."
            raise RuntimeError(message)
        return handed[-1]

    await context.expose_function("fresh", fresh)
    await context.add_init_script("globalThis.collabTokenProvider = () => fresh()")
    ann = Window(context, await context.new_page())
    sockets: list[WebSocket] = []
    watch_sockets(ann, sockets)
    await ann.page.goto(f"{guarded.url}/d/{_DOCUMENT}")
    await ann.ready()
    written = ""
    while len(handed) < 6:
        await ann.write("on ")
        written += "on "
        await expect(ann.part("notice")).to_be_hidden()
        await asyncio.sleep(0.05)
    await ann.saved()
    await reads(ben, written)
    assert len(sockets) == 1
    assert not sockets[0].is_closed()
    await context.close()


async def test_expiry_without_a_provider(browser: Browser, guarded: RunningServer) -> None:
    """The page says so, goes on keeping what is typed, and sends it with the next token."""
    ben = await editing(browser, guarded, "ben")
    ann = await opened(browser, guarded, "ann", seconds=4)
    sockets: list[WebSocket] = []
    watch_sockets(ann, sockets)
    await ann.ready()
    await ann.write("Before.")
    await expect(ann.part("save-state")).to_contain_text("Signed out")
    await expect(ann.part("notice")).to_contain_text("Sign in again to go on")
    await expect(ben.part("people").locator('li[data-name="Ann"]')).to_have_count(0)
    known = len(sockets)
    await ann.write(" After.")
    await expect(ann.part("save-state")).to_contain_text("7 changes kept here")
    assert len(sockets) == known, "it knocks again without a new token"
    assert await ben.text() == "Before."
    await take_token(ann, signed("ann"))
    await ann.saved()
    await expect(ann.part("notice")).to_be_hidden()
    await reads(ben, "Before. After.")
    assert ann.troubles == ben.troubles == []


async def test_a_revoked_person_is_out_at_once(browser: Browser, guarded: RunningServer) -> None:
    """They are told, see no more edits, keep their text, and come in again when they may."""
    ann = await editing(browser, guarded, "ann", "Ours.")
    ben = await editing(browser, guarded, "ben")
    await take_token(ann, token("ann", {"another": "editor"}))
    await expect(ann.part("notice")).to_contain_text("You have no ")  # access, or no role any more
    await expect(ann.part("editor")).to_have_attribute("contenteditable", "false")
    await reads(ann, "Ours.")
    await expect(ben.part("people").locator('li[data-name="Ann"]')).to_have_count(0)
    await ben.go_to_end()
    await ben.write(" Ours alone.")
    await ben.saved()
    assert await ann.text() == "Ours."
    await take_token(ann, signed("ann"))
    await reads(ann, "Ours. Ours alone.")
    await ann.ready()
    assert ann.troubles == ben.troubles == []


async def test_a_stranger_is_told_whom_to_ask(browser: Browser, guarded: RunningServer) -> None:
    """A token without a role here: one sentence, and no knocking again and again."""
    context = await browser.new_context()
    window = Window(context, await context.new_page())
    frames: list[str] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: frames.append(str(frame)[:200]))

    window.page.on("websocket", watch)
    stranger = token("stan", {"another": "owner"})
    await window.page.goto(f"{guarded.url}/d/{_DOCUMENT}#token={stranger}")
    await expect(window.part("notice")).to_contain_text("ask its owner for access")
    await expect(window.part("editor")).to_have_count(0)
    joins = [frame for frame in frames if "joinDocument" in frame]
    assert len(joins) == 1, json.dumps(frames)
    await context.close()

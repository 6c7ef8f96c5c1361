"""Script in everything people can name, paste, import or send: nothing of it ever runs.

The browser does not apply the pages' content security policy here: the policy is the second wall,
and what is tested is the first.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Browser, expect
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from collab.crdt.awareness import AwarenessEntry, encode_awareness
from tests.support.canary import ACT, EVIL, STYLE, TAGS, URLS, Canary, hostile_text
from tests.support.guest import Guest
from tests.support.server import RunningServer

pytestmark = pytest.mark.timeout(120)

_FIELD: Final = "default"
_NAMED: Final = TAGS[0][:60]
"""As much of a hostile name as the server keeps."""
_COLOR: Final = "red;background:url(//evil.invalid/color)"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session for plain HTTP."""
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(
    http: aiohttp.ClientSession, server: RunningServer, method: str, path: str, **more: Any
) -> Any:
    """Ask the API for something it must allow; return its answer."""
    async with http.request(method, f"{server.url}/api/v1{path}", **more) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json() if answer.content_type == "application/json" else None


async def exported(
    browser: Browser, http: aiohttp.ClientSession, server: RunningServer, folder: Path
) -> Canary:
    """Export the document as HTML and open the file, where no policy protects anybody."""
    url = f"{server.url}/api/v1/documents/plan/content?format=html"
    async with http.get(url) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        said = await answer.text()
    file = folder / "exported.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><body>{said}')
    return await Canary.at(browser, file.as_uri())


async def follow_all(window: Canary, scope: str) -> None:
    """Open every link of the text in the way a person does, but ordinary ones to other sites."""
    for link in await window.page.locator(f'{scope} a:not([href^="https://"])').all():
        await link.click(modifiers=["Control"], force=True)


async def send_update(http: aiohttp.ClientSession, server: RunningServer, update: bytes) -> None:
    """Merge an update into the document, which need not exist before."""
    headers = {"Content-Type": "application/octet-stream", "Collab-Guest-Name": quote(TAGS[0])}
    await asked(http, server, "POST", "/documents/plan/updates", data=update, headers=headers)


async def test_script_in_names_colours_and_titles(
    browser: Browser, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """People, tooltips, carets, the list and the title show it as text."""
    person = {"id": "a" * 24, "name": TAGS[0], "color": _COLOR}
    mal = await Canary.at(browser, f"{server.url}/d/plan", me=person)
    await mal.ready()
    await mal.write("Hello.")
    await mal.saved()
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await expect(ann.part("remote-caret")).to_contain_text(_NAMED)
    await ann.part("people").locator("li").last.hover()
    await ann.part("remote-caret").hover(force=True)
    await mal.part("me").click()
    await expect(mal.part("me-name")).to_have_value(TAGS[0])
    for number, tags in enumerate(TAGS):
        await asked(http, server, "PATCH", "/documents/plan", json={"title": tags[:200]})
        await ann.page.evaluate("dispatchEvent(new Event('focus'))")
        await expect(ann.part("title")).to_have_value(tags[:200])
        body = {"id": f"other-{number}", "title": tags[:200]}
        await asked(http, server, "POST", "/documents", json=body)
    cat = await Canary.at(browser, server.url)
    await expect(cat.part("document-row")).to_have_count(len(TAGS) + 1)
    await cat.part("document-row").first.hover()
    await cat.part("row-rename").first.click()
    await cat.part("row-title").press("Escape")
    await cat.part("row-delete").first.click()
    await expect(cat.part("toast")).to_contain_text("was deleted")
    await cat.part("search").fill(TAGS[3])
    await expect(cat.part("document-row")).to_have_count(1)
    await cat.part("search").fill(f"{TAGS[3]}!")
    await expect(cat.page.get_by_role("status").first).to_contain_text("Nothing found")
    for window in (mal, ann, cat):
        await window.is_quiet()


def presence_states() -> list[object]:
    """Return awareness states no honest client sends; most of them have the shape of a cursor."""
    end = {"type": None, "tname": _FIELD, "item": None, "assoc": 0}
    cursor = {"anchor": end, "head": end}
    users: list[object] = [
        {"name": TAGS[0], "color": f"red;{STYLE}"},
        {"name": {"toString": TAGS[0]}, "color": {"toString": STYLE}},
        {"name": [TAGS[1]], "color": ["#ffffff"]},
        {"name": 7, "color": None},
        {"name": None, "color": f"#ffffff;{STYLE}"},
        [TAGS[0]],
        TAGS[0],
        None,
    ]
    ends: list[object] = [
        {},
        TAGS[0],
        {"tname": TAGS[0]},
        {"tname": {"a": 1}},
        {"item": {}},
        {"item": {"client": 1, "clock": -1}},
        {"item": {"client": TAGS[0], "clock": TAGS[0]}},
        {"type": {"client": 1e300, "clock": 0.5}},
        [end],
    ]
    honest = {"name": "Mal", "color": "#123456"}
    return [
        *({"user": user, "cursor": cursor} for user in users),
        *({"user": honest, "cursor": {"anchor": place, "head": place}} for place in ends),
        {"user": honest, "cursor": TAGS[0], "__proto__": {"polluted": True}},
        {"text": TAGS[0], "message": {"html": TAGS[1]}},
    ]


async def test_script_in_presence(browser: Browser, server: RunningServer) -> None:
    """Objects for names and nonsense for cursors draw nothing hostile, and the editor goes on."""
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await ann.write("Hello.")
    await ann.saved()
    mal = await Guest.connect(server.url, auth={"id": "m" * 24, "name": TAGS[1], "color": _COLOR})
    states = [json.dumps(state) for state in presence_states()]
    await mal.join("plan", clientId=7)
    for clock, state in enumerate(states, 1):
        update = encode_awareness([AwarenessEntry(7, clock, state)])
        await mal.ask("awareness", {"document": "plan", "update": update})
        await ann.write(".")
    end = {"type": None, "tname": _FIELD, "item": None, "assoc": 0}
    mal_is = {"name": "Mal", "color": "#123456"}
    last: dict[str, object] = {"user": mal_is, "cursor": {"anchor": end, "head": end}}
    update = encode_awareness([AwarenessEntry(7, len(states) + 1, json.dumps(last))])
    await mal.ask("awareness", {"document": "plan", "update": update})
    # An honest cursor afterwards is drawn: nothing of the above has broken the drawing.
    await expect(ann.part("remote-caret")).to_have_count(1)
    await expect(ann.part("people").locator("li")).to_have_count(2)
    await ann.saved()
    assert await ann.text() == "Hello." + "." * len(states)
    assert await ann.page.evaluate("({}).polluted === undefined")
    await ann.is_quiet()
    await mal.socket.disconnect()


_PASTED: Final = "".join(
    (
        *TAGS,
        *(
            f'<p>link <a href="{url.replace(chr(34), "&quot;")}" onclick="{ACT}">a</a></p>'
            for url in URLS
        ),
        f'<p style="{STYLE}" onmouseover="{ACT}">styled</p>',
        f'<math><mtext></p><style><a title="</style><img src=x onerror={ACT}>"></math>',
        f"<form action='{URLS[0]}'><button formaction='{URLS[0]}'>b</button></form>",
        f"<object data='{URLS[0]}'></object><embed src='{URLS[0]}'><base href='{EVIL}'>",
        f"<link rel=stylesheet href='{EVIL}/css'><meta http-equiv=refresh content='0;{EVIL}'>",
        "<table><tr><td colspan='1000000000' rowspan='-1'>cell</td></tr></table>",
        "<p>the end</p>",
    )
)


async def test_pasted_html(
    browser: Browser, server: RunningServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """What is pasted arrives as plain blocks, also for the others and in an export."""
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await ann.part("editor").click()
    ben = await Canary.at(browser, f"{server.url}/d/plan")
    await ben.ready()
    await ann.page.evaluate(
        """(html) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/html", html);
          const options = { clipboardData, bubbles: true, cancelable: true };
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        _PASTED,
    )
    await ann.saved()
    for window in (ann, ben):
        await expect(window.part("editor")).to_contain_text("the end")
        await follow_all(window, "[data-testid=editor]")
        await window.is_quiet()
    file = await exported(browser, http, server, tmp_path)
    await expect(file.page.locator("body")).to_contain_text("the end")
    await file.is_quiet()


async def test_imported_html(
    browser: Browser, server: RunningServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """What plain HTTP seeds is as harmless in the editor, the history and an export."""
    body = {"id": "plan", "content": {"format": "html", "value": _PASTED}}
    await asked(http, server, "POST", "/documents", json=body)
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await expect(ann.part("editor")).to_contain_text("the end")
    await follow_all(ann, "[data-testid=editor]")
    await ann.part("history-open").click()
    await expect(ann.part("history-text")).to_contain_text("the end")
    await follow_all(ann, "[data-testid=history-text]")
    await ann.is_quiet()
    file = await exported(browser, http, server, tmp_path)
    await expect(file.page.locator("body")).to_contain_text("the end")
    await file.is_quiet()


async def test_hostile_attributes_of_another_client(
    browser: Browser, server: RunningServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Whatever a node's attributes hold, the editor shows the text and goes on working."""
    await asked(http, server, "POST", "/documents", json={"id": "plan"})
    await send_update(http, server, hostile_text())
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    editor = ann.part("editor")
    await expect(editor.locator("p").first).to_contain_text("link")
    await expect(editor.locator("pre")).to_contain_text(TAGS[1])
    await follow_all(ann, "[data-testid=editor]")
    await editor.locator("p").first.click()
    await ann.page.keyboard.press("Home")
    await ann.page.keyboard.press("ArrowRight")
    await ann.page.keyboard.press("Control+k")
    await expect(ann.part("link-form")).to_be_visible()
    await ann.is_quiet()
    await ann.page.keyboard.press("Escape")
    await expect(ann.part("link-form")).to_be_hidden()
    await expect(editor).to_be_focused()
    await ann.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    await editor.locator("p").last.click()
    await ann.page.keyboard.press("Control+End")
    await ann.write("Still here.")
    await ann.saved()
    await ann.part("authorship-toggle").click()
    await expect(ann.part("authorship-legend")).to_contain_text(_NAMED)
    await ann.part("history-open").click()
    await expect(ann.part("history-text")).to_contain_text("Still here.")
    await expect(ann.part("history-list")).to_contain_text(_NAMED)
    await follow_all(ann, "[data-testid=history-text]")
    await ann.is_quiet()
    file = await exported(browser, http, server, tmp_path)
    await expect(file.page.locator("body")).to_contain_text("Still here.")
    await file.is_quiet()


@pytest.mark.parametrize("kind", ["script", "iframe", "image", TAGS[0], "__proto__", "constructor"])
async def test_unknown_nodes_and_marks(
    kind: str, browser: Browser, server: RunningServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """A document with them is not shown; the sentence that says so names them as text."""
    doc: Doc[Any] = Doc()
    root = doc.get(_FIELD, type=XmlFragment)
    attributes = {"src": URLS[0], "srcdoc": TAGS[1], "onload": ACT, "alt": TAGS[0]}
    root.children.append(XmlElement(kind, attributes, [XmlText(ACT)]))
    text = XmlText()
    root.children.append(XmlElement("paragraph", {}, [text]))
    text.insert(0, "marked")
    text.format(0, 6, {kind: {"style": STYLE, "onclick": ACT}})
    await asked(http, server, "POST", "/documents", json={"id": "plan"})
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await send_update(http, server, doc.get_update())
    await expect(ann.part("unknown-content")).to_contain_text(kind)
    await ann.page.reload()
    await expect(ann.part("unknown-content")).to_contain_text(kind)
    await ann.part("history-open").click()
    await expect(ann.part("history-text")).to_contain_text("marked")
    await ann.is_quiet()
    file = await exported(browser, http, server, tmp_path)
    await expect(file.page.locator("body")).to_contain_text("marked")
    await file.is_quiet()


async def test_script_in_version_names(
    browser: Browser, server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """The history's list, menus, questions and toasts show it as text."""
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await ann.write("Hello.")
    await ann.saved()
    for tags in TAGS:
        guest = {"Collab-Guest-Name": quote(tags)}
        body = {"name": tags[:100]}
        await asked(http, server, "POST", "/documents/plan/versions", json=body, headers=guest)
        await ann.write("!")
        await ann.saved()
    await ann.part("history-open").click()
    await expect(ann.part("history-version").filter(has_text=TAGS[0][:40])).to_have_count(1)
    await ann.part("history-version").last.get_by_role("button").first.click()
    await ann.part("history-restore").click()
    await expect(ann.part("history-confirm")).to_be_enabled()
    await ann.is_quiet()
    await ann.part("history-confirm").click()
    await expect(ann.part("toast")).to_contain_text("Restored")
    await ann.is_quiet()


@pytest.mark.parametrize("url", URLS)
async def test_no_hostile_link_is_made_by_hand(
    url: str, browser: Browser, server: RunningServer
) -> None:
    """The link form refuses it with a sentence; the text stays as it was."""
    ann = await Canary.at(browser, f"{server.url}/d/plan")
    await ann.ready()
    await ann.write("word")
    await ann.page.keyboard.press("Control+a")
    await ann.page.keyboard.press("Control+k")
    await ann.part("link-address").fill(url)
    await ann.page.keyboard.press("Enter")
    await expect(ann.part("link-form")).to_be_hidden()
    await ann.saved()
    assert await ann.text() == "word"
    await follow_all(ann, "[data-testid=editor]")
    await ann.is_quiet()

"""Text areas with an editor in their place: another document, a reset, other trees, coming and going."""

from __future__ import annotations

from typing import Final

import pytest

from tests.support.waiting import eventually_asked
from tests.support.widget import Pane, Site

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_COUNT: Final = """
window.listening = new Set();
const { addEventListener: add } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (type, listener, options) {
  add.call(this, type, listener, options);
  const { signal } = typeof options === "object" && options ? options : {};
  if (!["submit", "formdata", "reset"].includes(type) || !signal || signal.aborted) return;
  const one = Symbol(type);
  listening.add(one);
  add.call(signal, "abort", () => listening.delete(one));
};
window.sockets = [];
window.WebSocket = new Proxy(WebSocket, {
  construct(Type, given) {
    const socket = new Type(...given);
    sockets.push(socket);
    return socket;
  },
});
window.open_ = () => sockets.filter(({ readyState }) => readyState < WebSocket.CLOSING).length;
window.kept = [];
"""
"""Counts what an editor in a textarea's place listens to on what is around it, and its sockets."""

_SHADOW: Final = """
async ([address, document_, words]) => {
  const { upgradeTextarea } = await import(address);
  const host = document.createElement("div");
  host.id = "host";
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = '<div><form><textarea name="notes"></textarea></form></div>';
  const outer = document.createElement("section");
  outer.attachShadow({ mode: "open" }).append(host);
  document.body.append(outer);
  const area = root.querySelector("textarea");
  area.dataset.collab = document_;
  area.value = words;
  await upgradeTextarea(area);
  await upgradeTextarea(area);
  Object.assign(window, { outer, area });
  kept.push(new WeakRef(area), new WeakRef(area.nextSibling), new WeakRef(root));
}
"""
"""Puts a textarea into a tree within a tree, and an editor in its place."""


def area(document: str, words: str = "") -> str:
    """Return a textarea in a form, with a way back to how it was."""
    field = f'<textarea id="area" name="notes" data-collab="{document}">{words}</textarea>'
    return f"<form>{field}<button type='reset'>Back</button></form>"


async def opened(site: Site, body: str, *scripts: str) -> Pane:
    """Open a page of the host with `body` in it."""
    return await site.open(body, *scripts, policy=f"{site.policy}; form-action 'self'")


async def shows(pane: Pane, words: str) -> None:
    """Return once the textarea and the editor in its place say this."""
    await pane.until(f"area.value === '{words}' && area.nextSibling.getText() === '{words}'")


async def test_another_document(site: Site) -> None:
    """It begins with what the page has put into the textarea for it, never with the other's text."""
    pane = await opened(site, area("first", "Agenda"))
    await pane.ready()
    await shows(pane, "Agenda")
    await pane.page.evaluate("area.dataset.collab = 'second'")
    await pane.until("area.nextSibling.document === 'second'")
    await pane.ready()
    await shows(pane, "")
    await pane.page.evaluate("area.value = 'Minutes'; area.dataset.collab = 'third'")
    await pane.until("area.nextSibling.document === 'third'")
    await shows(pane, "Minutes")
    await pane.page.evaluate("area.dataset.collab = 'first'")
    await shows(pane, "Agenda")
    await pane.close()


async def test_resetting_the_form(site: Site) -> None:
    """The document is not only this person's: after a click on the button the textarea says it again."""
    pane = await opened(site, area("resetting", "Agenda"))
    await pane.ready()
    await pane.click()
    await pane.page.keyboard.press("Control+End")
    await pane.write(" for Monday")
    await shows(pane, "Agenda for Monday")
    await pane.page.evaluate(
        "document.forms[0].addEventListener('reset', () => { window.wasReset = true; })"
    )
    await pane.page.get_by_role("button", name="Back").click()
    await pane.until("window.wasReset")
    await shows(pane, "Agenda for Monday")
    await pane.close()


async def test_in_other_trees(site: Site) -> None:
    """It is a field of its form there as well, follows the textarea, and goes when the tree goes."""
    pane = await opened(site, "<main></main>", _COUNT)
    address = f"{site.server.url}/widget.js"
    await pane.page.evaluate(_SHADOW, [address, "in-trees", "Agenda"])
    await pane.ready()
    await shows(pane, "Agenda")
    data = "new FormData(area.form).get('notes')"
    # Rich text is written down a little later: the form gets it all the same.
    await pane.page.evaluate("area.dataset.collabMode = 'rich'; area.dataset.collab = 'in-trees-2'")
    await pane.until("area.nextSibling.editor")
    await pane.page.evaluate("area.nextSibling.editor.commands.insertContent('Plan')")
    assert await pane.page.evaluate(data) == "<p>Plan</p>"
    assert await pane.page.evaluate("listening.size") == 3
    await pane.page.evaluate("outer.remove()")
    await pane.until("listening.size === 0 && open_() === 0 && !area.nextSibling")
    assert await pane.page.evaluate("area.value") == "<p>Plan</p>"
    await pane.close()


_VISITS: Final = """
async ([address, document_, place, times]) => {
  const { upgradeTextarea } = await import(address);
  for (let turn = 0; turn < times; turn++) {
    const area = document.createElement("textarea");
    let around = area;
    if (place === "tree") {
      around = document.createElement("div");
      around.attachShadow({ mode: "open" }).append(area);
    }
    const isReady = new Promise((resolve) => addEventListener("ready", resolve, { once: true }));
    Object.assign(area.dataset, { collab: document_, collabMode: "rich", collabFormat: "text" });
    document.body.append(around);
    if (place === "tree") await upgradeTextarea(area);
    await isReady;
    const editor = area.nextSibling;
    editor.editor.commands.insertContentAt(1, "word ");
    while (!area.value.startsWith("word ")) await new Promise(requestAnimationFrame);
    kept.push(...[around, area, editor, editor.provider].map((one) => new WeakRef(one)));
    around.remove();
    while (listening.size > 0 || open_() > 0) await new Promise(requestAnimationFrame);
  }
}
"""


@pytest.mark.parametrize("place", ["page", "tree"])
async def test_coming_and_going(site: Site, place: str) -> None:
    """Of textareas that came and went with their editors no listener, socket or node is left."""
    pane = await opened(site, "<main></main>", _COUNT)
    document, times = f"going-{place}", 5
    await pane.page.evaluate(_VISITS, [f"{site.server.url}/widget.js", document, place, times])
    assert await pane.page.evaluate("[sockets.length, kept.length]") == [times, 4 * times]
    session = await pane.context.new_cdp_session(pane.page)
    left: list[str] = []

    async def are_gone() -> bool:
        nonlocal left
        await session.send("HeapProfiler.collectGarbage")
        left = await pane.page.evaluate(
            "kept.map((one) => one.deref()).filter(Boolean).map((one) => one.constructor.name)"
        )
        return left == []

    try:
        await eventually_asked(are_gone)
    except TimeoutError:
        raise AssertionError(f"still in memory: {left}") from None
    ben = await opened(
        site, f'<textarea id="area" data-collab="{document}" data-collab-mode="rich">'
    )
    await ben.ready()
    await ben.until(f"area.nextSibling.getText() === '{'word ' * times}'")
    await pane.close()
    await ben.close()
